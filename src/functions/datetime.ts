// Date and time functions (spec/functions.md 9): instants in, their parts, texts and distances out.

import {
  checkPattern,
  DAYS,
  daysInMonth,
  formatDateTime,
  fromEpochMs,
  MONTHS,
  nanosOf,
  toDateTime,
} from '../core/datetime.ts'
import { parseDuration } from '../core/duration.ts'
import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import { countOf, stringOf } from './arguments.ts'
import type { Argument, Example, FunctionContext, FunctionDefinition, Parameter, ScalarFunction } from './definition.ts'

const DATE = 'yyyy-MM-dd'
const TIME = 'HH:mm:ss'
const DATE_TIME = `${DATE} ${TIME}`

const DT: Parameter = { name: 'dt', kind: 'datetime' }
const FSP: Parameter = { name: 'fsp', kind: 'int', optional: true, doubt: digitsFault }

/** Tuesday 2023-11-14T22:13:20.123Z */
const TUESDAY = { ts: 1700000000123 }

function instant(value: Value, context: FunctionContext): Temporal.ZonedDateTime {
  return toDateTime(value, context.zone, undefined, context.now())
}

type Family = Pick<ScalarFunction, 'name' | 'summary' | 'examples'> & { readonly aliases?: readonly string[] }

/** A function of one date and time. A null gives null, not the error of the original; [] and {} are no instants. */
function ofInstant(
  head: Family,
  returns: 'int' | 'string',
  compute: (at: Temporal.ZonedDateTime) => Value,
): ScalarFunction {
  return {
    kind: 'scalar',
    ...head,
    family: 'datetime',
    parameters: [DT],
    returns,
    nulls: 'own',
    whenNull: 'null gives null; `[]` and `{}` are an error.',
    callWith: (context, value: Value) => (value === null ? null : compute(instant(value, context))),
  }
}

function partOf(
  name: string,
  summary: string,
  compute: (at: Temporal.ZonedDateTime) => number,
  examples: readonly Example[],
  aliases: readonly string[] = [],
): ScalarFunction {
  return ofInstant({ name, summary, examples, aliases }, 'int', at => BigInt(compute(at)))
}

/** The example of a part: the instant that all of them share. */
function onTuesday(sql: string, result: unknown): readonly Example[] {
  return [
    { sql, row: TUESDAY, result },
    { sql, row: { ts: null }, result: null },
  ]
}

/** The present as text, in the configured zone, with as many digits of the second as asked for. */
function present(name: string, aliases: readonly string[], pattern: string, what: string, now: string): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    aliases,
    family: 'datetime',
    parameters: [FSP],
    returns: 'string',
    summary: `${what} at this moment, in the configured time zone, as text: \`${pattern}\`. With fsp, 0 to 6, so many digits of the fraction of the second follow.`,
    nulls: 'own',
    pure: false,
    examples: [
      { sql: `${name}()`, result: now },
      { sql: `${name}(3)`, result: `${now}.123` },
    ],
    whenNull: 'a null fsp counts as 0.',
    callWith(context, fsp: Value = null) {
      const digits = fsp === null ? 0 : countOf(fsp, 'the number of fraction digits')
      if (digits < 0 || digits > 6) throw new RowError(`fraction digits should be 0 to 6 but got ${digits}`)
      return formatDateTime(fromEpochMs(context.now(), context.zone), pattern + 'S'.repeat(digits))
    },
  }
}

function digitsFault(fsp: unknown): string | undefined {
  return Number(fsp) < 0 || Number(fsp) > 6 ? `Expect 0 to 6 fraction digits but found ${fsp}.` : undefined
}

const presentFunctions: readonly FunctionDefinition[] = [
  present(
    'now',
    ['current_timestamp', 'local_time', 'local_timestamp'],
    DATE_TIME,
    'Date and time',
    '2023-11-14 22:13:20',
  ),
  present('cur_time', ['current_time'], TIME, 'The time of day', '22:13:20'),
  {
    kind: 'scalar',
    name: 'cur_date',
    aliases: ['current_date'],
    family: 'datetime',
    parameters: [],
    returns: 'string',
    summary: 'The date of this moment, in the configured time zone, as text: `yyyy-MM-dd`.',
    nulls: 'own',
    pure: false,
    examples: [
      { sql: 'cur_date()', result: '2023-11-14' },
      { sql: 'current_date() = "2023-11-14"', result: true },
    ],
    callWith: context => formatDateTime(fromEpochMs(context.now(), context.zone), DATE),
  },
]

