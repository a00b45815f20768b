// Things in at the end, out at the front in the same order, without the rest being moved each time.

const FIRST_ROOM = 16

/** A ring that grows; `push` always takes. */
export class Fifo<T> {
  /** a power of two */
  #items: (T | undefined)[] = new Array(FIRST_ROOM)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** the oldest; undefined: there is none */
  get first(): T | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#head]
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#grow()
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item
    this.#size++
  }

  /** @returns the oldest, which is forgotten; undefined: there is none */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#size--
    return item
  }

  /** A copy, oldest first. */
  toArray(): T[] {
    const end = this.#head + this.#size
    const room = this.#items.length
    const items = this.#items.slice(this.#head, Math.min(end, room))
    return (end > room ? items.concat(this.#items.slice(0, end - room)) : items) as T[]
  }

  /** Puts these in place of what was there. */
  fill(items: Iterable<T>): void {
    this.#items = new Array(FIRST_ROOM)
    this.#head = 0
    this.#size = 0
    for (const item of items) this.push(item)
  }

  #grow(): void {
    const room = this.#items.length
    const larger: (T | undefined)[] = new Array(room * 2)
    for (let i = 0; i < room; i++) larger[i] = this.#items[(this.#head + i) & (room - 1)]
    this.#items = larger
    this.#head = 0
  }
}
