// Statements and rows beyond all measure: a clear error or a working rule, in a time that grows with the text.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowError, UserError } from '../../src/core/errors.ts'
import { parseJsonLossless, writeJson } from '../../src/core/json.ts'
import type { Values } from '../../src/core/value.ts'
import { checkCommonOptions, makeDelivery } from '../../src/sinks/delivery.ts'
import { SqlRun, type Streams, streamsOf } from '../support/rules.ts'

function list(count: number, item: (i: number) => string, between = ', '): string {
  return Array.from({ length: count }, (_, i) => item(i)).join(between)
}

const WIDE = streamsOf(`CREATE STREAM w (${list(10_000, i => `c${i} BIGINT`)}) WITH (TYPE="httppush")`)
const WINDOW = 'FROM s GROUP BY TUMBLINGWINDOW(ss, 10)'
const manyColumns = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`c${i}`, BigInt(i)]))

interface Case {
  readonly what: string
  readonly sql: string
  readonly row?: Values
  readonly streams?: Streams
  /** columns of the one row that comes out */
  readonly columns?: number
  readonly out?: Values
  /** what the error says instead */
  readonly refused?: RegExp
}

const CASES: readonly Case[] = [
  {
    what: '10,000 parentheses',
    sql: `SELECT ${'('.repeat(10_000)}a${')'.repeat(10_000)} FROM s`,
    refused: /200 levels/,
  },
  {
    what: '10,000 ANDs',
    sql: `SELECT a FROM s WHERE ${list(10_000, i => `a != ${i + 2}`, ' AND ')}`,
    refused: /500 operators tall/,
  },
  { what: '450 ANDs', sql: `SELECT a FROM s WHERE ${list(450, i => `a != ${i + 2}`, ' AND ')}`, columns: 1 },
  {
    what: '5,000 CASEs side by side',
    sql: `SELECT ${list(5000, i => `CASE a WHEN 1 THEN ${i} END AS x${i}`)} FROM s`,
    columns: 5000,
  },
  {
    what: '5,000 CASEs in one another',
    sql: `SELECT ${'CASE WHEN TRUE THEN '.repeat(5000)}a${' END'.repeat(5000)} FROM s`,
    refused: /200 levels/,
  },
  {
    what: '20,000 arms of a CASE',
    sql: `SELECT CASE a ${list(20_000, i => `WHEN ${i + 2} THEN ${i}`, ' ')} ELSE 7 END AS x FROM s`,
    out: { x: 7n },
  },
  {
    what: '20,000 arms with conditions',
    sql: `SELECT CASE ${list(20_000, i => `WHEN a = ${i + 2} THEN ${i}`, ' ')} ELSE 7 END AS x FROM s`,
    out: { x: 7n },
  },
  {
    what: '2,000 values of IN',
    sql: `SELECT a IN (${list(2000, i => String(2000 - i))}) AS x FROM s`,
    out: { x: true },
  },
  {
    what: '70,000 computed values of IN',
    sql: `SELECT a IN (a + 1, ${list(70_000, i => String(i + 2))}) AS x FROM s`,
    out: { x: false },
  },
  {
    what: '70,000 arguments',
    sql: `SELECT concat(${list(70_000, () => 'a')}) AS x FROM s`,
    refused: /at most 10000 arguments/,
  },
  {
    what: '10,000 arguments',
    sql: `SELECT length(concat(${list(10_000, () => 'a')})) AS x FROM s`,
    out: { x: 10_000n },
  },
  { what: 'a text of 1 MB', sql: `SELECT length("${'x'.repeat(2 ** 20)}") AS x FROM s`, out: { x: 2n ** 20n } },
  {
    what: '10,000 columns',
    sql: `SELECT ${list(10_000, i => `c${i}`)} FROM w`,
    row: manyColumns,
    streams: WIDE,
    columns: 10_000,
  },
  { what: 'a star of 10,000 columns', sql: 'SELECT * FROM w', row: manyColumns, streams: WIDE, columns: 10_000 },
  { what: '10,000 sums', sql: `SELECT ${list(10_000, i => `a + ${i} AS x${i}`)} FROM s`, columns: 10_000 },
  {
    what: '10,000 aggregates',
    sql: `SELECT ${list(10_000, i => `sum(a + ${i}) AS x${i}`)} ${WINDOW}`,
    columns: 10_000,
  },
  {
    what: '1,000 aliases in a chain',
    sql: `SELECT a AS a0, ${list(1000, i => `a${i} + 1 AS a${i + 1}`)} FROM s`,
    refused: /Too many aliases/,
  },
  {
    what: '400 aliases in a chain',
    sql: `SELECT a AS a0, ${list(400, i => `a${i} + 1 AS a${i + 1}`)} FROM s`,
    columns: 401,
  },
  {
    what: 'aliases that double',
    sql: `SELECT a AS a0, ${list(62, i => `a${i} + a${i} AS a${i + 1}`)} FROM s WHERE a62 > 0`,
    columns: 63,
  },
  {
    what: 'aliases of an aggregate that double',
    sql: `SELECT count(*) AS a0, ${list(62, i => `a${i} + a${i} AS a${i + 1}`)} ${WINDOW} HAVING a61 > 0 ORDER BY a61`,
    columns: 63,
  },
  { what: '10,000 faults', sql: `SELECT ${list(10_000, i => `nosuch(${i})`)} FROM s`, refused: /no function "nosuch"/ },
  {
    what: '10,000 unknown columns',
    sql: `SELECT ${list(10_000, i => `x${i}`)} FROM w`,
    streams: WIDE,
    refused: /no column "x0"/,
  },
]

/** A machine that is busy may take several times as long as one that is not; what is quadratic takes a hundred times. */
const LONGEST_MS = 5_000

