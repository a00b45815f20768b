import assert from 'node:assert/strict'
import test from 'node:test'
import { RowError } from '../../../src/core/errors.ts'
import type { Row } from '../../../src/core/row.ts'
import type { SavedRow } from '../../../src/operators/saved-row.ts'
import { SlidingWindow } from '../../../src/operators/windows/sliding.ts'
import { SlidingRows } from '../../../src/operators/windows/sliding-rows.ts'
import { assertSurvivesRestarts, rows, run, windows } from '../../support/operator-runs.ts'

const is = (v: string) => (row: Row) => row.values['v'] === v
const contents = () => new SlidingRows()
const processing = (options = {}) => new SlidingWindow({ lengthMs: 1_000, eventTime: false, contents, ...options })
const event = (options = {}) => new SlidingWindow({ lengthMs: 1_000, eventTime: true, contents, ...options })

/** times of the rows that are kept for each window of a trigger */
function keptTimes(operator: SlidingWindow): number[][] {
  return operator.snapshot().map(part => (part.contents as SavedRow[]).map(row => row.time))
}

test('a sliding window includes both its ends and is emitted on every row', () => {
  assert.deepEqual(run(processing(), rows('a', 0, 'b', 1_000, 'c', 1_001)), [
    '-1000..0 a',
    '0..1000 a b',
    '1..1001 b c',
  ])
})

test('rows of one millisecond each trigger, with those that have arrived so far', () => {
  assert.deepEqual(run(processing(), rows('a', 5, 'b', 5, 'c', 5)), ['-995..5 a', '-995..5 a b', '-995..5 a b c'])
})

test('only rows that meet the condition trigger; the others stay available', () => {
  assert.deepEqual(run(processing({ when: is('b') }), rows('a', 500, 'b', 900, 'c', 1_000, 'b', 1_600)), [
    '-100..900 a b',
    '600..1600 b c b',
  ])
})

test('a condition that is null or fails counts as false, and the row is kept', () => {
  const when = (row: Row) => {
    if (is('bad')(row)) throw new RowError('bad')
    return is('null')(row) ? null : is('t')(row)
  }
  assert.deepEqual(run(processing({ when }), rows('bad', 1, 'null', 2, 't', 3)), ['-997..3 bad null t'])
})

test('a fault of ours in the condition is not taken for false', () => {
  const when = () => {
    throw new TypeError('no such thing')
  }
  assert.deepEqual(run(processing({ when }), rows('a', 1)), ['error no such thing'])
})

test('with a delay the window goes on after the row that triggers, without its end', () => {
  const operator = processing({ delayMs: 1_000, when: is('t') })
  const inputs = [...rows('x', 499, 'a', 500, 't', 1_500, 'b', 2_499), { time: 2_499 }]
  assert.deepEqual(run(operator, inputs), [])
  assert.equal(operator.nextDue(), 2_500)
  assert.deepEqual(run(operator, rows('c', 2_500)), ['500..2500 a t b'])
  assert.equal(operator.nextDue(), undefined)
})

test('with a delay each triggering row has its window, also in one millisecond', () => {
  const inputs = [...rows('a', 100, 'b', 100, 'c', 300), { time: 2_000 }]
  assert.deepEqual(run(processing({ delayMs: 500 }), inputs), ['-900..600 a b c', '-900..600 a b c', '-700..800 a b c'])
})

test('old rows are forgotten only when no window can want them', () => {
  const operator = processing({ delayMs: 5_000, when: is('t') })
  const inputs = [...rows('a', 0, 't', 900, 'b', 3_000, 'c', 5_000), { time: 5_900 }]
  assert.deepEqual(run(operator, inputs), ['-100..5900 a t b c'])
  assert.deepEqual(keptTimes(operator), [[0, 900, 3_000, 5_000]])
  run(operator, rows('d', 6_000))
  assert.deepEqual(keptTimes(operator), [[5_000, 6_000]])
})

test('many rows stay in order while old ones leave', () => {
  const operator = processing({ lengthMs: 3 })
  for (let i = 0; i < 500; i++) {
    const last = [i - 3, i - 2, i - 1, i].filter(at => at >= 0).map(at => `r${at}`)
    assert.deepEqual(run(operator, rows(`r${i}`, i)), [[`${i - 3}..${i}`, ...last].join(' ')])
  }
  assert.deepEqual(keptTimes(operator), [[496, 497, 498, 499]])
})

