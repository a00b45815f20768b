// What `sluice explain` prints, and where, for rules that are there, are not, or cannot run.

import assert from 'node:assert/strict'
import { join, relative } from 'node:path'
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
  'rules/sink.yaml': 'sql: SELECT id FROM s\nactions: [{log: {}}, {logg: {}}]\n',
  'rules/open.json': '{"sql": "SELECT idd FROM s", "actions": [{"mqtt": {"password": "secret1"}}]}',
  'rules/shut.json': '{"sql": ',
}

async function explain(
  t: TestContext,
  name: string | ((dir: string) => string),
  options: { readonly json?: boolean } = {},
) {
  const [out, err] = [new Printed(), new Printed()]
  const dir = folder(t, FILES)
  const code = await runExplain(typeof name === 'string' ? name : name(dir), { dir, env: {}, out, err, ...options })
  return { code, out: out.text, err: err.text }
}

test('a rule is found by its id and by its file, as seen from the folder or from where the command was typed', async t => {
  const fromHere = (dir: string) => relative(process.cwd(), join(dir, 'rules/hot.yaml'))
  for (const name of ['hot', 'rules/hot.yaml', './rules/hot.yaml', fromHere]) {
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
    ['shut', /^rules\/shut\.json:1:\d+ CONFIG_SYNTAX\n/],
    ['sink', /^rules\/sink\.yaml:2:23 RULE_ACTION\n[\s\S]*Did you mean "log"/],
    ['lost', /^rules\/lost\.yaml:1:20 SQL_UNKNOWN_SOURCE\n/],
  ] as const) {
    const { code, out, err } = await explain(t, name)
    assert.deepEqual([code, out], [1, ''], name)
    assert.match(err, fault)
  }
})

test('a secret that stands in the line of a fault is not printed', async t => {
  const { err } = await explain(t, 'open')
  assert.match(err, /^rules\/open\.json:1:17 SQL_UNKNOWN_COLUMN\n.*\n.*"password": \*{9}/)
})

test('without a folder it is a matter of usage', async () => {
  const err = new Printed()
  assert.equal(await runExplain('x', { dir: '/nowhere/at/all', env: {}, err }), 2)
  assert.equal(err.text, 'sluice explain: the folder /nowhere/at/all does not exist\n')
})
