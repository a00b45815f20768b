// ORDER BY: stable, nulls last in both directions, later keys decide ties (spec/sql.md 4.8, with its fixes).

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import { type Cell, compareText, kindOf } from '../core/value.ts'
import type { Evaluate } from './evaluate.ts'

export interface OrderKey {
  readonly evaluate: Evaluate
  readonly descending: boolean
}

/** Sorts by keys computed once per item. */
export function sortBy<T>(
  items: readonly T[],
  keys: readonly OrderKey[],
  key: (item: T, evaluate: Evaluate) => Cell,
): T[] {
  const keyed = items.map(item => ({ item, values: keys.map(k => orNull(key(item, k.evaluate))) }))
  keyed.sort((a, b) => {
    for (let i = 0; i < keys.length; i++) {
      const order = compareKeys(a.values[i], b.values[i], keys[i]!.descending)
      if (order !== 0) return order
    }
    return 0
  })
  return keyed.map(k => k.item)
}

/** NaN is neither larger nor smaller than anything, and goes out as null: between others it would undo their order. */
function orNull(value: Cell): Cell {
  return Number.isNaN(value) ? null : value
}

function compareKeys(a: Cell, b: Cell, descending: boolean): number {
  if (a == null || b == null) return a == null ? (b == null ? 0 : 1) : -1
  const order = compareValues(a, b)
  return descending ? -order : order
}

function compareValues(a: NonNullable<Cell>, b: NonNullable<Cell>): number {
  // Unlike in comparisons, BIGINT and FLOAT are two kinds here (spec/sql.md 4.8).
  if (typeof a === typeof b ? isNumber(a) : isLongDigits(a, b) || isLongDigits(b, a)) return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return 0
  if (a instanceof Temporal.ZonedDateTime && b instanceof Temporal.ZonedDateTime) {
    return Temporal.ZonedDateTime.compare(a, b)
  }
  throw new RowError(`incompatible types for comparison: ${kindOf(a)} ${describe(a)} and ${kindOf(b)} ${describe(b)}`)
}

function isNumber(value: NonNullable<Cell>): boolean {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** A column without a schema holds floats, but digits that a double would lose come as bigint: the same kind to its reader. */
function isLongDigits(a: NonNullable<Cell>, b: NonNullable<Cell>): boolean {
  return typeof a === 'bigint' && typeof b === 'number' && !Number.isSafeInteger(Number(a))
}
