import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import type { Value } from '../../src/core/value.ts'
import { arrayFunctions, setFunctionLookup } from '../../src/functions/array.ts'
import type { FunctionDefinition } from '../../src/functions/definition.ts'
import { Functions } from '../support/call-function.ts'

/** What array_map may find besides the arrays' own functions. */
const elementFunctions: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'double',
    family: 'math',
    parameters: [{ name: 'x', kind: 'number' }],
    returns: 'float',
    summary: '',
    examples: [],
    nulls: 'null',
    call(x: Value) {
      if (typeof x !== 'number') throw new RowError('not a float')
      return x * 2
    },
  },
  {
    kind: 'scalar',
    name: 'zone_of_rule',
    family: 'other',
    parameters: [{ name: 'x', kind: 'any' }],
    returns: 'string',
    summary: '',
    examples: [],
    nulls: 'own',
    callWith: (context, x: Value) => `${context.zone} ${x}`,
  },
  {
    kind: 'aggregate',
    name: 'total',
    family: 'aggregate',
    parameters: [{ name: 'x', kind: 'any' }],
    returns: 'any',
    summary: '',
    examples: [],
    begin: () => ({ add() {}, result: () => null }),
  },
]
const functions = new Functions(arrayFunctions, elementFunctions)
setFunctionLookup(functions.find, [])

const S1 = { a: 1 }

