import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import { MAX_JSON_DEPTH, parseJsonLossless, writeJson } from '../../src/core/json.ts'
import { deepEqual, type Value } from '../../src/core/value.ts'

test('numbers are floats, and only integers beyond 2^53 become bigint', () => {
  assert.deepEqual(parseJsonLossless('{"a":5,"b":9007199254740991,"c":1.5,"padding":"xxxxxxxx"}'), {
    a: 5,
    b: 9007199254740991,
    c: 1.5,
    padding: 'xxxxxxxx',
  })
  assert.equal(parseJsonLossless('9007199254740993'), 9007199254740993n)
  assert.equal(parseJsonLossless('-9223372036854775808'), -9223372036854775808n)
  assert.deepEqual(parseJsonLossless('[1,{"id":1234567890123456789}]'), [1, { id: 1234567890123456789n }])
})

test('an integer that does not fit 64 bits stays a float', () => {
  assert.equal(parseJsonLossless('9223372036854775808'), 2 ** 63)
  assert.equal(parseJsonLossless('123456789012345678901234567890'), 1.2345678901234568e29)
})

test('long digit runs in fractions, exponents and strings do not become bigint', () => {
  assert.deepEqual(parseJsonLossless('[0.1234567890123456789,1234567890123456789.5,1e300,"1234567890123456789"]'), [
    0.12345678901234568,
    1234567890123456800,
    1e300,
    '1234567890123456789',
  ])
  assert.equal(parseJsonLossless('1234567890123456789e2'), 123456789012345680000)
})

test('a quote behind a backslash does not end a string', () => {
  assert.deepEqual(parseJsonLossless('{"a\\"[[[":"\\\\","id":9007199254740993}'), {
    'a"[[[': '\\',
    id: 9007199254740993n,
  })
})

test('bad text and text nested too deep are syntax errors', () => {
  assert.throws(() => parseJsonLossless('{"a":12345678901234567890'), SyntaxError)
  assert.throws(() => parseJsonLossless('{"unterminated'), SyntaxError)
  assert.throws(() => parseJsonLossless('[1,2,"\\'), SyntaxError)
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  assert.throws(() => parseJsonLossless(deep(MAX_JSON_DEPTH + 1)), /nested deeper/)
  assert.doesNotThrow(() => writeJson(parseJsonLossless(deep(MAX_JSON_DEPTH))))
  assert.doesNotThrow(() => parseJsonLossless(JSON.stringify('['.repeat(5000))))
})

test('keys come out sorted in UTF-8 order, whatever order they came in', () => {
  assert.equal(writeJson({ b: 1, a: { z: 1, y: 2 } }), '{"a":{"y":2,"z":1},"b":1}')
  assert.equal(writeJson({ a: { z: 1, y: 2 }, b: 1 }), '{"a":{"y":2,"z":1},"b":1}')
  assert.equal(writeJson({ b: 1, a: 2, c: 3 }), '{"a":2,"b":1,"c":3}')
  assert.equal(writeJson({ '\u{1f600}': 1, '\uffee': 2 }), '{"\uffee":2,"\u{1f600}":1}')
})

test('keys that a device makes up are written right and do not fill the memory', () => {
  const before = heapBytes()
  for (let n = 0; n < 60; n++) {
    const names = Array.from({ length: 20_000 }, (_, i) => `k${n}x${i}`)
    const text = writeJson(Object.fromEntries(names.map(name => [name, 1])))
    assert.equal(text, `{${names.sort().map(name => `"${name}":1`)}}`)
  }
  const grown = heapBytes() - before
  assert.ok(grown < 30_000_000, `${grown} bytes`)
})

/** Of what is still reachable. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

test('markup and line separators are escaped in texts and in keys', () => {
  assert.equal(writeJson({ '<k>': 'a&b\u2028\u2029"\\\n' }), '{"\\u003ck\\u003e":"a\\u0026b\\u2028\\u2029\\"\\\\\\n"}')
})

test('every kind has its form', () => {
  assert.equal(writeJson(9007199254740993n), '9007199254740993')
  assert.equal(writeJson([1, 1.5, 1e21, 1e-7, true, null]), '[1,1.5,1e+21,1e-7,true,null]')
  assert.equal(writeJson([Number.NaN, Infinity, -Infinity]), '[null,null,null]')
  assert.equal(writeJson(new Uint8Array([104, 105, 255])), '"aGn/"')
  assert.equal(writeJson(Buffer.from('hi')), '"aGk="')
  assert.equal(writeJson(undefined), 'null')
  assert.equal(writeJson({}), '{}')
  const instant = Temporal.Instant.fromEpochMilliseconds(1700000000120)
  assert.equal(writeJson(instant.toZonedDateTimeISO('UTC')), '"2023-11-14T22:13:20.12Z"')
  assert.equal(writeJson({ t: instant.toZonedDateTimeISO('Asia/Tokyo') }), '{"t":"2023-11-15T07:13:20.12+09:00"}')
})

test('a key named __proto__ is only data', () => {
  const value = parseJsonLossless('{"__proto__":{"a":9007199254740993},"constructor":1}')
  assert.equal(writeJson(value), '{"__proto__":{"a":9007199254740993},"constructor":1}')
})

test('a value nested too deep is a row error, not a broken stack', () => {
  let value: Value = []
  for (let i = 0; i < 20_000; i++) value = [value]
  assert.throws(() => writeJson(value), RowError)
})

test('any JSON value survives being written and read', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = writeJson(value as Value)
      assert.ok(deepEqual(JSON.parse(text), value as Value), text)
      assert.ok(deepEqual(parseJsonLossless(text), parseJsonLossless(JSON.stringify(value))))
    }),
  )
})
