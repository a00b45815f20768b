// Random statements over one source that often run: select lists with aliases that use each other, wildcards, analytic
// calls, conditions; and the same over windows, with aggregates and groups.

import fc, { type Arbitrary } from 'fast-check'
import type { Values } from '../../src/core/value.ts'
import type {
  BinaryOperator,
  CallExpression,
  ColumnExpression,
  Expression,
  SelectItem,
  SelectStatement,
  WildcardExpression,
} from '../../src/sql/ast.ts'
import { arbitraryFlag, arbitraryRow, arbitraryScalar } from './arbitrary-scalar.ts'
import { mapExpression } from './trees.ts'

const span = { start: 0, end: 0 }
const literal = (value: bigint | boolean | number): Expression => ({ kind: 'literal', value, span })

/** Some hide columns, some are names that every object has. */
const ALIASES = ['x0', 'x1', 'x2', 'i', 'f', 's', '__proto__', 'constructor', 'o']
const COLUMNS = ['i', 'j', 'f', 'g', 's', 't', 'b', 'l', 'o', 'toString', '__proto__']

const column: Arbitrary<ColumnExpression> = fc
  .record({ name: fc.constantFrom(...COLUMNS), qualifier: fc.constantFrom(undefined, 's') })
  .map(parts => ({ kind: 'column', ...parts, span }))

function callOf(name: string, args: readonly Expression[], parts: Partial<CallExpression> = {}): CallExpression {
  return { kind: 'call', name, arguments: args, filter: undefined, over: undefined, span, nameSpan: span, ...parts }
}

const star: Arbitrary<WildcardExpression> = fc
  .record({
    qualifier: fc.constantFrom(undefined, 's'),
    except: fc.array(fc.constantFrom(...COLUMNS), { maxLength: 2 }),
    replace: fc.uniqueArray(fc.tuple(fc.constantFrom(...COLUMNS, 'new'), arbitraryScalar), {
      maxLength: 2,
      selector: ([name]) => name,
    }),
  })
  .map(({ qualifier, except, replace }) => ({
    kind: 'wildcard',
    qualifier,
    except: except.map(name => ({ name, span })),
    replace: replace.map(([name, expression]) => ({ name: { name, span }, expression })),
    span,
  }))

const plainStar = star.map((e): WildcardExpression => ({ ...e, replace: [] }))

const over = fc.option(
  fc
    .record({
      partitionBy: fc.array(column, { minLength: 1, maxLength: 2 }),
      when: fc.option(fc.oneof(column, arbitraryFlag), { nil: undefined }),
    })
    .map(parts => ({ ...parts, orderBy: [], span })),
  { nil: undefined },
)

const analytic: Arbitrary<Expression> = fc.oneof(
  fc.tuple(column, over).map(([c, o]) => callOf('lag', [c], { over: o })),
  fc.tuple(column, column, over).map(([c, d, o]) => callOf('latest', [c, d], { over: o })),
  fc.tuple(arbitraryScalar, over).map(([e, o]) => callOf('lag', [e, literal(2n), literal(7n)], { over: o })),
  fc.tuple(column, over).map(([c, o]) => callOf('lag', [callOf('latest', [c])], { over: o })),
  fc
    .tuple(fc.boolean(), fc.oneof(column, star), over)
    .map(([ignore, e, o]) => callOf('changed_col', [literal(ignore), e], { over: o })),
  fc
    .tuple(fc.boolean(), column, fc.oneof(column, star))
    .map(([ignore, c, d]) => callOf('had_changed', [literal(ignore), c, d])),
  fc.tuple(column, over).map(([c, o]) => callOf('acc_count', [c], { over: o })),
)

function columnOf(...names: readonly string[]): Arbitrary<ColumnExpression> {
  return fc.constantFrom(...names).map(name => ({ kind: 'column', qualifier: 's', name, span }))
}

