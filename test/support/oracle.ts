// The scalar language once more, slow and plain: a parsed expression and a row in, its value out, or an error. Written
// from spec/sql.md 5 and not from the compiler, so that the two can be held against each other. Only the functions
// themselves are shared.

import { parseDateTime } from '../../src/core/datetime.ts'
import { type Cell, type Kind, kindOf, type Value, type Values } from '../../src/core/value.ts'
import type { FunctionContext } from '../../src/functions/definition.ts'
import { lookup } from '../../src/functions/registry.ts'
import type {
  BinaryOperator,
  CallExpression,
  ColumnExpression,
  Expression,
  WildcardExpression,
} from '../../src/sql/ast.ts'

/** The row has no value for this expression. */
export class OracleError extends Error {}

function refuse(why: string): never {
  throw new OracleError(why)
}

export const isNull = (value: Cell): value is null | undefined => value === null || value === undefined
const isNumeric = (kind: Kind) => kind === 'bigint' || kind === 'float'

/** What an expression can see. */
export interface Scope {
  readonly context: FunctionContext
  /** the record of each source in the order of FROM and JOIN; undefined where an outer join found no partner */
  readonly sources: ReadonlyMap<string, Values | undefined>
  /** what a name means as an alias; undefined: it is none */
  alias?(name: string): { readonly value: Value } | undefined
  /** the value of an aggregate or analytic call */
  special?(call: CallExpression): Value
}

export function rowScope(row: Values, context: FunctionContext): Scope {
  return { context, sources: new Map([['s', row]]) }
}

/** @throws {OracleError} and what the functions themselves throw */
export function oracle(e: Expression, scope: Scope): Value {
  const of = (part: Expression): Value => oracle(part, scope)
  switch (e.kind) {
    case 'literal':
      return e.value
    case 'column':
      return column(e, scope)
    case 'wildcard':
      return star(e, scope)
    case 'field':
      return descend(of(e.object), e.name)
    case 'index':
      return item(of(e.array), of(e.index))
    case 'slice':
      return slice(of(e.array), e.from && of(e.from), e.to && of(e.to))
    case 'binary':
      if (e.operator === 'AND' || e.operator === 'OR') return logic(e.operator, of(e.left), () => of(e.right))
      return binary(e.operator, of(e.left), of(e.right), scope)
    case 'in': {
      const operand = of(e.operand)
      return isIn(operand, e.list ? e.list.map(of) : of(e.array!), e.negated, scope)
    }
    case 'between': {
      const [x, low, high] = [of(e.operand), of(e.low), of(e.high)]
      refuseComposite(x)
      if (isNull(x) || isNull(low) || isNull(high)) return false
      const sides = [binary('>=', x, low, scope), binary('<=', x, high, scope)]
      return sides.every(side => side === true) !== e.negated
    }
    case 'like':
      return like(of(e.operand), of(e.pattern)) !== e.negated
    case 'case': {
      const operand = e.operand && of(e.operand)
      for (const { when, then } of e.whens) {
        const test = of(when)
        if (e.operand ? binary('=', operand!, test, scope) === true : holds(test)) return of(then)
      }
      return e.otherwise ? of(e.otherwise) : null
    }
    case 'call':
      return call(e, scope)
    default:
      return e satisfies never
  }
}

function column(e: ColumnExpression, scope: Scope): Value {
  if (e.qualifier !== undefined) {
    if (scope.sources.has(e.qualifier)) return entry(scope.sources.get(e.qualifier) ?? {}, e.name)
    return descend(column({ ...e, qualifier: undefined, name: e.qualifier }, scope), e.name)
  }
  const alias = scope.alias?.(e.name)
  if (alias) return alias.value
  for (const row of scope.sources.values()) if (row && Object.hasOwn(row, e.name)) return entry(row, e.name)
  return null
}

