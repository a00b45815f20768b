// The whole appliance as a process: devices push, rules work, actions fire, files change under it, signals end it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCertificate, startServer } from '../services/http-server.ts'
import { ApplianceProcess, post, startAppliance, temporaryFolder, writeFiles } from '../support/appliance-process.ts'

const STREAM = 'CREATE STREAM s () WITH (TYPE="httppush", DATASOURCE="/in", FORMAT="json");\n'
const rule = (sql: string, actions = '[{log: {sendSingle: true}}]') => `sql: ${sql}\nactions: ${actions}\n`

test('a push goes through a rule to the log, a file and an HTTP server, digits unchanged', async t => {
  const server = await startServer()
  t.after(() => server.close())
  const appliance = await startAppliance(t, {
    'streams/s.sql': STREAM,
    'rules/big.yaml': rule(
      'SELECT id, v * 2 AS twice FROM s WHERE v > 1',
      `[{log: {sendSingle: true}}, {file: {path: out.jsonl}}, {rest: {url: "${server.url}/hook", method: POST, sendSingle: true}}]`,
    ),
  })
  const answer = await post(`${appliance.push}/in`, '[{"id": 9007199254740993, "v": 2.5}, {"id": 1, "v": 0}]')
  assert.deepEqual([answer.status, answer.text], [200, 'ok'])
  await appliance.result('{"id":9007199254740993,"twice":5}')
  assert.equal(await appliance.stop(), 0)
  assert.deepEqual(
    server.received.map(({ method, url, body }) => [method, url, body]),
    [['POST', '/hook', '{"id":9007199254740993,"twice":5}']],
  )
  assert.equal(readFileSync(join(appliance.dir, 'data/out.jsonl'), 'utf8'), '[{"id":9007199254740993,"twice":5}]\n')
})

test('files added, edited, broken and deleted change what runs; a neighbour keeps its window', async t => {
  const appliance = await startAppliance(t, {
    'streams/s.sql': STREAM,
    'rules/window.yaml': rule('SELECT count(*) AS rows FROM s GROUP BY COUNTWINDOW(4)'),
    'rules/edited.yaml': rule('SELECT "first" AS version, n FROM s'),
  })
  const push = async (n: number) => assert.equal((await post(`${appliance.push}/in`, `{"n": ${n}}`)).status, 200)
  await push(1)
  await appliance.result('"n":1,"version":"first"')

  writeFiles(appliance.dir, {
    'rules/edited.yaml': rule('SELECT "second" AS version, n FROM s'),
    'rules/added.yaml': rule('SELECT n AS added FROM s'),
  })
  await appliance.line(line => line['msg'] === 'step taken' && line['name'] === 'added')
  await push(2)
  await appliance.result('"n":2,"version":"second"')
  await appliance.result('{"added":2}')

  writeFiles(appliance.dir, { 'rules/edited.yaml': rule('SELEKT n FROM s') })
  const broken = await appliance.line(line => line['level'] === 'error')
  assert.match(broken['msg'], /^rules\/edited\.yaml:1:6 SQL_SYNTAX /)
  await push(3)
  await appliance.result('"n":3,"version":"second"')
  const { objects } = (await (await fetch(`${appliance.status}/status`)).json()) as { objects: any[] }
  const edited = objects.find(o => o.name === 'edited')
  assert.equal(edited.ready, false)
  assert.match(edited.error, /^rules\/edited\.yaml:1:6 SQL_SYNTAX /)
  assert.equal((await fetch(`${appliance.status}/readyz`)).status, 200, 'a broken file hurts itself only')

  await push(4)
  await appliance.result('{"rows":4}')
})

