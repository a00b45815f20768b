// Whole statements: what leaves a rule for what came in.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { writeJson } from '../../src/core/json.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { runSql, SqlRun, streamsOf } from '../support/rules.ts'

const TEN = 'TUMBLINGWINDOW(ss, 10)'

/** Rows pushed at once, then the ten seconds are over. */
function windowed(sql: string, rows: readonly Values[], options = {}): (readonly Values[] | string)[] {
  const run = new SqlRun(sql, options)
  for (const row of rows) run.push(row)
  return run.moveTo(10_000).results
}

const PROJECTIONS: readonly (readonly [what: string, sql: string, row: Values, out: Values, withNil?: Values])[] = [
  [
    'plain columns keep null and lose what is missing',
    'SELECT a, b, c FROM s',
    { a: null, b: 1 },
    { a: null, b: 1 },
    { a: null, b: 1, c: null },
  ],
  ['computed items lose null', 'SELECT a + 1 AS x, b AS y FROM s', { a: null, b: null }, {}, { x: null, y: null }],
  [
    'items without a name are numbered',
    'SELECT a + 1, o->p, abs(a) FROM s',
    { a: 1, o: { p: 2 } },
    { kuiper_field_0: 2, kuiper_field_1: 2, abs: 1 },
  ],
  ['a star takes all', 'SELECT * FROM s', { a: 1, b: null }, { a: 1, b: null }],
  ['computed items are laid over a star', 'SELECT a + 1 AS a, *, b FROM s', { a: 1, b: 2 }, { a: 2, b: 2 }],
  ['EXCEPT leaves out', 'SELECT * EXCEPT(a, zz) FROM s', { a: 1, b: 2 }, { b: 2 }],
  [
    'REPLACE computes anew, adds, and wins over EXCEPT',
    'SELECT * EXCEPT(a) REPLACE(b * 2 AS a, 7 AS c) FROM s',
    { a: 1, b: 2 },
    { a: 4, b: 2, c: 7n },
  ],
  ['a star of the stream', 'SELECT s.* EXCEPT(b) FROM s', { a: 1, b: 2 }, { a: 1 }],
  ['nothing visible', 'SELECT a AS b INVISIBLE FROM s', { a: 1 }, {}],
  ['unnest under the name of its own column', 'SELECT unnest(a) AS a, b FROM s', { a: [7], b: 1 }, { a: 7, b: 1 }],
  ['extract spreads an object', 'SELECT a, extract(o) FROM s', { a: 1, o: { p: 2, a: 3 } }, { a: 3, p: 2 }],
]

for (const [what, sql, row, out, withNil] of PROJECTIONS) {
  test(`projection: ${what}`, () => {
    assert.deepEqual(runSql(sql, [row]), [out])
    assert.deepEqual(runSql(sql, [row], { sendNilField: true }), [withNil ?? out])
  })
}

test('a column called __proto__ is selected, computed, starred, left out and replaced like any other', () => {
  const row = JSON.parse('{"__proto__": {"x": 1}, "a": 2}') as Values
  const json = (sql: string) => runSql(sql, [row]).map(out => writeJson(out as Values))
  assert.deepEqual(json('SELECT `__proto__`, a FROM s'), ['{"__proto__":{"x":1},"a":2}'])
  assert.deepEqual(json('SELECT `__proto__`, b FROM s'), ['{"__proto__":{"x":1}}'])
  assert.deepEqual(json('SELECT *, a + 1 AS c FROM s'), ['{"__proto__":{"x":1},"a":2,"c":3}'])
  assert.deepEqual(json('SELECT *, a AS `__proto__` FROM s'), ['{"__proto__":2,"a":2}'])
  assert.deepEqual(json('SELECT * EXCEPT(`__proto__`) FROM s'), ['{"a":2}'])
  assert.deepEqual(
    json('SELECT * REPLACE(5 AS `__proto__`) FROM s').map(t => t.length > 0),
    [true],
  )
})

