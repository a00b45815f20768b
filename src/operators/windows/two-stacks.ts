// A running aggregate whose rows leave in the order in which they came, made of one whose rows can only be added.

import { loadValue, saveValue } from '../../core/snapshot.ts'
import type { Value } from '../../core/value.ts'
import type { AggregatePlan, RunningAggregate, SlidingAggregate } from '../evaluate.ts'

interface Saved {
  readonly front: readonly unknown[]
  readonly back: readonly unknown[]
  readonly total: unknown
}

/**
 * Rows come in at the back, which knows their total; they leave at the front, which knows the total from each row on.
 * When the front has run out, the back becomes the front: so each row is added twice and merged once.
 * @see Tangwongsan, Hirzel, Schneider, Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017
 */
export class TwoStacks implements SlidingAggregate {
  readonly #plan: AggregatePlan
  /** the last is that of the oldest row and all after it, up to the end of the front */
  #front: RunningAggregate[] = []
  /** arguments of the rows of the back */
  #back: Value[] = []
  #total: RunningAggregate

  constructor(plan: AggregatePlan) {
    this.#plan = plan
    this.#total = plan.begin()
  }

  add(args: Value): void {
    this.#plan.take(this.#total, args)
    this.#back.push(args)
  }

  remove(): void {
    if (this.#front.length === 0) this.#turn()
    this.#front.pop()
  }

  #turn(): void {
    let later: RunningAggregate | undefined
    for (let i = this.#back.length - 1; i >= 0; i--) {
      const from = this.#plan.begin()
      this.#plan.take(from, this.#back[i]!)
      if (later) from.merge!(later)
      this.#front.push(from)
      later = from
    }
    this.#back = []
    this.#total = this.#plan.begin()
  }

  result(): Value {
    const oldest = this.#front.at(-1)
    if (!oldest) return this.#total.result()
    const whole = this.#plan.begin()
    whole.merge!(oldest)
    whole.merge!(this.#total)
    return whole.result()
  }

  snapshot(): Saved {
    return {
      front: this.#front.map(aggregate => saveValue(aggregate.snapshot!())),
      back: this.#back.map(saveValue),
      total: saveValue(this.#total.snapshot!()),
    }
  }

  restore(saved: Saved): void {
    const load = (state: unknown) => {
      const aggregate = this.#plan.begin()
      aggregate.restore!(loadValue(state))
      return aggregate
    }
    this.#front = saved.front.map(load)
    this.#back = saved.back.map(args => loadValue(args) as Value)
    this.#total = load(saved.total)
  }
}
