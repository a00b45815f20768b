// What an author writes is a name or a value wherever it goes. Each place is given texts that would run if they were
// pasted into code, and that would reach a prototype if they were used as plain keys.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, beforeEach, test } from 'node:test'
import { Generator } from '../../src/compiler/generator.ts'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { parseDuration } from '../../src/core/duration.ts'
import { RowError, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { makeRow } from '../../src/core/row.ts'
import { setOwn, type Value, type Values } from '../../src/core/value.ts'
import { checkCommonOptions, makeDelivery } from '../../src/sinks/delivery.ts'
import { compileTemplate } from '../../src/sinks/template.ts'
import { quoteString } from '../../src/sql/string-literal.ts'
import { runSql, SqlRun, STREAMS, streamsOf } from '../support/rules.ts'

const CALL = 'globalThis.canary()'

/** Each closes something that code may have open where it stands, then calls. A name cannot hold a back-tick. */
const NAMES = [
  `"]; ${CALL}; ["`,
  `"; ${CALL}; "`,
  `'; ${CALL}; '`,
  `\\"; ${CALL}; //`,
  `\\`,
  `a" || ${CALL} || "`,
  `": ${CALL}, "x`,
  `x: ${CALL}, y`,
  `get x() { ${CALL} }`,
  `["x"]: ${CALL}`,
  `...${CALL}`,
  `}; ${CALL}; {`,
  `}) => {}; ${CALL}; (() => {`,
  `*/ ${CALL}; /*`,
  `// \n ${CALL} //`,
  `\n${CALL}\n`,
  `\r${CALL}`,
  `\u2028${CALL}\u2029`,
  `\${${CALL}}`,
  `</script><script>${CALL}</script>`,
  `constructor.constructor("${CALL}")()`,
  `\\u0022]; ${CALL}; [\\u0022`,
  `\\x22]; ${CALL}; [\\x22`,
  `\0${CALL}`,
  `\ud800"; ${CALL}`,
  CALL,
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupGetter__',
  'row',
  'row.values',
  'group',
  'X',
  'K[0]',
  't0',
  'at',
  'error',
  'arguments',
  'undefined',
  'NaN',
  '0',
  '',
  ' ',
]
const TEXTS = [...NAMES, `\`; ${CALL}; \``, `\`\${${CALL}}\``, '{{' + CALL + '}}', '%"; ' + CALL + '; "_']

let calls = 0
const before = Object.getOwnPropertyNames(Object.prototype).sort()
beforeEach(() => {
  calls = 0
  Object.defineProperty(globalThis, 'canary', { configurable: true, value: () => ++calls })
})
after(() => {
  delete (globalThis as { canary?: unknown }).canary
})

/** Nothing ran, and nothing is where every object would find it. */
function assertUntouched(text: string): void {
  assert.equal(calls, 0, `ran: ${JSON.stringify(text)}`)
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), before, JSON.stringify(text))
  assert.equal(Object.getPrototypeOf({}), Object.prototype)
}

function each(texts: readonly string[], check: (text: string) => void): void {
  for (const text of texts) {
    check(text)
    assertUntouched(text)
  }
}

/** Data by any name, on an object of the usual prototype. */
function record(...entries: (readonly [name: string, value: Value])[]): Values {
  const made: Record<string, Value> = {}
  for (const [name, value] of entries) setOwn(made, name, value)
  return made
}

/** Own names and values in order of names, so that `__proto__` is one of them when it is data. */
function entries(row: unknown): [string, unknown][] {
  assert.ok(typeof row === 'object' && row !== null, typeof row)
  assert.equal(Object.getPrototypeOf(row), Object.prototype)
  return Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))
}

const quoted = (name: string) => `\`${name}\``
const TEN = 'TUMBLINGWINDOW(ss, 10)'

