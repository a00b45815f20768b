import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserError } from '../../src/core/errors.ts'
import type { Values } from '../../src/core/value.ts'
import { EngineRun, type RuleInput, turns } from '../support/engine.ts'
import { streamsOf } from '../support/rules.ts'

const STREAMS = streamsOf(
  'CREATE STREAM a (id STRING, ts BIGINT, v FLOAT) WITH (TYPE="httppush", DATASOURCE="/a", TIMESTAMP="ts")',
  'CREATE STREAM b () WITH (TYPE="httppush", DATASOURCE="/b", TIMESTAMP="ts")',
  'CREATE STREAM late () WITH (TYPE="memory", DATASOURCE="late/+")',
  'CREATE STREAM again () WITH (TYPE="memory", DATASOURCE="late/#", TIMESTAMP="ts")',
  'CREATE TABLE t (id STRING, ts BIGINT) WITH (TYPE="httppush", DATASOURCE="/t", TIMESTAMP="ts", RETAIN_SIZE="9")',
)
const BOTH = 'SELECT a.id AS a, b.id AS b FROM a INNER JOIN b ON a.id = b.id GROUP BY TUMBLINGWINDOW(ss, 10)'
const event = { isEventTime: true, lateToleranceMs: 0 }

function lines(run: EngineRun, level: string): string[] {
  return run.lines.filter(line => line.level === level).map(line => line.msg)
}

function counters(run: EngineRun, id: string, stage = 'op_2_watermark'): Record<string, unknown> {
  const status = run.runner(id).status()
  const own = ['late_rows_total', 'waiting_rows', 'idle_streams']
  return Object.fromEntries(own.map(key => [key, status[`${stage}_0_${key}`]]))
}

const row = (id: string, ts: number, v = 1): Values => ({ id, ts: BigInt(ts), v })

test('late rows are counted behind the counters of the dialect, and told in a line of the log for many', async () => {
  const run = new EngineRun(STREAMS).apply([['r', 'SELECT id FROM a', { options: event }]])
  run.append('a', row('x', 100_000), row('y', 66_000))
  await turns()
  assert.deepEqual(run.of('r'), [{ id: 'x' }])
  assert.deepEqual(counters(run, 'r'), { late_rows_total: 1, waiting_rows: 0, idle_streams: 0 })
  const keys = Object.keys(run.runner('r').status())
  assert.equal(
    keys.indexOf('op_2_watermark_0_late_rows_total'),
    keys.indexOf('op_2_watermark_0_last_exception_time') + 1,
  )
  assert.equal(run.runner('r').status()['op_2_watermark_0_exceptions_total'], 0)
  run.append('a', row('z', 99_000), row('z', 40_000), row('z', 98_999))
  await turns()
  assert.deepEqual(lines(run, 'warn'), ['1 row came late (34s behind the watermark) and was dropped'])
  await run.moveTo(10_000)
  assert.equal(lines(run, 'warn')[1], '3 rows came late (the oldest 1m behind the watermark) and were dropped')
  await run.engine.stop(1000)
})

test('late rows go to their topic as they came, where another rule reads them', async () => {
  const run = new EngineRun(STREAMS).apply([
    ['r', 'SELECT id FROM a WHERE v > 0', { options: { ...event, lateTopic: 'late/r' } }],
    ['keep', 'SELECT *, meta(topic) AS topic FROM late'],
  ])
  run.append('a', { id: 'x', ts: 100n, more: 'undeclared' }, { id: 'y', ts: 99n, v: -1, more: 'undeclared' })
  await turns()
  assert.deepEqual(run.of('keep'), [{ id: 'y', ts: 99n, v: -1, more: 'undeclared', topic: 'late/r' }])
  assert.match(lines(run, 'warn')[0]!, /^1 row came late \(1ms behind the watermark\) and went to topic late\/r$/)
  const status = run.runner('r').status()
  assert.equal(status['sink_late_0_0_records_out_total'], 1)
  assert.deepEqual(
    Object.keys(status).filter(key => /^sink_.*records_in_total/.test(key)),
    ['sink_memory_0_0_records_in_total', 'sink_late_0_0_records_in_total'],
  )
  await run.engine.stop(1000)
})

