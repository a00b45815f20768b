import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSnowflake, newUuid } from '../../src/functions/identifiers.ts'
import { lookup } from '../../src/functions/registry.ts'
import { call, context } from './call.ts'

test('isnull tells null from empty, coalesce takes the first that is there', () => {
  assert.equal(call('isnull', null), true)
  assert.equal(call('isnull', []), false)
  assert.equal(call('isnull', {}), false)
  assert.equal(call('coalesce', null, false, 1), false)
  assert.equal(call('coalesce', null, null), null)
  assert.equal(call('bypass', null, 1), null)
})

test('JSON text goes both ways', () => {
  assert.equal(call('to_json', { key2: 'foo', key1: '<' }), '{"key1":"\\u003c","key2":"foo"}')
  assert.equal(call('to_json', null), null)
  assert.deepEqual(call('parse_json', '[{"a":1}]'), [{ a: 1 }])
  assert.equal(call('parse_json', 'null'), null)
  assert.equal(call('parse_json', null), null)
  assert.throws(() => call('parse_json', 'key1'), /fail to parse json/)
  assert.throws(() => call('parse_json', '['.repeat(2000)), /fail to parse json/)
  assert.throws(() => call('parse_json', 5), /fail to parse json/)
})

test('props reads the environment, the clock and the id maker', () => {
  assert.equal(call('props', 'SITE'), 'a1')
  assert.equal(call('props', 'et'), '1700000000123')
  assert.match(call('props', 'snowflake') as string, /^\d+$/)
  assert.throws(() => call('props', 'other'), /property other is not set/)
  assert.equal(call('tstamp'), BigInt(context.now()))
})

test('a version 1 UUID holds the time of its making', () => {
  const uuid = call('newuuid') as string
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const [low, middle, high] = uuid.split('-') as [string, string, string]
  const ticks = BigInt(`0x${high.slice(1)}${middle}${low}`)
  assert.equal(Number((ticks - 122192928000000000n) / 10000n), context.now())
})

test('identifiers never repeat, not in one millisecond and not when the clock steps back', () => {
  const times = [...Array<number>(6000).fill(1_800_000_000_000), 1_799_999_999_000, 1_799_000_000_000]
  assert.equal(new Set(times.map(newUuid)).size, times.length)
  assert.equal(new Set(times.map(newSnowflake)).size, times.length)
})

test('what is not built says why', () => {
  for (const name of ['delay', 'get_keyed_state', 'dedup_trigger']) {
    const definition = lookup(name)
    assert.ok(definition?.kind === 'refused' && definition.why.length > 10)
  }
})
