// What a person who runs it relies on: secrets stay secret, the environment wins, topics connect rules, errors reach who asked.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../services/http-server.ts'
import { post, startAppliance, temporaryFolder, writeFiles } from '../support/appliance-process.ts'

const STREAM = 'CREATE STREAM s () WITH (TYPE="httppush", DATASOURCE="/in", FORMAT="json");\n'
const rule = (sql: string, actions = '[{log: {sendSingle: true}}]', more = '') =>
  `sql: ${sql}\nactions: ${actions}\n${more}`

test('secrets go to the server and nowhere else, and a rotated one restarts its rule only', async t => {
  const server = await startServer()
  t.after(() => server.close())
  const secret = join(temporaryFolder(t, { secret: 'geheim-file-1\n' }), 'secret')
  const headers = `{Authorization: "Bearer \${file:${secret}}", x-token: "\${env:TOKEN}"}`
  const appliance = await startAppliance(
    t,
    {
      'streams/s.sql': STREAM,
      'rules/sends.yaml': rule(
        'SELECT a FROM s',
        `[{rest: {url: "${server.url}/\${env:TOKEN}", method: POST, headers: ${headers}}}]`,
      ),
      'rules/fails.yaml': rule(
        'SELECT a FROM s',
        '[{rest: {url: "http://u:${env:TOKEN}@127.0.0.1:1/${env:TOKEN}", method: POST}}]',
      ),
      'rules/bad.yaml': rule('SELECT a FROM s', '[{rest: {url: "${env:TOKEN}", method: "${env:TOKEN}"}}]'),
      'rules/missing.yaml': rule('SELECT a FROM s', '[{rest: {url: "${env:NOT_SET}"}}]'),
      'rules/window.yaml': rule('SELECT count(*) AS n FROM s GROUP BY COUNTWINDOW(2)'),
    },
    { TOKEN: 'geheim-env' },
  )
  await post(`${appliance.push}/in`, '{"a":1}')
  await appliance.line(line => line['rule'] === 'fails' && line['level'] === 'warn')

  const from = appliance.lines.length
  writeFileSync(secret, 'geheim-file-2\n')
  appliance.child.kill('SIGHUP')
  const step = await appliance.line(line => line['msg'] === 'step taken', from)
  assert.deepEqual([step['name'], step['reason']], ['sends', 'a secret changed'])
  await post(`${appliance.push}/in`, '{"a":2}')
  await appliance.result('{"n":2}')

  const pages = ['/status', '/rules', '/rules/sends', '/rules/sends/status', '/rules/fails/status', '/rules/bad/status']
  const shown = await Promise.all(pages.map(async page => (await fetch(appliance.status + page)).text()))
  assert.match(shown[0]!, /rules\/missing\.yaml:2:\d+ CONFIG_REFERENCE .*NOT_SET.* is not set/)
  assert.match(shown[0]!, /rules\/bad\.yaml:2:\d+ RULE_ACTION/)
  await appliance.stop()
  assert.doesNotMatch(JSON.stringify([shown, appliance.lines, appliance.stderr]), /geheim/)
  assert.deepEqual(
    server.received.map(({ url, headers: h, body }) => [url, h['authorization'], h['x-token'], body]),
    [
      ['/geheim-env', 'Bearer geheim-file-1', 'geheim-env', '[{"a":1}]'],
      ['/geheim-env', 'Bearer geheim-file-2', 'geheim-env', '[{"a":2}]'],
    ],
  )
})

test('the environment overrides the files, by the whole name of the file', async t => {
  const appliance = await startAppliance(
    t,
    {
      'streams/s.sql': `${STREAM}CREATE STREAM other () WITH (TYPE="httppush", FORMAT="json", CONF_KEY="app");\n`,
      'rules/a.yaml': rule('SELECT a / 0 AS x FROM s'),
      'rules/b.yaml': rule('SELECT * FROM other'),
      // as another system's editor leaves it
      'etc/sluice.yaml': '\ufeffstatus: {ip: 127.0.0.1, port: 1}\r\nlog: {level: info}\r\n',
    },
    {
      SLUICE__STATUS__PORT: '0',
      KUIPER__RULE__SENDERROR: 'true',
      HTTPPUSH__DEFAULT__METHOD: 'PUT',
      HTTPPUSH__APP__METHOD: 'POST',
      HTTPPUSHX__DEFAULT__METHOD: 'GET',
      SLUICE__LOG__LEVL: 'debug',
    },
  )
  const warnings = appliance.lines.filter(line => line['level'] === 'warn').map(line => line['msg'])
  assert.equal(warnings.length, 1)
  assert.match(warnings[0], /SLUICE__LOG__LEVL sets nothing.*Did you mean SLUICE__LOG__LEVEL\?/)
  assert.equal((await post(`${appliance.push}/in`, '{"a":1}')).status, 405)
  assert.equal((await post(`${appliance.push}/in`, '{"a":"x"}', { method: 'PUT' })).status, 200)
  assert.equal((await post(`${appliance.push}/other`, '{"a":1}')).status, 200)
  await appliance.result('rule a: ')
})