test('output rows have one shape while all values are there, in the order of the select list', () => {
  const [a, b] = runSql('SELECT b, a + 1 AS x FROM s', [
    { a: 1, b: 2 },
    { b: 3, a: 4 },
  ])
  assert.deepEqual(Object.keys(a as Values), ['b', 'x'])
  assert.deepEqual(Object.keys(b as Values), ['b', 'x'])
})

test('an alias is drawn once: rand() in it is one number wherever it is used', () => {
  const sql = `SELECT rand() AS r, r AS q, r + 0 AS p, CASE WHEN r < 0.5 THEN 1 END AS half,
    isnull(half) AS no, isnull(half) AS nay FROM s WHERE r >= 0`
  for (const out of runSql(sql, Array(50).fill({}))) {
    const { r, q, p, no, nay, half } = out as Record<string, Value>
    assert.deepEqual([q, p], [r, r])
    assert.deepEqual([no, nay], [half === undefined, half === undefined])
  }
  for (const out of runSql('SELECT count(*) + rand() AS r, r AS q, r + 0 AS p FROM s', Array(10).fill({}))) {
    const { r, q, p } = out as Record<string, Value>
    assert.deepEqual([q, p], [r, r])
  }
})

test('integers of 64 bits pass through arithmetic and out again, wrapping at the end', () => {
  const rows = [{ i: 9007199254740993n }, { i: 9223372036854775807n }]
  const sql = 'SELECT i, i + 1 AS n, i * 2 AS d, i / 2 AS h, 0 - i AS m, i % 10 AS r, i = 9007199254740993 AS e FROM n'
  assert.deepEqual(
    runSql(sql, rows).map(out => writeJson(out as Values)),
    [
      '{"d":18014398509481986,"e":true,"h":4503599627370496,"i":9007199254740993,"m":-9007199254740993,"n":9007199254740994,"r":3}',
      '{"d":-2,"e":false,"h":4611686018427387903,"i":9223372036854775807,"m":-9223372036854775807,"n":-9223372036854775808,"r":7}',
    ],
  )
  assert.deepEqual(
    windowed(`SELECT sum(i) AS s, max(i) AS m, avg(i) AS a, collect(i) AS c FROM n GROUP BY ${TEN}`, [
      { i: 9007199254740993n },
    ]),
    [[{ s: 9007199254740993n, m: 9007199254740993n, a: 9007199254740993n, c: [9007199254740993n] }]],
  )
})

test('division is of integers or floats by the kind of its operands, not by their value', () => {
  assert.deepEqual(
    runSql('SELECT i / 2 AS a, f / 2 AS b, i / 2.0 AS c, -7 / 2 AS d, -7 % 2 AS e FROM n', [{ i: 7n, f: 7 }]),
    [{ a: 3n, b: 3.5, c: 3.5, d: -3n, e: -1n }],
  )
})

const GROUPS: readonly (readonly [what: string, keys: string, rows: readonly Values[], counts: readonly bigint[]])[] = [
  ['1 and "1" apart', 'k', [{ k: 1 }, { k: '1' }, { k: 1 }], [2n, 1n]],
  ['1 and 1.0 together', 'k', [{ k: 1 }, { k: 1n }], [2n]],
  ['large integers by all of their digits', 'k', [{ k: 2n ** 60n }, { k: 2 ** 60 }, { k: 2n ** 60n + 1n }], [2n, 1n]],
  [
    '("ab", "c") and ("a", "bc") apart',
    'k, l',
    [
      { k: 'ab', l: 'c' },
      { k: 'a', l: 'bc' },
    ],
    [1n, 1n],
  ],
  ['null and missing together, "" and "null" apart', 'k', [{ k: null }, {}, { k: '' }, { k: 'null' }], [2n, 1n, 1n]],
  ['true and "true" apart', 'k', [{ k: true }, { k: 'true' }], [1n, 1n]],
  [
    'texts that look like the keys of other kinds apart from these',
    'k',
    [{ k: '\0n1' }, { k: 1 }, { k: '\0_' }, { k: null }, { k: '\0t' }, { k: true }],
    [1n, 1n, 1n, 1n, 1n, 1n],
  ],
  ['objects by what is in them', 'k', [{ k: { a: 1, b: 2 } }, { k: { b: 2, a: 1 } }, { k: { a: 1 } }], [2n, 1n]],
  [
    'by a computed alias',
    'm',
    [
      { k: 1, a: 1 },
      { k: 2, a: 3 },
      { k: 3, a: 2 },
    ],
    [2n, 1n],
  ],
]

