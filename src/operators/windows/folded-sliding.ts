// Rows in that leave again in the same order; out what those that are there come to, group by group.

import { Fifo } from '../../core/fifo.ts'
import type { FoldedGroup, Row } from '../../core/row.ts'
import type { AggregatePlan, SnapshotForm } from '../evaluate.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import type { FoldPlan, Held, SlidingContents } from './contents.ts'
import { type Fault, Folding, loadFault, type SavedFault, saveFault, spoiltBy, toError } from './folding.ts'
import { RowQueue } from './row-queue.ts'
import { follow, letGo, resultsOf, SlidingGroup, takeIn } from './sliding-group.ts'

/** So many rows are looked at in no time, and nothing is kept of them beside. */
const FEW = 8

/** A row that belongs to no group, because WHERE or the key of its group failed. */
interface Stray {
  readonly time: number
  readonly fault: Fault
}

interface Saved {
  readonly rows: readonly SavedRow[]
  /** those that WHERE failed on */
  readonly strays: readonly (readonly [time: number, fault: SavedFault])[]
}

/**
 * Between two looks rows are only put in line. Where a window is looked at often, each aggregate takes in the rows that
 * came since and forgets those that went, by its own algebra: constant time a row, and for each look time in proportion to
 * the groups. Where more rows come and go than a window holds, all is worked out anew each time, which is less.
 */
export class FoldedSliding implements SlidingContents {
  readonly #folding: Folding
  readonly #plans: readonly AggregatePlan[]
  readonly #areBare: boolean
  #queue: RowQueue<SlidingGroup>
  /** so many of the queue, the oldest, are in their groups */
  #grouped = 0
  #groups = new Map<string, SlidingGroup>()
  #strays = { where: new Fifo<Stray>(), group: new Fifo<Stray>() }
  /** rows that came or went since the last look */
  #changes = 0

  /** @param plan all of its aggregates have beginSliding */
  constructor(plan: FoldPlan) {
    this.#folding = new Folding(plan)
    this.#plans = plan.aggregates
    this.#areBare = plan.areBare
    this.#queue = new RowQueue(plan.areBare)
  }

  add(row: Row): void {
    const verdict = this.#folding.passes(row)
    if (verdict === false) return
    if (verdict !== true) return this.#strays.where.push({ time: row.time, fault: verdict })
    this.#queue.push(row)
    this.#changes++
  }

  dropBefore(timeMs: number): void {
    const queue = this.#queue
    while (queue.size > 0 && queue.firstTime < timeMs) {
      if (this.#grouped > 0) this.#leave()
      queue.shift()
      this.#changes++
    }
    dropBefore(this.#strays.where, timeMs)
    dropBefore(this.#strays.group, timeMs)
  }

  /** The oldest row leaves its group. */
  #leave(): void {
    const queue = this.#queue
    const number = queue.begin
    const group = queue.owner(number)
    this.#grouped--
    if (group === undefined) return
    if (group.size === 1) {
      this.#groups.delete(group.key)
      return
    }
    group.first = queue.next(number)
    group.size--
    if (group.following === undefined) return
    if (group.size * 2 <= FEW) group.following = undefined
    else letGo(group, queue.row(number), this.#plans)
  }

  look(): Held | undefined {
    const isFollowed = this.#changes < this.#queue.size
    this.#changes = 0
    const stray = this.#strays.where.first ?? this.#findGroups()
    if (stray) return spoiltBy(stray.fault.error)
    if (this.#groups.size === 0) return undefined
    try {
      return { rows: NO_ROWS, groups: this.#inOrder().map(group => this.#folded(group, isFollowed)) }
    } catch (error) {
      return spoiltBy(toError(error))
    } finally {
      if (!isFollowed) this.#forgetGroups()
    }
  }

  /** Puts the rows that are in no group yet into theirs. @returns the first that none can be found for */
  #findGroups(): Stray | undefined {
    const queue = this.#queue
    for (; this.#grouped < queue.size; this.#grouped++) {
      const number = (queue.begin + this.#grouped) | 0
      const row = queue.row(number)
      const key = this.#folding.keyOf(row)
      if (typeof key === 'string') this.#enter(key, number, row)
      else this.#strays.group.push({ time: row.time, fault: key })
    }
    return this.#strays.group.first
  }

  #enter(key: string, number: number, row: Row): void {
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new SlidingGroup(key, number)
      this.#groups.set(key, group)
    } else {
      this.#queue.follow(group.last, number)
      group.last = number
      group.size++
      if (group.following !== undefined) takeIn(group, number, row, this.#plans)
    }
    this.#queue.own(number, group)
  }

  /** They stand in the order in which they began; the first row of one may have gone since, while others follow it. */
  #inOrder(): SlidingGroup[] {
    const groups = [...this.#groups.values()]
    return groups.length > 1 ? groups.sort((a, b) => (a.first - b.first) | 0) : groups
  }

  #folded(group: SlidingGroup, isFollowed: boolean): FoldedGroup {
    const queue = this.#queue
    const first = queue.row(group.first)
    if (isFollowed && group.size > FEW && group.following === undefined) follow(group, this.#plans, queue)
    if (group.following !== undefined) return { first, aggregates: resultsOf(group, this.#plans, queue) }
    const running = this.#folding.begin()
    this.#folding.add(running, first)
    for (let number = group.first; number !== group.last; ) {
      number = queue.next(number)
      this.#folding.add(running, queue.row(number))
    }
    return { first, aggregates: running.map(aggregate => aggregate.result()) }
  }

  #forgetGroups(): void {
    this.#groups = new Map()
    this.#grouped = 0
    this.#queue.disown()
    this.#strays.group.fill([])
  }

  snapshot(form?: 'plain'): Saved
  snapshot(form?: SnapshotForm): Saved | this
  snapshot(form?: SnapshotForm): Saved | this {
    if (form === 'live') return this
    return {
      rows: saveRows(this.#queue.toArray()),
      strays: this.#strays.where.toArray().map(({ time, fault }) => [time, saveFault(fault)!] as const),
    }
  }

  restore(saved: Saved | FoldedSliding): void {
    if (saved instanceof FoldedSliding) return this.#takeOver(saved)
    this.#fill(loadRows(saved.rows))
    this.#strays.where.fill(saved.strays.map(([time, fault]) => ({ time, fault: loadFault(fault)! })))
  }

  #takeOver(other: FoldedSliding): void {
    this.#strays = other.#strays
    this.#queue = other.#queue
    // Expressions may now put into rows what they come to.
    if (!this.#areBare) this.#queue.keepWhole()
    this.#grouped = other.#grouped
    this.#groups = other.#groups
    this.#changes = other.#changes
  }

  #fill(rows: readonly Row[]): void {
    this.#queue = new RowQueue(this.#areBare)
    this.#forgetGroups()
    for (const row of rows) this.#queue.push(row)
    this.#changes = 0
  }
}

const NO_ROWS: readonly Row[] = []

function dropBefore(strays: Fifo<Stray>, timeMs: number): void {
  while (strays.first && strays.first.time < timeMs) strays.shift()
}
