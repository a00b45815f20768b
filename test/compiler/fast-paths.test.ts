// What generated code does in place, where it looks at kinds first, against the operations it would call: value by value.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Generator } from '../../src/compiler/generator.ts'
import * as operations from '../../src/compiler/operations.ts'
import { RowError } from '../../src/core/errors.ts'
import { makeRow } from '../../src/core/row.ts'
import type { Cell, Values } from '../../src/core/value.ts'
import type { FunctionContext } from '../../src/functions/definition.ts'
import type { BinaryOperator } from '../../src/sql/ast.ts'
import type { BoundExpression } from '../../src/sql/bound.ts'

const context: FunctionContext = { now: () => 0, zone: 'UTC', ruleId: 'r1', ruleStart: 0, property: () => undefined }
const generator = new Generator({
  context,
  hits: { count: 0, time: 0, aggregateCount: 0, aggregateTime: 0 },
  sourceCount: 1,
  precedence: [0],
})

const span = { start: 0, end: 0 }
type Literal = bigint | number | string | boolean
type Operand = Extract<BoundExpression, { kind: 'literal' | 'column' }>

function literal(value: Literal): Operand {
  return { kind: 'literal', value, span }
}

function column(name: string): Operand {
  return { kind: 'column', name, source: 0, type: undefined, span }
}

const LITERALS: readonly Literal[] = [
  ...[0, -0, 1.5, -1.5, 2 ** 53, 1e21],
  ...[0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n],
  ...['', 'a', 'abc', '1', '%b%', '\ud800', '1970-01-01T00:00:00Z', true, false],
]

class NotPlain {
  readonly x = 1
}

const CELLS: readonly Cell[] = [
  ...LITERALS,
  ...[
    Number.NaN,
    Infinity,
    -Infinity,
    2 ** 53 + 2,
    2n ** 53n + 2n,
    -(2n ** 63n),
    null,
    undefined,
    [],
    [1],
    {},
    { x: 1 },
  ],
  ...[{ constructor: 5 }, JSON.parse('{"__proto__": 3}'), Object.assign(Object.create(null), { x: 1 }), new NotPlain()],
  ...[new Uint8Array([1]), Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO('UTC')],
]

function outcome(work: () => Cell): Cell {
  try {
    return work() ?? null
  } catch (error) {
    if (error instanceof RowError) return `error: ${error.message}`
    throw error
  }
}

/** For every value of the columns `a` and `b`, as far as the expression reads them. */
function assertSame(e: BoundExpression, parts: readonly Operand[], operation: (...cells: Cell[]) => Cell): void {
  const evaluate = generator.evaluate(e)
  const read = (name: string) => parts.some(part => part.kind === 'column' && part.name === name)
  for (const a of read('a') ? CELLS : [0]) {
    for (const b of read('b') ? CELLS : [0]) {
      const cells = parts.map(part => (part.kind === 'literal' ? part.value : part.name === 'a' ? a : b))
      const got = outcome(() => evaluate(makeRow({ a, b } as Values, 0, 0)))
      const wanted = outcome(() => operation(...cells))
      if (!Object.is(got, wanted)) assert.deepEqual({ e, cells, got }, { e, cells, got: wanted })
    }
  }
}

const OPERATORS: readonly (readonly [BinaryOperator, (l: Cell, r: Cell, clock: FunctionContext) => Cell])[] = [
  ['+', operations.add],
  ['-', operations.subtract],
  ['*', operations.multiply],
  ['/', operations.divide],
  ['%', operations.modulo],
  ['=', operations.equal],
  ['!=', operations.unequal],
  ['<', operations.less],
  ['<=', operations.lessOrEqual],
  ['>', operations.greater],
  ['>=', operations.greaterOrEqual],
]

for (const [operator, operation] of OPERATORS) {
  test(`${operator} in place is ${operator} by call`, () => {
    const pairs = LITERALS.flatMap(x => [[column('a'), literal(x)] as const, [literal(x), column('a')] as const])
    for (const [left, right] of [[column('a'), column('b')] as const, ...pairs]) {
      const e: BoundExpression = { kind: 'binary', operator, left, right, span }
      assertSame(e, [left, right], (l, r) => operation(l, r, context))
    }
  })
}

for (const negated of [false, true]) {
  const not = negated ? 'NOT ' : ''

  test(`${not}BETWEEN in place is ${not}BETWEEN by call, wherever the literals stand`, () => {
    for (const x of LITERALS) {
      for (const y of LITERALS) {
        for (const [operand, low, high] of [
          [column('a'), literal(x), literal(y)],
          [literal(x), column('a'), literal(y)],
          [literal(x), literal(y), column('a')],
        ] as const) {
          const e: BoundExpression = { kind: 'between', operand, low, high, negated, span }
          assertSame(e, [operand, low, high], (o, l, h) => operations.between(o, l, h, negated, context))
        }
      }
      const one = [column('a'), column('b'), literal(x)] as const
      const e: BoundExpression = { kind: 'between', operand: one[0], low: one[1], high: one[2], negated, span }
      assertSame(e, one, (o, l, h) => operations.between(o, l, h, negated, context))
    }
  })

  test(`${not}IN in place is ${not}IN by call, also with literals of several kinds`, () => {
    for (const x of LITERALS) {
      for (const y of LITERALS) {
        const list = [literal(x), literal(y)]
        const e: BoundExpression = { kind: 'in', operand: column('a'), list, array: undefined, negated, span }
        assertSame(e, [column('a')], a => operations.inList(a, [x, y], negated, context))
      }
    }
  })

  test(`${not}LIKE in place is ${not}LIKE by call, also of what is no text`, () => {
    for (const x of LITERALS) {
      const e: BoundExpression = { kind: 'like', operand: column('a'), pattern: literal(x), negated, span }
      assertSame(e, [column('a')], a => operations.like(a, x, negated))
    }
  })
}

test('a field in place is a field by call, of plain objects and of all others', () => {
  for (const name of ['x', 'y', 'constructor', '__proto__', 'toString', 'length', 'byteLength', 'epochMilliseconds']) {
    assertSame({ kind: 'field', object: column('a'), name, span }, [column('a')], a => operations.field(a, name))
  }
})
