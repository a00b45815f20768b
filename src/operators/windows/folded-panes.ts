// The contents of windows that overlap, without their rows: what each group comes to in each pane. Memory goes with the
// groups and the panes in which they have rows.

import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import type { FoldPlan, Held, PanedContents } from './contents.ts'
import { type Fault, Folding, heldOf, loadFault, type SavedFault, saveFault, spoiltBy } from './folding.ts'
import { PaneStacks, type SavedStacks, type Shared } from './pane-stacks.ts'
import { RowQueue } from './row-queue.ts'

/** What is known of a pane beside its groups. */
interface Pane {
  readonly number: number
  /** number of the next first row of a group when it began */
  readonly begin: number
  /** rows in it, those that WHERE dropped among them */
  rows: number
  /** discards each window that the pane is in */
  fault: Fault | undefined
}

type SavedPane = Omit<Pane, 'fault'> & { readonly fault: SavedFault | undefined }

interface Saved {
  readonly panes: readonly SavedPane[]
  readonly firsts: readonly SavedRow[]
  readonly groups: readonly (readonly [key: string, stacks: SavedStacks])[]
}

export class FoldedPanes implements PanedContents {
  readonly #folding: Folding
  readonly #areBare: boolean
  /** oldest first */
  #panes: Pane[] = []
  #size = 0
  #firsts: RowQueue<never>
  #shared: Shared
  #groups = new Map<string, PaneStacks>()

  constructor(plan: FoldPlan) {
    this.#folding = new Folding(plan)
    this.#areBare = plan.areBare
    this.#firsts = new RowQueue(plan.areBare)
    this.#shared = { folding: this.#folding, firsts: this.#firsts }
  }

  get size(): number {
    return this.#size
  }

  add(row: Row, number: number): void {
    const pane = this.#pane(number)
    pane.rows++
    this.#size++
    const place = this.#folding.place(row, pane.fault)
    if (place === undefined) return
    if (typeof place !== 'string') {
      pane.fault = place
      return
    }
    const group = this.#groups.get(place)
    if (group) group.add(row, pane.begin, this.#shared)
    else this.#groups.set(place, new PaneStacks([this.#firsts.push(row)]))
  }

  #pane(number: number): Pane {
    const last = this.#panes.at(-1)
    if (last?.number === number) return last
    const pane = { number, begin: this.#firsts.end, rows: 0, fault: undefined }
    this.#panes.push(pane)
    return pane
  }

  dropBefore(number: number): void {
    const first = this.#panes.findIndex(pane => pane.number >= number)
    const dropped = this.#panes.splice(0, first < 0 ? this.#panes.length : first)
    if (dropped.length === 0) return
    for (const { rows } of dropped) this.#size -= rows
    const firsts = this.#firsts
    const begin = this.#panes[0]?.begin ?? firsts.end
    for (const [key, group] of this.#groups) {
      if (((group.newest - begin) | 0) < 0) this.#groups.delete(key)
      else group.dropBefore(begin, this.#shared)
    }
    while (firsts.begin !== begin) firsts.shift()
  }

  look(): Held | undefined {
    const spoilt = this.#panes.find(({ fault }) => fault?.clause === 'where') ?? this.#panes.find(({ fault }) => fault)
    if (spoilt) return spoiltBy(spoilt.fault!.error)
    if (this.#groups.size === 0 && this.#folding.waitsForWhere) return undefined
    const groups = [...this.#groups.values()].sort((a, b) => (a.oldest - b.oldest) | 0)
    return heldOf(this.#wholes(groups))
  }

  /** One after the other, so that what the many come to is not there all at once. */
  *#wholes(groups: readonly PaneStacks[]) {
    for (const group of groups) yield group.whole(this.#shared)
  }

  snapshot(form?: 'plain'): Saved
  snapshot(form?: SnapshotForm): Saved | this
  snapshot(form?: SnapshotForm): Saved | this {
    if (form === 'live') return this
    const { begin } = this.#firsts
    return {
      panes: this.#panes.map(pane => ({ ...pane, begin: (pane.begin - begin) | 0, fault: saveFault(pane.fault) })),
      firsts: saveRows(this.#firsts.toArray()),
      groups: [...this.#groups].map(([key, group]) => [key, group.save(this.#folding, begin)] as const),
    }
  }

  restore(saved: Saved | FoldedPanes): void {
    if (saved instanceof FoldedPanes) {
      this.#panes = saved.#panes
      this.#size = saved.#size
      this.#firsts = saved.#firsts
      this.#groups = saved.#groups
      // Expressions may now put into rows what they come to.
      if (!this.#areBare) this.#firsts.keepWhole()
      this.#shared = { folding: this.#folding, firsts: this.#firsts }
      return
    }
    const { panes, firsts, groups } = saved
    this.#panes = panes.map(pane => ({ ...pane, fault: loadFault(pane.fault) }))
    this.#size = panes.reduce((sum, { rows }) => sum + rows, 0)
    this.#firsts = new RowQueue(this.#areBare)
    for (const row of loadRows(firsts)) this.#firsts.push(row)
    this.#shared = { folding: this.#folding, firsts: this.#firsts }
    this.#groups = new Map(groups.map(([key, stacks]) => [key, PaneStacks.load(stacks, this.#folding)]))
  }
}
