// Array functions (spec/functions.md 10): arrays in, arrays, elements and counts out. No argument is ever changed.

import { RowError } from '../core/errors.ts'
import { castText, describe } from '../core/text.ts'
import { compareText, deepEqual, getOwn, isArray, isStruct, setOwn, type Value, widen } from '../core/value.ts'
import { countOf, integerOf, stringOf } from './arguments.ts'
import { mapFunction } from './array-map.ts'
import { arrayOf, isComposite, ValueSet } from './composites.ts'
import type { FunctionDefinition, Parameter, ScalarFunction } from './definition.ts'

export { setFunctionLookup } from './array-map.ts'

const A: Parameter = { name: 'a', kind: 'array' }
const B: Parameter = { name: 'b', kind: 'array' }
const X: Parameter = { name: 'x', kind: 'any' }
const FIRST = 'first argument'
const SECOND = 'second argument'

/** repeat and sequence make arrays out of two numbers: a typing error must not eat the memory. */
const MOST_ELEMENTS = 1_000_000

type Rest = Omit<ScalarFunction, 'kind' | 'family'>

function define(rest: Rest): ScalarFunction {
  return { kind: 'scalar', family: 'array', ...rest }
}

/** Null counts as an array without elements. */
function orEmpty(value: Value, place: string): readonly Value[] {
  return value === null ? [] : arrayOf(value, place)
}

function distinct(...arrays: readonly (readonly Value[])[]): Value[] {
  const seen = new ValueSet()
  return arrays.flatMap(array => array.filter(item => seen.add(item)))
}

function setOf(array: readonly Value[]): ValueSet {
  const set = new ValueSet()
  for (const item of array) set.add(item)
  return set
}

const sizes: readonly FunctionDefinition[] = [
  define({
    name: 'cardinality',
    parameters: [X],
    returns: 'int',
    summary: 'The number of elements of an array, nulls counted; 0 for anything else.',
    nulls: 'zero',
    examples: [
      { sql: 'cardinality(a)', row: { a: [1, null] }, result: 2 },
      { sql: 'cardinality(a)', row: { a: 'text' }, result: 0 },
    ],
    call: (x: Value) => (isArray(x) ? BigInt(x.length) : 0n),
  }),
  define({
    name: 'array_cardinality',
    parameters: [A],
    returns: 'int',
    summary: 'The number of elements of an array that are not null. Anything but an array is an error.',
    nulls: 'zero',
    examples: [
      { sql: 'array_cardinality(a)', row: { a: [1, null] }, result: 1 },
      { sql: 'array_cardinality(zzz)', result: 0 },
    ],
    call: (a: Value) => BigInt(arrayOf(a, FIRST).filter(item => item !== null).length),
  }),
]

