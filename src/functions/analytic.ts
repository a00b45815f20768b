// Functions of this row and the rows before it (spec/functions.md 15): lag, latest, changed_col, had_changed.

import { packValue, unpackValue } from '../core/snapshot.ts'
import { deepEqual, isArray, type Value } from '../core/value.ts'
import { booleanOf, countOf } from './arguments.ts'
import type { AnalyticFunction, AnalyticState, Argument, Parameter } from './definition.ts'

/** What a checkpoint may hold, in the words of the interface. */
function packed(value: Value): Value {
  return packValue(value) as Value
}

/** Change is deep equality including kind: a float 1 is not the BIGINT 1. */
function differs(a: Value, b: Value): boolean {
  return typeof a !== typeof b || !deepEqual(a, b)
}

interface LagSnapshot {
  readonly values: readonly unknown[]
  readonly oldest: number
  readonly fallback: unknown
  readonly started: boolean
}

class Lag implements AnalyticState {
  /** the last `offset` values recorded; once full a ring */
  #values: Value[] = []
  /** where the oldest of them is */
  #oldest = 0
  #fallback: Value = null
  #started = false

  next(args: readonly Value[], valid: boolean): Value {
    const offset = args[1] === undefined ? 1 : countOf(args[1], 'the offset of lag')
    const ignoreNull = args[3] === undefined || booleanOf(args[3], 'ignoreNull')
    if (!this.#started) {
      // The default counts as it was on the first row.
      this.#started = true
      this.#fallback = args[2] ?? null
    }
    if (offset <= 0) return null
    const pending = this.#values.length < offset ? this.#fallback : this.#values[this.#oldest]!
    const value = args[0] ?? null
    if (valid && !(value === null && ignoreNull)) this.#record(value, offset)
    return pending
  }

  #record(value: Value, offset: number): void {
    if (this.#values.length === 0) {
      // A literal has room for one; an empty array that grows takes room for 17, in each of many partitions.
      this.#values = [value]
    } else if (this.#values.length < offset) {
      this.#values.push(value)
    } else {
      this.#values[this.#oldest] = value
      this.#oldest = (this.#oldest + 1) % offset
    }
  }

  snapshot(): Value {
    const state: LagSnapshot = {
      values: this.#values.map(packValue),
      oldest: this.#oldest,
      fallback: packValue(this.#fallback),
      started: this.#started,
    }
    return state as unknown as Value
  }

  restore(state: LagSnapshot): void {
    this.#values = state.values.map(unpackValue)
    this.#oldest = state.oldest
    this.#fallback = unpackValue(state.fallback)
    this.#started = state.started
  }
}

class Latest implements AnalyticState {
  #latest: Value = null

  next(args: readonly Value[], valid: boolean): Value {
    const value = args[0] ?? null
    if (valid && value !== null) this.#latest = value
    return this.#latest ?? args[1] ?? null
  }

  snapshot(): Value {
    return packed(this.#latest)
  }

  restore(state: unknown): void {
    this.#latest = unpackValue(state)
  }
}

class ChangedColumn implements AnalyticState {
  #stored: Value = null

