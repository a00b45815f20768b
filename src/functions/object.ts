// Object functions (spec/functions.md 11): structs in, their parts and new structs out. No argument is ever changed.

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import { getOwn, isArray, isStruct, setOwn, type Value, type Values } from '../core/value.ts'
import { stringOf } from './arguments.ts'
import { arrayOf, sortedNames, structOf } from './composites.ts'
import type { Argument, FunctionDefinition, Parameter, ScalarFunction } from './definition.ts'

const O: Parameter = { name: 'o', kind: 'object' }
const KEY: Parameter = { name: 'key', kind: 'any' }
const MORE = { optional: true, variadic: true } as const
const FIRST = 'first argument'

function define(rest: Omit<ScalarFunction, 'kind' | 'family'>): ScalarFunction {
  return { kind: 'scalar', family: 'object', ...rest }
}

/** One element per entry, in the order of the keys. */
function perEntry(
  name: string,
  summary: string,
  result: unknown,
  make: (key: string, value: Value) => Value,
): ScalarFunction {
  return define({
    name,
    parameters: [O],
    returns: 'array',
    summary,
    nulls: 'null',
    examples: [
      { sql: `${name}(o)`, row: { o: { b: 2, a: 1 } }, result },
      { sql: `${name}(o)`, row: { o: {} }, result: null },
    ],
    call(o: Value) {
      const struct = structOf(o, FIRST)
      return sortedNames(struct).map(key => make(key, struct[key] ?? null))
    },
  })
}

const partFunctions: readonly FunctionDefinition[] = [
  perEntry('keys', 'The keys of an object as an array of texts, sorted.', ['a', 'b'], key => key),
  perEntry(
    'values',
    'The values of an object as an array, in the order of their sorted keys.',
    [1, 2],
    (_, value) => value,
  ),
  perEntry(
    'items',
    'An array of `[key, value]`, one for every entry of an object, in the order of the sorted keys.',
    [
      ['a', 1],
      ['b', 2],
    ],
    (key, value) => [key, value],
  ),
  perEntry(
    'obj_to_kvpair_array',
    'An array of objects `{"key": …, "value": …}`, one for every entry of an object, in the order of the sorted keys.',
    [
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ],
    (key, value) => ({ key, value }),
  ),
  define({
    name: 'object_size',
    parameters: [O],
    returns: 'int',
    summary: 'The number of entries of an object.',
    nulls: 'own',
    whenNull: 'null gives 0.',
    examples: [
      { sql: 'object_size(o)', row: { o: { a: 1 } }, result: 1 },
      { sql: 'object_size(zzz)', result: 0 },
    ],
    call: (o: Value) => (o === null ? 0n : BigInt(Object.keys(structOf(o, FIRST)).length)),
  }),
]

/** Keys and values by turns: what a literal can show of that at compile time. */
function checkPairs(args: readonly Argument[]): string | undefined {
  if (args.length % 2 !== 0) return 'The arguments must be pairs of key and value.'
  const wrong = args.findIndex((arg, i) => i % 2 === 0 && arg.form === 'literal' && typeof arg.value !== 'string')
  return wrong < 0 ? undefined : `Expect string type for parameter ${wrong + 1}, a key.`
}

const makeFunctions: readonly FunctionDefinition[] = [
  define({
    name: 'object',
    parameters: [
      { name: 'keys', kind: 'array' },
      { name: 'values', kind: 'array' },
    ],
    returns: 'object',
    summary:
      'An object made of an array of keys, which must be texts, and an array of as many values. Arrays of different lengths are an error.',
    nulls: 'null',
    examples: [
      { sql: 'object(k, v)', row: { k: ['a'], v: [1] }, result: { a: 1 } },
      { sql: 'object(k, v)', row: { k: ['a', 'b'], v: [1] }, error: 'the length of the arguments should be same' },
    ],
    call(keys: Value, values: Value) {
      const names = arrayOf(keys, FIRST)
      const contents = arrayOf(values, 'second argument')
      if (names.length !== contents.length) throw new RowError('the length of the arguments should be same')
      const made: Record<string, Value> = {}
      for (const [i, name] of names.entries()) setOwn(made, stringOf(name, 'a key'), contents[i]!)
      return made
    },
  }),
  define({
    name: 'zip',
    parameters: [{ name: 'entries', kind: 'array' }],
    returns: 'object',
    summary:
      'An object made of an array of pairs of a text and a value. Null elements are passed over, any other element is an error.',
    nulls: 'null',
    examples: [
      { sql: 'zip(a)', row: { a: [['a', 1], null] }, result: { a: 1 } },
      { sql: 'zip(a)', row: { a: [['a']] }, error: 'each entry should be a pair of key and value' },
    ],
    call(entries: Value) {
      const made: Record<string, Value> = {}
      for (const entry of arrayOf(entries, FIRST)) {
        if (entry === null) continue
        if (!isArray(entry) || entry.length !== 2) {
          throw new RowError(`each entry should be a pair of key and value but got ${describe(entry)}`)
        }
        setOwn(made, stringOf(entry[0]!, 'a key'), entry[1]!)
      }
      return made
    },
  }),
  define({
    name: 'object_construct',
    parameters: [
      { name: 'key', kind: 'string' },
      { name: 'value', kind: 'any' },
      { name: 'more', kind: 'any', ...MORE },
    ],
    returns: 'object',
    summary: 'An object made of its arguments, which are keys and values in turn; the keys must be texts.',
    nulls: 'own',
    whenNull: 'a null key is passed over with its value, a null value is kept.',
    examples: [
      { sql: 'object_construct("a", x)', row: { x: 1.5 }, result: { a: 1.5 } },
      { sql: 'object_construct("a", x, "b", 2)', row: { x: null }, result: { a: null, b: 2 } },
    ],
    checks: 'the number of arguments is even, and a key that is a literal is a text.',
    check: checkPairs,
    call(...pairs: readonly Value[]) {
      const made: Record<string, Value> = {}
      for (let i = 0; i + 1 < pairs.length; i += 2) {
        const key = pairs[i]!
        if (key !== null) setOwn(made, stringOf(key, 'a key'), pairs[i + 1]!)
      }
      return made
    },
  }),
  define({
    name: 'object_concat',
    parameters: [O, { name: 'o2', kind: 'object' }, { name: 'more', kind: 'object', ...MORE }],
    returns: 'object',
    summary:
      'An object with the entries of all arguments, two or more; of equal keys the last wins. Objects inside are not merged.',
    nulls: 'own',
    whenNull: 'a null object is passed over.',
    examples: [
      { sql: 'object_concat(a, b)', row: { a: { x: 1, y: 1 }, b: { x: 2 } }, result: { x: 2, y: 1 } },
      { sql: 'object_concat(a, zzz)', row: { a: { x: 1 } }, result: { x: 1 } },
    ],
    call(...objects: readonly Value[]) {
      const made: Record<string, Value> = {}
      for (const [i, object] of objects.entries()) {
        if (object === null) continue
        const struct = structOf(object, `argument ${i + 1}`)
        for (const name of Object.keys(struct)) setOwn(made, name, struct[name]!)
      }
      return made
    },
  }),
]