const partFunctions: readonly FunctionDefinition[] = [
  ofInstant(
    {
      name: 'day_name',
      summary: 'The day of the week by its English name, Monday to Sunday.',
      examples: onTuesday('day_name(ts)', 'Tuesday'),
    },
    'string',
    at => DAYS[at.dayOfWeek - 1]!,
  ),
  ofInstant(
    {
      name: 'month_name',
      summary: 'The month by its English name, January to December.',
      examples: onTuesday('month_name(ts)', 'November'),
    },
    'string',
    at => MONTHS[at.month - 1]!,
  ),
  partOf('day_of_month', 'The day of the month, 1 to 31.', at => at.day, onTuesday('day_of_month(ts)', 14), ['day']),
  partOf(
    'day_of_week',
    'The day of the week as a number: 0 is Sunday, 1 Monday, 6 Saturday.',
    at => at.dayOfWeek % 7,
    onTuesday('day_of_week(ts)', 2),
  ),
  partOf('day_of_year', 'The day of the year, 1 to 366.', at => at.dayOfYear, onTuesday('day_of_year(ts)', 318)),
  partOf('hour', 'The hour of the day, 0 to 23.', at => at.hour, [
    ...onTuesday('hour(ts)', 22),
    { sql: 'hour(t)', row: { t: '2019-01-01 01:23:45' }, result: 1 },
  ]),
  partOf('minute', 'The minute of the hour, 0 to 59.', at => at.minute, onTuesday('minute(ts)', 13)),
  partOf(
    'second',
    'The second of the minute, 0 to 59, without its fraction.',
    at => at.second,
    onTuesday('second(ts)', 20),
  ),
  partOf(
    'microsecond',
    'The fraction of the second in microseconds, 0 to 999999.',
    at => Math.trunc(nanosOf(at) / 1000),
    onTuesday('microsecond(ts)', 123000),
  ),
  partOf('month', 'The month of the year, 1 to 12.', at => at.month, onTuesday('month(ts)', 11)),
  ofInstant(
    {
      name: 'last_day',
      summary: 'The date of the last day of the month that the instant is in, as text: `yyyy-MM-dd`.',
      examples: onTuesday('last_day(ts)', '2023-11-30'),
    },
    'string',
    at => formatDateTime(at, 'yyyy-MM-') + daysInMonth(at.year, at.month),
  ),
]

/** As far as 64 bits of nanoseconds reach, some 292 years, like the original's durations. */
function clampNanos(nanos: bigint): bigint {
  if (BigInt.asIntN(64, nanos) === nanos) return nanos
  return nanos < 0n ? -(2n ** 63n) : 2n ** 63n - 1n
}

function later(at: Temporal.ZonedDateTime, ms: number): Temporal.ZonedDateTime {
  try {
    const nanos = at.epochNanoseconds + BigInt(Math.round(ms * 1e6))
    return new Temporal.ZonedDateTime(nanos, at.timeZoneId)
  } catch {
    throw new RowError(`${describe(at)} moved by ${ms} ms is out of range`)
  }
}

function patternFault(pattern: unknown): string | undefined {
  return checkPattern(String(pattern))
}

function durationFault(text: unknown): string | undefined {
  if (parseDuration(text) !== undefined) return undefined
  return `"${text}" is not a duration: write for example "2h5m", "-15m" or "500ms".`
}

const arithmeticFunctions: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'date_calc',
    family: 'datetime',
    parameters: [DT, { name: 'duration', kind: 'string', doubt: durationFault }],
    returns: 'string',
    summary:
      'The instant moved by a duration such as "2h5m", or back by one such as "-15m", as text: `yyyy-MM-dd HH:mm:ss`. Units are ns, us, ms, s, m and h.',
    nulls: 'own',
    whenNull: 'either argument null gives null.',
    examples: [
      { sql: 'date_calc(ts, "2h5m")', row: TUESDAY, result: '2023-11-15 00:18:20' },
      { sql: 'date_calc(ts, "-15m")', row: TUESDAY, result: '2023-11-14 21:58:20' },
    ],
    callWith(context, value: Value, duration: Value) {
      if (value === null || duration === null) return null
      const ms = parseDuration(stringOf(duration, 'the duration'))
      if (ms === undefined) throw new RowError(`${describe(duration)} is not a duration`)
      return formatDateTime(later(instant(value, context), ms), DATE_TIME)
    },
  },
  {
    kind: 'scalar',
    name: 'date_diff',
    family: 'datetime',
    parameters: [
      { name: 'a', kind: 'datetime' },
      { name: 'b', kind: 'datetime' },
    ],
    returns: 'int',
    summary: 'How much later b is than a, in nanoseconds (at most some 292 years of them); negative when b is earlier.',
    nulls: 'own',
    whenNull: 'either argument null gives null.',
    examples: [
      { sql: 'date_diff(a, b)', row: { a: '2026-07-01', b: '2026-07-02' }, result: 86400000000000 },
      { sql: 'date_diff(a, b) / 1000000000', row: { a: 3000, b: 1000 }, result: -2 },
    ],
    callWith(context, a: Value, b: Value) {
      if (a === null || b === null) return null
      return clampNanos(instant(b, context).epochNanoseconds - instant(a, context).epochNanoseconds)
    },
  },
]

