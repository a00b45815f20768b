import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import type { Value } from '../../src/core/value.ts'
import { objectFunctions } from '../../src/functions/object.ts'
import { Functions } from '../support/call-function.ts'

const functions = new Functions(objectFunctions)

/** Two kinds of nesting, a null and a key with a dot. */
const DEVICE = {
  k1: { temp: 23n, hum: 34n },
  k2: '2',
  k3: { temp: 23n, hum: 34n },
  k4: { embed: { ee: 23n, ff: { gg: 23n } } },
  none: null,
  'a.b': 'dotted',
}

describe('an object function gives', () => {
  const cases: Record<string, readonly [name: string, args: readonly Value[], expected: Value]> = {
    'sorted keys': ['keys', [{ b: 1, a: 2, 10: 3, 9: 4 }], ['10', '9', 'a', 'b']],
    'values in the order of the keys': ['values', [{ b: 1, a: null }], [null, 1]],
    'pairs in the order of the keys': [
      'items',
      [{ b: 1, a: null }],
      [
        ['a', null],
        ['b', 1],
      ],
    ],
    'objects of key and value': [
      'obj_to_kvpair_array',
      [{ b: ['x'], a: 1n }],
      [
        { key: 'a', value: 1n },
        { key: 'b', value: ['x'] },
      ],
    ],
    'null for an empty object': ['keys', [{}], null],
    'the number of entries': ['object_size', [{ a: 1, b: null }], 2n],
    '0 entries of an empty object': ['object_size', [{}], 0n],
    '0 entries of null': ['object_size', [null], 0n],

    'an object of keys and values': [
      'object',
      [
        ['a', 'b'],
        [1n, null],
      ],
      { a: 1n, b: null },
    ],
    'an object of pairs, null ones apart': ['zip', [[['k1', 'v1'], null, ['k2', null]]], { k1: 'v1', k2: null }],
    'an object of arguments': ['object_construct', ['k1', 'bar', 'k2', 2n], { k1: 'bar', k2: 2n }],
    'an object with its null values': ['object_construct', ['k1', null], { k1: null }],
    'an object without null keys': ['object_construct', [null, 1n, 'k2', 2n], { k2: 2n }],
    'objects merged, later ones winning': ['object_concat', [{ a: 1, b: 1 }, null, { a: 2 }], { a: 2, b: 1 }],
    'objects merged at the top only': ['object_concat', [{ a: { x: 1 } }, { a: { y: 2 } }], { a: { y: 2 } }],

    'the picked key': ['object_pick', [DEVICE, 'k2'], { k2: '2' }],
    'picked keys of an array, what is no text passed over': [
      'object_pick',
      [DEVICE, ['k1.temp', 'k2', 123n, 'k4.embed.ff']],
      { k1: { temp: 23n }, k2: '2', k4: { embed: { ff: { gg: 23n } } } },
    ],
    'two picked keys under one parent': [
      'object_pick',
      [DEVICE, 'k1.temp', 'k1.hum', 'k4.embed.ee', 'k4.embed.ff.gg'],
      { k1: { temp: 23n, hum: 34n }, k4: { embed: { ee: 23n, ff: { gg: 23n } } } },
    ],
    'a picked parent whole, though a child is picked as well': [
      'object_pick',
      [DEVICE, 'k1.temp', 'k1'],
      { k1: { temp: 23n, hum: 34n } },
    ],
    'a picked key that is null': ['object_pick', [DEVICE, 'none'], { none: null }],
    'a picked key that holds a dot': ['object_pick', [DEVICE, 'a.b'], { 'a.b': 'dotted' }],
    'nothing of absent keys': ['object_pick', [DEVICE, 'zzz', 'k1.zzz', 'k2.x', 'constructor'], {}],
    'null picked from null': ['object_pick', [null, 'k1'], null],
    'an object without a key': ['erase', [{ a: 1, b: 2 }, 'a'], { b: 2 }],
    'an object without keys of an array': ['erase', [{ a: 1, b: 2, c: 3 }, ['a', 'b', 7n]], { c: 3 }],
    'an object whole without an absent key': ['erase', [{ a: 1 }, 'zzz'], { a: 1 }],
    'null erased from null': ['erase', [null, 'a'], null],
  }
  for (const [what, [name, args, expected]] of Object.entries(cases)) {
    it(`${what}: ${name}`, () => assert.deepStrictEqual(functions.call(name, args), expected))
  }
})

