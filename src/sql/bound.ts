// The checked tree: names resolved, functions looked up, aggregates and analytic calls numbered. The compiler's input.

import type { UserError } from '../core/errors.ts'
import type { Span } from '../core/location.ts'
import type { FieldType } from '../core/schema.ts'
import type { TimeUnit } from '../core/time-unit.ts'
import type { AggregateFunction, AnalyticFunction, IntrinsicFunction, ScalarFunction } from '../functions/definition.ts'
import type { BinaryOperator, JoinKind } from './ast.ts'

/** One stream or table of FROM and JOIN, in the order written. */
export interface BoundSource {
  readonly index: number
  /** the stream's or table's own name */
  readonly name: string
  readonly alias: string | undefined
  readonly kind: 'stream' | 'table'
  /** a table that is asked for rows by their values, and sends none */
  readonly isLookup: boolean
  /** declared columns; undefined: schemaless */
  readonly columns: ReadonlyMap<string, FieldType> | undefined
  readonly span: Span
}

export type BoundExpression =
  | { readonly kind: 'literal'; readonly value: bigint | number | string | boolean; readonly span: Span }
  | BoundColumn
  | BoundAlias
  | { readonly kind: 'field'; readonly object: BoundExpression; readonly name: string; readonly span: Span }
  | {
      readonly kind: 'index'
      readonly array: BoundExpression
      readonly index: BoundExpression
      readonly span: Span
    }
  | {
      readonly kind: 'slice'
      readonly array: BoundExpression
      readonly from: BoundExpression | undefined
      readonly to: BoundExpression | undefined
      readonly span: Span
    }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: BoundExpression
      readonly right: BoundExpression
      readonly span: Span
    }
  | {
      readonly kind: 'in'
      readonly negated: boolean
      readonly operand: BoundExpression
      readonly list: readonly BoundExpression[] | undefined
      readonly array: BoundExpression | undefined
      readonly span: Span
    }
  | {
      readonly kind: 'between'
      readonly negated: boolean
      readonly operand: BoundExpression
      readonly low: BoundExpression
      readonly high: BoundExpression
      readonly span: Span
    }
  | {
      readonly kind: 'like'
      readonly negated: boolean
      readonly operand: BoundExpression
      readonly pattern: BoundExpression
      readonly span: Span
    }
  | {
      readonly kind: 'case'
      readonly operand: BoundExpression | undefined
      readonly whens: readonly { readonly when: BoundExpression; readonly then: BoundExpression }[]
      readonly otherwise: BoundExpression | undefined
      readonly span: Span
    }
  | {
      readonly kind: 'call'
      readonly definition: ScalarFunction
      readonly arguments: readonly BoundExpression[]
      readonly span: Span
    }
  | BoundIntrinsic
  | { readonly kind: 'aggregate'; readonly call: AggregateCall; readonly span: Span }
  | { readonly kind: 'analytic'; readonly call: AnalyticCall; readonly span: Span }
  | { readonly kind: 'rownumber'; readonly call: RowNumberCall; readonly span: Span }
  | BoundWildcard

/** A column. `source` undefined: several schemaless sources may have it, the first row that does wins. */
export interface BoundColumn {
  readonly kind: 'column'
  readonly source: number | undefined
  readonly name: string
  readonly type: FieldType | undefined
  readonly span: Span
}

/** A reference to a select item by its alias. */
export interface BoundAlias {
  readonly kind: 'alias'
  readonly alias: AliasDefinition
  readonly span: Span
}

/** An aliased select item, bound once and shared by all that refer to it. */
export interface AliasDefinition {
  readonly name: string
  readonly expression: BoundExpression
  /** its own output counts as a use */
  uses: number
  /** place in row.slots where the value is kept; -1: not kept, computed in place */
  slot: number
}

export interface BoundIntrinsic {
  readonly kind: 'intrinsic'
  readonly definition: IntrinsicFunction
  readonly arguments: readonly BoundExpression[]
  /** meta(): path of keys, empty for `*` */
  readonly path: readonly string[]
  /** meta(s.x): the source */
  readonly source: number | undefined
  readonly span: Span
}

/** `*` as an argument or select item: a whole row as one object. */
export interface BoundWildcard {
  readonly kind: 'wildcard'
  /** undefined: all sources */
  readonly source: number | undefined
  readonly except: readonly string[]
  readonly replace: readonly { readonly name: string; readonly expression: BoundExpression }[]
  readonly span: Span
}

export interface AggregateCall {
  /** place in the group's aggregate values */
  readonly index: number
  readonly definition: AggregateFunction
  readonly arguments: readonly BoundExpression[]
  readonly filter: BoundExpression | undefined
  /** prints as in explain: `avg(temperature)` */
  readonly text: string
  /** the clause it stands in, as its errors name it (spec/sql.md 7) */
  readonly clause: 'Select' | 'Where' | 'Having' | 'Order By'
}

