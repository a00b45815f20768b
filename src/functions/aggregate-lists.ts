// Aggregates that keep values or rows (spec/functions.md 14): collect, merge_agg, deduplicate, median, percentiles.
// Of them only merge_agg merges: the others would gain nothing by it, they keep as much as the rows (`holds`).

import { RowError } from '../core/errors.ts'
import { packValue, unpackValue } from '../core/snapshot.ts'
import { describe, looseText } from '../core/text.ts'
import { isStruct, setOwn, type Value, type Values, widen } from '../core/value.ts'
import { booleanOf, floatOf } from './arguments.ts'
import type { Accumulator, AggregateFunction, Parameter } from './definition.ts'

const X: Parameter = { name: 'x', kind: 'any' }

class Collect implements Accumulator {
  #values: Value[] = []

  add(value: Value): void {
    this.#values.push(value)
  }

  result(): Value {
    return this.#values
  }

  snapshot(): unknown {
    return this.#values.map(packValue)
  }

  restore(state: readonly unknown[]): void {
    this.#values = state.map(unpackValue)
  }
}

function copyOf(merged: Record<string, Value> | null): Record<string, Value> | null {
  return merged && { ...merged }
}

/** Its memory is that of the different names, not of the rows. */
class Merge implements Accumulator {
  #merged: Record<string, Value> | null = null

