// What folded contents share: rows taken into the running aggregates of their groups, results out, and errors in the
// place where rows that were kept would have given them.
//
// One bad row discards each window that holds it (spec/windows-and-time.md 15, trap 18), and of several errors the one
// goes out that comes first when the window closes: WHERE on all rows, then the keys of all groups, then group by group
// and aggregate by aggregate. So an error is kept where it happened until then.

import { RowError } from '../../core/errors.ts'
import type { FoldedGroup, Row } from '../../core/row.ts'
import { loadValue, saveValue } from '../../core/snapshot.ts'
import type { Value } from '../../core/value.ts'
import { type AggregatePlan, ClauseError, inClause, type RunningAggregate } from '../evaluate.ts'
import type { FoldPlan, Held } from './contents.ts'

/** The running aggregates of a statement over some rows of one group, by number. */
export type Running = RunningAggregate[]

/** A row that WHERE could not decide on, or that no group could be found for. */
export interface Fault {
  readonly clause: 'where' | 'group'
  readonly error: Error
}

/** Where a row goes: into the group of this key, nowhere (WHERE dropped it), or it spoils the window. */
export type Place = string | undefined | Fault

/** Takes the place of a running aggregate that could not take a row. */
class Spoilt implements RunningAggregate {
  readonly error: Error
  /** what it had come to before that row */
  readonly before: RunningAggregate

  constructor(before: RunningAggregate, error: Error) {
    this.before = before
    this.error = error
  }

  add(): void {}

  result(): Value {
    throw this.error
  }
}

export class Folding {
  readonly waitsForWhere: boolean
  readonly #where: FoldPlan['where']
  readonly #groupKey: FoldPlan['groupKey']
  readonly #aggregates: readonly AggregatePlan[]

  constructor({ where, groupKey, aggregates }: FoldPlan) {
    this.waitsForWhere = where !== undefined
    this.#where = where
    this.#groupKey = groupKey
    this.#aggregates = aggregates
  }

  /** @param fault what the window has been spoilt with before: only an error that goes before it is still of interest */
  place(row: Row, fault: Fault | undefined): Place {
    if (fault?.clause === 'where') return fault
    const verdict = this.passes(row)
    if (verdict !== true) return verdict || undefined
    return fault ?? this.keyOf(row)
  }

  /** What WHERE says. */
  passes(row: Row): boolean | Fault {
    if (this.#where === undefined) return true
    try {
      return this.#where(row)
    } catch (error) {
      return { clause: 'where', error: whereError(error) }
    }
  }

  keyOf(row: Row): string | Fault {
    if (this.#groupKey === undefined) return ''
    try {
      return this.#groupKey(row)
    } catch (error) {
      return { clause: 'group', error: toError(error) }
    }
  }

  begin(): Running {
    return this.#aggregates.map(plan => plan.begin())
  }

  /** Takes in one row, later than those before. */
  add(running: Running, row: Row): void {
    const plans = this.#aggregates
    for (let i = 0; i < plans.length; i++) {
      try {
        plans[i]!.add(running[i]!, row)
      } catch (error) {
        spoil(running, i, error)
      }
    }
  }

  /** Takes in what others have seen of later rows; they stay as they are. */
  merge(running: Running, later: Running): void {
    for (let i = 0; i < this.#aggregates.length; i++) {
      const mine = running[i]!
      if (mine instanceof Spoilt) continue
      const theirs = later[i]!
      const isSpoilt = theirs instanceof Spoilt
      try {
        this.#aggregates[i]!.merge(mine, isSpoilt ? theirs.before : theirs)
        if (isSpoilt) spoil(running, i, theirs.error)
      } catch (error) {
        spoil(running, i, error)
      }
    }
  }

  /** structured-cloneable */
  save(running: Running): SavedRunning {
    return running.map(aggregate =>
      aggregate instanceof Spoilt
        ? { state: stateOf(aggregate.before), error: saveError(aggregate.error) }
        : { state: stateOf(aggregate) },
    )
  }

  load(saved: SavedRunning): Running {
    return this.#aggregates.map((plan, i) => {
      const { state, error } = saved[i]!
      const aggregate = plan.begin()
      aggregate.restore?.(loadValue(state))
      return error ? new Spoilt(aggregate, loadError(error)) : aggregate
    })
  }
}

function stateOf(aggregate: RunningAggregate): unknown {
  return saveValue(aggregate.snapshot?.())
}

/** Of several rows that an aggregate cannot take, the first decides. */
function spoil(running: Running, i: number, error: unknown): void {
  const aggregate = running[i]!
  if (!(aggregate instanceof Spoilt)) running[i] = new Spoilt(aggregate, toError(error))
}

/** What a window comes to: its groups in this order, or the first error that one of them holds. */
export function heldOf(groups: Iterable<{ readonly first: Row; readonly running: Running }>): Held {
  const folded: FoldedGroup[] = []
  try {
    for (const { first, running } of groups) {
      folded.push({ first, aggregates: running.map(aggregate => aggregate.result()) })
    }
  } catch (error) {
    return spoiltBy(toError(error))
  }
  return { rows: NO_ROWS, groups: folded }
}
const NO_ROWS: readonly Row[] = []

export function spoiltBy(fault: Error): Held {
  return { rows: NO_ROWS, fault }
}

function whereError(thrown: unknown): Error {
  try {
    return inClause('Where', () => {
      throw thrown
    })
  } catch (error) {
    return toError(error)
  }
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

export interface SavedError {
  readonly message: string
  readonly kind: 'clause' | 'row' | 'bug'
}

export type SavedRunning = readonly { readonly state: unknown; readonly error?: SavedError }[]

export interface SavedFault {
  readonly clause: Fault['clause']
  readonly error: SavedError
}

export function saveFault(fault: Fault | undefined): SavedFault | undefined {
  return fault && { clause: fault.clause, error: saveError(fault.error) }
}

export function loadFault(saved: SavedFault | undefined): Fault | undefined {
  return saved && { clause: saved.clause, error: loadError(saved.error) }
}

function saveError(error: Error): SavedError {
  const kind = error instanceof ClauseError ? 'clause' : error instanceof RowError ? 'row' : 'bug'
  return { message: error.message, kind }
}

function loadError({ message, kind }: SavedError): Error {
  return kind === 'clause' ? new ClauseError(message) : kind === 'row' ? new RowError(message) : new Error(message)
}
