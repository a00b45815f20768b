// Rows in; after every so many of them, what the last n come to out.

import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import type { Operator, Output } from '../operator.ts'
import type { Contents, PanedContents } from './contents.ts'

export interface CountOptions {
  /** rows of a window */
  readonly length: number
  contents(): Contents
}

interface SavedCount {
  readonly contents: unknown
}

/** COUNTWINDOW(n): on every n-th row the last n. Start, end and trigger are the time of the row that completes it. */
export class CountWindow implements Operator {
  readonly #length: number
  readonly #contents: Contents

  constructor({ length, contents }: CountOptions) {
    if (!(length > 0)) throw new RangeError(`a count window of ${length} rows cannot be`)
    this.#length = length
    this.#contents = contents()
  }

  onRow(row: Row, out: Output): void {
    this.#contents.add(row)
    if (this.#contents.size < this.#length) return
    const held = this.#contents.take()
    if (held) out.window({ ...held, start: row.time, end: row.time, trigger: row.time })
  }

  snapshot(form?: SnapshotForm): SavedCount {
    return { contents: this.#contents.snapshot(form) }
  }

  restore(saved: SavedCount): void {
    this.#contents.restore(saved.contents)
  }
}

export interface OverlappingCountOptions {
  /** rows of a window */
  readonly length: number
  /** rows from one emission to the next, at most `length` */
  readonly interval: number
  contents(): PanedContents
}

interface SavedOverlapping {
  readonly rows: number
  readonly contents: unknown
}

/**
 * COUNTWINDOW(n, k): the last n rows on every k-th row, once n have come. A pane goes from the first row of one window
 * to the first row of the next.
 */
export class OverlappingCountWindow implements Operator {
  readonly #length: number
  readonly #interval: number
  readonly #contents: PanedContents
  /** rows before that with which the first window begins: those of pane 0 are in none */
  readonly #before: number
  /** rows that have come */
  #rows = 0

  constructor({ length, interval, contents }: OverlappingCountOptions) {
    if (!(length > 0 && interval > 0 && interval <= length)) {
      throw new RangeError(`a count window of ${length} rows every ${interval} rows cannot be`)
    }
    this.#length = length
    this.#interval = interval
    this.#contents = contents()
    this.#before = Math.ceil(length / interval) * interval - length
  }

  onRow(row: Row, out: Output): void {
    const pane = this.#paneOf(this.#rows)
    if (pane > 0) this.#contents.add(row, pane)
    this.#rows++
    if (this.#rows < this.#length || this.#rows % this.#interval !== 0) return
    const held = this.#contents.look()
    this.#contents.dropBefore(this.#paneOf(this.#rows + this.#interval - this.#length))
    if (held) out.window({ ...held, start: row.time, end: row.time, trigger: row.time })
  }

  /** @param place of a row, from 0 */
  #paneOf(place: number): number {
    return Math.floor((place - this.#before) / this.#interval) + 1
  }

  snapshot(form?: SnapshotForm): SavedOverlapping {
    return { rows: this.#rows, contents: this.#contents.snapshot(form) }
  }

  restore({ rows, contents }: SavedOverlapping): void {
    this.#rows = rows
    this.#contents.restore(contents)
  }
}
