// Aggregates that keep next to nothing (spec/functions.md 14): count, sum, avg, min, max, last_value, variances.
//
// They are the hot path of windows: one small class each, no closures, no allocation for a row if it can be helped.
// A value an aggregate cannot take throws from `add` and leaves the accumulator as it was. All of them merge.

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import type { Accumulator, AggregateFunction, Example, Parameter } from './definition.ts'
import { Extreme, LastValue, SlidingExtreme } from './extremes.ts'
import { Moments } from './moments.ts'
import { Average, Count, Sum } from './totals.ts'

const X: Parameter = { name: 'x', kind: 'any' }
const NUMBER: Parameter = { name: 'x', kind: 'number' }
const ROWS = [{ x: 1 }, { x: 2 }, { x: null }, { x: 4 }]

type More = Partial<Pick<AggregateFunction, 'parameters' | 'whenNull' | 'sliding'>>

function aggregate(
  name: string,
  returns: string,
  summary: string,
  begin: () => Accumulator,
  examples: readonly Example[],
  more: More = {},
): AggregateFunction {
  return { kind: 'aggregate', name, family: 'aggregate', parameters: [X], returns, summary, ...more, examples, begin }
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

  merge(later: Spread): void {
    this.#moments.merge(later.#moments)
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
    {
      parameters: [{ ...X, wildcard: 'each' }],
      whenNull: 'not counted by `count(x)`.',
      sliding: { by: 'invertible', begin: () => new Count() },
    },
  ),
  aggregate(
    'sum',
    'number',
    'The sum of the values: an int when all of them are ints, else a float, rounded once: the order of the rows makes no difference to it. Values that are no numbers are an error.',
    () => new Sum(),
    [
      { sql: 'sum(x)', rows: ROWS, ints: ['x'], result: 7 },
      { sql: 'sum(x)', rows: [{ x: 'a' }], error: 'found invalid arg string(a)' },
    ],
    { parameters: [NUMBER], sliding: { by: 'invertible', begin: () => new Sum() } },
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
    { parameters: [NUMBER], sliding: { by: 'invertible', begin: () => new Average() } },
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
    { sliding: { by: 'monotonic', begin: () => new SlidingExtreme(1) } },
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
    { sliding: { by: 'monotonic', begin: () => new SlidingExtreme(-1) } },
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
    {
      parameters: [
        { ...X, wildcard: true },
        { name: 'ignoreNull', kind: 'boolean', literal: true },
      ],
      whenNull: 'passed over when ignoreNull is true, else a value like any other.',
      sliding: { by: 'monotonic', begin: () => new LastValue() },
    },
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
    { parameters: [NUMBER] },
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
    { parameters: [NUMBER] },
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
    { parameters: [NUMBER] },
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
    { parameters: [NUMBER] },
  ),
]
