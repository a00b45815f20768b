// Time patterns (`yyyy-MM-dd HH:mm:ss`): text in, compiled patterns out that write an instant or read one from text.

import { rememberByText } from './remember.ts'
import { offsetOfAbbreviation, zoneAbbreviation } from './time-zone.ts'

type Piece =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'field'; readonly letter: Letter; readonly count: number }

/** What each letter may be repeated to, spec/sql.md 3.4; `Y` reads as `y`. */
const COUNTS = {
  y: [2, 4],
  M: [1, 2, 3, 4],
  d: [1, 2],
  E: [3, 4],
  H: [2],
  h: [1, 2],
  a: [1],
  m: [1, 2],
  s: [1, 2],
  S: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  z: [1, 2, 3],
  Z: [1, 2, 3],
  X: [1, 2, 3],
  G: [1],
} as const
type Letter = keyof typeof COUNTS

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const
/** Index 0 is Monday, as in ISO 8601. */
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
const MONTH_BY_NAME = new Map(MONTHS.flatMap((name, i) => [name, name.slice(0, 3)].map(n => [n.toLowerCase(), i + 1])))
const DAY_NAMES = new Set(DAYS.flatMap(name => [name, name.slice(0, 3)]).map(name => name.toLowerCase()))

/** A pattern ready for use. Both directions are built when first needed. */
export interface Pattern {
  write(value: Temporal.ZonedDateTime): string
  read(text: string, zone: string, nowMs?: number): Temporal.ZonedDateTime | undefined
}

/** @returns the compiled pattern, or a sentence that says what is wrong with it */
export const compilePattern = rememberByText((pattern): Pattern | string => {
  const pieces = splitPattern(pattern)
  return typeof pieces === 'string' ? pieces : makePattern(pieces)
})

function makePattern(pieces: readonly Piece[]): Pattern {
  let writers: readonly ((value: Temporal.ZonedDateTime) => string)[] | undefined
  let reader: Reader | undefined
  return {
    write(value) {
      writers ??= pieces.map(writerOf)
      let text = ''
      for (const write of writers) text += write(value)
      return text
    },
    read(text, zone, nowMs) {
      reader ??= readerOf(pieces)
      return readWith(reader, text, zone, nowMs)
    },
  }
}

function splitPattern(pattern: string): readonly Piece[] | string {
  const pieces: Piece[] = []
  let literal = ''
  const flush = () => {
    if (literal !== '') pieces.push({ kind: 'literal', text: literal })
    literal = ''
  }
  for (let i = 0; i < pattern.length; ) {
    const char = pattern[i]!
    if (char === '\\') {
      literal += pattern[i + 1] ?? ''
      i += 2
    } else if (char === "'") {
      const quoted = readQuoted(pattern, i)
      literal += quoted.text
      i = quoted.end
    } else {
      let end = i + 1
      while (pattern[end] === char) end++
      const letter = char === 'Y' ? 'y' : char
      if (Object.hasOwn(COUNTS, letter)) {
        const counts: readonly number[] = COUNTS[letter as Letter]
        if (!counts.includes(end - i)) return wrongCount(pattern, char, end - i, counts)
        flush()
        pieces.push({ kind: 'field', letter: letter as Letter, count: end - i })
      } else literal += pattern.slice(i, end)
      i = end
    }
  }
  flush()
  return pieces
}

/** `''` is one quote, inside quoted text too; an unclosed quote runs to the end. */
function readQuoted(pattern: string, start: number): { text: string; end: number } {
  if (pattern[start + 1] === "'") return { text: "'", end: start + 2 }
  let text = ''
  let i = start + 1
  for (; i < pattern.length; i++) {
    if (pattern[i] !== "'") text += pattern[i]
    else if (pattern[i + 1] === "'") text += pattern[i++]
    else return { text, end: i + 1 }
  }
  return { text, end: i }
}

function wrongCount(pattern: string, char: string, count: number, counts: readonly number[]): string {
  const allowed = counts.map(n => `"${char.repeat(n)}"`).join(', ')
  const shown = `"${char.repeat(Math.min(count, 12))}${count > 12 ? '…' : ''}"`
  return `time pattern "${pattern.slice(0, 80)}" holds ${shown}, but only ${allowed} can stand there; quote text with '…'`
}

const two = (n: number) => (n < 10 ? `0${n}` : String(n))

/** Go's and Java's four-digit year: padded, a minus before years before 0. */
function yearText(year: number): string {
  return year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0')
}