for (const [what, keys, rows, counts] of GROUPS) {
  for (const [how, window] of [
    ['folded', TEN],
    ['kept', 'HOPPINGWINDOW(ss, 10, 10)'],
  ] as const) {
    test(`groups (rows ${how}): ${what}`, () => {
      const sql = `SELECT count(*) AS c, a % 2 = 1 AS m INVISIBLE FROM s GROUP BY ${keys}, ${window}`
      assert.deepEqual(windowed(sql, rows), [counts.map(c => ({ c }))])
    })
  }
}

const FOLDABLE = ['count(*)', 'count(x)', 'sum(x)', 'avg(x)', 'min(x)', 'max(x)', 'collect(x)', 'last_value(x, true)']

test('a window that folds its rows sends what one that keeps them sends', () => {
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -5, max: 5 }) },
    { weight: 3, arbitrary: fc.bigInt({ min: -5n, max: 5n }) },
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('a', true) },
  )
  const row = fc.record({ k: fc.constantFrom('a', 'b', 1, 1n, null), x: value, y: value }, { requiredKeys: ['y'] })
  const aggregate = fc
    .tuple(fc.constantFrom(...FOLDABLE), fc.constantFrom('', ' FILTER (WHERE k = "a")'))
    .map(parts => parts.join(''))
  const rest = fc.constantFrom('', ' HAVING count(*) > 1', ' ORDER BY k', ' ORDER BY y DESC LIMIT 1', ' LIMIT 1')
  const step = fc.tuple(row, fc.integer({ min: 0, max: 4000 }))
  const keys = fc.constantFrom('', 'k, ', 'k, y, ')
  fc.assert(
    fc.property(
      fc.array(aggregate, { minLength: 1, maxLength: 3 }),
      keys,
      rest,
      fc.array(step, { maxLength: 20 }),
      (aggregates, group, tail, steps) => {
        const items = aggregates.map((a, i) => `${a} AS r${i}`).join(', ')
        const results = [TEN, 'HOPPINGWINDOW(ss, 10, 10)'].map(window => {
          const run = new SqlRun(`SELECT ${items}, y, window_end() AS e FROM s GROUP BY ${group}${window}${tail}`)
          let at = 0
          for (const [values, pause] of steps) run.push(values as Values, (at += pause))
          // Which step of a window fails first is not promised, only that it does.
          return run.moveTo(at + 20_000).results.map(r => (typeof r === 'string' ? 'error' : r))
        })
        assert.deepEqual(results[0], results[1])
      },
    ),
    { numRuns: 400 },
  )
})

test('one bad row discards itself, the rule goes on', () => {
  assert.deepEqual(runSql('SELECT a + 1 AS b FROM s', [{ a: 1 }, { a: 'x' }, { a: 2 }]), [
    { b: 2 },
    'run Select error: alias: b expr: a + 1 meet error, err:invalid operation string(x) + bigint(1)',
    { b: 3 },
  ])
})

for (const window of [TEN, 'HOPPINGWINDOW(ss, 10, 10)']) {
  test(`one bad row discards its window and no other (${window})`, () => {
    const run = new SqlRun(`SELECT sum(a) AS b FROM s GROUP BY ${window}`)
    run.push({ a: 1 }).push({ a: 'x' }).push({ a: 2 }).moveTo(10_000)
    run.push({ a: 5 }).moveTo(20_000)
    assert.equal(run.results.length, 2)
    assert.match(String(run.results[0]), /^run Select error: call func sum error: .*string\(x\)/)
    assert.deepEqual(run.results[1], [{ b: 5 }])
    assert.equal(run.failures.length, 1)
  })
}

