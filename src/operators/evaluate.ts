// What compiled expressions look like to the operators that call them.

import { RowError } from '../core/errors.ts'
import type { Row, WindowBounds } from '../core/row.ts'
import type { Cell, Value, Values } from '../core/value.ts'

/** What is known of the rows that share one output, beside the one at hand: a group, a window, or a single row. */
export interface Group {
  /** results of the aggregate calls, by number */
  readonly aggregates: readonly Value[]
  /** undefined without a window */
  readonly bounds: WindowBounds | undefined
  /** true when they stand for one output row: event_time() is then the trigger */
  readonly isAggregate: boolean
}

/** One expression. Throws RowError. */
export type Evaluate = (row: Row, group?: Group) => Cell

/** One condition. Throws RowError, also when the value is no boolean. */
export type Condition = (row: Row, group?: Group) => boolean

/** The select list: one output row. Throws RowError. */
export type Project = (row: Row, group?: Group) => Values

/**
 * plain: structured-cloneable, and its own: what goes on afterwards does not change it · live: what is worked with itself,
 * without a copy of a million rows; only for one of its kind that goes on in its place, in this process
 */
export type SnapshotForm = 'plain' | 'live'

/** Something with a state that a checkpoint must hold. */
export interface Resumable {
  /** @param form default plain; live is leave, not duty */
  snapshot(form?: SnapshotForm): unknown
  restore(state: any): void
}

/** What the select list keeps from one emission to the next. One that fails leaves no trace in it. */
export interface EmissionState extends Resumable {
  /** the rows of a new emission follow; those of one that was not committed never were */
  begin(): void
  /** the rows since `begin` go out */
  commit(): void
}

/** Counters behind last_hit_count() and its kin. */
export interface Hits {
  count: number
  time: number
  aggregateCount: number
  aggregateTime: number
}

/** A running aggregate over the rows of one group. */
export interface RunningAggregate {
  add(...args: any[]): void
  result(): Value
  snapshot?(): unknown
  restore?(state: any): void
  /** takes in what another has seen of later rows; absent: cannot be done */
  merge?(later: any): void
}

/** A running aggregate whose rows leave again, in the order in which they came. */
export interface SlidingAggregate {
  /** @param args what the plan's `read` gave for the row */
  add(args: Value): void
  /** forgets the oldest row that was added and not removed; these are its arguments */
  remove(args: Value): void
  result(): Value
}

/** One aggregate call of a statement, ready to be run over rows. */
export interface AggregatePlan {
  begin(): RunningAggregate
  /**
   * Absent: rows that were added cannot leave again, nor can two of its running aggregates be made one.
   * @param rows those that are added and not removed, oldest first, whenever it wants to see them again
   */
  readonly beginSliding?: ((rows: Iterable<Row>) => SlidingAggregate) | undefined
  /**
   * The argument values of a row: the value itself where there is one argument, else a list of them.
   * @returns undefined when its FILTER leaves the row out
   */
  read(row: Row, scope?: Group): Value | undefined
  /** Takes what `read` gave into the aggregate. */
  take(aggregate: RunningAggregate, args: Value): void
  /**
   * Takes one row into the aggregate, after its FILTER: what `read` and `take` do in one.
   * @param scope the window of the row, where something asks for its bounds
   */
  add(aggregate: RunningAggregate, row: Row, scope?: Group): void
  /** Takes into an aggregate, which must be able to merge, what another has seen of later rows. The other stays as it is. */
  merge(aggregate: RunningAggregate, later: RunningAggregate): void
  /** result over no rows at all */
  readonly empty: Value
}

/** What a row that stands for itself may know of its window: the bounds, no aggregate. */
export function rowScope(bounds: WindowBounds | undefined): Group {
  return { aggregates: [], bounds, isAggregate: false }
}

/**
 * Results of aggregates over some rows, by number.
 * @param only the numbers of those that are asked for; default all
 */
export function runAggregates(
  plans: readonly AggregatePlan[],
  rows: readonly Row[],
  scope: Group,
  only?: ReadonlySet<number>,
): Value[] {
  return plans.map((plan, number) => {
    if (rows.length === 0 || only?.has(number) === false) return plan.empty
    const aggregate = plan.begin()
    for (const row of rows) plan.add(aggregate, row, scope)
    return aggregate.result()
  })
}

/** A RowError that says itself in which clause it happened (spec/sql.md 7), where one operator works on several. */
export class ClauseError extends RowError {}

/** The work of one clause: `run Having error: …` when it fails. */
export function inClause<T>(clause: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof RowError ? new ClauseError(`run ${clause} error: ${error.message}`) : error
  }
}