/** Nanoseconds of the second, 0..999999999. */
export function nanosOf(value: Temporal.ZonedDateTime): number {
  return value.millisecond * 1_000_000 + value.microsecond * 1_000 + value.nanosecond
}

function writerOf(piece: Piece): (value: Temporal.ZonedDateTime) => string {
  if (piece.kind === 'literal') return () => piece.text
  const n = piece.count
  switch (piece.letter) {
    case 'y':
      return n === 4 ? v => yearText(v.year) : v => two(((v.year % 100) + 100) % 100)
    case 'M':
      if (n > 2) return v => (n === 3 ? MONTHS[v.month - 1]!.slice(0, 3) : MONTHS[v.month - 1]!)
      return n === 1 ? v => String(v.month) : v => two(v.month)
    case 'd':
      return n === 1 ? v => String(v.day) : v => two(v.day)
    case 'E':
      return n === 3 ? v => DAYS[v.dayOfWeek - 1]!.slice(0, 3) : v => DAYS[v.dayOfWeek - 1]!
    case 'H':
      return v => two(v.hour)
    case 'h':
      return n === 1 ? v => String(v.hour % 12 || 12) : v => two(v.hour % 12 || 12)
    case 'a':
      return v => (v.hour < 12 ? 'AM' : 'PM')
    case 'm':
      return n === 1 ? v => String(v.minute) : v => two(v.minute)
    case 's':
      return n === 1 ? v => String(v.second) : v => two(v.second)
    case 'S':
      return v => `.${String(nanosOf(v)).padStart(9, '0').slice(0, n)}`
    case 'z':
      return zoneAbbreviation
    case 'Z':
      return v => v.offset.slice(0, 6).replace(':', '')
    case 'X':
      if (n === 3) return v => v.offset.slice(0, 6)
      return n === 1 ? v => v.offset.slice(0, 3) : v => v.offset.slice(0, 6).replace(':', '')
    case 'G':
      return () => 'AD'
  }
}

/** One matcher per pattern; `fields[i]` says what group i + 1 holds. */
interface Reader {
  readonly regexp: RegExp
  readonly fields: readonly Field[]
}
type Field = 'year' | 'year2' | 'month' | 'monthName' | 'day' | 'dayName' | ClockField
type ClockField = 'hour' | 'hour12' | 'half' | 'minute' | 'second' | 'fraction' | 'offset' | 'zoneName'

const OFFSET = 'Z|[+-]\\d{2}(?::?\\d{2})?'

function readerOf(pieces: readonly Piece[]): Reader {
  const fields: Field[] = []
  let source = ''
  const group = (field: Field, body: string) => {
    fields.push(field)
    source += `(${body})`
  }
  for (const [i, piece] of pieces.entries()) {
    if (piece.kind === 'literal') {
      source += piece.text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&').replace(/ +/g, ' +')
      continue
    }
    const digits = piece.count === 1 ? '\\d{1,2}' : '\\d{2}'
    switch (piece.letter) {
      case 'y':
        group(piece.count === 4 ? 'year' : 'year2', `\\d{${piece.count}}`)
        break
      case 'M':
        if (piece.count > 2) group('monthName', piece.count === 3 ? '[A-Za-z]{3}' : '[A-Za-z]{3,9}')
        else group('month', digits)
        break
      case 'd':
        group('day', digits)
        break
      case 'E':
        group('dayName', piece.count === 3 ? '[A-Za-z]{3}' : '[A-Za-z]{6,9}')
        break
      case 'H':
        group('hour', '\\d{1,2}')
        break
      case 'h':
        group('hour12', digits)
        break
      case 'a':
        group('half', '[AaPp][Mm]')
        break
      case 'm':
        group('minute', digits)
        break
      case 's': {
        group('second', digits)
        const next = pieces[i + 1]
        if (!(next?.kind === 'field' && next.letter === 'S')) {
          // A fraction may follow the seconds although the pattern does not say so, as in Go's time.Parse.
          source += '(?:[.,]'
          group('fraction', '\\d{1,9}')
          source += ')?'
        }
        break
      }
      case 'S':
        // Its dot is its own, but people write `ss.SSS` too, and compact stamps have none.
        source += '[.,]?'
        group('fraction', '\\d{1,9}')
        break
      case 'X':
      case 'Z':
        group('offset', OFFSET)
        break
      case 'z':
        group('zoneName', '(?:GMT|UTC)[+-]\\d{1,2}|[A-Z]{1,5}|[+-]\\d{2}(?::?\\d{2})?')
        break
      case 'G':
        source += 'AD'
    }
  }
  return { regexp: new RegExp(`^${source}$`), fields }
}