test('a row that WHERE fails on before the window costs only itself', () => {
  const sql = `SELECT count(*) AS c FROM s WHERE a > 1 GROUP BY ${TEN}`
  assert.deepEqual(windowed(sql, [{ a: 2 }, { a: 'x' }, { a: 3 }]), [
    'run Where error: invalid operation string(x) > bigint(1)',
    [{ c: 2n }],
  ])
})

const CLAUSE_ERRORS: readonly (readonly [sql: string, error: RegExp])[] = [
  ['SELECT a FROM s WHERE a > 1', /^run Where error: /],
  ['SELECT a FROM s WHERE count(*) + a > 1', /^run Where error: /],
  ['SELECT a FROM s WHERE a > 1 GROUP BY COUNTWINDOW(1)', /^run Where error: /],
  ['SELECT a FROM s GROUP BY COUNTWINDOW(1) HAVING sin(max(a)) > 1', /^run Having error: call func sin error: /],
  ['SELECT a FROM s GROUP BY COUNTWINDOW(1) HAVING last_value(b, true)', /^run Having error: .* null$/],
  ['SELECT a FROM s GROUP BY COUNTWINDOW(1) ORDER BY abs(a)', /^run Order By error: /],
  ['SELECT a FROM s GROUP BY COUNTWINDOW(1) FILTER (WHERE a > 1)', /^run Filter error: /],
  ['SELECT abs(a) FROM s', /^run Select error: expr: abs\(a\) meet error, err:call func abs error: /],
  ['SELECT 1 + 1, a AS c, a + 1 AS b, a + 2 FROM s', /^run Select error: alias: b expr: a \+ 1 meet error, err:/],
  ['SELECT *, a + 1 AS b INVISIBLE FROM s', /^run Select error: alias: b expr: a \+ 1 meet error, err:/],
  ['SELECT count(*) FROM s GROUP BY COUNTWINDOW(1) HAVING sum(a) > 1', /^run Having error: call func sum error: /],
  ['SELECT sum(a * 2) FROM s GROUP BY COUNTWINDOW(1)', /^run Select error: invalid operation/],
  ['SELECT unnest(b) FROM s', /^run Select error: unnest needs an array/],
]

for (const [sql, error] of CLAUSE_ERRORS) {
  test(`sendError says which clause failed: ${sql}`, () => {
    const [got] = runSql(sql, [{ a: 'x' }])
    assert.match(String(got), error)
    assert.deepEqual(runSql(sql, [{ a: 'x' }], { sendError: false }), [])
  })
}

test('rows that do not fit the schema are discarded message by message, and told apart from the rest', () => {
  const run = new SqlRun('SELECT i FROM n')
  run.push([{ i: 1n }, { i: 'x' }, { i: 2n }]).push({ i: 3n })
  assert.deepEqual(run.results, ['i has wrong type:string, expect:bigint', [{ i: 3n }]])
  assert.deepEqual(
    run.failures.map(f => f.stage),
    ['source_n'],
  )
})

const EMPTY: readonly (readonly [what: string, sql: string, results: readonly unknown[]])[] = [
  ['of plain columns is an empty list', 'SELECT a FROM s GROUP BY W', [[]]],
  ['of a star is an empty list', 'SELECT * FROM s GROUP BY W', [[]]],
  ['of aggregates is one row without values', 'SELECT count(*) AS c, max(a) AS m FROM s GROUP BY W', [[{}]]],
  ['of collect is an empty array', 'SELECT collect(a) AS c FROM s GROUP BY W', [[{ c: [] }]]],
  ['of groups is nothing', 'SELECT count(*) AS c FROM s GROUP BY k, W', []],
  ['with HAVING is nothing', 'SELECT count(*) AS c FROM s GROUP BY W HAVING count(*) > 0', []],
  [
    'knows its bounds',
    'SELECT count(*) AS c, window_start() AS s, window_end() AS e FROM s GROUP BY W',
    [[{ s: 0n, e: 10_000n }]],
  ],
]

