// The contents of a window that keep no rows: each is folded into its group as it comes. Memory goes with the groups.

import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import { loadRow, type SavedRow, saveRow } from '../saved-row.ts'
import type { Contents, FoldPlan, Held } from './contents.ts'
import {
  type Fault,
  Folding,
  heldOf,
  loadFault,
  type Running,
  type SavedFault,
  type SavedRunning,
  saveFault,
  spoiltBy,
} from './folding.ts'

interface Group {
  readonly first: Row
  readonly running: Running
}

interface Saved {
  readonly size: number
  readonly groups: readonly (readonly [key: string, first: SavedRow, running: SavedRunning])[]
  readonly fault: SavedFault | undefined
}

export class FoldedContents implements Contents {
  readonly #folding: Folding
  /** in the order of their first rows */
  #groups = new Map<string, Group>()
  #size = 0
  #fault: Fault | undefined

  constructor(plan: FoldPlan) {
    this.#folding = new Folding(plan)
  }

  get size(): number {
    return this.#size
  }

  add(row: Row): void {
    this.#size++
    const folding = this.#folding
    const place = folding.place(row, this.#fault)
    if (place === undefined) return
    if (typeof place !== 'string') return this.#spoil(place)
    let group = this.#groups.get(place)
    if (group === undefined) {
      group = { first: row, running: folding.begin() }
      this.#groups.set(place, group)
    }
    folding.add(group.running, row)
  }

  #spoil(fault: Fault): void {
    this.#fault = fault
    // Nobody will ask for them.
    if (this.#groups.size > 0) this.#groups = new Map()
  }

  take(): Held | undefined {
    const groups = this.#groups
    const fault = this.#fault
    this.#groups = new Map()
    this.#size = 0
    this.#fault = undefined
    if (fault) return spoiltBy(fault.error)
    if (groups.size === 0 && this.#folding.waitsForWhere) return undefined
    return heldOf(groups.values())
  }

  snapshot(form?: 'plain'): Saved
  snapshot(form?: SnapshotForm): Saved | this
  snapshot(form?: SnapshotForm): Saved | this {
    if (form === 'live') return this
    return {
      size: this.#size,
      groups: [...this.#groups].map(
        ([key, { first, running }]) => [key, saveRow(first), this.#folding.save(running)] as const,
      ),
      fault: saveFault(this.#fault),
    }
  }

  restore(saved: Saved | FoldedContents): void {
    if (saved instanceof FoldedContents) {
      this.#size = saved.#size
      this.#groups = saved.#groups
      this.#fault = saved.#fault
      return
    }
    this.#size = saved.size
    this.#groups = new Map(
      saved.groups.map(([key, first, running]) => [
        key,
        { first: loadRow(first), running: this.#folding.load(running) },
      ]),
    )
    this.#fault = loadFault(saved.fault)
  }
}
