// Rows in; the rows from one that meets a condition to a later one that does out, for each partition on its own.

import type { Row } from '../../core/row.ts'
import type { Operator, Output, RowFunction } from '../operator.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'

export interface StateOptions {
  /** true (nothing else) opens a window */
  readonly begin: RowFunction<unknown>
  /** true closes it, this row included. Absent: the next row for which `begin` is true closes it and opens the next */
  readonly emit?: RowFunction<unknown> | undefined
  /** rows of different keys are in different windows */
  readonly partition?: RowFunction<string> | undefined
}

interface Saved {
  readonly open: readonly (readonly [key: string, rows: readonly SavedRow[]])[]
}

/**
 * STATEWINDOW(begin, emit): from the first row where begin is true to the first later row where emit is true, both
 * included. STATEWINDOW(condition): from a row where it is true up to before the next such row. Start is the time of
 * the first row, end that of the row that closes it. An error in a condition discards the row.
 */
export class StateWindow implements Operator {
  readonly #begin: RowFunction<unknown>
  readonly #emit: RowFunction<unknown> | undefined
  readonly #partition: RowFunction<string> | undefined
  /** windows that are open, by partition */
  readonly #open = new Map<string, Row[]>()

  constructor(options: StateOptions) {
    this.#begin = options.begin
    this.#emit = options.emit
    this.#partition = options.partition
  }

  onRow(row: Row, out: Output): void {
    const key = this.#partition ? this.#partition(row) : ''
    const rows = this.#open.get(key)
    if (!rows) {
      if (this.#begin(row) === true) this.#open.set(key, [row])
      return
    }
    if (this.#emit) {
      const closes = this.#emit(row) === true
      rows.push(row)
      if (!closes) return
      this.#open.delete(key)
    } else {
      if (this.#begin(row) !== true) {
        rows.push(row)
        return
      }
      this.#open.set(key, [row])
    }
    out.window({ rows, start: rows[0]!.time, end: row.time, trigger: row.time })
  }

  snapshot(): Saved {
    return { open: [...this.#open].map(([key, rows]) => [key, saveRows(rows)] as const) }
  }

  restore(saved: Saved): void {
    this.#open.clear()
    for (const [key, rows] of saved.open) this.#open.set(key, loadRows(rows))
  }
}