for (const { what, sql, row = { a: 1 }, streams, columns, out, refused } of CASES) {
  test(`${what}: ${refused ? 'refused' : 'works'}, soon`, () => {
    const started = performance.now()
    if (refused) {
      assert.throws(
        () => new SqlRun(sql, streams && { streams }),
        (error: unknown) => error instanceof UserError && refused.test(error.what) && error.all().length <= 100,
      )
    } else {
      const run = new SqlRun(sql, streams && { streams }).push(row).moveTo(10_000)
      const [emitted] = run.rows
      assert.ok(typeof emitted === 'object', String(emitted))
      if (out) assert.deepEqual(emitted, out)
      if (columns) assert.equal(Object.keys(emitted).length, columns)
    }
    const took = performance.now() - started
    assert.ok(took < LONGEST_MS, `${took} ms`)
  })
}

test('patterns that a backtracking LIKE would never finish are decided at once', () => {
  const started = performance.now()
  const text = 'a'.repeat(50_000)
  for (const pattern of [
    '%a'.repeat(60) + '%b',
    '%a_'.repeat(60) + 'b',
    `%${'_'.repeat(300)}%b%`,
    '%'.repeat(5000) + 'b',
  ]) {
    const sql = `SELECT s LIKE "${pattern}" AS x, s LIKE p AS y FROM s`
    assert.deepEqual(new SqlRun(sql).push({ s: text, p: pattern }).rows, [{ x: false, y: false }])
  }
  assert.ok(performance.now() - started < LONGEST_MS)
})

test('patterns that a backtracking regular expression would never finish are decided in a time of the text', () => {
  const started = performance.now()
  const text = `${'a'.repeat(20_000)}!`
  for (const pattern of ['(a+)+$', '(a|a)*b', '(a*)*b', '(.*)(.*)(.*)(.*)x', '([a-z]+)*[0-9]']) {
    const sql = `SELECT regexp_matches(s, "${pattern}") AS x, regexp_matches(s, p) AS y, regexp_substr(s, p) AS z FROM s`
    assert.deepEqual(new SqlRun(sql).push({ s: text, p: pattern }).rows, [{ x: false, y: false, z: '' }], pattern)
  }
  assert.ok(performance.now() - started < LONGEST_MS)
})

/** Numbers at the end of what a double holds, and beyond. */
const NUMBERS = { big: 1e308, small: 5e-324, zero: -0, wide: 2 ** 63, long: 9223372036854775807n }

test('what no JSON can say leaves as null, and everything else as it is', () => {
  const sql = `SELECT big * 10 AS inf, 0 - big * 10 AS minus, big * 10 - big * 10 AS nan, small / 2 AS none, zero, 0 * zero AS z,
    long, long + 1 AS wrapped, big, array_create(big * 10, l) AS l, object_construct("x", big * 10 - big * 10) AS o, wide FROM s`
  const [out] = new SqlRun(sql).push({ ...NUMBERS, l: [Number.NaN] }).rows
  const text = writeJson(out as Values)
  assert.equal(
    text,
    '{"big":1e+308,"inf":null,"l":[null,[null]],"long":9223372036854775807,"minus":null,"nan":null,"none":0,"o":{"x":null},' +
      '"wide":9223372036854776000,"wrapped":-9223372036854775808,"z":0,"zero":0}',
  )
  assert.doesNotThrow(() => JSON.parse(text))
})

test('a sink of bytes gets valid JSON, or the error that there is none', () => {
  const deliver = makeDelivery(checkCommonOptions({ sendSingle: true }), { takes: 'bytes', property: () => undefined })
  const sql =
    'SELECT big * x AS a, array_create(zero, 0 - zero, small) AS b, object_construct("k", big * x) AS c FROM s'
  const run = new SqlRun(sql)
    .push({ ...NUMBERS, x: 1 })
    .push({ ...NUMBERS, x: 10 })
    .push({ ...NUMBERS, x: Number.NaN })
  const [good, ...bad] = run.emissions.flatMap(emission => deliver(emission))
  assert.ok(good && !(good instanceof Error))
  assert.deepEqual(JSON.parse(String(good.payload)), { a: 1e308, b: [0, 0, 5e-324], c: { k: 1e308 } })
  assert.deepEqual(
    bad.map(message => message instanceof RowError),
    [true, true],
  )
})

test('a row as deep as a document may be passes whole, in text, keys and comparisons', () => {
  const nested = `${'['.repeat(990)}${']'.repeat(990)}`
  const deep = parseJsonLossless(`{"a":${nested},"b":${nested}}`) as Values
  const sql = `SELECT *, a[0] AS c, concat(a, "") AS t, array_contains(array_create(a), b) AS same, to_json(a) AS j FROM s`
  const run = new SqlRun(sql).push(deep)
  const [out] = run.rows as Values[]
  assert.deepEqual(run.failures, [])
  assert.deepEqual([out!['same'], out!['j'], writeJson(out!['a'])], [true, nested, nested])
  const grouped = new SqlRun('SELECT count(*) AS c FROM s GROUP BY a, TUMBLINGWINDOW(ss, 10)').push(deep).push(deep)
  assert.deepEqual(grouped.moveTo(10_000).rows, [{ c: 2n }])
})

test('a value that a rule makes too deep to be written is an error of its row', () => {
  const deep = parseJsonLossless(`{"a":${'['.repeat(999)}${']'.repeat(999)}}`) as Values
  const run = new SqlRun('SELECT to_json(array_create(array_create(a))) AS j FROM s').push(deep).push({ a: 1 })
  assert.match(String(run.rows[0]), /nested deeper than 1000 levels/)
  assert.deepEqual(run.rows[1], { j: '[[1]]' })
  assert.equal(
    run.failures.every(f => f.error instanceof RowError),
    true,
  )
})
