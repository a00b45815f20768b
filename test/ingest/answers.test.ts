// Every row of the answer table, over a real socket and, where no connection is part of it, through handlePush as well.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import { handlePush } from '../../src/ingest/deliver.ts'
import { RouteTable } from '../../src/ingest/routes.ts'
import { openRig, type Reply, type Rig, route, send } from './support.ts'

function needsNumber({ n }: { readonly [name: string]: unknown }): void {
  if (typeof n !== 'number') throw new RowError('n has wrong type:string, expect:float')
}

const routes = [
  route('a', '/in/a'),
  route('typed', '/in/typed', { check: needsNumber }),
  route('loose', '/in/typed'),
  route('b', '/in/b', { method: 'PUT' }),
  route('b2', '/in/both', { method: 'PUT' }),
  route('b1', '/in/both'),
  route('pair1', '/in/pair', { maxBodyBytes: 50 }),
  route('pair2', '/in/pair'),
  route('device', '/devices/{id:[0-9]+}/data', { needsMeta: true }),
  route('device2', '/devices/:nr/raw'),
  route('umlaut', '/in/ä_b'),
  route('exact', '/in/exact', { exactNumbers: true }),
]

interface Case {
  readonly name: string
  readonly method?: string
  readonly url?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly status: number
  readonly type?: string
  readonly detail?: RegExp
  readonly answer?: Record<string, string | RegExp>
  readonly member?: Record<string, unknown>
  readonly text?: string
  /** rows per stream; all others must have none */
  readonly rows?: Record<string, unknown[]>
}

