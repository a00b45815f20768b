import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Emission } from '../../src/core/row.ts'
import { EngineRun, turns } from '../support/engine.ts'

const COUNT = 'SELECT count(*) AS c, window_start() AS s, window_end() AS e FROM s GROUP BY TUMBLINGWINDOW(ss, 10)'

test('a window closes when the clock says so, without a row', async () => {
  const run = new EngineRun().apply([['r', COUNT]])
  run.append('s', { a: 1 })
  await turns()
  await run.moveTo(9_999)
  assert.deepEqual(run.of('r'), [])
  await run.moveTo(10_000)
  assert.deepEqual(run.of('r'), [{ c: 1n, s: 0n, e: 10_000n }])
  await run.engine.stop(1000)
})

test('rows that waited in the journal go into the windows of their arrival, however late they are worked on', async () => {
  const run = new EngineRun().apply([['r', COUNT]])
  // The process stalls: the clock moves on and messages come in, but no rule gets its turn.
  const append = (time: number) => run.journal.append('s', { rows: [{ a: 1 }], time, meta: undefined, sizeBytes: 1 })
  append(1_000)
  append(9_999)
  append(10_000)
  append(31_000)
  run.clock.advanceTo(45_000)
  await turns()
  assert.deepEqual(run.of('r'), [
    { c: 2n, s: 0n, e: 10_000n },
    { c: 1n, s: 10_000n, e: 20_000n },
    { s: 20_000n, e: 30_000n },
    { c: 1n, s: 30_000n, e: 40_000n },
  ])
  await run.engine.stop(1000)
})

test('windows that came due while a sink had no room are sent, each once and with its bounds, when it has', async () => {
  const run = new EngineRun()
  const taken: unknown[] = []
  let release = () => {}
  run.topics.subscribe('slow', rows => {
    taken.push(...rows)
    return taken.length === 1 ? new Promise<void>(resolve => (release = resolve)) : undefined
  })
  run.apply([['r', COUNT, { actions: [['memory', { topic: 'slow', bufferLength: 1 }]] }]])
  for (let at = 10_000; at <= 60_000; at += 10_000) await run.moveTo(at)
  assert.ok(taken.length < 6)
  release()
  await turns()
  assert.deepEqual(
    taken.map(row => (row as Record<string, bigint>)['e']),
    [10_000n, 20_000n, 30_000n, 40_000n, 50_000n, 60_000n],
  )
  await run.engine.stop(1000)
})

test('a window of a hundred days waits for its day', async () => {
  const day = 86_400_000
  const run = new EngineRun().apply([['r', 'SELECT count(*) AS c FROM s GROUP BY TUMBLINGWINDOW(dd, 100)']])
  run.append('s', { a: 1 })
  await turns()
  await run.moveTo(100 * day - 1)
  assert.deepEqual(run.of('r'), [])
  await run.moveTo(100 * day)
  assert.deepEqual(run.of('r'), [{ c: 1n }])
  await run.engine.stop(1000)
})

test('no timer is left when a rule is gone', async () => {
  const run = new EngineRun().apply([['r', COUNT]])
  await turns()
  run.apply([], ['r'])
  await run.moveTo(100_000)
  assert.deepEqual(run.of('r'), [])
  await run.engine.stop(1000)
})

test('streams of one rule meet in the order in which their messages came', async () => {
  const run = new EngineRun().apply([
    ['r', 'SELECT collect(s.a) AS a, collect(t.a) AS b FROM s INNER JOIN t ON s.k = t.k GROUP BY COUNTWINDOW(2)'],
  ])
  const append = (stream: string, time: number, a: string) =>
    run.journal.append(stream, { rows: [{ a, k: 1 }], time, meta: undefined, sizeBytes: 1 })
  append('s', 3, 's3')
  append('s', 4, 's4')
  append('t', 1, 't1')
  append('t', 5, 't5')
  await turns()
  // windows: (t1, s3), (s4, t5)
  assert.deepEqual(run.of('r'), [
    { a: ['s3'], b: ['t1'] },
    { a: ['s4'], b: ['t5'] },
  ])
  await run.engine.stop(1000)
})

test('listeners hear what the rule sends, errors included, until they leave', async () => {
  const run = new EngineRun().apply([['r', 'SELECT a + 1 AS b FROM s', { options: { sendError: true } }]])
  const heard: Emission[] = []
  const leave = run.runner('r').listen(emission => heard.push(emission))
  run.append('s', { a: 1 }, { a: 'x' })
  await turns()
  leave()
  run.append('s', { a: 5 })
  await turns()
  assert.deepEqual(heard, [
    { rows: [{ b: 2 }] },
    {
      rows: [],
      error: 'run Select error: alias: b expr: a + 1 meet error, err:invalid operation string(x) + bigint(1)',
    },
  ])
  await run.engine.stop(1000)
})

test('one long message does not keep the others waiting longer than itself', async () => {
  const run = new EngineRun().apply([
    ['heavy', 'SELECT repeat("x", 200) AS r, a FROM s'],
    ['light', 'SELECT a FROM t'],
  ])
  const rows = Array.from({ length: 20_000 }, (_, a) => ({ a }))
  for (let i = 0; i < 20; i++) run.append('s', ...rows)
  run.append('t', { a: 1 })
  await turns(2)
  assert.deepEqual(run.of('light'), [{ a: 1 }])
  assert.ok(run.runner('heavy').lag() > 0, 'the heavy rule was done in one go')
  await run.engine.stop(0)
})