test('a reader of late rows that is full stops the rule, and none of them is lost', async () => {
  const run = new EngineRun(STREAMS)
  const taken: Values[] = []
  let release = () => {}
  run.topics.subscribe('late/r', rows => {
    taken.push(...rows)
    return taken.length === 1 ? new Promise<void>(resolve => (release = resolve)) : undefined
  })
  run.apply([['r', 'SELECT id FROM a', { options: { ...event, lateTopic: 'late/r', bufferLength: 2 } }]])
  run.append('a', row('first', 100))
  for (let i = 0; i < 10; i++) run.append('a', row(`late${i}`, i))
  await turns()
  assert.ok(run.runner('r').lag() > 5)
  release()
  await turns()
  assert.equal(run.runner('r').lag(), 0)
  assert.deepEqual(
    taken.map(late => late['id']),
    Array.from({ length: 10 }, (_, i) => `late${i}`),
  )
  await run.engine.stop(1000)
})

test('late rows that still wait are published before a rule that is replaced is gone', async () => {
  const run = new EngineRun(STREAMS)
  const taken: Values[] = []
  let release = () => {}
  run.topics.subscribe('late/r', rows => {
    taken.push(...rows)
    return taken.length === 1 ? new Promise<void>(resolve => (release = resolve)) : undefined
  })
  const rule: RuleInput = ['r', 'SELECT id FROM a', { options: { ...event, lateTopic: 'late/r' } }]
  run.apply([rule])
  run.append('a', row('first', 100), row('l1', 1), row('l2', 2), row('l3', 3))
  await turns()
  run.apply([], ['r'])
  await turns()
  release()
  await turns()
  assert.deepEqual(
    taken.map(late => late['id']),
    ['l1', 'l2', 'l3'],
  )
  await run.engine.stop(1000)
})

test('a rule that would read its own late rows is refused', () => {
  const run = new EngineRun(STREAMS)
  const rule: RuleInput = ['r', 'SELECT id FROM again', { options: { ...event, lateTopic: 'late/again' } }]
  assert.throws(
    () => run.apply([rule]),
    (error: UserError) =>
      error.code === 'RULE_OPTION' && /"late\/again", which the rule itself reads as "again"/.test(error.message),
  )
  run.apply([['r', 'SELECT id FROM again', { options: { ...event, lateTopic: 'later' } }]])
})

test('a stream that is silent for the idle timeout is not waited for, by the clock alone', async () => {
  const run = new EngineRun(STREAMS).apply([['r', BOTH, { options: { ...event, idleTimeoutMs: 30_000 } }]])
  run.append('b', { id: 'x', ts: 1_000 })
  await run.moveTo(1_000)
  run.append('a', row('x', 2_000), row('y', 30_000))
  await turns()
  assert.deepEqual(run.of('r'), [])
  await run.moveTo(29_999)
  assert.deepEqual(run.of('r'), [])
  await run.moveTo(30_000)
  assert.deepEqual(run.of('r'), [{ a: 'x', b: 'x' }])
  assert.deepEqual(counters(run, 'r'), { late_rows_total: 0, waiting_rows: 0, idle_streams: 1 })
  await run.engine.stop(1000)
})

test('who is waited for is told by name', async () => {
  const run = new EngineRun(STREAMS).apply([['r', BOTH, { options: event }]])
  run.append('a', row('x', 2_000), row('y', 3_000))
  await run.moveTo(60_000)
  assert.deepEqual(lines(run, 'warn'), [
    '2 rows wait for stream "b", which has sent nothing since the rule started 1m ago; with option idleTimeout the rule would go on without a silent stream',
  ])
  assert.equal(counters(run, 'r')['waiting_rows'], 2)
  await run.engine.stop(1000)
})

test('rows that wait for a slower stream are bounded: the others are not read, and their journal says so', async () => {
  const run = new EngineRun(STREAMS).apply([['r', BOTH, { options: { ...event, maxWaitingRows: 100 } }]])
  let taken = 0
  while (taken < 5_000 && run.append('a', row('x', taken)) !== 'full') {
    taken++
    if (taken % 50 === 0) await turns(2)
  }
  assert.ok(taken >= 1_024 + 100 && taken < 1_024 + 200, `${taken} were taken`)
  assert.equal(counters(run, 'r')['waiting_rows'], 100)
  assert.match(lines(run, 'warn')[0]!, /^100 rows wait for stream "b".*; that is maxWaitingRows: .* will hear 503$/)
  run.append('b', { id: 'x', ts: 200_000 })
  await turns(100)
  assert.equal(run.runner('r').lag(), 0)
  assert.equal(run.runner('r').status()['op_2_watermark_0_records_in_total'], taken + 1)
  assert.equal(counters(run, 'r')['late_rows_total'], 0)
  await run.engine.stop(1000)
})

