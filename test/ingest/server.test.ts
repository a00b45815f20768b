// When the listener opens, moves, fails, recovers and closes.

import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { ManualClock } from '../../src/core/clock.ts'
import { makeLog } from '../../src/core/log.ts'
import { PushServer } from '../../src/ingest/server.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'
import { Client, LOCAL, openRig, portOf, requestText, route, send } from './support.ts'

const pem = (name: string) => join(import.meta.dirname, 'tls', name)
const TLS = { certfile: pem('a.cert.pem'), keyfile: pem('a.key.pem') }

/** Holds a port of its own. */
async function blocker(): Promise<Server & { port: number }> {
  const server = createServer() as Server & { port: number }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  server.port = (server.address() as { port: number }).port
  return server
}

function quietLog() {
  const lines: Record<string, unknown>[] = []
  const log = makeLog({ level: 'debug' }, { write: line => void lines.push(JSON.parse(line)) })
  return { log, lines, said: (level: string) => lines.filter(l => l['level'] === level).map(l => l['msg']) }
}

async function refused(port: number): Promise<boolean> {
  const client = new Client(port)
  const failed = await new Promise<boolean>(resolve => {
    client.socket.once('error', () => resolve(true))
    client.socket.once('connect', () => resolve(false))
  })
  client.destroy()
  return failed
}

test('the listener is open exactly while there is a route', async () => {
  const journal = new MemoryJournal()
  const { log } = quietLog()
  const server = new PushServer({ journal, clock: new ManualClock(), log })
  assert.deepEqual(server.status(), { state: 'closed' })
  server.configure(LOCAL)
  await server.ready()
  assert.deepEqual(server.status(), { state: 'closed' })
  server.setRoutes([route('a', '/a')])
  assert.equal(server.status().state, 'opening')
  await server.ready()
  assert.equal(server.status().state, 'open')
  assert.match(server.status().address!, /^http:\/\/127\.0\.0\.1:\d+$/)
  const port = portOf(server)
  server.setRoutes([])
  assert.deepEqual(server.status(), { state: 'closed' })
  assert.equal(await refused(port), true)
  server.setRoutes([route('a', '/a')])
  server.setRoutes([])
  server.setRoutes([route('a', '/a')])
  await server.ready()
  assert.equal(server.status().state, 'open')
  await server.stop(100)
  assert.deepEqual(server.status(), { state: 'closed' })
})

test('routes before settings are fine', async () => {
  const server = new PushServer({ journal: new MemoryJournal(), clock: new ManualClock(), log: quietLog().log })
  server.setRoutes([route('a', '/a')])
  await server.ready()
  assert.equal(server.status().state, 'closed')
  server.configure(LOCAL)
  await server.ready()
  assert.equal(server.status().state, 'open')
  await server.stop(100)
})

test('unchanged settings and routes change nothing, and connections live through new routes', async () => {
  await using rig = await openRig([route('a', '/a'), route('b', '/b')])
  const client = new Client(rig.port)
  const post = async (url: string) => {
    client.write(requestText('POST', url, { 'Content-Length': '2' }, '{}'))
    return (await client.reply())!.status
  }
  assert.equal(await post('/a'), 200)
  rig.server.configure({ ...LOCAL })
  rig.server.setRoutes([route('a', '/a')])
  await rig.server.ready()
  assert.equal(portOf(rig.server), rig.port)
  assert.equal(await post('/a'), 200)
  assert.equal(await post('/b'), 404)
  client.destroy()
})

test('a request keeps the routes it began with', async () => {
  await using rig = await openRig([route('a', '/a'), route('b', '/b')])
  const client = new Client(rig.port)
  await client.write(requestText('POST', '/a', { 'Content-Length': '2', Expect: '100-continue' }))
  assert.equal((await client.reply())!.status, 100)
  rig.server.setRoutes([route('b', '/b')])
  await client.write('{}')
  assert.equal((await client.reply())!.status, 200)
  assert.deepEqual(rig.taken('a'), [{}])
  client.destroy()
})

test('a new port is open before the old one closes, and what was under way is answered', async () => {
  await using rig = await openRig([route('a', '/a')])
  const [slow, faulty] = [new Client(rig.port), new Client(rig.port)]
  for (const client of [slow, faulty]) {
    await client.write(requestText('POST', '/a', { 'Content-Length': '2', Expect: '100-continue' }))
    assert.equal((await client.reply())!.status, 100)
  }
  const free = await blocker()
  await new Promise(resolve => free.close(resolve))
  rig.server.configure({ ip: '127.0.0.1', port: free.port })
  assert.deepEqual(rig.server.status(), { state: 'opening', address: `http://127.0.0.1:${rig.port}` })
  await rig.server.ready()
  assert.equal(portOf(rig.server), free.port)
  assert.equal((await send(free.port, 'POST', '/a', '{"x":2}')).status, 200)
  assert.equal(await refused(rig.port), true)
  for (const [client, body, status] of [
    [slow, '{}', 200],
    [faulty, '{]', 400],
  ] as const) {
    await client.write(body)
    const reply = await client.reply()
    assert.equal(reply!.status, status)
    assert.equal(reply!.headers['connection'], 'close')
    await client.closed()
  }
  assert.deepEqual(rig.taken('a'), [{ x: 2 }, {}])
})

