// A failing peer must not fill the log: failures in, at most one line per interval out, with how many it stands for.

import type { Clock } from './clock.ts'

export class FailureLog {
  readonly #clock: Clock
  readonly #write: (failures: number, text: string) => void
  readonly #intervalMs: number
  #quietUntil = Number.NEGATIVE_INFINITY
  #held = 0
  #text = ''

  /** @param write called with the number of failures a line stands for, and the newest one's text */
  constructor(clock: Clock, write: (failures: number, text: string) => void, intervalMs = 10_000) {
    this.#clock = clock
    this.#write = write
    this.#intervalMs = intervalMs
  }

  /** The first failure after a quiet interval is written at once; those that follow are counted into the next line. */
  add(text: string): void {
    this.#held++
    this.#text = text
    const now = this.#clock.now()
    if (now < this.#quietUntil) return
    this.#quietUntil = now + this.#intervalMs
    this.flush()
  }

  /** Writes what was held back: at recovery and at the end. */
  flush(): void {
    if (this.#held === 0) return
    const failures = this.#held
    this.#held = 0
    this.#write(failures, this.#text)
  }
}
