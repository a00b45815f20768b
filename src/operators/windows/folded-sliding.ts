// Rows in that leave again in the same order; out what those that are there come to, group by group, without looking at
// them again.

import type { FoldedGroup, Row } from '../../core/row.ts'
import { loadValue, saveValue } from '../../core/snapshot.ts'
import type { Value } from '../../core/value.ts'
import type { AggregatePlan, SlidingAggregate, SnapshotForm } from '../evaluate.ts'
import { loadRow, type SavedRow, saveRow } from '../saved-row.ts'
import type { FoldPlan, Held, SlidingContents } from './contents.ts'
import { Fifo } from './fifo.ts'
import {
  type Fault,
  Folding,
  loadError,
  loadFault,
  type SavedError,
  type SavedFault,
  saveError,
  saveFault,
  spoiltBy,
  toError,
} from './folding.ts'

/**
 * What an aggregate is given of a row, as it was when the row came; undefined: nothing, its FILTER left the row out.
 * An error spoils the windows that hold the row.
 */
type Given = Value | undefined | Unreadable

/** In a class of its own: no value is one. */
class Unreadable {
  readonly error: Error

  constructor(error: Error) {
    this.error = error
  }
}

/** A row that is in the window and in a group. */
interface Entry {
  readonly row: Row
  readonly group: Group
  /** by number of the aggregate */
  readonly given: readonly Given[]
  /** counts the entries */
  readonly number: number
  /** of the same group */
  next: Entry | undefined
}

interface Group {
  readonly key: string
  first: Entry | undefined
  last: Entry | undefined
  /** undefined: could not follow its rows, and is worked out from them when it is asked for */
  readonly aggregates: (SlidingAggregate | undefined)[]
  /** what of the rows that are there could not be read, by number of the aggregate */
  readonly unreadable: (Fifo<Error> | undefined)[]
}

/** A row that belongs to no group, because WHERE or the key of its group failed. */
interface Stray {
  readonly time: number
  readonly fault: Fault
}

interface Saved {
  readonly entries: readonly (readonly [row: SavedRow, group: number, given: readonly SavedGiven[]])[]
  readonly groups: readonly (readonly [key: string, aggregates: readonly unknown[]])[]
  readonly strays: readonly (readonly [time: number, fault: SavedFault])[]
}

type SavedGiven = { readonly value: unknown } | { readonly error: SavedError }

/**
 * Each aggregate takes in the rows that come and forgets those that go, by its own algebra: constant time a row, and
 * for each emission time in proportion to the groups.
 */
export class FoldedSliding implements SlidingContents {
  readonly #folding: Folding
  readonly #plans: readonly AggregatePlan[]
  #entries = new Fifo<Entry>()
  #groups = new Map<string, Group>()
  #strays = { where: new Fifo<Stray>(), group: new Fifo<Stray>() }
  #count = 0

  /** @param plan all of its aggregates have beginSliding */
  constructor(plan: FoldPlan) {
    this.#folding = new Folding(plan)
    this.#plans = plan.aggregates
  }

