// Instants with a zone (DATETIME) from numbers and text, and back to text (spec/sql.md 3.4).

import { compilePattern, instantOf, offsetMinutes, type Pattern } from './datetime-pattern.ts'
import { RowError } from './errors.ts'
import { describe } from './text.ts'
import type { Value } from './value.ts'

export { DAYS, daysInMonth, MONTHS, nanosOf } from './datetime-pattern.ts'
export { rfc3339 } from './json.ts'
export { parseZone } from './time-zone.ts'

/**
 * The fixed list of spec/sql.md 3.4, in its order, in our pattern letters. `HH` and one-letter fields take one or two
 * digits, a fraction may follow any seconds, an offset may be written `Z`, `+08`, `+0800` or `+08:00`.
 */
const FIXED = [
  'yyyy',
  'yyyy-M',
  'yyyy-M-d',
  'yyyy-M-d HH',
  'yyyy-M-d HH:m',
  'yyyy-M-d HH:m:s',
  'M-d',
  'HH:m:s',
  'HH:m',
  'HH',
  'HH:m:s MMM d, yyyy z',
  'yyyy-MM-dd HH:mm:ss Z z',
  "yyyy-MM-dd'T'HH:mm:ssX",
  'yyyy.M.d',
  'yyyy.M.d HH:mm:ss',
  'M/d/yyyy',
  'M/d/yyyy HH:m:s',
  'yyyy/MM/dd',
  'yyyyMMdd',
  'yyyy/MM/dd HH:mm:ss',
  'EEE MMM d HH:mm:ss yyyy',
  'EEE MMM d HH:mm:ss z yyyy',
  'EEE MMM dd HH:mm:ss Z yyyy',
  'dd MMM yy HH:mm z',
  'dd MMM yy HH:mm Z',
  'EEEE, dd-MMM-yy HH:mm:ss z',
  'EEE, dd MMM yyyy HH:mm:ss z',
  'EEE, dd MMM yyyy HH:mm:ss Z',
  'h:mma',
  'MMM d HH:mm:ss',
  "yyyy-MM-dd'T'HH:mm:ss",
]
let fixed: readonly Pattern[] | undefined

/** Longer than any of the forms: not worth trying. */
const LONGEST_TEXT = 100

/**
 * Reads a date and time from text: by the pattern, then by the fixed list of spec/sql.md 3.4.
 * @param zone IANA zone of a text that names none; the result is shown in it
 * @param pattern pattern letters of spec/sql.md 3.4; a malformed one is passed over (see checkPattern)
 * @param nowMs ms since 1970 UTC, for texts without date or year; without it such texts cannot be read
 * @returns undefined when nothing fits
 */
export function parseDateTime(
  text: string,
  zone: string,
  pattern?: string,
  nowMs?: number,
): Temporal.ZonedDateTime | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  if (pattern !== undefined && pattern !== '') {
    const compiled = compilePattern(pattern)
    const found = typeof compiled === 'string' ? undefined : compiled.read(text, zone, nowMs)
    if (found) return found
  }
  const quick = parseIso(text, zone)
  if (quick) return quick
  fixed ??= FIXED.map(form => compilePattern(form) as Pattern)
  for (const form of fixed) {
    const found = form.read(text, zone, nowMs)
    if (found) return found
  }
  return undefined
}

/** The number that two digits at `i` write; NaN when they are none. */
function pair(text: string, i: number): number {
  const tens = text.charCodeAt(i) - 48
  const ones = text.charCodeAt(i + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

const TAIL = /^(?:[.,](\d{1,9})\d*)?(Z|[+-]\d{2}(?::?\d{2})?)?$/

/** `yyyy-MM-dd HH:mm:ss` and RFC 3339 without the list: nearly all texts that devices send are one of them. */
function parseIso(text: string, zone: string): Temporal.ZonedDateTime | undefined {
  if (text.length < 19) return undefined
  const between = text.charCodeAt(10)
  if (between !== 32 && between !== 84) return undefined
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined
  const date = { year: pair(text, 0) * 100 + pair(text, 2), month: pair(text, 5), day: pair(text, 8) }
  const time = [pair(text, 11), pair(text, 14), pair(text, 17)] as const
  if (Number.isNaN(date.year + date.month + date.day + time[0] + time[1] + time[2])) return undefined
  if (text.length === 19) return instantOf(date, time, 0, undefined, zone)
  if (text.length === 20 && text[19] === 'Z') return instantOf(date, time, 0, 0, zone)
  const tail = TAIL.exec(text.slice(19))
  if (!tail) return undefined
  const offset = tail[2] === undefined ? undefined : offsetMinutes(tail[2])
  if (Number.isNaN(offset)) return undefined
  return instantOf(date, time, tail[1] === undefined ? 0 : Number(tail[1].padEnd(9, '0')), offset, zone)
}

/** The instants that Temporal can hold. */
const LARGEST_MS = 8.64e15

/**
 * A value as an instant: a number is ms since 1970 UTC, a datetime stays as it is (with its own zone), text is read.
 * @throws {RowError} when it is none of these
 */
export function toDateTime(value: Value, zone: string, pattern?: string, nowMs?: number): Temporal.ZonedDateTime {
  if (value instanceof Temporal.ZonedDateTime) return value
  if (typeof value === 'number' && Math.abs(value) <= LARGEST_MS) return fromEpochMs(value, zone)
  if (typeof value === 'bigint' && value <= LARGEST_MS && value >= -LARGEST_MS) {
    return new Temporal.ZonedDateTime(value * 1_000_000n, zone)
  }
  const parsed = typeof value === 'string' ? parseDateTime(value, zone, pattern, nowMs) : undefined
  if (!parsed) throw new RowError(`cannot read ${describe(value)} as a date and time`)
  return parsed
}

/** @param ms since 1970 UTC, its fraction is cut off; at most 8.64e15 either way */
export function fromEpochMs(ms: number, zone: string): Temporal.ZonedDateTime {
  return new Temporal.ZonedDateTime(BigInt(Math.trunc(ms)) * 1_000_000n, zone)
}

/** ms since 1970 UTC, rounded down. */
export function epochMs(value: Temporal.ZonedDateTime): number {
  return value.epochMilliseconds
}

/**
 * Writes an instant by pattern letters, in its own zone. `S` writes its own leading dot.
 * @throws {RowError} for a malformed pattern
 */
export function formatDateTime(value: Temporal.ZonedDateTime, pattern: string): string {
  const compiled = compilePattern(pattern)
  if (typeof compiled === 'string') throw new RowError(compiled)
  return compiled.write(value)
}

/** @returns what is wrong with a pattern, as one sentence, or undefined */
export function checkPattern(pattern: string): string | undefined {
  const compiled = compilePattern(pattern)
  return typeof compiled === 'string' ? compiled : undefined
}
