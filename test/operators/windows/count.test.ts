import assert from 'node:assert/strict'
import test from 'node:test'
import { CountWindow } from '../../../src/operators/windows/count.ts'
import { assertSurvivesRestarts, rows, run } from '../../support/operator-runs.ts'

const abc = rows('a', 1, 'b', 2, 'c', 3, 'd', 4, 'e', 5, 'f', 6, 'g', 7, 'h', 8)

test('a count window gives every n rows, once', () => {
  assert.deepEqual(run(new CountWindow({ length: 3 }), abc), ['3..3 a b c', '6..6 d e f'])
})

test('a count window with an interval gives the last n rows, once n have come', () => {
  assert.deepEqual(run(new CountWindow({ length: 5, interval: 2 }), abc), ['6..6 b c d e f', '8..8 d e f g h'])
})

test('a count window with interval 1 slides by rows', () => {
  assert.deepEqual(run(new CountWindow({ length: 3, interval: 1 }), abc.slice(0, 5)), [
    '3..3 a b c',
    '4..4 b c d',
    '5..5 c d e',
  ])
})

test('a count window of one row gives each row', () => {
  assert.deepEqual(run(new CountWindow({ length: 1 }), abc.slice(0, 2)), ['1..1 a', '2..2 b'])
})

test('an interval longer than the window cannot be', () => {
  assert.throws(() => new CountWindow({ length: 2, interval: 3 }), RangeError)
  assert.throws(() => new CountWindow({ length: 0 }), RangeError)
})

test('a count window survives a restart between any two rows', () => {
  assertSurvivesRestarts(() => new CountWindow({ length: 3 }), abc)
  assertSurvivesRestarts(() => new CountWindow({ length: 5, interval: 2 }), abc)
})

test('rows that no later window can hold are let go', () => {
  const whole = new CountWindow({ length: 3 })
  run(whole, abc.slice(0, 3))
  assert.equal(whole.snapshot().rows.length, 0)
  const sliding = new CountWindow({ length: 5, interval: 2 })
  run(sliding, abc)
  assert.equal(sliding.snapshot().rows.length, 3)
})
