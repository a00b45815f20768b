// The rows of one group in windows that overlap, pane by pane: rows in at the new end, panes out at the old end, and at
// any moment what the rest comes to. Only panes in which the group has rows are here, so rare groups cost next to nothing.

import type { Row } from '../../core/row.ts'
import { loadRow, type SavedRow, saveRow } from '../saved-row.ts'
import type { Folding, Running, SavedRunning } from './folding.ts'

interface Pane {
  readonly number: number
  /** the group's first row in it */
  readonly first: Row
  /** place of that row among all rows of all groups */
  readonly order: number
  /** undefined: nothing but the first row has been taken in */
  running: Running | undefined
}

export interface SavedStacks {
  readonly front: readonly SavedPane[]
  readonly back: readonly SavedPane[]
  readonly open: SavedPane
}

interface SavedPane {
  readonly number: number
  readonly first: SavedRow
  readonly order: number
  readonly running: SavedRunning | undefined
}

/**
 * Two stacks. The back holds panes as they were filled, and what they come to together; the front holds for each pane
 * what it and all later ones of the front come to, the oldest on top. When the front is used up, the back becomes the
 * front: each pane is merged twice in its life, however many windows it is in. Before both stands the pane that still
 * takes rows.
 * @see Tangwongsan, Hirzel, Schneider, Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017
 */
export class PaneStacks {
  /** the last is the oldest; absent: none */
  #front: Pane[] | undefined
  /** the first is the oldest; absent: none */
  #back: Pane[] | undefined
  /** what the back comes to */
  #total: Running | undefined
  #open: Pane

  constructor(first: Row, order: number, pane: number) {
    this.#open = { number: pane, first, order, running: undefined }
  }

  /** number of the last pane in which the group has rows */
  get newest(): number {
    return this.#open.number
  }

  /** @param pane never smaller than that of the row before */
  add(row: Row, order: number, pane: number, folding: Folding): void {
    const open = this.#open
    if (open.number === pane) {
      open.running ??= alone(open, folding)
      folding.add(open.running, row)
      return
    }
    this.#push(open, folding)
    this.#open = { number: pane, first: row, order, running: undefined }
  }

  #push(pane: Pane, folding: Folding): void {
    this.#back ??= []
    this.#back.push(pane)
    this.#total ??= folding.begin()
    absorb(this.#total, pane, folding)
  }

  /** Forgets the panes with smaller numbers; the newest must not be one of them. */
  dropBefore(pane: number, folding: Folding): void {
    const front = this.#front
    while (front !== undefined && front.length > 0 && front.at(-1)!.number < pane) front.pop()
    if (front !== undefined && front.length > 0) return
    this.#front = undefined
    const back = this.#back
    if (back === undefined || back[0]!.number >= pane) return
    this.#front = turned(back, pane, folding)
    this.#back = undefined
    this.#total = undefined
  }

  /** What all rows come to; its own, to be read or changed at will. */
  whole(folding: Folding): { readonly first: Row; readonly order: number; readonly running: Running } {
    const top = this.#front?.at(-1)
    const { first, order } = top ?? this.#back?.[0] ?? this.#open
    const running = folding.begin()
    if (top) absorb(running, top, folding)
    if (this.#total) folding.merge(running, this.#total)
    absorb(running, this.#open, folding)
    return { first, order, running }
  }

  save(folding: Folding): SavedStacks {
    const save = (pane: Pane): SavedPane => ({
      number: pane.number,
      first: saveRow(pane.first),
      order: pane.order,
      running: pane.running && folding.save(pane.running),
    })
    return { front: (this.#front ?? []).map(save), back: (this.#back ?? []).map(save), open: save(this.#open) }
  }

  static load({ front, back, open }: SavedStacks, folding: Folding): PaneStacks {
    const load = (saved: SavedPane): Pane => ({
      number: saved.number,
      first: loadRow(saved.first),
      order: saved.order,
      running: saved.running && folding.load(saved.running),
    })
    const newest = load(open)
    const stacks = new PaneStacks(newest.first, newest.order, newest.number)
    stacks.#open = newest
    if (front.length > 0) stacks.#front = front.map(load)
    for (const pane of back) stacks.#push(load(pane), folding)
    return stacks
  }
}

/** The running aggregates of a pane that holds one row. */
function alone(pane: Pane, folding: Folding): Running {
  const running = folding.begin()
  folding.add(running, pane.first)
  return running
}

function absorb(running: Running, pane: Pane, folding: Folding): void {
  if (pane.running) folding.merge(running, pane.running)
  else folding.add(running, pane.first)
}

/** A front of the panes of a back that are still wanted. Their own aggregates are used up for it. */
function turned(back: readonly Pane[], wanted: number, folding: Folding): Pane[] | undefined {
  const front: Pane[] = []
  let later: Pane | undefined
  for (let i = back.length - 1; i >= 0 && back[i]!.number >= wanted; i--) {
    const pane = back[i]!
    if (later) {
      pane.running ??= alone(pane, folding)
      absorb(pane.running, later, folding)
    }
    front.push(pane)
    later = pane
  }
  return front.length > 0 ? front : undefined
}
