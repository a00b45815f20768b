import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Values } from '../../src/core/value.ts'
import { checkCommonOptions, dynamicText, makeDelivery } from '../../src/sinks/delivery.ts'
import type { Emission, Outgoing } from '../../src/sinks/sink.ts'

const rows: readonly Values[] = [
  { b: 1n, a: 'x' },
  { b: 2n, a: 'y' },
]

function deliver(options: object, emission: Emission, takes: 'bytes' | 'rows' = 'bytes', sendMeta = false) {
  return makeDelivery(checkCommonOptions(options), { takes, sendMeta })(emission)
}

function payloads(options: object, given: readonly Values[]): unknown[] {
  return deliver(options, { rows: given }).map(m => (m instanceof Error ? m.message : m.payload))
}

describe('messages of byte sinks', () => {
  const cases: readonly (readonly [name: string, options: object, rows: readonly Values[], payloads: unknown[]])[] = [
    ['one array by default, keys sorted', {}, rows, ['[{"a":"x","b":1},{"a":"y","b":2}]']],
    ['an array even for one row', {}, [{ a: 1 }], ['[{"a":1}]']],
    ['an empty emission is an empty array', {}, [], ['[]']],
    ['sendSingle: one message a row', { sendSingle: true }, rows, ['{"a":"x","b":1}', '{"a":"y","b":2}']],
    ['sendSingle of nothing is nothing', { sendSingle: true }, [], []],
    ['omitIfEmpty drops empty emissions', { omitIfEmpty: true }, [], []],
    ['omitIfEmpty keeps an array with an empty row', { omitIfEmpty: true }, [{}], ['[{}]']],
    [
      'omitIfEmpty with sendSingle drops empty rows',
      { omitIfEmpty: true, sendSingle: true },
      [{}, { a: 1 }],
      ['{"a":1}'],
    ],
    ['fields keeps and fills with null', { fields: ['a', 'z'] }, rows, ['[{"a":"x","z":null},{"a":"y","z":null}]']],
    ['excludeFields drops', { excludeFields: ['b'] }, rows, ['[{"a":"x"},{"a":"y"}]']],
    ['dataField of a single row', { dataField: 'd', sendSingle: true }, [{ d: { x: 1 } }], ['{"x":1}']],
    ['dataField of an array takes the first row', { dataField: 'd' }, [{ d: [{ x: 1 }] }, { d: 5 }], ['[{"x":1}]']],
    ['dataField of an empty window is the empty window', { dataField: 'd', fields: ['x'] }, [], ['[]']],
    ['the old name of dataField', { tableDataField: 'd' }, [{ d: { x: 1 } }], ['{"x":1}']],
    ['dataField comes before fields', { dataField: 'd', fields: ['x'] }, [{ d: { x: 1, y: 2 } }], ['{"x":1}']],
    ['a template’s text is sent as it is', { dataTemplate: '{{len .}} rows' }, rows, ['2 rows']],
    ['a template per row', { dataTemplate: '{{.a}}!', sendSingle: true }, rows, ['x!', 'y!']],
    [
      'a template before fields is parsed',
      { dataTemplate: '{"q":{{json .}},"r":1}', fields: ['r'] },
      rows,
      ['{"r":1}'],
    ],
    ['a template before dataField', { dataTemplate: '{"q":{{json .}}}', dataField: 'q' }, [{ a: 1 }], ['[{"a":1}]']],
    [
      'integers beyond 2^53 come through a template',
      { dataTemplate: '{{json .}}', excludeFields: ['x'] },
      [{ n: 9007199254740993n }],
      ['[{"n":9007199254740993}]'],
    ],
    ['HTML characters are escaped', {}, [{ a: '<&>' }], ['[{"a":"\\u003c\\u0026\\u003e"}]']],
    [
      'a key called __proto__ is data',
      { fields: ['__proto__'] },
      [JSON.parse('{"__proto__":1}')],
      ['[{"__proto__":1}]'],
    ],
  ]
  for (const [name, options, given, expected] of cases) {
    it(name, () => assert.deepEqual(payloads(options, given), expected))
  }

  it('fails a message that JSON cannot say, and only that one', () => {
    const [bad, good] = payloads({ sendSingle: true }, [{ a: Number.NaN }, { a: 1 }])
    assert.match(String(bad), /cannot be written as JSON/)
    assert.equal(good, '{"a":1}')
  })

  const failures: readonly (readonly [name: string, options: object, row: Values, message: RegExp])[] = [
    ['template output that is no JSON', { dataTemplate: 'hello', fields: ['a'] }, {}, /not JSON.*: hello/],
    ['a missing dataField', { dataField: 'd' }, { a: 1 }, /dataField "d" is missing/],
    ['fields of a text', { dataField: 'd', fields: ['a'] }, { d: 'x' }, /expected an object/],
    ['a template fault', { dataTemplate: '{{index . 7}}' }, {}, /template 1:3: index/],
  ]
  for (const [name, options, row, expected] of failures) {
    it(`fails on ${name}`, () => assert.match(String(payloads(options, [row])[0]), expected))
  }

  it('computes dynamic properties from the row before the template and field selection', () => {
    const [first] = deliver({ sendSingle: true, fields: ['b'] }, { rows }) as Outgoing[]
    assert.equal(dynamicText('t/{{.a}}', ['topic']).of(first!.data), 't/x')
    const [all] = deliver({}, { rows }) as Outgoing[]
    assert.equal(dynamicText('t/{{index . 1 "a"}}', ['topic']).of(all!.data), 't/y')
    assert.equal(dynamicText('t/{a}', ['topic']).of(all!.data), 't/{a}')
  })
})

