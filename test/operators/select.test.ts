import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Values } from '../../src/core/value.ts'
import { runSql, SqlRun } from '../support/rules.ts'

const rows = [
  { k: 'a', x: 3 },
  { k: 'b', x: 1 },
  { k: 'a', x: 2 },
]

function windowed(sql: string, given: readonly Values[] = rows) {
  const run = new SqlRun(sql.replace(/\bW\b/, 'HOPPINGWINDOW(ss, 10, 10)'))
  for (const row of given) run.push(row)
  return run.moveTo(10_000).results
}

const CASES: readonly (readonly [what: string, sql: string, results: readonly unknown[]])[] = [
  [
    'what is not aggregated comes from the first row of its group',
    'SELECT x, count(*) AS c FROM s GROUP BY k, W',
    [
      [
        { x: 3, c: 2n },
        { x: 1, c: 1n },
      ],
    ],
  ],
  ['HAVING decides on each group', 'SELECT k FROM s GROUP BY k, W HAVING count(*) > 1', [[{ k: 'a' }]]],
  [
    'HAVING without groups decides on all rows',
    'SELECT x FROM s GROUP BY W HAVING count(*) > 2',
    [[{ x: 3 }, { x: 1 }, { x: 2 }]],
  ],
  ['HAVING that leaves nothing sends nothing', 'SELECT x FROM s GROUP BY W HAVING count(*) > 3', []],
  [
    'ORDER BY sorts groups by their aggregates',
    'SELECT k, sum(x) AS t FROM s GROUP BY k, W ORDER BY t',
    [
      [
        { k: 'b', t: 1 },
        { k: 'a', t: 5 },
      ],
    ],
  ],
  [
    'ORDER BY may use columns that are not sent',
    'SELECT k FROM s GROUP BY W ORDER BY x DESC',
    [[{ k: 'a' }, { k: 'a' }, { k: 'b' }]],
  ],
  [
    'rows are numbered as they came, before ORDER BY sorts them',
    'SELECT x, row_number() AS n FROM s GROUP BY W ORDER BY x',
    [
      [
        { x: 1, n: 2n },
        { x: 2, n: 3n },
        { x: 3, n: 1n },
      ],
    ],
  ],
  [
    'rows are numbered by partition, in an order of its own',
    'SELECT x, row_number() OVER (PARTITION BY k ORDER BY x) AS n FROM s GROUP BY W',
    [
      [
        { x: 3, n: 2n },
        { x: 1, n: 1n },
        { x: 2, n: 1n },
      ],
    ],
  ],
  [
    'groups are numbered by their aggregates',
    'SELECT k, row_number() OVER (ORDER BY count(*)) AS n FROM s GROUP BY k, W',
    [
      [
        { k: 'a', n: 2n },
        { k: 'b', n: 1n },
      ],
    ],
  ],
  ['WHERE over aggregates looks at the whole window', 'SELECT x FROM s WHERE x > avg(x) GROUP BY W', [[{ x: 3 }]]],
  ['WHERE after the window that leaves nothing sends nothing', 'SELECT x FROM s WHERE x > avg(x) + 9 GROUP BY W', []],
  [
    'an aggregate with FILTER takes its rows only',
    'SELECT count(*) FILTER (WHERE k = "a") AS a, count(*) AS c FROM s GROUP BY W',
    [[{ a: 2n, c: 3n }]],
  ],
  [
    'event_time() of a group is the trigger',
    'SELECT event_time() AS t, count(*) AS c FROM s GROUP BY W',
    [[{ t: 10_000n, c: 3n }]],
  ],
]

for (const [what, sql, results] of CASES) {
  test(what, () => assert.deepEqual(windowed(sql), results))
}

test('aggregates without a window look at the one row', () => {
  assert.deepEqual(runSql('SELECT count(*) AS c, sum(x) AS t FROM s WHERE max(x) > 1', rows), [
    { c: 1n, t: 3 },
    { c: 1n, t: 2 },
  ])
})

test('each row that unnest makes goes out by itself, within a window all go together', () => {
  const given = [{ a: [1, { p: 2 }], b: 0 }]
  const run = new SqlRun('SELECT unnest(a) AS x, b FROM s').push(given)
  assert.deepEqual(run.results, [[{ x: 1, b: 0 }], [{ p: 2, b: 0 }]])
  assert.deepEqual(windowed('SELECT unnest(a) AS x, b FROM s GROUP BY W', given), [
    [
      { x: 1, b: 0 },
      { p: 2, b: 0 },
    ],
  ])
})

test('metadata goes along with a row when it is wanted, and not with a window', () => {
  const meta = { path: '/s' }
  const push = (sql: string, sendMetaToSink: boolean) =>
    new SqlRun(sql, { sendMetaToSink }).push({ a: 1 }, 0, 's', meta).moveTo(10_000).emissions
  assert.deepEqual(push('SELECT a FROM s', true), [{ rows: [{ a: 1 }], meta }])
  assert.deepEqual(push('SELECT a FROM s', false), [{ rows: [{ a: 1 }] }])
  assert.deepEqual(push('SELECT a FROM s GROUP BY TUMBLINGWINDOW(ss, 10)', true), [{ rows: [{ a: 1 }] }])
})

test('hits count what was let through, windows and rows apart', () => {
  assert.deepEqual(
    runSql(
      'SELECT a, last_hit_count() AS n FROM s WHERE a > 1 AND last_hit_count() < 2',
      [1, 2, 3, 4].map(a => ({ a })),
    ),
    [
      { a: 2, n: 0n },
      { a: 3, n: 1n },
    ],
  )
  const run = new SqlRun(
    'SELECT last_agg_hit_count() AS n, last_agg_hit_time() AS t FROM s GROUP BY TUMBLINGWINDOW(ss, 10) HAVING count(*) > 0',
  )
  run.push({}).moveTo(20_000).push({}).moveTo(30_000)
  assert.deepEqual(run.rows, [
    { n: 0n, t: 0n },
    { n: 1n, t: 10_000n },
  ])
})

test('last_agg_hit_count() counts no window that LIMIT 0 keeps back', () => {
  const run = new SqlRun('SELECT a FROM s GROUP BY COUNTWINDOW(1) LIMIT 0')
  run.push({ a: 1 }).push({ a: 2 })
  const { hits } = run.pipeline.snapshot() as { hits: unknown }
  assert.deepEqual(hits, { count: 0, time: 0, aggregateCount: 0, aggregateTime: 0 })
})
