import assert from 'node:assert/strict'
import test from 'node:test'
import { CountWindow, OverlappingCountWindow } from '../../../src/operators/windows/count.ts'
import { PanedRows, RowContents } from '../../../src/operators/windows/row-contents.ts'
import { assertSurvivesRestarts, rows, run } from '../../support/operator-runs.ts'

const each = (length: number) => new CountWindow({ length, contents: () => new RowContents() })
const every = (length: number, interval: number) =>
  new OverlappingCountWindow({ length, interval, contents: () => new PanedRows() })

const abc = rows('a', 1, 'b', 2, 'c', 3, 'd', 4, 'e', 5, 'f', 6, 'g', 7, 'h', 8)

test('a count window gives every n rows, once', () => {
  assert.deepEqual(run(each(3), abc), ['3..3 a b c', '6..6 d e f'])
})

test('a count window with an interval gives the last n rows, once n have come', () => {
  assert.deepEqual(run(every(5, 2), abc), ['6..6 b c d e f', '8..8 d e f g h'])
})

test('a count window with interval 1 slides by rows', () => {
  assert.deepEqual(run(every(3, 1), abc.slice(0, 5)), ['3..3 a b c', '4..4 b c d', '5..5 c d e'])
})

test('a count window of one row gives each row', () => {
  assert.deepEqual(run(each(1), abc.slice(0, 2)), ['1..1 a', '2..2 b'])
})

test('an interval longer than the window cannot be', () => {
  assert.throws(() => every(2, 3), RangeError)
  assert.throws(() => each(0), RangeError)
})

test('a count window survives a restart between any two rows', () => {
  assertSurvivesRestarts(() => each(3), abc)
  assertSurvivesRestarts(() => every(5, 2), abc)
})

test('rows that no later window can hold are let go', () => {
  const contents = new RowContents()
  run(new CountWindow({ length: 3, contents: () => contents }), abc.slice(0, 3))
  assert.equal(contents.size, 0)
  const panes = new PanedRows()
  run(new OverlappingCountWindow({ length: 5, interval: 2, contents: () => panes }), abc)
  assert.equal(panes.size, 3)
})
