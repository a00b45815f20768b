// Things with a time in, in any order; the earliest out first, of equal times the one that came first.

interface Timed<T> {
  readonly time: number
  readonly sequence: number
  readonly item: T
}

/** A binary heap: what comes in order costs one comparison, a laggard a logarithm, however many wait. */
export class TimeHeap<T> {
  #entries: Timed<T>[] = []
  #sequence = 0

  get size(): number {
    return this.#entries.length
  }

  /** time of what `pop` would give; undefined: there is nothing */
  get earliest(): number | undefined {
    return this.#entries[0]?.time
  }

  /** what `pop` would give */
  get first(): T | undefined {
    return this.#entries[0]?.item
  }

  push(time: number, item: T): void {
    const entries = this.#entries
    const entry = { time, sequence: this.#sequence++, item }
    let at = entries.length
    entries.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, entries[parent]!)) break
      entries[at] = entries[parent]!
      at = parent
    }
    entries[at] = entry
  }

  pop(): T | undefined {
    const entries = this.#entries
    const first = entries[0]
    const last = entries.pop()
    if (!first || !last) return undefined
    if (entries.length > 0) this.#sink(last)
    return first.item
  }

  /** Keeps only what the test is true of. */
  retain(isKept: (item: T) => boolean): void {
    // A sorted list is a heap as it is.
    this.#entries = this.#sorted().filter(entry => isKept(entry.item))
  }

  /** All items in the order in which `pop` would give them. */
  toSorted(): T[] {
    return this.#sorted().map(entry => entry.item)
  }

  #sorted(): Timed<T>[] {
    return this.#entries.toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  /** Puts an entry where the first was taken away, then down to where it belongs. */
  #sink(entry: Timed<T>): void {
    const entries = this.#entries
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child++
      if (!isBefore(entries[child]!, entry)) break
      entries[at] = entries[child]!
      at = child
    }
    entries[at] = entry
  }
}

function isBefore(a: Timed<unknown>, b: Timed<unknown>): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence)
}