/** SELECT lists in which a name N stands where names can; what they give for a row that holds 5 under N and in `o`. */
const PLACES: readonly (readonly [what: string, sql: (n: string) => string, out: (n: string) => Values])[] = [
  ['a column', n => `SELECT ${n} FROM s`, n => record([n, 5])],
  ['a column of the stream', n => `SELECT s.${n} FROM s`, n => record([n, 5])],
  ['a column of an alias', n => `SELECT u.${n} FROM s AS u`, n => record([n, 5])],
  ['a column by a star', () => 'SELECT * EXCEPT(o, ts) FROM s', n => record([n, 5])],
  ['a column beside a missing one', n => `SELECT ${n}, ${quoted('is missing')} FROM s`, n => record([n, 5])],
  ['a field', n => `SELECT o->${n} AS x FROM s`, () => ({ x: 5 })],
  ['a field of a field', n => `SELECT o->o->${n} AS x FROM s`, () => ({ x: 6 })],
  ['an alias', n => `SELECT o->p AS ${n} FROM s`, n => record([n, 7])],
  [
    'an alias that is used',
    n => `SELECT o->p + 1 AS ${n}, ${n} + 1 AS is FROM s WHERE ${n} = 8`,
    n => record([n, 8], ['is', 9]),
  ],
  ['an alias that hides its column', n => `SELECT ${n} + 1 AS ${n} FROM s`, n => record([n, 6])],
  ['an alias beside a star', n => `SELECT * EXCEPT(o, ts), 1 AS ${n} FROM s`, n => record([n, 1n])],
  ['EXCEPT', n => `SELECT * EXCEPT(${n}, o, ts) FROM s`, () => ({})],
  ['REPLACE', n => `SELECT * EXCEPT(o, ts) REPLACE(${n} + 1 AS ${n}) FROM s`, n => record([n, 6])],
  [
    'a star as an argument',
    n => `SELECT object_pick(o, "p") AS x, had_changed(true, ${n}, *) AS y FROM s`,
    () => ({ x: { p: 7 }, y: true }),
  ],
  ['analytic calls', n => `SELECT latest(${n}) OVER (PARTITION BY ${n} WHEN ${n} = 5) AS x FROM s`, () => ({ x: 5 })],
  ['changed_cols', n => `SELECT changed_cols("", true, ${n}, ${n}) FROM s`, n => record([n, 5])],
  ['unnest', n => `SELECT unnest(array_create(${n})) AS ${n} FROM s`, n => record([n, 5])],
  [
    'a group',
    n => `SELECT ${n}, sum(${n}) AS is FROM s GROUP BY ${n}, ${TEN} HAVING max(${n}) = 5 ORDER BY ${n}`,
    n => record([n, 5], ['is', 10]),
  ],
  ['kept rows', n => `SELECT ${n} FROM s GROUP BY HOPPINGWINDOW(ss, 10, 10) ORDER BY ${n} DESC`, n => record([n, 5])],
  [
    'a state window',
    n => `SELECT ${n} FROM s GROUP BY STATEWINDOW(TRUE, ${n} = 5) OVER (PARTITION BY ${n})`,
    n => record([n, 5]),
  ],
  ['an invisible item', n => `SELECT ${n} AS ${n} INVISIBLE, o->p AS is FROM s`, () => ({ is: 7 })],
]

for (const [what, sql, out] of PLACES) {
  test(`no name runs as ${what}`, () => {
    each(NAMES, name => {
      const row = record(['o', record(['p', 7], ['o', record([name, 6])], [name, 5])], [name, 5])
      const run = new SqlRun(sql(quoted(name))).push(row).push(row).moveTo(10_000)
      assert.deepEqual(run.failures, [], name)
      assert.deepEqual(entries(run.rows[0]), entries(out(name)), name)
    })
  })
}

test('no name runs when its row lacks it, and none finds what every object has', () => {
  each(NAMES, name => {
    const n = quoted(name)
    const sql = `SELECT ${n}, o->${n} AS a, isnull(${n}) AS b, meta(${n}) AS c, lag(${n}) AS d FROM s`
    assert.deepEqual(runSql(sql, [{ o: {} }]), [{ b: true }])
    assert.deepEqual(
      entries(runSql(`SELECT ${n} FROM s`, [{}], { sendNilField: true })[0]),
      entries(record([name, null])),
    )
  })
})

test('no name runs in a join, of a stream or of a table', () => {
  const streams = streamsOf(
    'CREATE STREAM s () WITH (TYPE="httppush")',
    'CREATE STREAM t () WITH (TYPE="httppush")',
    'CREATE TABLE k () WITH (TYPE="memory", DATASOURCE="x")',
  )
  each(NAMES, name => {
    const n = quoted(name)
    const sql = (source: string) =>
      `SELECT s.${n} AS a, ${source}.${n} AS ${n}, onlyleft AS c FROM s INNER JOIN ${source} ON s.${n} = ${source}.${n}`
    for (const [source, end] of [
      ['t', ` GROUP BY ${TEN}`],
      ['k', ''],
    ] as const) {
      const run = new SqlRun(sql(source) + end, { streams })
      run
        .push(record([name, 5]), 0, source)
        .push(record([name, 5], ['onlyleft', 1]), 0, 's')
        .moveTo(10_000)
      assert.deepEqual(run.failures, [])
      assert.deepEqual(entries(run.rows[0]), entries(record(['a', 5], ['c', 1], [name, 5])), name)
    }
  })
})

