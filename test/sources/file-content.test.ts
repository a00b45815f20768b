// The content of files: rows that come out, and faults with the place where they stand.

import assert from 'node:assert/strict'
import test from 'node:test'
import { errorLine, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import type { Field } from '../../src/core/schema.ts'
import { type ContentOptions, decodeContent } from '../../src/sources/file-content.ts'

const PLAIN: ContentOptions = {
  fileType: 'json',
  format: 'json',
  delimiter: ',',
  hasHeader: false,
  columns: undefined,
  ignoreStartLines: 0,
  ignoreEndLines: 0,
  fields: [],
  strict: false,
  timestampFormat: undefined,
  zone: 'UTC',
}
const CSV: Partial<ContentOptions> = { fileType: 'csv', hasHeader: true }
const FIELDS: readonly Field[] = [
  { name: 'id', type: { kind: 'bigint' } },
  { name: 'name', type: { kind: 'string' } },
  { name: 'factor', type: { kind: 'float' } },
  { name: 'live', type: { kind: 'boolean' } },
  { name: 'tags', type: { kind: 'array', item: { kind: 'string' } } },
]

function rows(text: string, options: Partial<ContentOptions> = {}) {
  return decodeContent(new FileText('data/x', text), { ...PLAIN, ...options }, 0)
}

function faults(text: string, options: Partial<ContentOptions> = {}): string {
  try {
    rows(text, options)
  } catch (error) {
    assert.ok(error instanceof UserError)
    return error.all().map(errorLine).join('\n')
  }
  throw new Error('no fault')
}

test('a JSON file is an array of objects, or one object', () => {
  assert.deepEqual(rows('[{"a": 1}, {"a": 9007199254740993}]\n'), [{ a: 1 }, { a: 9007199254740993n }])
  assert.deepEqual(rows('{"a": {"b": [1]}}'), [{ a: { b: [1] } }])
  assert.deepEqual(rows(' [] '), [])
})

test('a fault of a JSON file has its place', () => {
  assert.match(faults('[\n  {"a": 1},\n  {"a": oops}\n]'), /^data\/x:3:9 FILE_CONTENT Unexpected "o"/)
  assert.match(
    faults('[\n  {"a": "],[{\\""},\n\n  [1], 2]'),
    /^data\/x:4:3 FILE_CONTENT Element 1 of the array is an array/,
  )
  assert.match(faults('\n  "x"'), /^data\/x:2:3 FILE_CONTENT The file holds a string/)
  assert.match(faults('{"a":1}\n{"a":2}\n'), /^data\/x:2:1 FILE_CONTENT/)
  assert.match(faults(' \n'), /FILE_CONTENT The file is empty. An empty table is \[\]\.$/)
})

test('a file of lines is a JSON object a line, blank lines apart', () => {
  const lines: Partial<ContentOptions> = { fileType: 'lines' }
  assert.deepEqual(rows('{"a":1}\n\n  {"a":2}\n', lines), [{ a: 1 }, { a: 2 }])
  assert.deepEqual(rows('', lines), [])
  assert.match(faults('{"a":1}\n\n  {"a" 2}\n', lines), /^data\/x:3:8 FILE_CONTENT/)
  assert.match(faults('{"a":1}\n [1]\n', lines), /^data\/x:2:2 FILE_CONTENT The line is an array/)
})

test('a line of FORMAT delimited is a record', () => {
  assert.deepEqual(rows('1;x\n2;y', { fileType: 'lines', format: 'delimited', delimiter: ';', columns: ['id', 'n'] }), [
    { id: '1', n: 'x' },
    { id: '2', n: 'y' },
  ])
})

test('a header names the values of CSV, else the columns do, else their places', () => {
  assert.deepEqual(rows('id, name\n1,"x, y"\n', CSV), [{ id: '1', name: 'x, y' }])
  assert.deepEqual(rows('id,name\n1,x\n', { ...CSV, columns: ['a', 'b'] }), [{ id: '1', name: 'x' }])
  assert.deepEqual(rows('1,x\n2\n', { fileType: 'csv', columns: ['a', 'b'] }), [{ a: '1', b: 'x' }, { a: '2' }])
  assert.deepEqual(rows('1,x\n', { fileType: 'csv' }), [{ col0: '1', col1: 'x' }])
  const hostile = rows('__proto__,constructor\n1,2\n', CSV)[0]!
  assert.deepEqual(Object.entries(hostile), [
    ['__proto__', '1'],
    ['constructor', '2'],
  ])
})

test('values of CSV become what their columns declare', () => {
  const options = { ...CSV, fields: FIELDS }
  const header = 'id,name,factor,live,tags,more\n'
  assert.deepEqual(
    rows(`${header}12,007,1.50,true,"[""a""]",x\n9007199254740993, b ,-1e3,0,,y\n,,,,,\n3,,,,,\n`, options),
    [
      { id: 12n, name: '007', factor: 1.5, live: true, tags: ['a'] },
      { id: 9007199254740993n, name: ' b ', factor: -1000, live: false },
      { id: 3n, name: '' },
    ],
  )
  assert.deepEqual(rows('id,name,factor,live,tags\n1,x,2,false,[]', { ...options, strict: true }), [
    { id: 1n, name: 'x', factor: 2, live: false, tags: [] },
  ])
})

test('rows that do not fit are told one by one, with their lines', () => {
  const text = faults('id,name\n1,a\nx,b\n2.5,"c\nd"\n99999999999999999999,e\n4,f\n', { ...CSV, fields: FIELDS })
  assert.deepEqual(
    text.split('\n').map(line => line.split(' FILE_CONTENT ')),
    [
      ['data/x:3:1', 'The row does not fit: id has wrong type:string, expect:bigint.'],
      ['data/x:4:1', 'The row does not fit: id has wrong type:string, expect:bigint.'],
      ['data/x:6:1', 'The row does not fit: id is beyond the 64 bits of a bigint.'],
    ],
  )
  const json = faults('[{"id": 1},\n {"id": 2, "name": "]{"},\n  {"id": true}]', { fields: FIELDS })
  assert.match(json, /^data\/x:3:3 FILE_CONTENT The row does not fit: id has wrong type/)
})

test('a whole number written as a real is no BIGINT, in a file either', () => {
  assert.match(faults('[{"id": 1.0}]', { fields: FIELDS }), /FILE_CONTENT The row does not fit/)
})

test('CSV that would lose a value, or names nothing of the table, is refused', () => {
  assert.match(
    faults('id,name\n1,x\n2,y,z\n', CSV),
    /^data\/x:3:1 FILE_CONTENT The line has 3 values, and there are 2 /,
  )
  assert.match(faults('\n', CSV), /FILE_CONTENT The file is empty\. An empty table is a line that names the columns\.$/)
  assert.deepEqual(rows('id,name\n', CSV), [])
  assert.match(faults('id,id\n1,2', CSV), /^data\/x:1:1 FILE_CONTENT The column "id" is there twice/)
  assert.match(faults('id,name\n1,x\n', { fileType: 'csv', fields: FIELDS }), /Set hasHeader: true/)
  assert.match(faults('id,name\n1,x\n2,"y\n', CSV), /^data\/x:3:3 FILE_CONTENT A value begins with a quote/)
  assert.match(faults('a,b\n1,2', { fileType: 'json' }), /^data\/x:1:1 FILE_CONTENT/)
})

test('lines that are ignored leave everything else in its place', () => {
  const options = { ...CSV, ignoreStartLines: 2, ignoreEndLines: 1, fields: FIELDS }
  assert.deepEqual(rows('# made by\n\n# somebody\nid\n1\n2\ntotal "2\n\n', options), [{ id: 1n }, { id: 2n }])
  assert.match(faults('# made by\n\n# somebody\nid\n1\nx\ntotal 2', options), /^data\/x:6:1 /)
})
