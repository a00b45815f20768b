// What a rule sent on against what a test expects: numbers by value, order kept unless told otherwise.

import { rfc3339 } from '../core/datetime.ts'
import type { Emission } from '../core/row.ts'
import { type Cell, isArray, isStruct, setOwn, type Value } from '../core/value.ts'

/** Floats may differ in the last digits: sums in another order are no fault. */
const RELATIVE_TOLERANCE = 1e-12

/** An emission as a test file writes it: its rows, or one row whose only key is `error`. */
export type Expected = readonly { readonly [name: string]: Value }[]

/** Bytes as base64, datetimes as RFC 3339 in their zone: values as a test file writes them. */
export function plainValue(value: Cell): Value {
  if (value == null) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Temporal.ZonedDateTime) return rfc3339(value)
  if (isArray(value)) return value.map(plainValue)
  if (!isStruct(value)) return value
  const plain: Record<string, Value> = {}
  for (const [name, item] of Object.entries(value)) setOwn(plain, name, plainValue(item))
  return plain
}

export function plainEmission(emission: Emission): Expected {
  if (emission.error !== undefined) return [{ error: emission.error }]
  return emission.rows.map(row => plainValue(row) as Expected[number])
}

/** The two lists as they are compared: empty emissions count only when the test expects one, trailing ones never. */
export function comparable(
  actual: readonly Expected[],
  expected: readonly Expected[],
): { got: readonly Expected[]; want: readonly Expected[] } {
  const wantsEmpty = expected.some(rows => rows.length === 0)
  if (!wantsEmpty) return { got: actual.filter(rows => rows.length > 0), want: expected }
  return { got: trimmed(actual), want: trimmed(expected) }
}

function trimmed(emissions: readonly Expected[]): readonly Expected[] {
  const end = emissions.findLastIndex(rows => rows.length > 0)
  return emissions.slice(0, end + 1)
}

/** @param unordered rows may come in any order */
export function sameRows(got: Expected, want: Expected, unordered: boolean): boolean {
  if (isError(want)) return isError(got)
  if (got.length !== want.length) return false
  if (!unordered) return want.every((row, i) => sameValue(got[i], row))
  const { missing } = unmatched(got, want)
  return missing.length === 0
}

/** The rows of each side that have no partner on the other. */
export function unmatched(got: Expected, want: Expected): { missing: Expected; extra: Expected } {
  const extra = [...got]
  const missing = want.filter(row => {
    const at = extra.findIndex(candidate => sameValue(candidate, row))
    if (at >= 0) extra.splice(at, 1)
    return at < 0
  })
  return { missing, extra }
}

/** A row with the only key `error` stands for any run-time error: its wording is not part of the test. */
function isError(rows: Expected): boolean {
  return rows.length === 1 && Object.keys(rows[0]!).length === 1 && typeof rows[0]!['error'] === 'string'
}

/** Equality of plain values. Unlike SQL's, a missing key is not the same as null. */
export function sameValue(got: Cell, want: Cell): boolean {
  if (isNumber(got) && isNumber(want)) return sameNumber(got, want)
  if (typeof got !== 'object' || typeof want !== 'object' || got === null || want === null) return got === want
  if (isArray(got) || isArray(want)) {
    return isArray(got) && isArray(want) && got.length === want.length && want.every((v, i) => sameValue(got[i], v))
  }
  const [a, b] = [got as { [name: string]: Value }, want as { [name: string]: Value }]
  const names = Object.keys(b)
  return names.length === Object.keys(a).length && names.every(n => Object.hasOwn(a, n) && sameValue(a[n], b[n]))
}

function isNumber(value: Cell): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function sameNumber(a: number | bigint, b: number | bigint): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: an integer equals the float of its value
  if (a == b || Object.is(a, b)) return true
  if (typeof a === 'bigint' && typeof b === 'bigint') return false
  const [x, y] = [Number(a), Number(b)]
  return Math.abs(x - y) <= RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y))
}