export interface AnalyticCall {
  /** place in row.slots */
  readonly slot: number
  readonly definition: AnalyticFunction
  readonly arguments: readonly BoundExpression[]
  readonly partitionBy: readonly BoundExpression[]
  readonly when: BoundExpression | undefined
  /** runs on the rows of this source only; undefined: all */
  readonly source: number | undefined
  readonly text: string
}

export interface RowNumberCall {
  /** place in row.slots */
  readonly slot: number
  readonly partitionBy: readonly BoundExpression[]
  readonly orderBy: readonly BoundOrder[]
}

export interface BoundOrder {
  readonly expression: BoundExpression
  readonly descending: boolean
}

/** One thing the select list puts out. */
export type OutputItem =
  | { readonly kind: 'wildcard'; readonly wildcard: BoundWildcard }
  /** a plain column: an explicit null stays, a missing one is left out */
  | { readonly kind: 'column'; readonly name: string; readonly expression: BoundExpression }
  /** anything computed: null is left out unless sendNilField */
  | { readonly kind: 'value'; readonly name: string; readonly expression: BoundExpression; readonly text: string }
  /** INVISIBLE: computed, so that its errors count, but not part of the output */
  | { readonly kind: 'hidden'; readonly expression: BoundExpression; readonly text: string }
  /** unnest, extract */
  | {
      readonly kind: 'rows'
      readonly name: string
      readonly function: 'unnest' | 'extract'
      readonly argument: BoundExpression
    }
  /** changed_cols */
  | {
      readonly kind: 'changes'
      readonly prefix: BoundExpression
      readonly ignoreNull: BoundExpression
      readonly columns: readonly { readonly name: string; readonly expression: BoundExpression }[]
    }

export interface BoundJoin {
  readonly kind: JoinKind
  readonly source: number
  readonly on: BoundExpression | undefined
  /** of a lookup table: ON taken apart. Every kind but `left` means `inner` then */
  readonly lookup?: BoundLookup
}

/** What a lookup table is asked for each row, and what the row must fulfil besides. */
export interface BoundLookup {
  /** at least one, each column once */
  readonly keys: readonly LookupKey[]
  /** conditions on other sources only: checked before the table is asked */
  readonly before: readonly BoundExpression[]
  /** all others: checked on the joined row, also on one without a match */
  readonly after: readonly BoundExpression[]
}

export interface LookupKey {
  readonly column: string
  /** reads the other sources */
  readonly value: BoundExpression
}

/** Lengths in ms (DD: days, kept apart because a day has no fixed length across DST), counts in rows. */
export type BoundWindowShape =
  | { readonly kind: 'tumbling'; readonly unit: TimeUnit; readonly length: number }
  | { readonly kind: 'hopping'; readonly unit: TimeUnit; readonly length: number; readonly hop: number }
  | {
      readonly kind: 'sliding'
      readonly lengthMs: number
      readonly delayMs: number | undefined
      /** without its start, with its end (`windowVersion: v2`) */
      readonly isLeftOpen?: true
      /** up to the row that triggers, and from there to the end of the delay (`enableSendSlidingWindowTwice`) */
      readonly isSentTwice?: true
    }
  | { readonly kind: 'session'; readonly unit: TimeUnit; readonly max: number; readonly gapMs: number }
  | { readonly kind: 'count'; readonly length: number; readonly interval: number | undefined }
  | { readonly kind: 'state'; readonly begin: BoundExpression; readonly emit: BoundExpression | undefined }

export interface BoundWindow {
  readonly shape: BoundWindowShape
  readonly filter: BoundExpression | undefined
  readonly when: BoundExpression | undefined
  readonly partitionBy: readonly BoundExpression[]
}

/** A SELECT that can be compiled: every error that can be found without a row has been found. */
export interface AnalyzedSelect {
  readonly sources: readonly BoundSource[]
  readonly items: readonly OutputItem[]
  readonly joins: readonly BoundJoin[]
  readonly where: BoundExpression | undefined
  readonly groupBy: readonly BoundExpression[]
  readonly window: BoundWindow | undefined
  readonly having: BoundExpression | undefined
  readonly orderBy: readonly BoundOrder[]
  readonly limit: number | undefined
  readonly aggregates: readonly AggregateCall[]
  /** in the order in which they must be computed: inner before outer */
  readonly analytics: readonly AnalyticCall[]
  readonly rowNumbers: readonly RowNumberCall[]
  /** every alias that somebody refers to */
  readonly aliases: readonly AliasDefinition[]
  /** one output row per group instead of one per row */
  readonly isAggregate: boolean
  /** meta() is read somewhere */
  readonly usesMeta: boolean
  /** columns that the statement reads from each source; undefined: all */
  readonly columns: readonly (ReadonlySet<string> | undefined)[]
  /** warnings, in no order: what can run, and hardly does what its author means */
  readonly cautions: readonly UserError[]
  /** length of row.slots; 0: rows can be shared between rules */
  readonly slotCount: number
}
