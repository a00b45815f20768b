// A value of one kind in, the same as another kind out, or a RowError (spec/sql.md 3.5).

import { RowError } from '../core/errors.ts'
import { booleanOfText, castText, describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import { parsePrefixedInteger } from './base.ts'

export const CAST_TYPES = ['bigint', 'float', 'string', 'boolean', 'datetime', 'bytea'] as const
export type CastType = (typeof CAST_TYPES)[number]

export function isCastType(type: string): type is CastType {
  return (CAST_TYPES as readonly string[]).includes(type)
}

/**
 * @param value not null
 * @param toDateTime reads an instant in the rule's zone
 */
export function castTo(value: Value, type: string, toDateTime: (value: Value) => Temporal.ZonedDateTime): Value {
  if (!isCastType(type)) throw new RowError(`cast: unknown type ${type}`)
  if (value === null) return null
  const result = type === 'datetime' ? toDateTime(value) : CASTS[type](value)
  if (result === undefined) throw new RowError(`cannot cast ${describe(value)} to ${type}`)
  return result
}

type Known = Exclude<Value, null>

/** undefined: it cannot be cast */
const CASTS: Readonly<Record<Exclude<CastType, 'datetime'>, (value: Known) => Value | undefined>> = {
  bigint: toBigint,
  float: toFloat,
  string: castText,
  boolean: toBoolean,
  bytea: toBytes,
}

function toBigint(value: Known): bigint | undefined {
  switch (typeof value) {
    case 'bigint':
      return value
    case 'number':
      return Math.abs(value) <= LARGEST_BELOW_2_63 || value === -(2 ** 63) ? BigInt(Math.trunc(value)) : undefined
    case 'string':
      return parsePrefixedInteger(value)
    case 'boolean':
      return value ? 1n : 0n
    default:
      return undefined
  }
}
/** The last double below 2^63; NaN compares false with it. */
const LARGEST_BELOW_2_63 = 2 ** 63 - 1024

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function toFloat(value: Known): number | undefined {
  switch (typeof value) {
    case 'bigint':
      return Number(value)
    case 'number':
      return value
    case 'string': {
      const number = DECIMAL.test(value) ? Number(value) : Number.NaN
      return Number.isFinite(number) ? number : undefined
    }
    case 'boolean':
      return value ? 1 : 0
    default:
      return undefined
  }
}

function toBoolean(value: Known): boolean | undefined {
  switch (typeof value) {
    case 'bigint':
      return value !== 0n
    case 'number':
      return value !== 0
    case 'string':
      return booleanOfText(value)
    case 'boolean':
      return value
    default:
      return undefined
  }
}

function toBytes(value: Known): Uint8Array | undefined {
  if (typeof value === 'string') return decodeBase64(value) ?? Buffer.from(value)
  return value instanceof Uint8Array ? value : undefined
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Padded base64 of the standard alphabet, line breaks allowed; undefined when the text is anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text
  return BASE64.test(digits) ? Buffer.from(digits, 'base64') : undefined
}
