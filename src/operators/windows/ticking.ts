// What tumbling and hopping windows share: rows that are taken in until the regular ends of time close their windows.

import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import type { Operator, Output } from '../operator.ts'
import type { Contents, PanedContents } from './contents.ts'
import { type SavedTicks, type TickOptions, Ticks } from './ticks.ts'

export interface SavedTicking {
  readonly ticks: SavedTicks
  readonly contents: unknown
}

/** Closes a window at each tick, also when there are no rows. */
export abstract class TickingWindow<C extends Contents | PanedContents> implements Operator {
  protected readonly ticks: Ticks
  protected readonly contents: C
  readonly #eventTime: boolean

  /** @param stepMs from one end to the next */
  constructor(options: TickOptions, stepMs: number, contents: C) {
    this.#eventTime = options.eventTime
    this.ticks = new Ticks(options, stepMs)
    this.contents = contents
  }

  /** Emits the window that ends at `end`, and keeps what later ones need. */
  protected abstract close(end: number, previousEnd: number, out: Output): void

  /** Takes in a row of the open window, or of one that begins later. */
  protected abstract take(row: Row): void

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
    this.take(row)
  }

  onTime(time: number, out: Output, now: number): void {
    this.#closeUpTo(time, out, now)
  }

  nextDue(): number | undefined {
    return this.#eventTime ? undefined : this.ticks.next
  }

  onWatermark(time: number, out: Output): void {
    if (this.#eventTime) this.#closeUpTo(time, out)
    out.watermark(time)
  }

  #closeUpTo(time: number, out: Output, now = time): void {
    this.ticks.advance(
      time,
      () => this.contents.size === 0,
      (end, previousEnd) => this.close(end, previousEnd, out),
      now,
    )
  }

  snapshot(form?: SnapshotForm): SavedTicking {
    return { ticks: this.ticks.snapshot(), contents: this.contents.snapshot(form) }
  }

  restore(saved: SavedTicking): void {
    this.ticks.restore(saved.ticks)
    this.contents.restore(saved.contents)
  }
}
