import assert from 'node:assert/strict'
import test from 'node:test'
import { joinRows, makeRow } from '../../src/core/row.ts'
import { loadValue, saveValue } from '../../src/core/snapshot.ts'
import type { Values } from '../../src/core/value.ts'
import { loadRow, saveRow } from '../../src/operators/saved-row.ts'

const time = Temporal.ZonedDateTime.from('2024-10-27T02:30:00.123456789+01:00[Europe/Berlin]')

test('a row of every kind comes back from a checkpoint as it was', () => {
  const values = {
    none: null,
    int: 9223372036854775807n,
    float: -0,
    text: 'ä',
    yes: true,
    bytes: new Uint8Array([1, 2]),
    time,
    list: [1n, [time], { deep: time }],
    struct: { a: { b: time }, constructor: 'data' },
  }
  const row = makeRow(values, 5, 2, { path: '/x' })
  row.slots = [1n, time]
  const back = loadRow(structuredClone(saveRow(row)))
  assert.deepEqual(plain(back), plain(row))
  assert.ok((back.values['time'] as Temporal.ZonedDateTime).equals(time))
})

test('a column named __proto__ is data', () => {
  const values: Values = JSON.parse('{"__proto__": {"x": 1}}')
  const withTime = Object.defineProperty({ time }, '__proto__', { value: time, enumerable: true }) as Values
  assert.deepEqual(Object.keys(loadRow(structuredClone(saveRow(makeRow(values, 0, 0)))).values), ['__proto__'])
  const back = loadRow(structuredClone(saveRow(makeRow(withTime, 0, 0)))).values
  assert.deepEqual(Object.keys(back), ['time', '__proto__'])
  assert.ok(Object.getOwnPropertyDescriptor(back, '__proto__')!.value instanceof Temporal.ZonedDateTime)
})

test('a joined row keeps its parts and its gaps', () => {
  const joined = joinRows([makeRow({ a: 1n }, 1, 0), undefined, makeRow({ t: time }, 2, 2)], 7)
  const back = loadRow(structuredClone(saveRow(joined)))
  assert.equal(back.time, 7)
  assert.deepEqual(
    back.parts?.map(part => part?.source),
    [0, undefined, 2],
  )
  assert.deepEqual(back.parts[0]!.values, { a: 1n })
})

test('what holds no DATETIME is not copied', () => {
  const values = { a: [1n, { b: 'x' }] }
  assert.equal(saveValue(values), values)
  assert.equal(loadValue(values), values)
})

test('slots filled in after the snapshot do not get into it', () => {
  const row = makeRow({}, 0, 0)
  row.slots = [1n]
  const saved = saveRow(row)
  row.slots.push(2n)
  assert.deepEqual(saved.slots, [1n])
})

/** deepEqual does not look into Temporal objects. */
function plain(value: unknown): unknown {
  if (value instanceof Temporal.ZonedDateTime) return `time ${value}`
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
}
