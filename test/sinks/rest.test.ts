import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { Values } from '../../src/core/value.ts'
import { ActionRunner } from '../../src/sinks/action-runner.ts'
import { restSink } from '../../src/sinks/rest.ts'
import { type Sink, SinkError } from '../../src/sinks/sink.ts'
import { makeCertificate, startServer, type TestCertificate, type TestServer } from '../services/http-server.ts'
import { message, NEVER, type TestContext, testContext } from './support.ts'

let server: TestServer
let sink: Sink | undefined
let context: TestContext

beforeEach(async () => {
  server = await startServer()
  context = testContext()
})
afterEach(async () => {
  await sink?.close()
  sink = undefined
  await server.close()
})

async function openSink(options: object): Promise<Sink> {
  sink = restSink.create(options, context)
  await sink.open(NEVER)
  return sink
}

/** The SinkError that a write ends in. */
async function failureOf(write: Promise<void> | void): Promise<SinkError> {
  try {
    await write
  } catch (error) {
    assert.ok(error instanceof SinkError, String(error))
    return error
  }
  return assert.fail('the write did not fail')
}

describe('sink rest sends', () => {
  it('a POST with the payload, its content type and the configured headers from the first message on', async () => {
    const { write } = await bound({
      url: `${server.url}/in?x=1`,
      method: 'post',
      headers: { 'X-Key': 'k', 'X-Dev': '{{.id}}' },
    })
    await write('{"a":1}', { id: 'ä1' })
    const [request] = server.received
    assert.deepEqual([request!.method, request!.url, request!.body], ['POST', '/in?x=1', '{"a":1}'])
    assert.equal(request!.headers['content-type'], 'application/json')
    assert.equal(request!.headers['x-key'], 'k')
    assert.equal(Buffer.from(String(request!.headers['x-dev']), 'latin1').toString(), 'ä1')
  })

  it('a GET without a body by default', async () => {
    const { write } = await bound({ url: server.url })
    await write('{"a":1}')
    const [request] = server.received
    assert.deepEqual([request!.method, request!.body, request!.headers['content-type']], ['GET', '', undefined])
  })

  it('the content type of bodyType, unless a header says otherwise', async () => {
    const { write } = await bound({ url: server.url, method: 'PUT', bodyType: 'text' })
    await write('hello')
    await sink!.close()
    const other = await bound({ url: server.url, method: 'PUT', headers: { 'content-type': 'application/senml+json' } })
    await other.write('[]')
    assert.deepEqual(
      server.received.map(r => r.headers['content-type']),
      ['text/plain', 'application/senml+json'],
    )
  })

  it('user and password of the URL as basic authorization', async () => {
    const { write } = await bound({ url: server.url.replace('//', '//me:p%40ss@') })
    await write('')
    assert.equal(server.received[0]!.headers.authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  })

  it('all messages on one connection', async () => {
    const { write } = await bound({ url: server.url, method: 'POST' })
    for (let i = 0; i < 5; i++) await write(`${i}`)
    assert.equal(new Set(server.received.map(r => r.port)).size, 1)
  })

  it('to a URL made from data', async () => {
    const { write } = await bound({ url: `${server.url}/{{.id}}`, method: 'POST', allowPrivateNetwork: true })
    await write('x', { id: 'd1' })
    await write('y', { id: 'a b' })
    assert.deepEqual(
      server.received.map(r => r.url),
      ['/d1', '/a%20b'],
    )
  })
})

describe('sink rest tells a failure', () => {
  const statuses: readonly (readonly [status: number, retryable: boolean])[] = [
    [400, false],
    [404, false],
    [408, true],
    [429, true],
    [500, true],
    [503, true],
  ]
  for (const [status, retryable] of statuses) {
    it(`status ${status} ${retryable ? 'may' : 'will not'} pass`, async () => {
      const { write } = await bound({ url: server.url, method: 'POST' })
      server.answers.push({ status, body: 'x'.repeat(100_000) })
      const error = await failureOf(write('x'))
      assert.equal(error.retryable, retryable)
      assert.match(error.message, new RegExp(`^POST http://127\\.0\\.0\\.1:\\d+: .*status=${status}$`))
      await write('next')
      assert.equal(server.received[1]!.body, 'next')
    })
  }

  it('a redirect is not followed, and says so', async () => {
    const { write } = await bound({ url: server.url })
    server.answers.push({ status: 302, headers: { location: '/elsewhere' } })
    const error = await failureOf(write(''))
    assert.match(error.message, /status=302 \(redirects are not followed\)/)
    assert.equal(error.retryable, false)
    assert.equal(server.received.length, 1)
  })

  it('a server that does not answer is cut off by the timeout', async () => {
    const { write } = await bound({ url: server.url, timeout: 50 })
    server.answers.push({ hang: true })
    const error = await failureOf(write(''))
    assert.match(error.message, /no answer within 50 ms/)
    assert.equal(error.retryable, true)
    await write('')
  })

  it('a broken connection and a refused one may pass', async () => {
    const { write } = await bound({ url: server.url })
    server.answers.push({ break: true })
    assert.equal((await failureOf(write(''))).retryable, true)
    const other = await startServer()
    await other.close()
    const closed = await bound({ url: other.url })
    const error = await failureOf(closed.write(''))
    assert.match(error.message, /connection refused \(ECONNREFUSED\)/)
    assert.equal(error.retryable, true)
  })

  it('an abort ends a write that hangs', async () => {
    await openSink({ url: server.url, timeout: 0 })
    server.answers.push({ hang: true })
    const abort = new AbortController()
    const write = sink!.write(message(''), abort.signal)
    abort.abort()
    await failureOf(write)
  })

  it('responseType body wants a good code in the answer as well', async () => {
    const { write } = await bound({ url: server.url, responseType: 'body' })
    server.answers.push({ body: '{"code":200}' }, { body: '{"code":500}' }, { body: 'ok' }, { body: '{"a":1}' })
    await write('')
    assert.match((await failureOf(write(''))).message, /code=500/)
    assert.match((await failureOf(write(''))).message, /not JSON/)
    assert.match((await failureOf(write(''))).message, /no number "code"/)
  })

  it('no secret is in a text: not the headers, not the URL’s user, path or query', async () => {
    const secret = 'tops3cret'
    const url = `${server.url.replace('//', `//u:${secret}@`)}/${secret}?t=${secret}`
    const { write } = await bound({ url, headers: { a: `${secret}{{.v}}` }, timeout: 50 })
    server.answers.push({ status: 500 }, { hang: true }, { break: true })
    const texts = [await failureOf(write('', { v: 'x' })), await failureOf(write('')), await failureOf(write(''))]
    texts.push(await failureOf(write('', { v: 'a\r\nX-Evil: 1' })), await failureOf(write('', { v: '\x01' })))
    for (const error of texts) assert.doesNotMatch(error.message, /tops3cret/, error.message)
    assert.equal(server.received.length, 3, 'what would split a header is never sent')
  })

  it('a data-made URL that is none, or not http', async () => {
    const { write } = await bound({ url: '{{.u}}' })
    assert.match((await failureOf(write('', { u: 'nothing' }))).message, /no URL/)
    assert.match((await failureOf(write('', { u: 'file:///etc/passwd' }))).message, /http or https/)
  })
})

describe('sink rest keeps a URL made from data off this machine and its network', () => {
  const hosts = [
    '127.0.0.1',
    'localhost',
    'LOCALHOST.',
    '[::1]',
    '2130706433',
    '0x7f.1',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
  ]
  for (const host of [...hosts, '169.254.169.254']) {
    it(`refuses ${host}`, async () => {
      const { write } = await bound({ url: 'http://{{.h}}/x', timeout: 2000 })
      const error = await failureOf(write('', { h: host.includes('.0.0.1') ? `${host}:${server.port}` : host }))
      assert.match(error.message, /loopback or private address; allowPrivateNetwork: true allows it/)
      assert.equal(error.retryable, false)
      assert.equal(server.received.length, 0)
    })
  }
})

it('a rule’s action: 500, then ok, is delivered once', async () => {
  server.answers.push({ status: 500 })
  const runner = new ActionRunner({
    kind: restSink,
    options: { url: server.url, method: 'POST' },
    context,
    writeBackOff: { firstMs: 1, mostMs: 1 },
  })
  runner.open()
  runner.send({ rows: [{ a: 1n }] })
  await runner.idle()
  assert.deepEqual(
    server.received.map(r => r.body),
    ['[{"a":1}]', '[{"a":1}]'],
  )
  const status = runner.status()
  assert.deepEqual([status.records_out_total, status.exceptions_total, status.messages_lost_total], [1, 1, 0])
  await runner.close(100)
})

it('debugResp logs the answer', async () => {
  const { write } = await bound({ url: server.url, debugResp: true })
  server.answers.push({ body: 'thanks' })
  await write('')
  assert.equal(context.lines.at(-1)!['body'], 'thanks')
})

it('debugResp shows no secret that the server sends back', async () => {
  const headers = { Authorization: 'Bearer geheim-1', 'X-Key': 'geheim-2' }
  const { write } = await bound({ url: server.url, debugResp: true, headers })
  server.answers.push({ body: '{"Authorization":"Bearer geheim-1","x":"geheim-2","t":"geheim-1"}' })
  await write('')
  assert.equal(context.lines.at(-1)!['body'], '{"Authorization":"***","x":"***","t":"***"}')
})

describe('sink rest over TLS', () => {
  let certificate: TestCertificate | undefined
  before(async () => {
    certificate = await makeCertificate()
  })
  after(() => certificate?.remove())

  it('trusts what rootCaPath or rootCARaw says, everything with insecureSkipVerify, and nothing else', async t => {
    if (!certificate) return t.skip('install openssl (Debian: apt-get install openssl)')
    const secure = await startServer(certificate)
    t.after(() => secure.close())
    const options: readonly object[] = [
      { rootCaPath: certificate.certPath },
      { rootCARaw: Buffer.from(certificate.cert).toString('base64') },
      { insecureSkipVerify: true },
    ]
    for (const option of options) {
      const { write } = await bound({ url: secure.url, ...option })
      await write('')
      await sink!.close()
    }
    assert.equal(secure.received.length, 3)
    const { write } = await bound({ url: secure.url })
    assert.match((await failureOf(write(''))).message, /self-signed; rootCaPath/)
    assert.equal(secure.received.length, 3)
  })

  it('names a certificate file that cannot be read when it opens', async () => {
    sink = restSink.create({ url: 'https://127.0.0.1', rootCaPath: 'certs/none.pem' }, context)
    await assert.rejects(sink.open(NEVER), { name: 'SinkError', message: 'cannot read "certs/none.pem": ENOENT' })
  })
})

async function bound(options: object) {
  const opened = await openSink(options)
  return { write: async (payload: string, data: Values = {}) => opened.write(message(payload, data), NEVER) }
}
