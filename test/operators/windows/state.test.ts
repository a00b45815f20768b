import assert from 'node:assert/strict'
import test from 'node:test'
import { RowError } from '../../../src/core/errors.ts'
import type { Row } from '../../../src/core/row.ts'
import { RowContents } from '../../../src/operators/windows/row-contents.ts'
import { StateWindow } from '../../../src/operators/windows/state.ts'
import { assertSurvivesRestarts, type RowInput, rows, run } from '../../support/operator-runs.ts'

const contents = () => new RowContents()
const is = (v: string) => (row: Row) => row.values['v'] === v
const begin = is('on')
const partition = (row: Row) => String(row.values['device'])
const of = (device: string, v: string, at: number): RowInput => ({ v, at, device })

test('a state window goes from the first row that begins to the first later row that emits', () => {
  const operator = new StateWindow({ contents, begin, emit: is('off') })
  const inputs = rows('x', 1, 'off', 2, 'on', 3, 'x', 4, 'on', 5, 'off', 6, 'x', 7, 'on', 8, 'off', 9)
  assert.deepEqual(run(operator, inputs), ['3..6 on x on off', '8..9 on off'])
})

test('the row that begins is not tested for emit', () => {
  const operator = new StateWindow({ contents, begin, emit: begin })
  assert.deepEqual(run(operator, rows('on', 1, 'x', 2, 'on', 3, 'on', 4, 'on', 5)), ['1..3 on x on', '4..5 on on'])
})

test('with one condition each row that meets it closes a window and opens the next', () => {
  const inputs = rows('x', 1, 'on', 2, 'x', 3, 'on', 4, 'on', 5, 'x', 6)
  assert.deepEqual(run(new StateWindow({ contents, begin }), inputs), ['2..4 on x', '4..5 on'])
})

test('partitions have windows of their own', () => {
  const operator = new StateWindow({ contents, begin, emit: is('off'), partition })
  const inputs = [of('d1', 'on', 1), of('d2', 'on', 2), of('d1', 'x', 3), of('d1', 'off', 4), of('d3', 'off', 5)]
  assert.deepEqual(run(operator, inputs), ['1..4 on x off'])
  assert.deepEqual(run(operator, [of('d2', 'off', 6)]), ['2..6 on off'])
})

test('a condition that fails discards the row and leaves the window open', () => {
  const emit = (row: Row) => {
    if (is('bad')(row)) throw new RowError('bad row')
    return is('off')(row)
  }
  assert.deepEqual(run(new StateWindow({ contents, begin, emit }), rows('on', 1, 'bad', 2, 'off', 3)), [
    'error bad row',
    '1..3 on off',
  ])
})

test('closed windows leave nothing behind', () => {
  const operator = new StateWindow({ contents, begin, emit: is('off'), partition })
  run(operator, [of('d1', 'on', 1), of('d1', 'off', 2), of('d2', 'x', 3)])
  assert.deepEqual(operator.snapshot(), { open: [] })
})

test('a state window survives a restart between any two rows', () => {
  const inputs = [of('d1', 'on', 1), of('d2', 'on', 2), of('d1', 'x', 3), of('d1', 'off', 4), of('d2', 'off', 5)]
  assertSurvivesRestarts(() => new StateWindow({ contents, begin, emit: is('off'), partition }), inputs)
  assertSurvivesRestarts(() => new StateWindow({ contents, begin }), rows('on', 1, 'x', 2, 'on', 3, 'on', 4))
})
