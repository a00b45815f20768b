import assert from 'node:assert/strict'
import test from 'node:test'
import { PanedRows, RowContents } from '../../../src/operators/windows/row-contents.ts'
import { heldText, row } from '../../support/operator-runs.ts'

const named = (v: string) => row({ v, at: 0 })

test('rows come out in the order in which they went in, once', () => {
  const contents = new RowContents()
  for (const v of ['a', 'b']) contents.add(named(v))
  assert.equal(heldText(contents.take()), 'a b')
  assert.deepEqual([contents.size, heldText(contents.take())], [0, ''])
})

test('rows in panes stay until their pane is dropped', () => {
  let contents = new PanedRows()
  for (const [v, pane] of [
    ['a', 1],
    ['b', 1],
    ['c', 2],
    ['d', 4],
  ] as const)
    contents.add(named(v), pane)
  assert.deepEqual([contents.size, heldText(contents.look())], [4, 'a b c d'])
  contents.dropBefore(2)
  assert.deepEqual([contents.size, heldText(contents.look())], [2, 'c d'])
  const saved = structuredClone(contents.snapshot())
  contents = new PanedRows()
  contents.restore(saved)
  contents.add(named('e'), 5)
  contents.dropBefore(4)
  assert.deepEqual([contents.size, heldText(contents.look())], [2, 'd e'])
  contents.dropBefore(9)
  assert.deepEqual([contents.size, heldText(contents.look())], [0, ''])
})

test('what was handed out does not change when more rows come and go', () => {
  const contents = new PanedRows()
  contents.add(named('a'), 1)
  const held = contents.look()
  contents.add(named('b'), 2)
  contents.dropBefore(2)
  assert.equal(heldText(held), 'a')
})
