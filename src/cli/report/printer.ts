// Where a report goes: results on one stream, remarks on the other, at the pace of whoever reads them.

import type { Output } from '../output.ts'

export interface Printer {
  /** results */
  out(text: string): Promise<void>
  /** remarks, and whatever would spoil a document on the first */
  err(text: string): Promise<void>
}

export function makePrinter(stdout: Output = process.stdout, stderr: Output = process.stderr): Printer {
  return { out: text => write(stdout, text), err: text => write(stderr, text) }
}

/** A pipe is slower than a corpus: waiting for it keeps the memory bounded. */
async function write(stream: Output, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise<void>(resolve => stream.once('drain', resolve))
}
