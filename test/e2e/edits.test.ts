// A rule is edited while its window is open: what the files change, what the rows see, what log and status say.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, startAppliance, writeFiles } from '../support/appliance-process.ts'

const STREAM = 'CREATE STREAM s (a BIGINT, id STRING) WITH (TYPE="httppush", DATASOURCE="/in");\n'
const WINDOW = 'SELECT collect(a) AS all_a, count(*) AS n FROM s GROUP BY STATEWINDOW(a > 0, a = 9)'
const rule = (sql: string, sink = 'log: {sendSingle: true}', more = '') => `sql: ${sql}\n${more}actions:\n  - ${sink}\n`

test('an open window survives edits of its sink, and not one of its conditions; both are said', async t => {
  const appliance = await startAppliance(t, { 'streams/s.sql': STREAM, 'rules/r.yaml': rule(WINDOW) })
  const push = async (...values: number[]) => {
    for (const a of values) assert.equal((await post(`${appliance.push}/in`, JSON.stringify({ a }))).status, 200)
  }
  const edit = async (file: string, text: string) => {
    const from = appliance.lines.length
    writeFiles(appliance.dir, { [file]: text })
    const step = await appliance.line(line => line['msg'] === 'step taken' && line['kind'] === 'rule', from)
    const status = (await (await fetch(`${appliance.status}/status`)).json()) as { objects: Record<string, any>[] }
    const ready = status.objects.find(object => object['name'] === 'r')?.['conditions'][0]
    return [step['impact'], step['state'], ready.message]
  }

  await push(1, 2)
  const sink = 'log: {sendSingle: true, fields: [all_a]}'
  const kept = ['restart, state kept', 'window kept', 'restart, state kept: window kept']
  assert.deepEqual(await edit('rules/r.yaml', rule(WINDOW, sink)), kept)
  await push(3)
  assert.deepEqual(await edit('streams/s.sql', STREAM.replace('id STRING', 'id BIGINT')), kept)
  await push(4)
  assert.deepEqual(await edit('rules/r.yaml', rule(WINDOW, sink, 'name: Sums\n')), ['in-place', undefined, 'in-place'])
  await push(9)
  await appliance.result('{"all_a":[1,2,3,4,9]}')

  await push(1, 2)
  const other = await edit('rules/r.yaml', rule(WINDOW.replace('a > 0', 'a > 1'), sink))
  const reset = 'window reset: its conditions changed'
  assert.deepEqual(other, ['restart, state lost', reset, `restart, state lost: ${reset}`])
  await push(5, 9)
  await appliance.result('{"all_a":[5,9]}')
})
