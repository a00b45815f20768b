import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ExactSum } from '../../src/functions/exact-sum.ts'
import '../support/seed.ts'

/** A double in multiples of 2 ** -1074, of which it is a whole number. */
function units(value: number): bigint {
  let doubled = value
  let shift = 1074
  for (; !Number.isInteger(doubled); shift--) doubled *= 2
  return BigInt(doubled) << BigInt(shift)
}

const view = new DataView(new ArrayBuffer(8))

function bitsOf(value: number): bigint {
  view.setFloat64(0, value)
  return view.getBigInt64(0)
}

/** The doubles next to one that is not zero. */
function neighbours(value: number): number[] {
  return [1n, -1n].map(step => {
    view.setBigInt64(0, bitsOf(value) + step)
    return view.getFloat64(0)
  })
}

/** Whether no double is nearer, and of two that are as near it is the even one. */
function isNearest(double: number, exact: bigint): boolean {
  if (double === 0) return exact === 0n
  const off = distance(double, exact)
  return neighbours(double)
    .filter(Number.isFinite)
    .every(other => {
      const otherOff = distance(other, exact)
      return off < otherOff || (off === otherOff && bitsOf(double) % 2n === 0n)
    })
}

function distance(double: number, exact: bigint): bigint {
  const off = exact - units(double)
  return off < 0n ? -off : off
}

/** The least sum that rounds to no double: halfway between the largest one and what would come next. */
const TOO_LARGE = (2n ** 1024n - 2n ** 970n) << 1074n

function sumOf(values: readonly number[]): ExactSum {
  const sum = new ExactSum()
  for (const value of values) sum.addFloat(value)
  return sum
}

const wild = fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -1074, max: 1022 }))
const float = fc.oneof(
  wild.map(([m, e]) => m * 2 ** e),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -1000, max: 1000, noNaN: true }),
  fc.integer({ min: -1074, max: 1023 }).map(e => 2 ** e),
  fc.constantFrom(1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1, -1, 0.1),
)
const floats = fc.array(float, { maxLength: 30 })

test('the sum is the double nearest to the sum of the values', () => {
  fc.assert(
    fc.property(floats, values => {
      const exact = values.reduce((all, value) => all + units(value), 0n)
      const sum = sumOf(values).toDouble()
      if (Number.isFinite(sum)) assert.ok(isNearest(sum, exact), `${sum}`)
      else assert.ok(sum > 0 ? exact >= TOO_LARGE : -exact >= TOO_LARGE, `${sum}`)
    }),
    { numRuns: 2000 },
  )
})

test('what the values come to on the way makes no difference', () => {
  for (const [values, expected] of [
    [[1e16, 1, -1e16], 1],
    [[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 1],
    [[1e308, 1e308, -1e308], 1e308],
    [[1e308, 1e308, 1, -1e308, -1e308], 1],
    [[Number.MAX_VALUE, 2 ** 970, -(2 ** 970)], Number.MAX_VALUE],
    [[1, 2 ** -53, 2 ** -106], 1 + 2 ** -52],
    [[1, 2 ** -53], 1],
    [[2 ** 1000, 1, 2 ** -1000, -(2 ** 1000), -1], 2 ** -1000],
    [[1e308, 1e308, Number.MIN_VALUE, -1e308, -1e308], Number.MIN_VALUE],
    [[Number.MIN_VALUE, Number.MIN_VALUE], 2 * Number.MIN_VALUE],
  ] as const) {
    assert.equal(sumOf(values).toDouble(), expected, values.join(' + '))
    assert.equal(sumOf(values.toReversed()).toDouble(), expected, values.toReversed().join(' + '))
  }
})

test('a sum is added to another whole: what cancels out leaves the rest', () => {
  fc.assert(
    fc.property(floats, floats, (some, others) => {
      const sum = sumOf(some)
      sum.addSum(sumOf([...others, ...some.map(value => -value)]))
      assert.equal(sum.toDouble(), sumOf(others).toDouble())
    }),
  )
})

test('values that leave were never there, and neither were those that are not finite', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(float, fc.constantFrom(Infinity, -Infinity, NaN))), floats, (gone, kept) => {
      const sum = sumOf(gone)
      for (const value of kept) sum.addFloat(value)
      for (const value of gone) sum.removeFloat(value)
      assert.equal(sum.toDouble(), sumOf(kept).toDouble())
    }),
  )
})

test('asking for a sum beyond all doubles spoils nothing', () => {
  for (const more of [[], [1], [1, -1]]) {
    const sum = sumOf([Number.MAX_VALUE, 2 ** 969, 2 ** 969, ...more])
    assert.equal(sum.toDouble(), Infinity)
    sum.removeFloat(2 ** 969)
    assert.equal(sum.toDouble(), Number.MAX_VALUE)
  }
})

test('infinities and what is no number have no sum, whatever comes after', () => {
  for (const value of [Infinity, -Infinity, NaN]) assert.ok(Number.isNaN(sumOf([1, value, 2]).toDouble()))
  assert.ok(Number.isNaN(sumOf([Infinity, -Infinity]).toDouble()))
})

test('integers of any size add up among floats', () => {
  const int = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-9n, 9n), fc.constant(2n ** 53n))
  fc.assert(
    fc.property(fc.array(int), floats, (ints, values) => {
      const sum = sumOf(values)
      for (const value of ints) sum.addInteger(value)
      const exact = values.reduce((all, value) => all + units(value), ints.reduce((a, b) => a + b, 0n) << 1074n)
      const double = sum.toDouble()
      if (Number.isFinite(double)) assert.ok(isNearest(double, exact))
      for (const value of values) sum.removeFloat(value)
      assert.equal(
        sum.toInteger(),
        ints.reduce((a, b) => a + b, 0n),
      )
    }),
  )
})
