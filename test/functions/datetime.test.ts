import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromEpochMs } from '../../src/core/datetime.ts'
import { RowError } from '../../src/core/errors.ts'
import type { Value } from '../../src/core/value.ts'
import { datetimeFunctions } from '../../src/functions/datetime.ts'
import { Functions } from '../support/call-function.ts'

const functions = new Functions(datetimeFunctions)
/** Tuesday 2023-11-14T22:13:20.123Z */
const TUESDAY = 1700000000123

type Case = readonly [name: string, args: readonly Value[], zone: string, expected: Value]

describe('a date and time function gives', () => {
  const cases: Record<string, Case> = {
    'the name of the day': ['day_name', [TUESDAY], 'UTC', 'Tuesday'],
    'the name of the day where it is already tomorrow': ['day_name', [TUESDAY], 'Asia/Tokyo', 'Wednesday'],
    'the name of the month': ['month_name', [TUESDAY], 'UTC', 'November'],
    'the day of the month as int': ['day_of_month', [TUESDAY], 'UTC', 14n],
    'the day of the month by its short name': ['day', [TUESDAY], 'UTC', 14n],
    'the day of the week, an int': ['day_of_week', [TUESDAY], 'UTC', 2n],
    '0 on Sunday': ['day_of_week', ['2023-11-12'], 'UTC', 0n],
    '6 on Saturday': ['day_of_week', ['2023-11-11'], 'UTC', 6n],
    'the day of the year': ['day_of_year', [TUESDAY], 'UTC', 318n],
    'day 366 in a leap year': ['day_of_year', ['2024-12-31'], 'UTC', 366n],
    'the hour': ['hour', [TUESDAY], 'UTC', 22n],
    'the hour in the configured zone': ['hour', [TUESDAY], 'Asia/Tokyo', 7n],
    'the hour after summer time began': ['hour', [Date.UTC(2026, 2, 29, 1)], 'Europe/Berlin', 3n],
    'the hour of a text in the configured zone': ['hour', ['2019-01-01 01:00:00'], 'Asia/Tokyo', 1n],
    'the hour of a datetime in its own zone': ['hour', [fromEpochMs(0, 'Asia/Tokyo')], 'UTC', 9n],
    'the minute': ['minute', [TUESDAY], 'UTC', 13n],
    'the second': ['second', [TUESDAY], 'UTC', 20n],
    'microseconds of a number': ['microsecond', [TUESDAY], 'UTC', 123000n],
    'microseconds of a text': ['microsecond', ['2019-01-01 01:00:00.123456'], 'UTC', 123456n],
    'microseconds before 1970': ['microsecond', [-1], 'UTC', 999000n],
    'the month': ['month', [TUESDAY], 'UTC', 11n],
    'the last day of the month': ['last_day', [TUESDAY], 'UTC', '2023-11-30'],
    'the last day of February in a leap year': ['last_day', ['2024-02-01'], 'UTC', '2024-02-29'],
    'the last day of February in 1900': ['last_day', ['1900-02-01'], 'UTC', '1900-02-28'],
    'text by a pattern': ['format_time', [TUESDAY, 'yyyy/MM/dd HH:mm:ssSSS'], 'UTC', '2023/11/14 22:13:20.123'],
    'text with an unquoted T': [
      'format_time',
      [1568854515000, 'yyyy-MM-dd T HH:mm:ss'],
      'UTC',
      '2019-09-19 T 00:55:15',
    ],
    'a later time as text': ['date_calc', [TUESDAY, '2h5m'], 'UTC', '2023-11-15 00:18:20'],
    'an earlier time as text': ['date_calc', [TUESDAY, '-15m'], 'UTC', '2023-11-14 21:58:20'],
    'a real hour later, over the change to summer time': [
      'date_calc',
      ['2026-03-29 01:30:00', '1h'],
      'Europe/Berlin',
      '2026-03-29 03:30:00',
    ],
    'a real hour later, over the change back': [
      'date_calc',
      ['2026-10-25 02:30:00', '1h'],
      'Europe/Berlin',
      '2026-10-25 02:30:00',
    ],
    'nanoseconds between two days': ['date_diff', ['2026-07-01', '2026-07-02'], 'UTC', 86_400_000_000_000n],
    'a negative distance when b is earlier': ['date_diff', [3000, 1000n], 'UTC', -2_000_000_000n],
    '23 hours on the day summer time begins': [
      'date_diff',
      ['2026-03-29', '2026-03-30'],
      'Europe/Berlin',
      82_800_000_000_000n,
    ],
    'the longest distance where 64 bits end': ['date_diff', ['0001-01-01', '9999-01-01'], 'UTC', 2n ** 63n - 1n],
    'the second day of 1970': ['from_days', [2], 'UTC', '1970-01-02'],
    'the hundredth day of 1970': ['from_days', [100n], 'UTC', '1970-04-10'],
    'the same day west of Greenwich': ['from_days', [2n], 'America/New_York', '1970-01-02'],
    'days before 1970': ['from_days', [-1n], 'UTC', '1969-12-30'],
    'null for day 0': ['from_days', [0n], 'UTC', null],
    'text of Unix seconds': ['from_unix_time', [1691995105n], 'UTC', '2023-08-14 06:38:25'],
    'text of Unix seconds in the zone': ['from_unix_time', [1], 'Asia/Tokyo', '1970-01-01 09:00:01'],
    'text of seconds before 1970': ['from_unix_time', [-1n], 'UTC', '1969-12-31 23:59:59'],
    'null for second 0': ['from_unix_time', [0n], 'UTC', null],
    now: ['now', [], 'UTC', '2026-07-27 01:30:00'],
    'now in the zone': ['local_time', [], 'America/New_York', '2026-07-26 21:30:00'],
    'now with three digits': ['current_timestamp', [3n], 'UTC', '2026-07-27 01:30:00.250'],
    'now with six digits': ['local_timestamp', [6n], 'UTC', '2026-07-27 01:30:00.250000'],
    'now with no digits': ['now', [0n], 'UTC', '2026-07-27 01:30:00'],
    'the time of day': ['cur_time', [], 'UTC', '01:30:00'],
    'the time of day with a digit': ['current_time', [1], 'UTC', '01:30:00.2'],
    'the date': ['cur_date', [], 'UTC', '2026-07-27'],
    'the date in the configured zone': ['current_date', [], 'America/New_York', '2026-07-26'],
    'today where a text is only a time': ['day', ['10:00'], 'America/New_York', 26n],
  }
  for (const [what, [name, args, zone, expected]] of Object.entries(cases)) {
    it(`${what}: ${name}`, () => assert.deepEqual(functions.call(name, args, zone), expected))
  }
})