test('path parameters name topics, wildcards collect them, errors go on where they are asked for', async t => {
  const appliance = await startAppliance(t, {
    'streams/s.sql':
      'CREATE STREAM s () WITH (TYPE="httppush", DATASOURCE="/devices/:id/data", FORMAT="json");\n' +
      'CREATE STREAM one () WITH (TYPE="memory", DATASOURCE="site/+/raw", FORMAT="json");\n' +
      'CREATE STREAM all () WITH (TYPE="memory", DATASOURCE="site/#", FORMAT="json");\n',
    'rules/publish.yaml': rule(
      'SELECT a, meta(id) AS id, meta(header->`x-a`) AS h, meta(query->q) AS q, meta(method) AS m FROM s',
      '[{memory: {topic: "site/{{.id}}/raw", sendSingle: true, fields: [a, id, h, q, m]}}]',
    ),
    'rules/one.yaml': rule('SELECT *, meta(topic) AS topic FROM one'),
    'rules/error.yaml': rule(
      'SELECT a + 1 AS sum FROM s',
      '[{log: {}}, {memory: {topic: site/errors}}]',
      'options: {sendError: true}\n',
    ),
    'rules/all.yaml': rule('SELECT error, meta(topic) AS topic FROM all'),
  })
  const init = { headers: { 'content-type': 'application/json', 'x-a': 'hdr' } }
  const answer = await post(`${appliance.push}/devices/d%C3%A4/data?q=5`, '{"a":"text"}', init)
  assert.deepEqual([answer.status, answer.text], [200, 'ok'])
  await appliance.result('rule one: {"a":"text","h":"hdr","id":"dä","m":"POST","q":"5","topic":"site/dä/raw"}')
  await appliance.result('rule all: {"topic":"site/dä/raw"}')
  const bare = await appliance.result('rule error: ')
  assert.doesNotMatch(bare['msg'], /rule error: [[{"]/, 'byte sinks get the bare text')
  const tuple = await appliance.result('"topic":"site/errors"')
  assert.match(tuple['msg'], /rule all: \{"error":"/, 'tuple sinks get a row')
})

test('the log level changes live; what cannot says that it waits', async t => {
  const appliance = await startAppliance(t, { 'streams/s.sql': STREAM, 'rules/a.yaml': rule('SELECT a FROM s') })
  const status = 'status: {ip: 127.0.0.1, port: 0}\n'
  writeFiles(appliance.dir, { 'etc/sluice.yaml': `${status}timezone: UTC\n` })
  await appliance.line(line => line['level'] === 'warn' && /take effect at the next start/.test(line['msg']))
  writeFiles(appliance.dir, { 'etc/sluice.yaml': `${status}log: {level: warm}\n` })
  await appliance.line(line => /^etc\/sluice\.yaml:2:\d+ CONFIG_VALUE "log.level" must be trace/.test(line['msg']))
  await post(`${appliance.push}/in`, '{"a":"still info"}')
  await appliance.result('still info')
})

test('hundreds of devices hold their connections open, and none keeps it from stopping', async t => {
  const appliance = await startAppliance(t, {
    'streams/s.sql': STREAM,
    'rules/a.yaml': rule('SELECT d, count(*) AS n FROM s GROUP BY d, COUNTWINDOW(500)', '[{log: {}}]'),
  })
  const { port, hostname } = new URL(appliance.push)
  const sockets: Socket[] = []
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  const answers = await Promise.all(
    Array.from({ length: 500 }, async (_, i) => {
      const socket = connect(Number(port), hostname)
      sockets.push(socket)
      await once(socket, 'connect')
      const body = `{"d":"device-${i}"}`
      socket.write(`POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      const [answer] = await once(socket, 'data')
      return String(answer).split('\r\n', 1)[0]
    }),
  )
  assert.deepEqual([...new Set(answers)], ['HTTP/1.1 200 OK'])
  const window = await appliance.result('device-499')
  assert.equal(window['msg'].match(/"n":1\}/g).length, 500)
  assert.equal(await appliance.stop(), 0)
})
