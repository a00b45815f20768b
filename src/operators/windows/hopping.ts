// Rows in; at each hop, the rows of one length before it out, also when there were none.

import type { Row } from '../../core/row.ts'
import { type CalendarLength, calendarLength, lengthBefore, lengthText } from '../alignment.ts'
import type { Operator, Output } from '../operator.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import { type SavedTicks, type TickOptions, Ticks } from './ticks.ts'

export interface HoppingOptions extends TickOptions {
  readonly lengthMs: number
  /** from one end to the next; ends are aligned to it */
  readonly hopMs: number
}

interface Saved {
  readonly ticks: SavedTicks
  readonly rows: readonly SavedRow[]
}

/** HOPPINGWINDOW(unit, length, hop): [end - length, end). A row may be in several windows, with hop > length in none. */
export class HoppingWindow implements Operator {
  readonly label: string
  readonly #eventTime: boolean
  readonly #length: CalendarLength
  readonly #ticks: Ticks
  /** of the next window or later ones */
  #rows: Row[] = []

  constructor(options: HoppingOptions) {
    this.label = `window hopping ${lengthText(options.lengthMs)} every ${lengthText(options.hopMs)}`
    this.#eventTime = options.eventTime
    this.#length = calendarLength(options.unit, options.lengthMs, options.zone)
    this.#ticks = new Ticks(options, options.hopMs)
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
    if (row.time >= this.#nextStart()) this.#rows.push(row)
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
      end => {
        const rows = this.#rows
        const nextStart = this.#nextStart()
        this.#rows = rows.filter(row => row.time >= nextStart)
        out.window({ rows, start: lengthBefore(this.#length, end), end, trigger: end })
      },
    )
  }

  #nextStart(): number {
    return lengthBefore(this.#length, this.#ticks.next!)
  }

  snapshot(): Saved {
    return { ticks: this.#ticks.snapshot(), rows: saveRows(this.#rows) }
  }

  restore(saved: Saved): void {
    this.#ticks.restore(saved.ticks)
    this.#rows = loadRows(saved.rows)
  }
}
