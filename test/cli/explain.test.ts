// What `sluice explain` prints, and where, for rules that are there, are not, or cannot run.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { runExplain } from '../../src/cli/explain.ts'
import type { RulePlan } from '../../src/compiler/explain.ts'
import { folder, Printed } from '../testing/support.ts'

const FILES = {
  'streams/s.sql': 'CREATE STREAM s (id STRING, v FLOAT) WITH (TYPE="httppush", DATASOURCE="/s");\n',
  'rules/hot.yaml':
    'sql: SELECT id FROM s WHERE v > 3\nactions: [{mqtt: {server: "tcp://b", topic: t, password: "${env:PW}"}}]\n',
  'rules/typo.yaml': 'sql: SELECT idd FROM s\nactions: [{log: {}}]\n',
  'rules/broken.yaml': 'sql: [\n',
  'rules/lost.yaml': 'sql: SELECT * FROM gone\nactions: [{log: {}}]\n',
}

async function explain(t: TestContext, name: string, options: { readonly json?: boolean } = {}) {
  const [out, err] = [new Printed(), new Printed()]
  const code = await runExplain(name, { dir: folder(t, FILES), env: {}, out, err, ...options })
  return { code, out: out.text, err: err.text }
}

test('a rule is found by its id and by its file', async t => {
  for (const name of ['hot', 'rules/hot.yaml', './rules/hot.yaml']) {
    const { code, out, err } = await explain(t, name)
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^SELECT id FROM s WHERE v > 3\nprocessing time; keeps nothing between rows\n\n/)
    assert.match(out, /^op_2_filter {3}v > 3$/m)
  }
})

test('--json is the document that the status listener gives, and holds no option of a sink', async t => {
  const { code, out } = await explain(t, 'hot', { json: true })
  const plan = JSON.parse(out) as RulePlan
  assert.equal(code, 0)
  assert.deepEqual(plan.sources[0]!.columns, ['id', 'v'])
  assert.deepEqual(plan.sinks, [{ name: 'sink_mqtt_0', type: 'mqtt' }])
  assert.ok(!out.includes('PW'))
})

test('a rule that is not there is exit code 1, with the nearest name', async t => {
  const { code, out, err } = await explain(t, 'hott')
  assert.deepEqual([code, out], [1, ''])
  assert.equal(err, 'sluice explain: no file of rules/ defines the rule "hott". Did you mean "hot"?\n')
})

test('a rule that cannot run is exit code 1, with what is wrong', async t => {
  for (const [name, fault] of [
    ['typo', /^rules\/typo\.yaml:1:13 SQL_UNKNOWN_COLUMN\n[\s\S]*\^\^\^[\s\S]*Did you mean "id"/],
    ['broken', /^rules\/broken\.yaml:1:6 CONFIG_SYNTAX\n/],
    ['lost', /^rules\/lost\.yaml:1:20 SQL_UNKNOWN_SOURCE\n/],
  ] as const) {
    const { code, out, err } = await explain(t, name)
    assert.deepEqual([code, out], [1, ''], name)
    assert.match(err, fault)
  }
})

test('without a folder it is a matter of usage', async () => {
  const err = new Printed()
  assert.equal(await runExplain('x', { dir: '/nowhere/at/all', env: {}, err }), 2)
  assert.equal(err.text, 'sluice explain: the folder /nowhere/at/all does not exist\n')
})
