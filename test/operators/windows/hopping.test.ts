import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { UNIT_MS } from '../../../src/core/time-unit.ts'
import { HoppingWindow } from '../../../src/operators/windows/hopping.ts'
import { PanedRows } from '../../../src/operators/windows/row-contents.ts'
import '../../support/seed.ts'
import { assertSurvivesRestarts, rows, run, windows } from '../../support/operator-runs.ts'

const contents = () => new PanedRows()
const base = { unit: 'SS', zone: 'UTC', startMs: 0, lengthMs: 2_000, hopMs: 1_000, contents } as const
const processing = (options = {}) => new HoppingWindow({ ...base, eventTime: false, ...options })
const event = (options = {}) => new HoppingWindow({ ...base, eventTime: true, ...options })

test('hopping windows overlap; each holds its start and not its end', () => {
  const inputs = [...rows('a', 0, 'b', 999, 'c', 1_000, 'd', 2_000), { time: 4_000 }]
  assert.deepEqual(run(processing(), inputs), ['-1000..1000 a b', '0..2000 a b c', '1000..3000 c d', '2000..4000 d'])
})

test('a hopping window starts one length before its end, whatever the hop', () => {
  const inputs = [...rows('a', 13, 'b', 822, 'c', 2_442), { time: 3_000 }]
  assert.deepEqual(run(processing({ lengthMs: 3_000 }), inputs), [
    '-2000..1000 a b',
    '-1000..2000 a b',
    '0..3000 a b c',
  ])
})

test('rows between windows are in none when the hop is longer than the window', () => {
  const operator = processing({ lengthMs: 3_000, hopMs: 5_000 })
  const inputs = [...rows('a', 1_999, 'b', 2_000, 'c', 4_999, 'd', 5_000, 'e', 7_000), { time: 10_000 }]
  assert.deepEqual(run(operator, inputs), ['2000..5000 b c', '7000..10000 e'])
})

test('the ends of hopping windows are aligned to the hop', () => {
  const operator = processing({ startMs: 7_300, lengthMs: 10_000, hopMs: 5_000 })
  assert.equal(operator.nextDue(), 10_000)
})

test('a hopping window without rows is emitted empty', () => {
  assert.deepEqual(run(processing(), [{ time: 2_000 }]), ['-1000..1000', '0..2000'])
})

test('day windows that hop start at midnight of the zone', () => {
  const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds
  const day = 86_400_000
  const options = {
    unit: 'DD',
    lengthMs: 2 * day,
    hopMs: day,
    zone: 'Europe/Berlin',
    startMs: at('2024-03-31T10:00:00Z'),
  }
  const end = at('2024-03-31T22:00:00Z')
  assert.deepEqual(run(processing(options), [{ time: end }]), [`${at('2024-03-29T23:00:00Z')}..${end}`])
})

test('in event time the ends are aligned from the first event', () => {
  const operator = event({ lengthMs: 3_000, hopMs: 5_000 })
  const inputs = [
    ...rows('red', 46_013, 'blue', 47_632, 'red', 49_252),
    { watermark: 49_252 },
    ...rows('yellow', 52_342),
    { watermark: 52_342 },
  ]
  assert.deepEqual(run(operator, inputs), ['watermark 49252', '47000..50000 blue red', 'watermark 52342'])
})

test('in event time rows that jump over windows are kept apart', () => {
  const inputs = [...rows('a', 100, 'b', 1_500, 'c', 5_500), { watermark: 6_000 }]
  assert.deepEqual(windows(event(), inputs), [
    '-1000..1000 a',
    '0..2000 a b',
    '1000..3000 b',
    '2000..4000',
    '3000..5000',
    '4000..6000 c',
  ])
})

test('a timestamp far in the future does not close millions of empty windows', () => {
  const operator = event()
  const future = 3_000_000_000
  const inputs = [...rows('a', 500, 'b', future), { watermark: future + 1_000 }]
  assert.deepEqual(windows(operator, inputs), ['-1000..1000 a', '0..2000 a', `${future - 1_000}..${future + 1_000} b`])
  assert.equal(operator.skippedEmptyWindows, 3_000_000 - 2)
})

test('rows between windows are in none, also after a run of empty windows that was stepped over', () => {
  const future = 100_000_000_000
  const inputs = [...rows('a', 4_500, 'b', future + 1_000, 'c', future + 2_000), { watermark: future + 5_000 }]
  assert.deepEqual(windows(event({ lengthMs: 3_000, hopMs: 5_000 }), inputs), [
    '2000..5000 a',
    `${future + 2_000}..${future + 5_000} c`,
  ])
})

test('a hopping window survives a restart between any two inputs', () => {
  const inputs = [...rows('a', 500, 'b', 500, 'c', 1_200, 'd', 3_100), { time: 6_000 }]
  assertSurvivesRestarts(() => processing({ startMs: 200 }), inputs)
  assertSurvivesRestarts(event, [...rows('a', 500, 'b', 1_200), { watermark: 3_100 }, ...rows('c', 4_500)])
})

test('whatever the length, the hop and the calendar, a window holds the rows of its span', () => {
  const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds
  const scenes = fc.record({
    unit: fc.constantFrom('SS', 'HH', 'DD'),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe'),
    // Just before clocks are put forward or back.
    start: fc.constantFrom(
      '2024-03-30T22:30:00Z',
      '2024-10-26T21:45:00Z',
      '2018-11-03T02:20:00Z',
      '2024-04-06T13:10:00Z',
    ),
    length: fc.integer({ min: 1, max: 12 }),
    hop: fc.integer({ min: 1, max: 12 }),
    waits: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
    eventTime: fc.boolean(),
  })
  fc.assert(
    fc.property(scenes, ({ unit, zone, start, length, hop, waits, eventTime }) => {
      const startMs = at(start)
      const times = waits.map(
        (
          sum => (wait: number) =>
            (sum += (wait * UNIT_MS[unit]) / 4)
        )(startMs),
      )
      const operator = new HoppingWindow({
        ...{ unit, zone, startMs, eventTime, contents },
        ...{ lengthMs: length * UNIT_MS[unit], hopMs: hop * UNIT_MS[unit] },
      })
      const last = times.at(-1)! + 30 * UNIT_MS[unit]
      const inputs = [
        ...times.map((time, i) => ({ v: `r${i}`, at: time })),
        eventTime ? { watermark: last } : { time: last },
      ]
      for (const line of windows(operator, inputs)) {
        const [bounds, ...names] = line.split(' ')
        const [from, to] = bounds!.split('..').map(Number) as [number, number]
        const expected = times.flatMap((time, i) => (time >= from && time < to ? [`r${i}`] : []))
        assert.deepEqual(names, expected, line)
      }
    }),
    { numRuns: 500 },
  )
})
