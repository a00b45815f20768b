import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { ManualClock } from '../../src/core/clock.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { streamsOf } from '../support/rules.ts'
import { openTable } from './open-table.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sqlite-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function write(path: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(path)
  for (const statement of statements) database.exec(statement)
  database.close()
}

const open = (rootDir: string, dburl: string, clock = new ManualClock(0)) =>
  openTable({ type: 'sql', properties: { dburl }, options: 'DATASOURCE="t"', rootDir, clock })

test('a relative path starts at the folder of the repository, an absolute one where it says', async t => {
  const dir = folder(t)
  write(join(dir, 'a.db'), 'CREATE TABLE t (id)', "INSERT INTO t VALUES ('x')")
  for (const dburl of ['sqlite:///a.db', 'sqlite:a.db', `sqlite:///${dir}/a.db`, `sqlite:${dir}/a.db`]) {
    const { find, table } = open(dir, dburl)
    assert.deepEqual(await find({ id: 'x' }), [{ id: 'x' }], dburl)
    await table.close()
  }
})

test('the answer is there at once', t => {
  const dir = folder(t)
  write(join(dir, 'a.db'), 'CREATE TABLE t (id)')
  const { table } = open(dir, 'sqlite:///a.db')
  assert.deepEqual(table.find({ columns: ['id'], values: ['x'] }), [])
})

test('the file is read-only, whatever the query of its own says', async t => {
  const dir = folder(t)
  write(join(dir, 'a.db'), 'CREATE TABLE t (id)', 'INSERT INTO t VALUES (1)')
  const templateSqlQueryCfg = { TemplateSql: 'DELETE FROM t WHERE id = {{.id}}' }
  const properties = { dburl: 'sqlite:///a.db', templateSqlQueryCfg }
  const { find } = openTable({ type: 'sql', properties, rootDir: dir })
  await assert.rejects(find({ id: 1n }), { name: 'RowError', message: /readonly/ })
})

test('a file that is not there, is none or is locked is a row error, until it is mended', async t => {
  const dir = folder(t)
  const clock = new ManualClock(0)
  const { find, lines } = open(dir, 'sqlite:///a.db', clock)
  await assert.rejects(find({ id: 'x' }), { name: 'RowError', message: /devices cannot be asked: ENOENT/ })
  writeFileSync(join(dir, 'a.db'), 'no database at all, and that is long enough to be seen as none')
  await assert.rejects(find({ id: 'x' }), /not a database/)
  rmSync(join(dir, 'a.db'))
  write(join(dir, 'a.db'), 'CREATE TABLE t (id)', "INSERT INTO t VALUES ('x')")
  clock.advanceTo(1000)
  assert.deepEqual(await find({ id: 'x' }), [{ id: 'x' }])
  const writer = new DatabaseSync(join(dir, 'a.db'))
  writer.exec('BEGIN EXCLUSIVE')
  await assert.rejects(find({ id: 'x' }), { name: 'RowError', message: /locked/ })
  writer.exec('COMMIT')
  writer.close()
  assert.deepEqual(await find({ id: 'x' }), [{ id: 'x' }])
  assert.deepEqual(lines.slice(1, 2), ['info a lookup table answers again'])
})

test('what is written later is seen, and so is another file in its place', async t => {
  const dir = folder(t)
  const clock = new ManualClock(0)
  write(join(dir, 'a.db'), 'CREATE TABLE t (id)')
  const { find } = open(dir, 'sqlite:///a.db', clock)
  assert.deepEqual(await find({ id: 1n }), [])
  write(join(dir, 'a.db'), 'INSERT INTO t VALUES (1)')
  assert.deepEqual(await find({ id: 1n }), [{ id: 1n }])
  write(join(dir, 'b.db'), 'CREATE TABLE t (id, more)', 'INSERT INTO t VALUES (1, 2)')
  renameSync(join(dir, 'b.db'), join(dir, 'a.db'))
  clock.advanceTo(1000)
  assert.deepEqual(await find({ id: 1n }), [{ id: 1n, more: 2n }])
})

test('a table that is made anew, with its columns in another order, keeps them apart', async t => {
  const dir = folder(t)
  write(join(dir, 'a.db'), 'CREATE TABLE t (id, low, high)', 'INSERT INTO t VALUES (1, 2, 3)')
  const { find } = open(dir, 'sqlite:///a.db')
  assert.deepEqual(await find({ id: 1n }), [{ id: 1n, low: 2n, high: 3n }])
  write(join(dir, 'a.db'), 'DROP TABLE t', 'CREATE TABLE t (high, low, id, more)', 'INSERT INTO t VALUES (3, 2, 1, 4)')
  assert.deepEqual(await find({ id: 1n }), [{ high: 3n, low: 2n, id: 1n, more: 4n }])
})

test('a column that is not there is no text of its name', async t => {
  const dir = folder(t)
  write(join(dir, 'a.db'), 'CREATE TABLE t (id)', "INSERT INTO t VALUES ('x')")
  await assert.rejects(open(dir, 'sqlite:///a.db').find({ nope: 'nope' }), /no such column: nope/)
})

test('a rule joins it, and its rows are fitted to the declared columns', async t => {
  const dir = folder(t)
  write(
    join(dir, 'a.db'),
    'CREATE TABLE t (id, n, at DATETIME)',
    "INSERT INTO t VALUES ('x', 9007199254740993, '2026-07-01 10:00:00')",
  )
  const streams = streamsOf(
    'CREATE STREAM s () WITH (TYPE="httppush")',
    'CREATE TABLE t (id STRING, n STRING, at DATETIME) WITH (TYPE="sql", KIND="lookup", DATASOURCE="t", EXTRA="{\\"dburl\\":\\"sqlite:///a.db\\"}")',
  )
  const run = new EngineRun(streams, 0, dir)
  run.apply([['r', 'SELECT s.a, t.n, format_time(t.at, "yyyy-MM-dd HH") AS at FROM s LEFT JOIN t ON s.a = t.id']])
  run.append('s', { a: 'x' }, { a: 'y' })
  await turns()
  assert.deepEqual(run.of('r'), [{ a: 'x', n: '9007199254740993', at: '2026-07-01 10' }, { a: 'y' }])
})
