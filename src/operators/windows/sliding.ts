// Rows in; for each row that triggers, the rows up to one length before it out, and with a delay also those after it.

import { RowError } from '../../core/errors.ts'
import type { Row } from '../../core/row.ts'
import type { Operator, Output, RowFunction } from '../operator.ts'
import type { SavedRow } from '../saved-row.ts'
import { RowQueue } from './row-queue.ts'

export interface SlidingOptions {
  readonly lengthMs: number
  /** the window goes on for so long after the row that triggers it; default 0: it ends with it */
  readonly delayMs?: number | undefined
  /** which rows trigger; null and errors count as false. Default: all */
  readonly when?: RowFunction<unknown> | undefined
  /** rows come in order of their own time, and watermarks tell when a window is complete */
  readonly eventTime: boolean
}

interface Saved {
  readonly rows: readonly SavedRow[]
  readonly triggers: readonly number[]
}

/**
 * SLIDINGWINDOW(unit, length[, delay]): [time - length, time], at once on each row that triggers; with a delay
 * [time - length, time + delay), when that time has come. In event time both wait for the watermark, and a window
 * without delay holds all rows of the instant that triggers it.
 */
export class SlidingWindow implements Operator {
  readonly #lengthMs: number
  readonly #delayMs: number
  readonly #when: RowFunction<unknown> | undefined
  readonly #eventTime: boolean
  readonly #rows = new RowQueue()
  /** times of the rows whose windows are not complete, ascending */
  #triggers: number[] = []

  constructor(options: SlidingOptions) {
    this.#lengthMs = options.lengthMs
    this.#delayMs = options.delayMs ?? 0
    this.#when = options.when
    this.#eventTime = options.eventTime
  }

  onRow(row: Row, out: Output): void {
    // A window without delay may still get rows of its last instant; one with delay excludes its end.
    if (this.#eventTime) this.#closeUpTo(this.#delayMs > 0 ? row.time : row.time - 1, out)
    this.#rows.push(row)
    this.#rows.dropBefore((this.#triggers[0] ?? row.time) - this.#lengthMs)
    if (!this.#isTrigger(row)) return
    if (this.#eventTime || this.#delayMs > 0) this.#triggers.push(row.time)
    else this.#emit(row.time, out)
  }

  onTime(time: number, out: Output): void {
    this.#closeUpTo(time, out)
  }

  nextDue(): number | undefined {
    if (this.#eventTime) return undefined
    const first = this.#triggers[0]
    return first === undefined ? undefined : first + this.#delayMs
  }

  onWatermark(time: number, out: Output): void {
    if (this.#eventTime) this.#closeUpTo(time, out)
    out.watermark(time)
  }

  #isTrigger(row: Row): boolean {
    if (!this.#when) return true
    try {
      return this.#when(row) === true
    } catch (error) {
      if (error instanceof RowError) return false
      throw error
    }
  }

  #closeUpTo(time: number, out: Output): void {
    let complete = 0
    while (complete < this.#triggers.length && this.#triggers[complete]! + this.#delayMs <= time) complete++
    if (complete === 0) return
    const triggers = this.#triggers.splice(0, complete)
    for (const trigger of triggers) this.#emit(trigger, out)
  }

  #emit(trigger: number, out: Output): void {
    const start = trigger - this.#lengthMs
    const end = trigger + this.#delayMs
    const rows =
      this.#delayMs > 0
        ? this.#rows.select(row => row.time >= start && row.time < end)
        : this.#rows.select(row => row.time >= start && row.time <= end)
    out.window({ rows, start, end, trigger: end })
  }

  snapshot(): Saved {
    return { rows: this.#rows.snapshot(), triggers: this.#triggers.slice() }
  }

  restore(saved: Saved): void {
    this.#rows.restore(saved.rows)
    this.#triggers = saved.triggers.slice()
  }
}
