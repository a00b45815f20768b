import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DecodeError, type DecodeFault } from '../../src/formats/decode-error.ts'
import { FORMATS, FORMATS_NOT_BUILT, formatDecoder } from '../../src/formats/format.ts'
import { decodeJson } from '../../src/formats/json.ts'
import { findJsonFault } from '../../src/formats/json-fault.ts'
import { isWholeReal } from '../../src/formats/whole-reals.ts'

const rows = (text: string, options = {}) => decodeJson(Buffer.from(text), options)

function fault(body: string | Buffer): DecodeError {
  try {
    decodeJson(Buffer.from(body as string))
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
  return assert.fail('decoded')
}

test('an object is one row, an array of objects a row each in order, an empty array none', () => {
  assert.deepEqual(rows('{"a":1}'), [{ a: 1 }])
  assert.deepEqual(rows(' [{"a":1},{},{"b":[{}]}] '), [{ a: 1 }, {}, { b: [{}] }])
  assert.deepEqual(rows('[]'), [])
})

test('of equal keys the last wins, and __proto__ is a key like any other', () => {
  assert.deepEqual(rows('{"a":1,"a":2}'), [{ a: 2 }])
  const [row] = rows('{"__proto__":{"x":1},"constructor":2}')
  assert.deepEqual(Object.keys(row!), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(row), Object.prototype)
})

test('a byte order mark is passed over, and integers keep their digits', () => {
  assert.deepEqual(rows('\ufeff{"a":9007199254740993,"b":-9223372036854775808}'), [
    { a: 9007199254740993n, b: -9223372036854775808n },
  ])
})

type Expected = [
  type: DecodeFault,
  place: { line?: number; column?: number; offset?: number; index?: number },
  detail: RegExp,
]
const faults: Record<string, Expected> = {
  '': ['empty-body', {}, /empty/],
  ' \r\n\t': ['empty-body', {}, /empty/],
  '\ufeff': ['empty-body', {}, /empty/],
  '{123}': ['bad-json', { line: 1, column: 2, offset: 1 }, /Unexpected "1"; expected a key in double quotes or "}"/],
  '{"a":1,}': ['bad-json', { line: 1, column: 8, offset: 7 }, /expected a key in double quotes\./],
  '{"a" 1}': ['bad-json', { line: 1, column: 6, offset: 5 }, /expected ":"/],
  '{"a":1]': ['bad-json', { line: 1, column: 7, offset: 6 }, /expected "," or "}"/],
  '{"a":\n  tru}': ['bad-json', { line: 2, column: 3, offset: 8 }, /Unexpected "t"; expected a value/],
  '{"ä":"😀",\r\n"b":x}': ['bad-json', { line: 2, column: 5, offset: 19 }, /Unexpected "x"/],
  '\ufeff[x': ['bad-json', { line: 1, column: 2, offset: 4 }, /Unexpected "x"; expected a value or "]"/],
  '{"a":1}\n{"a":2}\n': ['bad-json', { line: 2, column: 1, offset: 8 }, /Unexpected "{"; expected nothing more/],
  '[1,2': ['bad-json', { line: 1, column: 5, offset: 4 }, /ends where "," or "]" should follow/],
  '{"a": "abc': ['bad-json', { line: 1, column: 11, offset: 10 }, /middle of a string/],
  '{"a":"\\u12"}': ['bad-json', { line: 1, column: 7, offset: 6 }, /backslash/],
  '{"a":"x\ny"}': ['bad-json', { line: 1, column: 8, offset: 7 }, /control character U\+000A/],
  '{"a":01}': ['bad-json', { line: 1, column: 7, offset: 6 }, /Unexpected "1"/],
  '{"a":NaN}': ['bad-json', { line: 1, column: 6, offset: 5 }, /Unexpected "N"/],
  '{"a":1e}': ['bad-json', { line: 1, column: 7, offset: 6 }, /Unexpected "e"/],
  ['['.repeat(1001)]: ['bad-json', { line: 1, column: 1001, offset: 1000 }, /nested deeper than 1000/],
  '5': ['wrong-shape', {}, /The body is a number; expected an object or an array of objects/],
  '"a,b"': ['wrong-shape', {}, /is a string/],
  true: ['wrong-shape', {}, /is a boolean/],
  null: ['wrong-shape', {}, /is null/],
  '[{},[]]': ['wrong-shape', { index: 1 }, /Element 1 of the array is an array; expected an object/],
  '[{},{},9007199254740993]': ['wrong-shape', { index: 2 }, /Element 2 of the array is a number/],
}

for (const [text, [type, place, detail]] of Object.entries(faults)) {
  test(`the body ${JSON.stringify(text.slice(0, 30))} is ${type}`, () => {
    const error = fault(text)
    const { line, column, offset, index } = error
    assert.equal(error.type, type)
    assert.deepEqual(
      { line, column, offset, index },
      { line: undefined, column: undefined, offset: undefined, index: undefined, ...place },
    )
    assert.match(error.detail, detail)
    assert.ok(error.detail.length < 120, 'quotes too much')
  })
}

test('bytes that are not UTF-8 are found, also behind a written U+FFFD', () => {
  const bad = (bytes: number[]) =>
    fault(Buffer.concat([Buffer.from('{"ä":"\ufffd'), Buffer.from(bytes), Buffer.from('"}')]))
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]]) {
    const error = bad(bytes)
    assert.equal(error.type, 'bad-encoding')
    assert.equal(error.offset, 10)
    assert.match(error.detail, new RegExp(`byte 0x${bytes[0]!.toString(16)} at offset 10`))
  }
})

