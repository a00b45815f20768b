import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import type { RulePlan } from '../../src/compiler/explain.ts'
import { makeLog } from '../../src/core/log.ts'
import { FILES, HOT, openRig, type Rig, STREAMS, until } from './support.ts'

async function body(rig: Rig, path: string): Promise<any> {
  const response = await rig.get(path)
  assert.equal(response.status, 200, path)
  assert.match(response.headers.get('content-type')!, /^application\/json/)
  return response.json()
}

/** A column of a metrics page: the value of the series whose line begins so. */
function series(page: string, start: string): number {
  const line = page.split('\n').find(text => text.startsWith(`${start} `))
  assert.ok(line, `no series ${start}`)
  return Number(line.slice(start.length + 1))
}

test('the root says version, system and up time as eKuiper does', async () => {
  await using rig = await openRig(FILES)
  const about = await body(rig, '/')
  assert.equal(about.version, '1.2.3')
  assert.equal(about.upTimeSeconds, 90)
  assert.deepEqual(Object.keys(about), ['version', 'os', 'arch', 'upTimeSeconds'])
  const ping = await rig.get('/ping')
  assert.equal(ping.status, 200)
  assert.equal(await ping.text(), '')
})

test('streams and tables are listed and described in the shapes of eKuiper', async () => {
  await using rig = await openRig(FILES)
  assert.deepEqual(await body(rig, '/streams'), ['sensors'])
  assert.deepEqual(await body(rig, '/tables'), ['names'])
  assert.deepEqual(await body(rig, '/tables?kind=scan'), ['names'])
  assert.deepEqual(await body(rig, '/tables?kind=lookup'), [])
  assert.deepEqual(await body(rig, '/streamdetails'), [{ name: 'sensors', type: 'httppush', format: 'json' }])
  assert.deepEqual(await body(rig, '/tabledetails'), [{ name: 'names', type: 'memory', format: 'json' }])
  assert.deepEqual(await body(rig, '/streams/sensors'), {
    Name: 'sensors',
    StreamFields: [
      { Name: 'deviceId', FieldType: 'string' },
      { Name: 'temperature', FieldType: 'float' },
      { Name: 'tags', FieldType: { Type: 'array', ElementType: 'string' } },
      { Name: 'at', FieldType: { Type: 'struct', Fields: [{ Name: 'x', FieldType: 'bigint' }] } },
    ],
    Options: { datasource: '/api/data', type: 'httppush', format: 'json', shared: true },
    StreamType: 0,
    Statement: null,
  })
  const table = await body(rig, '/tables/names')
  assert.equal(table.StreamFields, null)
  assert.equal(table.StreamType, 1)
  assert.equal(table.Options.retainSize, 5)
  assert.deepEqual(await body(rig, '/streams/sensors/schema'), {
    deviceId: { type: 'string' },
    temperature: { type: 'float' },
    tags: { type: 'array', items: { type: 'string' } },
    at: { type: 'struct', properties: { x: { type: 'bigint' } } },
  })
  assert.deepEqual(await body(rig, '/tables/names/schema'), {})
})

