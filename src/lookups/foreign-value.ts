// Texts as servers write numbers, instants and JSON in, values of ours out (spec/sql.md 3).

import { parseDateTime } from '../core/datetime.ts'
import { RowError } from '../core/errors.ts'
import { parseJsonLossless, rfc3339, writeJson } from '../core/json.ts'
import { integerOfDigits, realOfText } from '../core/text.ts'
import type { Value } from '../core/value.ts'

const INTEGER = /^[-+]?\d+$/

/** FLOAT, but for a whole number that no double can hold: it comes out as it is. */
export function realOf(text: string): Value {
  const real = Number(text)
  return INTEGER.test(text) && !Number.isSafeInteger(real) ? integerOfDigits(text) : real
}

/** @param zone of a text without one; a text that is no instant (`infinity`) stays a text */
export function instantOf(text: string, zone: string): Value {
  const instant = parseDateTime(DATE.test(text) ? `${text} 00:00:00` : text, zone)
  return instant?.withTimeZone(zone) ?? text
}

const DATE = /^\d{4}-\d\d-\d\d$/

/** The JSON text of one row. @throws {RowError} when it is another thing; `what` says what it is of */
export function rowOf(text: string, what: string): { readonly [name: string]: Value } {
  let value: Value
  try {
    value = parseJsonLossless(text)
  } catch {
    throw new RowError(`${what} is not JSON`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as { readonly [name: string]: Value }
  }
  throw new RowError(`${what} is not a JSON object`)
}

/** A number as a text writes it, exactly; undefined: it is none. */
export function numberOf(text: string): bigint | number | undefined {
  return INTEGER.test(text) ? BigInt(text) : realOfText(text)
}

/** `2026-01-02 03:04:05.678+01:00`: local in the zone, with its offset, so that readers with and without zones agree. */
export function wallText(value: Temporal.ZonedDateTime, zone: string, offset: boolean): string {
  const local = value.withTimeZone(zone)
  const text = local.toPlainDateTime().toString().replace('T', ' ')
  return offset ? text + local.offset : text
}

/** What a text column would hold of a value. */
export function textOfValue(value: Exclude<Value, null>): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  if (value instanceof Temporal.ZonedDateTime) return rfc3339(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  return writeJson(value)
}
