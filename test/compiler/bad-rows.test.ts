// Rows that fail among rows that do not, through statements of every shape: the rule goes on, each fault is counted once
// where it happened and sent on once if asked for, and what has nothing to do with a fault comes out as if it were not there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import type { Values } from '../../src/core/value.ts'
import { arbitraryRow } from '../support/arbitrary-scalar.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { SqlRun, streamsOf } from '../support/rules.ts'
import '../support/seed.ts'

const STREAMS = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush", TIMESTAMP="ts")',
  'CREATE STREAM t () WITH (TYPE="httppush", TIMESTAMP="ts")',
  'CREATE STREAM typed (k BIGINT, a BIGINT, b STRING, ts BIGINT) WITH (TYPE="httppush", TIMESTAMP="ts")',
  'CREATE STREAM strict (k BIGINT, a BIGINT, b STRING DEFAULT "none") WITH (TYPE="httppush", STRICT_VALIDATION="TRUE")',
  'CREATE TABLE k (k BIGINT, v FLOAT) WITH (TYPE="memory", DATASOURCE="x", RETAIN_SIZE="5")',
)

const TEN = 'TUMBLINGWINDOW(ss, 10)'

interface Shape {
  readonly what: string
  readonly sql: string
  readonly isEventTime?: boolean
}

/** In all of them the text `bad` in `a` is a fault; where, is what tells them apart. */
const SHAPES: readonly Shape[] = [
  { what: 'a select list', sql: 'SELECT k, a + 1 AS x FROM s' },
  { what: 'a hidden item', sql: 'SELECT k, a + 1 AS x INVISIBLE FROM s' },
  { what: 'a star with REPLACE', sql: 'SELECT * REPLACE(a / 2 AS a) FROM s' },
  { what: 'WHERE', sql: 'SELECT k FROM s WHERE a * 2 > 1' },
  { what: 'an analytic call', sql: 'SELECT k, lag(a + 1) OVER (PARTITION BY k) AS p FROM s' },
  { what: 'analytic calls in WHERE', sql: 'SELECT k FROM s WHERE latest(a + 1) > 0 AND acc_sum(a - 1) < 1000' },
  { what: 'unnest', sql: 'SELECT unnest(array_create(a + 1)) AS x, k FROM s' },
  { what: 'aggregates of one row', sql: 'SELECT sum(a) AS x, k FROM s WHERE max(a) > 0' },
  { what: 'a tumbling window', sql: `SELECT k, sum(a) AS x FROM s GROUP BY k, ${TEN}` },
  { what: 'WHERE before a window', sql: `SELECT count(*) AS c FROM s WHERE a + 1 > 0 GROUP BY ${TEN}` },
  { what: 'a filter of a window', sql: `SELECT count(*) AS c FROM s GROUP BY ${TEN} FILTER (WHERE a + 1 > 0)` },
  { what: 'a group key', sql: `SELECT count(*) AS c FROM s GROUP BY a + 1, HOPPINGWINDOW(ss, 10, 5)` },
  { what: 'HAVING', sql: `SELECT k FROM s GROUP BY k, ${TEN} HAVING max(a) + 1 > 2` },
  { what: 'FILTER', sql: `SELECT count(*) FILTER (WHERE a > 1) AS c FROM s GROUP BY k, ${TEN}` },
  { what: 'ORDER BY', sql: `SELECT k, a FROM s GROUP BY ${TEN} ORDER BY a DESC` },
  {
    what: 'row numbers',
    sql: `SELECT k, row_number() OVER (PARTITION BY k ORDER BY a) AS n FROM s GROUP BY COUNTWINDOW(5)`,
  },
  { what: 'a sliding window', sql: 'SELECT sum(a) AS x FROM s GROUP BY SLIDINGWINDOW(ss, 5) OVER (WHEN a > 0)' },
  { what: 'a sliding window with delay', sql: 'SELECT sum(a) AS x FROM s GROUP BY SLIDINGWINDOW(ss, 5, 3)' },
  { what: 'a session window', sql: 'SELECT sum(a) AS x FROM s WHERE k > 0 GROUP BY SESSIONWINDOW(ss, 20, 5)' },
  {
    what: 'a state window',
    sql: 'SELECT sum(a) AS x FROM s GROUP BY STATEWINDOW(a + 1 > 2, a > 3) OVER (PARTITION BY k)',
  },
  { what: 'a count window', sql: 'SELECT avg(a) AS x FROM s WHERE a + 1 > 0 GROUP BY COUNTWINDOW(4, 2)' },
  { what: 'a join', sql: `SELECT s.k, t.a + 1 AS x FROM s INNER JOIN t ON s.k = t.k GROUP BY ${TEN}` },
  { what: 'ON', sql: `SELECT s.k FROM s LEFT JOIN t ON s.a > t.a AND s.k = t.k GROUP BY ${TEN}` },
  { what: 'a full join with WHERE', sql: `SELECT * FROM s FULL JOIN t ON s.a = t.a WHERE s.a + 1 > 0 GROUP BY ${TEN}` },
  { what: 'a join with a table', sql: 'SELECT s.k, k.v + s.a AS x FROM s LEFT JOIN k ON s.k = k.k' },
  { what: 'a schema', sql: 'SELECT k, a + 1 AS x, b FROM typed' },
  { what: 'a strict schema', sql: 'SELECT k, a + 1 AS x, b FROM strict' },
  { what: 'a strict schema in a window', sql: `SELECT sum(a) AS x FROM strict GROUP BY ${TEN}` },
  { what: 'event time', sql: 'SELECT k, a + 1 AS x FROM s', isEventTime: true },
  {
    what: 'event time in a window',
    sql: `SELECT k, sum(a) AS x FROM s WHERE a + 1 > 0 GROUP BY k, ${TEN}`,
    isEventTime: true,
  },
  {
    what: 'event time in a hopping window',
    sql: `SELECT sum(a) AS x FROM typed GROUP BY HOPPINGWINDOW(ss, 10, 5)`,
    isEventTime: true,
  },
  {
    what: 'event time in a session',
    sql: `SELECT sum(a) AS x FROM s GROUP BY SESSIONWINDOW(ss, 20, 5)`,
    isEventTime: true,
  },
  {
    what: 'event time in a join',
    sql: `SELECT s.a + t.a AS x FROM s INNER JOIN t ON s.k = t.k GROUP BY ${TEN}`,
    isEventTime: true,
  },
]

