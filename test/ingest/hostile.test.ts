// Clients that are slow, broken, gone or ill-meaning.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeLog } from '../../src/core/log.ts'
import { handlePush } from '../../src/ingest/deliver.ts'
import { RouteTable } from '../../src/ingest/routes.ts'
import type { Journal, JournalReader } from '../../src/journal/journal.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'
import { Client, openRig, requestText, route, send } from './support.ts'
import '../support/seed.ts'

/** Resolves when a condition that I/O brings about holds; the event loop turns meanwhile. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

const one = [route('a', '/a', { maxBodyBytes: 1000 })]

test('a body in many pieces is one body', async () => {
  await using rig = await openRig(one)
  const client = new Client(rig.port)
  await client.write(requestText('POST', '/a', { 'Content-Length': '12' }))
  for (const piece of ['{"x"', ':', '"ä', '"', '}  ']) await client.write(Buffer.from(piece))
  assert.equal((await client.reply())!.status, 200)
  assert.deepEqual(rig.taken('a'), [{ x: 'ä' }])
  client.destroy()
})

test('a chunked body is taken, and cut at the limit', async () => {
  await using rig = await openRig(one)
  const chunked = { 'Transfer-Encoding': 'chunked' }
  assert.equal((await send(rig.port, 'POST', '/a', '4\r\n{"x"\r\n3\r\n:1}\r\n0\r\n\r\n', chunked)).status, 200)
  assert.deepEqual(rig.taken('a'), [{ x: 1 }])
  const client = new Client(rig.port)
  await client.write(requestText('POST', '/a', chunked))
  const kilobyte = `400\r\n${'x'.repeat(0x400)}\r\n`
  await client.write(kilobyte)
  const reply = await client.reply()
  assert.equal(reply!.status, 413)
  assert.equal(JSON.parse(reply!.body).limit, 1000)
  assert.equal(reply!.headers['connection'], 'close')
  // The client may go on for a while without being cut off, so that it comes to read the answer.
  for (let i = 0; i < 20; i++) await client.write(kilobyte)
  await client.write('0\r\n\r\n')
  assert.equal(await client.closed(), '')
  assert.equal(client.error, undefined, 'a reset would lose the answer')
  assert.deepEqual(rig.server.counters(), { requests: { 200: 1, 413: 1 }, rows: 1, bytes: 7, aborted: 0, underWay: 0 })
})

test('a chunked body of exactly the limit is taken', async () => {
  await using rig = await openRig([route('a', '/a', { maxBodyBytes: 7 })])
  assert.equal(
    (await send(rig.port, 'POST', '/a', '7\r\n{"x":1}\r\n0\r\n\r\n', { 'Transfer-Encoding': 'chunked' })).status,
    200,
  )
  assert.equal(
    (await send(rig.port, 'POST', '/a', '8\r\n{"x":1} \r\n0\r\n\r\n', { 'Transfer-Encoding': 'chunked' })).status,
    413,
  )
  assert.equal((await send(rig.port, 'POST', '/a', '{"x":1}')).status, 200)
  assert.equal((await send(rig.port, 'POST', '/a', '{"x":1} ')).status, 413)
})

test('a client that sends without end is cut off after its refusal', async () => {
  await using rig = await openRig(one)
  const client = new Client(rig.port)
  await client.write(requestText('POST', '/a', { 'Content-Length': '1000000000' }))
  assert.equal((await client.reply())!.status, 413)
  const megabyte = Buffer.alloc(1 << 20, 'x')
  let closed = false
  const closing = client.closed().then(() => {
    closed = true
  })
  let sent = 0
  const count = (error?: Error | null) => {
    if (!error) sent++
  }
  for (let i = 0; i < 100 && !closed; i++) client.socket.write(megabyte, count)
  await closing
  assert.ok(sent < 50, `the server has read ${sent} MiB of it`)
  await until(() => rig.server.counters().underWay === 0)
})

test('after a refused small body the connection goes on', async () => {
  await using rig = await openRig(one)
  const client = new Client(rig.port)
  for (const [method, url, status] of [
    ['POST', '/b', 404],
    ['PUT', '/a', 405],
    ['POST', '/a', 200],
  ] as const) {
    await client.write(requestText(method, url, { 'Content-Length': '2' }))
    await client.write('{}')
    assert.equal((await client.reply())!.status, status)
  }
  client.destroy()
})

test('pipelined requests are answered in order', async () => {
  await using rig = await openRig(one)
  const client = new Client(rig.port)
  const bodies = ['{"n":1}', '{"n":', '{"n":3}', '{"n":4}']
  client.write(bodies.map(body => requestText('POST', '/a', { 'Content-Length': String(body.length) }, body)).join(''))
  const statuses = []
  for (const _ of bodies) statuses.push((await client.reply())!.status)
  assert.deepEqual(statuses, [200, 400, 200, 200])
  assert.deepEqual(rig.taken('a'), [{ n: 1 }, { n: 3 }, { n: 4 }])
  client.destroy()
})

test('who waits for 100-continue is refused before the body is sent, or called on', async () => {
  await using rig = await openRig(one, { limits: { bufferLength: 1, bufferBytes: 1e6 } })
  const ask = async (method: string, url: string, headers: Record<string, string>) => {
    const client = new Client(rig.port)
    await client.write(requestText(method, url, { Expect: '100-continue', ...headers }))
    const reply = await client.reply()
    if (reply?.status !== 100) assert.equal(await client.closed(), '')
    return { client, status: reply?.status }
  }
  assert.equal((await ask('POST', '/b', { 'Content-Length': '2' })).status, 404)
  assert.equal((await ask('PUT', '/a', { 'Content-Length': '2' })).status, 405)
  assert.equal((await ask('POST', '/a', { 'Content-Length': '2000' })).status, 413)
  assert.equal((await ask('POST', '/a', { 'Content-Length': '2', 'Content-Type': 'text/csv' })).status, 415)
  const { client, status } = await ask('POST', '/a', { 'Content-Length': '2' })
  assert.equal(status, 100)
  await client.write('{}')
  assert.equal((await client.reply())!.status, 200)
  client.destroy()
  assert.equal((await ask('POST', '/a', { 'Content-Length': '2' })).status, 503, 'full is known before the body too')
  assert.equal(rig.server.counters().underWay, 0)
})

test('clients that vanish are counted, and nothing is printed', async t => {
  const printed = t.mock.method(console, 'error', () => {})
  const lines: string[] = []
  await using rig = await openRig(one, { log: makeLog({ level: 'debug' }, { write: line => void lines.push(line) }) })
  const said = lines.length
  const clients = Array.from({ length: 20 }, () => new Client(rig.port))
  for (const client of clients) await client.write(`${requestText('POST', '/a', { 'Content-Length': '20' })}{"x":`)
  await until(() => rig.server.counters().underWay === 20)
  clients.forEach((client, i) => {
    if (i % 2) client.socket.resetAndDestroy()
    else client.destroy()
  })
  await until(() => rig.server.counters().underWay === 0)
  assert.deepEqual(rig.server.counters(), { requests: {}, rows: 0, bytes: 0, aborted: 20, underWay: 0 })
  assert.deepEqual(rig.taken('a'), [])
  assert.deepEqual(lines.slice(said), [])
  assert.equal(printed.mock.callCount(), 0)
})

test('a body that does not come is cut with 408', async () => {
  const timeouts = { headersMs: 30, requestMs: 60, keepAliveMs: 5000, checkMs: 10 }
  await using rig = await openRig(one, { timeouts })
  for (const text of [`${requestText('POST', '/a', { 'Content-Length': '20' })}{"x":`, 'POST /a HTT']) {
    const client = new Client(rig.port)
    await client.write(text)
    const reply = await client.reply()
    assert.equal(reply!.status, 408)
    assert.equal(JSON.parse(reply!.body).type, 'urn:sluice:problem:timeout')
    await client.closed()
  }
  await until(() => rig.server.counters().underWay === 0)
  assert.equal(rig.server.counters().requests[408], 2)
})

const notHttp: Record<string, [text: string, status: number]> = {
  'no HTTP at all': ['hello\r\n\r\n', 400],
  'an unknown method': ['BREW /a HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  'a length that is no number': ['POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', 400],
  'a length and chunks': [
    'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
  ],
  'bad chunks': ['POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  'no host': ['POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}', 400],
  'huge headers': [`POST /a HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
}
for (const [name, [text, status]] of Object.entries(notHttp)) {
  test(`${name} is answered ${status} and closed`, async () => {
    await using rig = await openRig(one)
    const client = new Client(rig.port)
    await client.write(text)
    assert.equal((await client.reply())!.status, status)
    await client.closed()
    assert.deepEqual(rig.taken('a'), [])
    await until(() => rig.server.counters().underWay === 0)
  })
}

test('a fault of ours is a bare 500 with its instance in the log, and the next request is served', async () => {
  const lines: Record<string, unknown>[] = []
  const log = makeLog({ level: 'error' }, { write: line => void lines.push(JSON.parse(line)) })
  await using rig = await openRig(one, { log })
  const broken = Object.assign(Object.create(rig.journal) as Journal, {
    append: () => {
      throw new TypeError('broken journal')
    },
    hasRoom: () => true as const,
  })
  const { PushServer } = await import('../../src/ingest/server.ts')
  const server = new PushServer({ journal: broken, clock: { now: () => 0, at: () => () => {} }, log })
  server.configure({ ip: '127.0.0.1', port: 0 })
  server.setRoutes(one)
  await server.ready()
  const port = Number(new URL(server.status().address!).port)
  for (let i = 0; i < 2; i++) {
    const reply = await send(port, 'POST', '/a', '{}')
    assert.equal(reply.status, 500)
    assert.doesNotMatch(reply.body, /broken/)
    assert.equal(JSON.parse(reply.body).instance, lines[i]!['instance'])
    assert.match(String(lines[i]!['err']), /TypeError: broken journal\n.*at /)
  }
  await server.stop(0)
})

const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
  fc.tuple(fc.json(), fc.nat(), fc.string()).map(([text, n, more]) => {
    const at = n % (text.length + 1)
    return Buffer.from(text.slice(0, at) + more + text.slice(at + 1))
  }),
  fc.json().map(text => Buffer.from(text)),
)
const anyHeaders = fc.dictionary(
  fc.constantFrom('Content-Type', 'content-encoding', 'Accept', 'expect', '__proto__', 'content-length'),
  fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('application/json', 'application/x-www-form-urlencoded', '*/*'),
  ),
)

