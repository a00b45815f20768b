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

class Group {
  readonly first: Row
  readonly running: Running

  constructor(first: Row, running: Running) {
    this.first = first
    this.running = running
  }
}

interface Saved {
  readonly size: number
  readonly groups: readonly (readonly [key: string, first: SavedRow, running: SavedRunning | undefined])[]
  readonly fault: SavedFault | undefined
}

export class FoldedContents implements Contents {
  readonly #folding: Folding
  /** in the order of their first rows; one with a single row is just that row */
  #groups = new Map<string, Group | Row>()
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
      this.#groups.set(place, row)
      return
    }
    if (!(group instanceof Group)) {
      group = begun(group, folding)
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
    return heldOf(allBegun(groups.values(), this.#folding))
  }

  snapshot(form?: 'plain'): Saved
  snapshot(form?: SnapshotForm): Saved | this
  snapshot(form?: SnapshotForm): Saved | this {
    if (form === 'live') return this
    return {
      size: this.#size,
      groups: [...this.#groups].map(([key, group]) =>
        group instanceof Group
          ? ([key, saveRow(group.first), this.#folding.save(group.running)] as const)
          : ([key, saveRow(group), undefined] as const),
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
      saved.groups.map(([key, saved, running]) => {
        const first = loadRow(saved)
        return [key, running ? new Group(first, this.#folding.load(running)) : first]
      }),
    )
    this.#fault = loadFault(saved.fault)
  }
}

/** What a group comes to with its first row. */
function begun(first: Row, folding: Folding): Group {
  const running = folding.begin()
  folding.add(running, first)
  return new Group(first, running)
}

/** One after the other, so that what many rows come to is not there all at once. */
function* allBegun(groups: Iterable<Group | Row>, folding: Folding): Iterable<Group> {
  for (const group of groups) yield group instanceof Group ? group : begun(group, folding)
}
