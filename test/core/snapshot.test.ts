import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deserialize, serialize } from 'node:v8'
import { packValue, unpackValue } from '../../src/core/snapshot.ts'
import type { Value } from '../../src/core/value.ts'

const noon = Temporal.ZonedDateTime.from('2024-01-01T12:00:00.123456789+09:00[Asia/Tokyo]')

test('a value with datetimes survives structured cloning, with instant and zone', () => {
  const value: Value = { a: [1n, noon, null], b: { t: noon }, c: new Uint8Array([1]), d: 1.5, e: 'x' }
  const back = unpackValue(deserialize(serialize(packValue(value)))) as { a: Value[]; b: { t: Value } }
  assert.equal(String(back.a[1]), noon.toString())
  assert.equal(String(back.b.t), noon.toString())
  assert.deepEqual({ ...back, a: back.a.with(1, null), b: null }, { ...value, a: [1n, null, null], b: null })
})

test('a value without datetimes is not copied', () => {
  const value = { a: [1, { b: 'x' }] }
  assert.equal(packValue(value), value)
  assert.equal(packValue(undefined), undefined)
  assert.equal(unpackValue(undefined), null)
})

test('a key named __proto__ is kept', () => {
  const value = JSON.parse('{"__proto__":1}') as Record<string, Value>
  value['t'] = noon
  const back = unpackValue(structuredClone(packValue(value))) as object
  assert.deepEqual(Object.keys(back), ['__proto__', 't'])
})
