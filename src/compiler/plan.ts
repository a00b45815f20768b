// An analyzed SELECT in, the steps of its pipeline out: what runs in which order, and which part of a condition where
// (spec/windows-and-time.md 6). Plain data: the compiler builds operators from it, explain prints it.

import type { PlanStrategy } from '../catalog/definition.ts'
import type {
  AnalyticCall,
  AnalyzedSelect,
  BoundExpression,
  BoundJoin,
  BoundLookup,
  BoundWindow,
} from '../sql/bound.ts'
import { conjuncts } from '../sql/bound-walk.ts'
import { conjunction, needsWindow, onlySource } from './conjuncts.ts'
import type { EventTimeOptions } from './event-time.ts'
import { type Keeps, type KeepsOptions, keepsOf } from './keeps.ts'

/** Conditions by source; undefined: every row of that source passes. */
export type ConditionsBySource = readonly (BoundExpression | undefined)[]

/** One operator to be. `kind` is the name that status and metrics show. */
export type PlanStep =
  /** event time: rows wait here until none that is earlier can come */
  | { readonly kind: 'watermark'; readonly options: EventTimeOptions }
  /** in the order in which they must be computed */
  | { readonly kind: 'analytic'; readonly calls: readonly AnalyticCall[] }
  /** FILTER of the window, or what of WHERE may run before the window */
  | { readonly kind: 'windowfilter' | 'filter'; readonly conditions: ConditionsBySource }
  | {
      readonly kind: 'window'
      readonly window: BoundWindow
      readonly keeps: Keeps
      /** what of WHERE has to wait for the window, where no row is kept until then: rows that fail it only count */
      readonly where: BoundExpression | undefined
    }
  | { readonly kind: 'join'; readonly joins: readonly BoundJoin[] }
  /** a table is asked for the partners of each row */
  | { readonly kind: 'lookup'; readonly join: LookupJoinPlan }
  /** from grouping to the select list */
  | {
      readonly kind: 'project'
      /** what of WHERE has to wait for the rows of the window or the join, where they are kept */
      readonly where: BoundExpression | undefined
    }

export type LookupJoinPlan = BoundJoin & { readonly lookup: BoundLookup }

export interface PlanOptions extends KeepsOptions, EventTimeOptions {
  readonly isEventTime: boolean
  readonly strategy?: Pick<PlanStrategy, 'pushesDown'>
}

/** Kinds of windows that WHERE may stand before, in processing time. */
const FILTERED_BEFORE = new Set(['tumbling', 'hopping', 'session', 'state'])

/** The last step is `project`, and no kind but `lookup` stands twice. */
export function planSelect(analyzed: AnalyzedSelect, options: PlanOptions): readonly PlanStep[] {
  const { analytics, window, joins } = analyzed
  const steps: PlanStep[] = []
  if (options.isEventTime) steps.push({ kind: 'watermark', options })
  if (analytics.length > 0) steps.push({ kind: 'analytic', calls: analytics })
  if (window?.filter) steps.push({ kind: 'windowfilter', conditions: windowFilter(analyzed, window.filter) })
  const { early, late } = splitWhere(analyzed, options)
  if (early.some(condition => condition !== undefined)) steps.push({ kind: 'filter', conditions: early })
  const keeps = window && keepsOf(analyzed, late, options)
  const isFolded = keeps !== undefined && keeps.kind !== 'rows'
  if (window) steps.push({ kind: 'window', window, keeps: keeps!, where: isFolded ? late : undefined })
  const streamJoins = joins.filter(join => !isLookup(join))
  if (streamJoins.length > 0) steps.push({ kind: 'join', joins: streamJoins })
  for (const join of joins.filter(isLookup)) steps.push({ kind: 'lookup', join })
  steps.push({ kind: 'project', where: isFolded ? undefined : late })
  return steps
}

function isLookup(join: BoundJoin): join is LookupJoinPlan {
  return join.lookup !== undefined
}

function windowFilter(analyzed: AnalyzedSelect, filter: BoundExpression): ConditionsBySource {
  const { pieces, rest } = bySource(analyzed, filter)
  return pieces.map(piece => conjunction([...piece, ...rest]))
}

/**
 * WHERE, taken apart: what may run on each source's rows before the window (or is all of it, without one), and what
 * has to wait for the window's or the join's rows.
 */
function splitWhere(
  analyzed: AnalyzedSelect,
  { isEventTime, strategy }: PlanOptions,
): { readonly early: ConditionsBySource; readonly late: BoundExpression | undefined } {
  const { where, window, joins, sources } = analyzed
  const none = sources.map(() => undefined)
  if (!where) return { early: none, late: undefined }
  const mayWait = window !== undefined || joins.length > 0
  if (mayWait && strategy?.pushesDown === false) return { early: none, late: where }
  const isBefore = !window || (FILTERED_BEFORE.has(window.shape.kind) && !isEventTime)
  if (!isBefore || needsWindow(where)) return { early: none, late: where }
  // An outer join makes rows that a condition would have dropped before; it must see the joined row. A lookup makes none:
  // its left rows stay or go, whatever the table answers.
  if (joins.some(join => !isLookup(join) && join.kind !== 'inner' && join.kind !== 'cross'))
    return { early: none, late: where }
  const { pieces, rest } = bySource(analyzed, where)
  // Table rows are filtered when they are joined: what a table holds does not depend on who reads it.
  const isTable = (i: number) => sources[i]!.kind === 'table'
  const early = pieces.map((piece, i) => (isTable(i) ? undefined : conjunction(piece)))
  return { early, late: conjunction([...pieces.flatMap((piece, i) => (isTable(i) ? piece : [])), ...rest]) }
}

/** What of a condition each source's rows can answer alone, and the rest. */
function bySource(
  { sources }: AnalyzedSelect,
  condition: BoundExpression,
): { readonly pieces: BoundExpression[][]; readonly rest: BoundExpression[] } {
  if (sources.length === 1) return { pieces: [[condition]], rest: [] }
  const pieces: BoundExpression[][] = sources.map(() => [])
  const rest: BoundExpression[] = []
  for (const piece of conjuncts(condition)) {
    const source = onlySource(piece)
    if (source === undefined) rest.push(piece)
    else pieces[source]!.push(piece)
  }
  return { pieces, rest }
}
