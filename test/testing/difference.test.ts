import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Expected, sameValue } from '../../src/testing/compare.ts'
import { differences } from '../../src/testing/difference.ts'

function differ(got: readonly Expected[], want: readonly Expected[], unordered = false) {
  return differences(got, want, unordered)
}

test('numbers compare by value, to the last digits of a float', () => {
  assert.equal(differ([[{ a: 1n, b: 0.1 + 0.2 }]], [[{ a: 1.0, b: 0.3 }]]), undefined)
  assert.ok(differ([[{ a: 1.000001 }]], [[{ a: 1 }]]))
  assert.ok(differ([[{ a: 9007199254740993n }]], [[{ a: 9007199254740992n }]]))
  assert.equal(sameValue(Number.NaN, Number.NaN), true)
})

test('a missing key is not null, and an inherited one is not there', () => {
  assert.ok(differ([[{}]], [[{ a: null }]]))
  assert.ok(differ([[{ a: null }]], [[{}]]))
  assert.ok(differ([[{ a: 1 }]], [[{ constructor: 1 }]]))
})

test('any error stands for an error, and for nothing else', () => {
  assert.equal(differ([[{ error: 'one' }]], [[{ error: 'another' }]]), undefined)
  assert.ok(differ([[{ a: 1 }]], [[{ error: 'another' }]]))
  assert.ok(differ([], [[{ error: 'another' }]]))
})

test('empty emissions count only where the test expects one, trailing ones never', () => {
  assert.equal(differ([[], [{ a: 1 }], []], [[{ a: 1 }]]), undefined)
  assert.equal(differ([[], [{ a: 1 }], []], [[], [{ a: 1 }]]), undefined)
  assert.equal(
    differ([[{ a: 1 }]], [[], [{ a: 1 }]])?.split('\n')[0],
    'emission 1: 0 rows expected, 1 came (- expected, + got)',
  )
  assert.equal(differ([[], []], []), undefined)
})

test('the order of rows counts unless the case says otherwise', () => {
  const [a, b] = [{ a: 1 }, { a: 2 }]
  assert.ok(differ([[a, b]], [[b, a]]))
  assert.equal(differ([[a, b]], [[b, a]], true), undefined)
  assert.ok(differ([[a, a]], [[a, b]], true))
})

test('a difference names the emission, the row and the column', () => {
  const rows = (avg: number) => [
    { id: 'd1', avg: 1 },
    { id: 'd2', avg },
  ]
  assert.equal(
    differ([[{ a: 1 }], rows(3)], [[{ a: 1 }], rows(2)]),
    `emission 2: row 2 of 2 differs
- expected {"id":"d2","avg":2}
+ got      {"id":"d2","avg":3}
  avg: expected 2, got 3`,
  )
  assert.equal(
    differ([[{ a: 1, c: 1 }]], [[{ a: 1, b: 2 }]]),
    `emission 1: the row differs
- expected {"a":1,"b":2}
+ got      {"a":1,"c":1}
  b: expected 2, but the column is missing
  c: 1 was not expected`,
  )
})

test('with another number of rows only those without a partner are shown', () => {
  assert.equal(
    differ([[{ a: 1 }, { a: 3 }]], [[{ a: 1 }]]),
    'emission 1: 1 row expected, 2 came (- expected, + got)\n+ {"a":3}',
  )
  assert.equal(
    differ([[{ a: 1 }]], [[{ a: 1 }], [{ a: 2 }]]),
    'emission 2: expected, but there is none\n- {"a":2}\n2 emissions expected, 1 came',
  )
})

test('long rows and many rows are shortened', () => {
  const long = differ([[{ a: 'x'.repeat(1000) }]], [[{ a: 'y' }]])!
  assert.ok(long.length < 500, long)
  const many = differ([Array.from({ length: 50 }, (_, i) => ({ i }))], [[]])!
  assert.match(many, /and 45 more$/m)
})
