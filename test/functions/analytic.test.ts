import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import { writeJson } from '../../src/core/json.ts'
import type { Value } from '../../src/core/value.ts'
import { allFunctions } from '../../src/functions/registry.ts'
import { analytic, analyticState } from './call.ts'

const INPUT: Value[] = [1, 2, null, 4]

test('lag gives the row before; a null row peeks and is not recorded', () => {
  assert.deepEqual(
    analytic(
      'lag',
      INPUT.map(x => [x]),
    ),
    [null, 1, 2, 2],
  )
})

test('lag with ignoreNull false records nulls', () => {
  assert.deepEqual(
    analytic(
      'lag',
      INPUT.map(x => [x, 1n, 'none', false]),
    ),
    ['none', 1, 2, null],
  )
})

test('lag reaches several rows back, over more rows than it keeps', () => {
  assert.deepEqual(
    analytic(
      'lag',
      [1, 2, 3, 4, 5, 6].map(x => [x, 2n]),
    ),
    [null, null, 1, 2, 3, 4],
  )
})

test('the default of lag is that of the first row', () => {
  assert.deepEqual(
    analytic(
      'lag',
      [1, 2, 3].map(x => [x, 2n, x * 10]),
    ),
    [10, 10, 1],
  )
  assert.deepEqual(
    analytic(
      'lag',
      [1, 2].map(x => [x, 0n, 'd']),
    ),
    [null, null],
  )
})

test('a row that WHEN leaves out sees the pending value of lag and is not recorded', () => {
  const state = analyticState('lag')
  const rows: [string, boolean][] = [
    ['foo', true],
    ['bar', false],
    ['bar', true],
    ['foo', false],
    ['foo', true],
  ]
  assert.deepEqual(
    rows.map(([x, valid]) => state.next([x], valid)),
    [null, 'foo', 'foo', 'bar', 'bar'],
  )
})

test('latest includes its own row and falls back on the default of the row', () => {
  assert.deepEqual(
    analytic(
      'latest',
      INPUT.map(x => [x]),
    ),
    [1, 2, 2, 4],
  )
  assert.deepEqual(
    analytic('latest', [
      [null, 'a'],
      [null, 'b'],
      [1, 'c'],
      [null, 'd'],
    ]),
    ['a', 'b', 1, 1],
  )
  const state = analyticState('latest')
  assert.equal(state.next(['foo', 'd'], false), 'd')
  assert.equal(state.next(['foo'], true), 'foo')
  assert.equal(state.next(['bar'], false), 'foo')
})

test('changed_col gives a value only when it changed', () => {
  assert.deepEqual(
    analytic(
      'changed_col',
      [...INPUT, 4].map(x => [true, x]),
    ),
    [1, 2, null, 4, null],
  )
  assert.deepEqual(
    analytic(
      'changed_col',
      [1, null, 1].map(x => [false, x]),
    ),
    [1, null, 1],
  )
  assert.deepEqual(
    analytic(
      'changed_col',
      [1, null, 1].map(x => [true, x]),
    ),
    [1, null, null],
  )
  const state = analyticState('changed_col')
  assert.equal(state.next([true, 1], false), null)
  assert.equal(state.next([true, 1], true), 1)
})

test('had_changed looks at every argument, and at the whole row for *', () => {
  assert.deepEqual(
    analytic(
      'had_changed',
      INPUT.map(x => [true, x]),
    ),
    [true, true, false, true],
  )
  assert.deepEqual(
    analytic('had_changed', [
      [true, 1, 'a'],
      [true, 1, 'b'],
      [true, null, 'b'],
      [true, 1, 'b'],
    ]),
    [true, true, false, false],
  )
  assert.deepEqual(
    analytic('had_changed', [
      [false, null],
      [false, 1],
      [false, null],
    ]),
    [false, true, true],
  )
  assert.deepEqual(
    analytic('had_changed', [
      [true, { a: 1, b: [1] }],
      [true, { b: [1], a: 1 }],
      [true, { a: 1 }],
    ]),
    [true, false, true],
  )
})