test('a rule that reads nothing more does not keep the process from stopping', async () => {
  const run = new EngineRun(STREAMS).apply([['r', BOTH, { options: { ...event, maxWaitingRows: 2 } }]])
  for (let i = 0; i < 5; i++) run.append('a', row('x', i))
  await turns()
  assert.equal(run.runner('r').lag(), 3)
  const started = performance.now()
  await run.engine.stop(60_000)
  assert.ok(performance.now() - started < 10_000)
})

test('a row too far in the future is an error of its own and moves nothing', async () => {
  const options = { ...event, futureToleranceMs: 60_000 }
  const run = new EngineRun(STREAMS, 1_000_000).apply([['r', 'SELECT id FROM a', { options }]])
  run.append('a', row('edge', 1_060_000), row('far', 1_060_001), row('x', 1_059_000))
  await turns()
  assert.deepEqual(run.of('r'), [{ id: 'edge' }])
  assert.equal(counters(run, 'r')['late_rows_total'], 1)
  const status = run.runner('r').status()
  assert.equal(status['source_a_0_exceptions_total'], 1)
  assert.equal(
    status['source_a_0_last_exception'],
    'timestamp field ts: 1060001 is 1m ahead of the clock, which shows 1970-01-01T00:16:40Z',
  )
  await run.engine.stop(1000)
})

test('what came in time is good however long it waits to be worked on', async () => {
  const options = { ...event, futureToleranceMs: 1 }
  const run = new EngineRun(STREAMS, 1_000_000).apply([['r', 'SELECT id FROM a', { options }]])
  run.append('a', row('early', 1_000_002))
  run.clock.advanceTo(2_000_000)
  run.append('a', row('x', 1_000_001))
  await turns()
  assert.deepEqual(run.of('r'), [{ id: 'x' }])
  await run.engine.stop(1000)
})

/** The fault that a device would hear of, or undefined. */
function refusal(run: EngineRun, stream: string, values: Values): string | undefined {
  try {
    run.endpoints.find(endpoint => endpoint.stream === stream)?.check?.(values, run.clock.now())
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

test('a device hears of a row in the future only when no rule would take it', async () => {
  const run = new EngineRun(STREAMS, 1_000_000)
  const strict: RuleInput = ['strict', 'SELECT id FROM a', { options: { ...event, futureToleranceMs: 1_000 } }]
  const lenient: RuleInput = ['lenient', 'SELECT id FROM a', { options: { ...event, futureToleranceMs: 60_000 } }]
  const far = row('x', 1_010_000)
  run.apply([strict])
  assert.match(refusal(run, 'a', far)!, /^timestamp field ts: 1010000 is 10s ahead of the clock/)
  assert.equal(refusal(run, 'a', row('x', 1_001_000)), undefined)
  run.apply([lenient])
  assert.equal(refusal(run, 'a', far), undefined)
  assert.match(refusal(run, 'a', row('x', 1_060_001))!, /^timestamp field ts: 1060001 is 1m ahead/)
  for (const options of [event, { isEventTime: false, futureToleranceMs: 1 }]) {
    run.apply([['any', 'SELECT id FROM a', { options }]])
    assert.equal(refusal(run, 'a', row('x', 9_060_001)), undefined)
  }
  await run.engine.stop(1000)
})

test('rows of a table may be of any future: they move no watermark', async () => {
  const options = { ...event, futureToleranceMs: 1_000 }
  const sql = 'SELECT a.id AS id, t.ts AS ts FROM a INNER JOIN t ON a.id = t.id'
  const run = new EngineRun(STREAMS, 1_000_000).apply([['r', sql, { options }]])
  const far = { id: 'x', ts: 9_000_000n }
  assert.equal(refusal(run, 't', far), undefined)
  assert.match(refusal(run, 't', { id: 'x' })!, /cannot find the timestamp field ts/)
  run.append('t', far)
  await turns()
  run.append('a', row('x', 1_000_000))
  await turns()
  assert.deepEqual(run.of('r'), [{ id: 'x', ts: 9_000_000n }])
  await run.engine.stop(1000)
})
