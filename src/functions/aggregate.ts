// Aggregates that keep next to nothing (spec/functions.md 14): count, sum, avg, min, max, last_value, variances.
//
// They are the hot path of windows: one small class each, no closures, no allocation for a row if it can be helped.
// A value an aggregate cannot take throws from `add` and leaves the accumulator as it was.

import { RowError } from '../core/errors.ts'
import { packValue, unpackValue } from '../core/snapshot.ts'
import { describe } from '../core/text.ts'
import { compareText, toInt64, type Value, widen } from '../core/value.ts'
import { booleanOf } from './arguments.ts'
import type { Accumulator, AggregateFunction, Example, Parameter } from './definition.ts'
import { Moments } from './moments.ts'

const X: Parameter = { name: 'x', kind: 'any' }
const NUMBER: Parameter = { name: 'x', kind: 'number' }
const ROWS = [{ x: 1 }, { x: 2 }, { x: null }, { x: 4 }]

function aggregate(
  name: string,
  returns: string,
  summary: string,
  begin: () => Accumulator,
  examples: readonly Example[],
  parameters: readonly Parameter[] = [X],
  whenNull?: string,
): AggregateFunction {
  const notes = whenNull === undefined ? {} : { whenNull }
  return { kind: 'aggregate', name, family: 'aggregate', parameters, returns, summary, ...notes, examples, begin }
}

class Count implements Accumulator {
  #rows = 0
  #count = 0

  add(value: Value): void {
    this.#rows++
    if (value !== null) this.#count++
  }

  result(): Value {
    return this.#rows === 0 ? null : BigInt(this.#count)
  }

