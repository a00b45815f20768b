import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import type { Value } from '../../src/core/value.ts'
import { allFunctions } from '../../src/functions/registry.ts'
import { accumulator, aggregate, context, find } from './call.ts'

const aggregates = allFunctions.filter(d => d.kind === 'aggregate').map(d => d.name)

test('no rows at all give null, and collect gives []', () => {
  assert.equal(aggregates.length, 16)
  for (const name of aggregates) assert.deepEqual(aggregate(name, []), name === 'collect' ? [] : null, name)
})

test('only nulls give null, except for count, collect and what keeps rows', () => {
  for (const name of ['sum', 'avg', 'max', 'min', 'stddev', 'stddevs', 'var', 'vars', 'merge_agg']) {
    assert.equal(aggregate(name, [null, null]), null, name)
  }
  assert.equal(aggregate('count', [null, null]), 0n)
  assert.equal(aggregate('last_value', [[null, false]]), null)
  assert.equal(aggregate('percentile_cont', [[null, 0.5]]), null)
})

test('count counts what is not null, and rows', () => {
  assert.equal(aggregate('count', [1, null, 'x']), 2n)
  assert.equal(aggregate('count', [{ a: null }, {}]), 2n)
})

test('ints alone stay ints: sum is exact and wraps at 64 bits, avg cuts toward zero', () => {
  assert.equal(aggregate('sum', [1n, 2n, null, 4n]), 7n)
  assert.equal(aggregate('avg', [1n, 2n, null, 4n]), 2n)
  assert.equal(aggregate('avg', [-1n, -2n, -4n]), -2n)
  assert.equal(aggregate('sum', [2n ** 53n, 1n]), 2n ** 53n + 1n)
  assert.equal(aggregate('sum', [2n ** 63n - 1n, 1n]), -(2n ** 63n))
  assert.equal(aggregate('avg', [2n ** 63n - 1n, 2n ** 63n - 1n]), 2n ** 63n - 1n)
})

test('any ints sum as BigInt would sum them', () => {
  const edge = fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -1n)
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), edge), { minLength: 1 }), values => {
      const expected = BigInt.asIntN(
        64,
        values.reduce((a, b) => a + b),
      )
      assert.equal(aggregate('sum', values), expected)
    }),
  )
})

test('a float among ints makes the result a float', () => {
  assert.equal(aggregate('sum', [1n, 2.5]), 3.5)
  assert.equal(aggregate('avg', [1, 2n]), 1.5)
  assert.equal(aggregate('max', [5n, 1.5]), 5)
  assert.equal(aggregate('min', [1n, 1.5]), 1)
  assert.equal(aggregate('max', [5n, 1n]), 5n)
  assert.equal(aggregate('sum', [1e308, 1e308]), null)
})

test('zeros below zero are zero, and what is no number leaves a window again, also by way of a checkpoint', () => {
  for (const name of ['sum', 'avg']) {
    const { begin } = find(name, 'aggregate').sliding!
    const sum = begin(context)
    for (const value of [-0, Number.NaN, -0]) sum.add(value)
    assert.equal(sum.result(), null)
    const other = begin(context)
    other.restore!(structuredClone(sum.snapshot!()))
    other.remove(-0)
    other.remove(Number.NaN)
    assert.ok(Object.is(other.result(), 0), name)
  }
})

test('max and min of equal values are the same in any order', () => {
  for (const name of ['max', 'min']) {
    for (const [values, expected] of [
      [[2n ** 60n, 2 ** 60], 2 ** 60],
      [[0, -0], 0],
      [[1, NaN], 1],
    ] as const) {
      assert.equal(aggregate(name, values), expected)
      assert.equal(aggregate(name, values.toReversed()), expected)
    }
  }
})

test('a sum from which all has left is as new', () => {
  const running = find('sum', 'aggregate').sliding!.begin(context)
  const fresh = running.snapshot!()
  for (const value of [1e308, 1e308, 2 ** -1000, Infinity, 2n ** 62n]) running.add(value)
  assert.notDeepEqual(running.snapshot!(), fresh)
  for (const value of [1e308, 1e308, 2 ** -1000, Infinity, 2n ** 62n]) running.remove(value)
  assert.deepEqual(running.snapshot!(), fresh)
})

test('max and min take texts, in byte order of UTF-8', () => {
  assert.equal(aggregate('max', ['bar', null, 'self', 'foo']), 'self')
  assert.equal(aggregate('min', ['foo', 'bar']), 'bar')
  assert.equal(aggregate('max', ['\uffee', '\u{1f600}']), '\u{1f600}')
})

test('a value that does not fit is an error and leaves the figure as it was', () => {
  for (const name of ['sum', 'avg', 'max', 'min', 'stddev', 'vars', 'median']) {
    const running = accumulator(name)
    running.add(2)
    running.add(4)
    const before = structuredClone(running.snapshot!())
    for (const wrong of [true, [1], { a: 1 }, 'foo', new Uint8Array(1)]) {
      assert.throws(() => running.add(wrong), RowError, name)
    }
    assert.deepEqual(running.snapshot!(), before)
  }
  assert.throws(() => aggregate('max', ['a', 1]), /requires string/)
  assert.throws(() => aggregate('max', [1n, 'a']), /requires number/)
})

test('spreads are of the population or of a sample; a sample of one has none', () => {
  const values = [1n, 2, null, 3n, 4]
  assert.equal(aggregate('var', values), 1.25)
  assert.equal(aggregate('stddev', values), Math.sqrt(1.25))
  assert.ok(Math.abs((aggregate('vars', values) as number) - 5 / 3) < 1e-15)
  assert.ok(Math.abs((aggregate('stddevs', values) as number) - Math.sqrt(5 / 3)) < 1e-15)
  assert.equal(aggregate('vars', [5]), null)
  assert.equal(aggregate('var', [5]), 0)
  assert.equal(aggregate('var', [1e9, 1e9 + 1, 1e9 + 2]), 2 / 3)
})

