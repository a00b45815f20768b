// Things in at the end, out at the front in the same order, without the rest being moved each time.

export class Fifo<T> {
  #items: (T | undefined)[] = []
  /** items before it are gone */
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  /** the oldest; undefined: there is none */
  get first(): T | undefined {
    return this.#items[this.#head]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Forgets the oldest, which must be there. */
  shift(): void {
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      // Moving the rest costs no more than the items that left since the last move did.
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }

  /** A copy, oldest first. */
  toArray(): T[] {
    return this.#items.slice(this.#head) as T[]
  }

  /** Puts these in place of what was there. */
  fill(items: Iterable<T>): void {
    this.#items = [...items]
    this.#head = 0
  }
}
