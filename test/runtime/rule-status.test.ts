import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineRun, turns } from '../support/engine.ts'

const STAGE = [
  'records_in_total',
  'records_out_total',
  'messages_processed_total',
  'process_latency_us',
  'buffer_length',
  'last_invocation',
  'exceptions_total',
  'last_exception',
  'last_exception_time',
]
const CONNECTION = [
  'connection_status',
  'connection_last_connected_time',
  'connection_last_disconnected_time',
  'connection_last_disconnected_message',
  'connection_last_try_time',
]

test('the status has the keys of the dialect in their order: sources, operators, sinks', async () => {
  const run = new EngineRun(undefined, 500).apply([
    ['r', 'SELECT count(*) AS c FROM s WHERE a > 1 GROUP BY TUMBLINGWINDOW(ss, 10)'],
  ])
  run.append('s', { a: 1 }, { a: 2 }, { a: 'x' })
  await turns()
  await run.moveTo(10_000)
  const status = run.runner('r').status()
  assert.deepEqual(Object.keys(status), [
    ...['status', 'message', 'lastStartTimestamp', 'lastStopTimestamp', 'nextStartTimestamp'],
    ...[...STAGE, ...CONNECTION].map(key => `source_s_0_${key}`),
    ...['op_2_filter', 'op_3_window', 'op_4_project'].flatMap(op => STAGE.map(key => `${op}_0_${key}`)),
    ...[...STAGE, ...CONNECTION, 'messages_lost_total'].map(key => `sink_memory_0_0_${key}`),
  ])
  const { process_latency_us: _, ...rest } = Object.fromEntries(
    Object.entries(status).map(([key, value]) => [key.replace('op_2_filter_0_', ''), value]),
  )
  assert.equal(rest['status'], 'running')
  assert.equal(rest['lastStartTimestamp'], 500)
  assert.deepEqual(
    [rest['records_in_total'], rest['records_out_total'], rest['exceptions_total'], rest['last_exception_time']],
    [3, 1, 1, 500],
  )
  assert.equal(rest['last_exception'], 'run Where error: invalid operation string(x) > bigint(1)')
  assert.equal(status['source_s_0_records_in_total'], 1)
  assert.equal(status['source_s_0_records_out_total'], 3)
  assert.equal(status['source_s_0_connection_status'], 1)
  assert.equal(status['op_4_project_0_records_out_total'], 1)
  assert.equal(status['sink_memory_0_0_records_out_total'], 1)
  await run.engine.stop(1000)
  const stopped = run.runner('r').status()
  assert.deepEqual(
    [stopped['status'], stopped['message'], stopped['lastStopTimestamp'], stopped['source_s_0_connection_status']],
    ['stopped', 'canceled manually', 10_000, -1],
  )
})

test('messages that wait count as the length of the source', async () => {
  const run = new EngineRun().apply([['r', 'SELECT a FROM s']])
  run.append('s', { a: 1 })
  run.append('s', { a: 2 })
  assert.equal(run.runner('r').status()['source_s_0_buffer_length'], 2)
  await turns()
  assert.equal(run.runner('r').status()['source_s_0_buffer_length'], 0)
  await run.engine.stop(1000)
})