test('a taken port is a failed state, said once, and recovers when the port is free', async () => {
  const other = await blocker()
  const clock = new ManualClock(1000)
  const { log, said, lines } = quietLog()
  await using rig = await openRig([route('a', '/a')].slice(0, 1), { clock, log, settings: LOCAL })
  rig.server.configure({ ip: '127.0.0.1', port: other.port })
  await rig.server.ready()
  const status = rig.server.status()
  assert.equal(status.state, 'failed')
  assert.match(status.error!, /EADDRINUSE/)
  assert.equal(portOf(rig.server), rig.port, 'the earlier listener still serves')
  assert.equal((await send(rig.port, 'POST', '/a', '{}')).status, 200)
  const openLines = () => lines.filter(l => l['msg'] === 'push listener open').length
  for (const waitMs of [1000, 2000, 4000]) {
    clock.advanceTo(clock.now() + waitMs - 1)
    assert.equal(rig.server.status().state, 'failed')
    clock.advanceTo(clock.now() + 1)
    assert.equal(rig.server.status().state, 'opening', `tried again after ${waitMs} ms`)
    await rig.server.ready()
    assert.equal(rig.server.status().state, 'failed')
  }
  assert.deepEqual(said('error'), ['push listener cannot be opened: pushes are refused'])
  assert.equal(openLines(), 1)
  await new Promise(resolve => other.close(resolve))
  clock.advanceTo(clock.now() + 8000)
  await rig.server.ready()
  assert.deepEqual(rig.server.status(), { state: 'open', address: `http://127.0.0.1:${other.port}` })
  assert.equal((await send(other.port, 'POST', '/a', '{}')).status, 200)
})

test('new settings end the waiting for a failed one', async () => {
  const other = await blocker()
  const server = new PushServer({ journal: new MemoryJournal(), clock: new ManualClock(), log: quietLog().log })
  server.configure({ ip: '127.0.0.1', port: other.port })
  server.setRoutes([route('a', '/a')])
  await server.ready()
  assert.deepEqual(server.status().state, 'failed')
  server.setRoutes([])
  assert.deepEqual(server.status(), { state: 'closed' })
  server.setRoutes([route('a', '/a')])
  await server.ready()
  assert.equal(server.status().state, 'failed')
  server.configure(LOCAL)
  await server.ready()
  assert.equal(server.status().state, 'open')
  await server.stop(100)
  other.close()
})

test('with a certificate it speaks HTTPS only, on the same port when asked to', async () => {
  await using rig = await openRig([route('a', '/a')])
  rig.server.configure({ ip: '127.0.0.1', port: rig.port, tls: TLS })
  await rig.server.ready()
  assert.deepEqual(rig.server.status().state, 'open')
  const { port } = rig
  rig.server.configure({ ip: '127.0.0.1', port })
  await rig.server.ready()
  rig.server.configure({ ip: '127.0.0.1', port, tls: TLS })
  await rig.server.ready()
  assert.equal(rig.server.status().address, `https://127.0.0.1:${port}`)
  const client = new Client(port, true)
  client.write(requestText('POST', '/a', { 'Content-Length': '2' }, '{}'))
  assert.equal((await client.reply())!.status, 200)
  client.destroy()
  const plain = new Client(port)
  plain.write(requestText('POST', '/a', { 'Content-Length': '2' }, '{}'))
  assert.equal(await plain.reply(), undefined)
  assert.deepEqual(rig.taken('a'), [{}])
})

