import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import { call } from './call.ts'

test('texts are taken loosely: 12.0 is "12", null adds nothing', () => {
  assert.equal(call('concat', 'a', 12, null, 'b', 1_000_000, 5n, true), 'a12b1e+065true')
  assert.equal(call('concat', null), '')
  assert.equal(call('upper', { b: 1, a: [1, 'x'] }), 'MAP[A:[1 X] B:1]')
})

test('the null column holds: null, false, 0 or -1', () => {
  assert.equal(call('lower', null), null)
  assert.equal(call('startswith', 'a', null), false)
  assert.equal(call('regexp_matches', null, 'a'), false)
  assert.equal(call('length', null), 0n)
  assert.equal(call('length', []), 0n)
  assert.equal(call('numbytes', null), 0n)
  assert.equal(call('indexof', null, 'a'), -1n)
  assert.equal(call('indexof', 'a', null), -1n)
})

test('length counts characters, numbytes bytes', () => {
  assert.equal(call('length', '中国'), 2n)
  assert.equal(call('length', '😀'), 1n)
  assert.equal(call('length', [1, 2, 3]), 3n)
  assert.equal(call('length', { a: 1 }), 1n)
  assert.equal(call('numbytes', '中国'), 6n)
})

test('indexof and substring count bytes', () => {
  assert.equal(call('indexof', 'é-', '-'), 2n)
  assert.equal(call('indexof', 'abc', 'x'), -1n)
  assert.equal(call('substring', 'éab', 2n, 3n), 'a')
  assert.equal(call('substring', 'NYCNicks', 3n), 'Nicks')
  assert.equal(call('substring', 'NYCNicks', 3n, 100n), 'Nicks')
  assert.equal(call('substring', 'NYC', 10n), '')
  assert.equal(call('substring', 'NYC', 10n, 12n), '')
  assert.equal(call('substring', 'NYC', 2n, 2n), '')
  assert.throws(() => call('substring', 'NYC', -1n), /negative/)
  assert.throws(() => call('substring', 'NYC', 2n, 1n), /is after end/)
  assert.throws(() => call('substring', 'NYC', 1.5), /Expect int type/)
})

test('padding adds blanks; a negative or giant number is an error of the row', () => {
  assert.equal(call('lpad', 'ab', 2n), '  ab')
  assert.equal(call('rpad', 'ab', 2), 'ab  ')
  assert.throws(() => call('lpad', 'ab', -1n), RowError)
  assert.throws(() => call('rpad', 'ab', 10n ** 12n), RowError)
})

test('white space is Unicode white space', () => {
  assert.equal(call('trim', '\u0085\u00a0\u2003 a b \t\r\n'), 'a b')
  assert.equal(call('ltrim', ' a '), 'a ')
  assert.equal(call('rtrim', ' a '), ' a')
  assert.equal(call('trim', '\ufeffa'), '\ufeffa')
  assert.equal(call('trim', ' \n '), '')
})

test('reverse goes by character', () => {
  assert.equal(call('reverse', 'a😀b'), 'b😀a')
})

test('split_value counts from either end and names the size when it is too small', () => {
  assert.equal(call('split_value', '/test/device001/message', '/', 0n), '')
  assert.equal(call('split_value', 'a/b/c', '/', -1n), 'c')
  assert.equal(call('split_value', 'a😀', '', 1n), '😀')
  assert.throws(() => call('split_value', 'a/b/c', '/', 3n), /3 out of index array \(size = 3\)/)
  assert.throws(() => call('split_value', 'a/b/c', '/', -4n), /-4 out of index/)
})

test('format rounds ties to even, by the exact value', () => {
  const cases: [number | bigint, bigint, string][] = [
    [12332.123456, 4n, '12332.1235'],
    [12332.1, 4n, '12332.1000'],
    [0.5, 0n, '0'],
    [1.5, 0n, '2'],
    [2.5, 0n, '2'],
    [-2.5, 0n, '-2'],
    [0.125, 2n, '0.12'],
    [0.375, 2n, '0.38'],
    [1.005, 2n, '1.00'],
    [1e21, 1n, '1000000000000000000000.0'],
    [9007199254740993n, 1n, '9007199254740993.0'],
  ]
  for (const [x, d, text] of cases) assert.equal(call('format', x, d), text)
})

test('format groups digits as a country does', () => {
  assert.equal(call('format', 12332.2, 2n, 'en_US'), '12,332.20')
  assert.equal(call('format', 12332.2, 2n, 'de_DE'), '12.332,20')
  assert.equal(call('format', -123456.7899, 2n, 'de_CH'), '-123’456.79')
  assert.equal(call('format', 12332.2, 0n, 'en_US'), '12,332')
  assert.equal(call('format', 9007199254740993n, 0n, 'en_US'), '9,007,199,254,740,993')
  assert.throws(() => call('format', 1, 2n, 'en'), /not support for the specific locale:en/)
  assert.throws(() => call('format', 1, 2n, 'not_exist_locale'), /not support for the specific locale/)
})
