// The end of every pipeline: rows or closed windows in, emissions out. WHERE where it must wait for the window, groups,
// aggregates, HAVING, row numbers, ORDER BY, LIMIT, the select list, set-returning functions, in this order
// (spec/sql.md 5.4, spec/windows-and-time.md 6 and 7).

import { type Emission, type FoldedGroup, makeRow, type Row, type WindowBounds, type WindowRows } from '../core/row.ts'
import type { Values } from '../core/value.ts'
import {
  type AggregatePlan,
  type Condition,
  type EmissionState,
  type Evaluate,
  type Group,
  type Hits,
  inClause,
  type Project,
  type Resumable,
  rowScope,
  runAggregates,
} from './evaluate.ts'
import type { Operator, Output } from './operator.ts'
import { type OrderKey, sortBy } from './order.ts'

export interface RowNumberPlan {
  readonly slot: number
  readonly partition: ((row: Row, group: Group) => string) | undefined
  readonly order: readonly OrderKey[]
}

export interface SelectPlan {
  /** WHERE, when it has to wait for the window's rows */
  readonly where: Condition | undefined
  /** numbers of the aggregates that WHERE looks at; undefined: it does not look at the window at all */
  readonly whereAggregates: ReadonlySet<number> | undefined
  /** key of a row's group; undefined: all rows are one group */
  readonly groupKey: ((row: Row, scope?: Group) => string) | undefined
  readonly isAggregate: boolean
  readonly aggregates: readonly AggregatePlan[]
  readonly having: Condition | undefined
  readonly order: readonly OrderKey[]
  readonly rowNumbers: readonly RowNumberPlan[]
  readonly limit: number | undefined
  readonly project: Project
  /** spreads one output row over several; throws RowError */
  readonly expand: ((values: Values, row: Row, group: Group | undefined) => Values[]) | undefined
  /** what the items of changed_cols keep, in their order */
  readonly states: readonly EmissionState[]
  readonly hits: Hits
  /** metadata of the row goes along with the emission */
  readonly sendMeta: boolean
  readonly emit: (emission: Emission) => void
}

/** One output row in the making. */
interface Candidate {
  readonly row: Row
  readonly group: Group
}

/** Stands for the first row of an empty window. A new one each time: values may be kept in its slots. */
function emptyRow(): Row {
  const row = makeRow({}, 0, 0)
  row.slots = []
  return row
}

export class Select implements Operator {
  readonly #plan: SelectPlan
  /** nothing between the row and its output but the select list */
  readonly #isPlain: boolean

  constructor(plan: SelectPlan) {
    this.#plan = plan
    this.#isPlain =
      !plan.isAggregate &&
      plan.aggregates.length === 0 &&
      plan.rowNumbers.length === 0 &&
      plan.having === undefined &&
      plan.where === undefined &&
      plan.limit === undefined
  }

  /** A row without a window. */
  onRow(row: Row, _out: Output): void {
    const plan = this.#plan
    if (!this.#isPlain) return this.#single(row)
    for (const state of plan.states) state.begin()
    const values = plan.project(row)
    if (plan.expand) return this.#emitRows(plan.expand(values, row, undefined), row)
    for (const state of plan.states) state.commit()
    this.#hit(row)
    this.#emitRow(values, row)
  }

  /** Rows made of one row: each goes out by itself, also those that unnest() spreads it over. */
  #emitRows(rows: readonly Values[], row: Row): void {
    for (const state of this.#plan.states) state.commit()
    this.#hit(row)
    for (const values of rows) this.#emitRow(values, row)
  }

  #hit(row: Row): void {
    const { hits } = this.#plan
    hits.count++
    hits.time = row.time
  }

