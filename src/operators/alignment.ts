// When windows end: a unit, a length and a zone in; instants (ms since 1970 UTC) out. Pure arithmetic, no clock.

import { type TimeUnit, UNIT_MS } from '../core/time-unit.ts'

/** A length of time as window calls write it: so many units, on the calendar of a zone. */
export interface CalendarLength {
  readonly unit: TimeUnit
  /** number of units, a positive integer */
  readonly count: number
  /** IANA name */
  readonly zone: string
}

const PARENT_UNIT = { MI: 'hour', SS: 'minute', MS: 'second' } as const

/**
 * @param lengthMs a multiple of the unit
 * @throws {RangeError} when it is not: our bug, windows are written in whole units
 */
export function calendarLength(unit: TimeUnit, lengthMs: number, zone: string): CalendarLength {
  const count = lengthMs / UNIT_MS[unit]
  if (!Number.isSafeInteger(count) || count <= 0) {
    throw new RangeError(`a window of ${lengthMs} ms is no positive number of ${unit}`)
  }
  return { unit, count, zone }
}

/**
 * The first end strictly after an instant: a multiple of the length counted from the start of the parent unit
 * (day, hour, minute, second) in the zone; for DD the midnight `count` days on. Hours are counted on the wall clock,
 * so that 6-hour windows start out on 6 and 12 o'clock on the days when the clock is put forward or back, too.
 * @param startMs ms since 1970 UTC
 * @see spec/windows-and-time.md section 3
 */
export function firstEnd(length: CalendarLength, startMs: number): number {
  const { unit, count, zone } = length
  const start = zoned(startMs, zone)
  if (unit === 'DD') return midnight(start.toPlainDate().add({ days: count }), zone)
  if (unit === 'HH') return firstHour(start, count)
  const parent = start.round({ smallestUnit: PARENT_UNIT[unit], roundingMode: 'floor' }).epochMilliseconds
  const lengthMs = count * UNIT_MS[unit]
  return parent + lengthMs * (Math.floor((startMs - parent) / lengthMs) + 1)
}

function firstHour(start: Temporal.ZonedDateTime, count: number): number {
  const day = start.toPlainDate().toPlainDateTime()
  for (let hours = count * Math.floor(start.hour / count); ; hours += count) {
    const end = day.add({ hours })
    // Both, because an hour that the autumn repeats begins twice, and one that the spring leaves out ends early.
    for (const disambiguation of ['earlier', 'later'] as const) {
      const endMs = end.toZonedDateTime(start.timeZoneId, { disambiguation }).epochMilliseconds
      if (endMs > start.epochMilliseconds) return endMs
    }
  }
}

/** The end after an end. Days go from midnight to midnight in the zone, whatever their length; all else is fixed. */
export function nextEnd(length: CalendarLength, endMs: number): number {
  return shift(length, endMs, 1)
}

/** The instant one length before an end. */
export function lengthBefore(length: CalendarLength, endMs: number): number {
  return shift(length, endMs, -1)
}

/**
 * How many ends of a sequence fall in [nextMs, timeMs], and the last of them, without walking through them.
 * @param nextMs an end of the sequence
 */
export function endsUpTo(length: CalendarLength, nextMs: number, timeMs: number): { count: number; lastMs: number } {
  if (timeMs < nextMs) return { count: 0, lastMs: lengthBefore(length, nextMs) }
  if (length.unit !== 'DD') {
    const lengthMs = length.count * UNIT_MS[length.unit]
    const more = Math.floor((timeMs - nextMs) / lengthMs)
    return { count: more + 1, lastMs: nextMs + more * lengthMs }
  }
  const first = zoned(nextMs, length.zone).toPlainDate()
  const days = first.until(zoned(timeMs, length.zone).toPlainDate()).days
  const more = Math.floor(days / length.count)
  return { count: more + 1, lastMs: midnight(first.add({ days: more * length.count }), length.zone) }
}

function shift(length: CalendarLength, ms: number, sign: 1 | -1): number {
  const { unit, count, zone } = length
  if (unit !== 'DD') return ms + sign * count * UNIT_MS[unit]
  return midnight(
    zoned(ms, zone)
      .toPlainDate()
      .add({ days: sign * count }),
    zone,
  )
}

function zoned(ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone)
}

function midnight(date: Temporal.PlainDate, zone: string): number {
  return date.toZonedDateTime(zone).epochMilliseconds
}
