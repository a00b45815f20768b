// Rows in the order of their times; old ones leave at the front without the rest being moved each time.

import type { Row } from '../../core/row.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'

export class RowQueue {
  #rows: Row[] = []
  /** rows before it are gone */
  #head = 0

  push(row: Row): void {
    this.#rows.push(row)
  }

  /** Forgets the rows at the front that are older than an instant. */
  dropBefore(timeMs: number): void {
    const rows = this.#rows
    while (this.#head < rows.length && rows[this.#head]!.time < timeMs) this.#head++
    // Moving the rest costs no more than the drops since the last move did.
    if (this.#head > 64 && this.#head * 2 > rows.length) {
      this.#rows = rows.slice(this.#head)
      this.#head = 0
    }
  }

  /** The rows for which `holds` is true, in order. */
  select(holds: (row: Row) => boolean): Row[] {
    const selected: Row[] = []
    for (let i = this.#head; i < this.#rows.length; i++) {
      const row = this.#rows[i]!
      if (holds(row)) selected.push(row)
    }
    return selected
  }

  snapshot(): SavedRow[] {
    return saveRows(this.#rows.slice(this.#head))
  }

  restore(saved: readonly SavedRow[]): void {
    this.#rows = loadRows(saved)
    this.#head = 0
  }
}
