// Every line of golden/errors/*.sql is refused by the analyzer, or warned of; the texts beside them are what its author reads.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { errorText, UserError } from '../../src/core/errors.ts'
import { EmbeddedText, FileText } from '../../src/core/location.ts'
import { runSql, STREAMS, streamsOf } from '../support/rules.ts'

const goldens = new URL('../golden/errors/', import.meta.url)
const columns = Array.from({ length: 25 }, (_, i) => `column${i} BIGINT`).join(', ')
const streams = streamsOf(
  'CREATE STREAM sensors (deviceId STRING, temperature FLOAT, room STRING, ts BIGINT) WITH (TYPE="httppush")',
  'CREATE STREAM rooms (deviceId STRING, name STRING) WITH (TYPE="httppush")',
  'CREATE STREAM timed (id STRING, ts BIGINT) WITH (TYPE="httppush", TIMESTAMP="ts")',
  'CREATE STREAM open () WITH (TYPE="httppush")',
  `CREATE STREAM wide (${columns}) WITH (TYPE="httppush")`,
  'CREATE TABLE prices (name STRING, price FLOAT) WITH (TYPE="memory", DATASOURCE="prices")',
  'CREATE TABLE floors (room STRING, floor BIGINT) WITH (TYPE="memory", DATASOURCE="floors", KIND="lookup", KEY="room")',
  'CREATE TABLE owners () WITH (TYPE="sql", DATASOURCE="owners", KIND="lookup")',
)

function refusal(path: string, line: string, isEventTime: boolean): string {
  try {
    prepareSelect(new FileText(path, line), streams, isEventTime)
  } catch (error) {
    if (error instanceof UserError) return errorText(error)
    throw new Error(`not a UserError, for: ${line}`, { cause: error })
  }
  throw new Error(`accepted: ${line}`)
}

for (const name of ['analyze', 'event-time']) {
  test(`the errors of golden/errors/${name}.sql read as they should`, t => {
    const file = `${name}.sql`
    const lines = readFileSync(new URL(file, goldens), 'utf8').trimEnd().split('\n')
    const texts = lines.map(line => refusal(file, line, name === 'event-time'))
    const expected = fileURLToPath(new URL(`${name}.txt`, goldens))
    t.assert.fileSnapshot(`${texts.join('\n')}\n`, expected, { serializers: [text => text] })
  })
}

test('golden/errors/cautions.sql can run, and its author is warned', t => {
  const file = 'cautions.sql'
  const lines = readFileSync(new URL(file, goldens), 'utf8').trimEnd().split('\n')
  const texts = lines.map(line => {
    const { cautions } = prepareSelect(new FileText(file, line), streams, false).analyzed
    assert.ok(cautions.length > 0, line)
    return cautions.map(errorText).join('\n')
  })
  const expected = fileURLToPath(new URL('cautions.txt', goldens))
  t.assert.fileSnapshot(`${texts.join('\n')}\n`, expected, { serializers: [text => text] })
  const meant = 'SELECT temperature FROM sensors WHERE regexp_matches(room, "^a") AND temperature > 3'
  assert.deepEqual(prepareSelect(new FileText('r', meant), streams, false).analyzed.cautions, [])
  const quoted = 'SELECT a FROM open WHERE a = `null` OR a = o->nil'
  assert.deepEqual(prepareSelect(new FileText('r', quoted), streams, false).analyzed.cautions, [])
})

test('an error in a rule has its place in the YAML, line by line', () => {
  const yaml = 'id: r\nsql: |\n  SELECT deviceId,\n    temprature\n  FROM sensors\n'
  const file = new FileText('rules/r.yaml', yaml)
  const sql = 'SELECT deviceId,\n  temprature\nFROM sensors\n'
  const text = new EmbeddedText(file, sql, [15, 34, 51])
  assert.throws(
    () => prepareSelect(text, streams, false),
    (error: unknown) => {
      assert(error instanceof UserError)
      const { path, line, column, sourceLine } = error.location!
      assert.deepEqual([path, line, column, sourceLine], ['rules/r.yaml', 4, 5, '    temprature'])
      assert.equal(error.fix, 'Did you mean "temperature"?')
      return true
    },
  )
})