test('10,000 random requests get 2xx or 4xx, and only 2xx leaves rows', () => {
  const table = new RouteTable([route('a', '/a', { needsMeta: true, exactNumbers: true }), route('b', '/:x/b')])
  const { journal, reader } = openJournal()
  const url = fc.oneof(fc.constantFrom('/a', '/a?x=1', '/q/b', '/%', '*', ''), fc.string())
  fc.assert(
    fc.property(
      fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'GET', 'constructor'),
      url,
      anyHeaders,
      anyBody,
      (method, target, headers, body) => {
        const answer = handlePush(table, journal, { method, url: target, headers, body, time: 1 })
        const messages = reader.read(10)
        reader.release(reader.position)
        assert.ok(answer.status === 200 || (answer.status >= 400 && answer.status < 500), `${answer.status}`)
        if (answer.status !== 200) {
          assert.deepEqual(messages, [])
          assert.equal(JSON.parse(answer.body).status, answer.status)
        }
      },
    ),
    { numRuns: 10_000 },
  )
})

test('500 random bodies over sockets get 200 or 4xx', async () => {
  await using rig = await openRig(one)
  const bodies = fc.sample(anyBody, 500)
  const statuses = new Map<number, number>()
  const worker = async () => {
    const client = new Client(rig.port)
    for (let body = bodies.pop(); body; body = bodies.pop()) {
      client.write(
        Buffer.concat([Buffer.from(requestText('POST', '/a', { 'Content-Length': String(body.length) })), body]),
      )
      const { status } = (await client.reply())!
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    client.destroy()
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  assert.deepEqual(
    [...statuses.keys()].filter(s => s !== 200 && s !== 400 && s !== 413),
    [],
  )
  assert.ok(statuses.get(400)! > 100)
})

function openJournal(): { journal: Journal; reader: JournalReader } {
  const journal = new MemoryJournal()
  for (const stream of ['a', 'b']) journal.define(stream, { bufferLength: 10, bufferBytes: 1e6 })
  journal.reader('b').close()
  return { journal, reader: journal.reader('a') }
}
