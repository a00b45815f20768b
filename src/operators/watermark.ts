// Rows of event time in any order in; rows in the order of their time and watermarks out. Late rows go another way.

import { RowError } from '../core/errors.ts'
import type { Row } from '../core/row.ts'
import { TimeHeap } from '../core/time-heap.ts'
import type { Operator, Output } from './operator.ts'
import { loadRows, type SavedRow, saveRows } from './saved-row.ts'
import { type Heard, StreamSilence } from './stream-silence.ts'

export interface WatermarkOptions {
  /** the streams of the rule, by the index that their rows carry; tables do not take part */
  readonly sources: readonly number[]
  /** the watermark stays so far behind the latest row */
  readonly lateToleranceMs: number
  /**
   * A stream of which no row came for so long (processing time) no longer holds the others back, until it speaks
   * again. Absent: it does so for ever.
   */
  readonly idleTimeoutMs?: number | undefined
  /** when so many rows wait, streams that are ahead of the slowest are not to be read until it has come up to them */
  readonly mostWaiting?: number | undefined
  /** when the rule started, ms since 1970 UTC: streams that have not spoken yet are silent since then */
  readonly startMs: number
  /** processing time of the row that is being given, ms since 1970 UTC; default: startMs */
  readonly processingTime?: (() => number) | undefined
  /** a row was dropped because it came so far behind the watermark */
  readonly onLate?: ((row: Row, behindMs: number) => void) | undefined
  /** one stream holds the others back: after a minute, then less and less often, and whenever too many rows wait */
  readonly onHold?: ((hold: Hold) => void) | undefined
}

/** Rows wait that only one stream keeps from going on. */
export interface Hold {
  /** the slowest stream */
  readonly source: number
  /** since its last row arrived, or the rule started; processing time */
  readonly silentMs: number
  /** from its latest row to the latest of all, event time; undefined: it has not given any yet */
  readonly behindMs: number | undefined
  readonly waiting: number
  /** `mostWaiting` is reached: the other streams are not read */
  readonly isFull: boolean
}

interface Saved {
  readonly watermark: number
  readonly latest: readonly (readonly [source: number, time: number])[]
  readonly rows: readonly SavedRow[]
  readonly lateTotal: number
  readonly heard: Heard
  /** processing time of the snapshot */
  readonly at: number
}

/** The largest time that a date can have, ms from 1970: what is beyond it breaks every calendar computation. */
const LAST_INSTANT_MS = 8.64e15
/** The watermark stands still for so long before a stream is said to hold the others back. */
const FIRST_HOLD_MS = 60_000
const LONGEST_HOLD_MS = 3_600_000

/**
 * Orders the rows of all streams by time; ties keep their order of arrival. The watermark is the earliest, over the
 * streams, of the latest time seen, minus the tolerance; it exists once all have been heard, and never goes back.
 * Idle streams do not count for it; when all are idle none waits for another, and the latest time of all does.
 * @see spec/windows-and-time.md section 4
 */
export class Watermark implements Operator {
  /** rows dropped because they were earlier than a watermark already announced */
  lateTotal = 0
  readonly #options: WatermarkOptions
  readonly #sources: readonly number[]
  readonly #toleranceMs: number
  readonly #processingTime: () => number
  readonly #silence: StreamSilence
  readonly #latest = new Map<number, number>()
  readonly #waiting = new TimeHeap<Row>()
  #watermark = Number.NEGATIVE_INFINITY
  /** the latest time of all streams */
  #newest = Number.NEGATIVE_INFINITY
  #isFull = false
  /** processing time since which rows wait for a slower stream and none went on; undefined: no row waits so */
  #heldSince: number | undefined
  #tellHoldAt: number | undefined

  constructor(options: WatermarkOptions) {
    this.#options = options
    this.#sources = options.sources
    this.#toleranceMs = options.lateToleranceMs
    this.#processingTime = options.processingTime ?? (() => options.startMs)
    // A stream alone has nobody to hold back: whether it is silent makes no difference.
    const timeoutMs = options.sources.length > 1 ? options.idleTimeoutMs : undefined
    this.#silence = new StreamSilence(options.sources, timeoutMs ?? Number.POSITIVE_INFINITY, options.startMs)
  }

  /** those that wait for the watermark */
  get waitingRows(): number {
    return this.#waiting.size
  }

  counters(): Readonly<Record<string, number>> {
    return {
      late_rows_total: this.lateTotal,
      waiting_rows: this.#waiting.size,
      idle_streams: this.#silence.idleCount,
    }
  }

