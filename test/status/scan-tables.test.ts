// What the status listener tells of tables: their rows, and what is the matter with their files.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatusDocument } from '../../src/status/document.ts'
import { openRig } from './support.ts'

const STREAMS = `CREATE STREAM s () WITH (TYPE="httppush");
CREATE TABLE k () WITH (TYPE="memory", DATASOURCE="k", RETAIN_SIZE="2");
CREATE TABLE f (id BIGINT) WITH (DATASOURCE="f.json");
CREATE TABLE l () WITH (TYPE="memory", DATASOURCE="l", KIND="lookup", KEY="id");`
const rule = (sql: string) => `sql: ${sql}\nactions: [{nop: {}}]\n`
const FILES = {
  'streams/all.sql': STREAMS,
  'rules/joined.yaml': rule('SELECT s.v FROM s INNER JOIN k ON s.id = k.id INNER JOIN f ON s.id = f.id'),
  'rules/empty.yaml': rule('SELECT s.v FROM s INNER JOIN k ON s.id = k.id'),
  'rules/alone.yaml': rule('SELECT v FROM s'),
  'rules/idle.yaml': `triggered: false\n${rule('SELECT s.v FROM s INNER JOIN f ON s.id = f.id')}`,
  'data/f.json': '[{"id": 9007199254740993}]',
}

test('the rows of the scan tables of a rule are listed, oldest first', async () => {
  await using rig = await openRig(FILES)
  rig.append('k', { id: 1 }, { id: 2, a: [1.5] }, { id: 3 })
  rig.engine.rules.get('joined')!.runner!.runNow()
  const response = await rig.get('/rules/joined/scantables')
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.equal(
    await response.text(),
    '[{"emitter":"k","content":{"a":[1.5],"id":2}},{"emitter":"k","content":{"id":3}},' +
      '{"emitter":"f","content":{"id":9007199254740993}}]',
  )
})

for (const [id, status, reason] of [
  ['empty', 400, 'its scan tables hold no rows'],
  ['alone', 400, 'the rule joins no scan table'],
  ['idle', 400, 'the rule does not run'],
  ['joine', 404, 'Rule joine is not found. Did you mean "joined"?'],
] as const) {
  test(`the rule ${id} has no rows to list: ${reason}`, async () => {
    await using rig = await openRig(FILES)
    const response = await rig.get(`/rules/${id}/scantables`)
    assert.equal(response.status, status)
    assert.equal(((await response.json()) as { message: string }).message, `get rule scan tables error: ${reason}`)
  })
}

test('tables are listed by kind', async () => {
  await using rig = await openRig(FILES)
  assert.deepEqual(await (await rig.get('/tables?kind=scan')).json(), ['f', 'k'])
  assert.deepEqual(await (await rig.get('/tables?kind=lookup')).json(), ['l'])
  assert.deepEqual(await (await rig.get('/tables')).json(), ['f', 'k', 'l'])
})

test('a table whose file is broken is not ready, and nothing else is hurt', async () => {
  await using rig = await openRig({ ...FILES, 'data/f.json': '[{"id": 1},\n {"id": "x"}]' })
  const status = (await (await rig.get('/status')).json()) as StatusDocument
  const line = 'data/f.json:2:2 FILE_CONTENT The row does not fit: id has wrong type:string, expect:bigint.'
  const table = status.objects.find(object => object.name === 'f')!
  assert.deepEqual(
    { state: table.state, ready: table.ready, file: table.file, error: table.error },
    { state: 'failed', ready: false, file: 'data/f.json:2', error: `${line} It has no rows until then.` },
  )
  assert.deepEqual(
    table.conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Ready', 'False', 'ArtifactFailed'],
      ['Reconciling', 'False', 'ArtifactFailed'],
      ['Stalled', 'True', 'ArtifactFailed'],
    ],
  )
  assert.deepEqual(status.errors, [line])
  assert.deepEqual(
    status.objects.filter(object => !object.ready).map(object => object.name),
    ['f'],
  )
  assert.equal(status.ready, true)
})

test('a file that is missing is a warning of a table that is ready', async () => {
  await using rig = await openRig({ ...FILES, 'streams/all.sql': STREAMS.replace('f.json', 'none.json') })
  const status = (await (await rig.get('/status')).json()) as StatusDocument
  const line =
    'data/none.json:1:1 FILE_READ The file does not exist. The table keeps the rows that it has, and takes those of the file as soon as it is there.'
  const table = status.objects.find(object => object.name === 'f')!
  assert.deepEqual([table.ready, table.state, table.error], [true, 'defined', undefined])
  assert.equal(table.conditions[0]!.message, line)
  assert.deepEqual([status.errors, status.warnings], [[], [line]])
})
