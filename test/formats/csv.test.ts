import assert from 'node:assert/strict'
import test from 'node:test'
import { CsvFault, readCsv } from '../../src/formats/csv.ts'

test('records keep their texts, and know the line where they begin', () => {
  assert.deepEqual(readCsv('a,b\n1,"x\ny, ""z"""\r\n\n 2 ,,3', ','), [
    { values: ['a', 'b'], line: 1 },
    { values: ['1', 'x\ny, "z"'], line: 2 },
    { values: [' 2 ', '', '3'], line: 5 },
  ])
  assert.deepEqual(readCsv('a;;b', ';;'), [{ values: ['a', 'b'], line: 1 }])
  assert.deepEqual(readCsv('', ','), [])
})

test('a quote out of place is a fault with its line and value', () => {
  for (const [text, line, index] of [
    ['a,b\n1,"x\n2,3\n', 2, 1],
    ['a,b\n1,2\n3,x"y\n', 3, 1],
    ['"a"b,c\n', 1, 0],
  ] as const) {
    assert.throws(
      () => readCsv(text, ','),
      (error: CsvFault) => error instanceof CsvFault && error.line === line && error.index === index,
      text,
    )
  }
})