test('a rule shows its definition, state, counters and way of working', async () => {
  await using rig = await openRig(FILES)
  assert.deepEqual(await body(rig, '/rules'), [
    { id: 'hot', name: 'Hot ones', status: 'running', version: '3', trace: false, tags: ['demo'] },
  ])
  const definition = await body(rig, '/rules/hot')
  assert.equal(definition.id, 'hot')
  assert.deepEqual(definition.actions, [{ nop: {} }, { memory: { topic: 'hot' } }])

  rig.append('sensors', { deviceId: 'a', temperature: 90 }, { deviceId: 'b', temperature: 20 })
  await until(() => rig.engine.rules.get('hot')!.runner!.lag() === 0, 'the rows')
  const text = await (await rig.get('/rules/hot/status')).text()
  const first = ['{', '  "status": "running",', '  "message": "",', '  "lastStartTimestamp": ']
  assert.ok(text.startsWith(first.join('\n')), text)
  const status = JSON.parse(text)
  assert.equal(status.source_sensors_0_records_in_total, 1)
  assert.equal(status.op_2_filter_0_records_in_total, 2)
  assert.equal(status.op_3_project_0_records_in_total, 1)
  assert.equal(typeof status.sink_nop_0_0_records_in_total, 'number')
  const compact = await (await rig.get('/v2/rules/hot/status')).text()
  assert.ok(!compact.includes('\n'))
  assert.deepEqual(Object.keys(JSON.parse(compact)), Object.keys(status))

  const explain = await rig.get('/rules/hot/explain')
  assert.match(explain.headers.get('content-type')!, /^text\/plain/)
  assert.equal(
    await explain.text(),
    '{"op":"ProjectPlan_0","info":"select deviceId, temperature"}\n' +
      '\t{"op":"FilterPlan_1","info":"temperature > 80"}\n' +
      '\t\t{"op":"DataSourcePlan_2","info":"StreamName: sensors, StreamFields:[ deviceId, temperature ]"}\n',
  )
  const asked = await rig.get('/rules/hot/explain', { headers: { accept: 'application/json' } })
  assert.match(asked.headers.get('content-type')!, /^application\/json/)
  const plan = (await asked.json()) as RulePlan
  assert.deepEqual(
    plan.operators.map(({ name, does }) => [name, does]),
    [
      ['op_2_filter', ['temperature > 80']],
      ['op_3_project', ['select deviceId, temperature']],
    ],
  )
  assert.deepEqual(await body(rig, '/rules/hot/topo'), {
    sources: ['source_sensors'],
    edges: {
      source_sensors: ['op_2_filter'],
      op_2_filter: ['op_3_project'],
      op_3_project: ['sink_nop_0', 'sink_memory_1'],
    },
  })
})

test('the status of all rules counts their faults', async () => {
  await using rig = await openRig(FILES)
  rig.append('sensors', { deviceId: 'a', temperature: 'warm' })
  await until(() => rig.engine.rules.get('hot')!.runner!.lag() === 0, 'the row')
  const { hot } = await body(rig, '/rules/status/all')
  assert.equal(hot.status, 'running')
  assert.equal(hot.exceptions_total, 1)
  assert.match(hot.last_exception, /temperature/)
})

test('a rule that is not to be started is stopped, says why, and can be explained', async () => {
  await using rig = await openRig({ ...FILES, 'rules/off.yaml': HOT.replace('hot', 'off') + 'triggered: false\n' })
  const status = await body(rig, '/rules/off/status')
  assert.equal(status.status, 'stopped')
  assert.equal(status.message, 'triggered is false in rules/off.yaml')
  assert.match(await (await rig.get('/rules/off/explain')).text(), /"op":"FilterPlan_1"/)
})

