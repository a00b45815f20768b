// Rows in any order in; the row with the earliest time out first, of equal times the one that came first.

import type { Row } from '../core/row.ts'

interface Entry {
  readonly row: Row
  /** the time when it came: rows are shared, their time may be set anew further on */
  readonly time: number
  readonly sequence: number
}

/** A binary heap: in-order rows cost one comparison each, a laggard a logarithm, however many wait. */
export class RowHeap {
  #entries: Entry[] = []
  #sequence = 0

  get size(): number {
    return this.#entries.length
  }

  /** of the row that pop would give */
  get earliest(): number | undefined {
    return this.#entries[0]?.time
  }

  push(row: Row): void {
    const entries = this.#entries
    const entry = { row, time: row.time, sequence: this.#sequence++ }
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

  pop(): Row | undefined {
    const entries = this.#entries
    const first = entries[0]
    const last = entries.pop()
    if (!first || !last) return undefined
    if (entries.length > 0) this.#sink(last)
    return first.row
  }

  /** Puts an entry where the first one was taken away, then down to its place. */
  #sink(entry: Entry): void {
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

  /** All rows in the order in which pop would give them. */
  toSorted(): Row[] {
    const sorted = this.#entries.toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
    return sorted.map(entry => entry.row)
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence)
}
