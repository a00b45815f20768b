// Values as keys: the text under which groups, partitions and join partners find each other.

import { writeJson } from '../core/json.ts'
import type { Cell } from '../core/value.ts'

/**
 * A text that is equal for equal values and different for different ones: 1 and 1.0 fall together, 1 and "1" do not.
 */
export function keyText(value: Cell): string {
  switch (typeof value) {
    case 'string':
      return `s${value}`
    case 'number':
      // Above 2^53 a float does not print all of its digits, a BIGINT does.
      return Number.isSafeInteger(value) || !Number.isInteger(value) ? `n${value}` : `n${BigInt(value)}`
    case 'bigint':
      return `n${value}`
    case 'boolean':
      return value ? 't' : 'f'
    default:
      return value == null ? '_' : `o${writeJson(value)}`
  }
}

/** The key of several values; lengths keep `("ab", "c")` apart from `("a", "bc")`. */
export function keyOfAll(values: readonly Cell[]): string {
  let key = ''
  for (const value of values) {
    const text = keyText(value)
    key += `${text.length}:${text}`
  }
  return key
}
