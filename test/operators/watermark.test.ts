import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Watermark } from '../../src/operators/watermark.ts'
import { assertSurvivesRestarts, type RowInput, rows, run } from '../support/operator-runs.ts'

const make = (options = {}) => new Watermark({ sources: [0], lateToleranceMs: 0, startMs: 0, ...options })
const at = (source: number, v: string, time: number): RowInput => ({ v, source, at: time })

test('rows leave in the order of their time when the watermark reaches them', () => {
  const operator = make({ lateToleranceMs: 5 })
  const inputs = rows('a', 20, 'late', 10, 'b', 30, 'c', 32, 'd', 32, 'e', 28, 'f', 40)
  assert.deepEqual(run(operator, inputs), [
    'watermark 15',
    'row a',
    'watermark 25',
    'watermark 27',
    'row e',
    'row b',
    'row c',
    'row d',
    'watermark 35',
  ])
  assert.equal(operator.lateTotal, 1)
  assert.equal(operator.waiting, 1)
})

test('a row at the watermark is accepted, one below it is late', () => {
  const operator = make()
  assert.deepEqual(run(operator, rows('a', 10, 'b', 10, 'late', 9, 'c', 11)), [
    'row a',
    'watermark 10',
    'row b',
    'row c',
    'watermark 11',
  ])
  assert.equal(operator.lateTotal, 1)
})

test('the watermark waits for the slowest stream, and for all to be heard', () => {
  const operator = make({ sources: [0, 2] })
  assert.deepEqual(run(operator, [at(0, 'a', 10), at(0, 'b', 20)]), [])
  assert.deepEqual(run(operator, [at(2, 'x', 15)]), ['row a', 'row x', 'watermark 15'])
  assert.deepEqual(run(operator, [at(2, 'y', 30)]), ['row b', 'watermark 20'])
})

test('a row out of order does not lower the latest time of its stream', () => {
  const operator = make({ sources: [0, 1], lateToleranceMs: 10 })
  assert.deepEqual(run(operator, [at(0, 'a', 20), at(0, 'b', 15), at(1, 'x', 30)]), ['watermark 10'])
})

test('a silent stream holds the others back for ever, unless an idle timeout is set', () => {
  assert.deepEqual(run(make({ sources: [0, 1] }), [at(0, 'a', 10), { time: 1e9 }]), [])
})

test('a stream that is silent for a whole interval no longer holds the others back', () => {
  const operator = make({ sources: [0, 1], idleTimeoutMs: 100, startMs: 1_000 })
  assert.equal(operator.nextDue(), 1_100)
  assert.deepEqual(run(operator, [at(0, 'a', 10), { time: 1_099 }]), [])
  assert.deepEqual(run(operator, [{ time: 1_100 }]), ['row a', 'watermark 10'])
  assert.equal(operator.nextDue(), 1_200)
})

test('a stream that wakes up holds the others back again, and its old rows are late', () => {
  const operator = make({ sources: [0, 1], idleTimeoutMs: 100, startMs: 1_000 })
  run(operator, [at(1, 'x', 5), at(0, 'a', 10), { time: 1_100 }, at(0, 'b', 20), { time: 1_200 }])
  assert.deepEqual(run(operator, [at(1, 'late', 6), at(0, 'c', 30)]), [])
  assert.equal(operator.lateTotal, 1)
  assert.deepEqual(run(operator, [at(1, 'y', 40)]), ['row c', 'watermark 30'])
})

test('when all streams are idle the watermark stands still', () => {
  const operator = make({ idleTimeoutMs: 100, lateToleranceMs: 5 })
  assert.deepEqual(run(operator, [at(0, 'a', 10), { time: 500 }]), ['watermark 5'])
})

test('a time that no date can have is an error and moves nothing', () => {
  const operator = make()
  assert.deepEqual(run(operator, [at(0, 'far', 8.64e15 + 1), at(0, 'not', Number.NaN), at(0, 'a', 10)]), [
    'error event time 8640000000000001 is no point in time',
    'error event time NaN is no point in time',
    'row a',
    'watermark 10',
  ])
})

test('whatever the order of arrival, rows leave sorted, ties in the order of arrival, and none is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), fc.nat(30), (times, lateToleranceMs) => {
      const operator = make({ lateToleranceMs })
      const inputs = times.map((time, i) => at(0, `${time}#${i}`, time))
      const lines = run(operator, [...inputs, at(0, 'end', 1_000)]).filter(line => line.includes('#'))
      const sorted = lines.toSorted((a, b) => {
        const [ta, ia] = a.slice(4).split('#').map(Number)
        const [tb, ib] = b.slice(4).split('#').map(Number)
        return ta! - tb! || ia! - ib!
      })
      assert.deepEqual(lines, sorted)
      assert.equal(lines.length + operator.lateTotal, times.length)
      if (lateToleranceMs >= 50) assert.equal(operator.lateTotal, 0)
    }),
  )
})

test('a watermark survives a restart between any two rows', () => {
  const inputs = [at(0, 'a', 20), at(1, 'x', 25), at(0, 'late', 3), at(0, 'b', 40), at(0, 'c', 30), at(1, 'y', 33)]
  const make2 = () => make({ sources: [0, 1], lateToleranceMs: 5 })
  assertSurvivesRestarts(make2, [...inputs, at(1, 'z', 60), at(0, 'd', 60)])
  const [before, after] = [make2(), make2()]
  run(before, inputs)
  after.restore(before.snapshot())
  assert.equal(after.lateTotal, 1)
})