const cases: Case[] = [
  {
    name: 'an object is taken',
    body: '{"x":1}',
    status: 200,
    text: 'ok',
    answer: { 'content-type': 'text/plain' },
    rows: { a: [{ x: 1 }] },
  },
  {
    name: 'an array is taken in order',
    body: '[{"x":1},{"x":2}]',
    status: 200,
    text: 'ok',
    rows: { a: [{ x: 1 }, { x: 2 }] },
  },
  { name: 'an empty array is taken', body: '[]', status: 200, text: 'ok', rows: {} },
  { name: 'a query is not part of the path', url: '/in/a?x=/in/b', body: '{}', status: 200, rows: { a: [{}] } },
  { name: 'a whole URL as target is understood', url: 'http://test/in/a', body: '{}', status: 200, rows: { a: [{}] } },
  { name: 'an escaped path is understood', url: '/%69n/a', body: '{}', status: 200, rows: { a: [{}] } },
  { name: 'a path beyond ASCII is understood', url: '/in/%C3%A4_b', body: '{}', status: 200, rows: { umlaut: [{}] } },
  { name: 'PUT goes to the PUT stream', method: 'PUT', url: '/in/both', body: '{}', status: 200, rows: { b2: [{}] } },
  {
    name: 'POST on the same path goes to the POST stream',
    url: '/in/both',
    body: '{}',
    status: 200,
    rows: { b1: [{}] },
  },
  {
    name: 'all streams of a path get the message',
    url: '/in/pair',
    body: '{"x":1}',
    status: 200,
    rows: { pair1: [{ x: 1 }], pair2: [{ x: 1 }] },
  },
  { name: 'a parameter matches a segment', url: '/devices/d%20/raw', body: '{}', status: 200, rows: { device2: [{}] } },
  {
    name: 'JSON is answered when it is asked for',
    body: '[{},{}]',
    headers: { Accept: 'text/html, application/json;q=0.5' },
    status: 200,
    text: '{"accepted":2,"level":"accepted"}',
    answer: { 'content-type': 'application/json' },
    rows: { a: [{}, {}] },
  },
  {
    name: 'a wildcard does not ask for JSON',
    body: '{}',
    headers: { Accept: '*/*' },
    status: 200,
    text: 'ok',
    rows: { a: [{}] },
  },
  {
    name: 'JSON with weight 0 is not asked for',
    body: '{}',
    headers: { Accept: 'application/json;q=0' },
    status: 200,
    text: 'ok',
    rows: { a: [{}] },
  },

  { name: 'an empty body is refused', body: '', status: 400, type: 'empty-body' },
  { name: 'a body of blanks is refused', body: ' \n', status: 400, type: 'empty-body' },
  {
    name: 'bad JSON is refused with its place',
    body: '{"x":1,\n "y":}',
    status: 400,
    type: 'bad-json',
    detail: /Unexpected "}"; expected a value/,
    member: { line: 2, column: 6, offset: 13 },
  },
  {
    name: 'NDJSON in a JSON stream is refused at its second line',
    body: '{}\n{}',
    status: 400,
    type: 'bad-json',
    member: { line: 2, column: 1 },
  },
  { name: 'a number is no row', body: '5', status: 400, type: 'wrong-shape' },
  {
    name: 'one element that is no object spoils the array',
    body: '[{},5]',
    status: 400,
    type: 'wrong-shape',
    member: { index: 1 },
  },
  {
    name: 'a record that the rules would discard is refused, for every stream of the path',
    url: '/in/typed',
    body: '{"n":"high"}',
    status: 422,
    type: 'schema-mismatch',
    detail: /^The record does not fit stream "typed": n has wrong type/,
  },
  {
    name: 'one such record in an array: nothing of it is taken, and its index is told',
    url: '/in/typed',
    body: '[{"n":1},{"n":"high"}]',
    status: 422,
    type: 'schema-mismatch',
    member: { index: 1 },
  },
  {
    name: 'a message that one of two streams cannot take goes to none',
    url: '/in/pair',
    body: `{"x":"${'y'.repeat(60)}"}`,
    status: 413,
    type: 'too-large',
    member: { limit: 50 },
  },

  {
    name: 'an unknown path',
    url: '/in/nobody',
    body: '{}',
    status: 404,
    type: 'unknown-path',
    detail: /POST \/in\/nobody/,
  },
  { name: 'a trailing slash is another path', url: '/in/a/', body: '{}', status: 404, type: 'unknown-path' },
  {
    name: 'a query is not repeated: it may hold a token',
    url: '/nobody?token=x',
    body: '{}',
    status: 404,
    type: 'unknown-path',
    detail: /POST \/nobody\.$/,
  },
  { name: 'case matters', url: '/IN/a', body: '{}', status: 404, type: 'unknown-path' },
  { name: 'a doubled slash is another path', url: '//in/a', body: '{}', status: 404, type: 'unknown-path' },
  { name: 'a broken escape is no path', url: '/in/%zz', body: '{}', status: 404, type: 'unknown-path' },
  {
    name: 'an escaped slash does not reach over segments',
    url: '/in%2Fa',
    body: '{}',
    status: 404,
    type: 'unknown-path',
  },
  {
    name: 'a parameter that its expression refuses',
    url: '/devices/x/data',
    body: '{}',
    status: 404,
    type: 'unknown-path',
  },
  { name: 'GET of an unknown path', method: 'GET', url: '/nobody', status: 404, type: 'unknown-path' },
  { name: 'OPTIONS *', method: 'OPTIONS', url: '*', status: 404, type: 'unknown-path' },

  ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'].map(method => ({
    name: `${method} of a POST path`,
    method,
    status: 405,
    type: 'method-not-allowed',
    answer: { allow: 'POST' },
  })),
  {
    name: 'POST of a PUT path',
    url: '/in/b',
    body: '{}',
    status: 405,
    type: 'method-not-allowed',
    answer: { allow: 'PUT' },
  },
  {
    name: 'GET of a path for both',
    method: 'GET',
    url: '/in/both',
    status: 405,
    type: 'method-not-allowed',
    answer: { allow: 'POST, PUT' },
  },
  {
    name: 'GET of a path with a parameter',
    method: 'GET',
    url: '/devices/7/data',
    status: 405,
    type: 'method-not-allowed',
    answer: { allow: 'POST' },
  },

  {
    name: 'a body beyond the limit',
    body: `{"x":"${'y'.repeat(100_000)}"}`,
    status: 413,
    type: 'too-large',
    member: { limit: 100_000 },
  },

  {
    name: 'identity is no encoding',
    body: '{}',
    headers: { 'Content-Encoding': 'identity' },
    status: 200,
    rows: { a: [{}] },
  },
  {
    name: 'gzip',
    body: 'x',
    headers: { 'Content-Encoding': 'gzip' },
    status: 415,
    type: 'unsupported-encoding',
    answer: { 'accept-encoding': 'identity' },
  },
  ...[
    'text/plain',
    'application/vnd.x+json; v=1',
    'APPLICATION/JSON; charset="UTF-8"',
    'application/json;charset=us-ascii',
    'x/y',
    'nonsense',
    '',
  ].map(type => ({
    name: `Content-Type "${type}"`,
    body: '{}',
    headers: { 'Content-Type': type },
    status: 200,
    rows: { a: [{}] },
  })),
  ...[
    'text/csv',
    'Application/X-NDJSON',
    'application/xml',
    'image/svg+xml; charset=utf-8',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/cbor',
    'application/msgpack',
    'application/x-protobuf',
  ].map(type => ({
    name: `Content-Type "${type}"`,
    body: '{}',
    headers: { 'Content-Type': type },
    status: 415,
    type: 'unsupported-type',
    answer: { accept: 'application/json' },
  })),
  {
    name: 'another charset',
    body: '{}',
    headers: { 'Content-Type': 'application/json; charset=iso-8859-1' },
    status: 415,
    type: 'unsupported-charset',
    detail: /iso-8859-1/,
  },
  {
    name: 'what curl -d calls a form but is JSON',
    body: ' {"x":1}',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    status: 200,
    rows: { a: [{ x: 1 }] },
  },
  {
    name: 'a real form',
    body: 'x=1',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    status: 415,
    type: 'unsupported-type',
  },
]