/** Whoever writes an instant as a literal knows its text already: the dialect refuses it, here as for datetimes. */
function isNoLiteral([first]: readonly Argument[]): string | undefined {
  return first?.form === 'literal' ? 'Expect a column or an expression for parameter 1, not a literal.' : undefined
}

const textFunctions: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'format_time',
    family: 'datetime',
    parameters: [DT, { name: 'pattern', kind: 'string', doubt: patternFault }],
    returns: 'string',
    summary:
      'The instant as text by a pattern such as `yyyy-MM-dd HH:mm:ss`. yyyy or yy is the year; M, MM, MMM (Nov) or MMMM (November) the month; d or dd the day; EEE (Tue) or EEEE (Tuesday) the day of the week; HH the hour, h or hh with a (AM, PM) the hour of twelve; m or mm the minute; s or ss the second; S to SSSSSSSSS its fraction with a leading point of its own (`ssSSS`, not `ss.SSS`); z the zone by name, Z as +0800, X as +08, XXX as +08:00. Text in single quotes stands for itself.',
    nulls: 'null',
    examples: [
      { sql: 'format_time(ts, "yyyy/MM/dd HH:mm:ssSSS")', row: TUESDAY, result: '2023/11/14 22:13:20.123' },
      {
        sql: 'format_time(ts, "EEEE \'the\' d MMMM, h:mm a")',
        row: TUESDAY,
        result: 'Tuesday the 14 November, 10:13 PM',
      },
      { sql: 'format_time(ts, "yyyy")', row: { ts: 'soon' }, error: 'cannot read string(soon) as a date and time' },
    ],
    callWith: (context, value: Value, pattern: Value) =>
      formatDateTime(instant(value, context), stringOf(pattern, 'the pattern')),
  },
  {
    kind: 'scalar',
    name: 'from_days',
    family: 'datetime',
    parameters: [{ name: 'n', kind: 'int' }],
    returns: 'string',
    summary: 'The date of the n-th day, where 1970-01-01 is day 1, as text: `yyyy-MM-dd`. Day 0 gives null.',
    nulls: 'null',
    examples: [
      { sql: 'from_days(n)', row: { n: 2 }, result: '1970-01-02' },
      { sql: 'from_days(n)', row: { n: 0 }, ints: ['n'], result: null },
    ],
    checks: 'n must not be a literal.',
    check: isNoLiteral,
    call(n: Value) {
      const days = countOf(n, 'the number of days')
      return days === 0 ? null : formatDateTime(atSeconds((days - 1) * 86_400, 'UTC'), DATE)
    },
  },
  {
    kind: 'scalar',
    name: 'from_unix_time',
    family: 'datetime',
    parameters: [{ name: 'seconds', kind: 'int' }],
    returns: 'string',
    summary:
      'The instant so many seconds after 1970-01-01 00:00:00 UTC, in the configured time zone, as text: `yyyy-MM-dd HH:mm:ss`. 0 gives null.',
    nulls: 'null',
    examples: [
      { sql: 'from_unix_time(n)', row: { n: 1 }, result: '1970-01-01 00:00:01' },
      { sql: 'from_unix_time(n)', row: { n: 0 }, result: null },
    ],
    checks: 'the seconds must not be a literal.',
    check: isNoLiteral,
    callWith(context, value: Value) {
      const seconds = countOf(value, 'the seconds')
      return seconds === 0 ? null : formatDateTime(atSeconds(seconds, context.zone), DATE_TIME)
    },
  },
]

/** The range check of toDateTime, whose numbers are ms. */
function atSeconds(seconds: number, zone: string): Temporal.ZonedDateTime {
  return toDateTime(seconds * 1000, zone)
}

export const datetimeFunctions: readonly FunctionDefinition[] = [
  ...presentFunctions,
  ...textFunctions,
  ...arithmeticFunctions,
  ...partFunctions,
]
