// Questions in, so many at a time let through: a server that is slow is not asked more the slower it is.

import type { Clock } from '../core/clock.ts'
import { RowError } from '../core/errors.ts'

export class Gate {
  readonly #clock: Clock
  readonly #width: number
  readonly #longestWaitMs: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  /** @param width how many are inside at once */
  constructor(clock: Clock, width: number, longestWaitMs: number) {
    this.#clock = clock
    this.#width = width
    this.#longestWaitMs = longestWaitMs
  }

  /** @throws {RowError} when its turn does not come in time; whatever `ask` throws */
  async pass<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#width) this.#inside++
    else await this.#turn()
    try {
      return await ask()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inside--
    }
  }

  /** Resolves with the place of the one who went out. */
  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        cancel()
        resolve()
      }
      const cancel = this.#clock.at(this.#clock.now() + this.#longestWaitMs, () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(new RowError(`so many questions wait that this one had no turn within ${this.#longestWaitMs} ms`))
      })
      this.#waiting.push(enter)
    })
  }
}