const searches: readonly FunctionDefinition[] = [
  define({
    name: 'array_position',
    parameters: [A, X],
    returns: 'int',
    summary: 'The index, from 0, of the first element that equals x; -1 when there is none.',
    nulls: 'own',
    whenNull: 'a null array gives -1.',
    examples: [
      { sql: 'array_position(a, "x")', row: { a: ['x', 'y', 'x'] }, result: 0 },
      { sql: 'array_position(a, 3)', row: { a: [5, 3.0] }, result: 1 },
    ],
    call: (a: Value, x: Value) => BigInt(orEmpty(a, FIRST).findIndex(item => deepEqual(item, x))),
  }),
  define({
    name: 'array_last_position',
    parameters: [A, X],
    returns: 'int',
    summary: 'The index, from 0, of the last element that equals x; -1 when there is none.',
    nulls: 'own',
    whenNull: 'a null array gives -1.',
    examples: [
      { sql: 'array_last_position(a, "x")', row: { a: ['x', 'y', 'x'] }, result: 2 },
      { sql: 'array_last_position(zzz, "x")', result: -1 },
    ],
    call: (a: Value, x: Value) => BigInt(orEmpty(a, FIRST).findLastIndex(item => deepEqual(item, x))),
  }),
  define({
    name: 'array_contains',
    parameters: [A, X],
    returns: 'boolean',
    summary: 'Whether an element equals x. Numbers are equal by value: 3 is in [3.0].',
    nulls: 'own',
    whenNull: 'a null array gives false.',
    examples: [
      { sql: 'array_contains(a, "x")', row: { a: ['x'] }, result: true },
      { sql: 'array_contains(ids, 3)', row: { ids: [3] }, result: true },
      { sql: 'array_contains(zzz, 3)', result: false },
    ],
    call: (a: Value, x: Value) => orEmpty(a, FIRST).some(item => deepEqual(item, x)),
  }),
  define({
    name: 'array_contains_any',
    parameters: [A, B],
    returns: 'boolean',
    summary: 'Whether two arrays have an element in common.',
    nulls: 'own',
    whenNull: 'a null array gives false.',
    examples: [
      { sql: 'array_contains_any(a, b)', row: { a: ['x'], b: ['y', 'x'] }, result: true },
      { sql: 'array_contains_any(a, b)', row: { a: ['x'], b: 'x' }, error: 'second argument should be array' },
    ],
    call(a: Value, b: Value) {
      if (a === null) return false
      const wanted = setOf(orEmpty(b, SECOND))
      return arrayOf(a, FIRST).some(item => wanted.has(item))
    },
  }),
  define({
    name: 'element_at',
    parameters: [
      { name: 'a', kind: 'any' },
      { name: 'index', kind: 'any' },
    ],
    returns: 'any',
    summary:
      'The element of an array at an index from 0, a negative one counted from the end, or the value of an object at a key. An index outside is an error, a key that is not there gives null.',
    nulls: 'null',
    examples: [
      { sql: 'element_at(a, -1)', row: { a: [1, 2] }, result: 2 },
      { sql: 'element_at(o, "k")', row: { o: { k: 'v' } }, result: 'v' },
      { sql: 'element_at(o, "zzz")', row: { o: { k: 'v' } }, result: null },
      { sql: 'element_at(a, 2)', row: { a: [1, 2] }, error: 'index out of range' },
    ],
    checks: 'the first argument must not be a literal.',
    check: ([a]) => (a?.form === 'literal' ? 'Expect array or object type for parameter 1 (a).' : undefined),
    call: elementAt,
  }),
]

function elementAt(container: Value, at: Value): Value {
  if (isStruct(container)) return getOwn(container, stringOf(at, `the ${SECOND}`)) ?? null
  if (!isArray(container)) throw new RowError(`${FIRST} should be array or object but got ${describe(container)}`)
  const index = countOf(at, `the ${SECOND}`)
  if (index >= container.length || index < -container.length) throw new RowError('index out of range')
  return container.at(index) ?? null
}

