// Cases of rules that join a table whose rows are in a file of the repository.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { runTest } from '../../src/cli/test.ts'
import { folder, Printed } from './support.ts'

const STREAMS = `CREATE STREAM s () WITH (TYPE="httppush");
CREATE TABLE k () WITH (DATASOURCE="k.json");`
const RULE = 'sql: SELECT s.id, k.name FROM s LEFT JOIN k ON s.id = k.id\nactions: [{log: {}}]\n'

function cases(given: string, expected: string): string {
  return `rule: r\ncases:\n  - name: c\n    given: [${given}]\n    expect: ${expected}\n`
}

async function tested(t: TestContext, files: Readonly<Record<string, string>>): Promise<[code: number, text: string]> {
  const dir = folder(t, { 'streams/all.sql': STREAMS, 'rules/r.yaml': RULE, ...files })
  const out = new Printed()
  return [await runTest([], { dir, env: {}, out, err: out }), out.text]
}

const PUSHED = '{stream: s, at: 0, data: {id: 1}}'

test('a case reads the files of tables', async t => {
  const [code, text] = await tested(t, {
    'data/k.json': '[{"id": 1, "name": "a"}]',
    'rules/r.test.yaml': cases(PUSHED, '[[{id: 1, name: a}]]'),
  })
  assert.equal(code, 0, text)
})

test('etc/sources/file.yaml says where and how', async t => {
  const [code, text] = await tested(t, {
    'etc/sources/file.yaml': 'default: {path: reference, fileType: csv, hasHeader: true}',
    'reference/k.json': 'id,name\n1,a\n',
    'rules/r.yaml': RULE.replace('s.id = k.id', 's.id = cast(k.id, "bigint")'),
    'rules/r.test.yaml': cases(PUSHED, '[[{id: 1, name: a}]]'),
  })
  assert.equal(code, 0, text)
})

test('a case that pushes rows to the table has these, and not those of the file', async t => {
  const [code, text] = await tested(t, {
    'data/k.json': 'broken',
    'rules/r.test.yaml': cases(`{stream: k, at: 0, data: {id: 1, name: b}}, ${PUSHED}`, '[[{id: 1, name: b}]]'),
  })
  assert.equal(code, 0, text)
})

test('a file that is not there is an empty table', async t => {
  const [code, text] = await tested(t, { 'rules/r.test.yaml': cases(PUSHED, '[[{id: 1}]]') })
  assert.equal(code, 0, text)
})

test('a file that cannot be understood fails the case with its place', async t => {
  const [code, text] = await tested(t, {
    'data/k.json': '[\n{"id": 1 "name": "a"}]',
    'rules/r.test.yaml': cases(PUSHED, '[[{id: 1}]]'),
  })
  assert.equal(code, 1)
  assert.match(text, /data\/k\.json:2:10 FILE_CONTENT/)
})
