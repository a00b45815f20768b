// JSON text in a column in, the value that it stands for out, or an Error that says why it stands for none.

import { parseJsonLossless } from '../core/json.ts'
import type { Value } from '../core/value.ts'

/** No other number can be larger than a double: JSON.parse would make an infinity of it. */
const MAY_BE_TOO_LARGE = /[eE]\+?\d{3}|\d{309}/

/** @throws {SyntaxError} when the text is no JSON, or holds a number beyond the range of floats */
export function parseJsonText(text: string): Value {
  const value = parseJsonLossless(text)
  if (MAY_BE_TOO_LARGE.test(text) && holdsInfinity(value)) throw new SyntaxError('a number is out of range')
  return value
}

function holdsInfinity(value: Value): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInfinity)
}
