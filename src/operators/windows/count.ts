// Rows in; after every so many of them, the last n out.

import type { Row } from '../../core/row.ts'
import type { Operator, Output } from '../operator.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'

export interface CountOptions {
  /** rows of a window */
  readonly length: number
  /** rows from one emission to the next, at most `length`; default `length` */
  readonly interval?: number | undefined
}

interface Saved {
  readonly sinceEmission: number
  readonly rows: readonly SavedRow[]
}

/**
 * COUNTWINDOW(n), COUNTWINDOW(n, k): the last n rows on every k-th row, once n have come. Start, end and trigger
 * are the time of the row that completes the window.
 */
export class CountWindow implements Operator {
  readonly #length: number
  readonly #interval: number
  #sinceEmission = 0
  #rows: Row[] = []

  constructor(options: CountOptions) {
    const { length, interval = length } = options
    if (!(length > 0 && interval > 0 && interval <= length)) {
      throw new RangeError(`a count window of ${length} rows every ${interval} rows cannot be`)
    }
    this.#length = length
    this.#interval = interval
  }

  onRow(row: Row, out: Output): void {
    this.#rows.push(row)
    if (++this.#sinceEmission < this.#interval) return
    this.#sinceEmission = 0
    if (this.#rows.length < this.#length) return
    const rows = this.#rows.slice(-this.#length)
    // The next window is `interval` rows away and needs only these of the old ones.
    this.#rows = rows.slice(this.#interval)
    out.window({ rows, start: row.time, end: row.time, trigger: row.time })
  }

  snapshot(): Saved {
    return { sinceEmission: this.#sinceEmission, rows: saveRows(this.#rows) }
  }

  restore(saved: Saved): void {
    this.#sinceEmission = saved.sinceEmission
    this.#rows = loadRows(saved.rows)
  }
}