function readWith(
  reader: Reader,
  text: string,
  zone: string,
  nowMs: number | undefined,
): Temporal.ZonedDateTime | undefined {
  const match = reader.regexp.exec(text)
  if (!match) return undefined
  const found: Partial<Record<Field, string>> = {}
  for (const [i, field] of reader.fields.entries()) {
    const part = match[i + 1]
    if (part !== undefined) found[field] = part
  }
  if (found.dayName !== undefined && !DAY_NAMES.has(found.dayName.toLowerCase())) return undefined
  const date = dateOf(found, zone, nowMs)
  const hour = hourOf(found)
  if (!date || hour === undefined) return undefined
  const offset = offsetOf(found, zone, date.year)
  if (Number.isNaN(offset)) return undefined
  const nanos = found.fraction === undefined ? 0 : Number(found.fraction.padEnd(9, '0'))
  return instantOf(date, [hour, Number(found.minute ?? 0), Number(found.second ?? 0)], nanos, offset, zone)
}

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Missing parts: without any date today's, without a year this year's, else the first of the month or year. */
function dateOf(found: Partial<Record<Field, string>>, zone: string, nowMs: number | undefined): Day | undefined {
  const month = found.monthName === undefined ? found.month : MONTH_BY_NAME.get(found.monthName.toLowerCase())
  if (found.monthName !== undefined && month === undefined) return undefined
  const named = { month: Number(month ?? 1), day: Number(found.day ?? 1) }
  if (found.year !== undefined) return { year: Number(found.year), ...named }
  if (found.year2 !== undefined) {
    const short = Number(found.year2)
    return { year: short + (short >= 69 ? 1900 : 2000), ...named }
  }
  if (nowMs === undefined) return undefined
  const today = new Temporal.ZonedDateTime(BigInt(Math.trunc(nowMs)) * 1_000_000n, zone)
  if (month !== undefined || found.day !== undefined) return { year: today.year, ...named }
  return { year: today.year, month: today.month, day: today.day }
}

function hourOf(found: Partial<Record<Field, string>>): number | undefined {
  if (found.hour12 !== undefined && Number(found.hour12) > 12) return undefined
  const hour = Number(found.hour ?? found.hour12 ?? 0)
  const half = found.half?.toLowerCase()
  if (half === 'pm' && hour < 12) return hour + 12
  return half === 'am' && hour === 12 ? 0 : hour
}

/** @returns minutes east of Greenwich, undefined when the text names no zone, NaN when it names an unknown one */
function offsetOf(found: Partial<Record<Field, string>>, zone: string, year: number): number | undefined {
  const text = found.offset ?? (/^[+-]/.test(found.zoneName ?? '') ? found.zoneName : undefined)
  if (text !== undefined) return offsetMinutes(text)
  return found.zoneName === undefined ? undefined : (offsetOfAbbreviation(found.zoneName, zone, year) ?? Number.NaN)
}

/** `Z`, `+08`, `+0800` or `+08:00` as minutes east of Greenwich; NaN beyond a day. */
export function offsetMinutes(text: string): number {
  if (text === 'Z') return 0
  const hours = Number(text.slice(1, 3))
  const minutes = Number(text.slice(text[3] === ':' ? 4 : 3) || 0)
  if (hours > 23 || minutes > 59) return Number.NaN
  return (text[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

/**
 * The instant of a date and a time of day, shown in `zone`.
 * @param offset minutes east of Greenwich when the text says so, else the wall clock of `zone` is meant; in the hour that
 *   summer time skips the later reading counts, in the one it repeats the earlier
 * @returns undefined when there is no such date or time
 */
export function instantOf(
  { year, month, day }: Day,
  [hour, minute, second]: readonly [number, number, number],
  nanos: number,
  offset: number | undefined,
  zone: string,
): Temporal.ZonedDateTime | undefined {
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12 || day < 1) return undefined
  if (day > 28 && day > daysInMonth(year, month)) return undefined
  if (offset === undefined && zone !== 'UTC') {
    const ms = Math.trunc(nanos / 1e6)
    const us = Math.trunc(nanos / 1e3) % 1000
    return new Temporal.PlainDateTime(year, month, day, hour, minute, second, ms, us, nanos % 1000).toZonedDateTime(
      zone,
    )
  }
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + (minute - (offset ?? 0)) * 60 + second
  return new Temporal.ZonedDateTime(BigInt(seconds) * 1_000_000_000n + BigInt(nanos), zone)
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar. Date.UTC would take year 50 for 1950. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return y * 365 + leaps + dayOfYear - 719_468
}
