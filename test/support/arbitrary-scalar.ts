// Random expressions that often have a value, and random rows for them: kinds mostly fit, and now and then do not.

import fc, { type Arbitrary } from 'fast-check'
import { setOwn, type Value, type Values } from '../../src/core/value.ts'
import type { CallExpression, Expression } from '../../src/sql/ast.ts'
import { arbitraryLiteral, between, binary, cases, like, path, within } from './arbitrary-ast.ts'

const span = { start: 0, end: 0 }

/** Names that would be code, a prototype or a broken quote if anybody pasted them. */
export const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'row',
  'group',
  'K[0]',
  '"] + process.exit(7) + ["',
  "'; throw 7; '",
  '${process.exit(7)}',
  '*/ process.exit(7) /*',
  '// \n process.exit(7)',
  '\u2028process.exit(7)',
  '\\',
  '\\u0022',
  '',
]

/** Columns by the kind that they mostly hold. */
const COLUMNS = {
  int: ['i', 'j'],
  float: ['f', 'g'],
  text: ['s', 't'],
  flag: ['b'],
  list: ['l'],
  object: ['o'],
  time: ['d'],
  bytes: ['y'],
  any: HOSTILE_NAMES,
} as const
type Sort = keyof typeof COLUMNS

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

const scalars: Record<Exclude<Sort, 'any' | 'list' | 'object'>, Arbitrary<Value>> = {
  int: fc.oneof(
    fc.constantFrom(0n, 1n, -1n, 2n, 3n, INT64.max, INT64.min, 2n ** 53n, 2n ** 53n + 1n),
    fc.bigInt(INT64),
    fc.bigInt({ min: -3n, max: 3n }),
  ),
  float: fc.oneof(
    fc.constantFrom(0, -0, 1, 2, 0.5, -1.5, 2 ** 53, 2 ** 63, 1e21, 5e-324, Infinity, NaN),
    fc.double(),
    fc.integer({ min: -3, max: 3 }),
  ),
  text: fc.oneof(
    fc.constantFrom('', 'a', 'ab', 'abc', 'b', '%', 'a%', '_b', '\\%', 'a.c', '😀', '2026-01-01', 'a\nb', '\u2028'),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '\\', '\n', '😀'), maxLength: 8 }),
  ),
  flag: fc.boolean(),
  time: fc
    .integer({ min: 0, max: 2e12 })
    .map(ms => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO('UTC')),
  bytes: fc.uint8Array({ maxLength: 3 }),
}

const anyScalar: Arbitrary<Value> = fc.oneof(fc.constant(null), ...Object.values(scalars))

function structOf(item: Arbitrary<Value>): Arbitrary<Value> {
  const name = fc.constantFrom('p', 'q', '__proto__', 'constructor', 'toString')
  return fc.array(fc.tuple(name, item), { maxLength: 4 }).map(entries => {
    const struct: Record<string, Value> = {}
    for (const [key, value] of entries) setOwn(struct, key, value)
    return struct
  })
}

