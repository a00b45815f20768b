// Rows in; when no more come for a while, or the session has lasted too long, what came out.

import type { Row } from '../../core/row.ts'
import { type CalendarLength, calendarLength, endsUpTo, firstEnd, lengthBefore, nextEnd } from '../alignment.ts'
import type { SnapshotForm } from '../evaluate.ts'
import type { Operator, Output } from '../operator.ts'
import type { Contents } from './contents.ts'
import type { TickOptions } from './ticks.ts'

export interface SessionOptions extends TickOptions {
  /** period of the aligned instants at which a session is cut that has lasted at least as long */
  readonly maxMs: number
  /** without a row for so long the session is over */
  readonly gapMs: number
  contents(): Contents
}

interface Saved {
  readonly contents: unknown
  readonly firstTime: number
  readonly lastTime: number
  readonly cut: number
  readonly resumed: number | undefined
  readonly tick: number | undefined
}

/**
 * SESSIONWINDOW(unit, max, gap): from the first row to gap after the last. At the aligned instants, every max, a
 * session whose first row is at least max old is cut: what it holds goes out, and if rows keep coming the next
 * window starts at the cut. So a window lasts between max and twice max at most. Never empty.
 * @see spec/windows-and-time.md section 5
 */
export class SessionWindow implements Operator {
  readonly #eventTime: boolean
  readonly #max: CalendarLength
  readonly #gapMs: number
  readonly #contents: Contents
  #firstTime = 0
  #lastTime = 0
  /** where the session that is open would be cut */
  #cut = 0
  /** the cut after which the same session goes on */
  #resumed: number | undefined
  /** one instant of the aligned sequence; in event time each window has its own */
  #tick: number | undefined

  constructor(options: SessionOptions) {
    this.#eventTime = options.eventTime
    this.#max = calendarLength(options.unit, options.maxMs, options.zone)
    this.#gapMs = options.gapMs
    this.#contents = options.contents()
    if (!options.eventTime) this.#tick = firstEnd(this.#max, options.startMs)
  }

  onRow(row: Row, out: Output): void {
    if (this.#eventTime) this.#closeBefore(row, out)
    if (this.#contents.size === 0) {
      if (this.#isOver(row.time)) this.#resumed = undefined
      this.#cut = this.#cutOf(row.time)
      this.#firstTime = row.time
    }
    this.#contents.add(row)
    this.#lastTime = row.time
  }

  onTime(time: number, out: Output): void {
    if (this.#contents.size === 0) return
    const gapEnd = this.#lastTime + this.#gapMs
    if (Math.min(gapEnd, this.#cut) > time) return
    if (gapEnd <= this.#cut) this.#closeAtGap(out)
    else this.#closeAtCut(out)
  }

  nextDue(): number | undefined {
    if (this.#eventTime || this.#contents.size === 0) return undefined
    return Math.min(this.#lastTime + this.#gapMs, this.#cut)
  }

  onWatermark(time: number, out: Output): void {
    if (this.#eventTime && this.#contents.size > 0) {
      const gapEnd = this.#lastTime + this.#gapMs
      if (this.#cut < gapEnd && this.#cut <= time) this.#closeAtCut(out)
      // A row exactly at the gap's end belongs to the session, and one at the watermark may still come.
      else if (gapEnd < time) this.#closeAtGap(out)
    }
    out.watermark(time)
  }

  /** Event time: closes what ends before this row, which is not in it. */
  #closeBefore(row: Row, out: Output): void {
    if (this.#contents.size === 0) return
    const gapEnd = this.#lastTime + this.#gapMs
    if (this.#isOver(row.time)) {
      if (this.#cut < gapEnd) this.#closeAtCut(out)
      else this.#closeAtGap(out)
    } else if (row.time >= this.#cut) {
      this.#closeAtCut(out)
    }
  }

  /** The gap has passed before this instant. In processing time its end counts, in event time it does not. */
  #isOver(time: number): boolean {
    const since = time - this.#lastTime
    return this.#eventTime ? since > this.#gapMs : since >= this.#gapMs
  }

  /** The first aligned instant at which a session with this first row is at least max old (event time: older). */
  #cutOf(first: number): number {
    let tick: number
    if (this.#tick === undefined || this.#eventTime) {
      tick = firstEnd(this.#max, first)
    } else {
      const passed = endsUpTo(this.#max, this.#tick, first)
      tick = passed.count === 0 ? this.#tick : nextEnd(this.#max, passed.lastMs)
      this.#tick = tick
    }
    for (;;) {
      const start = lengthBefore(this.#max, tick)
      if (this.#eventTime ? start > first : start >= first) return tick
      tick = nextEnd(this.#max, tick)
    }
  }

  #closeAtGap(out: Output): void {
    const end = this.#lastTime + this.#gapMs
    this.#emit(end, out)
  }

  #closeAtCut(out: Output): void {
    const end = this.#cut
    this.#emit(end, out, end)
  }

  #emit(end: number, out: Output, resumed?: number): void {
    const start = this.#resumed ?? this.#firstTime
    const held = this.#contents.take()
    this.#resumed = resumed
    if (held) out.window({ ...held, start, end, trigger: end })
  }

  snapshot(form?: SnapshotForm): Saved {
    return {
      contents: this.#contents.snapshot(form),
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      cut: this.#cut,
      resumed: this.#resumed,
      tick: this.#tick,
    }
  }

  restore(saved: Saved): void {
    this.#contents.restore(saved.contents)
    this.#firstTime = saved.firstTime
    this.#lastTime = saved.lastTime
    this.#cut = saved.cut
    this.#resumed = saved.resumed
    this.#tick = saved.tick
  }
}