const sets: readonly FunctionDefinition[] = [
  define({
    name: 'array_remove',
    parameters: [A, X],
    returns: 'array',
    summary: 'The array without the elements that equal x.',
    nulls: 'own',
    whenNull: 'a null array gives null.',
    examples: [
      { sql: 'array_remove(a, "x")', row: { a: ['x', 'y'] }, result: ['y'] },
      { sql: 'array_remove(zzz, 1)', result: null },
    ],
    call: (a: Value, x: Value) => (a === null ? null : arrayOf(a, FIRST).filter(item => !deepEqual(item, x))),
  }),
  define({
    name: 'array_intersect',
    parameters: [A, B],
    returns: 'array',
    summary: 'The elements that both arrays hold, each once, in the order of b.',
    nulls: 'null',
    examples: [
      { sql: 'array_intersect(a, b)', row: { a: [1, 2, 2], b: [2, 3] }, result: [2] },
      { sql: 'array_intersect(a, b)', row: { a: [1], b: [] }, result: null },
    ],
    call(a: Value, b: Value) {
      const left = setOf(arrayOf(a, FIRST))
      return distinct(arrayOf(b, SECOND)).filter(item => left.has(item))
    },
  }),
  define({
    name: 'array_union',
    parameters: [A, B],
    returns: 'array',
    summary: 'The elements of a, then those of b, each once.',
    nulls: 'own',
    whenNull: 'a null array counts as empty.',
    examples: [
      { sql: 'array_union(a, b)', row: { a: [1, 2], b: [2, 3] }, result: [1, 2, 3] },
      { sql: 'array_union(a, zzz)', row: { a: [1, 1] }, result: [1] },
    ],
    call: (a: Value, b: Value) => distinct(orEmpty(a, FIRST), orEmpty(b, SECOND)),
  }),
  define({
    name: 'array_except',
    parameters: [A, B],
    returns: 'array',
    summary: 'The elements of a that b does not hold, each once.',
    nulls: 'own',
    whenNull: 'a null a gives null, a null b counts as empty.',
    examples: [
      { sql: 'array_except(a, b)', row: { a: [1, 2], b: [2] }, result: [1] },
      { sql: 'array_except(zzz, b)', row: { b: [2] }, result: null },
    ],
    call(a: Value, b: Value) {
      if (a === null) return null
      const right = setOf(orEmpty(b, SECOND))
      return distinct(arrayOf(a, FIRST)).filter(item => !right.has(item))
    },
  }),
  define({
    name: 'array_distinct',
    parameters: [A],
    returns: 'array',
    summary: 'The array with the first of equal elements only. Objects and arrays in it are all kept.',
    nulls: 'null',
    examples: [
      { sql: 'array_distinct(a)', row: { a: [1, 1, 2] }, result: [1, 2] },
      { sql: 'array_distinct(a)', row: { a: [{ k: 1 }, { k: 1 }] }, result: [{ k: 1 }, { k: 1 }] },
    ],
    call(a: Value) {
      const seen = new ValueSet()
      return arrayOf(a, FIRST).filter(item => isComposite(item) || seen.add(item))
    },
  }),
]

/** The element that wins every `better`, null ones apart. Int and float mixed give a float. */
function extreme(array: readonly Value[], better: (order: number) => boolean): Value {
  let best: bigint | number | string | undefined
  let floats = false
  for (const item of array) {
    if (item === null) continue
    if (typeof item !== 'bigint' && typeof item !== 'number' && typeof item !== 'string') {
      throw new RowError(`found invalid element ${describe(item)}`)
    }
    if (best !== undefined && (typeof best === 'string') !== (typeof item === 'string')) {
      throw new RowError(`cannot compare ${describe(item)} with ${describe(best)}`)
    }
    floats ||= typeof item === 'number'
    if (best === undefined || better(order(item, best))) best = item
  }
  return typeof best === 'bigint' && floats ? widen(best) : (best ?? null)
}

function order(a: bigint | number | string, b: bigint | number | string): number {
  if (typeof a === 'string' || typeof b === 'string') return compareText(String(a), String(b))
  return a < b ? -1 : a > b ? 1 : 0
}

function sortText(value: Value): string {
  return value === null ? '' : castText(value)
}

