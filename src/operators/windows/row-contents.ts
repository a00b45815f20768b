// Contents that keep the rows themselves: for statements that ask for every row, or whose aggregates do.

import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import type { Contents, Held, PanedContents } from './contents.ts'

export class RowContents implements Contents {
  #rows: Row[] = []

  get size(): number {
    return this.#rows.length
  }

  add(row: Row): void {
    this.#rows.push(row)
  }

  take(): Held {
    const rows = this.#rows
    this.#rows = []
    return { rows }
  }

  snapshot(form?: SnapshotForm): SavedRow[] | this {
    return form === 'live' ? this : saveRows(this.#rows)
  }

  restore(saved: readonly SavedRow[] | RowContents): void {
    this.#rows = saved instanceof RowContents ? saved.#rows : loadRows(saved)
  }
}

interface SavedPanedRows {
  readonly rows: readonly SavedRow[]
  readonly panes: readonly number[]
}

export class PanedRows implements PanedContents {
  #rows: Row[] = []
  /** by row: its pane */
  #panes: number[] = []
  /** rows before it are gone */
  #head = 0

  get size(): number {
    return this.#rows.length - this.#head
  }

  add(row: Row, pane: number): void {
    this.#rows.push(row)
    this.#panes.push(pane)
  }

  dropBefore(pane: number): void {
    while (this.#head < this.#rows.length && this.#panes[this.#head]! < pane) this.#head++
    // Moving the rest costs no more than the drops since the last move did.
    if (this.#head * 2 <= this.#rows.length) return
    this.#rows = this.#rows.slice(this.#head)
    this.#panes = this.#panes.slice(this.#head)
    this.#head = 0
  }

  look(): Held {
    return { rows: this.#rows.slice(this.#head) }
  }

  snapshot(form?: SnapshotForm): SavedPanedRows | this {
    if (form === 'live') return this
    return { rows: saveRows(this.#rows.slice(this.#head)), panes: this.#panes.slice(this.#head) }
  }

  restore(saved: SavedPanedRows | PanedRows): void {
    if (saved instanceof PanedRows) {
      this.#rows = saved.#rows
      this.#panes = saved.#panes
      this.#head = saved.#head
      return
    }
    this.#rows = loadRows(saved.rows)
    this.#panes = saved.panes.slice()
    this.#head = 0
  }
}
