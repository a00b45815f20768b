// What every family asks of its arguments at run time: a value in, the JavaScript value it must be out, or a RowError.

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'

/** A number of either kind as a double. Texts are not numbers here, not even "12" (spec/functions.md 4). */
export function floatOf(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  throw new RowError(`Expect a number but got ${describe(value)}`)
}

/** The integer that a value is: a BIGINT, or a float without fraction ("integral" in spec/functions.md 2). */
export function integerOrUndefined(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined
  const exact = BigInt(value)
  return BigInt.asIntN(64, exact) === exact ? exact : undefined
}

/** @param place such as `the first operand`, for the error text */
export function integerOf(value: Value, place: string): bigint {
  const integer = integerOrUndefined(value)
  if (integer === undefined) throw new RowError(`Expect int type for ${place} but got ${describe(value)}`)
  return integer
}

/** An integer that counts something here (an offset, a length): as a double, exact as far as anything can be long. */
export function countOf(value: Value, place: string): number {
  return Number(integerOf(value, place))
}

export function stringOf(value: Value, place: string): string {
  if (typeof value === 'string') return value
  throw new RowError(`Expect string type for ${place} but got ${describe(value)}`)
}

export function booleanOf(value: Value, place: string): boolean {
  if (typeof value === 'boolean') return value
  throw new RowError(`${place} should be boolean but got ${describe(value)}`)
}

/** NaN and infinities have no place in a row: null instead (spec/functions.md 3). */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** Half away from zero at `digits` decimals; negative digits round to tens, hundreds … */
export function roundTo(value: number, digits: number): number {
  if (digits === 0) return roundHalfAway(value)
  const shift = 10 ** Math.abs(digits)
  if (digits < 0) return shift === Infinity ? 0 : roundHalfAway(value / shift) * shift
  const scaled = value * shift
  return Number.isFinite(scaled) ? roundHalfAway(scaled) / shift : value
}

function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value)
}
