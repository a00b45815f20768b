import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRow } from '../../src/core/row.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { sortBy } from '../../src/operators/order.ts'

function sorted(rows: readonly Values[], ...keys: readonly (readonly [name: string, descending: boolean])[]) {
  const plans = keys.map(([name, descending]) => ({
    evaluate: (row: { values: Values }) => row.values[name],
    descending,
  }))
  const made = rows.map(values => makeRow(values, 0, 0))
  return sortBy(made, plans, (row, evaluate) => evaluate(row)).map(row => row.values)
}

function keysOf(values: readonly (Value | undefined)[], descending = false) {
  const rows = values.map(k => (k === undefined ? {} : { k }) as Values)
  return sorted(rows, ['k', descending]).map(row => row['k'])
}

test('nulls and missing values come last in both directions', () => {
  assert.deepEqual(keysOf([null, 2, undefined, 1]), [1, 2, null, undefined])
  assert.deepEqual(keysOf([null, 2, undefined, 1], true), [2, 1, null, undefined])
})

test('NaN stands with the nulls, and does not undo the order of the others', () => {
  assert.deepEqual(keysOf([3, Number.NaN, 1, null, 2]), [1, 2, 3, Number.NaN, null])
  assert.deepEqual(keysOf([1, Number.NaN, 3], true), [3, 1, Number.NaN])
})

test('integers compare exactly, floats by value', () => {
  assert.deepEqual(keysOf([2n ** 53n + 1n, -1n, 2n ** 53n]), [-1n, 2n ** 53n, 2n ** 53n + 1n])
  assert.deepEqual(keysOf([1e300, -0.5, 0.25]), [-0.5, 0.25, 1e300])
})

test('digits that a double would lose order among the floats of their column', () => {
  assert.deepEqual(keysOf([2n ** 60n, 1.5, 2n ** 60n + 1n, 3]), [1.5, 3, 2n ** 60n, 2n ** 60n + 1n])
})

test('texts compare by code point, not by UTF-16 unit', () => {
  assert.deepEqual(keysOf(['😀', '\uffee', 'b', 'B', '']), ['', 'B', 'b', '\uffee', '😀'])
})

test('equal keys leave the order alone, later keys decide, also between nulls', () => {
  const rows = [
    { a: 1, b: 1, n: 'first' },
    { a: null, b: 2, n: 'second' },
    { a: 1, b: 1, n: 'third' },
    { a: null, b: 1, n: 'fourth' },
    { a: 1, b: 0, n: 'fifth' },
  ]
  assert.deepEqual(
    sorted(rows, ['a', false], ['b', true]).map(row => row['n']),
    ['first', 'third', 'fifth', 'second', 'fourth'],
  )
  assert.deepEqual(
    sorted(
      [
        { a: true, n: 1 },
        { a: false, n: 2 },
      ],
      ['a', false],
    ).map(r => r['n']),
    [1, 2],
  )
})

test('instants compare across zones', () => {
  const at = (ms: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone)
  const [early, late] = [at(0, 'Asia/Tokyo'), at(1, 'UTC')]
  assert.deepEqual(keysOf([late, early]), [early, late])
})

test('kinds that do not mix are an error', () => {
  assert.throws(() => keysOf([1, 'a']), { name: 'RowError', message: /^incompatible types for comparison: / })
  assert.throws(() => keysOf([1, 2n]), { name: 'RowError' })
  assert.throws(() => keysOf([[1], [2]]), { name: 'RowError' })
})