test('collect keeps nulls and order', () => {
  assert.deepEqual(aggregate('collect', [1n, null, [1] as unknown as Value]), [1n, null, 1])
})

test('last_value passes over nulls only when told', () => {
  const rows = (ignore: boolean): Value[][] => [
    [1, ignore],
    [4, ignore],
    [null, ignore],
  ]
  assert.equal(aggregate('last_value', rows(true)), 4)
  assert.equal(aggregate('last_value', rows(false)), null)
  assert.throws(() => aggregate('last_value', [[null, 'x']]), RowError)
})

test('merge_agg lets later ones win and passes over what is no object', () => {
  assert.deepEqual(aggregate('merge_agg', [{ a: 1, b: 1 }, 5, null, { b: 2 }]), { a: 1, b: 2 })
  assert.equal(aggregate('merge_agg', [1, 2]), null)
  const hostile = aggregate('merge_agg', [JSON.parse('{"__proto__":{"x":1}}')])
  assert.equal(JSON.stringify(hostile), '{"__proto__":{"x":1}}')
})

test('merge_agg changes none of the objects it is given', () => {
  const first = Object.freeze({ a: 1 })
  assert.deepEqual(aggregate('merge_agg', [first, { a: 2 }]), { a: 2 })
})

test('deduplicate gives the first rows, or the last one if its value is new', () => {
  const rows = (all: boolean, values: Value[]): Value[][] => values.map((x, i) => [x, all, { x, i }])
  assert.deepEqual(aggregate('deduplicate', rows(true, [1, 2n, '1', null, null])), [
    { x: 1, i: 0 },
    { x: 2n, i: 1 },
    { x: null, i: 3 },
  ])
  assert.deepEqual(aggregate('deduplicate', rows(false, [1, 2])), { x: 2, i: 1 })
  assert.equal(aggregate('deduplicate', rows(false, [1, 2, 1])), null)
})

test('median keeps ints when it can', () => {
  assert.equal(aggregate('median', [4n, 1n, null, 2n]), 2n)
  assert.equal(aggregate('median', [4n, 1n, 2n, 3n]), 2.5)
  assert.equal(aggregate('median', [4n, 1.5, 3n]), 3)
  assert.equal(aggregate('median', [10, 9, 1]), 9)
  assert.throws(() => aggregate('median', [null, 1]), RowError)
})

test('percentiles follow the dialect', () => {
  const of = (name: string, p: number, values: Value[]): Value =>
    aggregate(
      name,
      values.map(x => [x, p] as Value[]),
    )
  assert.equal(of('percentile_cont', 0.5, [4, 3, 2, 1]), 2)
  assert.equal(of('percentile_cont', 0.6, [1n, 2n, 3n, 4n]), 2.5)
  assert.equal(of('percentile_cont', 0.5, [100n, 150n, 200n]), 125)
  assert.equal(of('percentile_cont', 1, [1, 2]), 2)
  assert.equal(of('percentile_cont', 0, [7]), 7)
  assert.equal(of('percentile_disc', 0.6, [1, 2, null, 3, 4]), 3)
  assert.equal(of('percentile_disc', 0, [2, 1]), 1)
  assert.equal(of('percentile_disc', 1, [10, 9]), 10)
  assert.throws(() => of('percentile_cont', 0.1, [1, 2]), RowError)
  assert.throws(() => of('percentile_cont', 2, [1, 2]), RowError)
  assert.throws(() => of('percentile_disc', 0.5, ['a']), RowError)
})

const number = fc.oneof(fc.constant(null), fc.bigInt(-(2n ** 60n), 2n ** 60n), fc.double({ noNaN: true }))
const noon = Temporal.ZonedDateTime.from('2024-01-01T12:00:00.123456789+01:00[Europe/Berlin]')
const object = fc.record({ a: fc.oneof(number, fc.constant(noon)), 'b c': fc.string() })

function argumentsOf(name: string): fc.Arbitrary<Value[]> {
  switch (name) {
    case 'last_value':
      return fc.tuple(object, fc.constant(true))
    case 'collect':
    case 'merge_agg':
      return fc.tuple(object)
    case 'deduplicate':
      return fc.tuple(number, fc.constant(true), object)
    case 'median':
      return fc.tuple(fc.bigInt(-5n, 5n))
    case 'percentile_cont':
    case 'percentile_disc':
      return fc.tuple(number, fc.constant(1))
    default:
      return fc.tuple(number)
  }
}

for (const name of aggregates) {
  test(`${name}: a checkpoint between any two rows changes nothing`, () => {
    fc.assert(
      fc.property(fc.array(argumentsOf(name), { maxLength: 8 }), rows => {
        const whole = accumulator(name)
        let broken = accumulator(name)
        for (const row of rows) {
          whole.add(...row)
          const state = structuredClone(broken.snapshot!())
          broken = accumulator(name)
          broken.restore!(state)
          broken.add(...row)
        }
        const state = structuredClone(broken.snapshot!())
        broken = accumulator(name)
        broken.restore!(state)
        assert.deepEqual(comparable(broken.result()), comparable(whole.result()))
      }),
      { numRuns: 50 },
    )
  })
}

/** deepEqual sees no difference between two instants. */
function comparable(value: Value): unknown {
  if (value instanceof Temporal.ZonedDateTime) return value.toString()
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, comparable(v)]))
}
