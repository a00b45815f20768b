// Questions that fail or succeed in; a line now and then while a table cannot be asked, and one when it answers again, out.

import type { Clock } from '../core/clock.ts'
import { FailureLog } from '../core/failure-log.ts'
import type { Log } from '../core/log.ts'

export class OutageLog {
  readonly #log: Log
  readonly #table: string
  readonly #failures: FailureLog
  /** a failure has been told of, and nothing better since */
  #isTold = false
  /** failures that nobody has been told of, at the end of an outage */
  #untold: number | undefined

  constructor(log: Log, clock: Clock, table: string) {
    this.#log = log
    this.#table = table
    this.#failures = new FailureLog(clock, (failures, text) => this.#tell(failures, text))
  }

  failed(text: string): void {
    this.#failures.add(text)
  }

  answered(): void {
    if (!this.#isTold) return
    this.#untold = 0
    this.#failures.flush()
    this.#log.info({ table: this.#table, failures: this.#untold }, 'a lookup table answers again')
    this.#untold = undefined
    this.#isTold = false
  }

  /** No questions follow. */
  end(): void {
    this.#failures.flush()
  }

  #tell(failures: number, text: string): void {
    this.#isTold = true
    if (this.#untold === undefined) {
      this.#log.warn({ table: this.#table, failures }, `a lookup table cannot be asked: ${text}`)
    } else this.#untold = failures
  }
}