  add(value: Value): void {
    if (!isStruct(value)) return
    this.#merged ??= {}
    for (const name of Object.keys(value)) setOwn(this.#merged, name, value[name]!)
  }

  merge(later: Merge): void {
    this.add(later.#merged)
  }

  result(): Value {
    return copyOf(this.#merged)
  }

  snapshot(): unknown {
    return packValue(copyOf(this.#merged))
  }

  restore(state: unknown): void {
    this.#merged = copyOf(unpackValue(state) as Record<string, Value> | null)
  }
}

/** Rows whose value was not seen before, told apart by text form. */
class Deduplicate implements Accumulator {
  #seen = new Set<string | null>()
  #rows: Value[] = []
  /** the last row, if its value was new */
  #last: Value = null
  #all = false

  add(value: Value, all: Value, row: Values): void {
    this.#all = booleanOf(all, 'the second argument of deduplicate')
    const key = value === null ? null : looseText(value)
    const isNew = !this.#seen.has(key)
    if (isNew) this.#seen.add(key)
    if (isNew && this.#all) this.#rows.push(row)
    this.#last = isNew ? row : null
  }

  result(): Value {
    if (this.#seen.size === 0) return null
    return this.#all ? this.#rows : this.#last
  }

  snapshot(): unknown {
    return { seen: [...this.#seen], rows: this.#rows.map(packValue), last: packValue(this.#last), all: this.#all }
  }

  restore(state: { seen: (string | null)[]; rows: unknown[]; last: unknown; all: boolean }): void {
    this.#seen = new Set(state.seen)
    this.#rows = state.rows.map(unpackValue)
    this.#last = unpackValue(state.last)
    this.#all = state.all
  }
}

class Median implements Accumulator {
  #values: (number | bigint)[] = []
  #hasFloat = false

  add(value: Value): void {
    if (value === null && this.#values.length > 0) return
    if (typeof value !== 'number' && typeof value !== 'bigint') {
      throw new RowError(`requires numbers but found ${describe(value)}`)
    }
    if (typeof value === 'number') this.#hasFloat = true
    this.#values.push(value)
  }

  result(): Value {
    const sorted = this.#values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    if (sorted.length === 0) return null
    const upper = sorted[Math.floor(sorted.length / 2)]!
    if (sorted.length % 2 === 1) return this.#hasFloat && typeof upper === 'bigint' ? widen(upper) : upper
    const lower = sorted[sorted.length / 2 - 1]!
    if (typeof upper === 'bigint' && typeof lower === 'bigint') return Number(lower + upper) / 2
    return Number(lower) / 2 + Number(upper) / 2
  }

  snapshot(): unknown {
    return [this.#values.slice(), this.#hasFloat]
  }

  restore(state: [(number | bigint)[], boolean]): void {
    this.#values = state[0].slice()
    this.#hasFloat = state[1]
  }
}

/** Chooses from at least one number, in ascending order. */
type Choose = (sorted: Float64Array, fraction: number) => number

class Percentile implements Accumulator {
  readonly #choose: Choose
  #numbers: number[] = []
  #fraction = 0

  constructor(choose: Choose) {
    this.#choose = choose
  }

  add(value: Value, fraction: Value): void {
    if (value === null) return
    const p = floatOf(fraction)
    if (!(p >= 0 && p <= 1)) throw new RowError(`the percentile should be from 0 to 1 but got ${looseText(p)}`)
    this.#numbers.push(numberOf(value))
    this.#fraction = p
  }

  result(): Value {
    return this.#numbers.length === 0 ? null : this.#choose(Float64Array.from(this.#numbers).sort(), this.#fraction)
  }

  snapshot(): unknown {
    return [Float64Array.from(this.#numbers), this.#fraction]
  }

  restore(state: [Float64Array, number]): void {
    this.#numbers = Array.from(state[0])
    this.#fraction = state[1]
  }
}

function numberOf(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  throw new RowError(`requires numbers but found ${describe(value)}`)
}

/** Not the interpolation of the SQL standard: see spec/functions.md 14. */
function continuous(sorted: Float64Array, fraction: number): number {
  if (sorted.length === 1) return sorted[0]!
  const at = fraction * sorted.length
  if (Number.isInteger(at) && at >= 1) return sorted[at - 1]!
  if (at <= 1) throw new RowError(`the percentile ${looseText(fraction)} is too small for ${sorted.length} values`)
  const lower = Math.floor(at)
  // Halves first: the sum of two doubles can be beyond all of them.
  return sorted[lower - 1]! / 2 + sorted[lower]! / 2
}

function nearestRank(sorted: Float64Array, fraction: number): number {
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)]!
}

const ROWS = [{ x: 1 }, { x: 2 }, { x: null }, { x: 4 }]
const NUMBERS = [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }]
const FRACTION: Parameter = { name: 'p', kind: 'number' }
const common = { kind: 'aggregate', family: 'aggregate' } as const

export const aggregateListFunctions: readonly AggregateFunction[] = [
  {
    ...common,
    name: 'collect',
    parameters: [{ ...X, wildcard: true }],
    returns: 'array',
    summary: 'All values as an array, in the order of the rows; with * all rows as objects. No rows give [].',
    whenNull: 'kept.',
    examples: [
      { sql: 'collect(x)', rows: ROWS, result: [1, 2, null, 4] },
      { sql: 'collect(*)', rows: [{ x: 1 }, { x: 2 }], result: [{ x: 1 }, { x: 2 }] },
    ],
    holds: 'every value',
    begin: () => new Collect(),
  },
  {
    ...common,
    name: 'merge_agg',
    parameters: [{ ...X, wildcard: true }],
    returns: 'object',
    summary:
      'One object with the entries of all objects, merged in the order of the rows; of equal keys the last wins. With * the rows themselves are merged. Objects inside them are not merged.',
    whenNull: 'passed over, as is everything else that is no object; when nothing is left, the result is null.',
    examples: [
      { sql: 'merge_agg(x)', rows: [{ x: { a: 1 } }, { x: { b: 2 } }], result: { a: 1, b: 2 } },
      { sql: 'merge_agg(x)', rows: [{ x: null }, { x: 1 }], result: null },
    ],
    begin: () => new Merge(),
  },
  {
    ...common,
    name: 'deduplicate',
    parameters: [
      { name: 'x', kind: 'any' },
      { name: 'all', kind: 'boolean' },
    ],
    returns: 'any',
    summary:
      'With all = true the first row for each distinct value of x, as an array of objects; with all = false the last row, as an object, if its x is new in the window, else null. Values are compared as text.',
    whenNull: 'a value like any other.',
    examples: [
      { sql: 'deduplicate(x, true)', rows: [{ x: 1 }, { x: 2 }, { x: 1 }], result: [{ x: 1 }, { x: 2 }] },
      { sql: 'deduplicate(x, false)', rows: [{ x: 1 }, { x: 2 }, { x: 1 }], result: null },
    ],
    takesRow: true,
    holds: 'every different value',
    begin: () => new Deduplicate(),
  },
  {
    ...common,
    name: 'median',
    parameters: [{ name: 'x', kind: 'number' }],
    returns: 'number',
    summary:
      'The value in the middle when they are sorted, or the mean of the two in the middle. Of ints an odd number of values gives an int, else a float.',
    whenNull: 'passed over, but an error when the first value is null.',
    examples: [
      { sql: 'median(x)', rows: [{ x: 4 }, { x: 1 }, { x: 2 }], ints: ['x'], result: 2 },
      { sql: 'median(x)', rows: NUMBERS, ints: ['x'], result: 2.5 },
      { sql: 'median(x)', rows: [{ x: null }, { x: 1 }], error: 'requires numbers but found null' },
    ],
    holds: 'every value',
    begin: () => new Median(),
  },
  {
    ...common,
    name: 'percentile_cont',
    parameters: [{ name: 'x', kind: 'number' }, FRACTION],
    returns: 'float',
    summary:
      'The value below which the fraction p of the values lies, p above 0 and at most 1; between two values their mean, which is not the interpolation of standard SQL. A p too small for so few values is an error.',
    examples: [
      { sql: 'percentile_cont(x, 0.5)', rows: NUMBERS, result: 2 },
      { sql: 'percentile_cont(x, 0.6)', rows: NUMBERS, result: 2.5 },
      { sql: 'percentile_cont(x, 0.1)', rows: NUMBERS, error: 'is too small for 4 values' },
    ],
    holds: 'every value',
    begin: () => new Percentile(continuous),
  },
  {
    ...common,
    name: 'percentile_disc',
    parameters: [{ name: 'x', kind: 'number' }, FRACTION],
    returns: 'float',
    summary:
      'The value that is nearest in rank to the fraction p of the sorted values, p from 0 to 1; always one of the values.',
    examples: [
      { sql: 'percentile_disc(x, 0.6)', rows: NUMBERS, result: 3 },
      { sql: 'percentile_disc(x, 2)', rows: NUMBERS, error: 'the percentile should be from 0 to 1' },
    ],
    holds: 'every value',
    begin: () => new Percentile(nearestRank),
  },
]