/** All columns as one object, the first source on top; REPLACE wins over EXCEPT, and sees the row as it was. */
export function star(e: WildcardExpression, scope: Scope): { readonly [name: string]: Value } {
  const rows = e.qualifier === undefined ? [...scope.sources.values()] : [scope.sources.get(e.qualifier)]
  const all = new Map<string, Value>()
  for (const row of rows.toReversed()) for (const [name, value] of Object.entries(row ?? {})) all.set(name, value)
  for (const { name } of e.except) all.delete(name)
  const replaced = e.replace.map(({ name, expression }) => [name.name, oracle(expression, scope)] as const)
  for (const [name, value] of replaced) all.set(name, value)
  return Object.fromEntries(all)
}

function entry(object: object, name: string): Value {
  const found = Object.getOwnPropertyDescriptor(object, name)
  return found === undefined ? null : (found.value ?? null)
}

function descend(value: Value, name: string): Value {
  if (isNull(value)) return null
  return kindOf(value) === 'struct' ? entry(value as object, name) : refuse('not an object')
}

function whole(value: Value): number {
  if (kindOf(value) === 'bigint' || (kindOf(value) === 'float' && Number.isInteger(value))) return Number(value)
  return refuse('no integer')
}

function elementsOf(value: Value): readonly Value[] {
  return kindOf(value) === 'array' ? (value as readonly Value[]) : refuse('not an array')
}

function item(value: Value, index: Value): Value {
  if (isNull(value)) return null
  const elements = elementsOf(value)
  const at = whole(index)
  if (at >= elements.length || at < -elements.length) refuse('out of index')
  return elements.at(at)!
}

function slice(value: Value, from: Value | undefined, to: Value | undefined): Value {
  if (isNull(value)) return null
  const elements = elementsOf(value)
  const place = (bound: Value) => {
    const at = whole(bound)
    return at < 0 ? elements.length + at : at
  }
  const [start, end] = [from === undefined ? 0 : place(from), to === undefined ? elements.length : place(to)]
  if (from === undefined && to === undefined) return elements
  if (from !== undefined && to !== undefined && start === end) {
    return start >= 0 && start < elements.length ? elements[start]! : refuse('out of index')
  }
  if (start < 0 || start >= elements.length || end < 0 || end > elements.length || start > end) refuse('out of index')
  return elements.slice(start, end)
}

/** The right side is not looked at when the left one decides. */
function logic(operator: 'AND' | 'OR', left: Value, right: () => Value): Value {
  if (left === (operator === 'OR')) return left
  refuseComposite(left)
  const second = right()
  if (isNull(left) || isNull(second)) return false
  if (typeof left !== 'boolean' || typeof second !== 'boolean') refuse('no booleans')
  return operator === 'AND' ? left && second : left || second
}

export function holds(condition: Value): boolean {
  if (isNull(condition)) return false
  return typeof condition === 'boolean' ? condition : refuse('no condition')
}

/** Stands on the left of no operator, also when the right is null. */
function refuseComposite(left: Value): void {
  if (['array', 'struct', 'bytea'].includes(kindOf(left))) refuse('no operand')
}

function binary(operator: BinaryOperator, left: Value, right: Value, scope: Scope): Value {
  refuseComposite(left)
  if ('+-*/%'.includes(operator)) return isNull(left) || isNull(right) ? null : arithmetic(operator, left, right)
  if (isNull(left) || isNull(right)) return false
  if ('&|^'.includes(operator)) return bits(operator, left, right)
  const order = compare(left, right, operator === '=' || operator === '!=', scope)
  switch (operator) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    default:
      return order >= 0
  }
}

