// What waits in front of a sink: emissions in, the same emissions out in order, with a length that says "stop".

import type { Emission } from './sink.ts'

/** A ring that grows: `push` always takes, `hasRoom` tells when to stop pushing. */
export class EmissionQueue {
  readonly #limit: number
  #items: (Emission | undefined)[]
  #head = 0
  #length = 0

  /** @param limit emissions after which there is no room; at least 1 */
  constructor(limit: number) {
    this.#limit = Math.max(1, limit)
    this.#items = new Array(16)
  }

  get length(): number {
    return this.#length
  }

  get hasRoom(): boolean {
    return this.#length < this.#limit
  }

  get isHalfEmpty(): boolean {
    return this.#length <= this.#limit / 2
  }

  push(emission: Emission): void {
    if (this.#length === this.#items.length) this.#grow()
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = emission
    this.#length++
  }

  shift(): Emission | undefined {
    if (this.#length === 0) return undefined
    const emission = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#length--
    return emission
  }

  /** @returns how many were forgotten */
  clear(): number {
    const length = this.#length
    this.#items = new Array(16)
    this.#head = 0
    this.#length = 0
    return length
  }

  #grow(): void {
    const size = this.#items.length
    const larger: (Emission | undefined)[] = new Array(size * 2)
    for (let i = 0; i < size; i++) larger[i] = this.#items[(this.#head + i) & (size - 1)]
    this.#items = larger
    this.#head = 0
  }
}