/** A literal where a key or an array of keys stands. */
function checkKeys([, ...keys]: readonly Argument[]): string | undefined {
  const wrong = keys.findIndex(key => key.form === 'literal' && typeof key.value !== 'string')
  return wrong < 0 ? undefined : `Expect string or array type for parameter ${wrong + 2}, a key.`
}

/** The keys of an argument: a text, or an array whose texts count. */
function keysOf(key: Value): readonly string[] {
  if (isArray(key)) return key.filter(item => typeof item === 'string')
  return key === null ? [] : [stringOf(key, 'a key')]
}

/** What is wanted of an object: all of it, or these children. */
interface Wanted {
  all: boolean
  readonly children: Map<string, Wanted>
}

function want(root: Wanted, path: readonly string[]): void {
  let node = root
  for (const name of path) {
    let child = node.children.get(name)
    if (!child) node.children.set(name, (child = { all: false, children: new Map() }))
    node = child
  }
  node.all = true
}

/** @returns undefined when nothing of what is wanted is there */
function take(struct: Values, wanted: Wanted): Values | undefined {
  const made: Record<string, Value> = {}
  let found = false
  for (const [name, child] of wanted.children) {
    const value = getOwn(struct, name)
    if (value === undefined) continue
    const taken = child.all ? value : isStruct(value) ? take(value, child) : undefined
    if (taken === undefined) continue
    setOwn(made, name, taken)
    found = true
  }
  return found ? made : undefined
}

function pick(struct: Values, keys: readonly string[]): Value {
  const root: Wanted = { all: false, children: new Map() }
  // A key that holds a dot is itself, when the object has it; else the dots lead into nested objects.
  for (const key of keys) want(root, Object.hasOwn(struct, key) ? [key] : key.split('.'))
  return take(struct, root) ?? {}
}

const selectFunctions: readonly FunctionDefinition[] = [
  define({
    name: 'object_pick',
    parameters: [O, KEY, { name: 'more', kind: 'any', ...MORE }],
    returns: 'object',
    summary:
      'The object with only the given keys, one by one or as an array; keys that it does not have are passed over. `a.b` reaches into nested objects.',
    nulls: 'own',
    whenNull: 'a null object gives null, a null key is passed over.',
    examples: [
      { sql: 'object_pick(o, "a")', row: { o: { a: 1, b: 2 } }, result: { a: 1 } },
      {
        sql: 'object_pick(o, "k.a", "k.b")',
        row: { o: { k: { a: 1, b: 2, c: 3 }, z: 0 } },
        result: { k: { a: 1, b: 2 } },
      },
      { sql: 'object_pick(zzz, "a")', result: null },
    ],
    checks: 'a key that is a literal is a text.',
    check: checkKeys,
    call: (o: Value, ...keys: readonly Value[]) => (o === null ? null : pick(structOf(o, FIRST), keys.flatMap(keysOf))),
  }),
  define({
    name: 'erase',
    parameters: [O, KEY, { name: 'more', kind: 'any', ...MORE }],
    returns: 'object',
    summary:
      'The object without one key, or without the keys that an array holds. A third argument is accepted when the rule is read, but fails every row: to erase several keys give an array.',
    nulls: 'null',
    examples: [
      { sql: 'erase(o, "a")', row: { o: { a: 1, b: 2 } }, result: { b: 2 } },
      { sql: 'erase(o, k)', row: { o: { a: 1, b: 2, c: 3 }, k: ['a', 'b'] }, result: { c: 3 } },
      { sql: 'erase(o, "a", "b")', row: { o: { a: 1, b: 2 } }, error: 'the argument number should be 2, got 3' },
    ],
    checks: 'a key that is a literal is a text.',
    check: checkKeys,
    call(o: Value, key: Value, ...more: readonly Value[]) {
      if (more.length > 0) throw new RowError(`the argument number should be 2, got ${more.length + 2}`)
      const struct = structOf(o, FIRST)
      const gone = new Set(keysOf(key))
      const made: Record<string, Value> = {}
      for (const name of Object.keys(struct)) if (!gone.has(name)) setOwn(made, name, struct[name]!)
      return made
    },
  }),
]

export const objectFunctions: readonly FunctionDefinition[] = [...partFunctions, ...makeFunctions, ...selectFunctions]
