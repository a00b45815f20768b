import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Row } from '../../src/core/row.ts'
import { type Hold, Watermark, type WatermarkOptions } from '../../src/operators/watermark.ts'
import { assertSurvivesRestarts, name, type RowInput, row, rows, run } from '../support/operator-runs.ts'

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
  assert.equal(operator.waitingRows, 1)
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

/** Processing time and event time are two things here: `at` gives a row, `pass` lets time go by. */
class Driven {
  readonly lines: string[] = []
  readonly holds: Hold[] = []
  readonly late: [v: unknown, behindMs: number][] = []
  readonly operator: Watermark
  now: number

  constructor(options: Partial<WatermarkOptions> = {}, now = 1_000) {
    this.now = now
    this.operator = make({
      sources: [0, 1],
      startMs: now,
      processingTime: () => this.now,
      onLate: (row: Row, behindMs: number) => void this.late.push([row.values['v'], behindMs]),
      onHold: (hold: Hold) => void this.holds.push(hold),
      ...options,
    })
  }

  pass(now: number): this {
    this.now = now
    this.lines.push(...run(this.operator, [{ time: now }]))
    return this
  }

  give(source: number, v: string, time: number): this {
    const out = { row: (made: Row) => void this.lines.push(`row ${name(made)}`) }
    const rest = { window: () => {}, error: (e: Error) => void this.lines.push(`error ${e.message}`) }
    this.operator.onRow(row(at(source, v, time)), {
      ...out,
      ...rest,
      watermark: time => void this.lines.push(`watermark ${time}`),
    })
    return this
  }

  taken(): string[] {
    return this.lines.splice(0)
  }
}

test('a stream is idle exactly so long after its last row, and holds the others back no more', () => {
  const run = new Driven({ idleTimeoutMs: 100 })
  run.give(1, 'x', 5).pass(1_070).give(0, 'a', 10)
  assert.deepEqual(run.taken(), ['row x', 'watermark 5'])
  assert.deepEqual(run.pass(1_099).taken(), [])
  assert.deepEqual(run.pass(1_100).taken(), ['row a', 'watermark 10'])
  assert.equal(run.operator.counters()['idle_streams'], 1)
  // The other one became silent later.
  assert.equal(run.operator.nextDue(), 1_170)
})

test('rows that keep coming move no timer, and nothing is idle before its time', () => {
  const run = new Driven({ idleTimeoutMs: 100 })
  assert.equal(run.operator.nextDue(), 1_100)
  run.pass(1_050).give(0, 'a', 10).give(1, 'x', 10)
  assert.equal(run.operator.nextDue(), 1_100)
  run.pass(1_100)
  assert.equal(run.operator.nextDue(), 1_150)
  run.pass(1_149)
  assert.equal(run.operator.counters()['idle_streams'], 0)
  run.pass(1_150)
  assert.equal(run.operator.counters()['idle_streams'], 2)
})

test('a stream that never spoke is silent since the start of the rule', () => {
  const run = new Driven({ idleTimeoutMs: 100 })
  run.pass(1_090).give(0, 'a', 10)
  assert.deepEqual(run.taken(), [])
  assert.deepEqual(run.pass(1_100).taken(), ['row a', 'watermark 10'])
})

test('a stream that wakes up holds the others back again, and its old rows are late', () => {
  const run = new Driven({ idleTimeoutMs: 100 })
  run.give(1, 'x', 5).give(0, 'a', 10).pass(1_090).give(0, 'b', 20).pass(1_100)
  assert.deepEqual(run.taken(), ['row x', 'watermark 5', 'row a', 'row b', 'watermark 20'])
  run.give(1, 'late', 6).give(0, 'c', 30)
  assert.deepEqual(run.taken(), [])
  assert.deepEqual(run.late, [['late', 14]])
  assert.deepEqual(run.give(1, 'y', 40).taken(), ['row c', 'watermark 30'])
  assert.equal(run.operator.counters()['late_rows_total'], 1)
})

for (const first of [0, 1]) {
  test(`when all streams are idle none waits for another, whichever fell silent first (${first})`, () => {
    const run = new Driven({ idleTimeoutMs: 100, lateToleranceMs: 5 })
    const give = [() => run.give(0, 'a', 50), () => run.give(1, 'x', 10)]
    give[first]!()
    run.pass(1_050)
    give[1 - first]!()
    run.taken()
    run.pass(1_150)
    assert.deepEqual(run.taken().at(-1), 'watermark 45')
    assert.equal(run.operator.waitingRows, 1)
  })
}