interface Message {
  readonly stream: number
  readonly rows: readonly Values[]
  readonly afterMs: number
}

const good = fc.record(
  { k: fc.bigInt({ min: 1n, max: 3n }), a: fc.bigInt({ min: 1n, max: 9n }), b: fc.constant('x') },
  { noNullPrototype: true },
)
const bad: Arbitrary<Values> = fc.oneof(
  fc.constantFrom<Values>(
    { k: 1n, a: 'bad', b: 'x' },
    { k: 'bad', a: [1], b: 'x' },
    { k: 2n, a: { a: 1 }, b: 'x' },
    { k: 2n, a: true },
    {},
  ),
  arbitraryRow,
)
const message = fc.record({
  stream: fc.nat(10),
  rows: fc.array(fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad }), {
    minLength: 1,
    maxLength: 3,
  }),
  afterMs: fc.constantFrom(0, 1, 900, 2500, 6000),
})

/** Pushes messages in turn to the statement's streams; rows get the time of their message unless they have none. */
function feed(run: SqlRun, messages: readonly Message[]): void {
  const names = run.pipeline.status().sources.map(s => s.name.slice('source_'.length))
  let at = 0
  for (const { stream, rows, afterMs } of messages) {
    at += afterMs
    const stamped = rows.map(row => (Object.hasOwn(row, 'k') ? { ...row, ts: BigInt(at) } : row))
    run.push(stamped, at, names[stream % names.length]!)
  }
  run.moveTo(200_000)
}

function started({ sql, isEventTime = false }: Shape, sendError: boolean): SqlRun {
  return new SqlRun(sql, { streams: STREAMS, sendError, isEventTime, lateToleranceMs: 0 })
}

/** Every fault once: at its operator, in the log, and, with sendError, among what is sent on. */
function assertCounted(run: SqlRun, sendError: boolean): number {
  const { sources, operators } = run.pipeline.status()
  const stages = [...sources, ...operators]
  for (const stage of stages) {
    const own = run.failures.filter(f => f.stage === stage.name)
    assert.equal(stage.exceptions, own.length, stage.name)
    assert.equal(stage.lastException === '', own.length === 0, stage.name)
    assert.ok(stage.lastException.endsWith(own.at(-1)?.error.message ?? ''), stage.lastException)
  }
  const total = stages.reduce((sum, stage) => sum + stage.exceptions, 0)
  assert.equal(run.failures.length, total)
  const errors = run.emissions.filter(e => e.error !== undefined)
  assert.equal(errors.length, sendError ? total : 0)
  for (const stage of stages)
    if (sendError && stage.exceptions > 0) assert.ok(errors.some(e => e.error === stage.lastException))
  for (const { error } of run.failures) assert.ok(error instanceof RowError, `${error.stack}`)
  return total
}

for (const shape of SHAPES) {
  test(`bad rows among good ones: ${shape.what}`, () => {
    let faults = 0
    let sent = 0
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 25 }), messages => {
        const [loud, quiet] = [started(shape, true), started(shape, false)]
        feed(loud, messages)
        feed(quiet, messages)
        faults += assertCounted(loud, true)
        assert.equal(assertCounted(quiet, false), loud.failures.length)
        const rows = loud.emissions.filter(e => e.error === undefined)
        assert.deepEqual(quiet.emissions, rows)
        sent += rows.length
        // It goes on: what comes later, with nothing bad in it, is what a fresh rule makes of it.
        const before = loud.failures.length
        const fresh = started(shape, true)
        const later = Array.from({ length: 12 }, (_, i) => ({ k: 1n, a: BigInt(i), b: 'x' }))
        if (!isFresh(shape)) return
        const mark = loud.emissions.length
        for (const run of [loud, fresh]) {
          run.moveTo(1_000_000)
          const stream = run.pipeline.status().sources[0]!.name.slice('source_'.length)
          for (const [i, row] of later.entries()) run.push({ ...row, ts: BigInt(1_000_000 + i) }, 1_000_000 + i, stream)
        }
        assert.deepEqual(loud.emissions.slice(mark), fresh.emissions)
        assert.equal(loud.failures.length, before)
      }),
      { numRuns: 80 },
    )
    assert.ok(faults > 3 && sent > 3, JSON.stringify({ faults, sent }))
  })
}

