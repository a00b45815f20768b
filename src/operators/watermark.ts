// Rows of event time in any order in; rows in the order of their time and watermarks out. Late rows are counted, not sent.

import { RowError } from '../core/errors.ts'
import type { Row } from '../core/row.ts'
import { TimeHeap } from '../core/time-heap.ts'
import type { Operator, Output } from './operator.ts'
import { loadRows, type SavedRow, saveRows } from './saved-row.ts'

export interface WatermarkOptions {
  /** the streams of the rule, by the index that their rows carry; tables do not take part */
  readonly sources: readonly number[]
  /** the watermark stays so far behind the latest row */
  readonly lateToleranceMs: number
  /**
   * A stream that gave no row during a whole interval of this length (processing time) no longer holds the others
   * back, until it speaks again. Absent: it does so for ever.
   */
  readonly idleTimeoutMs?: number | undefined
  /** when the rule started, ms since 1970 UTC: the first idle interval begins here */
  readonly startMs: number
}

interface Saved {
  readonly watermark: number
  readonly latest: readonly (readonly [source: number, time: number])[]
  readonly rows: readonly SavedRow[]
  readonly lateTotal: number
}

/** The largest time that a date can have, ms from 1970: what is beyond it breaks every calendar computation. */
const LAST_INSTANT_MS = 8.64e15

/**
 * Orders the rows of all streams by time; ties keep their order of arrival. The watermark is the earliest, over the
 * streams, of the latest time seen, minus the tolerance; it exists once all have been heard, and never goes back.
 * @see spec/windows-and-time.md section 4
 */
export class Watermark implements Operator {
  /** rows dropped because they were earlier than a watermark already announced */
  lateTotal = 0
  readonly #sources: readonly number[]
  readonly #toleranceMs: number
  readonly #idleTimeoutMs: number | undefined
  readonly #latest = new Map<number, number>()
  readonly #waiting = new TimeHeap<Row>()
  #watermark = Number.NEGATIVE_INFINITY
  /** streams that gave a row in the idle interval that is running, and those that gave none in the last whole one */
  readonly #heard = new Set<number>()
  readonly #idle = new Set<number>()
  #intervalEnd: number | undefined

  constructor(options: WatermarkOptions) {
    this.#sources = options.sources
    this.#toleranceMs = options.lateToleranceMs
    this.#idleTimeoutMs = options.idleTimeoutMs
    if (options.idleTimeoutMs !== undefined) this.#intervalEnd = options.startMs + options.idleTimeoutMs
  }

  /** rows that wait for the watermark */
  get waiting(): number {
    return this.#waiting.size
  }

  onRow(row: Row, out: Output): void {
    if (!(Math.abs(row.time) <= LAST_INSTANT_MS)) throw new RowError(`event time ${row.time} is no point in time`)
    this.#heard.add(row.source)
    this.#idle.delete(row.source)
    if (row.time < this.#watermark) {
      this.lateTotal++
      return
    }
    this.#latest.set(row.source, Math.max(row.time, this.#latest.get(row.source) ?? Number.NEGATIVE_INFINITY))
    this.#waiting.push(row.time, row)
    this.#rise(out)
  }

  onTime(time: number, out: Output): void {
    if (this.#idleTimeoutMs === undefined || this.#intervalEnd === undefined || time < this.#intervalEnd) return
    for (const source of this.#sources) {
      if (!this.#heard.has(source)) this.#idle.add(source)
    }
    this.#heard.clear()
    // Of intervals that passed unseen (a stall) only the last counts.
    this.#intervalEnd += this.#idleTimeoutMs * (Math.floor((time - this.#intervalEnd) / this.#idleTimeoutMs) + 1)
    this.#rise(out)
  }

  nextDue(): number | undefined {
    return this.#intervalEnd
  }

  /** Where there is a watermark, there is no other before it. */
  onWatermark(): void {
    throw new Error('two watermark operators in one pipeline')
  }

  #rise(out: Output): void {
    const watermark = this.#earliest() - this.#toleranceMs
    if (!(watermark > this.#watermark)) return
    this.#watermark = watermark
    while (this.#waiting.size > 0 && this.#waiting.earliest! <= watermark) out.row(this.#waiting.pop()!)
    out.watermark(watermark)
  }

  /** Over the streams that are not idle, of the latest time seen; minus infinity while one has not been heard. */
  #earliest(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const source of this.#sources) {
      if (this.#idle.has(source)) continue
      earliest = Math.min(earliest, this.#latest.get(source) ?? Number.NEGATIVE_INFINITY)
    }
    return earliest === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : earliest
  }

  snapshot(): Saved {
    return {
      watermark: this.#watermark,
      latest: [...this.#latest],
      rows: saveRows(this.#waiting.toSorted()),
      lateTotal: this.lateTotal,
    }
  }

  /** Idle intervals begin anew with the run: nobody spoke while nobody listened. */
  restore(saved: Saved): void {
    this.#watermark = saved.watermark
    this.#latest.clear()
    for (const [source, time] of saved.latest) this.#latest.set(source, time)
    for (const row of loadRows(saved.rows)) this.#waiting.push(row.time, row)
    this.lateTotal = saved.lateTotal
  }
}