  onRow(row: Row, out: Output): void {
    const { time, source } = row
    if (!(Math.abs(time) <= LAST_INSTANT_MS)) throw new RowError(`event time ${time} is no point in time`)
    if (this.#sources.length > 1) this.#silence.hear(source, this.#processingTime())
    if (time < this.#watermark) {
      this.lateTotal++
      this.#options.onLate?.(row, this.#watermark - time)
      return
    }
    const latest = this.#latest.get(source)
    if (latest === undefined || time > latest) this.#latest.set(source, time)
    if (time > this.#newest) this.#newest = time
    this.#waiting.push(time, row)
    const rises = this.#rise(out)
    if (this.#sources.length > 1) this.#watchHold(this.#processingTime(), rises)
  }

  onTime(time: number, out: Output): void {
    // As it is before the first of them is found idle, for that may make the next one the slowest.
    const unread = this.#isFull ? this.#sources.filter(source => !this.reads(source)) : []
    const changes = this.#silence.pass(time, source => !unread.includes(source))
    this.#watchHold(time, changes && this.#rise(out))
    if (this.#tellHoldAt !== undefined && time >= this.#tellHoldAt) this.#holdIsDue(time)
  }

  #holdIsDue(time: number): void {
    if (this.#heldSince === undefined) {
      this.#tellHoldAt = undefined
      return
    }
    const heldMs = time - this.#heldSince
    // The watermark may have risen in between: that moves no timer.
    this.#tellHoldAt =
      heldMs < FIRST_HOLD_MS ? this.#heldSince + FIRST_HOLD_MS : time + Math.min(heldMs, LONGEST_HOLD_MS)
    if (heldMs >= FIRST_HOLD_MS) this.#tellHold(time)
  }

  nextDue(): number | undefined {
    const silence = this.#silence.nextDue()
    if (silence === undefined || this.#tellHoldAt === undefined) return silence ?? this.#tellHoldAt
    return Math.min(silence, this.#tellHoldAt)
  }

  /** Where there is a watermark, there is no other before it. */
  onWatermark(): void {
    throw new Error('two watermark operators in one pipeline')
  }

  /** While too many rows wait only the slowest streams go on; what an idle one sends wakes it, so it is listened to. */
  reads(source: number): boolean {
    return !this.#isFull || this.#silence.isIdle(source) || this.#latestOf(source) <= this.#earliest()
  }

  /** @returns whether the watermark rose */
  #rise(out: Output): boolean {
    const watermark = this.#earliest() - this.#toleranceMs
    if (!(watermark > this.#watermark)) return false
    this.#watermark = watermark
    while (this.#waiting.size > 0 && this.#waiting.earliest! <= watermark) out.row(this.#waiting.pop()!)
    out.watermark(watermark)
    return true
  }

  #latestOf(source: number): number {
    return this.#latest.get(source) ?? Number.NEGATIVE_INFINITY
  }

  /** Over the streams that are not idle, of the latest time seen; minus infinity while one has not been heard. */
  #earliest(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const source of this.#sources) {
      if (!this.#silence.isIdle(source)) earliest = Math.min(earliest, this.#latestOf(source))
    }
    return earliest === Number.POSITIVE_INFINITY ? this.#newest : earliest
  }

  #watchHold(now: number, rises: boolean): void {
    // A row would go on if it were for the tolerance alone.
    const free = this.#newest - this.#toleranceMs
    const holds = free > this.#watermark && this.#waiting.size > 0 && this.#waiting.earliest! <= free
    if (!holds) {
      this.#isFull = false
      this.#heldSince = undefined
      return
    }
    if (rises || this.#heldSince === undefined) {
      this.#heldSince = now
      this.#tellHoldAt = Math.min(this.#tellHoldAt ?? Number.POSITIVE_INFINITY, now + FIRST_HOLD_MS)
    }
    const most = this.#options.mostWaiting ?? Number.POSITIVE_INFINITY
    // Half of the room has to be there before others are read again, or every row would open and close the way.
    if (this.#isFull && this.#waiting.size <= most / 2) this.#isFull = false
    else if (!this.#isFull && this.#waiting.size >= most) {
      this.#isFull = true
      this.#tellHold(now)
    }
  }

  #tellHold(now: number): void {
    const { onHold } = this.#options
    if (!onHold) return
    const slowest = this.#earliest()
    const source = this.#sources.find(s => !this.#silence.isIdle(s) && this.#latestOf(s) === slowest)!
    onHold({
      source,
      silentMs: now - this.#silence.heardAt(source),
      behindMs: slowest === Number.NEGATIVE_INFINITY ? undefined : this.#newest - slowest,
      waiting: this.#waiting.size,
      isFull: this.#isFull,
    })
  }

  snapshot(): Saved {
    return {
      watermark: this.#watermark,
      latest: [...this.#latest],
      rows: saveRows(this.#waiting.toSorted()),
      lateTotal: this.lateTotal,
      heard: this.#silence.snapshot(),
      at: this.#processingTime(),
    }
  }

  /** Who was heard when is a fact of the streams: what came meanwhile waits in the journal with the time of its arrival. */
  restore(saved: Saved): void {
    this.#watermark = saved.watermark
    this.#latest.clear()
    for (const [source, time] of saved.latest) this.#latest.set(source, time)
    this.#newest = Math.max(Number.NEGATIVE_INFINITY, ...this.#latest.values())
    for (const row of loadRows(saved.rows)) this.#waiting.push(row.time, row)
    this.lateTotal = saved.lateTotal
    this.#silence.restore(saved.heard, saved.at)
    if (this.#sources.length > 1) this.#watchHold(saved.at, false)
  }
}
