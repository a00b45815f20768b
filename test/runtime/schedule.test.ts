import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RuleSchedule } from '../../src/catalog/definition.ts'
import { Schedule } from '../../src/runtime/schedule.ts'

const ZONE = 'Europe/Berlin'
const at = (text: string) => Temporal.PlainDateTime.from(text).toZonedDateTime(ZONE).epochMilliseconds
const MINUTE = 60_000
const START = at('2026-03-02T12:00')

function schedule(options: Partial<RuleSchedule>): Schedule {
  return new Schedule({ cron: undefined, durationMs: undefined, ranges: [], ...options }, ZONE, START)
}

describe('cron and duration', () => {
  const daily = schedule({ cron: '0 6 * * *', durationMs: 10 * MINUTE })

  test('runs for the duration from each time on, by the clocks of the zone', () => {
    assert.deepEqual(daily.phaseAt(at('2026-03-03T05:59:59')), {
      runs: false,
      next: at('2026-03-03T06:00'),
      message: '',
    })
    assert.deepEqual(daily.phaseAt(at('2026-03-03T06:00')), { runs: true, until: at('2026-03-03T06:10') })
    assert.deepEqual(daily.phaseAt(at('2026-03-03T06:09:59')), { runs: true, until: at('2026-03-03T06:10') })
    assert.deepEqual(daily.phaseAt(at('2026-03-03T06:10')), { runs: false, next: at('2026-03-04T06:00'), message: '' })
  })

  test('on the days when the clock is changed, too', () => {
    assert.deepEqual(daily.phaseAt(at('2026-03-28T12:00')), { runs: false, next: at('2026-03-29T06:00'), message: '' })
    assert.deepEqual(daily.phaseAt(at('2026-10-24T12:00')), { runs: false, next: at('2026-10-25T06:00'), message: '' })
  })

  test('a box that starts in the middle runs for what is left', () => {
    const late = new Schedule({ cron: '0 6 * * *', durationMs: 10 * MINUTE, ranges: [] }, ZONE, at('2026-03-03T06:07'))
    assert.deepEqual(late.phaseAt(at('2026-03-03T06:07')), { runs: true, until: at('2026-03-03T06:10') })
  })

  test('a duration that is longer than the time between runs on', () => {
    const always = schedule({ cron: '* * * * *', durationMs: 10 * MINUTE })
    assert.deepEqual(always.phaseAt(START + 30_000), { runs: true, until: START + 10 * MINUTE })
    assert.equal(always.phaseAt(START + 10 * MINUTE).runs, true)
  })

  test('starts only inside the ranges, and may end outside', () => {
    const ranged = schedule({
      cron: '0 * * * *',
      durationMs: 30 * MINUTE,
      ranges: [
        { begin: '2026-03-03 06:00:00', end: '2026-03-03 08:00:00' },
        { beginTimestamp: at('2026-03-05T06:30'), endTimestamp: at('2026-03-05T07:10') },
      ],
    })
    assert.deepEqual(ranged.phaseAt(START), { runs: false, next: at('2026-03-03T06:00'), message: '' })
    assert.deepEqual(ranged.phaseAt(at('2026-03-03T07:29')), { runs: true, until: at('2026-03-03T07:30') })
    assert.deepEqual(ranged.phaseAt(at('2026-03-03T07:30')), { runs: false, next: at('2026-03-05T07:00'), message: '' })
    assert.deepEqual(ranged.phaseAt(at('2026-03-05T07:20')), { runs: true, until: at('2026-03-05T07:30') })
    assert.deepEqual(ranged.phaseAt(at('2026-03-05T07:30')), {
      runs: false,
      next: undefined,
      message: 'schedule terminated',
    })
  })
})

describe('without cron', () => {
  test('a duration runs once, from the start of the rule', () => {
    const once = schedule({ durationMs: MINUTE })
    assert.deepEqual(once.phaseAt(START), { runs: true, until: START + MINUTE })
    assert.deepEqual(once.phaseAt(START + MINUTE), { runs: false, next: undefined, message: 'duration terminated' })
  })

  test('ranges alone: runs inside, end excluded', () => {
    const ranged = schedule({ ranges: [{ begin: '2026-03-03 06:00:00', end: '2026-03-03 08:00:00' }] })
    assert.deepEqual(ranged.phaseAt(START), { runs: false, next: at('2026-03-03T06:00'), message: '' })
    assert.deepEqual(ranged.phaseAt(at('2026-03-03T06:00')), { runs: true, until: at('2026-03-03T08:00') })
    assert.deepEqual(ranged.phaseAt(at('2026-03-03T08:00')), {
      runs: false,
      next: undefined,
      message: 'schedule terminated',
    })
  })

  test('a duration inside a range ends with whichever is first', () => {
    const both = schedule({
      durationMs: 30 * MINUTE,
      ranges: [{ begin: '2026-03-03 06:00:00', end: '2026-03-03 08:00:00' }],
    })
    assert.deepEqual(both.phaseAt(at('2026-03-03T06:10')), { runs: true, until: at('2026-03-03T06:30') })
    assert.equal(both.phaseAt(at('2026-03-03T06:30')).runs, false)
  })

  test('without anything it runs for ever', () => {
    assert.deepEqual(schedule({}).phaseAt(START), { runs: true, until: undefined })
  })
})
