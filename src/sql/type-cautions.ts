// Bound expressions in, warnings out: operators that can only fail, as their operands' kinds are known from schema and
// literals (spec/sql.md 5.2, 5.3).

import type { UserError } from '../core/errors.ts'
import type { FieldType } from '../core/schema.ts'
import type { AliasDefinition, BoundExpression } from './bound.ts'
import { some } from './bound-walk.ts'
import { isComparison } from './precedence.ts'
import type { Fault } from './scope.ts'

const KINDS = ['number', 'string', 'boolean'] as const
type Kind = (typeof KINDS)[number]

/** A DATETIME may hold text, a number or an instant; the others are not compared with anything by mistake. */
const KIND_OF_TYPE: Readonly<Partial<Record<FieldType['kind'], Kind>>> = {
  bigint: 'number',
  float: 'number',
  string: 'string',
  boolean: 'boolean',
}

const WHY = 'It fails on every row that has both values.'

interface Doubt {
  readonly what: string
  readonly fix: string
}

/** @returns SQL_TYPE warnings, each place once */
export function typeCautions(expressions: readonly BoundExpression[], fault: Fault): UserError[] {
  const found: UserError[] = []
  const seen = new Set<AliasDefinition>()
  for (const expression of expressions) {
    some(
      expression,
      e => {
        const doubt = doubtOf(e)
        if (doubt) found.push(fault.error('SQL_TYPE', e.span, doubt.what, { why: WHY, fix: doubt.fix }))
        return false
      },
      seen,
    )
  }
  return found
}

function doubtOf(e: BoundExpression): Doubt | undefined {
  switch (e.kind) {
    case 'binary':
      if (isComparison(e.operator)) return comparisonDoubt(e.operator, e.left, e.right)
      return /^[-+*/%]$/.test(e.operator) ? arithmeticDoubt(e.operator, [e.left, e.right]) : undefined
    case 'in':
      return first((e.list ?? []).map(item => comparisonDoubt('=', e.operand, item)))
    case 'between':
      return first([e.low, e.high].map(bound => comparisonDoubt('>=', e.operand, bound)))
    case 'like': {
      const other = [e.operand, e.pattern].map(kindOf).find(kind => kind !== undefined && kind !== 'string')
      return other && { what: `LIKE needs strings, not a ${other}.`, fix: 'Write cast(x, "string") LIKE "…".' }
    }
    default:
      return undefined
  }
}

function first(doubts: readonly (Doubt | undefined)[]): Doubt | undefined {
  return doubts.find(doubt => doubt !== undefined)
}

function comparisonDoubt(operator: string, left: BoundExpression, right: BoundExpression): Doubt | undefined {
  const [a, b] = [kindOf(left), kindOf(right)]
  if (a === undefined || b === undefined) return undefined
  if (a !== b) return { what: `A ${a} cannot be compared with a ${b}.`, fix: fixOf(left, right) }
  if (a !== 'boolean' || operator === '=' || operator === '!=') return undefined
  return { what: `${operator} cannot compare booleans.`, fix: 'Write = or !=.' }
}

/** A literal is written otherwise; anything else is cast. */
function fixOf(left: BoundExpression, right: BoundExpression): string {
  for (const [literal, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (literal.kind !== 'literal') continue
    const { value } = literal
    if (kindOf(other) === 'string') return `Write "${value}", in quotes.`
    const bare = kindOf(other) === 'number' ? /^-?\d+(?:\.\d+)?$/ : /^(?:true|false)$/i
    if (typeof value === 'string' && bare.test(value)) return `Write ${value}, without quotes.`
  }
  return 'Convert one of them: cast(x, "float"), cast(x, "string") or cast(x, "boolean").'
}

function arithmeticDoubt(operator: string, operands: readonly BoundExpression[]): Doubt | undefined {
  const other = operands.map(kindOf).find(kind => kind !== undefined && kind !== 'number')
  if (other === undefined) return undefined
  const isJoin = operator === '+' && other === 'string'
  const fix = isJoin
    ? 'To join strings write concat(a, b); to count with one, cast(x, "float").'
    : 'Write cast(x, "float").'
  return { what: `${operator} needs numbers, not a ${other}.`, fix }
}

/** What kind of value an expression gives, if it gives one; undefined: unknown without a row. */
function kindOf(e: BoundExpression): Kind | undefined {
  switch (e.kind) {
    case 'literal':
      return typeof e.value === 'bigint' ? 'number' : KINDS.find(kind => kind === typeof e.value)
    case 'column':
      return e.type && KIND_OF_TYPE[e.type.kind]
    case 'alias':
      return kindOf(e.alias.expression)
    case 'binary':
      if (/^[-+*/%]$/.test(e.operator)) return 'number'
      return /^[&|^]$/.test(e.operator) ? undefined : 'boolean'
    case 'in':
    case 'between':
    case 'like':
      return 'boolean'
    default:
      return undefined
  }
}
