// Outcomes in, a report for people out: every case of a file by name; of a corpus its failures and a count.

import { isCorpus } from '../../testing/read-test-file.ts'
import type { Outcome } from '../../testing/run-tests.ts'
import type { Printer } from './printer.ts'
import { type Reporter, summary, type Totals } from './reporter.ts'

export class SpecReporter implements Reporter {
  readonly #printer: Printer
  #file = ''
  #isCorpus = false
  #passed = 0
  #failed = 0

  constructor(printer: Printer) {
    this.#printer = printer
  }

  async begin(): Promise<void> {}

  async outcome(outcome: Outcome): Promise<void> {
    const { file, name, message } = outcome
    if (file.shown !== this.#file) await this.#beginFile(outcome)
    if (message === undefined) {
      this.#passed++
      if (!this.#isCorpus) await this.#printer.out(`  ✓ ${name}\n`)
      return
    }
    this.#failed++
    const title =
      name === undefined
        ? `${this.#isCorpus ? placeOf(outcome) : file.shown} cannot be understood`
        : `${name}  (${placeOf(outcome)})`
    await this.#printer.out(`  ✗ ${title}\n${indented(message)}\n`)
  }

  async end(totals: Totals): Promise<void> {
    await this.#endFile()
    await this.#printer.out(`${this.#file === '' ? '' : '\n'}${summary(totals)}`)
  }

  async #beginFile({ file }: Outcome): Promise<void> {
    await this.#endFile()
    this.#file = file.shown
    this.#isCorpus = isCorpus(file)
    await this.#printer.out(`${file.shown}\n`)
  }

  async #endFile(): Promise<void> {
    if (this.#isCorpus) await this.#printer.out(`  ${this.#passed} of ${this.#passed + this.#failed} passed\n`)
    this.#passed = this.#failed = 0
  }
}

function placeOf({ file, line }: Outcome): string {
  return line === undefined ? file.shown : `${file.shown}:${line}`
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '      ')
}
