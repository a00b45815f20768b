// What SQL may call. One object a function: name, parameters, behaviour, documentation. The registry, the analyzer's
// checks, docs/functions.md and the example tests all read these objects; there is no second place.

import type { Value } from '../core/value.ts'

export const FAMILIES = [
  'math',
  'string',
  'conversion',
  'hash',
  'json',
  'datetime',
  'array',
  'object',
  'other',
  'window',
  'aggregate',
  'analytic',
] as const
export type Family = (typeof FAMILIES)[number]

/**
 * What a parameter takes. Only *literals* are checked at compile time (spec/functions.md 2); what a column holds is
 * the function's own business at run time.
 *   any · number (int or float) · int · string · boolean
 *   datetime: literals are refused · array, object: literals are refused · column: must be a column reference
 */
export type ParameterKind =
  | 'any'
  | 'number'
  | 'int'
  | 'string'
  | 'boolean'
  | 'datetime'
  | 'array'
  | 'object'
  | 'bytea'
  | 'column'

export interface Parameter {
  readonly name: string
  readonly kind: ParameterKind
  readonly optional?: boolean
  /** may be repeated; only the last */
  readonly variadic?: boolean
  /** must be written as a literal of that kind */
  readonly literal?: boolean
  /**
   * Why the call can only fail with this literal, though it is of the right kind: one sentence, or undefined. The rule
   * runs, as it would in eKuiper, and its author is warned.
   */
  doubt?(value: NonNullable<Argument['value']>): string | undefined
  /**
   * `*` may stand here (count(*), collect(*), had_changed(true, *)).
   * 'each': it only stands for every row, so no column is read for it
   */
  readonly wildcard?: boolean | 'each'
}

/** One argument as the analyzer sees it at compile time. */
export interface Argument {
  /** literal: its value is known · column: a bare column or path · wildcard: `*` · other: any other expression */
  readonly form: 'literal' | 'column' | 'wildcard' | 'other'
  /** the literal's value */
  readonly value?: bigint | number | string | boolean
  /** the name of a bare column */
  readonly name?: string
}

export interface Example {
  /** an expression; columns come from `row` */
  readonly sql: string
  /** a clause after FROM, such as `GROUP BY TUMBLINGWINDOW(ss, 10)`; then `rows` too, and one result for each row that comes out */
  readonly clause?: string
  /** columns by name, JSON numbers are floats; use `ints` to name those that are BIGINT */
  readonly row?: Readonly<Record<string, unknown>>
  readonly ints?: readonly string[]
  /** metadata of the message */
  readonly meta?: Readonly<Record<string, unknown>>
  /** one row after the other, instead of `row`: for aggregate and analytic functions, and with a clause */
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  /** JSON form of the result (bytes as base64, datetime as RFC 3339 UTC); for analytic functions one per row */
  readonly result?: unknown
  /** instead of result: the call must fail with an error that contains this */
  readonly error?: string
}

interface Common {
  /** lower case */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly family: Family
  readonly parameters: readonly Parameter[]
  /** SQL kind of the result, for the docs: `int`, `float`, `string`, `array`, `any` … */
  readonly returns: string
  readonly summary: string
  /** what a null does, one sentence, where the null rule (or the kind) does not say it already */
  readonly whenNull?: string
  readonly examples: readonly Example[]
  /** what `check` refuses, one sentence for the docs */
  readonly checks?: string
  /** further compile-time checks. @returns what is wrong, as one sentence, or undefined */
  check?(args: readonly Argument[]): string | undefined
}

/** Null handling before the call (spec/functions.md 2): any argument null, `[]` or `{}` gives this; `own`: no such check. */
export type NullRule = 'null' | 'false' | 'zero' | 'own'