test('the tables of a join stand beneath it in explain and topo', async () => {
  const sql = 'SELECT sensors.deviceId FROM sensors INNER JOIN names ON sensors.deviceId = names.deviceId'
  await using rig = await openRig({
    'streams/all.sql': STREAMS,
    'rules/j.yaml': `id: j\nsql: ${sql}\nactions: [nop: {}]\n`,
  })
  const explain = await (await rig.get('/rules/j/explain')).text()
  assert.match(
    explain,
    /^\t\{"op":"JoinPlan_1".*\n\t\t\{"op":"DataSourcePlan_2","info":"StreamName: sensors.*\n\t\t\{"op":"DataSourcePlan_3","info":"StreamName: names, .*keeps its last 5 rows"\}\n$/m,
  )
  assert.deepEqual((await body(rig, '/rules/j/topo')).edges.source_names, ['op_2_join'])
})

test('what is not there is 404 with the error body of eKuiper and a hint', async () => {
  await using rig = await openRig({
    ...FILES,
    'rules/bad.yaml': HOT.replace('hot', 'bad').replace('temperature >', 'temprature >'),
  })
  const cases = [
    ['/rules/hott', 'describe rule error: Rule hott is not found. Did you mean "hot"?'],
    ['/rules/nothing/status', 'get rule status error: Rule nothing is not found'],
    ['/streams/names', 'describe stream error: Stream names is not found'],
    ['/tables/x/schema', 'describe table error: Table x is not found'],
    ['/rules/__proto__', 'describe rule error: Rule __proto__ is not found'],
    ['/rules/%E0%A4%A/tail', undefined],
    ['/nowhere', 'there is nothing at /nowhere'],
  ] as const
  for (const [path, message] of cases) {
    const response = await rig.get(path)
    assert.equal(response.status, 404, path)
    assert.match(response.headers.get('content-type')!, /^text\/plain/)
    const answer = (await response.json()) as { error: number; message: string }
    assert.equal(answer.error, 1002)
    if (message !== undefined) assert.equal(answer.message, message)
  }
  const broken = (await (await rig.get('/rules/bad')).json()) as { message: string }
  assert.match(
    broken.message,
    /Rule bad is not found\. It is defined but cannot run: rules\/bad\.yaml:\d+:\d+ SQL_UNKNOWN_COLUMN/,
  )
})

test('every writing method is refused with 405 and the file to edit', async () => {
  await using rig = await openRig(FILES)
  const cases = [
    ['POST', '/rules', /add the file rules\/<id>\.yaml/, undefined],
    ['POST', '/streams', /add the file streams\/<name>\.sql/, undefined],
    ['DELETE', '/streams/sensors', /delete its definition in streams\/all\.sql/, 'streams/all.sql'],
    ['PUT', '/rules/hot', /edit rules\/hot\.yaml/, 'rules/hot.yaml'],
    ['POST', '/rules/hot/stop', /"triggered: false" in rules\/hot\.yaml/, 'rules/hot.yaml'],
    ['PUT', '/rules/new', /No file defines .* add the file rules\/new\.yaml/, 'rules/new.yaml'],
    ['POST', '/rules/validate', /sluice validate/, undefined],
    ['DELETE', '/rules/..%2F..%2Fetc', /Everything is configured in files/, undefined],
    ['PATCH', '/', /Everything is configured in files/, undefined],
    ['POST', '/nowhere', /Everything is configured in files/, undefined],
  ] as const
  for (const [method, path, detail, file] of cases) {
    const response = await rig.get(path, { method, ...(method === 'DELETE' ? {} : { body: '{}' }) })
    assert.equal(response.status, 405, `${method} ${path}`)
    assert.equal(response.headers.get('allow'), 'GET, HEAD')
    assert.match(response.headers.get('content-type')!, /^application\/problem\+json/)
    const problem = (await response.json()) as { type: string; status: number; detail: string; file?: string }
    assert.equal(problem.type, 'urn:sluice:problem:method-not-allowed')
    assert.equal(problem.status, 405)
    assert.match(problem.detail, detail)
    assert.equal(problem.file, file)
  }
  assert.equal(rig.engine.rules.size, 1)
})

test('HEAD answers as GET does, without a body, also for a tail', async () => {
  await using rig = await openRig(FILES)
  for (const path of ['/', '/ping', '/rules/hot/status', '/status', '/metrics', '/readyz', '/rules/hot/tail']) {
    const response = await rig.get(path, { method: 'HEAD' })
    assert.equal(response.status, 200, path)
    assert.equal(await response.text(), '')
  }
})

test('readiness waits for the files, for the push listener, and ends with the order to stop', async () => {
  await using rig = await openRig({}, { reconcile: false })
  const early = await rig.get('/readyz')
  assert.equal(early.status, 503)
  assert.match(await early.text(), /^\[-\]reconcile failed: the files have not been read yet$/m)
  assert.equal((await rig.get('/livez')).status, 200)

  await rig.edit(FILES)
  assert.equal(await (await rig.get('/readyz')).text(), 'ok')
  assert.equal(
    await (await rig.get('/-/ready?verbose')).text(),
    '[+]reconcile ok\n[+]push ok\n[+]shutdown ok\nreadyz check passed\n',
  )
  assert.equal(await (await rig.get('/-/healthy?verbose')).text(), '[+]ping ok\nlivez check passed\n')

  rig.stopping = true
  assert.equal((await rig.get('/readyz')).status, 503)
  assert.equal((await rig.get('/livez')).status, 200)
})

test('a taken push port makes it unready, and says so, until the check is excluded', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  await using rig = await openRig(FILES, { listener: { ip: '127.0.0.1', port } })
  const response = await rig.get('/readyz?verbose')
  assert.equal(response.status, 503)
  assert.match(await response.text(), /^\[-\]push failed: .*EADDRINUSE/m)
  assert.equal((await rig.get('/readyz?exclude=push')).status, 200)
  const status = await body(rig, '/status')
  assert.equal(status.ready, false)
  assert.equal(status.push.state, 'failed')
  assert.match(status.push.error, /EADDRINUSE/)
  other.close()
})

test('an appliance without push streams is ready with the push listener closed', async () => {
  await using rig = await openRig({})
  assert.equal((await rig.get('/readyz')).status, 200)
  assert.equal((await body(rig, '/status')).push.state, 'closed')
})

test('the status document has every object with its conditions, file and error', async () => {
  await using rig = await openRig(FILES)
  const good = await body(rig, '/status')
  assert.equal(good.lastAppliedRevision.length, 40)
  assert.equal(good.lastAttemptedRevision, good.lastAppliedRevision)
  assert.equal(good.watchMode, 'off')
  assert.match(good.push.address, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.deepEqual(
    good.objects.map(({ kind, name, file, state, ready }: any) => [kind, name, file, state, ready]),
    [
      ['rule', 'hot', 'rules/hot.yaml:2', 'running', true],
      ['stream', 'sensors', 'streams/all.sql:2', 'defined', true],
      ['table', 'names', 'streams/all.sql:4', 'defined', true],
    ],
  )
  assert.deepEqual(
    good.journal.map((stream: any) => stream.stream),
    ['sensors', 'names'],
  )
  const since = good.objects[0].since
  assert.equal(since, new Date(rig.clock.now()).toISOString())

  await rig.edit({ 'rules/hot.yaml': HOT.replace('temperature >', 'temprature >') })
  const bad = await body(rig, '/status')
  assert.notEqual(bad.lastAttemptedRevision, bad.lastAppliedRevision)
  const [hot] = bad.objects
  assert.equal(hot.ready, false)
  assert.equal(hot.state, 'failed')
  assert.match(hot.error, /^rules\/hot\.yaml:6:\d+ SQL_UNKNOWN_COLUMN .*last good version goes on/)
  assert.equal(hot.conditions.find((c: any) => c.type === 'Stalled').status, 'True')
  assert.equal(bad.errors.length, 1)
  assert.deepEqual((await body(rig, '/rules'))[0].status, 'running')
  assert.equal((await rig.get('/readyz')).status, 200)
})

test('references to secrets stay references in everything that is shown', async () => {
  const action = '  - mqtt: {server: "tcp://127.0.0.1:1", topic: t, password: "${env:BROKER_PASSWORD}"}\n'
  const files = { ...FILES, 'rules/s.yaml': HOT.replace('hot', 's') + action }
  await using rig = await openRig(files, { env: { BROKER_PASSWORD: 'hunter2' } })
  assert.ok(rig.engine.rules.get('s')?.runner)
  const paths = ['/rules/s', '/rules/s/status', '/rules/s/explain', '/rules/s/topo', '/status', '/metrics']
  const shown = await Promise.all(paths.map(async path => (await rig.get(path)).text()))
  assert.match(shown[0]!, /\$\{env:BROKER_PASSWORD\}/)
  for (const text of shown) assert.ok(!text.includes('hunter2'))
})

test('metrics have the names of eKuiper, ours, and agree with what happened', async () => {
  await using rig = await openRig({ ...FILES, 'rules/off.yaml': HOT.replace('hot', 'off') + 'triggered: false\n' })
  const { address } = rig.push.status()
  const send = (path: string) =>
    fetch(new URL(path, address), { method: 'POST', body: '[{"deviceId":"a","temperature":90},{"temperature":1}]' })
  assert.equal((await send('/api/data')).status, 200)
  assert.equal((await send('/elsewhere')).status, 404)
  await until(() => rig.engine.rules.get('hot')!.runner!.lag() === 0, 'the rows')
  for (const scrape of ['first', 'second']) {
    const response = await rig.get('/metrics')
    assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/, scrape)
    const page = await response.text()
    const labels = (type: string, op: string) => `{rule="hot",type="${type}",op="${op}",op_instance="0"}`
    assert.equal(series(page, `kuiper_source_records_in_total${labels('source', 'sensors')}`), 1)
    assert.equal(series(page, `kuiper_op_records_in_total${labels('op', '2_filter')}`), 2)
    assert.equal(series(page, `kuiper_sink_connection_status${labels('sink', 'nop_0')}`), 1)
    assert.equal(series(page, `sluice_sink_messages_lost_total${labels('sink', 'nop_0')}`), 0)
    assert.equal(series(page, 'kuiper_rule_count{status="running"}'), 1)
    assert.equal(series(page, 'kuiper_rule_count{status="stop"}'), 1)
    assert.equal(series(page, 'kuiper_rule_status{rule="off"}'), 0)
    assert.equal(series(page, 'sluice_push_requests_total{code="200"}'), 1)
    assert.equal(series(page, 'sluice_push_requests_total{code="404"}'), 1)
    assert.equal(series(page, 'sluice_push_rows_total'), 2)
    assert.equal(series(page, 'sluice_journal_held{stream="sensors"}'), 0)
    assert.equal(series(page, 'sluice_config_last_reload_successful'), 1)
    assert.ok(series(page, 'sluice_config_last_reload_success_timestamp_seconds') > 1_900_000_000)
    assert.match(page, /^sluice_config_info\{revision="[0-9a-f]{40}",commit=""\} 1$/m)
    assert.ok(series(page, 'process_resident_memory_bytes') > 0)
  }
  await rig.edit({ 'rules/hot.yaml': undefined, 'rules/bad.yaml': 'id: bad\nsql: SELECT\nactions: [nop: {}]\n' })
  const page = await (await rig.get('/metrics')).text()
  assert.ok(!page.includes('rule="hot"'))
  assert.equal(series(page, 'sluice_config_last_reload_successful'), 0)
  assert.equal(series(page, 'sluice_object_ready{kind="rule",name="bad"}'), 0)
})

test('metrics of a rule whose run is over: what it has counted, and not what waited in it', async () => {
  const options = 'options: {isEventTime: true, lateTolerance: 1h, duration: 1m}\n'
  await using rig = await openRig({
    'streams/s.sql': 'CREATE STREAM s () WITH (DATASOURCE="/s", TYPE="httppush", TIMESTAMP="ts")',
    'rules/r.yaml': `sql: SELECT * FROM s\nactions: [nop: {}]\n${options}`,
  })
  rig.append('s', { ts: 5 })
  rig.clock.advanceTo(rig.clock.now() + 60_000)
  await until(() => rig.journal.status()[0]!.readers === 0, 'the end of the run')
  const page = await (await rig.get('/metrics')).text()
  const labels = '{rule="r",type="source",op="s",op_instance="0"}'
  assert.equal(series(page, `kuiper_source_records_in_total${labels}`), 1)
  assert.equal(series(page, `kuiper_source_connection_status${labels}`), -1)
  assert.ok(!page.includes('sluice_waiting_rows{'))
  assert.ok(!page.includes('kuiper_source_buffer_length{'))
})

test('the status says why a rule does not run although its file wants it to, and when it will', async () => {
  const withOptions = (options: string) => `sql: SELECT * FROM sensors\nactions: [nop: {}]\noptions: {${options}}\n`
  await using rig = await openRig({
    'streams/all.sql': STREAMS,
    'rules/daily.yaml': withOptions('cron: "0 6 * * *", duration: 10m'),
    'rules/once.yaml': withOptions('duration: 1s'),
    'rules/off.yaml': `${withOptions('duration: 1s')}triggered: false\n`,
    'rules/on.yaml': withOptions(''),
  })
  rig.clock.advanceTo(rig.clock.now() + 1000)
  const { objects } = (await (await rig.get('/status')).json()) as { objects: Record<string, unknown>[] }
  assert.deepEqual(
    objects.filter(object => object['kind'] === 'rule').map(({ name, state, run }) => [name, state, run]),
    [
      ['daily', 'stopped: waiting for next schedule.', 'next run at 2033-05-18T06:00:00.000Z'],
      ['off', 'stopped', undefined],
      ['on', 'running', undefined],
      ['once', 'stopped', 'duration terminated'],
    ],
  )
})

test('a rule that has failed is not ready, in metrics and in the status alike', async () => {
  await using rig = await openRig({ ...FILES, 'rules/hot.yaml': `${HOT}options: {restartStrategy: {attempts: 1}}\n` })
  const trap = Object.defineProperty({}, 'temperature', {
    enumerable: true,
    get: () => {
      throw new Error('the trap')
    },
  })
  rig.append('sensors', trap as { temperature: number })
  await until(() => rig.engine.rules.get('hot')!.state === 'stopped by error', 'the failure')
  const page = await (await rig.get('/metrics')).text()
  assert.equal(series(page, 'kuiper_rule_status{rule="hot"}'), -1)
  assert.equal(series(page, 'sluice_object_ready{kind="rule",name="hot"}'), 0)
  assert.equal(series(page, 'sluice_object_ready{kind="stream",name="sensors"}'), 1)
  const { objects } = (await (await rig.get('/status')).json()) as { objects: Record<string, unknown>[] }
  const { state, ready, error, run } = objects.find(object => object['name'] === 'hot')!
  assert.deepEqual([state, ready, error], ['stopped by error', false, 'the trap'])
  assert.match(String(run), /^next run at 2033-05-18T00:00:0/)
})

test('metrics count the rows that came late, by rule', async () => {
  await using rig = await openRig({
    'streams/s.sql': 'CREATE STREAM s () WITH (DATASOURCE="/s", TYPE="httppush", TIMESTAMP="ts")',
    'rules/r.yaml': 'sql: SELECT * FROM s\nactions: [nop: {}]\noptions: {isEventTime: true, lateTolerance: 0}\n',
  })
  rig.append('s', { ts: 5 }, { ts: 3 }, { ts: 4 }, { ts: 5 })
  await until(() => rig.engine.rules.get('r')!.runner!.lag() === 0, 'the rows')
  const page = await (await rig.get('/metrics')).text()
  assert.equal(series(page, 'sluice_late_rows_total{rule="r"}'), 2)
  assert.equal(series(page, 'sluice_waiting_rows{rule="r"}'), 1)
  assert.equal(series(page, 'sluice_idle_streams{rule="r"}'), 0)
  const status = (await (await rig.get('/rules/r/status')).json()) as Record<string, unknown>
  assert.equal(status['op_2_watermark_0_late_rows_total'], 2)
})

test('a fault in an answer is a bare 500, with its stack in the log only', async () => {
  const lines: string[] = []
  const log = makeLog({ level: 'info' }, { write: line => void lines.push(line) })
  await using rig = await openRig(FILES, { log })
  rig.journal.status = () => {
    throw new Error('a secret of the house')
  }
  const response = await rig.get('/status')
  assert.equal(response.status, 500)
  assert.equal(await response.text(), 'Internal Server Error')
  assert.ok(lines.some(line => line.includes('a secret of the house') && line.includes('"path":"/status"')))
})

test('a taken port is told by start, and stop is harmless then', async () => {
  await using rig = await openRig({})
  const port = Number(new URL(rig.url).port)
  await assert.rejects(openRig({}, { port }), /the status listener cannot be opened: .*EADDRINUSE/)
})

test('stop ends while tails are open', async () => {
  const rig = await openRig(FILES)
  const tail = await rig.get('/rules/hot/tail')
  await rig[Symbol.asyncDispose]()
  await assert.rejects(async () => {
    for await (const _ of tail.body!);
  })
  await rig.server.stop()
})