function binaryOf(left: Arbitrary<Expression>, right: Arbitrary<Expression>, ...operators: readonly BinaryOperator[]) {
  return fc
    .record({ operator: fc.constantFrom(...operators), left, right })
    .map((parts): Expression => ({ kind: 'binary', ...parts, span }))
}

/** Expressions that have a value for every ordinary row: a window stands or falls with each of its rows. */
const number = fc.oneof(
  columnOf('i', 'j', 'f', 'g'),
  binaryOf(columnOf('i', 'j', 'f'), columnOf('i', 'g'), '+', '-', '*'),
  columnOf('i').map(c => callOf('abs', [c])),
)
const flag = fc.oneof(
  columnOf('b'),
  binaryOf(number, number, '=', '!=', '<', '>='),
  binaryOf(columnOf('s'), columnOf('t'), '<', '='),
)
const ordinary: Arbitrary<Expression> = fc.oneof(
  number,
  flag,
  columnOf('s', 't', 'l', 'o'),
  binaryOf(flag, flag, 'AND', 'OR'),
  fc.tuple(flag, number, number).map(
    ([when, then, otherwise]): Expression => ({
      kind: 'case',
      operand: undefined,
      whens: [{ when, then }],
      otherwise,
      span,
    }),
  ),
)

const filter = fc.option(fc.oneof({ weight: 6, arbitrary: flag }, { weight: 1, arbitrary: arbitraryFlag }), {
  nil: undefined,
})
const anything = fc.oneof(
  { weight: 8, arbitrary: ordinary },
  { weight: 1, arbitrary: fc.oneof(column, arbitraryScalar) },
)
const aggregate: Arbitrary<Expression> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('sum', 'avg', 'max', 'min', 'stddev'),
      fc.oneof({ weight: 8, arbitrary: number }, { weight: 1, arbitrary: anything }),
      filter,
    )
    .map(([name, e, f]) => callOf(name, [e], { filter: f })),
  fc
    .tuple(fc.constantFrom('count', 'collect'), anything, filter)
    .map(([name, e, f]) => callOf(name, [e], { filter: f })),
  fc
    .tuple(fc.constantFrom('count', 'collect', 'merge_agg'), fc.oneof(plainStar, star), filter)
    .map(([name, e, f]) => callOf(name, [e], { filter: f })),
  fc
    .tuple(anything, fc.boolean(), filter)
    .map(([e, ignore, f]) => callOf('last_value', [e, literal(ignore)], { filter: f })),
)

/** Some of an expression's columns become other things: a name that may be an alias, or a call. */
function sprinkled(e: Arbitrary<Expression>, others: Arbitrary<Expression>): Arbitrary<Expression> {
  const choice = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: others })
  return fc.tuple(e, fc.array(choice, { minLength: 1, maxLength: 6 })).map(([tree, choices]) => {
    let met = 0
    return mapExpression(tree, part => (part.kind === 'column' ? (choices[met++ % choices.length] ?? part) : part))
  })
}

const reference: Arbitrary<Expression> = fc
  .constantFrom(...ALIASES)
  .map(name => ({ kind: 'column', qualifier: undefined, name, span }))

function itemsOf(e: Arbitrary<Expression>): Arbitrary<readonly SelectItem[]> {
  const named = fc.record({ expression: e, alias: fc.option(fc.constantFrom(...ALIASES)), invisible: fc.boolean() })
  const starred = star.map(expression => ({ expression, alias: null, invisible: false }))
  return fc
    .uniqueArray(fc.oneof({ weight: 5, arbitrary: named }, { weight: 1, arbitrary: starred }), {
      minLength: 1,
      maxLength: 5,
      selector: item => item.alias ?? {},
    })
    .map(items =>
      items.map(({ expression, alias, invisible }) => ({
        expression,
        alias: alias === null ? undefined : { name: alias, span },
        // Every other one that asks for it, or too little is left to compare.
        invisible: invisible && alias !== null && alias < 'g',
        span,
      })),
    )
}

