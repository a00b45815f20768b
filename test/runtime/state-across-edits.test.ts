import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HandOver } from '../../src/runtime/hand-over.ts'
import { EngineRun, type RuleInput, turns } from '../support/engine.ts'
import { ruleOf, streamsOf } from '../support/rules.ts'

/** Puts a rule in the place of its predecessor. */
function edit(run: EngineRun, [id, sql, parts]: RuleInput, streams = run.streams): HandOver | undefined {
  const actions = parts?.actions ?? [['memory', { topic: `out/${id}` }] as const]
  const rule = run.engine.prepare(ruleOf(sql, { ...parts, id, actions }), streams)
  return run.engine.apply({ streams, start: [rule], stop: [] }).get(id)
}

const WINDOW = 'SELECT sum(a) AS x, window_start() AS f, window_end() AS t FROM s GROUP BY TUMBLINGWINDOW(ss, 10)'

test('a window that is open goes on over an edit, with its bounds and all of its rows', async () => {
  const run = new EngineRun().apply([['r', WINDOW]])
  run.append('s', { a: 1 })
  await run.moveTo(4000)
  const result = edit(run, ['r', `${WINDOW} HAVING sum(a) > 0`, { options: { sendNilField: true } }])
  assert.deepEqual([result?.notes, result?.isLost], [['window kept'], false])
  run.append('s', { a: 2 })
  await run.moveTo(10_000)
  assert.deepEqual(run.of('r'), [{ x: 3, f: 0n, t: 10_000n }])
})

test('what waits in the journal and what was read but not worked on is worked on by the new rule', async () => {
  const run = new EngineRun().apply([['r', 'SELECT a, acc_sum(a) AS total FROM s']])
  for (let i = 1; i <= 200; i++) run.append('s', { a: i })
  edit(run, ['r', 'SELECT a, acc_sum(a) AS total, a > 0 AS positive FROM s'])
  run.append('s', { a: 201 })
  await turns()
  const rows = run.of('r')
  assert.equal(rows.length, 201)
  assert.deepEqual(
    rows.map(row => row['total']),
    rows.map((_, i) => ((i + 1) * (i + 2)) / 2),
  )
})

test('a window that fell due during the edit is closed by the new rule, each at its own end', async () => {
  const run = new EngineRun().apply([['r', WINDOW]])
  run.append('s', { a: 1 })
  await turns()
  // The event loop stalls: the clock has moved, and no timer has fired when the files are applied.
  run.engine.rules.get('r')!.runner!.halt()
  const halted = run.runner('r')
  assert.equal(halted.state, 'stopped')
  const rule = run.engine.prepare(ruleOf(WINDOW, { id: 'r', actions: [['memory', { topic: 'out/r' }]] }), run.streams)
  rule.candidate!.restore(structuredClone(halted.snapshot()))
  run.clock.advanceTo(25_000)
  rule.candidate!.start(halted.positions())
  await run.moveTo(25_000)
  assert.deepEqual(run.of('r'), [
    { x: 1, f: 0n, t: 10_000n },
    { f: 10_000n, t: 20_000n },
  ])
  await rule.candidate!.close(1000)
})

test('what the old rule had made is still delivered by it, after the new one runs', async () => {
  const run = new EngineRun()
  const taken: unknown[] = []
  const waiting: (() => void)[] = []
  run.topics.subscribe('slow', rows => {
    taken.push(...rows)
    return new Promise<void>(resolve => waiting.push(resolve))
  })
  run.apply([
    ['r', 'SELECT lag(a) AS was FROM s', { actions: [['memory', { topic: 'slow' }]], options: { sendNilField: true } }],
  ])
  run.append('s', { a: 1 })
  await turns()
  run.append('s', { a: 2 })
  await turns()
  assert.deepEqual(edit(run, ['r', 'SELECT lag(a) AS was, a FROM s'])?.notes, ['lag(a) kept'])
  run.append('s', { a: 3 })
  await turns()
  assert.deepEqual(run.of('r'), [{ was: 2, a: 3 }])
  while (waiting.length > 0) {
    waiting.shift()!()
    await turns()
  }
  assert.deepEqual(taken, [{ was: null }, { was: 1 }])
  await run.engine.stop(1000)
})

test('another length or key begins anew, and says so', async () => {
  const run = new EngineRun().apply([['r', WINDOW]])
  run.append('s', { a: 1 })
  await run.moveTo(1000)
  const result = edit(run, ['r', WINDOW.replace('ss, 10', 'ss, 5')])
  assert.deepEqual([result?.notes, result?.isLost], [['window reset: its length changed'], true])
  run.append('s', { a: 2 })
  await run.moveTo(5000)
  assert.deepEqual(run.of('r'), [{ x: 2, f: 1000n, t: 5000n }])
})

test('one call begins anew beside others that go on', async () => {
  const run = new EngineRun().apply([['r', 'SELECT lag(a) AS l, acc_count(a) AS c, latest(b) AS b FROM s']])
  run.append('s', { a: 1, b: 7 })
  await turns()
  const result = edit(run, ['r', 'SELECT latest(b) AS b, lag(a, 2, -1) AS l, acc_count(a) AS c FROM s'])
  assert.deepEqual(result?.notes, ['latest(b) kept', 'lag(a, 2, -1) reset: its arguments changed', 'acc_count(a) kept'])
  run.append('s', { a: 2 })
  await turns()
  assert.deepEqual(run.of('r').at(-1), { b: 7, l: -1n, c: 2n })
})

test('rows of event time that wait for the watermark, and the watermark, survive another tolerance', async () => {
  const run = new EngineRun()
  const sql = 'SELECT a, ts FROM s'
  const options = { isEventTime: true, lateToleranceMs: 1000 }
  run.apply([['r', sql, { options }]])
  run.append('s', { a: 1, ts: 5000 }, { a: 2, ts: 4500 })
  await turns()
  assert.deepEqual(run.of('r'), [])
  edit(run, ['r', sql, { options: { ...options, lateToleranceMs: 0 } }])
  run.append('s', { a: 3, ts: 3000 }, { a: 4, ts: 6000 })
  await turns()
  assert.deepEqual(
    run.of('r').map(row => row['a']),
    [2, 1, 4],
  )
})

test('a table that is joined keeps its rows when the stream beside it is edited', async () => {
  const streams = (more: string) =>
    streamsOf(
      `CREATE STREAM n (id BIGINT, a BIGINT${more}) WITH (TYPE="httppush")`,
      'CREATE TABLE t (id BIGINT, name STRING) WITH (TYPE="httppush", RETAIN_SIZE="10")',
    )
  const sql = 'SELECT n.a, t.name FROM n INNER JOIN t ON n.id = t.id'
  const run = new EngineRun(streams('')).apply([['r', sql]])
  run.append('t', { id: 1, name: 'one' })
  await turns()
  assert.deepEqual(edit(run, ['r', sql], streams(', more STRING'))?.notes, ['table t kept'])
  run.append('n', { id: 1, a: 5 })
  await turns()
  assert.deepEqual(run.of('r'), [{ a: 5n, name: 'one' }])
})

test('a rule that is stopped hands nothing over, and takes nothing over', async () => {
  const run = new EngineRun().apply([['r', WINDOW]])
  run.append('s', { a: 1 })
  await turns()
  assert.equal(edit(run, ['r', WINDOW, { triggered: false }]), undefined)
  assert.equal(edit(run, ['r', WINDOW]), undefined)
  await run.moveTo(10_000)
  assert.deepEqual(run.of('r'), [{ f: 0n, t: 10_000n }])
})
