// Outcomes in, one JSON document out, written case by case: `{"cases": [{file, name, line, ok, message, durationMs}],
// "totals": {passed, failed, durationMs}}`. The line `N passed, N failed` goes to stderr, so that stdout is the document.

import type { Outcome } from '../../testing/run-tests.ts'
import type { Printer } from './printer.ts'
import { type Reporter, summary, type Totals } from './reporter.ts'

export class JsonReporter implements Reporter {
  readonly #printer: Printer
  #isFirst = true

  constructor(printer: Printer) {
    this.#printer = printer
  }

  begin(): Promise<void> {
    return this.#printer.out('{"cases":[')
  }

  async outcome({ file, name, line, message, durationMs }: Outcome): Promise<void> {
    const entry = {
      file: file.shown,
      name: name ?? null,
      ...(line === undefined ? {} : { line }),
      ok: message === undefined,
      ...(message === undefined ? {} : { message }),
      durationMs: rounded(durationMs),
    }
    await this.#printer.out(`${this.#isFirst ? '\n' : ',\n'}${JSON.stringify(entry)}`)
    this.#isFirst = false
  }

  async end(totals: Totals): Promise<void> {
    const { passed, failed, durationMs } = totals
    await this.#printer.out(`\n],"totals":${JSON.stringify({ passed, failed, durationMs: rounded(durationMs) })}}\n`)
    await this.#printer.err(summary(totals))
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