describe('an array function gives', () => {
  const cases: Record<string, readonly [name: string, args: readonly Value[], expected: Value]> = {
    'the number of elements, nulls too': ['cardinality', [[1, null]], 2n],
    '0 for what is no array': ['cardinality', ['text'], 0n],
    '0 for null': ['cardinality', [null], 0n],
    'the number of elements that are not null': ['array_cardinality', [[1, null]], 1n],
    '0 for an empty array': ['array_cardinality', [[]], 0n],

    'the first position': ['array_position', [['x', 'y', 'x'], 'x'], 0n],
    'the last position': ['array_last_position', [['x', 'y', 'x'], 'x'], 2n],
    '-1 for an element that is not there': ['array_position', [['x'], 'z'], -1n],
    '-1 from the end too': ['array_last_position', [[5, null, 5], 'hello'], -1n],
    '-1 in a null array': ['array_position', [null, 'x'], -1n],
    'the position of an int among floats': ['array_position', [[1.5, 3], 3n], 1n],
    'the position of null': ['array_position', [[1, null], null], 1n],
    'the position of an equal object': ['array_position', [[{ a: 2 }, { a: 1n }], S1], 1n],

    'true for a contained text': ['array_contains', [['x'], 'x'], true],
    'true for int 3 among floats': ['array_contains', [[3], 3n], true],
    'true for float 3 among ints': ['array_contains', [[3n], 3], true],
    'true for an equal array as element': ['array_contains', [[[1, 2]], [1n, 2n]], true],
    'false for text 3 among numbers': ['array_contains', [[3n], '3'], false],
    'false in a null array': ['array_contains', [null, 1], false],
    'false in an empty array': ['array_contains', [[], 1], false],
    'true for an element in common': ['array_contains_any', [['x'], ['y', 'x']], true],
    'true for a number in common whatever its kind': ['array_contains_any', [[1, 2], [2n]], true],
    'true for an object in common': ['array_contains_any', [[S1], [{ a: 1n }]], true],
    'true for a common integer that a double barely holds': ['array_contains_any', [[2 ** 60], [2n ** 60n]], true],
    'false for big integers next to each other': ['array_contains_any', [[2n ** 60n + 1n], [2 ** 60]], false],
    'false when nothing is in common': [
      'array_contains_any',
      [
        [1, 2, 3],
        [4, 'hello'],
      ],
      false,
    ],
    'false when one side is null': ['array_contains_any', [null, [1]], false],
    'false when the other is null': ['array_contains_any', [[1], null], false],
    'big integers apart that one float stands for': ['array_contains', [[2n ** 53n], 2n ** 53n + 1n], false],

    'the element from the start': ['element_at', [[1, 2], 1n], 2],
    'the element from the end': ['element_at', [[1, 2], -2n], 1],
    'the element at an integral float': ['element_at', [[1, 2], 1.0], 2],
    'null where null stands': ['element_at', [[null], 0n], null],
    'the value at a key': ['element_at', [{ k: 'v' }, 'k'], 'v'],
    'null for a missing key': ['element_at', [{ k: 'v' }, 'constructor'], null],

    'an array without an element': ['array_remove', [['x', 'y', 'x'], 'x'], ['y']],
    'an array without a number of the other kind': ['array_remove', [[3, 1, 2], 1n], [3, 2]],
    'an array without equal objects': ['array_remove', [[S1, { a: 2 }], { a: 1n }], [{ a: 2 }]],
    'null for removing from null': ['array_remove', [null, 1], null],
    'common elements in the order of b': [
      'array_intersect',
      [
        [1, 2, 2, 3],
        [3n, 2n, 3],
      ],
      [3n, 2n],
    ],
    'common objects': ['array_intersect', [[S1], [{ a: 2 }, { a: 1 }]], [{ a: 1 }]],
    'all elements once': [
      'array_union',
      [
        [1, 1, 2],
        [2n, 3n],
      ],
      [1, 2, 3n],
    ],
    'all elements once, null among them': [
      'array_union',
      [
        [1, null, 2],
        [1, null, 3],
      ],
      [1, null, 2, 3],
    ],
    'all elements, null for an empty array': ['array_union', [null, [1]], [1]],
    'no elements of two nulls': ['array_union', [null, null], []],
    'elements of a alone': [
      'array_except',
      [
        [1, 2, 1, 3],
        [1n, 2n],
      ],
      [3],
    ],
    'elements of a once': ['array_except', [[1, 1, 2], null], [1, 2]],
    'null except something': ['array_except', [null, [1]], null],
    'first occurrences': ['array_distinct', [[1, 2n, 2, 1n, 'a', 'a', null, null]], [1, 2n, 'a', null]],
    'objects and arrays all kept': ['array_distinct', [[S1, S1, [1], [1]]], [S1, S1, [1], [1]]],

    'the largest int': ['array_max', [[1n, null, 3n]], 3n],
    'the smallest float': ['array_min', [[1.2, 4.2, 3]], 1.2],
    'the largest text by bytes': ['array_max', [['a', '\u{1F600}', '\uffff']], '\u{1F600}'],
    'a float of mixed numbers, though an int is larger': ['array_max', [[1.5, 3n]], 3],
    'a float of mixed numbers, though an int is first': ['array_min', [[1n, 1.5]], 1],
    'null when all are null': ['array_max', [[null, null]], null],
    'null for an empty array as maximum': ['array_max', [[]], null],
    'elements sorted as text': ['array_sort', [[10n, 9n, 1n]], [1n, 10n, 9n]],
    'floats sorted by their plain digits': ['array_sort', [[20, 1000000]], [1000000, 20]],

    'an array of the arguments that are not null': ['array_create', [1n, null, 'b'], [1n, 'b']],
    'null of only nulls': ['array_create', [null, null], null],
    'arrays joined, null elements too': ['array_concat', [[1], null, ['3'], [null]], [1, '3', null]],
    'one level flattened': ['array_flatten', [[1, [2, [3]]]], [1, 2, [3]]],
    'texts joined without nulls': ['array_join', [['x', null, 'y'], '-'], 'x-y'],
    'texts joined with a text for null': ['array_join', [['x', null, 'y'], '-', '?'], 'x-?-y'],
    'numbers joined in plain digits': ['array_join', [[1000000, 1.5, 7n, true], ','], '1000000,1.5,7,true'],
    'nothing joined of only nulls': ['array_join', [[null, null], ','], ''],
    'null joined of an empty array': ['array_join', [[], ','], null],
    'a value repeated': ['repeat', ['a', 2n], ['a', 'a']],
    'a value repeated a float number of times': ['repeat', ['a', 2.0], ['a', 'a']],
    'an empty array of no repetitions': ['repeat', ['a', 0n], []],

    'integers up': ['sequence', [1n, 3n], [1n, 2n, 3n]],
    'integers down': ['sequence', [3n, 1n], [3n, 2n, 1n]],
    'integers of floats': ['sequence', [1.0, 3.0], [1n, 2n, 3n]],
    'integers with a step': ['sequence', [1n, 6n, 2n], [1n, 3n, 5n]],
    'integers down with a step': ['sequence', [10n, 1n, -3n], [10n, 7n, 4n, 1n]],
    'one integer': ['sequence', [5n, 5n, 3n], [5n]],
    'nothing when the step leads away': ['sequence', [1n, 5n, -1n], []],
    'nothing when a wide step leads away': ['sequence', [1n, 2n, -10n], []],

    'a function of every element': ['array_map', ['double', [1, 2.5]], [2, 5]],
    'a function with the context': ['array_map', ['zone_of_rule', ['x', null]], ['UTC x', 'UTC null']],

    'an object of pairs': ['kvpair_array_to_obj', [[{ key: 'a', value: 1 }]], { a: 1 }],
    'an object of pairs with a null': ['kvpair_array_to_obj', [[{ key: 'a', value: null }]], { a: null }],
    'null of no pairs': ['kvpair_array_to_obj', [[]], null],
  }
  for (const [what, [name, args, expected]] of Object.entries(cases)) {
    it(`${what}: ${name}`, () => assert.deepStrictEqual(functions.call(name, args), expected))
  }
})

