// Whole statements, damaged: each is refused with a place in its text, or it runs and its faults are faults of rows.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { RowError, UserError } from '../../src/core/errors.ts'
import type { Values } from '../../src/core/value.ts'
import { functionNames } from '../../src/functions/registry.ts'
import { DDL_OPTIONS } from '../../src/sql/ast.ts'
import { RESERVED_WORDS } from '../../src/sql/words.ts'
import { SqlRun, streamsOf } from '../support/rules.ts'

const TEN = 'TUMBLINGWINDOW(ss, 10)'

/** One of each thing that a statement can hold, over streams that exist. */
const STATEMENTS = [
  `SELECT a, s.b, o->p->q, l[0], l[-1:], l[:2], -1.5 AS x, "t\\n" AS y FROM s WHERE a > 1 AND b LIKE "a%_" OR c IN (1, 2.5)`,
  'SELECT *, a + 1 AS x, x * 2 AS y INVISIBLE FROM s WHERE y BETWEEN 2 AND (3 + x)',
  'SELECT s.* EXCEPT(a, b) REPLACE(a / 2 AS a), CASE a WHEN 1 THEN "one" ELSE "more" END AS w FROM s',
  'SELECT lag(a, 1, 0) OVER (PARTITION BY b WHEN a > 1) AS p, had_changed(true, a, *) AS h, latest(a) AS l FROM s',
  'SELECT acc_sum(a, a > 1, a > 5) AS x, changed_cols("c_", true, a, b), row_number() AS n FROM s',
  'SELECT unnest(l) AS e, a FROM s LIMIT 2',
  `SELECT count(*) AS c, sum(a) FILTER (WHERE b = 1) AS f, avg(a) / 2, collect(*)[0]->a AS first FROM s GROUP BY b, ${TEN} HAVING count(*) > 1 ORDER BY c DESC LIMIT 3`,
  `SELECT *, row_number() OVER (PARTITION BY s.a ORDER BY s.b DESC) AS n FROM s LEFT JOIN t ON s.a = t.a AND t.b > 1 GROUP BY ${TEN}`,
  `SELECT s.a, t.b, u.i FROM s AS u INNER JOIN t ON u.a = t.a FULL JOIN n ON n.i = t.b GROUP BY HOPPINGWINDOW(ss, 10, 5)`,
  'SELECT max(a) AS m FROM s GROUP BY SLIDINGWINDOW(ss, 10, 2) OVER (WHEN a > 5)',
  'SELECT min(a), window_start(), event_time() FROM s GROUP BY SESSIONWINDOW(mi, 1, 5)',
  'SELECT merge_agg(*) AS m FROM s GROUP BY COUNTWINDOW(3, 2) FILTER (WHERE a > 0)',
  'SELECT last_value(a, true) AS v FROM s GROUP BY STATEWINDOW(a > 1, a > 5) OVER (PARTITION BY b)',
  'SELECT n.i, k.v, meta(topic), rule_id() FROM n INNER JOIN k ON n.i = k.id WHERE k.v > 0',
  'SELECT i, f, t, b, `__proto__` FROM n WHERE i != 0 AND (f < 1.5) = b',
  'SELECT cast(a, "bigint") AS x, regexp_matches(b, "a+") AS r, json_path_query(o, "$.p") AS j, format_time(a, "YYYY") FROM s',
]
const goldens = new URL('../golden/parse/', import.meta.url)
const PARSED = readdirSync(goldens)
  .filter(name => name.endsWith('.sql'))
  .flatMap(name => readFileSync(new URL(name, goldens), 'utf8').trimEnd().split('\n'))
  .filter(line => line.startsWith('SELECT'))

const STREAMS = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush")',
  'CREATE STREAM t () WITH (TYPE="httppush")',
  'CREATE STREAM demo () WITH (TYPE="httppush")',
  'CREATE STREAM n (i BIGINT, f FLOAT, t STRING, b BOOLEAN, `__proto__` BIGINT) WITH (TYPE="httppush")',
  'CREATE TABLE k (id BIGINT, v FLOAT) WITH (TYPE="memory", DATASOURCE="x")',
)

const ROWS: readonly Values[] = [
  { a: 1, b: 'x', c: 2.5, o: { p: { q: 1 } }, l: [1, { a: 2 }], i: 1n, f: 1.5, t: 'x', id: 1n, v: 1 },
  { a: 7, b: 1, c: null, l: [], o: {}, i: 5n, f: 0.5, b2: true },
  { a: 'text', b: [1], o: 1, l: 'x' },
  {},
]

const CREATES = [
  'CREATE STREAM s (a BIGINT, b FLOAT DEFAULT 1.5, c STRING DEFAULT "x", o STRUCT(p STRUCT(q BIGINT)), l ARRAY(STRUCT(a FLOAT))) WITH (TYPE="httppush", DATASOURCE="/a/{id}", FORMAT="json", STRICT_VALIDATION="TRUE", TIMESTAMP="a", TIMESTAMP_FORMAT="yyyy-MM-dd")',
  'CREATE STREAM `s` (`a` DATETIME, b BYTEA, t BOOLEAN DEFAULT FALSE) WITH (TYPE="memory", DATASOURCE="x/y", SHARED="TRUE", KEY="a")',
  'CREATE TABLE s (a BIGINT, v FLOAT) WITH (TYPE="memory", DATASOURCE="x", RETAIN_SIZE="5", KIND="scan", EXTRA="{}")',
  'CREATE STREAM s () WITH (TYPE="httppush", CONF_KEY="default", VERSION="1", TEMP="FALSE")',
]

