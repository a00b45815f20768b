// The rows of one group in windows that overlap, pane by pane: rows in at the new end, panes out at the old end, and at
// any moment what the rest comes to. Only panes in which the group has rows are here, and one in which it has a single row
// is just that row: groups that are seldom seen take little more than their rows would.

import type { Row } from '../../core/row.ts'
import { loadRows, type SavedRow, saveRows } from '../saved-row.ts'
import type { Folding, Running, SavedRunning } from './folding.ts'

/** So many rows in a line, each alone in its pane, are taken in one by one rather than summed up beforehand. */
const FEW = 8

/** Lists that are longer are not moved at each drop. */
const MANY = 64

export interface SavedStacks {
  readonly firsts: readonly SavedRow[]
  readonly orders: readonly number[]
  readonly running: readonly (SavedRunning | undefined)[] | undefined
  readonly frontEnd: number
}

/**
 * Two stacks in one list of panes, oldest first. Of the front it is known what a pane and all later ones of the front
 * come to, or it is a few panes from one of which that is known. Of the back each pane is there by itself, and together
 * they have a total. When the front is used up, the back becomes the front: so a pane is merged twice in its life,
 * however many windows it is in. The last pane, which still takes rows, is in neither.
 * @see Tangwongsan, Hirzel, Schneider, Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017
 */
export class PaneStacks {
  /** by pane: the group's first row in it */
  #firsts: Row[]
  /** by pane: place of that row among all rows of all groups */
  #orders: number[]
  /** by pane: what it comes to, in the front with all later ones; undefined: it is its first row. Absent: all are */
  #running: (Running | undefined)[] | undefined
  /** panes before it are gone */
  #head = 0
  /** the back begins here */
  #frontEnd = 0
  /** of the back; undefined while it has few panes, and after a restart until the next */
  #total: Running | undefined

  constructor(first: Row, order: number) {
    this.#firsts = [first]
    this.#orders = [order]
  }

  /** place of the first row */
  get oldest(): number {
    return this.#orders[this.#head]!
  }

  /** place of the first row in the last pane */
  get newest(): number {
    return this.#orders.at(-1)!
  }

  /** @param paneBegin place of the first row of all groups in the row's pane, which is never one before the last */
  add(row: Row, order: number, paneBegin: number, folding: Folding): void {
    const open = this.#firsts.length - 1
    if (this.#orders[open]! >= paneBegin) {
      folding.add(this.#runningOf(open, folding), row)
      return
    }
    if (this.#total) this.#absorb(this.#total, open, folding)
    else if (open - this.#frontEnd >= FEW) this.#total = this.#sum(this.#frontEnd, open + 1, folding)
    this.#firsts = withOneMore(this.#firsts, row)
    this.#orders = withOneMore(this.#orders, order)
    if (this.#running) this.#running = withOneMore(this.#running, undefined)
  }

  /** Forgets the panes whose rows came before; not all of them do. */
  dropBefore(order: number, folding: Folding): void {
    if (this.#orders[this.#head]! >= order) return
    do this.#head++
    while (this.#orders[this.#head]! < order)
    // Of many, moving the rest costs no more than the drops since the last move did; of few, it is nothing.
    if (this.#head * 2 >= this.#firsts.length || this.#firsts.length <= MANY) this.#move()
    if (this.#head > this.#frontEnd) this.#turn(folding)
  }

  #move(): void {
    const head = this.#head
    this.#firsts = this.#firsts.slice(head)
    this.#orders = this.#orders.slice(head)
    const running = this.#running?.slice(head)
    this.#running = running?.some(sum => sum !== undefined) ? running : undefined
    this.#head = 0
    this.#frontEnd -= head
  }

  /** Makes the back the front. What its panes come to is used up for it. */
  #turn(folding: Folding): void {
    const end = this.#firsts.length - 1
    /** the oldest pane so far of which it is known what it and all later ones come to */
    let known = end
    for (let i = end - 1; i >= this.#head; i--) {
      if (this.#running?.[i] === undefined && known - i < FEW) continue
      const sum = this.#runningOf(i, folding)
      for (let j = i + 1; j < known; j++) folding.add(sum, this.#firsts[j]!)
      if (known < end) folding.merge(sum, this.#running![known]!)
      known = i
    }
    this.#frontEnd = end
    this.#total = undefined
  }

  /** What all rows come to; its own, to be read or changed at will. */
  whole(folding: Folding): { readonly first: Row; readonly running: Running } {
    const open = this.#firsts.length - 1
    const running = folding.begin()
    for (let i = this.#head; i < this.#frontEnd; i++) {
      this.#absorb(running, i, folding)
      if (this.#running?.[i]) break
    }
    if (this.#total) folding.merge(running, this.#total)
    else for (let i = this.#frontEnd; i < open; i++) this.#absorb(running, i, folding)
    this.#absorb(running, open, folding)
    return { first: this.#firsts[this.#head]!, running }
  }

  #sum(from: number, to: number, folding: Folding): Running {
    const sum = folding.begin()
    for (let i = from; i < to; i++) this.#absorb(sum, i, folding)
    return sum
  }

  #absorb(sum: Running, i: number, folding: Folding): void {
    const running = this.#running?.[i]
    if (running) folding.merge(sum, running)
    else folding.add(sum, this.#firsts[i]!)
  }

  #runningOf(i: number, folding: Folding): Running {
    this.#running ??= this.#firsts.map(() => undefined)
    let running = this.#running[i]
    if (running === undefined) {
      running = folding.begin()
      folding.add(running, this.#firsts[i]!)
      this.#running[i] = running
    }
    return running
  }

  save(folding: Folding): SavedStacks {
    const head = this.#head
    return {
      firsts: saveRows(this.#firsts.slice(head)),
      orders: this.#orders.slice(head),
      running: this.#running?.slice(head).map(sum => sum && folding.save(sum)),
      frontEnd: this.#frontEnd - head,
    }
  }

  static load({ firsts, orders, running, frontEnd }: SavedStacks, folding: Folding): PaneStacks {
    const rows = loadRows(firsts)
    const stacks = new PaneStacks(rows[0]!, orders[0]!)
    stacks.#firsts = rows
    stacks.#orders = orders.slice()
    stacks.#running = running?.map(sum => sum && folding.load(sum))
    stacks.#frontEnd = frontEnd
    return stacks
  }
}

/** A list that has room for many more would be most of what a group that is seldom seen takes. */
function withOneMore<T>(list: T[], item: T): T[] {
  if (list.length < FEW) return [...list, item]
  list.push(item)
  return list
}