test('a stream alone is never idle: what is within the tolerance waits for its next row', () => {
  const run = new Driven({ sources: [0], idleTimeoutMs: 100, lateToleranceMs: 5 })
  assert.deepEqual(run.give(0, 'a', 10).pass(9_000).taken(), ['watermark 5'])
  assert.equal(run.operator.nextDue(), undefined)
})

test('silence outlives a restart', () => {
  const options = { sources: [0, 1], idleTimeoutMs: 100 }
  const before = new Driven(options).give(1, 'x', 5).give(0, 'a', 10).pass(1_060).give(0, 'b', 20)
  const after = new Driven(options, 1_080)
  after.operator.restore(structuredClone(before.operator.snapshot()))
  assert.deepEqual(after.pass(1_099).taken(), [])
  assert.deepEqual(after.pass(1_100).taken(), ['row a', 'row b', 'watermark 20'])
  const third = new Driven(options, 1_120)
  third.operator.restore(structuredClone(after.operator.snapshot()))
  assert.equal(third.operator.counters()['idle_streams'], 1)
  assert.deepEqual(third.give(0, 'c', 30).taken(), ['row c', 'watermark 30'])
})

test('who holds the others back is told after a minute, then less and less often', () => {
  const run = new Driven({}, 0)
  run.give(1, 'x', 5).pass(10_000).give(0, 'a', 7_000)
  const told = () => run.holds.splice(0)
  run.pass(69_999)
  assert.deepEqual(told(), [])
  run.pass(70_000)
  assert.deepEqual(told(), [{ source: 1, silentMs: 70_000, behindMs: 6_995, waiting: 1, isFull: false }])
  run.pass(129_999)
  assert.deepEqual(told(), [])
  run.pass(130_000)
  run.pass(250_000)
  assert.deepEqual(
    told().map(hold => hold.silentMs),
    [130_000, 250_000],
  )
  // A watermark that rises is no hold, though rows still wait.
  run.give(0, 'b', 9_000).give(1, 'y', 8_000)
  run.pass(309_999)
  assert.deepEqual(told(), [])
  run.pass(310_000)
  assert.deepEqual(told(), [{ source: 1, silentMs: 60_000, behindMs: 1_000, waiting: 1, isFull: false }])
  run.give(1, 'z', 9_000)
  run.pass(9_000_000)
  assert.deepEqual(told(), [])
})

test('rows that only the tolerance keeps are nobody’s fault', () => {
  const run = new Driven({ lateToleranceMs: 1_000, mostWaiting: 2 }, 0)
  run.give(0, 'a', 5_000).give(1, 'x', 5_000).give(0, 'b', 5_100).give(1, 'y', 5_200)
  run.pass(1e9)
  assert.deepEqual(run.holds, [])
  assert.ok(run.operator.reads(0) && run.operator.reads(1))
})

test('when too many rows wait only the slowest stream is read, until half of the room is there', () => {
  const run = new Driven({ sources: [0, 1, 3], mostWaiting: 4 }, 0)
  const read = () => [0, 1, 3].filter(source => run.operator.reads(source))
  run.give(3, 'p', 100).give(0, 'a', 10).give(0, 'b', 20)
  assert.deepEqual(read(), [0, 1, 3])
  run.give(0, 'c', 30)
  assert.deepEqual(read(), [1])
  assert.deepEqual(run.holds, [{ source: 1, silentMs: 0, behindMs: undefined, waiting: 4, isFull: true }])
  // Now it is not the slowest any more, and a row less waits.
  run.give(1, 'x', 15)
  assert.deepEqual(read(), [1])
  run.give(1, 'y', 40)
  assert.deepEqual(read(), [0, 1, 3])
})

test('a stream that is not read is not silent', () => {
  const run = new Driven({ mostWaiting: 2, idleTimeoutMs: 100 }, 0)
  run.give(0, 'a', 10).give(0, 'b', 20)
  assert.equal(run.operator.reads(0), false)
  run.pass(100)
  assert.equal(run.operator.counters()['idle_streams'], 1)
  assert.equal(run.operator.reads(0), true)
  assert.deepEqual(run.taken(), ['row a', 'row b', 'watermark 20'])
  assert.equal(run.operator.nextDue(), 200)
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
