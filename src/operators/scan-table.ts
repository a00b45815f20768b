// Rows of a table's source in; nothing out. Joins read the last of them here.

import type { Row } from '../core/row.ts'
import type { Operator } from './operator.ts'
import { loadRows, type SavedRow, saveRows } from './saved-row.ts'

export interface ScanTableOptions {
  /** how many rows it holds: RETAIN_SIZE, a positive integer */
  readonly retain: number
}

interface Saved {
  readonly rows: readonly SavedRow[]
}

/**
 * The last `retain` rows of a table; each new one drops the oldest when it is full. Each rule has its own.
 * @see spec/windows-and-time.md section 11
 */
export class ScanTable implements Operator {
  /** changes with each row that comes: what was computed from `rows` is good as long as it stays */
  version = 0
  readonly #retain: number
  /** a ring once it is full */
  #ring: Row[] = []
  /** where the oldest row is */
  #oldest = 0
  #inOrder: readonly Row[] | undefined

  constructor(options: ScanTableOptions) {
    if (!(Number.isSafeInteger(options.retain) && options.retain > 0)) {
      throw new RangeError(`a table cannot retain ${options.retain} rows`)
    }
    this.#retain = options.retain
  }

  /** oldest first */
  get rows(): readonly Row[] {
    return (this.#inOrder ??= [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)])
  }

  onRow(row: Row): void {
    if (this.#ring.length < this.#retain) {
      this.#ring.push(row)
    } else {
      this.#ring[this.#oldest] = row
      this.#oldest = (this.#oldest + 1) % this.#retain
    }
    this.#inOrder = undefined
    this.version++
  }

  snapshot(): Saved {
    return { rows: saveRows(this.rows) }
  }

  /** @param saved of a table that may have retained another number of rows: the last ones count */
  restore(saved: Saved): void {
    this.#ring = loadRows(saved.rows.slice(-this.#retain))
    this.#oldest = 0
    this.#inOrder = undefined
    this.version++
  }
}