describe('a row fails', () => {
  const cases: Record<string, readonly [name: string, args: readonly Value[], message: RegExp]> = {
    'for no array to count': ['array_cardinality', ['x'], /first argument should be array/],
    'for no array to search': ['array_position', [1n, 1n], /first argument should be array/],
    'for no array to look in': ['array_contains', [1n, 2n], /first argument should be array/],
    'for no second array': ['array_contains_any', [[1n], 1n], /second argument should be array/],
    'for no array to intersect with': ['array_intersect', [[1], 'x'], /second argument should be array/],
    'for no array to unite': ['array_union', ['1', [1]], /first argument should be array/],
    'for an index above': ['element_at', [[1, 2], 2n], /index out of range/],
    'for an index below': ['element_at', [[1, 2, 3], -4n], /index out of range/],
    'for an index as text': ['element_at', [[1], 'a'], /int type for the second argument/],
    'for a key as number': ['element_at', [{ a: 1 }, 1n], /string type for the second argument/],
    'for neither array nor object': ['element_at', ['1', 'a'], /first argument should be array or object/],
    'for objects as numbers': ['array_max', [[1, { a: 1 }]], /invalid element/],
    'for text among numbers': ['array_min', [[1, 'a']], /cannot compare/],
    'for a separator that is no text': ['array_join', [['a'], 1n], /string type for the second argument/],
    'for a null text that is none': ['array_join', [['a'], ':', 123n], /string type for the third argument/],
    'for text as count': ['repeat', [1n, 'hellow'], /int type for the second argument/],
    'for a negative count': ['repeat', [1n, -1n], /cannot repeat -1 times/],
    'for too many repetitions': ['repeat', [1n, 1_000_001n], /cannot repeat/],
    'for text as an end': ['sequence', [1n, '6', 2n], /int type for the second argument/],
    'for step 0': ['sequence', [1n, 5n, 0n], /should not be 0/],
    'for a sequence too long': ['sequence', [0n, 2n ** 62n], /too long/],
    'for an unknown function': ['array_map', ['nonesuch', [1]], /unknown built-in function: nonesuch/],
    'for a function in capitals': ['array_map', ['DOUBLE', [1]], /unknown built-in function: DOUBLE/],
    'for an aggregate': ['array_map', ['total', [1]], /scalar function of one argument/],
    'for a function of two arguments': ['array_map', ['array_contains', [1]], /scalar function of one argument/],
    'for a function name that is a number': ['array_map', [123n, [1]], /string type for the first argument/],
    'for a null element, which no null rule holds back': ['array_map', ['double', [1, null]], /double of null/],
    'for an element that its function refuses': ['array_map', ['double', ['x']], /double of string\(x\): not a float/],
    'for a pair without value': ['kvpair_array_to_obj', [[{ key: 'a' }]], /key-value pair/],
    'for a pair with other keys': ['kvpair_array_to_obj', [[{ wrongKey: 'a', value: 1 }]], /key-value pair/],
    'for a pair with more keys': ['kvpair_array_to_obj', [[{ key: 'a', value: 1, x: 1 }]], /key-value pair/],
    'for a key that is no text': ['kvpair_array_to_obj', [[{ key: 1, value: 1 }]], /key-value pair/],
    'for null as a pair': ['kvpair_array_to_obj', [[null]], /key-value pair/],
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

describe('compiling', () => {
  const column = undefined
  it('refuses literals where arrays belong', () => {
    for (const [name, args] of [
      ['array_contains', ['x', column]],
      ['element_at', [1n, 2n]],
      ['array_concat', [column, 1n]],
      ['array_sort', [1n]],
    ] as const) {
      assert.equal(typeof functions.check(name, args), 'string', name)
    }
  })
  it('refuses wrong kinds and wrong numbers of arguments, and warns of step 0', () => {
    assert.equal(functions.check('sequence', [1n, 5n, 0n]), undefined)
    assert.match(functions.doubts('sequence', [1n, 5n, 0n]).join(), /must not be 0/)
    assert.equal(typeof functions.check('sequence', [1n]), 'string')
    assert.equal(typeof functions.check('repeat', [column, 'x']), 'string')
    assert.equal(typeof functions.check('array_create', []), 'string')
  })
  it('knows the functions that array_map can use', () => {
    assert.equal(functions.check('array_map', ['double', column]), undefined)
    assert.deepEqual(functions.doubts('array_map', ['double', column]), [])
    assert.match(functions.doubts('array_map', ['nonesuch', column]).join(), /unknown built-in function/)
    assert.match(functions.doubts('array_map', ['total', column]).join(), /scalar function of one argument/)
  })
})

it('no argument is ever changed', () => {
  const a: readonly Value[] = Object.freeze([3, 1, Object.freeze([2]), null, 1])
  for (const { name, parameters } of arrayFunctions) {
    if (parameters[0]?.kind !== 'array' || name === 'kvpair_array_to_obj') continue
    const rest = parameters.slice(1).filter(parameter => !parameter.optional)
    const args = [
      name === 'array_max' || name === 'array_min' ? [3, 1] : a,
      ...rest.map(p => (p.kind === 'array' ? a : ',')),
    ]
    const before = structuredClone(args)
    functions.call(name, args)
    assert.deepEqual(args, before, name)
  }
})

it('a shuffled array holds the same elements', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), items => {
      const shuffled = functions.call('array_shuffle', [items]) as number[]
      const ascending = (a: number, b: number) => a - b
      assert.deepEqual([...shuffled].sort(ascending), [...items].sort(ascending))
    }),
  )
})

it('a shuffled array is not always in order', () => {
  const items = Array.from({ length: 100 }, (_, i) => i)
  assert.notDeepEqual(functions.call('array_shuffle', [items]), items)
})

it('keys named like inherited properties are plain data', () => {
  const made = functions.call('kvpair_array_to_obj', [[{ key: '__proto__', value: 1 }]]) as object
  assert.deepEqual(Object.entries(made), [['__proto__', 1]])
  assert.equal(Object.getPrototypeOf(made), Object.prototype)
})

it('24 functions', () => assert.equal(arrayFunctions.length, 24))