const SPLIT = /`[^`]*`|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[A-Za-z_]\w*|\d+(?:\.\d+)?|->|[<>!]=|\S/g
const tokensOf = (list: readonly string[]) => list.map(sql => sql.match(SPLIT) as readonly string[])
const TOKENS = tokensOf([...STATEMENTS, ...PARSED])
const CREATE_TOKENS = tokensOf(CREATES)
const WORDS = [
  ...RESERVED_WORDS,
  ...functionNames(),
  ...'( ) [ ] , . ; : * + - / % & | ^ = != < <= > >= -> # ! `x` `` "" "x" \'y\' 0 1 -1 1.5 99999999999999999999 a b s t n k'.split(
    ' ',
  ),
  ...TOKENS.flat(),
  ...CREATE_TOKENS.flat(),
  ...DDL_OPTIONS,
  '/*',
  '--',
  '\\',
  '`',
  '"',
]

const EDITS = ['delete', 'swap', 'double', 'insert', 'replace', 'kin', 'kin', 'kin'] as const

/** Operators, names that are keywords, other names, numbers, texts: whatever may stand where another of its kind does. */
function kindOf(token: string): string {
  if (/^[-+*/%&|^=<>]|^!=/.test(token)) return 'operator'
  if (RESERVED_WORDS.some(word => word === token.toUpperCase())) return 'keyword'
  return /^[A-Za-z`]/.test(token) ? 'name' : /^[0-9]/.test(token) ? 'number' : token[0]!
}
const KIN = Map.groupBy(WORDS, kindOf)

const edit = fc.record({
  kind: fc.constantFrom(...EDITS),
  at: fc.nat(1000),
  other: fc.nat(1000),
  word: fc.constantFrom(...WORDS),
})

function kinOf(token: string, choice: number): string {
  const kin = KIN.get(kindOf(token)) ?? [token]
  return kin[choice % kin.length]!
}

/** The tokens of a statement after some have been deleted, swapped, doubled, inserted or replaced. */
function damaged(statements: readonly (readonly string[])[]): Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...statements), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([tokens, edits]) => {
      const list = [...tokens]
      for (const { kind, at, other, word } of edits) {
        const i = at % (list.length + 1)
        const j = other % (list.length + 1)
        if (kind === 'delete') list.splice(i, 1 + (other % 3))
        else if (kind === 'double') list.splice(i, 0, ...list.slice(i, j))
        else if (kind === 'insert') list.splice(i, 0, word)
        else if (kind === 'replace') list.splice(i, 1, word)
        else if (kind === 'kin') list.splice(i, 1, ...(list[i] ? [kinOf(list[i], other)] : []))
        else if (i < list.length && j < list.length) [list[i], list[j]] = [list[j]!, list[i]!]
      }
      return list.join(' ')
    })
}

let ran = 0

/** @returns what is made of a text; fails when the text is refused in any way but the proper one */
function run<T>(sql: string, make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    assert.ok(error instanceof UserError, `${sql}\n${error instanceof Error ? error.stack : String(error)}`)
    for (const { location } of error.all()) assert.ok(location && location.line >= 1 && location.column >= 1, sql)
    return undefined
  }
}

function check(sql: string): void {
  const started = performance.now()
  const made = run(sql, () => new SqlRun(sql, { streams: STREAMS }))
  if (made) {
    ran++
    const { sources } = made.pipeline.status()
    for (const row of ROWS) for (const { name } of sources) made.push(row, undefined, name.slice('source_'.length))
    made.moveTo(20_000)
    for (const { error } of made.failures) assert.ok(error instanceof RowError, `${sql}\n${error.stack}`)
  }
  const took = performance.now() - started
  assert.ok(took < 2000, `${took} ms: ${sql}`)
}

test('the statements that are damaged run as they are', () => {
  for (const sql of STATEMENTS) assert.doesNotThrow(() => new SqlRun(sql, { streams: STREAMS }), sql)
})

test('50,000 damaged statements are refused with a place, or run', () => {
  ran = 0
  fc.assert(fc.property(damaged(TOKENS), check), { numRuns: 50_000 })
  assert.ok(ran > 5_000, `only ${ran} ran`)
})

test('10,000 damaged definitions are refused with a place, or their streams decode', () => {
  ran = 0
  fc.assert(
    fc.property(damaged(CREATE_TOKENS), ddl => {
      const streams = run(ddl, () => streamsOf(ddl))
      const [stream] = streams?.values() ?? []
      if (!streams || stream?.kind !== 'stream') return
      ran++
      const made = new SqlRun(`SELECT * FROM \`${stream.name}\``, { streams })
      for (const row of [...ROWS, { a: 1n, b: 'eA==', c: 'x', o: { p: { q: 1n } }, l: [{ a: 1 }], t: true }])
        made.push(row)
      for (const { error } of made.failures) assert.ok(error instanceof RowError, `${ddl}\n${error.stack}`)
    }),
    { numRuns: 10_000 },
  )
  assert.ok(ran > 500, `only ${ran} decoded`)
})
