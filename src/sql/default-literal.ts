// A DEFAULT literal and a column's type in, the value of that type out.

import type { FieldType } from '../core/schema.ts'
import { plainDecimal } from '../core/text.ts'

export type Literal = bigint | number | string | boolean

const TRUE_TEXTS: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const FALSE_TEXTS: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])
const MIN_BIGINT = -(2n ** 63n)
const MAX_BIGINT = 2n ** 63n - 1n

/** Whether columns of this type may have a DEFAULT. @see spec/sql.md 2 */
export function takesDefault(type: FieldType): boolean {
  return type.kind === 'bigint' || type.kind === 'float' || type.kind === 'string' || type.kind === 'boolean'
}

/**
 * The literal as a value of the column's type, converted as `cast` would, or undefined when that is impossible.
 * @see spec/sql.md 2 "converted leniently" and 3.5
 */
export function convertDefault(literal: Literal, type: FieldType): Literal | undefined {
  switch (type.kind) {
    case 'bigint':
      return toBigint(literal)
    case 'float':
      return toFloat(literal)
    case 'string':
      return typeof literal === 'number' ? plainDecimal(literal) : String(literal)
    case 'boolean':
      return toBoolean(literal)
    default:
      return undefined
  }
}

function toBigint(literal: Literal): bigint | undefined {
  if (typeof literal === 'bigint') return literal
  if (typeof literal === 'boolean') return literal ? 1n : 0n
  if (typeof literal === 'number') return inRange(BigInt(Math.trunc(literal)))
  if (!/^[+-]?[0-9]{1,30}$/.test(literal)) return undefined
  return inRange(BigInt(literal.replace(/^\+/, '')))
}

function inRange(value: bigint): bigint | undefined {
  return value >= MIN_BIGINT && value <= MAX_BIGINT ? value : undefined
}

function toFloat(literal: Literal): number | undefined {
  if (typeof literal === 'string' && !/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(literal))
    return undefined
  const value = Number(literal)
  return Number.isFinite(value) ? value : undefined
}

function toBoolean(literal: Literal): boolean | undefined {
  if (typeof literal === 'boolean') return literal
  if (typeof literal === 'bigint') return literal !== 0n
  if (typeof literal === 'number') return literal !== 0
  if (TRUE_TEXTS.has(literal)) return true
  return FALSE_TEXTS.has(literal) ? false : undefined
}