test('exactly what JSON.parse refuses has a fault with a place', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    '\\u00',
    '1',
    '-',
    '.5',
    'e',
    'e9',
    'true',
    'nul',
    'l',
    ' ',
    '\n',
    '\u0001',
    '😀',
  )
  const broken = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map(parts => parts.join('')),
    fc
      .tuple(fc.json(), fc.nat(), piece)
      .map(([text, n, p]) => text.slice(0, n % (text.length + 1)) + p + text.slice((n % (text.length + 1)) + 1)),
  )
  fc.assert(
    fc.property(broken, text => {
      let refused = false
      try {
        JSON.parse(text)
      } catch {
        refused = true
      }
      const found = findJsonFault(text)
      assert.equal(found !== undefined, refused)
      if (found) assert.ok(found.at >= 0 && found.at <= text.length)
    }),
    { numRuns: 3000 },
  )
})

test('any bytes are rows or a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      try {
        decodeJson(Buffer.from(bytes), { exactNumbers: true })
      } catch (error) {
        assert.ok(error instanceof DecodeError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a long string before the fault needs no stack', () => {
  assert.equal(fault(`{"a":"${'x'.repeat(5_000_000)}"`).offset, 5_000_007)
})

test('with exactNumbers a whole number written as a real is remembered and stays a plain number', () => {
  const text = '[{"a":1.0,"b":1,"c":1.5,"d":1e3,"e":[2,2.00],"f":9007199254740993,"g":"1.0","h":{"a":1}},{"a":1}]'
  const [first, second] = rows(text, { exactNumbers: true }) as [Record<string, unknown>, object]
  assert.deepEqual(first, { a: 1, b: 1, c: 1.5, d: 1000, e: [2, 2], f: 9007199254740993n, g: '1.0', h: { a: 1 } })
  assert.deepEqual(
    Object.keys(first).filter(key => isWholeReal(first, key)),
    ['a', 'd'],
  )
  assert.deepEqual(
    [0, 1].map(i => isWholeReal(first['e'] as object, i)),
    [false, true],
  )
  assert.equal(isWholeReal(first['h'] as object, 'a'), false)
  assert.equal(isWholeReal(second, 'a'), false)
  const [plain] = rows('{"a":1.0}')
  assert.equal(isWholeReal(plain!, 'a'), false)
})

test('a format is found by its name in any case, one that is not built is not', () => {
  assert.equal(formatDecoder('JSON'), decodeJson)
  assert.deepEqual(FORMATS, ['json'])
  for (const name of [...FORMATS_NOT_BUILT, 'xml']) assert.equal(formatDecoder(name), undefined)
})
