// Rows in; at each end of a regular span of time, the rows that came since the last end out, also when there were none.

import type { Row } from '../../core/row.ts'
import { lengthText } from '../alignment.ts'
import type { Operator, Output } from '../operator.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import { type SavedTicks, type TickOptions, Ticks } from './ticks.ts'

export interface TumblingOptions extends TickOptions {
  readonly lengthMs: number
}

interface Saved {
  readonly ticks: SavedTicks
  readonly rows: readonly SavedRow[]
}

/** TUMBLINGWINDOW(unit, length): [previous end, end), and [start of the rule or first event, end) the first time. */
export class TumblingWindow implements Operator {
  readonly label: string
  readonly #eventTime: boolean
  readonly #ticks: Ticks
  #rows: Row[] = []

  constructor(options: TumblingOptions) {
    this.label = `window tumbling ${lengthText(options.lengthMs)}`
    this.#eventTime = options.eventTime
    this.#ticks = new Ticks(options, options.lengthMs)
  }

  /** empty windows that were not emitted because more than LONGEST_EMPTY_RUN followed each other */
  get skippedEmptyWindows(): number {
    return this.#ticks.skipped
  }

  onRow(row: Row, out: Output): void {
    if (this.#eventTime) {
      // Rows come in order: this one closes what ends at or before it, the watermark that follows would do no more.
      this.#ticks.begin(row.time)
      this.#closeUpTo(row.time, out)
    }
    this.#rows.push(row)
  }

  onTime(time: number, out: Output): void {
    this.#closeUpTo(time, out)
  }

  nextDue(): number | undefined {
    return this.#eventTime ? undefined : this.#ticks.next
  }

  onWatermark(time: number, out: Output): void {
    if (this.#eventTime) this.#closeUpTo(time, out)
    out.watermark(time)
  }

  #closeUpTo(time: number, out: Output): void {
    this.#ticks.advance(
      time,
      () => this.#rows.length === 0,
      (end, start) => {
        const rows = this.#rows
        this.#rows = []
        out.window({ rows, start, end, trigger: end })
      },
    )
  }

  snapshot(): Saved {
    return { ticks: this.#ticks.snapshot(), rows: saveRows(this.#rows) }
  }

  restore(saved: Saved): void {
    this.#ticks.restore(saved.ticks)
    this.#rows = loadRows(saved.rows)
  }
}
