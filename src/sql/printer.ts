// Trees in, their one spelling in SQL out: what is printed reads back as the same tree.

import type { Field, FieldType } from '../core/schema.ts'
import { plainDecimal } from '../core/text.ts'
import {
  type AdminStatement,
  type BinaryExpression,
  type CallExpression,
  type CaseExpression,
  type CreateStatement,
  DDL_OPTIONS,
  type Expression,
  type InExpression,
  type JoinClause,
  type OrderItem,
  type OverClause,
  type SelectItem,
  type SelectStatement,
  type SourceReference,
  type Statement,
  type WildcardExpression,
  type WindowClause,
  type WindowShape,
} from './ast.ts'
import { BINARY_PRECEDENCE, PRECEDENCE } from './precedence.ts'
import { quoteString } from './string-literal.ts'
import { quoteName } from './words.ts'

/** Any statement on one line, without `;`. */
export function printStatement(s: Statement): string {
  switch (s.kind) {
    case 'select':
      return printSelect(s)
    case 'create':
      return printCreate(s)
    case 'admin':
      return printAdmin(s)
    default:
      return s satisfies never
  }
}

/** A SELECT on one line; the window stands last among the items of GROUP BY. */
export function printSelect(s: SelectStatement): string {
  const group = [...s.groupBy.map(printExpression), ...(s.window ? [printWindow(s.window)] : [])]
  const clauses = [
    `SELECT ${s.items.map(printItem).join(', ')}`,
    `FROM ${printSource(s.from)}`,
    ...s.joins.map(printJoin),
    s.where && `WHERE ${printExpression(s.where)}`,
    group.length > 0 && `GROUP BY ${group.join(', ')}`,
    s.having && `HAVING ${printExpression(s.having)}`,
    s.orderBy.length > 0 && `ORDER BY ${printOrder(s.orderBy)}`,
    s.limit !== undefined && `LIMIT ${s.limit}`,
  ]
  return clauses.filter(clause => typeof clause === 'string').join(' ')
}

/** A CREATE on one line, options in the order of the manual: equal definitions give equal texts. */
export function printCreate(s: CreateStatement): string {
  const options = DDL_OPTIONS.flatMap(name => {
    const option = s.options.get(name)
    return option ? [`${name}=${printOption(option.value)}`] : []
  })
  const fields = s.fields.map(printField).join(', ')
  return `CREATE ${s.what.toUpperCase()} ${quoteName(s.name.name)} (${fields}) WITH (${options.join(', ')})`
}

/** An expression on one line, with no parenthesis that its precedences do not ask for. */
export function printExpression(e: Expression): string {
  switch (e.kind) {
    case 'literal':
      return printLiteral(e.value)
    case 'column':
      return qualified(e.qualifier, quoteName(e.name))
    case 'field':
      return `${operand(e.object)}->${quoteName(e.name)}`
    case 'index':
      return `${operand(e.array)}[${printExpression(e.index)}]`
    case 'slice':
      return `${operand(e.array)}[${optional(e.from)}:${optional(e.to)}]`
    case 'call':
      return printCall(e)
    case 'binary':
      return printBinary(e)
    case 'in':
      return `${atLeast(e.operand, PRECEDENCE.comparison)} ${negation(e.negated)}IN ${printInSet(e)}`
    case 'between': {
      const bounds = `${operand(e.low)} AND ${operand(e.high)}`
      return `${atLeast(e.operand, PRECEDENCE.comparison)} ${negation(e.negated)}BETWEEN ${bounds}`
    }
    case 'like': {
      const pattern = atLeast(e.pattern, PRECEDENCE.additive)
      return `${atLeast(e.operand, PRECEDENCE.comparison)} ${negation(e.negated)}LIKE ${pattern}`
    }
    case 'case':
      return printCase(e)
    case 'wildcard':
      return printWildcard(e)
    default:
      return e satisfies never
  }
}

function strength(e: Expression): number {
  if (e.kind === 'binary') return BINARY_PRECEDENCE[e.operator]
  return e.kind === 'in' || e.kind === 'between' || e.kind === 'like' ? PRECEDENCE.comparison : PRECEDENCE.postfix
}

function atLeast(e: Expression, level: number): string {
  return strength(e) < level ? `(${printExpression(e)})` : printExpression(e)
}

/** What may stand before a path, or as a bound of BETWEEN. */
function operand(e: Expression): string {
  return atLeast(e, PRECEDENCE.postfix)
}

function optional(e: Expression | undefined): string {
  return e ? printExpression(e) : ''
}

function negation(negated: boolean): string {
  return negated ? 'NOT ' : ''
}

function qualified(qualifier: string | undefined, text: string): string {
  return qualifier === undefined ? text : `${quoteName(qualifier)}.${text}`
}

/** The right side of a minus must not begin with one: two of them begin a comment. */
function printBinary(e: BinaryExpression): string {
  const level = BINARY_PRECEDENCE[e.operator]
  const right = atLeast(e.right, level + 1)
  const apart = e.operator === '-' && right.startsWith('-') ? `(${right})` : right
  return `${atLeast(e.left, level)} ${e.operator} ${apart}`
}

/** A list has parentheses, so an array has none: `IN (a)` is a list of one. */
function printInSet(e: InExpression): string {
  if (e.list) return `(${list(e.list)})`
  return e.array ? operand(e.array) : '()'
}

function list(expressions: readonly Expression[]): string {
  return expressions.map(printExpression).join(', ')
}

