import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handlePush } from '../../src/ingest/deliver.ts'
import { type PushRoute, RouteTable } from '../../src/ingest/routes.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'
import { route } from './support.ts'

/** Who gets a request: `stream(captured)`, `405 POST`, or `404`. */
function answerer(routes: readonly PushRoute[], method: string, url: string): string {
  const match = new RouteTable(routes).find(method, url)
  if (match.kind === 'none') return '404'
  if (match.kind === 'method') return `405 ${match.allow.join(' ')}`
  return `${match.target.receivers.map(r => r.stream).join('+')}(${match.captured.join(' ')})`
}

const overlapping = [
  route('any', '/{x}/{y}'),
  route('number', '/a/{n:[0-9]+}'),
  route('a', '/a/:what'),
  route('literal', '/a/b'),
  route('put', '/a/c', { method: 'PUT' }),
]

for (const [request, expected] of Object.entries({
  'POST /a/b': 'literal()',
  'POST /a/7': 'number(7)',
  'POST /a/x': 'a(x)',
  'POST /b/b': 'any(b b)',
  'PUT /a/c': 'put()',
  'POST /a/c': 'a(c)',
  'PUT /a/x': '405 POST',
  'GET /a/c': '405 POST PUT',
  'POST /a': '404',
  'POST /a/b%20c?q': 'a(b c)',
  'POST /__proto__/constructor': 'any(__proto__ constructor)',
})) {
  test(`of overlapping paths, ${request} is answered by ${expected} in any order of the files`, () => {
    const [method, url] = request.split(' ') as [string, string]
    assert.equal(answerer(overlapping, method, url), expected)
    assert.equal(answerer(overlapping.toReversed(), method, url), expected)
  })
}

test('paths that differ in names only are one path, and each stream has its own names', () => {
  const routes = [route('a', '/d/{id}', { needsMeta: true }), route('b', '/d/:device')]
  assert.equal(answerer(routes, 'POST', '/d/7'), 'a+b(7)')
  const journal = new MemoryJournal()
  const readers = routes.map(({ stream }) => {
    journal.define(stream, { bufferLength: 9, bufferBytes: 1e6 })
    return journal.reader(stream)
  })
  const request = { method: 'POST', url: '/d/7?x=1', headers: { 'X-A': 'b', COOKIE: 's' }, body: '{}', time: 42 }
  assert.deepEqual(
    handlePush(new RouteTable(routes), journal, { ...request, remoteAddress: '::ffff:10.0.0.1' }).status,
    200,
  )
  const messages = readers.map(reader => reader.read(1)[0]!)
  const common = { path: '/d/7', method: 'POST', remoteAddress: '10.0.0.1', header: { 'x-a': 'b' }, query: { x: '1' } }
  assert.deepEqual(
    messages.map(m => m.meta),
    [
      { ...common, id: '7' },
      { ...common, device: '7' },
    ],
  )
  assert.deepEqual(
    messages.map(m => [m.time, m.sizeBytes]),
    [
      [42, 2],
      [42, 2],
    ],
  )
})

test('two thousand literal paths are found like one', () => {
  const routes = Array.from({ length: 2000 }, (_, i) => route(`s${i}`, `/in/${i}`))
  assert.equal(answerer(routes, 'POST', '/in/1999'), 's1999()')
})

test('a route that the catalog should have refused is our bug, not a silent 404', () => {
  assert.throws(() => new RouteTable([route('a', 'in')]), /stream a: .* must start with/)
  assert.throws(() => new RouteTable([route('a', '/in', { format: 'protobuf' })]), /"protobuf" has no decoder/)
})
