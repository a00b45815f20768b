// Rows in; the same rows out with the results of lag(), latest(), acc_sum() … in their slots (spec/functions.md 15, 16).

import type { Row } from '../core/row.ts'
import type { Cell, Value } from '../core/value.ts'
import type { Evaluate, Resumable } from './evaluate.ts'
import type { Operator, Output } from './operator.ts'

interface CallState {
  next(args: readonly Value[], valid: boolean): Value
  snapshot(): Value
  restore(state: any): void
}

export interface AnalyticPlan {
  readonly slot: number
  /** runs on rows of this source only; undefined: all */
  readonly source: number | undefined
  readonly args: readonly Evaluate[]
  /** key of the partition; undefined: one for all */
  readonly partition: ((row: Row) => string) | undefined
  readonly when: Evaluate | undefined
  begin(): CallState
  readonly text: string
}

/** Runs the analytic calls in order, so that inner calls are there when outer ones need them. */
export class Analytic implements Operator {
  readonly #plans: readonly AnalyticPlan[]
  readonly #states: Map<string, CallState>[]

  constructor(plans: readonly AnalyticPlan[]) {
    this.#plans = plans
    this.#states = plans.map(() => new Map<string, CallState>())
  }

  onRow(row: Row, out: Output): void {
    row.slots ??= []
    for (let i = 0; i < this.#plans.length; i++) {
      const plan = this.#plans[i]!
      if (plan.source !== undefined && plan.source !== row.source) continue
      row.slots[plan.slot] = this.#run(plan, this.#states[i]!, row)
    }
    out.row(row)
  }

  #run(plan: AnalyticPlan, states: Map<string, CallState>, row: Row): Value {
    const key = plan.partition ? plan.partition(row) : ''
    let state = states.get(key)
    if (!state) {
      state = plan.begin()
      states.set(key, state)
    }
    // Only a WHEN that is exactly false makes the row invalid.
    const valid = plan.when === undefined || plan.when(row) !== false
    const args: Value[] = []
    for (let i = 0; i < plan.args.length; i++) args.push(plan.args[i]!(row) ?? null)
    return state.next(args, valid)
  }

  /** Each call by itself: one may change while the others go on. */
  parts(): ReadonlyMap<string, Resumable> {
    return new Map(this.#plans.map((plan, i) => [`analytic:${i}`, this.#part(plan, this.#states[i]!)]))
  }

  #part(plan: AnalyticPlan, states: Map<string, CallState>): Resumable {
    return {
      snapshot: () => [...states].map(([key, state]) => [key, state.snapshot()] as const),
      restore: (saved: readonly (readonly [key: string, state: Cell])[]) => {
        states.clear()
        for (const [key, state] of saved) {
          const call = plan.begin()
          call.restore(state)
          states.set(key, call)
        }
      },
    }
  }
}
