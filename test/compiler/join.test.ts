// Joins of whole statements: partners that are looked up against pairs that are all tested.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Value, Values } from '../../src/core/value.ts'
import { SqlRun, streamsOf } from '../support/rules.ts'

const STREAMS = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush")',
  'CREATE STREAM t () WITH (TYPE="httppush")',
  'CREATE TABLE p () WITH (TYPE="memory", DATASOURCE="p", RETAIN_SIZE="100")',
)

type Kind = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL'
interface Sides {
  readonly left: readonly Values[]
  readonly right: readonly Values[]
}

function joined(kind: Kind, on: string, { left, right }: Sides): unknown[] {
  const run = new SqlRun(`SELECT s.n AS l, t.n AS r FROM s ${kind} JOIN t ON ${on} GROUP BY TUMBLINGWINDOW(ss, 10)`, {
    streams: STREAMS,
  })
  left.forEach((row, n) => run.push({ ...row, n }, 0, 's'))
  right.forEach((row, n) => run.push({ ...row, n }, 0, 't'))
  return outcome(run.moveTo(10_000))
}

function joinedWithTable(kind: Kind, on: string, { left, right }: Sides): unknown[] {
  const run = new SqlRun(`SELECT s.n AS l, p.n AS r FROM s ${kind} JOIN p ON ${on.replaceAll('t.', 'p.')}`, {
    streams: STREAMS,
  })
  right.forEach((row, n) => run.push({ ...row, n }, 0, 'p'))
  left.forEach((row, n) => run.push({ ...row, n }, 0, 's'))
  return outcome(run)
}

/** Which of several errors is met first is nobody's concern. */
function outcome(run: SqlRun): unknown[] {
  return run.results.map(result => (typeof result === 'string' ? 'error' : result))
}

const CONDITIONS = [
  's.a = t.a',
  't.a = s.a',
  's.a = t.a AND s.b = t.b',
  's.a = t.a AND t.b = s.b AND s.b > 1',
  's.b > 0 AND s.a = t.a',
  't.b > 0 AND s.a = t.a',
  's.b > 0 AND t.b > 0 AND s.a = t.a AND s.b = t.b',
  's.b > t.b AND s.a = t.a',
  's.c AND s.a = t.a AND s.b = t.b',
  's.c AND (t.c AND s.a = t.a)',
  '6 / s.b = t.b AND s.a = t.a',
  's.a = t.a AND 6 / s.b = t.b',
  's.a = 6 / t.b',
  'cast(s.b, "datetime") = t.b',
  't.b = cast(s.b, "datetime")',
  'cast(s.b, "datetime") = cast(t.b, "datetime") AND s.a = t.a',
] as const

const usual = fc.constantFrom<Value>(1, 2, 1n, 2n)
const odd = fc.constantFrom<Value>(1, 'x', '1', true, false, null, [], [1], { k: 1 }, 0, -0, 2n ** 60n, 2 ** 60)
function side(value: fc.Arbitrary<Value>): fc.Arbitrary<Values[]> {
  const row = fc.record(
    { a: value, b: value, c: fc.constantFrom<Value>(true, true, false, null, 5) },
    { requiredKeys: [] },
  )
  return fc.array(row as fc.Arbitrary<Values>, { maxLength: 6 })
}
const sides = fc.oneof(
  fc.record({ left: side(usual), right: side(usual) }),
  fc.record({
    left: side(usual),
    right: side(fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: odd })),
  }),
  fc.record({ left: side(odd), right: side(odd) }),
)

test('a join by keys gives what testing every pair gives, errors too', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Kind>('INNER', 'LEFT', 'RIGHT', 'FULL'),
      fc.constantFrom(...CONDITIONS),
      sides,
      (kind, on, rows) => {
        // The same condition, but there is no equality to be found at its top.
        const everyPair = `(${on}) OR FALSE`
        assert.deepEqual(joined(kind, on, rows), joined(kind, everyPair, rows))
        assert.deepEqual(joinedWithTable(kind, on, rows), joinedWithTable(kind, everyPair, rows))
      },
    ),
    { numRuns: 1500 },
  )
})

test('partners among ten thousand are looked up, not searched for', () => {
  const rows = Array.from({ length: 10_000 }, (_, a) => ({ a }))
  const started = process.cpuUsage()
  const [result] = joined('INNER', 't.a = s.a AND s.a >= 0', { left: rows, right: rows.toReversed() })
  assert.equal((result as unknown[]).length, 10_000)
  const used = process.cpuUsage(started)
  assert.ok((used.user + used.system) / 1e6 < 3, 'a hundred million pairs were tested')
})

test('one row that cannot be compared fails the window at once, wherever it stands', () => {
  const rows: Values[] = Array.from({ length: 10_000 }, (_, a) => ({ a }))
  for (const odd of [
    [...rows, { a: 'x' }],
    [...rows.slice(1), { a: 0 }],
  ]) {
    const on = odd.length > rows.length ? 's.a = t.a' : '6 / s.a = t.a'
    const started = process.cpuUsage()
    assert.deepEqual(joined('INNER', on, { left: odd, right: rows }), ['error'])
    const used = process.cpuUsage(started)
    assert.ok((used.user + used.system) / 1e6 < 3, 'a hundred million pairs were tested')
  }
})

test('a join of equal keys that would make millions of rows is an error of its window', () => {
  const rows = Array.from({ length: 1001 }, () => ({ a: 1 }))
  const run = new SqlRun('SELECT count(*) AS n FROM s INNER JOIN t ON s.a = t.a GROUP BY TUMBLINGWINDOW(ss, 10)', {
    streams: STREAMS,
  })
  run.push(rows, 0, 's').push(rows, 0, 't').moveTo(10_000)
  run.push({ a: 1 }, 10_000, 's').push({ a: 1 }, 10_000, 't').moveTo(20_000)
  assert.deepEqual(run.results, ['run Join error: the join makes more than 1000000 rows at once', [{ n: 1n }]])
})
