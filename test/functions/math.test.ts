import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import { call } from './call.ts'

test('abs keeps the kind and stays exact beyond 2^53', () => {
  assert.equal(call('abs', -9007199254740993n), 9007199254740993n)
  assert.equal(call('abs', -1.5), 1.5)
  assert.equal(call('abs', -9223372036854775808n), -9223372036854775808n)
})

test('rounding goes half away from zero on either side, to decimals or to tens', () => {
  assert.equal(call('round', 2.5), 3)
  assert.equal(call('round', -2.5), -3)
  assert.equal(call('round', 1.25, 1n), 1.3)
  assert.equal(call('round', 1250n, -2n), 1300)
  assert.equal(call('round', 56788.34, -3n), 57000)
  assert.equal(call('round', 25.987, 2.9), 25.99)
  assert.equal(call('round', 1.8e306, 2n), 1.8e306)
  assert.equal(call('round', 5n, -400n), 0)
  assert.equal(call('round', 0.49999999999999994), 0)
  assert.equal(call('trunc', -2.78, 1n), -2.8)
})

test('integers come out as bigint where the result is an int, as float elsewhere', () => {
  assert.equal(call('sign', -3.5), -1n)
  assert.equal(call('bitnot', 1n), -2n)
  assert.equal(call('ceil', 1n), 1)
  assert.equal(call('ceiling', 1.2), 2)
  assert.equal(call('power', 2n, 3n), 8)
})

test('bit operations take floats without fraction and refuse others', () => {
  assert.equal(call('bitand', 6, 3), 2n)
  assert.equal(call('bitand', -10n, 2n), 2n)
  assert.equal(call('bitor', -10n, 2n), -10n)
  assert.equal(call('bitxor', -10n, 2n), -12n)
  assert.throws(() => call('bitor', 1.5, 1n), /Expect int type for the first operand but got float\(1.5\)/)
  assert.throws(() => call('bitor', 1n, 1e300), RowError)
})

test('what is no number gives null, not NaN or infinity', () => {
  for (const [name, ...args] of [
    ['acos', 2],
    ['asin', -10n],
    ['mod', 1n, 0n],
    ['power', -1, 0.5],
    ['power', 10, 400],
    ['exp', 1000],
    ['ln', 0],
    ['log', 0],
    ['log', 1, 5],
  ] as [string, ...number[]][]) {
    assert.equal(call(name, ...args), null, name)
  }
})

test('logarithms and roots of negative numbers, and an infinite cotangent, are errors', () => {
  assert.throws(() => call('ln', -10n), /The argument must be a strictly positive number but got -10/)
  assert.throws(() => call('log', -10.5), /strictly positive number but got -10.5/)
  assert.throws(() => call('log', 2n, -1n), /strictly positive/)
  assert.throws(() => call('sqrt', -10n), /The argument must be a positive number but got -10/)
  assert.throws(() => call('cot', 0), /out-of-range/)
  assert.equal(call('log', 2n, 8n), 3)
  assert.equal(call('log', 10n, 1000), 3)
  assert.equal(call('log', 4n, 2), 0.5)
})

test('texts are not numbers, nulls pass through', () => {
  assert.throws(() => call('abs', '12'), /Expect a number but got string\(12\)/)
  assert.throws(() => call('sin', true), RowError)
  assert.equal(call('sin', null), null)
  assert.equal(call('sin', []), null)
})

test('mod keeps the sign of the dividend', () => {
  assert.equal(call('mod', -7n, 3n), -1)
  assert.equal(call('mod', 7.5, -2), 1.5)
})

test('rand is new every time and below one', () => {
  const values = Array.from({ length: 20 }, () => call('rand') as number)
  assert.ok(values.every(v => v >= 0 && v < 1))
  assert.ok(new Set(values).size > 1)
})

test('conv rewrites the valid beginning of a number', () => {
  const cases: [string, bigint, bigint, string | null][] = [
    ['a', 16n, 2n, '1010'],
    ['-17', 10n, -18n, '-H'],
    ['-17', 10n, 18n, '2D3FGB0B9CG4BD1H'],
    ['+18aZ', 7n, 36n, '1'],
    ['18446744073709551615', -10n, 16n, '7FFFFFFFFFFFFFFF'],
    ['-18446744073709551615', -10n, 10n, '9223372036854775808'],
    ['12F', -10n, 16n, 'C'],
    ['  FF ', 16n, 10n, '255'],
    ['random', 10n, 8n, '0'],
    ['-', 10n, 8n, '0'],
    ['1', 1n, 10n, null],
    ['1', 10n, -37n, null],
  ]
  for (const [n, from, to, result] of cases) assert.equal(call('conv', n, from, to), result, n)
  assert.throws(() => call('conv', '18446744073709551616', 10n, 16n), /out of range/)
})