  #emitRow(values: Values, row: Row): void {
    const { sendMeta, emit } = this.#plan
    emit(sendMeta && row.meta ? { rows: [values], meta: row.meta } : { rows: [values] })
  }

  /** Aggregates without a window work on the one row (spec/sql.md 4.8). */
  #single(row: Row): void {
    const plan = this.#plan
    const rows = [row]
    const { where, whereAggregates } = plan
    if (where) {
      const whole = this.#group(rows, undefined, whereAggregates ?? new Set())
      if (!inClause('Where', () => where(row, whole))) return
    }
    const emitted = this.#finish([{ row, group: this.#group(rows, undefined) }])
    if (emitted !== undefined) this.#emitRows(emitted, row)
  }

  onWindow(window: WindowRows, _out: Output): void {
    const plan = this.#plan
    if (window.fault) throw window.fault
    if (window.groups) return this.#folded(window.groups, window)
    let { rows } = window
    if (plan.where) {
      const { where, whereAggregates } = plan
      const whole = whereAggregates && this.#group(rows, window, whereAggregates)
      const kept = inClause('Where', () => rows.filter(row => where(row, whole)))
      if (kept.length === 0) return
      rows = kept
    }
    this.#emitWindow(
      plan.isAggregate ? this.#groups(rows, window) : this.#ungrouped(rows, window),
      rows.length === 0,
      window,
    )
  }

  /** Groups that were folded while their rows arrived. */
  #folded(folded: readonly FoldedGroup[], bounds: WindowRows): void {
    if (folded.length === 0) return this.#emitWindow(this.#groups([], bounds), true, bounds)
    this.#send(candidatesOf(folded, bounds), bounds)
  }

  #emitWindow(candidates: readonly Candidate[], isEmpty: boolean, bounds: WindowBounds): void {
    const plan = this.#plan
    if (isEmpty && candidates.length === 0) {
      // An empty window of a statement without groups says so; the sink's omitIfEmpty drops it.
      if (!plan.isAggregate && !plan.having && plan.limit !== 0) plan.emit({ rows: [] })
      return
    }
    this.#send(candidates, bounds)
  }

  #send(candidates: Iterable<Candidate>, bounds: WindowBounds): void {
    const plan = this.#plan
    const rows = this.#finish(candidates, bounds)
    if (rows === undefined) return
    for (const state of plan.states) state.commit()
    plan.hits.aggregateCount++
    plan.hits.aggregateTime = bounds.trigger
    plan.emit({ rows })
  }

  #ungrouped(rows: readonly Row[], window: WindowRows): Candidate[] {
    const group = this.#group(rows, window)
    return rows.map(row => ({ row, group }))
  }

  #groups(rows: readonly Row[], window: WindowRows): Candidate[] {
    const { groupKey } = this.#plan
    if (!groupKey) return [{ row: rows[0] ?? emptyRow(), group: this.#group(rows, window) }]
    const groups = new Map<string, Row[]>()
    const scope = rowScope(window)
    for (const row of rows) {
      const key = groupKey(row, scope)
      const group = groups.get(key)
      if (group) group.push(row)
      else groups.set(key, [row])
    }
    return [...groups.values()].map(members => ({ row: members[0]!, group: this.#group(members, window) }))
  }

  /** @param only those of the aggregates; default all. What nobody asks for must not fail: WHERE may drop its rows */
  #group(rows: readonly Row[], window: WindowRows | undefined, only?: ReadonlySet<number>): Group {
    const { aggregates, isAggregate } = this.#plan
    const bounds = window?.isOfOneRow ? undefined : window
    return { bounds, isAggregate, aggregates: runAggregates(aggregates, rows, rowScope(bounds), only) }
  }

  /** From candidates to output rows; undefined: HAVING or LIMIT left nothing to send. */
  #finish(candidates: Iterable<Candidate>, bounds?: WindowBounds): Values[] | undefined {
    const { having, rowNumbers, order, limit } = this.#plan
    // Where each goes its own way, what many groups are made of is not there all at once.
    const areApart = !having && rowNumbers.length === 0 && order.length === 0
    const kept = areApart ? candidates : this.#sift([...candidates], bounds)
    if (kept === undefined) return undefined
    const rows = this.#rows(kept)
    return rows.length === 0 && limit === 0 ? undefined : rows
  }

  /** @returns undefined: HAVING left none */
  #sift(candidates: readonly Candidate[], bounds: WindowBounds | undefined): readonly Candidate[] | undefined {
    const { having, rowNumbers, order } = this.#plan
    let kept = candidates
    if (having) {
      kept = inClause('Having', () => this.#having(candidates, having))
      if (kept.length === 0) return undefined
    }
    for (const numbering of rowNumbers) number(kept, numbering)
    return bounds && order.length > 0 ? inClause('Order By', () => sortBy(kept, order, evaluateFor)) : kept
  }

  /** The output rows, as many as LIMIT lets out: the select list never sees the others. */
  #rows(candidates: Iterable<Candidate>): Values[] {
    const { project, expand, limit = Infinity, states } = this.#plan
    for (const state of states) state.begin()
    const rows: Values[] = []
    for (const { row, group } of candidates) {
      if (rows.length >= limit) break
      const values = project(row, group)
      if (!expand) {
        rows.push(values)
        continue
      }
      for (const spread of expand(values, row, group).slice(0, limit - rows.length)) rows.push(spread)
    }
    return rows
  }

  /** Decides on each group, or without groups on all rows together. */
  #having(candidates: readonly Candidate[], having: Condition): readonly Candidate[] {
    if (this.#plan.isAggregate) return candidates.filter(c => having(c.row, c.group))
    const [first] = candidates
    return first && having(first.row, first.group) ? candidates : []
  }

  parts(): ReadonlyMap<string, Resumable> {
    const { hits, states } = this.#plan
    const counters: Resumable = {
      snapshot: () => ({ ...hits }),
      restore: (saved: Hits) => void Object.assign(hits, saved),
    }
    return new Map([['hits', counters], ...states.map((state, i) => [`changed_cols:${i}`, state] as const)])
  }
}

function* candidatesOf(folded: readonly FoldedGroup[], bounds: WindowRows): Iterable<Candidate> {
  for (const { first, aggregates } of folded) {
    yield { row: first, group: { aggregates, bounds, isAggregate: true } }
  }
}

function evaluateFor(candidate: Candidate, evaluate: Evaluate) {
  return evaluate(candidate.row, candidate.group)
}

/** row_number(): 1, 2, 3 … within the emission, or within each partition in its own order. */
function number(candidates: readonly Candidate[], plan: RowNumberPlan): void {
  const partitions = new Map<string, bigint>()
  const ordered = plan.order.length > 0 ? sortBy(candidates, plan.order, evaluateFor) : candidates
  for (const { row, group } of ordered) {
    const key = plan.partition ? plan.partition(row, group) : ''
    const next = (partitions.get(key) ?? 0n) + 1n
    partitions.set(key, next)
    row.slots ??= []
    row.slots[plan.slot] = next
  }
}