const orders: readonly FunctionDefinition[] = [
  define({
    name: 'array_max',
    parameters: [A],
    returns: 'any',
    summary:
      'The largest element of an array of numbers or of texts; nulls are passed over, and all null gives null. Ints and floats mixed give a float; numbers mixed with texts, and other elements, are an error.',
    nulls: 'null',
    examples: [
      { sql: 'array_max(a)', row: { a: [3, null, 9, 4] }, result: 9 },
      { sql: 'array_max(a)', row: { a: [1, 'x'] }, error: 'cannot compare' },
    ],
    call: (a: Value) => extreme(arrayOf(a, FIRST), sign => sign > 0),
  }),
  define({
    name: 'array_min',
    parameters: [A],
    returns: 'any',
    summary:
      'The smallest element of an array of numbers or of texts; nulls are passed over, and all null gives null. Ints and floats mixed give a float; numbers mixed with texts, and other elements, are an error.',
    nulls: 'null',
    examples: [
      { sql: 'array_min(a)', row: { a: [9, 3, 4] }, result: 3 },
      { sql: 'array_min(a)', row: { a: [null] }, result: null },
    ],
    call: (a: Value) => extreme(arrayOf(a, FIRST), sign => sign < 0),
  }),
  define({
    name: 'array_sort',
    parameters: [A],
    returns: 'array',
    summary: 'The elements in ascending order of their texts: 10 comes before 9. Nulls come first.',
    nulls: 'null',
    examples: [
      { sql: 'array_sort(a)', row: { a: [10, 9, 1] }, result: [1, 10, 9] },
      { sql: 'array_sort(a)', row: { a: ['b', null, 'a'] }, result: [null, 'a', 'b'] },
    ],
    call: (a: Value) =>
      arrayOf(a, FIRST)
        .map(item => ({ item, text: sortText(item) }))
        .sort((left, right) => compareText(left.text, right.text))
        .map(entry => entry.item),
  }),
  define({
    name: 'array_shuffle',
    parameters: [A],
    returns: 'array',
    summary: 'The elements in an order that is drawn anew on every call.',
    nulls: 'null',
    pure: false,
    examples: [
      { sql: 'array_sort(array_shuffle(a))', row: { a: [3, 1, 2] }, result: [1, 2, 3] },
      { sql: 'array_shuffle(zzz)', result: null },
    ],
    call(a: Value) {
      const shuffled = [...arrayOf(a, FIRST)]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const other = Math.floor(Math.random() * (i + 1))
        const held = shuffled[i]!
        shuffled[i] = shuffled[other]!
        shuffled[other] = held
      }
      return shuffled
    },
  }),
]

const makers: readonly FunctionDefinition[] = [
  define({
    name: 'array_create',
    parameters: [{ ...X, variadic: true }],
    returns: 'array',
    summary: 'An array of the arguments that are not null.',
    nulls: 'own',
    whenNull: 'left out; when all arguments are null, the result is null.',
    examples: [
      { sql: 'array_create(1, b, 2)', row: { b: null }, result: [1, 2] },
      { sql: 'array_create(zzz)', result: null },
    ],
    call(...items: readonly Value[]) {
      const kept = items.filter(item => item !== null)
      return kept.length === 0 ? null : kept
    },
  }),
  define({
    name: 'array_concat',
    parameters: [{ ...A, variadic: true }],
    returns: 'array',
    summary: 'The elements of all arrays, one array after the other. Anything but an array is an error.',
    nulls: 'own',
    whenNull: 'a null array is passed over.',
    examples: [
      { sql: 'array_concat(a, b)', row: { a: [1], b: [2] }, result: [1, 2] },
      { sql: 'array_concat(a, zzz)', row: { a: [1] }, result: [1] },
    ],
    call: (...arrays: readonly Value[]) => arrays.flatMap((array, i) => orEmpty(array, `argument ${i + 1}`)),
  }),
  define({
    name: 'array_flatten',
    parameters: [A],
    returns: 'array',
    summary: 'The array with the arrays among its elements opened, one level deep.',
    nulls: 'null',
    examples: [
      { sql: 'array_flatten(a)', row: { a: [1, [2, [3]]] }, result: [1, 2, [3]] },
      { sql: 'array_flatten(zzz)', result: null },
    ],
    call: (a: Value) => arrayOf(a, FIRST).flat(),
  }),
  define({
    name: 'array_join',
    parameters: [A, { name: 'separator', kind: 'string' }, { name: 'nullText', kind: 'string', optional: true }],
    returns: 'string',
    summary:
      'The elements as texts (as `cast(x, "string")` writes them) with a separator between them. Null elements are left out, unless nullText stands for them.',
    nulls: 'null',
    examples: [
      { sql: 'array_join(a, "-")', row: { a: ['x', null, 'y'] }, result: 'x-y' },
      { sql: 'array_join(a, "-", "?")', row: { a: ['x', null, 'y'] }, result: 'x-?-y' },
      { sql: 'array_join(a, ",")', row: { a: [1000000, 1.5] }, result: '1000000,1.5' },
    ],
    call: joinTexts,
  }),
  define({
    name: 'repeat',
    parameters: [X, { name: 'n', kind: 'int' }],
    returns: 'array',
    summary: 'An array that holds x n times. A negative n is an error, and so is one above 1000000.',
    nulls: 'null',
    examples: [
      { sql: 'repeat("a", 2)', result: ['a', 'a'] },
      { sql: 'repeat(x, n)', row: { x: 'a', n: -1 }, error: 'cannot repeat -1 times' },
    ],
    call(x: Value, n: Value) {
      const count = countOf(n, `the ${SECOND}`)
      if (count < 0 || count > MOST_ELEMENTS) throw new RowError(`cannot repeat ${count} times (0 to ${MOST_ELEMENTS})`)
      return new Array<Value>(count).fill(x)
    },
  }),
  define({
    name: 'sequence',
    parameters: [
      { name: 'first', kind: 'int' },
      { name: 'last', kind: 'int' },
      { name: 'step', kind: 'int', optional: true, doubt: stepFault },
    ],
    returns: 'array',
    summary:
      'The ints from first to last, both included. The step is 1, or -1 when last is below first, unless it is given; one that leads away from last gives an empty array. A step of 0 is an error, and so are more than 1000000 elements.',
    nulls: 'null',
    examples: [
      { sql: 'sequence(1, 5, 2)', result: [1, 3, 5] },
      { sql: 'sequence(3, 1)', result: [3, 2, 1] },
      { sql: 'sequence(1, 5, -1)', result: [] },
      { sql: 'sequence(1, 5, 0)', error: 'the step of a sequence should not be 0' },
    ],
    call: sequence,
  }),
  mapFunction,
  define({
    name: 'kvpair_array_to_obj',
    parameters: [A],
    returns: 'object',
    summary:
      'An object made of an array of objects that each have exactly a `key`, which is a text, and a `value`. Any other element is an error.',
    nulls: 'null',
    examples: [
      { sql: 'kvpair_array_to_obj(a)', row: { a: [{ key: 'a', value: 1 }] }, result: { a: 1 } },
      { sql: 'kvpair_array_to_obj(a)', row: { a: [{ key: 'a' }] }, error: 'array item should be key-value pair' },
    ],
    call: objectOfPairs,
  }),
]

