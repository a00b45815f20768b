// One JSON value in, the value of its declared type out: the two tables of spec/sql.md 3.2 (lenient) and 3.3 (strict).

import { toDateTime } from '../core/datetime.ts'
import { RowError } from '../core/errors.ts'
import { booleanOfText, describe, looseText } from '../core/text.ts'
import { type Cell, truncateToInt, type Value } from '../core/value.ts'
import { isWholeReal } from './whole-reals.ts'

/** The object or array that a value stands in, and its key there. */
export type Holder = object

const utf8 = new TextDecoder()

/** `x has wrong type:string, expect:bigint`; `name` is the path of the column: `size.width`, `readings[]` for an item. */
export function wrongType(name: string, value: Cell, expected: string): RowError {
  return new RowError(`${name} has wrong type:${jsonKind(value)}, expect:${expected}`)
}

function jsonKind(value: Cell): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'number' : 'float'
  if (typeof value === 'bigint') return 'number'
  if (typeof value !== 'object') return typeof value === 'boolean' ? String(value) : typeof value
  if (Array.isArray(value)) return 'array'
  if (value instanceof Uint8Array) return 'bytea'
  return value instanceof Temporal.ZonedDateTime ? 'datetime' : 'object'
}

export function lenientBigint(value: Value, name: string, holder: Holder, key: string | number): Value {
  if (typeof value === 'number') {
    if (Math.abs(value) >= 2 ** 63) throw new RowError(`${name} is beyond the 64 bits of a bigint`)
    if (!Number.isSafeInteger(value)) throw wrongType(name, value, 'bigint')
    if (isWholeReal(holder, key)) throw new RowError(`${name} has wrong type:float, expect:bigint`)
    return BigInt(value)
  }
  if (typeof value === 'bigint' || value === null) return value
  throw wrongType(name, value, 'bigint')
}

export function lenientFloat(value: Value, name: string): Value {
  if (value === null) return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RowError(`${name} is beyond the range of a float`)
    return value
  }
  if (typeof value === 'bigint') return Number(value)
  throw wrongType(name, value, 'float')
}

export function lenientString(value: Value, name: string): Value {
  if (typeof value === 'string' || value === null) return value
  if (typeof value === 'number' || typeof value === 'bigint') return looseText(value)
  throw wrongType(name, value, 'string')
}

export function lenientBoolean(value: Value, name: string): Value {
  switch (typeof value) {
    case 'boolean':
      return value
    case 'number':
      return value !== 0
    case 'bigint':
      return value !== 0n
    case 'string': {
      const truth = booleanOfText(value)
      if (truth === undefined) throw wrongType(name, value, 'boolean')
      return truth
    }
    default:
      if (value === null) return null
      throw wrongType(name, value, 'boolean')
  }
}

/** Text and numbers stay as they are: `cast` makes datetimes of them where the rule asks for it. */
export function lenientDatetime(value: Value, name: string): Value {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value === null)
    return value
  if (value instanceof Temporal.ZonedDateTime) return value
  throw wrongType(name, value, 'datetime')
}

export function lenientBytea(value: Value, name: string): Value {
  if (typeof value === 'string') return bytesOf(value)
  if (value === null || value instanceof Uint8Array) return value
  throw wrongType(name, value, 'bytea')
}

/** Base64 in the standard alphabet, padded; any other text stands for its own bytes. */
export function bytesOf(text: string): Uint8Array {
  if (text.length % 4 === 0) {
    try {
      return Uint8Array.fromBase64(text)
    } catch {
      // not base64
    }
  }
  return Buffer.from(text, 'utf8')
}

function mismatch(name: string, value: Value, expected: string): RowError {
  return new RowError(
    `error in preprocessor: field ${name} type mismatch: cannot convert ${describe(value)} to ${expected}`,
  )
}

/** The fraction is cut off. What 64 bits cannot hold is refused rather than wrapped: the wrapped number is no one's. */
export function strictBigint(value: Value, name: string): Value {
  if (typeof value === 'bigint') return value
  if (typeof value !== 'number' || !(Math.abs(value) < 2 ** 63)) throw mismatch(name, value, 'bigint')
  return truncateToInt(value)
}

export function strictFloat(value: Value, name: string): Value {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'bigint') return Number(value)
  throw mismatch(name, value, 'float')
}

export function strictString(value: Value, name: string): Value {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return utf8.decode(value)
  throw mismatch(name, value, 'string')
}

export function strictBoolean(value: Value, name: string): Value {
  if (typeof value === 'boolean') return value
  throw mismatch(name, value, 'boolean')
}

export function strictBytea(value: Value, name: string): Value {
  if (typeof value === 'string') return bytesOf(value)
  if (value instanceof Uint8Array) return value
  throw mismatch(name, value, 'bytea')
}

/** @param nowMs for texts that name no date */
export function strictDatetime(
  value: Value,
  name: string,
  zone: string,
  pattern: string | undefined,
  nowMs: number | undefined,
): Value {
  if (value === null) throw mismatch(name, value, 'datetime')
  try {
    return toDateTime(value, zone, pattern, nowMs)
  } catch (error) {
    if (!(error instanceof RowError)) throw error
    throw new RowError(`error in preprocessor: field ${name} type mismatch: ${error.message}`)
  }
}

export { mismatch }
