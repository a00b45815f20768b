// Where a report goes: results on one stream, remarks on the other, at the pace of whoever reads them.

import type { Output } from '../output.ts'

export interface Printer {
  /** results */
  out(text: string): Promise<void>
  /** remarks, and whatever would spoil a document on the first */
  err(text: string): Promise<void>
}

export function makePrinter(stdout: Output = process.stdout, stderr: Output = process.stderr): Printer {
  const [results, remarks] = [new PacedWriter(stdout), new PacedWriter(stderr)]
  return { out: text => results.write(text), err: text => remarks.write(text) }
}

/** A pipe is slower than a corpus: waiting for it keeps the memory bounded. One that was closed (`| head`) is no fault. */
class PacedWriter {
  readonly #stream: Output
  #isGone = false
  #goOn = () => {}

  constructor(stream: Output) {
    this.#stream = stream
    stream.on('error', () => {
      this.#isGone = true
      this.#goOn()
    })
  }

  async write(text: string): Promise<void> {
    if (this.#isGone || this.#stream.write(text)) return
    await new Promise<void>(resolve => {
      this.#goOn = resolve
      this.#stream.once('drain', resolve)
    })
  }
}
