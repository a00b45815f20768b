// The rows of one group in windows that overlap, pane by pane: rows in at the new end, panes out at the old end, and at
// any moment what the rest comes to. Only panes in which the group has rows are here, and one in which it has a single row
// is just that row: groups that are seldom seen take little more than their rows would.

import type { Row } from '../../core/row.ts'
import type { Folding, Running, SavedRunning } from './folding.ts'
import type { RowQueue } from './row-queue.ts'

/** What all groups share. */
export interface Shared {
  readonly folding: Folding
  /** the first rows of all groups in all panes, as they came */
  readonly firsts: RowQueue<never>
}

/** So many rows in a line, each alone in its pane, are taken in one by one rather than summed up beforehand. */
const FEW = 8

/** Lists that are longer are not moved at each drop. */
const MANY = 64

export interface SavedStacks {
  /** places among the first rows of all groups that are held */
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
  /** by pane: number of the group's first row in it */
  #orders: number[]
  /** by pane: what it comes to, in the front with all later ones; undefined: it is its first row. Absent: all are */
  #running: (Running | undefined)[] | undefined
  /** panes before it are gone */
  #head = 0
  /** the back begins here */
  #frontEnd = 0
  /** of the back; undefined while it has few panes, and after a restart until the next */
  #total: Running | undefined

  /** @param orders numbers of its first rows, by pane; from now on its own */
  constructor(orders: number[]) {
    this.#orders = orders
  }

  /** number of the first row */
  get oldest(): number {
    return this.#orders[this.#head]!
  }

  /** number of the first row in the last pane */
  get newest(): number {
    return this.#orders.at(-1)!
  }

  /** @param paneBegin number of the first row of all groups in the row's pane, which is never one before the last */
  add(row: Row, paneBegin: number, shared: Shared): void {
    const open = this.#orders.length - 1
    if (!isBefore(this.#orders[open]!, paneBegin)) {
      shared.folding.add(this.#runningOf(open, shared), row)
      return
    }
    if (this.#total) this.#absorb(this.#total, open, shared)
    else if (open - this.#frontEnd >= FEW) this.#total = this.#sum(this.#frontEnd, open + 1, shared)
    this.#orders = withOneMore(this.#orders, shared.firsts.push(row))
    if (this.#running) this.#running = withOneMore(this.#running, undefined)
  }

  /** Forgets the panes whose rows came before; not all of them do. */
  dropBefore(order: number, shared: Shared): void {
    if (!isBefore(this.#orders[this.#head]!, order)) return
    do this.#head++
    while (isBefore(this.#orders[this.#head]!, order))
    // Of many, moving the rest costs no more than the drops since the last move did; of few, it is nothing.
    if (this.#head * 2 >= this.#orders.length || this.#orders.length <= MANY) this.#move()
    if (this.#head > this.#frontEnd) this.#turn(shared)
  }

  #move(): void {
    const head = this.#head
    this.#orders = this.#orders.slice(head)
    const running = this.#running?.slice(head)
    this.#running = running?.some(sum => sum !== undefined) ? running : undefined
    this.#head = 0
    this.#frontEnd -= head
  }

  /** Makes the back the front. What its panes come to is used up for it. */
  #turn(shared: Shared): void {
    const end = this.#orders.length - 1
    /** the oldest pane so far of which it is known what it and all later ones come to */
    let known = end
    for (let i = end - 1; i >= this.#head; i--) {
      if (this.#running?.[i] === undefined && known - i < FEW) continue
      const sum = this.#runningOf(i, shared)
      for (let j = i + 1; j < known; j++) shared.folding.add(sum, this.#firstOf(j, shared))
      if (known < end) shared.folding.merge(sum, this.#running![known]!)
      known = i
    }
    this.#frontEnd = end
    this.#total = undefined
  }

  /** What all rows come to; its own, to be read or changed at will. */
  whole(shared: Shared): { readonly first: Row; readonly running: Running } {
    const open = this.#orders.length - 1
    const running = shared.folding.begin()
    for (let i = this.#head; i < this.#frontEnd; i++) {
      this.#absorb(running, i, shared)
      if (this.#running?.[i]) break
    }
    if (this.#total) shared.folding.merge(running, this.#total)
    else for (let i = this.#frontEnd; i < open; i++) this.#absorb(running, i, shared)
    this.#absorb(running, open, shared)
    return { first: this.#firstOf(this.#head, shared), running }
  }

  #sum(from: number, to: number, shared: Shared): Running {
    const sum = shared.folding.begin()
    for (let i = from; i < to; i++) this.#absorb(sum, i, shared)
    return sum
  }

  #absorb(sum: Running, i: number, shared: Shared): void {
    const running = this.#running?.[i]
    if (running) shared.folding.merge(sum, running)
    else shared.folding.add(sum, this.#firstOf(i, shared))
  }

  #firstOf(i: number, { firsts }: Shared): Row {
    return firsts.row(this.#orders[i]!)
  }

  #runningOf(i: number, shared: Shared): Running {
    this.#running ??= this.#orders.map(() => undefined)
    let running = this.#running[i]
    if (running === undefined) {
      running = shared.folding.begin()
      shared.folding.add(running, this.#firstOf(i, shared))
      this.#running[i] = running
    }
    return running
  }

  /** @param begin number of the first row that is held */
  save(folding: Folding, begin: number): SavedStacks {
    const head = this.#head
    return {
      orders: this.#orders.slice(head).map(order => (order - begin) | 0),
      running: this.#running?.slice(head).map(sum => sum && folding.save(sum)),
      frontEnd: this.#frontEnd - head,
    }
  }

  static load({ orders, running, frontEnd }: SavedStacks, folding: Folding): PaneStacks {
    const stacks = new PaneStacks(orders.slice())
    stacks.#running = running?.map(sum => sum && folding.load(sum))
    stacks.#frontEnd = frontEnd
    return stacks
  }
}

/** Of numbers in the queue. */
function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}

/** A list that has room for many more would be most of what a group that is seldom seen takes. */
function withOneMore<T>(list: T[], item: T): T[] {
  if (list.length < FEW) return [...list, item]
  list.push(item)
  return list
}