test('SIGTERM under load: every row that was answered with 200 is in the file', async t => {
  const appliance = await startAppliance(t, {
    'streams/s.sql': STREAM,
    'rules/all.yaml': rule('SELECT n FROM s', '[{file: {path: out.jsonl, sendSingle: true}}]'),
  })
  let accepted = 0
  let next = 0
  let stopping: Promise<unknown> | undefined
  const client = async () => {
    for (;;) {
      const from = next
      next += 10
      const body = JSON.stringify(Array.from({ length: 10 }, (_, i) => ({ n: from + i })))
      try {
        const { status } = await post(`${appliance.push}/in`, body)
        // A full journal is no end: on a busy machine it comes before there is anything to stop.
        if (status === 503 && !stopping) continue
        if (status !== 200) return
        accepted += 10
      } catch {
        return
      }
      if (accepted >= 20_000) stopping ??= appliance.stop()
    }
  }
  await Promise.all(Array.from({ length: 32 }, client))
  assert.equal(await stopping, 0)
  const lines = readFileSync(join(appliance.dir, 'data/out.jsonl'), 'utf8').trimEnd().split('\n')
  assert.ok(lines.length >= accepted, `${accepted} rows were accepted, ${lines.length} are in the file`)
  assert.equal(new Set(lines).size, lines.length, 'no row twice')
})

test('a sink that hangs is heard at the socket as 503 with Retry-After, not as a lost row', async t => {
  const server = await startServer()
  t.after(() => server.close())
  server.answers.push({ hang: true })
  const appliance = await startAppliance(t, {
    'streams/s.sql': STREAM,
    'etc/sources/httppush.yaml': 'source: {httpServerIp: 127.0.0.1, httpServerPort: 0}\ndefault: {bufferLength: 4}\n',
    'rules/slow.yaml': rule(
      'SELECT * FROM s',
      `[{rest: {url: "${server.url}/", method: POST, timeout: 60s, bufferLength: 2}}]`,
    ),
  })
  let accepted = 0
  let refused: Awaited<ReturnType<typeof post>> | undefined
  for (let i = 0; i < 200 && !refused; i++) {
    const answer = await post(`${appliance.push}/in`, `{"i": ${i}}`)
    if (answer.status === 200) accepted++
    else refused = answer
  }
  assert.equal(refused?.status, 503)
  assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  assert.equal(JSON.parse(refused.text).type, 'urn:sluice:problem:full')
  // The hanging request is cut off, tried again and answered; everything behind it follows.
  server.disconnect()
  assert.equal(await appliance.stop(), 0)
  assert.equal(server.received.length, accepted + 1)
})

test('200 is the truth: what the rules would have to discard is refused', async t => {
  const appliance = await startAppliance(t, {
    'streams/s.sql':
      'CREATE STREAM s (id BIGINT, t FLOAT, unused BOOLEAN) WITH (TYPE="httppush", DATASOURCE="/in", FORMAT="json");',
    'rules/r.yaml': rule('SELECT id, t FROM s'),
  })
  const refused = await post(`${appliance.push}/in`, '[{"id": 1, "t": 2}, {"id": 2, "t": "warm"}]')
  assert.equal(refused.status, 422)
  const problem = JSON.parse(refused.text)
  assert.deepEqual([problem.type, problem.index], ['urn:sluice:problem:schema-mismatch', 1])
  assert.equal((await post(`${appliance.push}/in`, '{"id": 1.0, "t": 2}')).status, 422, '1.0 is no BIGINT')
  assert.equal((await post(`${appliance.push}/in`, '{"id": 3, "t": 2, "unused": []}')).status, 200, 'nobody reads it')
  await appliance.result('{"id":3,"t":2}')
})

test("the documentation's httppush.yaml means PUT where it says server, with one warning", async t => {
  const appliance = await startAppliance(t, {
    'etc/sources/httppush.yaml':
      'source: {httpServerIp: 127.0.0.1, httpServerPort: 0}\ndefault: {method: "POST"}\napplication_conf: {server: "PUT"}\n',
    'streams/s.sql':
      'CREATE STREAM posted() WITH (FORMAT="json", TYPE="httppush");\n' +
      'CREATE STREAM putted() WITH (FORMAT="json", TYPE="httppush", DATASOURCE="/posted", CONF_KEY="application_conf");',
    'rules/a.yaml': rule('SELECT "post" AS a, n FROM posted'),
    'rules/b.yaml': rule('SELECT "put" AS a, n FROM putted'),
  })
  const warnings = appliance.lines.filter(line => line['level'] === 'warn')
  assert.equal(warnings.length, 1)
  assert.match(warnings[0]!['msg'], /^etc\/sources\/httppush\.yaml:3:20 CONFIG_UNKNOWN_KEY .*method/)
  assert.equal((await post(`${appliance.push}/posted`, '{"n": 1}', { method: 'PUT' })).status, 200)
  assert.equal((await post(`${appliance.push}/posted`, '{"n": 2}')).status, 200)
  await appliance.result('{"a":"put","n":1}')
  await appliance.result('{"a":"post","n":2}')
})

