// The rows of a sliding window, kept as they are.

import { Fifo } from '../../core/fifo.ts'
import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import type { Held, SlidingContents } from './contents.ts'

export class SlidingRows implements SlidingContents {
  #rows = new Fifo<Row>()

  add(row: Row): void {
    this.#rows.push(row)
  }

  dropBefore(timeMs: number): void {
    while (this.#rows.first && this.#rows.first.time < timeMs) this.#rows.shift()
  }

  look(): Held | undefined {
    return this.#rows.size === 0 ? undefined : { rows: this.#rows.toArray() }
  }

  snapshot(form?: SnapshotForm): SavedRow[] | this {
    return form === 'live' ? this : saveRows(this.#rows.toArray())
  }

  restore(saved: readonly SavedRow[] | SlidingRows): void {
    if (saved instanceof SlidingRows) this.#rows = saved.#rows
    else this.#rows.fill(loadRows(saved))
  }
}
