// How often a rule that failed has been started again in, how long to wait before the next time out.

import type { RestartStrategy } from '../catalog/definition.ts'

/**
 * The waits between a rule's restarts: delay, delay x multiplier, … up to maxDelay, each longer or shorter by a random
 * share of at most jitterFactor. A rule that fails again only after a minute, and twice maxDelay, had recovered: that
 * failure is the first again. Failures and starts are instants in ms since 1970 UTC.
 */
export class Restarts {
  readonly #strategy: RestartStrategy
  readonly #random: () => number
  #attempts = 0
  #lastFailure = Number.NEGATIVE_INFINITY

  /** @param random in [0, 1) */
  constructor(strategy: RestartStrategy, random: () => number = Math.random) {
    this.#strategy = strategy
    this.#random = random
  }

  /** how often it was started again since it last ran well */
  get attempts(): number {
    return this.#attempts
  }

  /** @returns ms to wait before it is started again; undefined: not any more */
  failed(now: number): number | undefined {
    const { attempts, delayMs, multiplier, maxDelayMs, jitterFactor } = this.#strategy
    if (now - this.#lastFailure > Math.max(60_000, 2 * maxDelayMs)) this.#attempts = 0
    this.#lastFailure = now
    if (this.#attempts >= attempts) return undefined
    // No delay stays none, however large the factor has grown.
    const wait = Math.min(maxDelayMs, delayMs * Math.min(multiplier ** this.#attempts, Number.MAX_VALUE))
    this.#attempts++
    return Math.max(0, Math.round(wait * (1 + jitterFactor * (2 * this.#random() - 1))))
  }
}
