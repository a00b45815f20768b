// The tree of the dialect (spec/sql.md 2 and 4). Every node knows its span in the text. Plain readonly data.

import type { Span } from '../core/location.ts'
import type { Field } from '../core/schema.ts'
import type { TimeUnit } from '../core/time-unit.ts'

export const BINARY_OPERATORS = [
  'OR',
  'AND',
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '|',
  '^',
  '*',
  '/',
  '%',
  '&',
] as const
export type BinaryOperator = (typeof BINARY_OPERATORS)[number]

export type Expression =
  | LiteralExpression
  | ColumnExpression
  | FieldExpression
  | IndexExpression
  | SliceExpression
  | CallExpression
  | BinaryExpression
  | InExpression
  | BetweenExpression
  | LikeExpression
  | CaseExpression
  | WildcardExpression

/** BIGINT literals are bigint (clamped to 64 bits), FLOAT literals number. A leading minus is part of the literal. */
export interface LiteralExpression {
  readonly kind: 'literal'
  readonly value: bigint | number | string | boolean
  readonly span: Span
}

/** `a`, or `s.a`: whether `s` is a source or the path's first column is for the analyzer to say. */
export interface ColumnExpression {
  readonly kind: 'column'
  readonly qualifier: string | undefined
  readonly name: string
  readonly span: Span
}

/** `object->name` or a further `.name` */
export interface FieldExpression {
  readonly kind: 'field'
  readonly object: Expression
  readonly name: string
  readonly span: Span
}

/** `array[index]` */
export interface IndexExpression {
  readonly kind: 'index'
  readonly array: Expression
  readonly index: Expression
  readonly span: Span
}

/** `array[from:to]`, either bound may be absent; `array[]` is a slice without bounds */
export interface SliceExpression {
  readonly kind: 'slice'
  readonly array: Expression
  readonly from: Expression | undefined
  readonly to: Expression | undefined
  readonly span: Span
}

export interface CallExpression {
  readonly kind: 'call'
  /** lower case */
  readonly name: string
  readonly arguments: readonly Expression[]
  readonly filter: Expression | undefined
  readonly over: OverClause | undefined
  readonly span: Span
  /** span of the name alone, for messages */
  readonly nameSpan: Span
}

export interface OverClause {
  readonly partitionBy: readonly Expression[]
  readonly when: Expression | undefined
  readonly orderBy: readonly OrderItem[]
  readonly span: Span
}

export interface BinaryExpression {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly left: Expression
  readonly right: Expression
  readonly span: Span
}

/** `x IN (a, b)`: list · `x IN expr`: array */
export interface InExpression {
  readonly kind: 'in'
  readonly negated: boolean
  readonly operand: Expression
  readonly list: readonly Expression[] | undefined
  readonly array: Expression | undefined
  readonly span: Span
}

export interface BetweenExpression {
  readonly kind: 'between'
  readonly negated: boolean
  readonly operand: Expression
  readonly low: Expression
  readonly high: Expression
  readonly span: Span
}

export interface LikeExpression {
  readonly kind: 'like'
  readonly negated: boolean
  readonly operand: Expression
  readonly pattern: Expression
  readonly span: Span
}

export interface CaseExpression {
  readonly kind: 'case'
  readonly operand: Expression | undefined
  readonly whens: readonly { readonly when: Expression; readonly then: Expression }[]
  readonly otherwise: Expression | undefined
  readonly span: Span
}

/** `*`, `s.*`, with EXCEPT and REPLACE. Stands in the select list or as a call's argument. */
export interface WildcardExpression {
  readonly kind: 'wildcard'
  readonly qualifier: string | undefined
  readonly except: readonly Name[]
  readonly replace: readonly { readonly expression: Expression; readonly name: Name }[]
  readonly span: Span
}

export interface Name {
  readonly name: string
  readonly span: Span
}

export interface SelectItem {
  readonly expression: Expression
  readonly alias: Name | undefined
  readonly invisible: boolean
  readonly span: Span
}

export interface SourceReference {
  readonly name: string
  readonly alias: string | undefined
  readonly span: Span
}

export const JOIN_KINDS = ['inner', 'left', 'right', 'full', 'cross'] as const
export type JoinKind = (typeof JOIN_KINDS)[number]

export interface JoinClause {
  readonly kind: JoinKind
  readonly source: SourceReference
  readonly on: Expression | undefined
  readonly span: Span
}

/** Lengths are in units; count lengths in rows. */
export type WindowShape =
  | { readonly kind: 'tumbling'; readonly unit: TimeUnit; readonly length: number }
  | { readonly kind: 'hopping'; readonly unit: TimeUnit; readonly length: number; readonly hop: number }
  | { readonly kind: 'sliding'; readonly unit: TimeUnit; readonly length: number; readonly delay: number | undefined }
  | { readonly kind: 'session'; readonly unit: TimeUnit; readonly max: number; readonly gap: number }
  | { readonly kind: 'count'; readonly length: number; readonly interval: number | undefined }
  | { readonly kind: 'state'; readonly begin: Expression; readonly emit: Expression | undefined }

export interface WindowClause {
  readonly shape: WindowShape
  readonly filter: Expression | undefined
  readonly when: Expression | undefined
  readonly partitionBy: readonly Expression[]
  readonly span: Span
}

export interface OrderItem {
  readonly expression: Expression
  readonly descending: boolean
  readonly span: Span
}

export interface SelectStatement {
  readonly kind: 'select'
  readonly items: readonly SelectItem[]
  readonly from: SourceReference
  readonly joins: readonly JoinClause[]
  readonly where: Expression | undefined
  readonly groupBy: readonly Expression[]
  /** the window among the GROUP BY items, wherever it stood */
  readonly window: WindowClause | undefined
  readonly having: Expression | undefined
  readonly orderBy: readonly OrderItem[]
  readonly limit: number | undefined
  readonly span: Span
}

/** WITH options by canonical upper-case name. */
export const DDL_OPTIONS = [
  'DATASOURCE',
  'TYPE',
  'FORMAT',
  'SCHEMAID',
  'DELIMITER',
  'KEY',
  'CONF_KEY',
  'EXTRA',
  'SHARED',
  'STRICT_VALIDATION',
  'TIMESTAMP',
  'TIMESTAMP_FORMAT',
  'RETAIN_SIZE',
  'KIND',
  'VERSION',
  'TEMP',
] as const
export type DdlOption = (typeof DDL_OPTIONS)[number]

export interface OptionValue {
  readonly value: string | boolean
  readonly span: Span
}

export interface CreateStatement {
  readonly kind: 'create'
  readonly what: 'stream' | 'table'
  readonly name: Name
  readonly fields: readonly Field[]
  readonly options: ReadonlyMap<DdlOption, OptionValue>
  readonly span: Span
}

/** SHOW, DESCRIBE, EXPLAIN, DROP: parsed so that they can be refused by name in a file. */
export interface AdminStatement {
  readonly kind: 'admin'
  readonly verb: 'SHOW' | 'DESCRIBE' | 'EXPLAIN' | 'DROP'
  readonly what: 'stream' | 'table'
  readonly name: string | undefined
  readonly span: Span
}

export type Statement = SelectStatement | CreateStatement | AdminStatement