describe('a row fails', () => {
  const cases: Record<string, readonly [name: string, args: readonly Value[], message: RegExp]> = {
    'for no object': ['items', [1n], /first argument should be object/],
    'for an array as object': ['keys', [[1]], /first argument should be object/],
    'for a size of text': ['object_size', ['x'], /first argument should be object/],
    'for no array of keys': ['object', [1n, [1]], /first argument should be array/],
    'for no array of values': ['object', [['a'], 1n], /second argument should be array/],
    'for keys that are no texts': ['object', [[1n], [1n]], /string type for a key/],
    'for more values than keys': ['object', [['a'], [1, 2]], /length of the arguments should be same/],
    'for entries that are no pairs': ['zip', [[1n, 2n]], /pair of key and value/],
    'for entries of three': ['zip', [[['a', 1, 2]]], /pair of key and value/],
    'for an entry without text': ['zip', [[[1, 1]]], /string type for a key/],
    'for a key that is true': ['object_construct', [true, 'bar'], /string type for a key/],
    'for a text among objects': ['object_concat', [{ a: 1 }, 'x'], /argument 2 should be object/],
    'for a number as key': ['object_pick', [{ a: 1 }, 1n], /string type for a key/],
    'for three arguments': ['erase', [{ a: 1 }, ['a'], 'c'], /argument number should be 2, got 3/],
  }
  for (const [what, [name, args, message]] of Object.entries(cases)) {
    it(`${what}: ${name}`, () => {
      assert.throws(
        () => functions.call(name, args),
        error => error instanceof RowError && message.test(error.message),
      )
    })
  }
})

describe('compiling refuses', () => {
  const column = undefined
  const cases: Record<string, Parameters<typeof functions.check>> = {
    'a key without value': ['object_construct', ['foo', 'bar', 'baz']],
    'a first key that is true': ['object_construct', [true, 'baz']],
    'a second key that is a number': ['object_construct', ['a', column, 1n, column]],
    'an object alone': ['object_pick', ['foo']],
    'a literal object': ['object_pick', ['foo', 'bar']],
    'a number as key': ['object_pick', [column, 'a', 1n]],
    'a number to erase': ['erase', [column, 1n]],
    'one object to concatenate': ['object_concat', [column]],
    'a literal for keys': ['keys', ['x']],
  }
  for (const [what, [name, args]] of Object.entries(cases)) {
    it(`${what}: ${name}`, () => assert.equal(typeof functions.check(name, args), 'string'))
  }
  it('none of these', () => {
    assert.equal(functions.check('object_construct', ['a', column, column, 1n]), undefined)
    assert.equal(functions.check('object_pick', [column, 'a', column]), undefined)
    assert.equal(functions.check('erase', [column, column, column]), undefined)
  })
})

it('no argument is ever changed', () => {
  const frozen = Object.freeze({ b: Object.freeze({ c: 1 }), a: 1 })
  functions.call('object_concat', [frozen, { a: 2 }])
  functions.call('object_pick', [frozen, 'b.c'])
  functions.call('erase', [frozen, 'a'])
  assert.deepEqual(frozen, { b: { c: 1 }, a: 1 })
})

it('keys named like inherited properties are plain data', () => {
  const odd: Value = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}')
  const entries = (value: Value) => Object.entries(value as object)
  assert.deepEqual(entries(functions.call('object_concat', [odd, { a: 1 }])), [...entries(odd), ['a', 1]])
  assert.deepEqual(entries(functions.call('object_pick', [odd, '__proto__.x'])), [['__proto__', { x: 1 }]])
  assert.deepEqual(entries(functions.call('erase', [odd, 'constructor'])), [['__proto__', { x: 1 }]])
  assert.deepEqual(entries(functions.call('object_construct', ['__proto__', 1n])), [['__proto__', 1n]])
  assert.deepEqual(functions.call('items', [odd]), [
    ['__proto__', { x: 1 }],
    ['constructor', 2],
  ])
})

it('11 functions', () => assert.equal(objectFunctions.length, 11))
