import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, parseEndpoint } from '../../src/core/endpoint.ts'

function endpoint(path: string): Endpoint {
  const parsed = parseEndpoint(path)
  if (typeof parsed === 'string') assert.fail(parsed)
  return parsed
}

test('a path without parameters is literal', () => {
  for (const path of ['/', '/in/a', '/in/a/', '/in/ä', '/a+b(c)*', '/a:b', '/a.b/..c']) {
    const { parameters, pattern, shape } = endpoint(path)
    assert.deepEqual(parameters, [])
    assert.equal(pattern, undefined)
    assert.equal(shape, path)
  }
})

test('braces and colons name one segment', () => {
  for (const path of ['/devices/{id}/data', '/devices/:id/data']) {
    const { parameters, pattern } = endpoint(path)
    assert.deepEqual(parameters, ['id'])
    assert.equal(pattern!.exec('/devices/d.1/data')?.[1], 'd.1')
    assert.equal(pattern!.exec('/devices/d/1/data'), null)
    assert.equal(pattern!.exec('/devices//data'), null)
    assert.equal(pattern!.exec('/devices/d/data/'), null)
  }
})

test('an expression narrows a parameter and may hold braces and slashes', () => {
  const { pattern, parameters } = endpoint('/d/{id:[0-9]{3}}/{rest:.*}/x-{n:(?:a|b)?}.json')
  assert.deepEqual(parameters, ['id', 'rest', 'n'])
  assert.deepEqual(pattern!.exec('/d/123/p/q/x-a.json')?.slice(1), ['123', 'p/q', 'a'])
  assert.equal(pattern!.exec('/d/12/p/x-a.json'), null)
  assert.equal(pattern!.exec('/d/123/p/x-ab.json'), null)
})

test('literal text around a parameter is not an expression', () => {
  assert.equal(endpoint('/a.b/{x}').pattern!.test('/aXb/1'), false)
})

test('names do not belong to the shape, expressions do', () => {
  assert.equal(endpoint('/in/{id}').shape, endpoint('/in/:device').shape)
  assert.notEqual(endpoint('/in/{id}').shape, endpoint('/in/{id:[0-9]+}').shape)
})

test('the more literal pattern is the more specific one', () => {
  const order = ['/a/b/{x}', '/a/{x:[0-9]+}/c', '/a/{x}/c', '/{x}/b/c'].map(p => endpoint(p).specificity)
  assert.deepEqual(order.toSorted().reverse(), order)
})

const faults: Record<string, RegExp> = {
  '': /is empty/,
  'in/a': /must start with "\/"/,
  '{x}': /must start with "\/"/,
  '/a?b=1': /"\?": the query/,
  '/a#b': /fragment/,
  '/a%20b': /write the character itself/,
  '/a b': /may not contain " "/,
  '/a\u0000': /may not contain/,
  '/a\\b': /may not contain/,
  '/a//b': /empty segment/,
  '/a/../b': /"\.\." segment/,
  '/a/.': /"\." or/,
  '/a/{x': /"\{" without "\}"/,
  '/a/x}': /"\}" without "\{"/,
  '/a/{}': /parameter name ""/,
  '/a/:': /parameter name ""/,
  '/a/{1x}': /parameter name "1x"/,
  '/a/{__proto__}/{x y}': /parameter name "x y"/,
  '/a/{x}/{x}': /stands in the path twice/,
  '/a/{header}': /taken: meta\(header\)/,
  '/a/{x:}': /is empty/,
  '/a/{x:(a|b)}': /may not capture/,
  '/a/{x:[}': /not a regular expression/,
  '/a/{x:a)(b}': /not a regular expression/,
}

for (const [path, expected] of Object.entries(faults)) {
  test(`the path ${JSON.stringify(path)} is refused with its reason`, () => {
    const parsed = parseEndpoint(path)
    assert.equal(typeof parsed, 'string')
    assert.match(parsed as string, expected)
  })
}