test('no alias of a source runs', () => {
  each(NAMES, name => {
    const n = quoted(name)
    assert.deepEqual(runSql(`SELECT ${n}.a AS x, ${n}.* FROM s AS ${n}`, [{ a: 1 }]), [{ a: 1, x: 1 }])
  })
})

test('no name of a stream or table that could run is taken', () => {
  each(NAMES, name => {
    if (/^[A-Za-z0-9_-]+$/.test(name)) {
      const streams = streamsOf(`CREATE STREAM ${quoted(name)} () WITH (TYPE="httppush")`)
      assert.deepEqual(runSql(`SELECT ${quoted(name)}.a FROM ${quoted(name)}`, [{ a: 1 }], { streams }), [{ a: 1 }])
    } else {
      assert.throws(() => streamsOf(`CREATE STREAM ${quoted(name)} () WITH (TYPE="httppush")`), { code: 'DDL_NAME' })
      assert.throws(() => runSql(`SELECT a FROM ${quoted(name)}`, []), { code: 'SQL_UNKNOWN_SOURCE' })
    }
  })
})

for (const strict of ['TRUE', 'FALSE']) {
  test(`no declared column runs, at any depth and with any default (strict: ${strict})`, () => {
    each(NAMES, name => {
      const n = quoted(name)
      const text = quoteString(name)
      const streams = streamsOf(
        `CREATE STREAM d (${n} STRUCT(${n} ARRAY(STRUCT(${n} BIGINT, e STRING)), f FLOAT), g STRING DEFAULT ${text})
         WITH (TYPE="httppush", STRICT_VALIDATION="${strict}")`,
      )
      const inner = record([name, 5n], ['e', name])
      const row = record([name, record([name, [inner]], ['f', 1])])
      const run = new SqlRun(`SELECT ${n}->${n}[0]->${n} AS a, ${n}->${n}[0]->e AS b, g AS c FROM d`, { streams }).push(
        row,
      )
      assert.deepEqual(run.rows, [strict === 'TRUE' ? { a: 5n, b: name, c: name } : { a: 5n, b: name }], name)
      const bad = new SqlRun(`SELECT ${n} FROM d`, { streams }).push(record([name, 'text'], ['g', '']))
      assert.ok(bad.failures[0]?.error instanceof RowError)
    })
  })
}

