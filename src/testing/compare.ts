// What a rule sent on against what a test expects: numbers by value, order kept unless told otherwise.

import { rfc3339 } from '../core/datetime.ts'
import type { Emission } from '../core/row.ts'
import type { Cell, Value } from '../core/value.ts'

/** Floats may differ in the last digits: sums in another order are no fault. */
const RELATIVE_TOLERANCE = 1e-12

/** An emission as a test file writes it: its rows, or one row whose only key is `error`. */
export type Expected = readonly { readonly [name: string]: Value }[]

/** Bytes as base64, datetimes as RFC 3339 in their zone: values as a test file writes them. */
export function plainValue(value: Cell): Value {
  if (value == null) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Temporal.ZonedDateTime) return rfc3339(value)
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, plainValue(v)]))
  }
  return value
}

export function plainEmission(emission: Emission): Expected {
  if (emission.error !== undefined) return [{ error: emission.error }]
  return emission.rows.map(row => plainValue(row as Value) as Expected[number])
}

/**
 * Compares emission by emission. Empty ones count only when the test expects one; trailing empty ones never do.
 * @param unordered rows within an emission may come in any order
 * @returns what differs, or undefined
 */
export function differences(
  actual: readonly Expected[],
  expected: readonly Expected[],
  unordered: boolean,
): string | undefined {
  const wantsEmpty = expected.some(rows => rows.length === 0)
  const [got, want] = wantsEmpty
    ? [trimmed(actual), trimmed(expected)]
    : [actual.filter(rows => rows.length > 0), expected]
  for (let i = 0; i < Math.max(got.length, want.length); i++) {
    const [g, w] = [got[i], want[i]]
    if (g === undefined) return `emission ${i + 1}: expected ${show(w)}, but there is none`
    if (w === undefined) return `emission ${i + 1}: ${show(g)} was not expected`
    if (!sameRows(g, w, unordered))
      return `emission ${i + 1}: expected ${show(w)}\n${' '.repeat(`emission ${i + 1}: `.length)}     got ${show(g)}`
  }
  return undefined
}

function trimmed(emissions: readonly Expected[]): readonly Expected[] {
  const end = emissions.findLastIndex(rows => rows.length > 0)
  return emissions.slice(0, end + 1)
}

function sameRows(got: Expected, want: Expected, unordered: boolean): boolean {
  if (isError(want)) return isError(got)
  if (got.length !== want.length) return false
  if (!unordered) return want.every((row, i) => same(got[i], row))
  const left = [...got]
  return want.every(row => {
    const at = left.findIndex(candidate => same(candidate, row))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

/** A row with the only key `error` stands for any run-time error: its wording is not part of the test. */
function isError(rows: Expected): boolean {
  return rows.length === 1 && Object.keys(rows[0]!).length === 1 && typeof rows[0]!['error'] === 'string'
}

function same(got: Cell, want: Cell): boolean {
  if (isNumber(got) && isNumber(want)) return sameNumber(got, want)
  if (typeof got !== 'object' || typeof want !== 'object' || got === null || want === null) return got === want
  if (Array.isArray(got) || Array.isArray(want)) {
    return (
      Array.isArray(got) && Array.isArray(want) && got.length === want.length && want.every((v, i) => same(got[i], v))
    )
  }
  const [a, b] = [got as { [name: string]: Value }, want as { [name: string]: Value }]
  const names = Object.keys(b)
  return names.length === Object.keys(a).length && names.every(n => Object.hasOwn(a, n) && same(a[n], b[n]))
}

function isNumber(value: Cell): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function sameNumber(a: number | bigint, b: number | bigint): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: an integer equals the float of its value
  if (a == b) return true
  if (typeof a === 'bigint' && typeof b === 'bigint') return false
  const [x, y] = [Number(a), Number(b)]
  return Math.abs(x - y) <= RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y))
}

function show(value: Expected | undefined): string {
  return JSON.stringify(value, (_key, v) =>
    typeof v === 'bigint' ? (JSON as unknown as { rawJSON(t: string): unknown }).rawJSON(String(v)) : v,
  )
}
