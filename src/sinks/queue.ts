// What waits in front of a sink: emissions in, the same emissions out in order, with a length that says "stop".

import { Fifo } from '../core/fifo.ts'
import type { Emission } from './sink.ts'

/** `push` always takes, `hasRoom` tells when to stop pushing. */
export class EmissionQueue {
  readonly #limit: number
  readonly #emissions = new Fifo<Emission>()

  /** @param limit emissions after which there is no room; at least 1 */
  constructor(limit: number) {
    this.#limit = Math.max(1, limit)
  }

  get length(): number {
    return this.#emissions.size
  }

  get hasRoom(): boolean {
    return this.#emissions.size < this.#limit
  }

  get isHalfEmpty(): boolean {
    return this.#emissions.size <= this.#limit / 2
  }

  push(emission: Emission): void {
    this.#emissions.push(emission)
  }

  shift(): Emission | undefined {
    return this.#emissions.shift()
  }

  /** @returns how many were forgotten */
  clear(): number {
    const length = this.#emissions.size
    this.#emissions.fill([])
    return length
  }
}