function joinTexts(a: Value, separator: Value, nullText?: Value): string {
  const items = arrayOf(a, FIRST)
  const between = stringOf(separator, `the ${SECOND}`)
  const forNull = nullText === undefined ? undefined : stringOf(nullText, 'the third argument')
  const texts: string[] = []
  for (const item of items) {
    if (item !== null) texts.push(castText(item))
    else if (forNull !== undefined) texts.push(forNull)
  }
  return texts.join(between)
}

function stepFault(step: unknown): string | undefined {
  return step === 0n ? 'The step of a sequence must not be 0.' : undefined
}

function sequence(first: Value, last: Value, step?: Value): Value {
  const from = integerOf(first, `the ${FIRST}`)
  const to = integerOf(last, `the ${SECOND}`)
  const by = step === undefined ? (from <= to ? 1n : -1n) : integerOf(step, 'the third argument')
  if (by === 0n) throw new RowError('the step of a sequence should not be 0')
  // Division cuts toward zero, so a step that leads away would count the start where it is longer than the way.
  if (from !== to && to > from !== by > 0n) return []
  const count = (to - from) / by + 1n
  if (count > MOST_ELEMENTS)
    throw new RowError(`a sequence of ${count} elements is too long (at most ${MOST_ELEMENTS})`)
  return Array.from({ length: Number(count) }, (_, i) => from + by * BigInt(i))
}

function objectOfPairs(a: Value): Value {
  const made: Record<string, Value> = {}
  for (const item of arrayOf(a, FIRST)) {
    const pair = isStruct(item) ? item : {}
    const key = getOwn(pair, 'key')
    const value = getOwn(pair, 'value')
    if (typeof key !== 'string' || value === undefined || Object.keys(pair).length !== 2) {
      throw new RowError(`array item should be key-value pair but got ${describe(item)}`)
    }
    setOwn(made, key, value)
  }
  return made
}

export const arrayFunctions: readonly FunctionDefinition[] = [...sizes, ...searches, ...sets, ...orders, ...makers]