test('a change of kind is a change', () => {
  assert.deepEqual(
    analytic('had_changed', [
      [true, 1],
      [true, 1n],
    ]),
    [true, true],
  )
})

test('the first argument must be a boolean', () => {
  assert.throws(() => analytic('had_changed', [['x', 1]]), RowError)
  assert.throws(() => analytic('changed_col', [[null, 1]]), RowError)
})

test('accumulators go on over the life of the rule and pass over nulls', () => {
  const over = (name: string): Value[] =>
    analytic(
      name,
      [1n, 2, null, 4n].map(x => [x]),
    )
  assert.deepEqual(over('acc_count'), [1n, 2n, 2n, 3n])
  assert.deepEqual(over('acc_sum'), [1, 3, 3, 7])
  assert.deepEqual(over('acc_avg'), [1, 1.5, 1.5, 7 / 3])
  assert.deepEqual(over('acc_max'), [1, 2, 2, 4])
  assert.deepEqual(over('acc_min'), [1, 1, 1, 1])
})

test('before the first value accumulators show 0, and negative numbers are not held against it', () => {
  assert.deepEqual(analytic('acc_max', [[null], [-3]]), [0, -3])
  assert.deepEqual(analytic('acc_min', [[null], [3]]), [0, 3])
  assert.deepEqual(analytic('acc_avg', [[null]]), [0])
  assert.deepEqual(analytic('acc_count', [[null], ['x']]), [0n, 1n])
})

test('accumulation starts with onBegin and ends after onReset', () => {
  const rows: Value[][] = [
    [1, false, false],
    [2, true, false],
    [3, false, false],
    [4, false, true],
    [5, false, false],
    [6, true, true],
    [7, false, false],
  ]
  assert.deepEqual(analytic('acc_sum', rows), [0, 2, 5, 9, 0, 6, 0])
  assert.deepEqual(analytic('acc_count', rows), [0n, 1n, 2n, 3n, 0n, 1n, 0n])
  assert.throws(() => analytic('acc_sum', [[1, null, false]]), /onBegin should be boolean/)
  assert.throws(() => analytic('acc_sum', [[1, true, null]]), /onReset should be boolean/)
})

test('a row that WHEN leaves out sees the current figure', () => {
  const state = analyticState('acc_sum')
  assert.equal(state.next([3], true), 3)
  assert.equal(state.next([5], false), 3)
  assert.equal(state.next([1], true), 4)
})

test('a value that is no number is an error and changes nothing', () => {
  const state = analyticState('acc_sum')
  state.next([3], true)
  assert.throws(() => state.next(['x'], true), /the value should be number/)
  assert.equal(state.next([1], true), 4)
})

const noon = Temporal.ZonedDateTime.from('2024-01-01T12:00:00[Asia/Tokyo]')
const anything = fc.constantFrom<Value>(1, 1n, null, 'a', noon, [noon, 1], { t: noon })
const numeric = fc.constantFrom<Value>(1, 2n, -3.5, null)
const flag = fc.boolean()

function rowsOf(name: string): fc.Arbitrary<Value[]> {
  if (name.startsWith('acc_')) return fc.tuple(numeric, flag, flag)
  if (name === 'lag') return fc.tuple(anything, fc.constant(2n), anything, fc.constant(false))
  if (name === 'latest') return fc.tuple(anything, anything)
  return fc.tuple(flag, anything)
}

for (const { name } of allFunctions.filter(d => d.kind === 'analytic')) {
  test(`${name}: a checkpoint between any two rows changes nothing`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(rowsOf(name), flag), { maxLength: 8 }), rows => {
        const whole = analyticState(name)
        let broken = analyticState(name)
        for (const [args, valid] of rows) {
          const state = structuredClone(broken.snapshot())
          broken = analyticState(name)
          broken.restore(state)
          assert.equal(writeJson(broken.next(args, valid)), writeJson(whole.next(args, valid)))
        }
      }),
      { numRuns: 100 },
    )
  })
}