for (const [what, sql, results] of EMPTY) {
  for (const window of [TEN, 'HOPPINGWINDOW(ss, 10, 10)']) {
    test(`an empty ${window} ${what}`, () => {
      assert.deepEqual(windowed(sql.replace('W', window), []), results)
    })
  }
}

test('windows that came due while nobody looked are closed one by one, with their own bounds', () => {
  const sql = `SELECT count(*) AS c, window_start() AS s, window_end() AS e FROM s GROUP BY ${TEN}`
  const run = new SqlRun(sql).push({ a: 1 }, 3000).push({ a: 2 }, 34_000)
  assert.deepEqual(run.moveTo(40_000).results, [
    [{ c: 1n, s: 0n, e: 10_000n }],
    [{ s: 10_000n, e: 20_000n }],
    [{ s: 20_000n, e: 30_000n }],
    [{ c: 1n, s: 30_000n, e: 40_000n }],
  ])
})

const JOIN = 'SELECT * FROM s INNER JOIN t ON s.k = t.k'

function joined(sql: string, left: readonly Values[], right: readonly Values[]): unknown[] {
  const run = new SqlRun(`${sql} GROUP BY ${TEN}`)
  for (const row of left) run.push(row, 0, 's')
  for (const row of right) run.push(row, 0, 't')
  return run.moveTo(10_000).results
}

test('a star over a join prefers the left stream, in a right join the right one', () => {
  const left = [{ k: 1, a: 1, x: 'left' }]
  const right = [
    { k: 1, b: 2, x: 'right' },
    { k: 2, b: 3 },
  ]
  assert.deepEqual(joined(JOIN, left, right), [[{ k: 1, a: 1, b: 2, x: 'left' }]])
  assert.deepEqual(joined(JOIN.replace('INNER', 'RIGHT'), left, right), [
    [
      { k: 1, a: 1, b: 2, x: 'right' },
      { k: 2, b: 3 },
    ],
  ])
  assert.deepEqual(joined(JOIN.replace('*', 't.* EXCEPT(x)'), left, right), [[{ k: 1, b: 2 }]])
  assert.deepEqual(joined(JOIN.replace('*', '* EXCEPT(x) REPLACE(a + b AS k)'), left, right), [[{ k: 3, a: 1, b: 2 }]])
})

test('a join finds equal numbers of both kinds, also beyond 2^53', () => {
  const big = 2n ** 60n
  assert.deepEqual(joined(JOIN.replace('*', 's.k AS k'), [{ k: 1n }, { k: big }], [{ k: 1 }, { k: 2 ** 60 }]), [
    [{ k: 1n }, { k: big }],
  ])
})

test('conditions on single streams filter before the join, in an outer join after it', () => {
  const left = [
    { k: 1, a: 1 },
    { k: 2, a: 5 },
  ]
  const right = [
    { k: 1, b: 1 },
    { k: 2, b: 5 },
  ]
  const sql = 'SELECT a, b FROM s INNER JOIN t ON s.k = t.k WHERE s.a > 1 AND t.b > 1 AND s.a = t.b'
  assert.deepEqual(joined(sql, left, right), [[{ a: 5, b: 5 }]])
  assert.deepEqual(joined('SELECT a, b FROM s LEFT JOIN t ON s.k = t.k WHERE t.b > 1', left, right), [[{ a: 5, b: 5 }]])
})

test("a window's FILTER over two streams asks each stream's rows what they can answer", () => {
  const run = new SqlRun(
    `SELECT a, b FROM s INNER JOIN t ON s.k = t.k GROUP BY ${TEN} FILTER (WHERE s.a > 1 AND t.b > 1)`,
  )
  for (const a of [1, 5]) run.push({ k: a, a }, 0, 's').push({ k: a, b: a }, 0, 't')
  assert.deepEqual(run.moveTo(10_000).results, [[{ a: 5, b: 5 }]])
})