test('a bad certificate is a failed state that leaves the old listener alone, and recovers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  const tls = { certfile: join(folder, 'cert.pem'), keyfile: join(folder, 'key.pem') }
  const clock = new ManualClock()
  const { log, said } = quietLog()
  await using rig = await openRig([route('a', '/a')], { clock, log })
  const settings = { ip: '127.0.0.1', port: 0, tls }
  const failsWith = async (error: RegExp) => {
    await rig.server.ready()
    assert.equal(rig.server.status().state, 'failed')
    assert.match(rig.server.status().error!, error)
    assert.equal((await send(rig.port, 'POST', '/a', '{}')).status, 200)
  }
  rig.server.configure(settings)
  await failsWith(/ENOENT.*cert\.pem/)
  await writeFile(tls.certfile, 'not a certificate')
  await copyFile(pem('a.key.pem'), tls.keyfile)
  clock.advanceTo(1000)
  await failsWith(/PEM|certificate/i)
  await copyFile(pem('b.cert.pem'), tls.certfile)
  clock.advanceTo(3000)
  await failsWith(/key values mismatch/i)
  await copyFile(pem('a.cert.pem'), tls.certfile)
  clock.advanceTo(7000)
  await rig.server.ready()
  assert.equal(rig.server.status().state, 'open')

  // A renewed certificate under the same names is taken up; a broken one is not.
  const organisation = async () => {
    const client = new Client(portOf(rig.server), true)
    await new Promise(resolve => client.socket.once('secureConnect', resolve))
    const name = (client.socket as TLSSocket).getPeerCertificate().subject['O']
    client.destroy()
    return name
  }
  assert.equal(await organisation(), 'test only a')
  await writeFile(tls.certfile, 'not a certificate')
  rig.server.configure({ ...settings })
  assert.equal(await organisation(), 'test only a')
  assert.equal(said('error').at(-1), 'the new certificate cannot be used; the old one stays')
  await copyFile(pem('b.cert.pem'), tls.certfile)
  await copyFile(pem('b.key.pem'), tls.keyfile)
  rig.server.configure({ ...settings })
  assert.equal(await organisation(), 'test only b')
  await rm(folder, { recursive: true })
})

test('stop answers what is under way, turns new requests away and closes idle connections', async () => {
  await using rig = await openRig([route('a', '/a')])
  const begun = async () => {
    const client = new Client(rig.port)
    await client.write(requestText('POST', '/a', { 'Content-Length': '7', Expect: '100-continue' }))
    assert.equal((await client.reply())!.status, 100)
    return client
  }
  const fresh = new Client(rig.port)
  const kept = new Client(rig.port)
  kept.write(requestText('POST', '/a', { 'Content-Length': '2' }, '{}'))
  assert.equal((await kept.reply())!.status, 200)
  const slow = await begun()

  let stopped = false
  const stopping = rig.server.stop(60_000).then(() => {
    stopped = true
  })
  kept.write(requestText('POST', '/a', { 'Content-Length': '2' }, '{}'))
  const turnedAway = await kept.reply()
  assert.equal(turnedAway!.status, 503)
  assert.equal(JSON.parse(turnedAway!.body).type, 'urn:sluice:problem:stopping')
  assert.match(turnedAway!.headers['retry-after']!, /^[1-9]\d*$/)
  assert.equal(turnedAway!.headers['connection'], 'close')
  await Promise.all([kept.closed(), fresh.closed()])
  assert.equal(await refused(rig.port), true)
  assert.equal(stopped, false, 'waits for the one under way')
  await slow.write('{"x":1}')
  const reply = await slow.reply()
  assert.equal(reply!.status, 200)
  assert.equal(reply!.headers['connection'], 'close')
  await slow.closed()
  await stopping
  assert.deepEqual(rig.taken('a'), [{}, { x: 1 }])
  assert.deepEqual(rig.server.status(), { state: 'closed' })
})

test('stop does not wait longer than its deadline', async () => {
  await using rig = await openRig([route('a', '/a')])
  const slow = new Client(rig.port)
  await slow.write(requestText('POST', '/a', { 'Content-Length': '7', Expect: '100-continue' }))
  await slow.reply()
  await rig.server.stop(20)
  await slow.closed()
  assert.deepEqual(rig.taken('a'), [])
})

test('stop while the port is taken, and stop before anything, end at once', async () => {
  const other = await blocker()
  const clock = new ManualClock()
  const server = new PushServer({ journal: new MemoryJournal(), clock, log: quietLog().log })
  server.configure({ ip: '127.0.0.1', port: other.port })
  server.setRoutes([route('a', '/a')])
  await server.stop(60_000)
  await new Promise(resolve => other.close(resolve))
  clock.advanceTo(100_000)
  await server.ready()
  assert.deepEqual(server.status(), { state: 'closed' })
  await new PushServer({ journal: new MemoryJournal(), clock, log: quietLog().log }).stop(60_000)
})

test('refusals are a line for the first of a kind and then one a minute', async () => {
  const clock = new ManualClock(0)
  const { log, lines } = quietLog()
  await using rig = await openRig([route('a', '/a')], { clock, log })
  for (let i = 0; i < 5; i++) await send(rig.port, 'POST', '/a?token=secret', '{"password":"hunter2",}')
  await send(rig.port, 'POST', '/b', '{}')
  clock.advanceTo(60_000)
  await send(rig.port, 'POST', '/a', '{')
  const said = lines.filter(l => l['msg'] === 'push refused')
  assert.deepEqual(
    said.map(l => [l['type'], l['path'], l['alsoSince'], l['level']]),
    [
      ['bad-json', '/a', undefined, 'info'],
      ['unknown-path', '/b', undefined, 'info'],
      ['bad-json', '/a', 4, 'info'],
    ],
  )
  assert.doesNotMatch(JSON.stringify(lines), /secret|hunter2/)
})
