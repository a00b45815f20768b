// A lookup table that cannot be opened, from its file to the rule that asks it.

import assert from 'node:assert/strict'
import test from 'node:test'
import { EngineApplier } from '../../src/reconciler/apply.ts'
import type { Plan, Step } from '../../src/reconciler/plan.ts'
import type { StepResult } from '../../src/reconciler/reconcile.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { type Streams, streamsOf } from '../support/rules.ts'

const STREAM = 'CREATE STREAM s () WITH (TYPE="httppush")'
const tableOf = (datasource: string) =>
  `CREATE TABLE t () WITH (TYPE="memory", DATASOURCE="${datasource}", KIND="lookup", KEY="id")`
const SQL = 'SELECT s.a, t.v FROM s LEFT JOIN t ON s.a = t.id'

async function replaceTable(run: EngineRun, streams: Streams): Promise<readonly StepResult[]> {
  const step: Step = { action: 'replace', kind: 'table', name: 't', key: 'table:t', reason: 'its text changed' }
  const plan: Plan = { revision: '2', steps: [step] }
  const desired = { streams, rules: new Map() } as unknown as Parameters<EngineApplier['apply']>[1]
  return new EngineApplier(run.engine, () => {}).apply(plan, desired)
}

test('a table whose new version cannot be opened goes on as it was, and the step says why', async () => {
  const run = new EngineRun(streamsOf(STREAM, tableOf('devices'))).apply([['r', SQL]])
  run.topics.publish('devices', [{ id: 1, v: 'kept' }])
  const [failed] = await replaceTable(run, streamsOf(STREAM, tableOf('a/#/b')))
  assert.equal(failed?.ok, false)
  assert.match(failed?.error?.message ?? '', /no topic pattern/)
  run.append('s', { a: 1 })
  await turns()
  assert.deepEqual(run.of('r'), [{ a: 1, v: 'kept' }])
  const [mended] = await replaceTable(run, streamsOf(STREAM, tableOf('other')))
  assert.equal(mended?.ok, true)
  assert.equal(run.engine.lookups()[0]?.held, 0)
})