  next(args: readonly Value[], valid: boolean): Value {
    const ignoreNull = booleanOf(args[0]!, 'the first argument of changed_col')
    const value = args[1] ?? null
    if (!valid || (ignoreNull && value === null) || !differs(value, this.#stored)) return null
    this.#stored = value
    return value
  }

  snapshot(): Value {
    return packed(this.#stored)
  }

  restore(state: unknown): void {
    this.#stored = unpackValue(state)
  }
}

class HadChanged implements AnalyticState {
  /** one for each argument after the first; null until a value came */
  #stored: Value[] = []

  next(args: readonly Value[], valid: boolean): Value {
    const ignoreNull = booleanOf(args[0]!, 'the first argument of had_changed')
    if (!valid) return false
    let changed = false
    for (let i = 1; i < args.length; i++) {
      const value = args[i] ?? null
      if (ignoreNull && value === null) continue
      if (!differs(value, this.#stored[i - 1] ?? null)) continue
      if (this.#stored.length === 0) this.#stored = new Array(args.length - 1).fill(null)
      this.#stored[i - 1] = value
      changed = true
    }
    return changed
  }

  snapshot(): Value {
    return packed(Array.from(this.#stored, value => value ?? null))
  }

  restore(state: unknown): void {
    const stored = unpackValue(state)
    this.#stored = isArray(stored) ? [...stored] : []
  }
}

const X: Parameter = { name: 'x', kind: 'any' }
const INPUT = [{ x: 1 }, { x: 2 }, { x: null }, { x: 4 }]
const common = { kind: 'analytic', family: 'analytic' } as const

const MOST_ROWS_BACK = 100_000n

function offsetIsCount(args: readonly Argument[]): string | undefined {
  const offset = args[1]?.value
  if (typeof offset !== 'bigint') return undefined
  return offset < 0n || offset > MOST_ROWS_BACK ? `The offset should be 0 to ${MOST_ROWS_BACK}.` : undefined
}

export const analyticFunctions: readonly AnalyticFunction[] = [
  {
    ...common,
    name: 'lag',
    parameters: [
      X,
      { name: 'offset', kind: 'int', optional: true, literal: true },
      { name: 'default', kind: 'any', optional: true },
      { name: 'ignoreNull', kind: 'boolean', optional: true },
    ],
    returns: 'any',
    summary:
      'The value that x had offset rows ago, by default in the row before. While there are too few rows, the default (as it was on the first row), or null. An offset of 0 always gives null.',
    whenNull:
      'a null x is not recorded, and its row gets what the next row will get; with ignoreNull = false it is a value like any other.',
    examples: [
      { sql: 'lag(x)', rows: INPUT, result: [null, 1, 2, 2] },
      { sql: 'lag(x, 2, 0)', rows: [{ x: 1 }, { x: 2 }, { x: 3 }], result: [0, 0, 1] },
      { sql: 'lag(x, 1, 0, false)', rows: INPUT, result: [0, 1, 2, null] },
      {
        sql: 'lag(x) OVER (PARTITION BY d)',
        rows: [
          { d: 'a', x: 1 },
          { d: 'b', x: 2 },
          { d: 'a', x: 3 },
        ],
        result: [null, null, 1],
      },
    ],
    checks: 'the offset is from 0 to 100000.',
    check: offsetIsCount,
    begin: () => new Lag(),
  },
  {
    ...common,
    name: 'latest',
    parameters: [X, { name: 'default', kind: 'any', optional: true }],
    returns: 'any',
    summary:
      'The last value of x that was not null, that of this row included; until there is one, the default, or null.',
    whenNull: 'passed over.',
    examples: [
      { sql: 'latest(x)', rows: INPUT, result: [1, 2, 2, 4] },
      { sql: 'latest(x, 0)', rows: [{ x: null }, { x: 2 }], result: [0, 2] },
    ],
    begin: () => new Latest(),
  },
  {
    ...common,
    name: 'changed_col',
    parameters: [
      { name: 'ignoreNull', kind: 'boolean' },
      { ...X, wildcard: true },
    ],
    returns: 'any',
    summary:
      'x when it differs from the value recorded before, in kind or in content, else null. The first value counts as a change.',
    whenNull: 'with ignoreNull = true a null x is no change and is not recorded; else it is a value like any other.',
    examples: [
      { sql: 'changed_col(true, x)', rows: [...INPUT, { x: 4 }], result: [1, 2, null, 4, null] },
      { sql: 'changed_col(false, x)', rows: [{ x: 1 }, { x: null }, { x: 1 }], result: [1, null, 1] },
    ],
    begin: () => new ChangedColumn(),
  },
  {
    ...common,
    name: 'had_changed',
    parameters: [
      { name: 'ignoreNull', kind: 'boolean' },
      { ...X, wildcard: true, variadic: true },
    ],
    returns: 'boolean',
    summary:
      'Whether any of the arguments (of all columns, with *) differs from its value recorded before. The first value counts as a change.',
    whenNull: 'with ignoreNull = true a null x is no change and is not recorded; else it is a value like any other.',
    examples: [
      { sql: 'had_changed(true, x)', rows: INPUT, result: [true, true, false, true] },
      { sql: 'had_changed(false, x)', rows: [{ x: 1 }, { x: null }, { x: null }], result: [true, true, false] },
    ],
    begin: () => new HadChanged(),
  },
]
