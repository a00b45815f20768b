// A failing peer must not fill the log: failures in, at most one line per interval out, with how many it stands for.

import type { Clock } from './clock.ts'

export class FailureLog {
  readonly #clock: Clock
  readonly #write: (failures: number, text: string) => void
  readonly #intervalMs: number
  #quietUntil = Number.NEGATIVE_INFINITY
  #held = 0
  #text = ''
  #cancelTimer: (() => void) | undefined

  /** @param write called with the number of failures a line stands for, and the newest one's text */
  constructor(clock: Clock, write: (failures: number, text: string) => void, intervalMs = 10_000) {
    this.#clock = clock
    this.#write = write
    this.#intervalMs = intervalMs
  }

  /** The first failure after a quiet interval is written at once; those that follow stand together at its end. */
  add(text: string): void {
    this.#held++
    this.#text = text
    const now = this.#clock.now()
    if (now < this.#quietUntil) {
      // A burst that nothing follows would never be told of but for its first failure.
      this.#cancelTimer ??= this.#clock.at(this.#quietUntil, () => this.#writeNow())
      return
    }
    this.#writeNow()
  }

  #writeNow(): void {
    this.#quietUntil = this.#clock.now() + this.#intervalMs
    this.flush()
  }

  /** Writes what was held back: at recovery and at the end. Leaves no timer behind. */
  flush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#held === 0) return
    const failures = this.#held
    this.#held = 0
    this.#write(failures, this.#text)
  }
}
