// The rows of one group of a sliding window in, what each aggregate comes to over them out.

import type { Row } from '../../core/row.ts'
import type { Value } from '../../core/value.ts'
import type { AggregatePlan, SlidingAggregate } from '../evaluate.ts'
import { toError } from './folding.ts'
import type { RowQueue } from './row-queue.ts'

/** In the place of an aggregate: why no window comes to anything while it holds that row. */
class Unreadable {
  readonly error: Error
  readonly number: number

  constructor(error: Error, number: number) {
    this.error = error
    this.number = number
  }
}

export class SlidingGroup {
  readonly key: string
  /** numbers of its oldest and its newest row in the queue */
  first: number
  last: number
  size = 1
  /** by number; undefined: could not follow its rows, and is worked out from them. Absent: so are all */
  following: (SlidingAggregate | Unreadable | undefined)[] | undefined = undefined

  constructor(key: string, number: number) {
    this.key = key
    this.first = number
    this.last = number
  }
}

export type GroupQueue = RowQueue<SlidingGroup>

/** Oldest first. */
class RowsOf implements Iterable<Row> {
  readonly #group: SlidingGroup
  readonly #queue: GroupQueue

  constructor(group: SlidingGroup, queue: GroupQueue) {
    this.#group = group
    this.#queue = queue
  }

  *[Symbol.iterator](): IterableIterator<Row> {
    const { last } = this.#group
    let number = this.#group.first
    while (number !== last) {
      yield this.#queue.row(number)
      number = this.#queue.next(number)
    }
    yield this.#queue.row(last)
  }
}

/** From now on the aggregates take in the rows that come and forget those that go, by their own algebra. */
export function follow(group: SlidingGroup, plans: readonly AggregatePlan[], queue: GroupQueue): void {
  const rows = new RowsOf(group, queue)
  group.following = plans.map(plan => plan.beginSliding!(rows))
  let number = group.first
  for (const row of rows) {
    takeIn(group, number, row, plans)
    if (number !== group.last) number = queue.next(number)
  }
}

export function takeIn(group: SlidingGroup, number: number, row: Row, plans: readonly AggregatePlan[]): void {
  const following = group.following!
  for (let i = 0; i < plans.length; i++) {
    const aggregate = following[i]
    if (aggregate === undefined || aggregate instanceof Unreadable) continue
    let value: Value | undefined
    try {
      value = plans[i]!.read(row)
    } catch (error) {
      following[i] = new Unreadable(toError(error), number)
      continue
    }
    if (value !== undefined && !takes(aggregate, value)) following[i] = undefined
  }
}

/** @param row the oldest, which is in the group no longer */
export function letGo(group: SlidingGroup, row: Row, plans: readonly AggregatePlan[]): void {
  const following = group.following!
  for (let i = 0; i < plans.length; i++) {
    const aggregate = following[i]
    if (aggregate === undefined || aggregate instanceof Unreadable) continue
    // It could be read when it came, so it can now.
    const value = plans[i]!.read(row)
    try {
      if (value !== undefined) aggregate.remove(value)
    } catch {
      following[i] = undefined
    }
  }
}

/** What an aggregate cannot take may do without the rows that are about to leave: the text was no number, but alone. */
function takes(aggregate: SlidingAggregate, value: Value): boolean {
  try {
    aggregate.add(value)
    return true
  } catch {
    return false
  }
}

/**
 * What each aggregate of a group that is followed comes to.
 * @throws what the first row that one of them cannot take makes of it
 */
export function resultsOf(group: SlidingGroup, plans: readonly AggregatePlan[], queue: GroupQueue): Value[] {
  return group.following!.map((aggregate, i) => {
    if (aggregate instanceof Unreadable) {
      if (((aggregate.number - group.first) | 0) >= 0) throw aggregate.error
    } else if (aggregate !== undefined) {
      try {
        return aggregate.result()
      } catch {
        // The rows say which of them is to blame.
      }
    }
    return anew(group, i, plans[i]!, queue)
  })
}

/** From the rows that are there; when that can be done, the aggregate follows them again. */
function anew(group: SlidingGroup, i: number, plan: AggregatePlan, queue: GroupQueue): Value {
  const rows = new RowsOf(group, queue)
  const running = plan.begin()
  const following = plan.beginSliding!(rows)
  let canFollow = true
  for (const row of rows) {
    const value = plan.read(row)
    if (value === undefined) continue
    plan.take(running, value)
    canFollow &&= takes(following, value)
  }
  group.following![i] = canFollow ? following : undefined
  return running.result()
}