/** A FLOAT keeps a point and takes no exponent, or it would read back as a BIGINT, or not at all. */
function printLiteral(value: bigint | number | string | boolean): string {
  switch (typeof value) {
    case 'bigint':
      return value.toString()
    case 'number': {
      if (!Number.isFinite(value)) throw new Error(`the dialect cannot write the number ${value}`)
      const text = plainDecimal(value)
      return text.includes('.') ? text : `${text}.0`
    }
    case 'string':
      return quoteString(value)
    case 'boolean':
      return value ? 'TRUE' : 'FALSE'
    default:
      return value satisfies never
  }
}

function printCall(e: CallExpression): string {
  const parts = [`${quoteName(e.name)}(${list(e.arguments)})`]
  if (e.filter) parts.push(`FILTER (WHERE ${printExpression(e.filter)})`)
  if (e.over) parts.push(printOver(e.over))
  return parts.join(' ')
}

function printOver(over: OverClause): string {
  const parts: string[] = []
  if (over.partitionBy.length > 0) parts.push(`PARTITION BY ${list(over.partitionBy)}`)
  if (over.when) parts.push(`WHEN ${printExpression(over.when)}`)
  if (over.orderBy.length > 0) parts.push(`ORDER BY ${printOrder(over.orderBy)}`)
  return `OVER (${parts.join(' ')})`
}

function printCase(e: CaseExpression): string {
  const parts = ['CASE']
  if (e.operand) parts.push(printExpression(e.operand))
  for (const { when, then } of e.whens) parts.push(`WHEN ${printExpression(when)} THEN ${printExpression(then)}`)
  if (e.otherwise) parts.push(`ELSE ${printExpression(e.otherwise)}`)
  return [...parts, 'END'].join(' ')
}

function printWildcard(e: WildcardExpression): string {
  const parts = [qualified(e.qualifier, '*')]
  if (e.except.length > 0) parts.push(`EXCEPT(${e.except.map(c => quoteName(c.name)).join(', ')})`)
  const replace = e.replace.map(r => `${printExpression(r.expression)} AS ${quoteName(r.name.name)}`)
  if (replace.length > 0) parts.push(`REPLACE(${replace.join(', ')})`)
  return parts.join(' ')
}

/** An item of the select list, with its alias. */
export function printItem(item: SelectItem): string {
  const alias = item.alias ? ` AS ${quoteName(item.alias.name)}` : ''
  return `${printExpression(item.expression)}${alias}${item.invisible ? ' INVISIBLE' : ''}`
}

function printSource(source: SourceReference): string {
  const alias = source.alias === undefined ? '' : ` AS ${quoteName(source.alias)}`
  return `${quoteName(source.name)}${alias}`
}

function printJoin(join: JoinClause): string {
  const on = join.on ? ` ON ${printExpression(join.on)}` : ''
  return `${join.kind.toUpperCase()} JOIN ${printSource(join.source)}${on}`
}

function printOrder(items: readonly OrderItem[]): string {
  return items.map(item => `${printExpression(item.expression)}${item.descending ? ' DESC' : ''}`).join(', ')
}

/** A window as an item of GROUP BY. */
export function printWindow(window: WindowClause): string {
  const parts = [printShape(window.shape)]
  if (window.filter) parts.push(`FILTER (WHERE ${printExpression(window.filter)})`)
  const over: string[] = []
  if (window.partitionBy.length > 0) over.push(`PARTITION BY ${list(window.partitionBy)}`)
  if (window.when) over.push(`WHEN ${printExpression(window.when)}`)
  if (over.length > 0) parts.push(`OVER (${over.join(' ')})`)
  return parts.join(' ')
}

function printShape(shape: WindowShape): string {
  const call = (name: string, parts: readonly (string | number | undefined)[]) =>
    `${name}(${parts.filter(part => part !== undefined).join(', ')})`
  switch (shape.kind) {
    case 'tumbling':
      return call('TUMBLINGWINDOW', [shape.unit, shape.length])
    case 'hopping':
      return call('HOPPINGWINDOW', [shape.unit, shape.length, shape.hop])
    case 'sliding':
      return call('SLIDINGWINDOW', [shape.unit, shape.length, shape.delay])
    case 'session':
      return call('SESSIONWINDOW', [shape.unit, shape.max, shape.gap])
    case 'count':
      return call('COUNTWINDOW', [shape.length, shape.interval])
    case 'state':
      return call('STATEWINDOW', [printExpression(shape.begin), shape.emit && printExpression(shape.emit)])
    default:
      return shape satisfies never
  }
}

function printField(field: Field): string {
  const literal = field.default === undefined ? '' : ` DEFAULT ${printLiteral(field.default)}`
  return `${quoteName(field.name)} ${printType(field.type)}${literal}`
}

function printType(type: FieldType): string {
  switch (type.kind) {
    case 'array':
      return `ARRAY(${printType(type.item)})`
    case 'struct':
      return `STRUCT(${type.fields.map(printField).join(', ')})`
    default:
      return type.kind.toUpperCase()
  }
}

function printOption(value: string | boolean): string {
  return typeof value === 'string' ? quoteString(value) : quoteString(value ? 'TRUE' : 'FALSE')
}

function printAdmin(s: AdminStatement): string {
  const what = s.what.toUpperCase()
  return s.name === undefined ? `${s.verb} ${what}S` : `${s.verb} ${what} ${quoteName(s.name)}`
}