test('a table is joined row by row and never causes output', () => {
  const streams = streamsOf(
    'CREATE STREAM s () WITH (TYPE="httppush")',
    'CREATE TABLE p () WITH (TYPE="memory", DATASOURCE="p", RETAIN_SIZE="10")',
  )
  const run = new SqlRun('SELECT s.k AS k, price FROM s LEFT JOIN p ON s.k = p.k', { streams })
  run.push({ k: 1, price: 7 }, 0, 'p').push({ k: 1 }, 1, 's').push({ k: 2 }, 2, 's').push({ k: 2, price: 9 }, 3, 'p')
  assert.deepEqual(run.results, [[{ k: 1, price: 7 }], [{ k: 2 }]])
})

test('an alias that came to null is null wherever it stands, and is not worked out again', () => {
  const sql = 'SELECT CASE WHEN rand() < 0.5 THEN 1 END AS c, isnull(c) AS first, isnull(c) AS second FROM s'
  const rows = runSql(
    sql,
    Array.from({ length: 100 }, () => ({})),
  )
  for (const row of rows)
    assert.ok(typeof row === 'object' && row['first'] === row['second'] && row['first'] === !('c' in row))
})

test('LIMIT cuts each emission, LIMIT 0 sends nothing', () => {
  const rows = [{ a: 1 }, { a: 2 }, { a: 3 }]
  assert.deepEqual(windowed(`SELECT a FROM s GROUP BY ${TEN} ORDER BY a DESC LIMIT 2`, rows), [[{ a: 3 }, { a: 2 }]])
  assert.deepEqual(windowed(`SELECT a FROM s GROUP BY ${TEN} LIMIT 0`, rows), [])
  assert.deepEqual(runSql('SELECT unnest(a) AS x FROM s LIMIT 1', [{ a: [1, 2] }, { a: [3] }]), [{ x: 1 }, { x: 3 }])
})

test('event time is read from the column, out of range or missing it discards the row only', () => {
  const run = new SqlRun(`SELECT count(*) AS c, window_end() AS e FROM s GROUP BY ${TEN}`, {
    isEventTime: true,
    lateToleranceMs: 0,
  })
  run.push([{ ts: 1000 }, { ts: 2000 }])
  run.push({ ts: Infinity }).push({ ts: 1e300 }).push({}).push({ ts: 'no time' })
  run.push({ ts: 12_000 })
  assert.deepEqual(
    run.results.filter(r => typeof r !== 'string'),
    [[{ c: 2n, e: 10_000n }]],
  )
  assert.equal(run.failures.length, 4)
  assert.deepEqual(new Set(run.failures.map(f => `${f.error.name} ${f.stage}`)), new Set(['RowError source_s']))
})

test('last_hit_count() and changed_cols() go on after a restart', () => {
  const sql = 'SELECT last_hit_count() AS n, changed_cols("c_", true, a) FROM s'
  const before = new SqlRun(sql).push({ a: 1 }).push({ a: 1 })
  const after = new SqlRun(sql)
  after.pipeline.restore(structuredClone(before.pipeline.snapshot()))
  after.push({ a: 1 }).push({ a: 2 })
  assert.deepEqual([...before.rows, ...after.rows], [{ n: 0n, c_a: 1 }, { n: 1n }, { n: 2n }, { n: 3n, c_a: 2 }])
})

test('an aggregate of WHERE is of the whole window, and others see only the rows that WHERE lets through', () => {
  const sql = `SELECT sum(a) AS total FROM s WHERE b = 1 AND count(*) > 1 GROUP BY ${TEN}`
  const rows = [
    { a: 1, b: 1 },
    { a: 'no number', b: 2 },
    { a: 3, b: 1 },
  ]
  assert.deepEqual(windowed(sql, rows), [[{ total: 4 }]])
  const single = new SqlRun('SELECT sum(a) AS total FROM s WHERE b = 1 AND count(*) = 1')
  for (const row of rows) single.push(row)
  assert.deepEqual([single.rows, single.failures], [[{ total: 1 }, { total: 3 }], []])
})
