// Integers of 64 bits from the text of a record to the text of a result: no digit is lost on any way between them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJsonLossless, writeJson } from '../../src/core/json.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { compileTemplate } from '../../src/sinks/template.ts'
import { runSql, SqlRun, streamsOf } from '../support/rules.ts'

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

const integer = fc.oneof(
  fc.bigInt({ min: MIN, max: MAX }),
  fc.constantFrom(0n, 1n, -1n, MIN, MAX, MIN + 1n, MAX - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 62n),
  // Neighbours that a double takes for one another.
  fc.bigInt({ min: 0n, max: 3n }).map(n => 2n ** 60n + n),
)

const STREAMS = streamsOf(
  'CREATE STREAM n (i BIGINT, j BIGINT, l ARRAY(BIGINT), o STRUCT(p BIGINT)) WITH (TYPE="httppush")',
)

const wrap = (value: bigint) => BigInt.asIntN(64, value)

/** As the listener reads it. */
function record(i: bigint, j: bigint): Values {
  return parseJsonLossless(`{"i":${i},"j":${j},"l":[${i},${j}],"o":{"p":${i}}}`) as Values
}

function one(sql: string, row: Values): Values {
  const [out] = runSql(sql, [row], { streams: STREAMS, sendNilField: true })
  assert.ok(typeof out === 'object', String(out))
  return out
}

test('arithmetic is that of 64 bits, and wraps', () => {
  fc.assert(
    fc.property(integer, integer, (i, j) => {
      const sql = `SELECT i + j AS a, i - j AS b, i * j AS c, i & j AS d, i | j AS e, i ^ j AS f, i + ${j} AS g, ${i} * j AS h,
        o->p - l[1] AS k, abs(i) AS m, 0 - i AS n FROM n`
      const wanted = {
        ...{
          a: wrap(i + j),
          b: wrap(i - j),
          c: wrap(i * j),
          d: i & j,
          e: i | j,
          f: i ^ j,
          g: wrap(i + j),
          h: wrap(i * j),
        },
        ...{ k: wrap(i - j), n: wrap(-i) },
      }
      const { m, ...rest } = one(sql, record(i, j))
      assert.deepEqual(rest, wanted)
      if (i !== MIN) assert.equal(m, i < 0n ? -i : i)
      if (j === 0n) return
      assert.deepEqual(one('SELECT i / j AS a, i % j AS b FROM n', record(i, j)), { a: wrap(i / j), b: i % j })
    }),
    { numRuns: 400 },
  )
})

test('comparisons see every digit', () => {
  fc.assert(
    fc.property(integer, integer, (i, j) => {
      const sql = `SELECT i = j AS a, i != j AS b, i < j AS c, i <= j AS d, i > ${j} AS e, i >= ${j} AS f, i IN (${j}) AS g,
        i IN (j, ${j}) AS h, i BETWEEN j AND ${j} AS k, CASE i WHEN ${j} THEN 1 ELSE 0 END AS m, j IN l AS n, array_contains(l, i) AS p FROM n`
      assert.deepEqual(one(sql, record(i, j)), {
        ...{ a: i === j, b: i !== j, c: i < j, d: i <= j, e: i > j, f: i >= j, g: i === j, h: i === j, k: i === j },
        ...{ m: i === j ? 1n : 0n, n: true, p: true },
      })
    }),
    { numRuns: 400 },
  )
})

test('text and results have every digit', () => {
  fc.assert(
    fc.property(integer, integer, (i, j) => {
      const row = record(i, j)
      const sql = `SELECT i, ${i} AS lit, concat(i, "") AS a, cast(i, "string") AS b, to_json(o) AS c, to_json(l) AS d,
        cast(cast(i, "string"), "bigint") AS e, o, l, l[0:1] AS f, coalesce(nothing, i) AS g, latest(i) AS h FROM n`.replace(
        'nothing',
        'o->zz',
      )
      const text = String(i)
      const out = one(sql, row)
      assert.deepEqual(out, {
        i,
        lit: i,
        a: text,
        b: text,
        c: `{"p":${i}}`,
        d: `[${i},${j}]`,
        e: i,
        o: { p: i },
        l: [i, j],
        f: [i],
        g: i,
        h: i,
      })
      assert.equal(writeJson({ i: out['i']!, l: out['l']!, o: out['o']! }), `{"i":${i},"l":[${i},${j}],"o":{"p":${i}}}`)
      assert.equal(compileTemplate('{{.i}} {{json .}}', { property: () => undefined })({ i }), `${i} {"i":${i}}`)
    }),
    { numRuns: 400 },
  )
})

test('a column without a schema is handed on with every digit', () => {
  fc.assert(
    fc.property(integer, i => {
      const row = parseJsonLossless(`{"deep":{"i":[${i}]},"i":${i}}`) as Values
      const [out] = runSql('SELECT *, i AS j, deep->i[0] AS k FROM s', [row])
      assert.equal(writeJson(out as Values), `{"deep":{"i":[${i}]},"i":${i},"j":${i},"k":${i}}`)
    }),
    { numRuns: 400 },
  )
})

test('aggregates, groups and order keep every digit', () => {
  fc.assert(
    fc.property(fc.uniqueArray(integer, { minLength: 2, maxLength: 6 }), list => {
      const rows = list.map(i => record(i, 1n))
      const run = (sql: string): readonly Values[] => {
        const made = new SqlRun(`${sql} TUMBLINGWINDOW(ss, 10)`, { streams: STREAMS })
        for (const row of rows) made.push(row)
        const [emitted] = made.moveTo(10_000).results
        assert.ok(Array.isArray(emitted), String(emitted))
        return emitted
      }
      const sorted = list.toSorted((a, b) => (a < b ? -1 : 1))
      assert.deepEqual(run('SELECT max(i) AS a, min(i) AS b, collect(i) AS c FROM n GROUP BY'), [
        { a: sorted.at(-1), b: sorted[0], c: list },
      ])
      assert.deepEqual(
        run('SELECT i, count(*) AS c FROM n GROUP BY i,'),
        list.map(i => ({ i, c: 1n })),
      )
      const hopping = new SqlRun('SELECT i FROM n GROUP BY HOPPINGWINDOW(ss, 10, 10) ORDER BY i', { streams: STREAMS })
      for (const row of rows) hopping.push(row)
      assert.deepEqual(
        hopping.moveTo(10_000).results[0],
        sorted.map((i): Record<string, Value> => ({ i })),
      )
      const sum = list.reduce((a, b) => a + b)
      if (sum === wrap(sum)) assert.deepEqual(run('SELECT sum(i) AS s FROM n GROUP BY'), [{ s: sum }])
    }),
    { numRuns: 200 },
  )
})