const none = {
  joins: [],
  groupBy: [],
  window: undefined,
  having: undefined,
  orderBy: [],
  limit: undefined,
  span,
} as const
const from = { name: 's', alias: undefined, span }

const scalar = sprinkled(fc.oneof(arbitraryScalar, column), fc.oneof(reference, analytic))
const condition = sprinkled(arbitraryFlag, fc.oneof(reference, analytic))

/** Each row stands for itself. */
export const arbitraryRowSelect: Arbitrary<SelectStatement> = fc
  .record({ items: itemsOf(scalar), where: fc.option(condition, { nil: undefined, freq: 2 }) })
  .map(parts => ({ kind: 'select', ...none, from, ...parts }))

const grouped = fc.oneof(
  { weight: 3, arbitrary: aggregate },
  { weight: 3, arbitrary: ordinary },
  { weight: 2, arbitrary: sprinkled(ordinary, fc.oneof(reference, aggregate, analytic)) },
  {
    weight: 1,
    arbitrary: sprinkled(fc.oneof(arbitraryScalar, column), fc.oneof(reference, aggregate, aggregate, analytic)),
  },
)

const ORDINARY = {
  i: fc.bigInt({ min: -2n, max: 2n }),
  j: fc.constantFrom(1n, 2n, 3n, 2n ** 53n + 1n),
  f: fc.constantFrom(-1, 0, 0.5, 2),
  g: fc.integer({ min: -3, max: 3 }),
  s: fc.constantFrom('a', 'b', ''),
  t: fc.constantFrom('a', 'c'),
  b: fc.boolean(),
  l: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
  o: fc.record({ p: fc.integer({ min: 0, max: 2 }) }, { noNullPrototype: true }),
}

/** Mostly of the kinds that expressions ask for, with a null or a hole here and there, and now and then a wild one. */
export const ordinaryRow: Arbitrary<Values> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc
      .tuple(
        fc.record(ORDINARY, { noNullPrototype: true }),
        fc.option(fc.constantFrom('i', 'f', 's', 'b', 'o'), { freq: 3 }),
        fc.boolean(),
      )
      .map(([row, hole, isNull]): Values => {
        if (hole === null) return row
        const { [hole]: _, ...rest } = row as Values
        return isNull ? { ...rest, [hole]: null } : rest
      }),
  },
  { weight: 1, arbitrary: arbitraryRow },
)

const having = fc
  .tuple(aggregate, fc.constantFrom('>' as const, '!=' as const), fc.constantFrom(literal(0n), literal(1.5)))
  .map(([left, operator, right]): Expression => ({ kind: 'binary', operator, left, right, span }))

/** Aggregates and groups; the window is for the test to add. */
export const arbitraryGroupSelect: Arbitrary<SelectStatement> = fc
  .record({
    // One aggregate at least, or nothing makes groups of the rows.
    items: fc
      .tuple(itemsOf(grouped), aggregate)
      .map(([items, e]) => [...items, { expression: e, alias: { name: 'agg', span }, invisible: false, span }]),
    where: fc.option(
      fc.oneof(
        { weight: 3, arbitrary: flag },
        { weight: 1, arbitrary: sprinkled(fc.oneof(flag, arbitraryFlag), fc.oneof(reference, aggregate)) },
      ),
      { nil: undefined, freq: 2 },
    ),
    groupBy: fc.array(
      fc
        .record({ name: fc.constantFrom('i', 's', 'b', 'x0'), qualifier: fc.constant(undefined) })
        .map((parts): Expression => ({ kind: 'column', ...parts, span })),
      { maxLength: 2 },
    ),
    having: fc.option(having, { nil: undefined, freq: 3 }),
    limit: fc.option(fc.constantFrom(1, 2), { nil: undefined, freq: 4 }),
  })
  .map(parts => ({ kind: 'select', ...none, from, ...parts }))
