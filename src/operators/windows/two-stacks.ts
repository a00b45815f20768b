// A running aggregate whose rows leave in the order in which they came, made of one whose rows can only be added.

import type { Row } from '../../core/row.ts'
import type { Value } from '../../core/value.ts'
import type { AggregatePlan, RunningAggregate, SlidingAggregate } from '../evaluate.ts'

/** Of the front a total is kept at every so many rows only: those between two are added when they are asked for. */
const STEP = 16

/**
 * Rows come in at the back, which knows their total; they leave at the front, which knows the totals from rows on to its
 * end. When the front has run out, the back becomes the front: so each row is added twice.
 * @see Tangwongsan, Hirzel, Schneider, Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017
 */
export class TwoStacks implements SlidingAggregate {
  readonly #plan: AggregatePlan
  readonly #rows: Iterable<Row>
  /** rows of the front */
  #front = 0
  /** of the last STEP rows of the front, of twice as many, and so on */
  #totals: RunningAggregate[] = []
  #back: RunningAggregate

  /** @param rows those that were added and did not leave, oldest first */
  constructor(plan: AggregatePlan, rows: Iterable<Row>) {
    this.#plan = plan
    this.#rows = rows
    this.#back = plan.begin()
  }

  add(args: Value): void {
    this.#plan.take(this.#back, args)
  }

  remove(): void {
    if (this.#front === 0) return this.#turn()
    if (this.#front % STEP === 0) this.#totals.pop()
    this.#front--
  }

  #turn(): void {
    const plan = this.#plan
    const given = [...this.#given(Number.POSITIVE_INFINITY)]
    this.#front = given.length
    for (let end = given.length; end >= STEP; end -= STEP) {
      const total = plan.begin()
      for (let i = end - STEP; i < end; i++) plan.take(total, given[i]!)
      const later = this.#totals.at(-1)
      if (later) plan.merge(total, later)
      this.#totals.push(total)
    }
    this.#back = plan.begin()
  }

  /** What the oldest rows give, so many at most. */
  *#given(count: number): IterableIterator<Value> {
    if (count === 0) return
    let left = count
    for (const row of this.#rows) {
      const args = this.#plan.read(row)
      if (args === undefined) continue
      yield args
      if (--left === 0) return
    }
  }

  result(): Value {
    if (this.#front === 0) return this.#back.result()
    const whole = this.#plan.begin()
    for (const args of this.#given(this.#front % STEP)) this.#plan.take(whole, args)
    const rest = this.#totals.at(-1)
    if (rest) this.#plan.merge(whole, rest)
    this.#plan.merge(whole, this.#back)
    return whole.result()
  }
}