/** What a running rule offers a function that needs more than its arguments. */
export interface FunctionContext {
  /** processing clock, ms since 1970 UTC */
  now(): number
  /** IANA zone of `timezone` in etc/sluice.yaml */
  readonly zone: string
  readonly ruleId: string
  /** ms since 1970 UTC when this run of the rule began */
  readonly ruleStart: number
  /** value of environment property KUIPER_PROPS_<name> / SLUICE_PROPS_<name>, for props() */
  property(name: string): string | undefined
}

export interface ScalarFunction extends Common {
  readonly kind: 'scalar'
  readonly nulls: NullRule
  /** false: a new result on every call (rand, now, newuuid); default true */
  readonly pure?: boolean
  /** Arguments are never undefined: a missing column comes as null. Throws RowError for bad arguments. */
  call?(...args: any[]): Value
  /** instead of call, when the function needs the rule's context */
  callWith?(context: FunctionContext, ...args: any[]): Value
}

/** A running aggregate over the rows of one group. */
export interface Accumulator {
  /** one row's argument values; for `*` the row's columns as one object */
  add(...args: any[]): void
  /**
   * Null when nothing was added, unless the function says otherwise. Of what merges or slides it may be asked for time and
   * again, and does not change with what is added afterwards; of others once, after the last add.
   */
  result(): Value
  /** state for a checkpoint, structured-cloneable; with restore, its inverse */
  snapshot?(): unknown
  restore?(state: any): void
  /**
   * Takes in what another accumulator of the same call has seen of later rows; the other stays as it is. May throw a
   * RowError as `add` may. Absent: windows that overlap keep their rows.
   */
  merge?(later: this): void
}

/**
 * A running aggregate whose rows leave again in the order in which they came. `result` may throw a RowError: rows that
 * cannot stand together (texts and numbers for max) are an error only as long as they do.
 */
export interface SlidingAccumulator extends Accumulator {
  /** forgets the oldest row that was added, without an error, and not removed; these are its argument values */
  remove(...args: any[]): void
}

/**
 * How an aggregate follows rows that come and go, chosen by its algebra.
 * invertible: what a row added can be taken away again · monotonic: a queue of the values that can still become the result
 */
export interface Sliding {
  readonly by: 'invertible' | 'monotonic'
  begin(context: FunctionContext): SlidingAccumulator
}

export interface AggregateFunction extends Common {
  readonly kind: 'aggregate'
  /** the row's columns as one object follow the arguments (deduplicate) */
  readonly takesRow?: boolean
  /** what an accumulator holds of the rows, where that grows with them, for explain; absent: no more of many than of few */
  readonly holds?: 'every value' | 'every different value'
  begin(context: FunctionContext): Accumulator
  /** absent: two stacks are made of `merge`, or the rows are kept */
  readonly sliding?: Sliding
}

/** State of one call site for one partition. */
export interface AnalyticState {
  /**
   * @param valid false when OVER (… WHEN cond) is false for this row
   * @returns the value for this row
   */
  next(args: readonly Value[], valid: boolean): Value
  snapshot(): Value
  restore(state: any): void
}

export interface AnalyticFunction extends Common {
  readonly kind: 'analytic'
  begin(context: FunctionContext): AnalyticState
}

/**
 * Functions that the compiler itself builds, because they read the row, the window or the rule rather than arguments:
 * meta, mqtt, event_time, window_start, window_end, window_trigger, rule_id, rule_start, last_hit_*, row_number,
 * changed_cols, unnest, extract. The definition documents and checks them.
 */
export interface IntrinsicFunction extends Common {
  readonly kind: 'intrinsic'
  /** value: an expression · hits: hit state · rows: set-returning · columns: several columns · numbering: row_number */
  readonly role: 'value' | 'hits' | 'rows' | 'columns' | 'numbering'
}

/** A name of the dialect that is refused with an explanation rather than as unknown. */
export interface RefusedFunction extends Common {
  readonly kind: 'refused'
  readonly why: string
}

export type FunctionDefinition =
  | ScalarFunction
  | AggregateFunction
  | AnalyticFunction
  | IntrinsicFunction
  | RefusedFunction
