import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Values } from '../../src/core/value.ts'
import { runSql, SqlRun } from '../support/rules.ts'

const of = (sql: string, rows: readonly Values[]) =>
  runSql(`SELECT ${sql} AS r FROM s`, rows, { sendNilField: true }).map(row => (row as Values)['r'])

test('each partition has a past of its own, told apart by kind and by place', () => {
  const rows = [
    { k: 1, a: 1 },
    { k: '1', a: 2 },
    { k: 1, a: 3 },
    { k: '1', a: 4 },
  ]
  assert.deepEqual(of('lag(a) OVER (PARTITION BY k)', rows), [null, null, 1, 2])
  const pairs = [
    { k: 'ab', l: 'c', a: 1 },
    { k: 'a', l: 'bc', a: 2 },
    { k: 'ab', l: 'c', a: 3 },
  ]
  assert.deepEqual(of('lag(a) OVER (PARTITION BY k, l)', pairs), [null, null, 1])
})

test('only a WHEN that is exactly false makes a row invalid', () => {
  const rows = [{ a: 1, w: true }, { a: 2, w: false }, { a: 3, w: null }, { a: 4 }]
  assert.deepEqual(of('latest(a) OVER (WHEN w)', rows), [1, 1, 3, 4])
})

test('two calls of one function remember apart', () => {
  const rows = [
    { a: 1, b: 10 },
    { a: 2, b: 20 },
  ]
  assert.deepEqual(runSql('SELECT lag(a) AS x, lag(b) AS y, lag(a, 1, 0) AS z FROM s', rows), [
    { z: 0n },
    { x: 1, y: 10, z: 1 },
  ])
})

test('a call inside another is there when the outer one needs it, also through an alias', () => {
  const rows = [{ a: 1 }, { a: 2 }, { a: 3 }]
  assert.deepEqual(of('lag(lag(a))', rows), [null, null, 1])
  assert.deepEqual(runSql('SELECT lag(b) AS c, lag(a) AS b FROM s', rows), [{}, { b: 1 }, { b: 2, c: 1 }])
})

test('every row is seen, also those that WHERE drops', () => {
  assert.deepEqual(runSql('SELECT lag(a) AS l FROM s WHERE a > 1', [{ a: 1 }, { a: 2 }]), [{ l: 1 }])
})

test('a row whose argument fails is discarded and not remembered', () => {
  const rows = [{ a: 1 }, { a: 'x' }, { a: 3 }]
  assert.deepEqual(runSql('SELECT lag(a + 1) AS l, a FROM s', rows), [
    { a: 1 },
    'run Analytic error: invalid operation string(x) + bigint(1)',
    { a: 3, l: 2 },
  ])
})

test('what was remembered survives a restart, datetimes included', () => {
  const sql = 'SELECT lag(cast(a, "datetime")) OVER (PARTITION BY k) AS l FROM s'
  const before = new SqlRun(sql).push({ a: 1000, k: 1 }).push({ a: 2000, k: 2 })
  const after = new SqlRun(sql)
  after.pipeline.restore(structuredClone(before.pipeline.snapshot()))
  const times = after.push({ a: 0, k: 2 }).push({ a: 0, k: 1 }).rows
  assert.deepEqual(
    times.map(row => ((row as Values)['l'] as Temporal.ZonedDateTime).epochMilliseconds),
    [2000, 1000],
  )
})

test('in a join a call runs on the rows of its stream, and the joined row has its result', () => {
  const run = new SqlRun(
    'SELECT lag(s.a) AS l, lag(t.a) AS m FROM s INNER JOIN t ON s.k = t.k GROUP BY TUMBLINGWINDOW(ss, 10)',
  )
  run.push({ k: 0, a: 1 }, 0, 's').push({ k: 0, a: 5 }, 0, 't').moveTo(10_000)
  run.push({ k: 0, a: 2 }, 10_001, 's').push({ k: 0, a: 6 }, 10_001, 't').moveTo(20_000)
  assert.deepEqual(run.results, [[{}], [{ l: 1, m: 5 }]])
})