function arithmetic(operator: string, left: Value, right: Value): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if ('/%'.includes(operator) && right === 0n) refuse('divided by zero')
    const exact =
      operator === '+'
        ? left + right
        : operator === '-'
          ? left - right
          : operator === '*'
            ? left * right
            : operator === '/'
              ? left / right
              : left % right
    return new BigInt64Array([exact])[0]!
  }
  if (!isNumeric(kindOf(left)) || !isNumeric(kindOf(right))) refuse('no numbers')
  const [a, b] = [Number(left), Number(right)]
  if ('/%'.includes(operator) && b === 0) refuse('divided by zero')
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    default:
      return a % b
  }
}

function bits(operator: string, left: Value, right: Value): Value {
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    return operator === '&' ? left && right : operator === '|' ? left || right : left !== right
  }
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return refuse('integers only')
  return operator === '&' ? left & right : operator === '|' ? left | right : left ^ right
}

/** Below, at or above zero; NaN when the two have no order. */
function compare(left: Value, right: Value, isEquality: boolean, { context }: Scope): number {
  const [l, r] = [kindOf(left), kindOf(right)]
  if (isNumeric(l) && isNumeric(r)) {
    if (l === r) return left! < right! ? -1 : left! > right! ? 1 : left === right ? 0 : Number.NaN
    return Math.sign(Number(left) - Number(right))
  }
  if (l === 'string' && r === 'string') return Buffer.compare(Buffer.from(left as string), Buffer.from(right as string))
  if (l === 'boolean' && r === 'boolean' && isEquality) return left === right ? 0 : 1
  if (l === 'datetime') return (left as Temporal.ZonedDateTime).epochMilliseconds - instant(right, context)
  return refuse('no comparison')
}

/** Texts without a zone are of the configured one, texts without a date of today. */
function instant(value: Value, context: FunctionContext): number {
  if (value instanceof Temporal.ZonedDateTime) return value.epochMilliseconds
  if (isNumeric(kindOf(value))) return Number(value)
  const parsed = typeof value === 'string' ? parseDateTime(value, context.zone, undefined, context.now()) : undefined
  return parsed ? parsed.epochMilliseconds : refuse('no instant')
}

function isIn(operand: Value, list: Value, negated: boolean, scope: Scope): boolean {
  if (isNull(operand)) return false
  refuseComposite(operand)
  if (kindOf(list) !== 'array') return negated
  return (list as readonly Value[]).some(element => binary('=', operand, element, scope) === true) !== negated
}

/** As a regular expression: `%` a run and `_` a character of one line, `\%` a percent sign. */
function like(text: Value, pattern: Value): boolean {
  if (typeof text !== 'string' || typeof pattern !== 'string') return refuse('no texts')
  const source = pattern.replace(/\\%|\\_|[%_]|[\s\S]/gu, part => {
    if (part === '%') return '[^\\n]*'
    if (part === '_') return '[^\\n]'
    return [...(part === '\\%' ? '%' : part)].map(c => `\\u{${c.codePointAt(0)!.toString(16)}}`).join('')
  })
  return new RegExp(`^${source}$`, 'u').test(text)
}

function isVoid(value: Value): boolean {
  const kind = kindOf(value)
  if (kind === 'array') return (value as readonly Value[]).length === 0
  return kind === 'null' || (kind === 'struct' && Object.keys(value as object).length === 0)
}

/** spec/functions.md 2: what a null among the arguments gives. */
function call(e: CallExpression, scope: Scope): Value {
  const definition = lookup(e.name)
  if (definition?.kind === 'aggregate' || definition?.kind === 'analytic') return scope.special!(e)
  const { context } = scope
  if (e.name === 'rule_id') return context.ruleId
  if (e.name === 'rule_start') return BigInt(context.ruleStart)
  if (definition?.kind !== 'scalar') throw new Error(`the oracle does not know ${e.name}`)
  const args = e.arguments.map(a => oracle(a, scope))
  if (args.some(isVoid)) {
    if (definition.nulls === 'null') return null
    if (definition.nulls === 'false') return false
    if (definition.nulls === 'zero') return 0n
  }
  return definition.call ? definition.call(...args) : definition.callWith!(context, ...args)
}