const composites = fc.letrec<{ value: Value; list: Value; object: Value }>(tie => ({
  value: fc.oneof({ maxDepth: 2 }, { weight: 4, arbitrary: anyScalar }, tie('list'), tie('object')),
  list: fc.oneof(
    { maxDepth: 2 },
    fc.array(scalars.int, { maxLength: 4 }),
    fc.array(scalars.text, { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
  object: fc.oneof({ maxDepth: 2 }, structOf(anyScalar), structOf(tie('value'))),
}))

const bySort: Record<Sort, Arbitrary<Value>> = {
  ...scalars,
  list: composites.list,
  object: composites.object,
  any: composites.value,
}

/** `undefined`: the column is missing. */
function cellOf(sort: Sort): Arbitrary<Value | undefined> {
  return fc.oneof(
    { weight: 16, arbitrary: bySort[sort] },
    { weight: 2, arbitrary: composites.value },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

const names = (Object.entries(COLUMNS) as [Sort, readonly string[]][]).flatMap(([sort, list]) =>
  list.map(name => [name, sort] as const),
)

/** One record with some of all columns. */
export const arbitraryRow: Arbitrary<Values> = fc.tuple(...names.map(([, sort]) => cellOf(sort))).map(cells => {
  const row: Record<string, Value> = {}
  cells.forEach((cell, i) => {
    if (cell !== undefined) setOwn(row, names[i]![0], cell)
  })
  return row
})

function column(...sorts: Sort[]): Arbitrary<Expression> {
  return fc
    .tuple(fc.constantFrom(...sorts.flatMap(sort => [...COLUMNS[sort]])), fc.constantFrom(undefined, undefined, 's'))
    .map(([name, qualifier]) => ({ kind: 'column', qualifier, name, span }))
}

function literal(value: Arbitrary<bigint | number | string | boolean>): Arbitrary<Expression> {
  return value.map(v => ({ kind: 'literal', value: v, span }))
}

function callOf(name: string, ...args: Arbitrary<Expression>[]): Arbitrary<Expression> {
  return fc.tuple(...args).map(
    (list): CallExpression => ({
      kind: 'call',
      name,
      arguments: list,
      filter: undefined,
      over: undefined,
      span,
      nameSpan: span,
    }),
  )
}

type Trees = { number: Expression; text: Expression; flag: Expression; list: Expression; any: Expression }
type Binary = Extract<Expression, { kind: 'binary' }>

function withOperator(tree: Arbitrary<Expression>, ...operators: Binary['operator'][]): Arbitrary<Expression> {
  return fc.tuple(tree, fc.constantFrom(...operators)).map(([e, operator]) => ({ ...(e as Binary), operator }))
}

/** A double that a literal can write. */
const finite = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 0.5, -1.5, 2))

const DEPTH = { maxDepth: 4, depthIdentifier: 'scalar' }

const trees = fc.letrec<Trees>(tie => {
  const [number, text, flag, list, any] = (['number', 'text', 'flag', 'list', 'any'] as const).map(k => tie(k)) as [
    Arbitrary<Expression>,
    Arbitrary<Expression>,
    Arbitrary<Expression>,
    Arbitrary<Expression>,
    Arbitrary<Expression>,
  ]
  const numberLeaf = fc.oneof(column('int', 'float'), literal(scalars.int as Arbitrary<bigint>), literal(finite))
  const textLeaf = fc.oneof(column('text'), literal(scalars.text as Arbitrary<string>))
  return {
    number: fc.oneof(
      DEPTH,
      { weight: 3, arbitrary: numberLeaf },
      { weight: 4, arbitrary: withOperator(binary(number, number), '+', '-', '*', '/', '%', '&', '|', '^') },
      { weight: 1, arbitrary: cases(fc.oneof(number, flag)) },
      { weight: 1, arbitrary: callOf('abs', number) },
      { weight: 1, arbitrary: callOf('power', number, number) },
      { weight: 1, arbitrary: callOf('bitand', number, number) },
      { weight: 1, arbitrary: callOf('length', text) },
      { weight: 1, arbitrary: callOf('cardinality', list) },
      { weight: 1, arbitrary: any },
    ),
    text: fc.oneof(
      DEPTH,
      { weight: 4, arbitrary: textLeaf },
      { weight: 1, arbitrary: callOf('upper', text) },
      { weight: 1, arbitrary: callOf('concat', text, text, text, text) },
      { weight: 1, arbitrary: callOf('split_value', text, text, number) },
      { weight: 1, arbitrary: callOf('substring', text, number, number) },
      { weight: 1, arbitrary: any },
    ),
    flag: fc.oneof(
      DEPTH,
      { weight: 1, arbitrary: fc.oneof(column('flag'), literal(fc.boolean())) },
      { weight: 3, arbitrary: withOperator(binary(number, number), '=', '!=', '<', '<=', '>', '>=') },
      { weight: 2, arbitrary: withOperator(binary(text, text), '=', '!=', '<', '<=', '>', '>=') },
      { weight: 2, arbitrary: withOperator(binary(column('time'), fc.oneof(number, text, column('time'))), '=', '>') },
      { weight: 3, arbitrary: withOperator(binary(flag, flag), 'AND', 'OR', '=', '&') },
      { weight: 2, arbitrary: between(number) },
      { weight: 3, arbitrary: like(text) },
      { weight: 2, arbitrary: within(fc.oneof(number, text), column('list', 'object', 'any')) },
      { weight: 1, arbitrary: callOf('isnull', any) },
      { weight: 1, arbitrary: callOf('startswith', text, text) },
      { weight: 1, arbitrary: callOf('array_contains', column('list', 'any'), any) },
    ),
    list: fc.oneof(
      DEPTH,
      { weight: 3, arbitrary: column('list') },
      { weight: 2, arbitrary: path(column('list', 'any'), number) },
      { weight: 1, arbitrary: callOf('array_create', any, number) },
      { weight: 1, arbitrary: callOf('array_create') },
    ),
    any: fc.oneof(
      DEPTH,
      { weight: 2, arbitrary: column(...(Object.keys(COLUMNS) as Sort[])) },
      { weight: 1, arbitrary: arbitraryLiteral },
      { weight: 3, arbitrary: path(column('list', 'object', 'any'), literal(fc.bigInt({ min: -3n, max: 3n }))) },
      { weight: 1, arbitrary: path(list, number) },
      { weight: 2, arbitrary: cases(fc.oneof(number, text, flag)) },
      { weight: 2, arbitrary: fc.oneof(number, text, flag) },
      { weight: 1, arbitrary: binary(any, any) },
      { weight: 1, arbitrary: callOf('coalesce', any, any, any, any) },
      { weight: 1, arbitrary: callOf('to_json', any) },
      { weight: 1, arbitrary: callOf('bypass', any) },
    ),
  }
})

export const arbitraryFlag: Arbitrary<Expression> = trees.flag

export const arbitraryScalar: Arbitrary<Expression> = fc.oneof(trees.any, trees.flag, trees.number, trees.text)