describe('messages of tuple sinks', () => {
  const rowsOf = (options: object, given: readonly Values[]) =>
    deliver(options, { rows: given }, 'rows').map(m => (m instanceof Error ? m.message : m.rows))

  it('are rows without an encoding', () => {
    assert.deepEqual(rowsOf({}, rows), [rows])
    assert.deepEqual(rowsOf({ sendSingle: true }, rows), [[rows[0]], [rows[1]]])
    const [first] = deliver({}, { rows }, 'rows') as Outgoing[]
    assert.equal(first!.payload, undefined)
    assert.equal(first!.rows[0], rows[0], 'rows are shared, not copied')
  })

  it('read a template’s output back', () => {
    assert.deepEqual(rowsOf({ dataTemplate: '[{"n":{{len .}}}]' }, rows), [[{ n: 2 }]])
    assert.match(String(rowsOf({ dataTemplate: '5' }, rows)[0]), /takes rows/)
  })
})

describe('errors of option sendError', () => {
  it('are bare text for byte sinks and a row for tuple sinks', () => {
    const emission = { rows: [], error: 'boom' }
    const [bytes] = deliver({ dataTemplate: 'x', omitIfEmpty: true }, emission) as Outgoing[]
    assert.deepEqual([bytes!.payload, bytes!.isError], ['boom', true])
    const [tuple] = deliver({}, emission, 'rows') as Outgoing[]
    assert.deepEqual(tuple!.rows, [{ error: 'boom' }])
  })
})

it('sendMetaToSink adds __meta to every row', () => {
  const emission = { rows: [{ a: 1 }], meta: { path: '/p' } }
  const [first] = deliver({}, emission, 'bytes', true) as Outgoing[]
  assert.equal(first!.payload, '[{"__meta":{"path":"/p"},"a":1}]')
  const [without] = deliver({}, emission) as Outgoing[]
  assert.equal(without!.payload, '[{"a":1}]')
})

describe('common properties are refused with their name', () => {
  const cases: readonly (readonly [options: object, message: RegExp])[] = [
    [{ fields: ['a'], excludeFields: ['b'] }, /exclude each other/],
    [{ format: 'delimited' }, /format "delimited" is not built yet/],
    [{ format: 'xml' }, /"format" must be json/],
    [{ batchSize: 10 }, /"batchSize" is not built yet/],
    [{ lingerInterval: '1s' }, /"lingerInterval" is not built yet/],
    [{ compression: 'gzip' }, /"compression" is not built yet/],
    [{ encryption: 'aes' }, /"encryption" is not built yet/],
    [{ enableCache: true }, /"enableCache" is not built yet/],
    [{ resendInterval: 100 }, /"resendInterval" is not built yet/],
    [{ resourceId: 'x' }, /"resourceId" is not built yet/],
    [{ connectionSelector: 'x' }, /"connectionSelector" is not built yet/],
    [{ concurrency: 0 }, /"concurrency" must be at least 1/],
    [{ sendSingle: 'yes' }, /"sendSingle" must be true or false/],
    [{ fields: 'a' }, /"fields" must be a list/],
    [{ fields: [1] }, /"fields\[0\]" must be a text/],
    [{ bufferLength: -1 }, /"bufferLength" must be at least 0/],
  ]
  for (const [options, expected] of cases) {
    it(JSON.stringify(options), () => {
      assert.throws(() => checkCommonOptions(options), { code: 'RULE_ACTION', message: expected })
    })
  }

  it('values that mean "off" are taken, as old files hold them', () => {
    const options = checkCommonOptions({ batchSize: 0, enableCache: false, concurrency: 1, runAsync: true, fields: [] })
    assert.deepEqual([options.sendSingle, options.fields], [false, undefined])
  })

  it('a fault in the template is told when the rule is made', () => {
    const options = checkCommonOptions({ dataTemplate: '{{.a' })
    assert.throws(() => makeDelivery(options, { takes: 'bytes' }), { code: 'TEMPLATE_SYNTAX' })
  })
})
