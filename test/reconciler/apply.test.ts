import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { makeLog } from '../../src/core/log.ts'
import { EngineApplier } from '../../src/reconciler/apply.ts'
import { Reconciler } from '../../src/reconciler/reconcile.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { makeFolder } from './folder.ts'

const STREAM = 'CREATE STREAM n (a BIGINT, b BIGINT) WITH (TYPE="httppush", DATASOURCE="/n")'
const SQL = 'SELECT count(*) AS c, max(a) AS m FROM n GROUP BY TUMBLINGWINDOW(ss, 10)'

const ruleFile = (sql: string, more = '') => `sql: ${sql}\n${more}actions:\n  - memory: {topic: out/r}\n`

async function start(t: TestContext, sql = SQL) {
  const folder = makeFolder(t, { 'streams/n.sql': STREAM, 'rules/r.yaml': ruleFile(sql) })
  const run = new EngineRun(new Map())
  const lines: Record<string, unknown>[] = []
  const reconciler = new Reconciler({
    dir: folder.path,
    env: {},
    applier: new EngineApplier(run.engine, () => {}),
    checkRule: (rule, streams) => run.engine.check(rule, streams),
    log: makeLog({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) }),
    clock: run.clock,
    watch: false,
    settleMs: 0,
  })
  t.after(async () => {
    await reconciler.stop()
    await run.engine.stop(100)
  })
  await reconciler.reconcile('start')
  return {
    run,
    /** Writes one file and applies it. @returns what the log and the status say that it cost */
    async edit(file: string, text: string) {
      lines.length = 0
      folder.write(file, text)
      await reconciler.reconcile('edit')
      const step = lines.find(line => line['msg'] === 'step taken' && line['kind'] === 'rule')
      const object = reconciler.status().objects.find(o => o.key === 'rule:r')
      return { impact: step?.['impact'], state: step?.['state'], told: object?.conditions[0]?.message }
    },
  }
}

test('an edit of what nobody runs by is in place: the same runner goes on', async t => {
  const { run, edit } = await start(t)
  const runner = run.runner('r')
  const cost = await edit('rules/r.yaml', ruleFile(SQL, 'name: Counts\ntags: [a]\n'))
  assert.deepEqual(cost, { impact: 'in-place', state: undefined, told: 'in-place' })
  assert.equal(run.runner('r'), runner)
  assert.equal(runner.state, 'running')
  assert.deepEqual(run.engine.rules.get('r')?.definition.tags, ['a'])
})

test('an edit of actions and options keeps the window, and says so', async t => {
  const { run, edit } = await start(t)
  run.append('n', { a: 1 }, { a: 5 })
  await run.moveTo(3000)
  const cost = await edit('rules/r.yaml', ruleFile(SQL, 'options: {sendNilField: true}\n').replace('out/r', 'out/q'))
  const told = 'restart, state kept: window kept'
  assert.deepEqual(cost, { impact: 'restart, state kept', state: 'window kept', told })
  run.append('n', { a: 2 })
  await run.moveTo(10_000)
  assert.deepEqual([run.of('r'), run.of('q')], [[], [{ c: 3n, m: 5n }]])
})

test('another length resets the window, and says why', async t => {
  const { run, edit } = await start(t)
  run.append('n', { a: 5 })
  await turns()
  const cost = await edit('rules/r.yaml', ruleFile(SQL.replace('10)', '20)')))
  assert.equal(cost.told, 'restart, state lost: window reset: its length changed')
  await run.moveTo(20_000)
  assert.deepEqual(run.of('r'), [{}])
})

test('a rule that keeps nothing has nothing to lose', async t => {
  const { edit } = await start(t, 'SELECT a FROM n')
  const cost = await edit('rules/r.yaml', ruleFile('SELECT a FROM n WHERE a > 1'))
  assert.deepEqual(cost, { impact: 'restart, state kept', state: undefined, told: 'restart, state kept' })
})

test('a stream may change where the rule does not look', async t => {
  const { run, edit } = await start(t)
  run.append('n', { a: 5 })
  await turns()
  const more = await edit('streams/n.sql', STREAM.replace('b BIGINT', 'b FLOAT, c STRING'))
  assert.equal(more.told, 'restart, state kept: window kept')
  const other = await edit('streams/n.sql', STREAM.replace('a BIGINT', 'a FLOAT'))
  assert.equal(other.told, 'restart, state lost: window reset: the type of a changed')
})

test('what a change cost is told until the rule begins anew', async t => {
  const { edit } = await start(t)
  await edit('rules/r.yaml', ruleFile(SQL, 'options: {sendNilField: true}\n'))
  const broken = await edit('rules/r.yaml', 'sql: [')
  assert.match(broken.told!, /CONFIG_SYNTAX/)
  const mended = await edit('rules/r.yaml', ruleFile(SQL, 'options: {sendNilField: true}\n'))
  assert.equal(mended.told, 'restart, state kept: window kept')
  const stopped = await edit('rules/r.yaml', ruleFile(SQL, 'triggered: false\n'))
  assert.deepEqual([stopped.impact, stopped.told], ['stopped', 'triggered: false'])
})