  snapshot(): unknown {
    return [this.#rows, this.#count]
  }

  restore(state: [number, number]): void {
    ;[this.#rows, this.#count] = state
  }
}

/**
 * The sum of the numbers so far. Integers are added as doubles while that is exact, which is far cheaper than BigInt.
 * @see spec/functions.md 14 kind rule: ints alone give an int, a float among them makes the result a float
 */
class Sum implements Accumulator {
  protected count = 0
  #small = 0
  #large = 0n
  #floats = 0
  protected hasFloat = false

  add(value: Value): void {
    if (typeof value === 'number') {
      this.#floats += value
      this.hasFloat = true
    } else if (typeof value === 'bigint') {
      this.#addInteger(value)
    } else {
      if (value === null) return
      throw new RowError(`found invalid arg ${describe(value)}`)
    }
    this.count++
  }

  #addInteger(value: bigint): void {
    const step = Number(value)
    const small = this.#small + step
    if (Number.isSafeInteger(step) && Number.isSafeInteger(small)) this.#small = small
    else this.#large += value
  }

  protected integers(): bigint {
    return this.#large + BigInt(this.#small)
  }

  protected floats(): number {
    return this.#floats + Number(this.integers())
  }

  result(): Value {
    if (this.count === 0) return null
    if (!this.hasFloat) return toInt64(this.integers())
    const sum = this.floats()
    return Number.isFinite(sum) ? sum : null
  }

  snapshot(): unknown {
    return [this.count, this.#small, this.#large, this.#floats, this.hasFloat]
  }

  restore(state: [number, number, bigint, number, boolean]): void {
    ;[this.count, this.#small, this.#large, this.#floats, this.hasFloat] = state
  }
}

/** Integers alone divide as integers, toward zero. */
class Average extends Sum {
  override result(): Value {
    if (this.count === 0) return null
    if (!this.hasFloat) return toInt64(this.integers() / BigInt(this.count))
    const mean = this.floats() / this.count
    return Number.isFinite(mean) ? mean : null
  }
}

/** The largest or smallest of numbers, or of texts. A float among integers makes the result a float. */
class Extreme implements Accumulator {
  readonly #sign: 1 | -1
  #best: number | bigint | string | null = null
  #hasFloat = false

  /** @param sign 1 for the largest, -1 for the smallest */
  constructor(sign: 1 | -1) {
    this.#sign = sign
  }

  add(value: Value): void {
    const best = this.#best
    switch (typeof value) {
      case 'number':
      case 'bigint':
        if (typeof best === 'string') throw new RowError(`requires string but found ${describe(value)}`)
        if (typeof value === 'number') this.#hasFloat = true
        if (best === null || (this.#sign > 0 ? value > best : value < best)) this.#best = value
        return
      case 'string':
        if (typeof best !== 'string' && best !== null)
          throw new RowError(`requires number but found ${describe(value)}`)
        if (best === null || compareText(value, best as string) * this.#sign > 0) this.#best = value
        return
      default:
        if (value !== null) throw new RowError(`found invalid arg ${describe(value)}`)
    }
  }

  result(): Value {
    return this.#hasFloat && typeof this.#best === 'bigint' ? widen(this.#best) : this.#best
  }

  snapshot(): unknown {
    return [this.#best, this.#hasFloat]
  }

  restore(state: [number | bigint | string | null, boolean]): void {
    ;[this.#best, this.#hasFloat] = state
  }
}

class LastValue implements Accumulator {
  #last: Value = null

  add(value: Value, ignoreNull: Value): void {
    if (value !== null || !booleanOf(ignoreNull, 'the second argument of last_value')) this.#last = value
  }

  result(): Value {
    return this.#last
  }

  snapshot(): unknown {
    return packValue(this.#last)
  }

  restore(state: unknown): void {
    this.#last = unpackValue(state)
  }
}

/** Variance or standard deviation, of the population or of a sample. */
class Spread implements Accumulator {
  readonly #moments = new Moments()
  readonly #sample: boolean
  readonly #root: boolean

  constructor(sample: boolean, root: boolean) {
    this.#sample = sample
    this.#root = root
  }

  add(value: Value): void {
    if (typeof value === 'number') this.#moments.add(value)
    else if (typeof value === 'bigint') this.#moments.add(Number(value))
    else if (value !== null) throw new RowError(`requires numbers but found ${describe(value)}`)
  }

  result(): Value {
    const variance = this.#moments.variance(this.#sample)
    if (!Number.isFinite(variance)) return null
    return this.#root ? Math.sqrt(variance) : variance
  }

  snapshot(): unknown {
    return this.#moments.snapshot()
  }

  restore(state: [number, number, number]): void {
    this.#moments.restore(state)
  }
}

const NUMBERS = [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }]

export const aggregateFunctions: readonly AggregateFunction[] = [
  aggregate(
    'count',
    'int',
    '`count(*)` is the number of rows, `count(x)` the number of values that are not null. Without any rows the result is null, not 0.',
    () => new Count(),
    [
      { sql: 'count(*)', rows: ROWS, result: 4 },
      { sql: 'count(x)', rows: ROWS, result: 3 },
      { sql: 'count(*) FILTER (WHERE x > 1)', rows: ROWS, result: 2 },
    ],
    [{ ...X, wildcard: 'each' }],
    'not counted by `count(x)`.',
  ),
  aggregate(
    'sum',
    'number',
    'The sum of the values: an int when all of them are ints, else a float. Values that are no numbers are an error.',
    () => new Sum(),
    [
      { sql: 'sum(x)', rows: ROWS, ints: ['x'], result: 7 },
      { sql: 'sum(x)', rows: [{ x: 'a' }], error: 'found invalid arg string(a)' },
    ],
    [NUMBER],
  ),
  aggregate(
    'avg',
    'number',
    'The mean of the values. Of ints alone it is an int, its fraction cut off; with a float among them a float.',
    () => new Average(),
    [
      { sql: 'avg(x)', rows: ROWS, ints: ['x'], result: 2 },
      { sql: 'avg(x)', rows: [{ x: 1 }, { x: 2 }], result: 1.5 },
      { sql: 'avg(x)', rows: [{ x: null }], result: null },
    ],
    [NUMBER],
  ),
  aggregate(
    'max',
    'any',
    'The largest of the values, which are numbers or texts; both mixed are an error. Ints and floats mixed give a float.',
    () => new Extreme(1),
    [
      { sql: 'max(x)', rows: ROWS, result: 4 },
      { sql: 'max(x)', rows: [{ x: 'a' }, { x: 'b' }], result: 'b' },
    ],
  ),
  aggregate(
    'min',
    'any',
    'The smallest of the values, which are numbers or texts; both mixed are an error. Ints and floats mixed give a float.',
    () => new Extreme(-1),
    [
      { sql: 'min(x)', rows: ROWS, result: 1 },
      { sql: 'min(x)', rows: [{ x: null }], result: null },
    ],
  ),
  aggregate(
    'last_value',
    'any',
    'The value of the last row; with ignoreNull of the last row where it is not null. With * the row itself.',
    () => new LastValue(),
    [
      { sql: 'last_value(x, true)', rows: [{ x: 1 }, { x: 4 }, { x: null }], result: 4 },
      { sql: 'last_value(x, false)', rows: [{ x: 1 }, { x: null }], result: null },
    ],
    [
      { ...X, wildcard: true },
      { name: 'ignoreNull', kind: 'boolean', literal: true },
    ],
    'passed over when ignoreNull is true, else a value like any other.',
  ),
  aggregate(
    'stddev',
    'float',
    'The standard deviation of the values, taken as the whole population: the root of their mean squared distance from the mean.',
    () => new Spread(false, true),
    [
      { sql: 'stddev(x)', rows: NUMBERS, result: 1.118033988749895 },
      { sql: 'stddev(x)', rows: [{ x: 1 }], result: 0 },
    ],
    [NUMBER],
  ),
  aggregate(
    'stddevs',
    'float',
    'The standard deviation of the values, taken as a sample (divided by n - 1); null for a single value.',
    () => new Spread(true, true),
    [
      { sql: 'stddevs(x)', rows: NUMBERS, result: 1.2909944487358056 },
      { sql: 'stddevs(x)', rows: [{ x: 1 }], result: null },
    ],
    [NUMBER],
  ),
  aggregate(
    'var',
    'float',
    'The variance of the values, taken as the whole population: their mean squared distance from the mean.',
    () => new Spread(false, false),
    [
      { sql: 'var(x)', rows: NUMBERS, result: 1.25 },
      { sql: 'var(x)', rows: [{ x: 'a' }], error: 'requires numbers but found string(a)' },
    ],
    [NUMBER],
  ),
  aggregate(
    'vars',
    'float',
    'The variance of the values, taken as a sample (divided by n - 1); null for a single value.',
    () => new Spread(true, false),
    [
      { sql: 'vars(x)', rows: NUMBERS, result: 1.6666666666666667 },
      { sql: 'vars(x)', rows: [{ x: 1 }], result: null },
    ],
    [NUMBER],
  ),
]