/** Nothing of earlier rows is kept: each row is on its own. */
function isFresh({ sql, isEventTime }: Shape): boolean {
  return !isEventTime && !/GROUP BY|lag|latest|JOIN|acc_/.test(sql)
}

/** What is discarded leaves no trace: the good rows alone give the same. The faults are of rows alone in their message. */
const TRACELESS = new Set([
  'a select list',
  'a hidden item',
  'WHERE',
  'an analytic call',
  'unnest',
  'WHERE before a window',
  'a filter of a window',
  'a schema',
  'a strict schema',
  'a strict schema in a window',
  'event time',
])

for (const shape of SHAPES.filter(s => TRACELESS.has(s.what))) {
  test(`the good rows come out as if the bad ones had never come: ${shape.what}`, () => {
    const fault: Values = { k: 1n, a: 'bad', b: 'x' }
    const single = fc.record({
      stream: fc.constant(0),
      rows: fc.tuple(fc.oneof({ weight: 3, arbitrary: good }, fc.constant(fault))),
      afterMs: fc.constantFrom(1, 900, 2500),
    })
    fc.assert(
      fc.property(fc.array(single, { minLength: 1, maxLength: 30 }), messages => {
        const [mixed, pure] = [started(shape, false), started(shape, false)]
        feed(mixed, messages)
        // The bad messages only let their time pass.
        feed(pure, passOver(messages, fault))
        assert.deepEqual(mixed.rows, pure.rows)
        assert.equal(mixed.failures.length, messages.filter(m => m.rows[0] === fault).length)
        assert.deepEqual(pure.failures, [])
      }),
      { numRuns: 60 },
    )
  })
}

function passOver(messages: readonly Message[], fault: Values): Message[] {
  const kept: Message[] = []
  let waited = 0
  for (const { stream, rows, afterMs } of messages) {
    waited += afterMs
    if (rows[0] === fault) continue
    kept.push({ stream, rows, afterMs: waited })
    waited = 0
  }
  return kept
}

test('a window with a bad row is lost whole, those before and after it are not', () => {
  for (const clause of [TEN, 'HOPPINGWINDOW(ss, 10, 10)', 'COUNTWINDOW(2)']) {
    const run = new SqlRun(`SELECT sum(a) AS x FROM s GROUP BY ${clause}`)
    for (const [at, a] of [
      [1, 1],
      [2, 2],
      [10_001, 'bad'],
      [10_002, 4],
      [20_001, 5],
      [20_002, 6],
    ] as const)
      run.push({ a }, at)
    run.moveTo(30_000)
    assert.deepEqual(
      run.results.map(r => (typeof r === 'string' ? 'error' : r)),
      [[{ x: 3 }], 'error', [{ x: 11 }]],
      clause,
    )
  }
})

test('a rule of the engine runs on through bad rows; its status adds up with what its sink got', async () => {
  const messages = fc.sample(fc.array(fc.oneof(good, bad), { minLength: 1, maxLength: 3 }), 200)
  for (const sendError of [true, false]) {
    const run = new EngineRun().apply([
      ['rows', 'SELECT k, a + 1 AS x FROM s WHERE k > 0', { options: { sendError } }],
      ['window', 'SELECT sum(a) AS x, lag(b) AS y FROM s GROUP BY COUNTWINDOW(3)', { options: { sendError } }],
    ])
    for (const rows of messages) {
      run.append('s', ...rows)
      await turns(2)
    }
    await turns()
    for (const id of ['rows', 'window']) {
      const runner = run.runner(id)
      const status = runner.status() as Record<string, unknown>
      const sum = (suffix: string) =>
        Object.entries(status).reduce(
          (n, [key, value]) => (/^(op|source)_/.test(key) && key.endsWith(suffix) ? n + Number(value) : n),
          0,
        )
      const errors = run.of(id).filter(row => typeof row['error'] === 'string')
      assert.equal(runner.state, 'running')
      assert.ok(sum('exceptions_total') > 5, `${id} has ${sum('exceptions_total')}`)
      assert.equal(errors.length, sendError ? sum('exceptions_total') : 0)
      assert.ok(run.of(id).length - errors.length > 0)
      for (const [key, value] of Object.entries(status)) {
        if (!key.endsWith('exceptions_total') || value === 0 || !sendError) continue
        const last = status[key.replace('exceptions_total', 'last_exception')]
        assert.ok(
          errors.some(row => row['error'] === last),
          `${key}: ${String(last)}`,
        )
      }
    }
    await run.engine.stop(1000)
  }
})