const ALIASES: readonly (readonly [what: string, sql: string, rows: readonly object[]])[] = [
  ['inside its own definition means the column', 'SELECT a * 10 AS a FROM s', [{ a: 20 }]],
  ['is used before it is defined', 'SELECT b + 1 AS c, a * 10 AS b FROM s', [{ c: 21, b: 20 }]],
  ['hides a column of its name elsewhere', 'SELECT a * 10 AS a, a + 1 AS c FROM s', [{ a: 20, c: 21 }]],
  ['is used in WHERE', 'SELECT a * 10 AS b FROM s WHERE b > 15', [{ b: 20 }]],
  ['hides the column in WHERE too', 'SELECT a * 10 AS a FROM s WHERE a > 15', [{ a: 20 }]],
  ['that is invisible is used and not sent', 'SELECT a * 10 AS b INVISIBLE, b + 1 AS c FROM s', [{ c: 21 }]],
  ['is used by an analytic function', 'SELECT a * 10 AS b, latest(b) AS l FROM s', [{ b: 20, l: 20 }]],
  ['is used in OVER', 'SELECT a > 1 AS hot, lag(a, 1, 7) OVER (PARTITION BY hot) AS l FROM s', [{ hot: true, l: 7n }]],
  ['of a path is followed', 'SELECT o->p AS o, o + 1 AS q FROM s', [{ o: 5, q: 6 }]],
  ['qualified by the stream means the column', 'SELECT a * 10 AS a, s.a AS raw FROM s', [{ a: 20, raw: 2 }]],
]

for (const [what, sql, rows] of ALIASES) {
  test(`an alias ${what}`, () => {
    assert.deepEqual(runSql(sql, [{ a: 2, o: { p: 5 } }]), rows)
  })
}

test('four hundred aliases in a row are fine, a tower of them is refused instead of overflowing the stack', () => {
  const chain = (length: number, name: (i: number) => string) =>
    `SELECT ${Array.from({ length }, (_, i) => `${name(i)} + 1 AS ${name(i + 1)}`).join(', ')} FROM s`
  const [row] = runSql(
    chain(400, i => `c${i}`),
    [{ c0: 0 }],
  )
  assert.equal((row as Record<string, unknown>)['c400'], 400)
  for (const name of [(i: number) => `c${i}`, (i: number) => `c${5000 - i}`]) {
    assert.throws(() => prepareSelect(new FileText('r', chain(5000, name)), STREAMS, false), { code: 'SQL_ALIAS' })
  }
})

test('an alias used twice by the next one, thirty times over, is no burden', () => {
  const items = Array.from({ length: 30 }, (_, i) => `c${i} + c${i} AS c${i + 1}`)
  const [row] = runSql(`SELECT sum(a) AS c0, ${items.join(', ')} FROM s`, [{ a: 1 }])
  assert.equal((row as Record<string, unknown>)['c30'], 2 ** 30)
})

test('a name of an unknown source is a path, not an error', () => {
  assert.deepEqual(runSql('SELECT o.p AS p FROM s', [{ o: { p: 5 } }]), [{ p: 5 }])
})

test('columns read are known by source, all of them with a star', () => {
  const read = (sql: string) => prepareSelect(new FileText('r', sql), streams, false).analyzed.columns[0]
  assert.deepEqual([...read('SELECT deviceId FROM sensors WHERE ts > 1')!].sort(), ['deviceId', 'ts'])
  assert.equal(read('SELECT * FROM sensors'), undefined)
  assert.equal(read('SELECT collect(*) FROM sensors'), undefined)
  assert.deepEqual([...read('SELECT count(*) FROM sensors')!], [], 'the rows are counted, not looked at')
})

test('every fault of a statement is told at once, and a failed alias only once', () => {
  const sql = 'SELECT nope, nosuch(deviceId) AS n, n + 1 AS m, deviceId FROM sensors WHERE wrong > n ORDER BY off'
  assert.throws(
    () => prepareSelect(new FileText('r.sql', sql), streams, false),
    error => {
      assert.ok(error instanceof UserError)
      const places = error.all().map(({ code, location }) => `${location!.column} ${code}`)
      assert.deepEqual(places, [
        '8 SQL_UNKNOWN_COLUMN',
        '14 SQL_UNKNOWN_FUNCTION',
        '77 SQL_UNKNOWN_COLUMN',
        '96 SQL_UNKNOWN_COLUMN',
      ])
      return true
    },
  )
})