  add(row: Row): void {
    const place = this.#folding.place(row, undefined)
    if (place === undefined) return
    if (typeof place !== 'string') return this.#strays[place.clause].push({ time: row.time, fault: place })
    const { group, given } = this.#enter(
      row,
      place,
      this.#plans.map(plan => read(plan, row)),
    )
    for (let i = 0; i < given.length; i++) {
      const value = given[i]
      if (value !== undefined && !(value instanceof Unreadable)) attempt(group, i, a => a.add(value))
    }
  }

  #enter(row: Row, key: string, given: readonly Given[]): Entry {
    let group = this.#groups.get(key)
    if (!group) {
      const aggregates = this.#plans.map(plan => plan.beginSliding!())
      group = { key, first: undefined, last: undefined, aggregates, unreadable: [] }
      this.#groups.set(key, group)
    }
    const entry: Entry = { row, group, given, number: this.#count++, next: undefined }
    if (group.last) group.last.next = entry
    else group.first = entry
    group.last = entry
    this.#entries.push(entry)
    for (let i = 0; i < given.length; i++) {
      const value = given[i]
      if (value instanceof Unreadable) (group.unreadable[i] ??= new Fifo()).push(value.error)
    }
    return entry
  }

  dropBefore(timeMs: number): void {
    for (let entry = this.#entries.first; entry && entry.row.time < timeMs; entry = this.#entries.first) {
      this.#entries.shift()
      this.#leave(entry)
    }
    for (const strays of [this.#strays.where, this.#strays.group]) {
      while (strays.first && strays.first.time < timeMs) strays.shift()
    }
  }

  #leave(entry: Entry): void {
    const { group, given, next } = entry
    // An entry that has become old for the collector must not keep those alive that came after it.
    entry.next = undefined
    group.first = next
    if (!next) {
      this.#groups.delete(group.key)
      return
    }
    for (let i = 0; i < given.length; i++) {
      const value = given[i]
      if (value instanceof Unreadable) group.unreadable[i]!.shift()
      else if (value !== undefined) attempt(group, i, a => a.remove(value))
    }
  }

  look(): Held | undefined {
    const stray = this.#strays.where.first ?? this.#strays.group.first
    if (stray) return spoiltBy(stray.fault.error)
    if (this.#groups.size === 0) return undefined
    // They stand in the order in which they began; the first row of one may have gone since, while others follow it.
    const groups = [...this.#groups.values()]
    if (groups.length > 1) groups.sort((a, b) => a.first!.number - b.first!.number)
    try {
      return { rows: NO_ROWS, groups: groups.map(group => this.#folded(group)) }
    } catch (error) {
      return spoiltBy(toError(error))
    }
  }

  #folded(group: Group): FoldedGroup {
    const aggregates = group.aggregates.map((aggregate, i) => {
      const error = group.unreadable[i]?.first
      if (error) throw error
      return aggregate ? resultOf(aggregate, this.#plans[i]!, group, i) : anew(this.#plans[i]!, group, i)
    })
    return { first: group.first!.row, aggregates }
  }

  snapshot(form?: 'plain'): Saved
  snapshot(form?: SnapshotForm): Saved | this
  snapshot(form?: SnapshotForm): Saved | this {
    if (form === 'live') return this
    const groups = [...this.#groups.values()]
    const numbers = new Map(groups.map((group, i) => [group, i]))
    return {
      entries: this.#entries
        .toArray()
        .map(({ row, group, given }) => [saveRow(row), numbers.get(group)!, given.map(saveGiven)] as const),
      groups: groups.map(({ key, aggregates }) => [key, aggregates.map(a => saveValue(a?.snapshot?.()))] as const),
      strays: [...this.#strays.where.toArray(), ...this.#strays.group.toArray()].map(
        ({ time, fault }) => [time, saveFault(fault)!] as const,
      ),
    }
  }

  restore(saved: Saved | FoldedSliding): void {
    if (saved instanceof FoldedSliding) {
      this.#entries = saved.#entries
      this.#groups = saved.#groups
      this.#strays = saved.#strays
      this.#count = saved.#count
      return
    }
    this.#entries.fill([])
    this.#groups.clear()
    for (const [row, group, given] of saved.entries) {
      this.#enter(loadRow(row), saved.groups[group]![0], given.map(loadGiven))
    }
    for (const [key, states] of saved.groups) {
      const { aggregates } = this.#groups.get(key)!
      states.forEach((state, i) => {
        if (state === undefined) aggregates[i] = undefined
        else aggregates[i]!.restore!(loadValue(state))
      })
    }
    const strays = saved.strays.map(([time, fault]) => ({ time, fault: loadFault(fault)! }))
    for (const clause of ['where', 'group'] as const) {
      this.#strays[clause].fill(strays.filter(stray => stray.fault.clause === clause))
    }
  }
}

const NO_ROWS: readonly Row[] = []

function read(plan: AggregatePlan, row: Row): Given {
  try {
    return plan.read(row)
  } catch (error) {
    return new Unreadable(toError(error))
  }
}

/** What an aggregate cannot take may do without the rows that are about to leave: the text was no number, but alone. */
function attempt({ aggregates }: Group, i: number, work: (aggregate: SlidingAggregate) => void): void {
  const aggregate = aggregates[i]
  if (!aggregate) return
  try {
    work(aggregate)
  } catch {
    aggregates[i] = undefined
  }
}

/** Where there is none, the rows say which of them is to blame. */
function resultOf(aggregate: SlidingAggregate, plan: AggregatePlan, group: Group, i: number): Value {
  try {
    return aggregate.result()
  } catch {
    return anew(plan, group, i)
  }
}

/**
 * From the rows that are there; when that can be done, the aggregate follows them again.
 * @throws what the first row that it cannot take makes of it
 */
function anew(plan: AggregatePlan, group: Group, i: number): Value {
  const running = plan.begin()
  const following = plan.beginSliding!()
  let canFollow = true
  for (let entry = group.first; entry; entry = entry.next) {
    const value = entry.given[i]
    if (value === undefined || value instanceof Unreadable) continue
    plan.take(running, value)
    if (canFollow) canFollow = follows(following, value)
  }
  if (canFollow) group.aggregates[i] = following
  return running.result()
}

function follows(aggregate: SlidingAggregate, value: Value): boolean {
  try {
    aggregate.add(value)
    return true
  } catch {
    return false
  }
}

function saveGiven(given: Given): SavedGiven {
  return given instanceof Unreadable ? { error: saveError(given.error) } : { value: saveValue(given) }
}

function loadGiven(saved: SavedGiven): Given {
  return 'error' in saved ? new Unreadable(loadError(saved.error)) : (loadValue(saved.value) as Value | undefined)
}
