import assert from 'node:assert/strict'
import test from 'node:test'
import { RowContents } from '../../../src/operators/windows/row-contents.ts'
import { LONGEST_EMPTY_RUN } from '../../../src/operators/windows/ticks.ts'
import { TumblingWindow } from '../../../src/operators/windows/tumbling.ts'
import { assertSurvivesRestarts, rows, run, windows } from '../../support/operator-runs.ts'

const contents = () => new RowContents()
const base = { unit: 'SS', zone: 'UTC', startMs: 0, lengthMs: 10_000, contents } as const
const processing = (options = {}) => new TumblingWindow({ ...base, eventTime: false, ...options })
const event = (options = {}) => new TumblingWindow({ ...base, eventTime: true, ...options })

test('a tumbling window holds its start and not its end', () => {
  const inputs = [...rows('a', 0, 'b', 9_999, 'c', 10_000), { time: 20_000 }]
  assert.deepEqual(run(processing(), inputs), ['0..10000 a b', '10000..20000 c'])
})

test('the first tumbling window starts with the rule', () => {
  const inputs = [...rows('a', 4_000, 'b', 12_000), { time: 20_000 }]
  assert.deepEqual(run(processing({ startMs: 3_000 }), inputs), ['3000..10000 a', '10000..20000 b'])
})

test('a tumbling window without rows is emitted empty', () => {
  assert.deepEqual(run(processing(), [...rows('a', 25_000), { time: 30_000 }]), [
    '0..10000',
    '10000..20000',
    '20000..30000 a',
  ])
})

test('all rows of one millisecond go into the same window', () => {
  const inputs = [...rows('a', 9_999, 'b', 9_999, 'c', 10_000, 'd', 10_000), { time: 20_000 }]
  assert.deepEqual(run(processing(), inputs), ['0..10000 a b', '10000..20000 c d'])
})

test('windows that became due during a stall come out one by one with their own bounds', () => {
  const operator = processing()
  assert.deepEqual(run(operator, rows('a', 1_000)), [])
  assert.equal(operator.nextDue(), 10_000)
  assert.deepEqual(run(operator, [{ time: 35_000 }]), ['0..10000 a', '10000..20000', '20000..30000'])
  assert.equal(operator.nextDue(), 40_000)
})

test('a day window ends at midnight of the zone when the clock is put forward', () => {
  const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds
  const startMs = at('2024-03-30T10:00:00Z')
  const operator = processing({ unit: 'DD', lengthMs: 86_400_000, zone: 'Europe/Berlin', startMs })
  const [first, second, third] = ['2024-03-30T23:00:00Z', '2024-03-31T22:00:00Z', '2024-04-01T22:00:00Z'].map(at)
  assert.deepEqual(run(operator, [{ time: third! }]), [
    `${startMs}..${first}`,
    `${first}..${second}`,
    `${second}..${third}`,
  ])
})

test('in event time the first window starts with the first event', () => {
  const inputs = [...rows('a', 13_500), { watermark: 13_500 }, ...rows('b', 21_000), { watermark: 21_000 }]
  assert.deepEqual(run(event(), inputs), ['watermark 13500', '13500..20000 a', 'watermark 21000'])
})

test('in event time nothing is emitted before the watermark reaches the end', () => {
  const inputs = [...rows('a', 13_500), { watermark: 19_999 }, { time: 99_000 }]
  assert.deepEqual(windows(event(), inputs), [])
  assert.deepEqual(windows(event(), [...inputs, { watermark: 20_000 }]), ['13500..20000 a'])
})

test('in event time rows that jump over windows are kept apart', () => {
  const inputs = [...rows('a', 1_000, 'b', 12_000, 'c', 31_000), { watermark: 40_000 }]
  assert.deepEqual(windows(event(), inputs), ['1000..10000 a', '10000..20000 b', '20000..30000', '30000..40000 c'])
})

test('a watermark before the first row closes nothing', () => {
  assert.deepEqual(run(event(), [{ watermark: 50_000 }]), ['watermark 50000'])
})

test('a timestamp far in the future does not close millions of empty windows', () => {
  const operator = event()
  const future = 10_000 * 5_000_000
  const inputs = [...rows('a', 1_000, 'b', future + 1), { watermark: future + 10_000 }]
  assert.deepEqual(windows(operator, inputs), ['1000..10000 a', `${future}..${future + 10_000} b`])
  assert.equal(operator.skippedEmptyWindows, 5_000_000 - 1)
})

test('a run of empty windows at the limit is emitted in full', () => {
  const operator = event()
  const last = 10_000 * (LONGEST_EMPTY_RUN + 1)
  assert.equal(windows(operator, [...rows('a', 1_000), { watermark: last }]).length, LONGEST_EMPTY_RUN + 1)
  assert.equal(operator.skippedEmptyWindows, 0)
})

test('a tumbling window survives a restart between any two inputs', () => {
  const inputs = [...rows('a', 500, 'b', 500, 'c', 12_000, 'd', 31_000), { time: 40_000 }]
  assertSurvivesRestarts(() => processing({ startMs: 200 }), inputs)
  assertSurvivesRestarts(event, [...rows('a', 500, 'b', 12_000), { watermark: 31_000 }, ...rows('c', 45_000)])
})

test('after a pause the windows that ended in it come first, with their own bounds', () => {
  const before = processing()
  run(before, rows('a', 1_000))
  const after = processing({ startMs: 33_000 })
  after.restore(before.snapshot())
  assert.deepEqual(run(after, [...rows('b', 33_001), { time: 40_000 }]), [
    '0..10000 a',
    '10000..20000',
    '20000..30000',
    '30000..40000 b',
  ])
})

test('after a long pause the windows that hold rows come, and the many empty ones do not', () => {
  const before = processing()
  run(before, rows('a', 1_000))
  const week = 7 * 86_400_000
  const after = processing({ startMs: week + 3_000 })
  after.restore(before.snapshot())
  assert.deepEqual(run(after, [...rows('b', week + 3_001), { time: week + 10_000 }]), [
    '0..10000 a',
    `${week}..${week + 10_000} b`,
  ])
  assert.equal(after.skippedEmptyWindows, week / 10_000 - 1)
})
