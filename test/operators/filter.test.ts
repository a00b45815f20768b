import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import type { Row } from '../../src/core/row.ts'
import { Filter } from '../../src/operators/filter.ts'
import { run } from '../support/operator-runs.ts'

const isNot = (v: string) => (row: Row) => row.values['v'] !== v

test('rows are asked the condition of their own source, and pass where there is none', () => {
  const filter = new Filter([isNot('a'), undefined, isNot('c')])
  const inputs = ['a', 'b', 'c'].flatMap(v => [0, 1, 2].map(source => ({ at: 0, v, source })))
  assert.deepEqual(run(filter, inputs), ['row a', 'row a', 'row b', 'row b', 'row b', 'row c', 'row c'])
})

test('a condition that fails discards its row only', () => {
  const filter = new Filter([
    row => {
      if (row.values['v'] === 'b') throw new RowError('no')
      return true
    },
  ])
  assert.deepEqual(
    run(filter, [
      { at: 0, v: 'a' },
      { at: 0, v: 'b' },
      { at: 0, v: 'c' },
    ]),
    ['row a', 'error no', 'row c'],
  )
})

test('windows and watermarks pass', () => {
  const filter = new Filter([() => false])
  const window = { window: [{ at: 1, v: 'a' }], bounds: [0, 10] } as const
  assert.deepEqual(run(filter, [window, { watermark: 5 }]), ['0..10 a', 'watermark 5'])
})
