import assert from 'node:assert/strict'
import test from 'node:test'
import { ScanTable } from '../../src/operators/scan-table.ts'
import { rows, run } from '../support/operator-runs.ts'

const names = (table: ScanTable) => table.rows.map(row => row.values['v']).join('')

test('a table holds its last rows, oldest first', () => {
  const table = new ScanTable({ retain: 3 })
  assert.equal(names(table), '')
  const seen = [...'abcdefg'].map(v => {
    assert.deepEqual(run(table, rows(v, 1)), [], 'rows of a table cause no output')
    return names(table)
  })
  assert.deepEqual(seen, ['a', 'ab', 'abc', 'bcd', 'cde', 'def', 'efg'])
})

test('a table of one row holds the newest', () => {
  const table = new ScanTable({ retain: 1 })
  run(table, rows('a', 1, 'b', 2))
  assert.equal(names(table), 'b')
})

test('the version changes with the rows, and only then', () => {
  const table = new ScanTable({ retain: 1 })
  run(table, rows('a', 1))
  const { version, rows: before } = table
  assert.equal(table.rows, before)
  assert.equal(table.version, version)
  run(table, rows('b', 2))
  assert.notEqual(table.version, version)
})

test('a table survives a restart after any row, also with another size', () => {
  for (let cut = 0; cut <= 5; cut++) {
    const before = new ScanTable({ retain: 3 })
    run(before, rows('a', 1, 'b', 2, 'c', 3, 'd', 4, 'e', 5).slice(0, cut))
    const after = new ScanTable({ retain: 3 })
    const smaller = new ScanTable({ retain: 2 })
    for (const table of [after, smaller]) table.restore(structuredClone(before.snapshot()))
    assert.equal(names(after), names(before))
    assert.equal(names(smaller), names(before).slice(-2))
    run(after, rows('x', 9, 'y', 9))
    assert.equal(names(after), `${names(before)}xy`.slice(-3))
  }
})

test('a table that retains nothing cannot be', () => {
  assert.throws(() => new ScanTable({ retain: 0 }), RangeError)
})