describe('the answer to a push', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig(routes)
  })
  after(() => rig.server.stop(0))

  const check = (expected: Case, reply: Reply) => {
    assert.equal(reply.status, expected.status, reply.body)
    for (const [name, value] of Object.entries(expected.answer ?? {})) assert.equal(reply.headers[name], value)
    if (expected.text !== undefined) assert.equal(reply.body, expected.text)
    for (const { stream } of routes)
      assert.deepEqual(rig.taken(stream), expected.rows?.[stream] ?? [], `rows of ${stream}`)
    if (expected.type === undefined) return
    assert.equal(reply.headers['content-type'], 'application/problem+json')
    if (expected.method === 'HEAD') return assert.equal(reply.body, '')
    const problem = JSON.parse(reply.body)
    assert.equal(problem.type, `urn:sluice:problem:${expected.type}`)
    assert.equal(problem.status, expected.status)
    assert.equal(typeof problem.title, 'string')
    assert.match(problem.instance, /^urn:uuid:[0-9a-f-]{36}$/)
    assert.match(problem.detail, expected.detail ?? /./)
    for (const [name, value] of Object.entries(expected.member ?? {})) assert.equal(problem[name], value)
  }

  const table = new RouteTable(routes)
  for (const expected of cases) {
    const { method = 'POST', url = '/in/a', headers = {}, body = '', status, type } = expected
    test(`${expected.name}: ${status} ${type ?? ''}`, async () => {
      check(expected, await send(rig.port, method, url, body, headers))
      check(expected, handlePush(table, rig.journal, { method, url, headers, body, time: 0 }))
    })
  }

  test('there is no CORS', async () => {
    const reply = await send(rig.port, 'OPTIONS', '/in/a', '', {
      Origin: 'http://x',
      'Access-Control-Request-Method': 'POST',
    })
    assert.equal(reply.status, 405)
    assert.deepEqual(
      Object.keys(reply.headers).filter(name => name.startsWith('access-control')),
      [],
    )
  })

  test('whole numbers written as reals are noted for streams with BIGINT columns', async () => {
    const { isWholeReal } = await import('../../src/formats/whole-reals.ts')
    await send(rig.port, 'POST', '/in/exact', '{"x":1.0}')
    const [row] = rig.taken('exact') as [object]
    assert.equal(isWholeReal(row, 'x'), true)
  })

  test('metadata has the request without its credentials, and the parameters by name', async () => {
    const headers = {
      Authorization: 'Bearer s',
      Cookie: 's=1',
      'Proxy-Authorization': 's',
      'X-Device': 'd',
      ['__proto__']: 'p',
    }
    await send(rig.port, 'POST', '/devices/12/data?a=1&b=x&b=y&__proto__=z', '{}', headers)
    const [message] = rig.readers['device']!.read(1)
    const { header, query, ...rest } = message!.meta! as Record<string, any>
    assert.deepEqual(rest, { path: '/devices/12/data', method: 'POST', remoteAddress: '127.0.0.1', id: '12' })
    assert.deepEqual(Object.keys(query), ['a', 'b', '__proto__'])
    assert.deepEqual(query.b, ['x', 'y'])
    assert.equal(header['x-device'], 'd')
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) assert.equal(name in header, false)
    await send(rig.port, 'POST', '/in/a', '{}')
    assert.equal(rig.readers['a']!.read(1)[0]!.meta, undefined, 'nobody asks for it here')
  })
})

test('a stream that nobody reads any more is an unknown path, and does not keep others from theirs', async () => {
  await using rig = await openRig([route('a', '/a'), route('b', '/a')])
  rig.readers['a']!.close()
  assert.equal((await send(rig.port, 'POST', '/a', '{}')).status, 200)
  assert.deepEqual(rig.taken('b'), [{}])
  rig.readers['b']!.close()
  assert.equal((await send(rig.port, 'POST', '/a', '{}')).status, 404)
})

test('a full stream answers 503 with Retry-After, and no stream of the path gets the message', async () => {
  await using rig = await openRig([route('b', '/a'), route('a', '/a')], {
    limits: { bufferLength: 2, bufferBytes: 1e6 },
  })
  const reader = rig.readers['b']!
  for (const expected of [200, 200, 503, 503]) {
    rig.readers['b']!.read(9)
    reader.release(reader.position)
    const reply = await send(rig.port, 'POST', '/a', '{}')
    assert.equal(reply.status, expected)
    if (expected === 200) continue
    assert.match(reply.headers['retry-after']!, /^[1-9]\d*$/)
    assert.match(JSON.parse(reply.body).detail, /Stream "a" .* Nothing of this request was taken/)
  }
  assert.equal(rig.journal.status().find(s => s.stream === 'b')!.appendedTotal, 2)
  assert.equal(rig.journal.status().find(s => s.stream === 'a')!.refusedTotal, 2)
  rig.readers['a']!.release(1e9)
  assert.equal((await send(rig.port, 'POST', '/a', '{}')).status, 200)
})

test('the counters add up', async () => {
  await using rig = await openRig([route('a', '/a')])
  await send(rig.port, 'POST', '/a', '[{},{}]')
  await send(rig.port, 'POST', '/a', '{}')
  await send(rig.port, 'POST', '/a', '{')
  await send(rig.port, 'GET', '/a')
  assert.deepEqual(rig.server.counters(), {
    requests: { 200: 2, 400: 1, 405: 1 },
    rows: 3,
    bytes: 9,
    aborted: 0,
    underWay: 0,
  })
})