test('in event time a window waits for the watermark and holds all rows of its last instant', () => {
  const inputs = [...rows('a', 500, 'b', 1_500, 'c', 1_500), { watermark: 1_500 }]
  assert.deepEqual(run(event(), inputs), ['-500..500 a', '500..1500 a b c', '500..1500 a b c', 'watermark 1500'])
})

test('in event time a row at the watermark that comes after it triggers on its own', () => {
  const inputs = [...rows('a', 500), { watermark: 500 }, ...rows('b', 500), { watermark: 600 }]
  assert.deepEqual(windows(event(), inputs), ['-500..500 a', '-500..500 a b'])
})

test('in event time a window with delay is complete when the watermark reaches its end', () => {
  const operator = event({ delayMs: 1_000 })
  const inputs = [...rows('a', 6_000), { watermark: 6_000 }, ...rows('b', 7_000), { watermark: 7_000 }]
  assert.deepEqual(windows(operator, inputs), ['5000..7000 a'])
})

test('in event time rows of later windows do not get into earlier ones', () => {
  const inputs = [...rows('a', 0, 'b', 600, 'c', 3_000), { watermark: 3_000 }]
  assert.deepEqual(windows(event(), inputs), ['-1000..0 a', '-400..600 a b', '2000..3000 c'])
})

test('a left-open window leaves out its start, and holds its end with a delay, too', () => {
  const inputs = [...rows('a', 0, 'b', 1, 't', 1_000, 'c', 1_500, 'd', 1_501), { time: 3_000 }]
  assert.deepEqual(run(processing({ isLeftOpen: true, when: is('t') }), inputs), ['0..1000 b t'])
  const options = { isLeftOpen: true, delayMs: 500, when: is('t') }
  assert.deepEqual(run(processing(options), inputs), ['0..1500 b t c'])
  assert.deepEqual(run(event(options), inputs), ['0..1500 b t c'])
})

test('with its end, a window is complete when that instant is over, or when the watermark has come to it', () => {
  const options = { isLeftOpen: true, delayMs: 500 }
  const operator = processing(options)
  assert.deepEqual(run(operator, rows('a', 0)), [])
  assert.equal(operator.nextDue(), 501)
  assert.deepEqual(windows(event(options), [...rows('a', 0), { watermark: 500 }]), ['-1000..500 a'])
})

test('sent twice, a window up to the row that triggers is followed by one from there to the end of the delay', () => {
  const options = { delayMs: 500, isSentTwice: true, when: is('t') }
  const inputs = [...rows('a', 0, 'b', 1, 't', 1_000, 'c', 1_001, 't', 1_400, 'd', 1_500, 'e', 1_501), { time: 3_000 }]
  const both = ['0..1000 b t', '400..1400 t c t', '1000..1500 @1000 c t d', '1400..1900 @1400 d e']
  assert.deepEqual(run(processing(options), inputs), both)
  assert.deepEqual(windows(event(options), [...inputs.slice(0, -1), { watermark: 3_000 }]), both)
})

test('sent twice, only what may still be asked for is kept, and a second window without rows is not sent', () => {
  const operator = processing({ delayMs: 500, isSentTwice: true, when: is('t') })
  assert.deepEqual(run(operator, rows('a', 0, 't', 10)), ['-990..10 a t'])
  assert.deepEqual(keptTimes(operator), [[0, 10], []])
  assert.deepEqual(run(operator, [{ time: 600 }, ...rows('b', 700)]), [])
  assert.deepEqual(keptTimes(operator), [[0, 10, 700], []])
})

test('without a delay there is nothing to send twice', () => {
  assert.deepEqual(run(processing({ isSentTwice: true }), rows('a', 0)), ['-1000..0 a'])
})

test('a sliding window survives a restart between any two inputs', () => {
  const some = [...rows('a', 0, 'b', 500, 'b', 500, 'c', 1_400), { time: 3_000 }]
  assertSurvivesRestarts(processing, some)
  assertSurvivesRestarts(() => processing({ delayMs: 700, when: is('b') }), some)
  assertSurvivesRestarts(() => processing({ delayMs: 700, isSentTwice: true }), some)
  const timed = [...rows('a', 0, 'b', 500, 'b', 500), { watermark: 500 }, ...rows('c', 1_400), { watermark: 3_000 }]
  assertSurvivesRestarts(event, timed)
  assertSurvivesRestarts(() => event({ delayMs: 700 }), timed)
})
