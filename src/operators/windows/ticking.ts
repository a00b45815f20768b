// What tumbling and hopping windows share: rows that are kept until the regular ends of time close their windows.

import type { Row } from '../../core/row.ts'
import type { Operator, Output } from '../operator.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import { type SavedTicks, type TickOptions, Ticks } from './ticks.ts'

interface Saved {
  readonly ticks: SavedTicks
  readonly rows: readonly SavedRow[]
}

/** Closes a window at each tick, also when there are no rows. */
export abstract class TickingWindow implements Operator {
  protected readonly ticks: Ticks
  protected rows: Row[] = []
  readonly #eventTime: boolean

  /** @param stepMs from one end to the next */
  constructor(options: TickOptions, stepMs: number) {
    this.#eventTime = options.eventTime
    this.ticks = new Ticks(options, stepMs)
  }

  /** Emits the window that ends at `end`, and keeps what later ones need. */
  protected abstract close(end: number, previousEnd: number, out: Output): void

  /** Whether a row belongs to the next window or a later one. */
  protected abstract isWanted(row: Row): boolean

  /** empty windows that were not emitted because more than LONGEST_EMPTY_RUN followed each other */
  get skippedEmptyWindows(): number {
    return this.ticks.skipped
  }

  onRow(row: Row, out: Output): void {
    if (this.#eventTime) {
      // Rows come in order: this one closes what ends at or before it, the watermark that follows would do no more.
      this.ticks.begin(row.time)
      this.#closeUpTo(row.time, out)
    }
    if (this.isWanted(row)) this.rows.push(row)
  }

  onTime(time: number, out: Output): void {
    this.#closeUpTo(time, out)
  }

  nextDue(): number | undefined {
    return this.#eventTime ? undefined : this.ticks.next
  }

  onWatermark(time: number, out: Output): void {
    if (this.#eventTime) this.#closeUpTo(time, out)
    out.watermark(time)
  }

  #closeUpTo(time: number, out: Output): void {
    this.ticks.advance(
      time,
      () => this.rows.length === 0,
      (end, previousEnd) => this.close(end, previousEnd, out),
    )
  }

  snapshot(): Saved {
    return { ticks: this.ticks.snapshot(), rows: saveRows(this.rows) }
  }

  restore(saved: Saved): void {
    this.ticks.restore(saved.ticks)
    this.rows = loadRows(saved.rows)
  }
}