test('a taken port shows in readiness and status, and is taken as soon as it is free', async t => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const { port } = blocker.address() as { port: number }
  const appliance = await startAppliance(t, {
    'etc/sources/httppush.yaml': `source: {httpServerIp: 127.0.0.1, httpServerPort: ${port}}\n`,
    'streams/s.sql': STREAM,
    'rules/r.yaml': rule('SELECT * FROM s'),
  })
  assert.match(appliance.push, /^failed: .*EADDRINUSE/)
  const readiness = await fetch(`${appliance.status}/readyz?verbose`)
  assert.equal(readiness.status, 503)
  assert.match(await readiness.text(), /\[-\]push failed: .*EADDRINUSE/)
  const before = appliance.lines.length
  blocker.close()
  assert.equal(await appliance.reopened(before), `http://127.0.0.1:${port}`)
  assert.equal((await fetch(`${appliance.status}/readyz`)).status, 200)
})

test('the listener opens with the first rule that needs it and closes with the last', async t => {
  const appliance = await startAppliance(t, {
    'streams/s.sql': STREAM,
    'rules/r.yaml': `triggered: false\n${rule('SELECT * FROM s')}`,
  })
  assert.match(appliance.push, /^closed/)
  assert.equal((await fetch(`${appliance.status}/readyz`)).status, 200)
  let from = appliance.lines.length
  writeFiles(appliance.dir, { 'rules/r.yaml': rule('SELECT * FROM s') })
  const push = await appliance.reopened(from)
  assert.equal((await post(`${push}/in`, '{}')).status, 200)
  from = appliance.lines.length
  writeFiles(appliance.dir, { 'rules/r.yaml': `triggered: false\n${rule('SELECT * FROM s')}` })
  await appliance.line(line => String(line['msg']).startsWith('push listener closed'), from)
})

test('HTTPS with a certificate of the repository', async t => {
  const certificate = await makeCertificate()
  if (!certificate) return t.skip('install openssl (Debian: apt-get install openssl)')
  t.after(() => certificate.remove())
  const appliance = await startAppliance(t, {
    'etc/sources/httppush.yaml':
      'source: {httpServerIp: 127.0.0.1, httpServerPort: 0, httpServerTls: {certfile: etc/tls/cert.pem, keyfile: etc/tls/key.pem}}\n',
    'etc/tls/cert.pem': certificate.cert,
    'etc/tls/key.pem': certificate.key,
    'streams/s.sql': STREAM,
    'rules/r.yaml': rule('SELECT n FROM s'),
  })
  assert.match(appliance.push, /^https:/)
  const { Agent, request } = await import('node:https')
  const url = new URL(`${appliance.push}/in`)
  const status = await new Promise<number>((resolve, reject) => {
    const agent = new Agent({ ca: certificate.cert, checkServerIdentity: () => undefined })
    request(url, { method: 'POST', agent }, response => {
      response.resume()
      agent.destroy()
      resolve(response.statusCode!)
    })
      .on('error', reject)
      .end('{"n": 7}')
  })
  assert.equal(status, 200)
  await appliance.result('{"n":7}')
})

test('a configuration that does not let it start: every error with its place, exit 78', async t => {
  const dir = temporaryFolder(t, { 'etc/sluice.yaml': 'status: {prot: 9081}\n' })
  const bad = new ApplianceProcess(dir, {})
  assert.equal(await bad.ended, 78)
  assert.match(bad.stderr, /^etc\/sluice\.yaml:1:10 CONFIG_UNKNOWN_KEY/)
  const missing = new ApplianceProcess(join(dir, 'nowhere'), {})
  assert.equal(await missing.ended, 78)
  assert.match(missing.stderr, /does not exist/)
})
