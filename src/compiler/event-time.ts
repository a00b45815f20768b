// What a rule's options say of event time in: how a record's time is read, the watermark operator, and how explain tells
// of it, out (spec/windows-and-time.md 2 and 4).

import { fromEpochMs, rfc3339, toDateTime } from '../core/datetime.ts'
import { spanText } from '../core/duration.ts'
import { RowError } from '../core/errors.ts'
import type { Row } from '../core/row.ts'
import { lengthText, UNIT_MS } from '../core/time-unit.ts'
import { getOwn, type Value, type Values } from '../core/value.ts'
import { type Hold, Watermark } from '../operators/watermark.ts'
import type { BoundSource } from '../sql/bound.ts'

/** What the rule says of event time. 0 and '' turn an option off, as its absence does. */
export interface EventTimeOptions {
  /** the watermark stays so far behind the latest row */
  readonly lateToleranceMs: number
  /** a stream that is silent for so long holds no other back */
  readonly idleTimeoutMs?: number
  /** a row that is further ahead of its arrival is an error */
  readonly futureToleranceMs?: number
  /** memory topic that late rows go to */
  readonly lateTopic?: string
  /** when so many rows wait, only the slowest stream is read */
  readonly maxWaitingRows?: number
}

/** Where the operator's findings go. */
export interface EventTimeEvents {
  /** a row came so far behind the watermark, and is dropped */
  readonly onLate?: ((row: Row, behindMs: number) => void) | undefined
  readonly onHold?: ((hold: Hold) => void) | undefined
  /** of the message being worked on, ms since 1970 UTC */
  readonly processingTime: () => number
}

export function compileWatermark(
  sources: readonly BoundSource[],
  options: EventTimeOptions,
  startMs: number,
  events: EventTimeEvents,
): Watermark {
  return new Watermark({
    sources: sources.filter(source => source.kind === 'stream').map(source => source.index),
    lateToleranceMs: options.lateToleranceMs,
    idleTimeoutMs: options.idleTimeoutMs || undefined,
    mostWaiting: options.maxWaitingRows || undefined,
    startMs,
    ...events,
  })
}

/** The instants that dates can name end here, ms before and after 1970 UTC. */
const LARGEST_DATE_MS = 8.64e15
/** A row's windows end up to some of their lengths away from it, and each may be a hundred years. */
const LARGEST_MS = LARGEST_DATE_MS - 400 * 366 * UNIT_MS.DD

export interface EventTimeColumn {
  /** option TIMESTAMP of the stream */
  readonly timestamp: string | undefined
  readonly timestampFormat: string | undefined
}

/**
 * Reads the event time of a record as it came, so that the column needs no declaration to be usable.
 * @param futureToleranceMs a time that is more than this ahead of the record's arrival is none; 0: any is one
 * @returns ms since 1970 UTC, by a function that throws a RowError when the record has none; undefined without TIMESTAMP
 */
export function eventTimeOf(
  { timestamp, timestampFormat }: EventTimeColumn,
  zone: string,
  futureToleranceMs = 0,
): ((values: Values, nowMs: number) => number) | undefined {
  if (timestamp === undefined) return undefined
  const read = (values: Values, nowMs: number) => {
    const value = getOwn(values, timestamp)
    if (value == null) throw new RowError(`cannot find the timestamp field ${timestamp}`)
    if (typeof value === 'number' && Math.abs(value) <= LARGEST_MS) return Math.trunc(value)
    if (typeof value === 'bigint' && value <= LARGEST_MS && value >= -LARGEST_MS) return Number(value)
    // Refuses a number beyond all dates: as a time it would make every later row late for ever.
    let time: number
    try {
      time = toDateTime(value, zone, timestampFormat, nowMs).epochMilliseconds
    } catch (error) {
      throw error instanceof RowError ? new RowError(`timestamp field ${timestamp}: ${error.message}`) : error
    }
    if (Math.abs(time) <= LARGEST_MS) return time
    throw new RowError(`timestamp field ${timestamp}: ${time} is so near the end of all dates that no window has room`)
  }
  if (futureToleranceMs === 0) return read
  return (values, nowMs) => {
    const time = read(values, nowMs)
    if (time - nowMs <= futureToleranceMs) return time
    const written = getOwn(values, timestamp)!
    throw new RowError(futureText(timestamp, written, time, nowMs, zone))
  }
}

function futureText(column: string, written: Value, time: number, nowMs: number, zone: string): string {
  const clock = rfc3339(fromEpochMs(nowMs, zone))
  const value = typeof written === 'string' ? JSON.stringify(written) : String(time)
  return `timestamp field ${column}: ${value} is ${spanText(time - nowMs)} ahead of the clock, which shows ${clock}`
}

/** What happens to a row in the watermark operator, and what it keeps. */
export function watermarkWords(
  sources: readonly BoundSource[],
  options: EventTimeOptions,
): { readonly does: readonly string[]; readonly keeps: readonly string[] } {
  const { lateToleranceMs, idleTimeoutMs = 0, futureToleranceMs = 0, lateTopic = '', maxWaitingRows = 0 } = options
  const isTolerant = lateToleranceMs > 0
  const tolerance = lengthText(lateToleranceMs)
  const isOne = sources.filter(source => source.kind === 'stream').length === 1
  // A stream that falls silent holds the others back: what is waited for has to be said.
  const until = isOne
    ? `none that is earlier can come${isTolerant ? `, ${tolerance} behind the newest` : ''}`
    : `every stream has come ${isTolerant ? `${tolerance} further` : 'as far'}`
  const late = `those that come ${isTolerant ? `more than ${tolerance} ` : ''}late are dropped`
  const does = [
    `rows leave in the order of their time; ${late}${lateTopic === '' ? '' : ` and sent to topic ${lateTopic}`}`,
  ]
  if (idleTimeoutMs > 0 && !isOne)
    does.push(`a stream that is silent for ${lengthText(idleTimeoutMs)} is not waited for`)
  if (futureToleranceMs > 0) {
    does.push(`rows more than ${lengthText(futureToleranceMs)} ahead of the clock are refused`)
  }
  const most = isOne || maxWaitingRows === 0 ? '' : `; from ${maxWaitingRows} on only the slowest stream is read`
  return { does, keeps: [`rows until ${until}${most}`] }
}