describe('null gives null', () => {
  for (const definition of datetimeFunctions) {
    if (definition.parameters.length === 0 || definition.parameters[0]!.optional) continue
    it(definition.name, () => {
      assert.equal(functions.call(definition.name, Array(definition.parameters.length).fill(null)), null)
    })
  }
})

describe('a row fails', () => {
  const cases: Record<string, readonly [name: string, args: readonly Value[], message: RegExp]> = {
    'for a text that is no date': ['hour', ['hello'], /cannot read string\(hello\) as a date and time/],
    'for a boolean': ['day', [true], /cannot read boolean\(true\)/],
    'for an instant beyond all calendars': ['day', [1e17], /cannot read/],
    'for a malformed pattern': ['format_time', [0, 'yyy'], /only "yy", "yyyy"/],
    'for a pattern that is no text': ['format_time', [0, 5n], /string/],
    'for a malformed duration': ['date_calc', [0, '5 days'], /not a duration/],
    'for a date moved out of range': ['date_calc', [8.64e15, '1h'], /out of range/],
    'for half a day': ['from_days', [1.5], /int type/],
    'for text where an int belongs': ['from_unix_time', ['7'], /int type/],
    'for days out of range': ['from_days', [10n ** 15n], /cannot read/],
    'for seven digits of a second': ['now', [7n], /0 to 6 but got 7/],
    'for fewer than no digits': ['cur_time', [-1], /0 to 6 but got -1/],
  }
  for (const [what, [name, args, message]] of Object.entries(cases)) {
    it(`${what}: ${name}`, () => {
      assert.throws(
        () => functions.call(name, args),
        error => error instanceof RowError && message.test(error.message),
      )
    })
  }
})

describe('compiling refuses', () => {
  const column = undefined
  const cases: Record<string, Parameters<typeof functions.check>> = {
    'a literal instant': ['hour', [1n]],
    'a literal date as text': ['day_name', ['2019-01-01']],
    'two literal instants': ['date_diff', [1n, 2n]],
    'no argument': ['last_day', []],
    'one argument too few': ['date_calc', [column]],
    'literal days': ['from_days', [1n]],
    'digits as text': ['cur_time', ['3']],
    'an argument of cur_date': ['cur_date', [3n]],
  }
  for (const [what, [name, args]] of Object.entries(cases)) {
    it(`${what}: ${name}`, () => assert.equal(typeof functions.check(name, args), 'string'))
  }
  it('but only warns of texts and numbers that cannot be meant', () => {
    for (const [name, args] of [
      ['format_time', [column, 'yyyy-H']],
      ['date_calc', [column, '5 days']],
      ['now', [7n]],
    ] as const) {
      assert.equal(functions.check(name, args), undefined, name)
      assert.equal(functions.doubts(name, args).length, 1, name)
    }
    assert.deepEqual(functions.doubts('format_time', [column, "yyyy 'H'"]), [])
  })
  it('none of these', () => {
    assert.equal(functions.check('format_time', [column, "yyyy 'H'"]), undefined)
    assert.equal(functions.check('format_time', [column, column]), undefined)
    assert.equal(functions.check('date_calc', [column, '-1h30m']), undefined)
    assert.equal(functions.check('now', [6n]), undefined)
    assert.equal(functions.check('now', []), undefined)
  })
})

it('only functions of the clock are impure', () => {
  const impure = datetimeFunctions.filter(d => d.kind === 'scalar' && d.pure === false).map(d => d.name)
  assert.deepEqual(impure, ['now', 'cur_time', 'cur_date'])
})

it('25 names are callable', () => {
  assert.equal(datetimeFunctions.flatMap(d => [d.name, ...(d.aliases ?? [])]).length, 25)
})