test('no option of a stream runs', () => {
  const options = [
    'DATASOURCE',
    'FORMAT',
    'SCHEMAID',
    'DELIMITER',
    'KEY',
    'CONF_KEY',
    'EXTRA',
    'SHARED',
    'TIMESTAMP',
    'TIMESTAMP_FORMAT',
    'VERSION',
  ]
  each(TEXTS, text => {
    for (const option of options) {
      try {
        const streams = streamsOf(
          `CREATE STREAM d (a BIGINT, ts STRING) WITH (TYPE="httppush", ${option}=${quoteString(text)})`,
        )
        runSql('SELECT a FROM d', [record([text, 1], ['a', 1n], ['ts', text])], {
          streams,
          isEventTime: option === 'TIMESTAMP',
        })
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }
  })
})

test('no text runs as the name of the column that holds the time', () => {
  each(
    NAMES.filter(name => name !== ''),
    name => {
      const streams = streamsOf(`CREATE STREAM d () WITH (TYPE="httppush", TIMESTAMP=${quoteString(name)})`)
      const run = new SqlRun('SELECT event_time() AS t FROM d', { streams, isEventTime: true, lateToleranceMs: 0 })
      run.push(record([name, 1000])).push(record([name, 2000]))
      assert.deepEqual([run.failures, run.rows[0]], [[], { t: 1000n }], name)
    },
  )
})

test('no literal runs: it comes out of every place as it went in', () => {
  each(TEXTS, text => {
    const t = quoteString(text)
    const sql = `SELECT ${t} AS a, concat(${t}, "") AS b, s = ${t} AS c, s IN (${t}, i) AS d, CASE s WHEN ${t} THEN ${t} END AS e,
      CASE WHEN s != ${t} THEN 1 ELSE ${t} END AS f, array_create(${t})[0] AS g, object_construct(${t}, s) AS h,
      coalesce(nothing, ${t}) AS i, s BETWEEN ${t} AND ${t} AS j, lag(${t}, 1, ${t}) AS k FROM s WHERE ${t} = s`
    const [out] = runSql(sql, [{ s: text, i: 'x' }]) as Values[]
    const { h, ...rest } = out!
    assert.deepEqual(rest, { a: text, b: text, c: true, d: true, e: text, f: text, g: text, i: text, j: true, k: text })
    assert.deepEqual(entries(h), entries(record([text, text])))
  })
})

test('no pattern of LIKE runs, literal or not', () => {
  each(TEXTS, text => {
    const plain = text.replace(/[%_]|\\(?=[%_])/g, '')
    const t = quoteString(plain)
    assert.deepEqual(
      runSql(`SELECT s LIKE ${t} AS a, s LIKE p AS b, s NOT LIKE ${t} AS c FROM s`, [{ s: plain, p: plain }]),
      [{ a: true, b: true, c: false }],
    )
    const wild = new SqlRun(`SELECT s LIKE ${quoteString(text)} AS a, s LIKE s AS b FROM s`).push({ s: text })
    assert.deepEqual(wild.failures, [])
  })
})

test('no argument that is a language of its own runs', () => {
  const calls = [
    'regexp_matches(s, T)',
    'regexp_replace(s, T, T)',
    'json_path_query(o, T)',
    'json_path_exists(o, T)',
    'format_time(n, T)',
    'parse_json(T)',
    'cast(s, T)',
    'convert_tz(n, T)',
    'props(T)',
    'get_keyed_state(T, "string", T)',
    'encode(s, T)',
    'format(n, 1, T)',
    'sequence(1, 2)',
    'array_map(T, l)',
    'object_pick(o, T)',
    'date_calc(n, T)',
    'decompress(T, T)',
  ]
  each(TEXTS, text => {
    for (const call of calls) {
      for (const argument of [quoteString(text), 'p']) {
        try {
          const run = new SqlRun(`SELECT ${call.replaceAll('T', argument)} AS x FROM s`)
          run.push({ s: 'a', p: text, o: { a: 1 }, n: 1, l: ['a'] })
          for (const { error } of run.failures) assert.ok(error instanceof RowError, `${call}: ${error.stack}`)
        } catch (error) {
          assert.ok(error instanceof UserError, `${call}: ${String(error)}`)
        }
      }
    }
  })
})

test('no id of a rule runs', () => {
  each(TEXTS, ruleId => {
    const { analyzed } = prepareSelect(new FileText('r', 'SELECT rule_id() AS x FROM s'), STREAMS, false)
    const [item] = analyzed.items
    const context = { now: () => 0, zone: 'UTC', ruleId, ruleStart: 0, property: () => undefined }
    const hits = { count: 0, time: 0, aggregateCount: 0, aggregateTime: 0 }
    const generator = new Generator({ context, hits, sourceCount: 1, precedence: [0] })
    assert.ok(item?.kind === 'value')
    assert.equal(generator.evaluate(item.expression)(makeRow({}, 0, 0)), ruleId)
  })
})

test('no template, name of a field or duration runs', () => {
  each(TEXTS, text => {
    const row = record([text, 1])
    for (const template of [
      text,
      `{{${text}}}`,
      `{{.${text}}}`,
      `{{index . ${JSON.stringify(text)}}}`,
      `{{printf ${JSON.stringify(text)} .}}`,
      `{{range .}}${text}{{end}}`,
    ]) {
      try {
        compileTemplate(template, { property: () => undefined })(row)
      } catch (error) {
        assert.ok(error instanceof UserError || error instanceof RowError, `${template}: ${String(error)}`)
      }
    }
    for (const options of [{ fields: [text] }, { excludeFields: [text] }, { dataField: text, fields: [text] }]) {
      const deliver = makeDelivery(checkCommonOptions({ sendSingle: true, ...options }), {
        takes: 'rows',
        property: () => undefined,
      })
      const [message] = deliver({ rows: [row] })
      assert.ok(message !== undefined)
    }
    assert.equal(parseDuration(text), text === '0' ? 0 : undefined)
  })
})

const MAKES_CODE =
  /\bnew Function\b|\bFunction\(|\beval\b|\b(?:Async|Generator)Function\b|node:vm|\.constructor\(|set(?:Timeout|Interval|Immediate)\((?:['"`]|[a-z]+Text\b)|\bimport\((?!')/

test('code is made of text in two places only, each of fixed pieces and JSON.stringify', () => {
  const root = new URL('../../src/', import.meta.url)
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .flatMap(name =>
      readFileSync(new URL(name, root), 'utf8')
        .split('\n')
        .filter(line => MAKES_CODE.test(line) && !/^\s*(?:\/\/|\*|\/\*)/.test(line))
        .map(line => `${name}: ${line.trim()}`),
    )
  assert.deepEqual(found.sort(), [
    'compiler/generator.ts: const make = new Function(',
    "formats/schema.ts: return new Function('getOwn', 'setOwn', 'missing', 'fields', ...names, code)(",
  ])
})
