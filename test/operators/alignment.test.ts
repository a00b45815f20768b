import assert from 'node:assert/strict'
import test from 'node:test'
import type { TimeUnit } from '../../src/core/time-unit.ts'
import { calendarLength, endsUpTo, firstEnd, lengthBefore, nextEnd } from '../../src/operators/alignment.ts'

const BERLIN = 'Europe/Berlin'
const ms = (text: string) => Temporal.Instant.from(text).epochMilliseconds
const length = (count: number, unit: TimeUnit, zone = 'UTC') => ({ unit, count, zone })

const FIRST_ENDS: readonly [string, number, TimeUnit, string, string, string][] = [
  ['seconds that divide the minute', 10, 'SS', 'UTC', '2024-05-01T12:00:03.5Z', '2024-05-01T12:00:10Z'],
  ['an end exactly at the start is not taken', 10, 'SS', 'UTC', '2024-05-01T12:00:10Z', '2024-05-01T12:00:20Z'],
  ['the field equal to the length', 5, 'SS', 'UTC', '2024-05-01T12:00:05Z', '2024-05-01T12:00:10Z'],
  ['a length that does not divide the minute', 40, 'SS', 'UTC', '2024-05-01T12:00:51Z', '2024-05-01T12:01:20Z'],
  ['a length above the parent unit', 90, 'SS', 'UTC', '2024-05-01T12:00:30Z', '2024-05-01T12:01:30Z'],
  ['milliseconds of the second', 10, 'MS', 'UTC', '2024-05-01T12:00:03.337Z', '2024-05-01T12:00:03.340Z'],
  ['milliseconds above the second', 1500, 'MS', 'UTC', '2024-05-01T12:00:03.2Z', '2024-05-01T12:00:04.5Z'],
  ['minutes of the hour', 15, 'MI', 'UTC', '2024-05-01T12:50:01Z', '2024-05-01T13:00:00Z'],
  ['minutes of the hour in a half-hour zone', 20, 'MI', 'Asia/Kolkata', '2024-05-01T12:10:00Z', '2024-05-01T12:30:00Z'],
  ['hours of the local day', 6, 'HH', BERLIN, '2024-05-01T03:00:00Z', '2024-05-01T04:00:00Z'],
  ['hours past the end of the day', 5, 'HH', 'UTC', '2024-05-01T22:00:00Z', '2024-05-02T01:00:00Z'],
  ['hours above the day', 36, 'HH', 'UTC', '2024-05-01T22:00:00Z', '2024-05-02T12:00:00Z'],
  ['hours on the day that loses one', 6, 'HH', BERLIN, '2024-03-31T00:30:00Z', '2024-03-31T04:00:00Z'],
  ['an hour that does not exist', 2, 'HH', BERLIN, '2024-03-31T00:30:00Z', '2024-03-31T01:00:00Z'],
  ['the first of the repeated hours', 1, 'HH', BERLIN, '2024-10-27T00:30:00Z', '2024-10-27T01:00:00Z'],
  ['the second of the repeated hours', 1, 'HH', BERLIN, '2024-10-27T01:30:00Z', '2024-10-27T02:00:00Z'],
  ['days at the local midnight', 1, 'DD', BERLIN, '2024-05-01T12:00:00Z', '2024-05-01T22:00:00Z'],
  ['a day that loses an hour', 1, 'DD', BERLIN, '2024-03-30T23:00:00Z', '2024-03-31T22:00:00Z'],
  ['several days', 3, 'DD', 'UTC', '2024-05-01T12:00:00Z', '2024-05-04T00:00:00Z'],
  ['a midnight that does not exist', 1, 'DD', 'America/Santiago', '2024-09-07T12:00:00Z', '2024-09-08T04:00:00Z'],
  ['before 1970', 10, 'SS', 'UTC', '1969-12-31T23:59:55.001Z', '1970-01-01T00:00:00Z'],
]
for (const [title, count, unit, zone, start, end] of FIRST_ENDS) {
  test(`the first end: ${title}`, () => {
    assert.equal(firstEnd(length(count, unit, zone), ms(start)), ms(end))
  })
}

test('day windows end at each midnight also when the clock changes', () => {
  const day = length(1, 'DD', BERLIN)
  const ends = [ms('2024-03-29T23:00:00Z')]
  for (let i = 0; i < 3; i++) ends.push(nextEnd(day, ends.at(-1)!))
  const hours = ends.slice(1).map((end, i) => (end - ends[i]!) / 3_600_000)
  assert.deepEqual(hours, [24, 23, 24])
  assert.equal(lengthBefore(day, ends[2]!), ends[1])
})

test('hour windows keep their length when the clock changes', () => {
  assert.equal(nextEnd(length(6, 'HH', BERLIN), ms('2024-03-30T23:00:00Z')), ms('2024-03-31T05:00:00Z'))
})

test('ends are counted as stepping through them would count', () => {
  for (const [each, start] of [
    [length(7, 'SS'), ms('2024-05-01T12:00:00Z')],
    [length(2, 'DD', BERLIN), ms('2024-03-20T23:00:00Z')],
  ] as const) {
    for (const later of [-1, 0, 1, 6_999, 7_000, 86_400_000 * 2, 86_400_000 * 31 + 12_345]) {
      let count = 0
      let last = lengthBefore(each, start)
      for (let end = start; end <= start + later; end = nextEnd(each, end)) {
        count++
        last = end
      }
      assert.deepEqual(endsUpTo(each, start, start + later), { count, lastMs: last }, `${each.unit} ${later}`)
    }
  }
})

test('a length that is no whole number of units is a bug', () => {
  assert.throws(() => calendarLength('SS', 1500, 'UTC'), RangeError)
  assert.throws(() => calendarLength('SS', 0, 'UTC'), RangeError)
})
