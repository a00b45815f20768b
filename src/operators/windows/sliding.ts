// Rows in; for each row that triggers, what came up to one length before it out, and with a delay also what comes after.

import { RowError } from '../../core/errors.ts'
import { Fifo } from '../../core/fifo.ts'
import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import type { Operator, Output, RowFunction } from '../operator.ts'
import type { SlidingContents } from './contents.ts'

export interface SlidingOptions {
  readonly lengthMs: number
  /** the window goes on for so long after the row that triggers it; default 0: it ends with it */
  readonly delayMs?: number | undefined
  /** which rows trigger; null and errors count as false. Default: all */
  readonly when?: RowFunction<unknown> | undefined
  /** rows come in order of their own time, and watermarks tell when a window is complete */
  readonly eventTime: boolean
  /** without its start and with its end, in any case (`windowVersion: v2`) */
  readonly isLeftOpen?: boolean | undefined
  /** with a delay: two windows, one up to the row that triggers and one from there (`enableSendSlidingWindowTwice`) */
  readonly isSentTwice?: boolean | undefined
  /** what the rows are kept in; asked for once or twice */
  contents(): SlidingContents
}

/** A span of time around the row that triggers. */
interface Span {
  /** from the row to the start, ms; negative: it begins before the row */
  readonly fromMs: number
  /** from the row to the end, ms */
  readonly toMs: number
  readonly includesStart: boolean
  readonly includesEnd: boolean
  /** window_trigger() is the time of the row, not the end */
  readonly isTriggeredByRow: boolean
}

/** What windows each row that triggers has (spec/windows-and-time.md 1 and 1.1). */
function spansOf({ lengthMs, delayMs = 0, isLeftOpen = false, isSentTwice = false }: SlidingOptions): readonly Span[] {
  const span = { fromMs: -lengthMs, toMs: delayMs, isTriggeredByRow: false }
  if (isSentTwice && delayMs > 0) {
    const halves = { ...span, includesStart: false, includesEnd: true, isTriggeredByRow: true }
    return [
      { ...halves, toMs: 0 },
      { ...halves, fromMs: 0 },
    ]
  }
  if (isLeftOpen) return [{ ...span, includesStart: false, includesEnd: true }]
  return [{ ...span, includesStart: true, includesEnd: delayMs === 0 }]
}

/**
 * SLIDINGWINDOW(unit, length[, delay]): [time - length, time], at once on each row that triggers; with a delay
 * [time - length, time + delay), when that time has come. In event time both wait for the watermark, and a window
 * without delay holds all rows of the instant that triggers it.
 */
export class SlidingWindow implements Operator {
  readonly #when: RowFunction<unknown> | undefined
  readonly #eventTime: boolean
  readonly #parts: readonly SlidingPart[]

  constructor(options: SlidingOptions) {
    this.#when = options.when
    this.#eventTime = options.eventTime
    this.#parts = spansOf(options).map(span => new SlidingPart(span, options.eventTime, options.contents()))
  }

  onRow(row: Row, out: Output): void {
    for (const part of this.#parts) part.add(row, out)
    if (!this.#isTrigger(row)) return
    for (const part of this.#parts) part.trigger(row.time, out)
  }

  onTime(time: number, out: Output): void {
    for (const part of this.#parts) part.closeUpTo(time, out)
  }

  nextDue(): number | undefined {
    if (this.#eventTime) return undefined
    let next: number | undefined
    for (const { due } of this.#parts) if (due !== undefined && (next === undefined || due < next)) next = due
    return next
  }

  onWatermark(time: number, out: Output): void {
    try {
      if (this.#eventTime) for (const part of this.#parts) part.closeUpTo(time, out)
    } finally {
      out.watermark(time)
    }
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

  snapshot(form?: SnapshotForm): readonly SavedPart[] {
    return this.#parts.map(part => part.snapshot(form))
  }

  restore(saved: readonly SavedPart[]): void {
    this.#parts.forEach((part, i) => {
      part.restore(saved[i]!)
    })
  }
}

interface SavedPart {
  readonly contents: unknown
  readonly triggers: readonly number[]
}

/** One window for each row that triggers. They close in the order of those rows, so rows leave in order, too. */
class SlidingPart {
  readonly #span: Span
  readonly #eventTime: boolean
  readonly #contents: SlidingContents
  /** times of the rows whose windows are not complete, ascending */
  readonly #triggers = new Fifo<number>()
  /** from a row that triggers to the instant at which its window is complete */
  readonly #waitMs: number

  constructor(span: Span, eventTime: boolean, contents: SlidingContents) {
    this.#span = span
    this.#eventTime = eventTime
    this.#contents = contents
    // A clock that shows an instant says nothing of the rows that it may still bring; a watermark does.
    this.#waitMs = span.toMs + (!eventTime && span.toMs > 0 && span.includesEnd ? 1 : 0)
  }

  /** when the next window closes; undefined: none is open */
  get due(): number | undefined {
    const first = this.#triggers.first
    return first === undefined ? undefined : first + this.#waitMs
  }

  add(row: Row, out: Output): void {
    // A window with its end may still get rows of that instant.
    if (this.#eventTime) this.closeUpTo(this.#span.includesEnd ? row.time - 1 : row.time, out)
    this.#contents.add(row)
    this.#contents.dropBefore(this.#startOf(this.#triggers.first ?? row.time))
  }

  trigger(time: number, out: Output): void {
    if (this.#eventTime || this.#waitMs > 0) this.#triggers.push(time)
    else this.#emit(time, out)
  }

  closeUpTo(time: number, out: Output): void {
    for (let due = this.due; due !== undefined && due <= time; due = this.due) {
      const trigger = this.#triggers.first!
      this.#triggers.shift()
      this.#emit(trigger, out)
    }
  }

  /** the first instant that belongs to the window */
  #startOf(trigger: number): number {
    return trigger + this.#span.fromMs + (this.#span.includesStart ? 0 : 1)
  }

  /** All rows that are held came before the end: one at or after it would have closed the window first. */
  #emit(trigger: number, out: Output): void {
    this.#contents.dropBefore(this.#startOf(trigger))
    const held = this.#contents.look()
    if (!held) return
    const { fromMs, toMs, isTriggeredByRow } = this.#span
    const [start, end] = [trigger + fromMs, trigger + toMs]
    out.window({ ...held, start, end, trigger: isTriggeredByRow ? trigger : end })
  }

  snapshot(form?: SnapshotForm): SavedPart {
    return { contents: this.#contents.snapshot(form), triggers: this.#triggers.toArray() }
  }

  restore({ contents, triggers }: SavedPart): void {
    this.#contents.restore(contents)
    this.#triggers.fill(triggers)
  }
}
