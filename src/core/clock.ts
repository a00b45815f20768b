// Where time comes from. The only file that reads the wall clock or sets a timer for the rules:
// everything else is handed a Clock, so a rule on a manual clock gives what the same rule gives live.

export interface Clock {
  /** ms since 1970 UTC */
  now(): number
  /**
   * Calls `fire` once when the clock shows `at` (ms since 1970 UTC) or later.
   * @returns cancels it; harmless when it has fired
   */
  at(at: number, fire: () => void): () => void
}

/** setTimeout's limit: a longer delay fires at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** The wall clock. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now()
  }

  at(at: number, fire: () => void): () => void {
    let timer: NodeJS.Timeout
    const arm = () => {
      const delay = at - Date.now()
      timer = delay > LONGEST_DELAY_MS ? setTimeout(arm, LONGEST_DELAY_MS) : setTimeout(fire, Math.max(0, delay))
    }
    arm()
    return () => clearTimeout(timer)
  }
}

interface Timer {
  readonly at: number
  readonly sequence: number
  readonly fire: () => void
}

/** A clock that stands still until it is moved: tests, `sluice test`, backtests. */
export class ManualClock implements Clock {
  #now: number
  #sequence = 0
  #timers: Timer[] = []

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  at(at: number, fire: () => void): () => void {
    const timer = { at, sequence: this.#sequence++, fire }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(t => t !== timer)
    }
  }

  /** Moves to `to`, firing every timer due on the way in order of due time, each seeing its own due time as now. */
  advanceTo(to: number): void {
    for (;;) {
      let next: Timer | undefined
      for (const timer of this.#timers) {
        if (timer.at > to) continue
        if (!next || timer.at < next.at || (timer.at === next.at && timer.sequence < next.sequence)) next = timer
      }
      if (!next) break
      this.#timers = this.#timers.filter(t => t !== next)
      if (next.at > this.#now) this.#now = next.at
      next.fire()
    }
    if (to > this.#now) this.#now = to
  }
}
