// Running totals over the life of a rule (spec/functions.md 16): acc_count, acc_sum, acc_avg, acc_max, acc_min.

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import { booleanOf } from './arguments.ts'
import type { AnalyticFunction, AnalyticState, Argument, Example, Parameter } from './definition.ts'

/** One running figure; starts anew with `reset`. */
interface Figure {
  /** @param value never null */
  add(value: Value): void
  value(): Value
  reset(): void
  snapshot(): readonly number[]
  restore(state: readonly number[]): void
}

function numberOf(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  throw new RowError(`the value should be number but got ${describe(value)}`)
}

class CountFigure implements Figure {
  #count = 0

  add(): void {
    this.#count++
  }

  value(): Value {
    return BigInt(this.#count)
  }

  reset(): void {
    this.#count = 0
  }

  snapshot(): readonly number[] {
    return [this.#count]
  }

  restore([count]: readonly number[]): void {
    this.#count = count!
  }
}

class SumFigure implements Figure {
  readonly #mean: boolean
  #count = 0
  #sum = 0

  constructor(mean: boolean) {
    this.#mean = mean
  }

  add(value: Value): void {
    this.#sum += numberOf(value)
    this.#count++
  }

  value(): Value {
    if (!Number.isFinite(this.#sum)) return null
    return this.#mean && this.#count > 0 ? this.#sum / this.#count : this.#sum
  }

  reset(): void {
    this.#count = 0
    this.#sum = 0
  }

  snapshot(): readonly number[] {
    return [this.#count, this.#sum]
  }

  restore([count, sum]: readonly number[]): void {
    this.#count = count!
    this.#sum = sum!
  }
}

class ExtremeFigure implements Figure {
  readonly #sign: 1 | -1
  #count = 0
  #best = 0

  constructor(sign: 1 | -1) {
    this.#sign = sign
  }

  add(value: Value): void {
    const number = numberOf(value)
    if (this.#count === 0 || (number - this.#best) * this.#sign > 0) this.#best = number
    this.#count++
  }

  value(): Value {
    return this.#best
  }

  reset(): void {
    this.#count = 0
    this.#best = 0
  }

  snapshot(): readonly number[] {
    return [this.#count, this.#best]
  }

  restore([count, best]: readonly number[]): void {
    this.#count = count!
    this.#best = best!
  }
}

interface Snapshot {
  readonly figure: readonly number[]
  readonly running: boolean
}

/** A figure between the rows where onBegin and onReset are true, both included; without them over all rows. */
class Accumulate implements AnalyticState {
  readonly #figure: Figure
  #running = false

  constructor(figure: Figure) {
    this.#figure = figure
  }

  next(args: readonly Value[], valid: boolean): Value {
    const value = args[0] ?? null
    if (!valid) return this.#figure.value()
    if (args.length < 3) {
      if (value !== null) this.#figure.add(value)
      return this.#figure.value()
    }
    const begins = booleanOf(args[1]!, 'onBegin')
    const resets = booleanOf(args[2]!, 'onReset')
    if (!this.#running && !begins) return this.#figure.value()
    if (value !== null) this.#figure.add(value)
    this.#running = !resets
    const result = this.#figure.value()
    if (resets) this.#figure.reset()
    return result
  }

  snapshot(): Value {
    return { figure: this.#figure.snapshot(), running: this.#running }
  }

  restore(state: Snapshot): void {
    this.#figure.restore(state.figure)
    this.#running = state.running
  }
}

function oneOrThree(args: readonly Argument[]): string | undefined {
  return args.length === 2 ? 'Expect 1 or 3 arguments but found 2.' : undefined
}

const BOUNDS: readonly Parameter[] = [
  { name: 'onBegin', kind: 'boolean', optional: true },
  { name: 'onReset', kind: 'boolean', optional: true },
]

function accumulating(
  name: string,
  kind: 'any' | 'number',
  summary: string,
  begin: () => Figure,
  examples: readonly Example[],
): AnalyticFunction {
  return {
    kind: 'analytic',
    family: 'analytic',
    name,
    parameters: [{ name: 'x', kind }, ...BOUNDS],
    returns: name === 'acc_count' ? 'int' : 'float',
    summary: `${summary} With onBegin and onReset it begins on a row where onBegin is true and ends after one where onReset is true, both rows included; outside it is 0.`,
    whenNull: 'a null x is passed over; a null onBegin or onReset is an error.',
    examples,
    checks: 'onBegin and onReset are given together.',
    check: oneOrThree,
    begin: () => new Accumulate(begin()),
  }
}

const ROWS = [{ x: 1 }, { x: 2 }, { x: null }, { x: 4 }]
const SPAN = [
  { x: 1, a: false, b: false },
  { x: 2, a: true, b: false },
  { x: 3, a: false, b: true },
  { x: 4, a: false, b: false },
]

export const accumulateFunctions: readonly AnalyticFunction[] = [
  accumulating(
    'acc_count',
    'any',
    'How many values of x that are not null the rule has seen so far.',
    () => new CountFigure(),
    [
      { sql: 'acc_count(x)', rows: ROWS, result: [1, 2, 2, 3] },
      { sql: 'acc_count(x, a, b)', rows: SPAN, result: [0, 1, 2, 0] },
    ],
  ),
  accumulating(
    'acc_sum',
    'number',
    'The sum, a float, of the values of x that the rule has seen so far.',
    () => new SumFigure(false),
    [
      { sql: 'acc_sum(x)', rows: ROWS, result: [1, 3, 3, 7] },
      { sql: 'acc_sum(x, a, b)', rows: SPAN, result: [0, 2, 5, 0] },
    ],
  ),
  accumulating(
    'acc_avg',
    'number',
    'The mean of the values of x that the rule has seen so far.',
    () => new SumFigure(true),
    [
      { sql: 'acc_avg(x)', rows: ROWS, result: [1, 1.5, 1.5, 2.3333333333333335] },
      { sql: 'acc_avg(x, a, b)', rows: SPAN, result: [0, 2, 2.5, 0] },
    ],
  ),
  accumulating(
    'acc_max',
    'number',
    'The largest value of x, a float, that the rule has seen so far.',
    () => new ExtremeFigure(1),
    [
      { sql: 'acc_max(x)', rows: ROWS, result: [1, 2, 2, 4] },
      { sql: 'acc_max(x, a, b)', rows: SPAN, result: [0, 2, 3, 0] },
    ],
  ),
  accumulating(
    'acc_min',
    'number',
    'The smallest value of x, a float, that the rule has seen so far.',
    () => new ExtremeFigure(-1),
    [
      { sql: 'acc_min(x)', rows: ROWS, result: [1, 1, 1, 1] },
      { sql: 'acc_min(x)', rows: [{ x: 'a' }], error: 'the value should be number' },
    ],
  ),
]
