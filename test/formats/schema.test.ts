import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import type { Field, FieldType } from '../../src/core/schema.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { decodeJson } from '../../src/formats/json.ts'
import { makeSchemaDecoder, type SchemaOptions } from '../../src/formats/schema.ts'

const types: Record<string, FieldType> = {
  BIGINT: { kind: 'bigint' },
  FLOAT: { kind: 'float' },
  STRING: { kind: 'string' },
  BOOLEAN: { kind: 'boolean' },
  DATETIME: { kind: 'datetime' },
  BYTEA: { kind: 'bytea' },
  'ARRAY(BIGINT)': { kind: 'array', item: { kind: 'bigint' } },
  'ARRAY(STRING)': { kind: 'array', item: { kind: 'string' } },
  'ARRAY(ARRAY(BIGINT))': { kind: 'array', item: { kind: 'array', item: { kind: 'bigint' } } },
  'STRUCT(b BIGINT)': { kind: 'struct', fields: [{ name: 'b', type: { kind: 'bigint' } }] },
  'STRUCT(b STRING)': { kind: 'struct', fields: [{ name: 'b', type: { kind: 'string' } }] },
}

function decode(body: string, fields: readonly Field[], options: Partial<SchemaOptions> = {}): Values {
  const [row] = decodeJson(Buffer.from(body), { exactNumbers: true })
  return makeSchemaDecoder(fields, { strict: false, zone: 'UTC', ...options })(row!)
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

/** The value of column `x`, its outcome by the lenient and by the strict table: a value, or the text of an error. */
type Case = readonly [type: string, json: string, lenient: Value | RegExp, strict: Value | RegExp]

const cases: readonly Case[] = [
  ['BIGINT', '1', 1n, 1n],
  ['BIGINT', '-0', 0n, 0n],
  ['BIGINT', '9007199254740993', 9007199254740993n, 9007199254740993n],
  ['BIGINT', '1.0', /^x has wrong type:float, expect:bigint$/, 1n],
  ['BIGINT', '1e2', /^x has wrong type:float, expect:bigint$/, 100n],
  ['BIGINT', '1.9', /^x has wrong type:float, expect:bigint$/, 1n],
  ['BIGINT', '-1.9', /float/, -1n],
  [
    'BIGINT',
    '9223372036854775808',
    /^x is beyond the 64 bits of a bigint$/,
    /field x type mismatch: cannot convert float\(9\.2.*\) to bigint/,
  ],
  ['BIGINT', '1e999', /beyond the 64 bits/, /type mismatch/],
  [
    'BIGINT',
    '"1"',
    /^x has wrong type:string, expect:bigint$/,
    /^error in preprocessor: field x type mismatch: cannot convert string\(1\) to bigint$/,
  ],
  ['BIGINT', 'true', /^x has wrong type:true, expect:bigint$/, /boolean\(true\) to bigint/],
  ['BIGINT', '{"b":1}', /^x has wrong type:object, expect:bigint$/, /struct\(.*\) to bigint/],
  ['BIGINT', 'null', null, /^error in preprocessor: field x type mismatch: cannot convert null to bigint$/],
  ['FLOAT', '1', 1, 1],
  ['FLOAT', '1.50', 1.5, 1.5],
  ['FLOAT', '9007199254740993', 9007199254740992, 9007199254740992],
  ['FLOAT', '1e999', /^x is beyond the range of a float$/, /type mismatch: cannot convert float\(\+Inf\) to float/],
  ['FLOAT', '"1"', /^x has wrong type:string, expect:float$/, /string\(1\) to float/],
  ['FLOAT', 'false', /^x has wrong type:false, expect:float$/, /to float/],
  ['FLOAT', 'null', null, /null to float/],
  ['STRING', '"a"', 'a', 'a'],
  ['STRING', '1', '1', /float\(1\) to string/],
  ['STRING', '1.50', '1.5', /to string/],
  ['STRING', '1000000', '1e+06', /to string/],
  ['STRING', '9007199254740993', '9007199254740993', /to string/],
  ['STRING', 'true', /^x has wrong type:true, expect:string$/, /to string/],
  ['STRING', '[]', /^x has wrong type:array, expect:string$/, /to string/],
  ['STRING', 'null', null, /null to string/],
  ['BOOLEAN', 'true', true, true],
  ['BOOLEAN', '0', false, /float\(0\) to boolean/],
  ['BOOLEAN', '0.5', true, /to boolean/],
  ['BOOLEAN', '9007199254740993', true, /to boolean/],
  ['BOOLEAN', '"T"', true, /string\(T\) to boolean/],
  ['BOOLEAN', '"False"', false, /to boolean/],
  ['BOOLEAN', '"yes"', /^x has wrong type:string, expect:boolean$/, /to boolean/],
  ['BOOLEAN', '{}', /^x has wrong type:object, expect:boolean$/, /to boolean/],
  ['BOOLEAN', 'null', null, /null to boolean/],
  ['DATETIME', '"123"', '123', /field x type mismatch: cannot read string\(123\) as a date/],
  ['DATETIME', '5', 5, Temporal.ZonedDateTime.from('1970-01-01T00:00:00.005[UTC]')],
  [
    'DATETIME',
    '"2019-09-19T00:55:15.000Z"',
    '2019-09-19T00:55:15.000Z',
    Temporal.ZonedDateTime.from('2019-09-19T00:55:15[UTC]'),
  ],
  ['DATETIME', 'true', /^x has wrong type:true, expect:datetime$/, /field x type mismatch/],
  ['DATETIME', 'null', null, /null to datetime/],
  ['BYTEA', '"aGk="', bytes('hi'), bytes('hi')],
  ['BYTEA', '"hi!"', bytes('hi!'), bytes('hi!')],
  ['BYTEA', '"a==="', bytes('a==='), bytes('a===')],
  ['BYTEA', '"ä"', bytes('ä'), bytes('ä')],
  ['BYTEA', '""', bytes(''), bytes('')],
  ['BYTEA', '1', /^x has wrong type:number, expect:bytea$/, /to bytea/],
  ['BYTEA', 'null', null, /null to bytea/],
  ['ARRAY(BIGINT)', '[1,2]', [1n, 2n], [1n, 2n]],
  ['ARRAY(BIGINT)', '[1,2.0]', /^x\[\] has wrong type:float, expect:bigint$/, [1n, 2n]],
  ['ARRAY(BIGINT)', '[null]', [null], /field x\[\] type mismatch: cannot convert null to bigint/],
  ['ARRAY(BIGINT)', '123', /^x has wrong type:number, expect:array$/, /float\(123\) to array/],
  ['ARRAY(BIGINT)', '[{"b":1}]', /^x\[\] has wrong type:object, expect:bigint$/, /to bigint/],
  ['ARRAY(BIGINT)', 'null', null, null],
  ['ARRAY(STRING)', '[{"b":1}]', /^x\[\] has wrong type:object, expect:string$/, /to string/],
  ['ARRAY(ARRAY(BIGINT))', '[123]', /^x\[\] has wrong type:number, expect:array$/, /to array/],
  ['ARRAY(ARRAY(BIGINT))', '[null,[66]]', [null, [66n]], [null, [66n]]],
  ['STRUCT(b BIGINT)', '{"b":1,"c":2}', { b: 1n }, { b: 1n }],
  ['STRUCT(b BIGINT)', '{"b":1.0}', /^x\.b has wrong type:float, expect:bigint$/, { b: 1n }],
  ['STRUCT(b BIGINT)', '{}', {}, /^error in preprocessor: field x\.b is not found$/],
  ['STRUCT(b BIGINT)', '123', /^x has wrong type:number, expect:struct$/, /to struct/],
  ['STRUCT(b BIGINT)', '[]', /^x has wrong type:array, expect:struct$/, /to struct/],
  ['STRUCT(b BIGINT)', 'null', null, null],
  ['STRUCT(b STRING)', '"{\\"b\\":\\"t\\"}"', /^x has wrong type:string, expect:struct$/, { b: 't' }],
  ['STRUCT(b STRING)', '"[1]"', /string, expect:struct/, /string\(\[1\]\) to struct/],
  ['STRUCT(b STRING)', '"nope"', /string, expect:struct/, /string\(nope\) to struct/],
]

for (const [type, json, lenient, strict] of cases) {
  for (const [mode, expected] of [
    ['lenient', lenient],
    ['strict', strict],
  ] as const) {
    const outcome = expected instanceof RegExp ? 'refused' : 'taken'
    test(`${mode} ${type}: ${json} is ${outcome}`, () => {
      const run = () => decode(`{"x":${json}}`, [{ name: 'x', type: types[type]! }], { strict: mode === 'strict' })
      if (expected instanceof RegExp) {
        assert.throws(run, error => error instanceof RowError && expected.test(error.message))
      } else {
        const x = run()['x']
        if (expected instanceof Uint8Array)
          assert.deepEqual([x instanceof Uint8Array, [...(x as Uint8Array)]], [true, [...expected]])
        else if (expected instanceof Temporal.ZonedDateTime) assert.equal(String(x), String(expected))
        else assert.deepEqual(x, expected)
      }
    })
  }
}

const bigint: FieldType = { kind: 'bigint' }
const string: FieldType = { kind: 'string' }

test('undeclared columns are dropped, absent ones stay absent and get no default', () => {
  assert.deepEqual(
    decode('{"a":1,"z":2}', [
      { name: 'a', type: bigint },
      { name: 'b', type: string, default: 'x' },
    ]),
    { a: 1n },
  )
})

test('strict inserts defaults and misses what has none', () => {
  const fields: Field[] = [
    { name: 'a', type: bigint, default: 7n },
    { name: 'b', type: string, default: '' },
  ]
  assert.deepEqual(decode('{}', fields, { strict: true }), { a: 7n, b: '' })
  assert.throws(() => decode('{"a":null}', fields, { strict: true }), /cannot convert null/)
  assert.throws(
    () => decode('{"b":"x"}', [{ name: 'a', type: bigint }], { strict: true }),
    /^RowError: error in preprocessor: field a is not found$/,
  )
})

test('columns that no rule mentions are neither decoded nor checked', () => {
  const fields: Field[] = [
    { name: 'a', type: bigint },
    { name: 'b', type: bigint },
  ]
  for (const strict of [false, true]) {
    assert.deepEqual(decode('{"a":1,"b":"wrong"}', fields, { strict, columns: new Set(['a']) }), { a: 1n })
    assert.deepEqual(decode('{"a":"wrong"}', fields, { strict, columns: new Set() }), {})
  }
})

test('strict times are read by the format of the stream and in its zone', () => {
  const fields: Field[] = [{ name: 't', type: { kind: 'datetime' } }]
  const zoned = decode('{"t":"2019-09-19 10:00:00"}', fields, { strict: true, zone: 'Asia/Shanghai' })['t']
  assert.equal(String(zoned), '2019-09-19T10:00:00+08:00[Asia/Shanghai]')
  const formatted = decode('{"t":"19.09.2019"}', fields, { strict: true, timestampFormat: 'dd.MM.yyyy' })['t']
  assert.equal(String(formatted), '2019-09-19T00:00:00+00:00[UTC]')
  const decoder = makeSchemaDecoder(fields, { strict: true, zone: 'UTC' })
  assert.equal(String(decoder({ t: '12:30' }, Date.UTC(2020, 1, 29))['t']), '2020-02-29T12:30:00+00:00[UTC]')
})

test('names that every object inherits, and names that need quoting, are columns like any other', () => {
  const names = ['__proto__', 'constructor', 'toString', 'a"b', 'a\u2028\\b', '1', 'out', '']
  const fields = names.map(name => ({ name, type: string }))
  assert.deepEqual(decode('{}', fields), {})
  const body = `{${names.map(name => `${JSON.stringify(name)}:"v"`).join(',')}}`
  const row = decode(body, fields)
  assert.deepEqual(Object.keys(row).sort(), names.toSorted())
  for (const name of names) assert.equal(Object.getOwnPropertyDescriptor(row, name)!.value, 'v')
  assert.equal(Object.getPrototypeOf(row), Object.prototype)
  assert.throws(
    () => decode('{}', [{ name: 'constructor', type: string }], { strict: true }),
    /constructor is not found/,
  )
})

test('values that are already typed, as another rule sends them, pass', () => {
  const fields: Field[] = Object.entries(types)
    .slice(0, 6)
    .map(([name, type]) => ({ name, type }))
  const typed: Values = {
    BIGINT: 5n,
    FLOAT: 1.5,
    STRING: 's',
    BOOLEAN: true,
    DATETIME: Temporal.ZonedDateTime.from('2020-01-01T00:00[UTC]'),
    BYTEA: bytes('x'),
  }
  for (const strict of [false, true]) assert.deepEqual(makeSchemaDecoder(fields, { strict, zone: 'UTC' })(typed), typed)
})

test('the row that came in is left as it was', () => {
  const given = Object.freeze({ a: 1, s: Object.freeze({ b: 1 }), l: Object.freeze([1]) }) as Values
  const fields: Field[] = [
    { name: 'a', type: bigint },
    { name: 's', type: types['STRUCT(b BIGINT)']! },
    { name: 'l', type: types['ARRAY(BIGINT)']! },
  ]
  assert.deepEqual(makeSchemaDecoder(fields, { strict: false, zone: 'UTC' })(given), { a: 1n, s: { b: 1n }, l: [1n] })
  assert.deepEqual(given, { a: 1, s: { b: 1 }, l: [1] })
})
