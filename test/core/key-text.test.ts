import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import { keyText } from '../../src/core/key-text.ts'
import type { Value } from '../../src/core/value.ts'

const AT = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO('UTC')

test('values that differ have keys that differ, on every level', () => {
  const leaves: readonly Value[] = [
    null,
    true,
    false,
    1,
    2n ** 63n - 1n,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '1',
    'null',
    'AQ==',
    '1970-01-01T00:00:00Z',
    new Uint8Array([1]),
    AT,
    [],
    {},
    ['a', 'bc'],
    ['ab', 'c'],
    { a: 'b' },
    { ab: '' },
    [null],
    [[]],
  ]
  const values = [...leaves, ...leaves.map(leaf => [leaf]), ...leaves.map(q => ({ q }))]
  const texts = new Map<string, Value[]>()
  for (const value of values) texts.set(keyText(value), [...(texts.get(keyText(value)) ?? []), value])
  // [null] and [[]] stand among the leaves and, made of leaves, once more
  const shared = [...texts.values()].filter(same => same.length > 1)
  assert.deepEqual(shared, [
    [[null], [null]],
    [[[]], [[]]],
  ])
})

test('values that are equal have one key: 1 and 1.0, null and missing, keys in any order', () => {
  assert.equal(keyText(1), keyText(1n))
  assert.equal(keyText([1, { a: 2 }]), keyText([1n, { a: 2n }]))
  assert.equal(keyText(null), keyText(undefined))
  assert.equal(keyText({ a: 1, b: [true] }), keyText({ b: [true], a: 1 }))
})

test('what is nested too deeply to be walked is an error of the row', () => {
  let deep: Value = 1
  for (let i = 0; i < 100_000; i++) deep = [deep]
  assert.throws(() => keyText(deep), RowError)
})
