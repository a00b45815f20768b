import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RowError } from '../../src/core/errors.ts'
import { writeJson } from '../../src/core/json.ts'
import type { Value } from '../../src/core/value.ts'
import { call } from './call.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

const casts: readonly [Value, string, Value][] = [
  [1.9, 'bigint', 1n],
  [-1.9, 'bigint', -1n],
  ['12', 'bigint', 12n],
  ['-0x1F', 'bigint', -31n],
  ['010', 'bigint', 8n],
  ['0', 'bigint', 0n],
  ['9223372036854775807', 'bigint', 9223372036854775807n],
  [true, 'bigint', 1n],
  [5n, 'float', 5],
  ['1.5e3', 'float', 1500],
  ['-.5', 'float', -0.5],
  [false, 'float', 0],
  [1000000, 'string', '1000000'],
  [0.00001, 'string', '0.00001'],
  [true, 'string', 'true'],
  [bytes('hi'), 'string', 'hi'],
  [{ b: 1, a: 2 }, 'string', 'map[a:2 b:1]'],
  [1n, 'boolean', true],
  [0, 'boolean', false],
  ['T', 'boolean', true],
  ['false', 'boolean', false],
]
for (const [value, type, result] of casts) {
  test(`cast to ${type}: ${writeJson(value)} gives ${writeJson(result)}`, () => {
    assert.deepEqual(call('cast', value, type), result)
  })
}

const failures: readonly [Value, string][] = [
  ['1.5', 'bigint'],
  ['abc', 'bigint'],
  ['', 'bigint'],
  ['0x', 'bigint'],
  ['--1', 'bigint'],
  ['9223372036854775808', 'bigint'],
  [1e19, 'bigint'],
  [[1], 'bigint'],
  ['1e999', 'float'],
  ['Infinity', 'float'],
  ['1 ', 'float'],
  ['yes', 'boolean'],
  [1, 'bytea'],
  ['soon', 'datetime'],
]
for (const [value, type] of failures) {
  test(`cast to ${type}: ${writeJson(value)} is an error of the row`, () => {
    assert.throws(() => call('cast', value, type), RowError)
  })
}

test('cast to bytea decodes base64 and takes other text as it is', () => {
  assert.deepEqual(Buffer.from(call('cast', 'YWJj', 'bytea') as Uint8Array), Buffer.from('abc'))
  assert.deepEqual(Buffer.from(call('cast', 'YWJ', 'bytea') as Uint8Array), Buffer.from('YWJ'))
  assert.equal(writeJson(call('cast', bytes('bytea'), 'bytea')), '"Ynl0ZWE="')
})

test('cast to datetime reads ms and text', () => {
  assert.equal(writeJson(call('cast', 1700000000123n, 'datetime')), '"2023-11-14T22:13:20.123Z"')
  assert.equal(writeJson(call('cast', '2023-11-14 22:13:20', 'datetime')), '"2023-11-14T22:13:20Z"')
})

test('convert_tz keeps the instant, to_seconds counts it', () => {
  const tokyo = call('convert_tz', 1700000000000n, 'Asia/Tokyo')
  assert.equal(writeJson(tokyo), '"2023-11-15T07:13:20+09:00"')
  assert.equal(call('to_seconds', tokyo), 1700000000n)
  assert.equal(call('to_seconds', -1), -1n)
  assert.throws(() => call('convert_tz', 1700000000000n, 'Unknown'), /unknown time zone Unknown/)
  assert.throws(() => call('convert_tz', true, 'UTC'), RowError)
})

test('chr gives a number', () => {
  assert.equal(call('chr', 'A'), 65n)
  assert.equal(call('chr', 66n), 66n)
  assert.throws(() => call('chr', 'é'), /one byte/)
  assert.throws(() => call('chr', ''), /one byte/)
})

test('base64 goes both ways, and only between text and bytes', () => {
  assert.equal(call('encode', 'hello', 'base64'), 'aGVsbG8=')
  assert.deepEqual(Buffer.from(call('decode', 'aGVs\nbG8=', 'base64') as Uint8Array), Buffer.from('hello'))
  assert.throws(() => call('decode', 'aGVsbG8', 'base64'), /illegal base64/)
  assert.throws(() => call('encode', 5, 'base64'), /Expect string type/)
})

test('hexadecimal goes both ways within 64 bits', () => {
  assert.equal(call('hex2dec', '0x10'), 16n)
  assert.equal(call('hex2dec', 'ff'), 255n)
  assert.equal(call('dec2hex', 255n), '0xff')
  assert.equal(call('dec2hex', 16), '0x10')
  for (const n of [-5n, 2n ** 63n - 1n, -(2n ** 63n)]) assert.equal(call('hex2dec', call('dec2hex', n)), n)
  for (const wrong of ['xyz', '0x', '--1', '0x-1', '8000000000000000']) {
    assert.throws(() => call('hex2dec', wrong), /invalid hexadecimal value/)
  }
})

for (const method of ['gzip', 'zlib', 'flate', 'zstd']) {
  test(`what ${method} compresses, it decompresses`, () => {
    const packed = call('compress', 'hello hello hello', method)
    assert.equal(Buffer.from(call('decompress', packed, method) as Uint8Array).toString(), 'hello hello hello')
    assert.throws(() => call('decompress', bytes('nonsense'), method), /cannot decompress/)
    assert.equal(call('compress', null, method), null)
  })
}

test('compression refuses other methods and other kinds', () => {
  assert.throws(() => call('decompress', 'foo', 'bar'), /unsupported decompressor: bar/)
  assert.throws(() => call('compress', 'foo', 'bar'), /unsupported compressor: bar/)
  assert.throws(() => call('compress', 5n, 'gzip'), /Expect text or bytes/)
})

test('a few bytes cannot fill the memory', () => {
  const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024))
  assert.throws(() => call('decompress', bomb, 'gzip'), /cannot decompress with gzip/)
})

test('hashes are of the loose text', () => {
  assert.equal(call('md5', 'a'), '0cc175b9c0f1b6a831c399e269772661')
  assert.equal(call('sha1', 'a'), '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8')
  assert.match(call('sha256', 'a') as string, /^ca978112ca1bbdca.{48}$/)
  assert.match(call('sha384', 'a') as string, /^54a59b9f22b0b808.{80}$/)
  assert.match(call('sha512', 'a') as string, /^1f40fc92da241694.{112}$/)
  assert.equal(call('crc32', 'a'), 'e8b7be43')
  assert.equal(call('md5', 1), call('md5', '1'))
  assert.equal(call('md5', null), null)
})
