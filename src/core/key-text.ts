// Values as keys: a value in, the text under which equal values find each other out.

import { RowError } from './errors.ts'
import { MAX_JSON_DEPTH, writeJson } from './json.ts'
import { type Cell, isArray, isStruct, type Value } from './value.ts'

/** Begins the key of everything but a text, and of a text that begins with it itself. */
const MARK = '\0'

/**
 * A text that is equal for equal values and different for different ones: 1 and 1.0 fall together, 1 and "1" do not.
 * A text is its own key, because putting two together and hashing that costs more than the look-up it is for.
 */
export function keyText(value: Cell): string {
  switch (typeof value) {
    case 'string':
      return value.charCodeAt(0) === 0 ? `${MARK}s${value}` : value
    case 'number':
      // Above 2^53 a float does not print all of its digits, a BIGINT does.
      return Number.isSafeInteger(value) || !Number.isInteger(value) ? `${MARK}n${value}` : `${MARK}n${BigInt(value)}`
    case 'bigint':
      return `${MARK}n${value}`
    case 'boolean':
      return value ? `${MARK}t` : `${MARK}f`
    default:
      return value == null ? `${MARK}_` : `${MARK}o${compositeText(value, 0)}`
  }
}

/** JSON would not do: there NaN is null, and bytes and instants are texts. */
function compositeText(value: Exclude<Value, null>, depth: number): string {
  if (depth >= MAX_JSON_DEPTH) throw new RowError(`value nested deeper than ${MAX_JSON_DEPTH} levels`)
  const part = (item: Cell) =>
    counted(typeof item === 'object' && item !== null ? compositeText(item, depth + 1) : keyText(item))
  if (isArray(value)) return `[${value.map(part).join('')}`
  if (value instanceof Uint8Array) return `b${writeJson(value)}`
  if (!isStruct(value)) return `d${writeJson(value)}`
  const names = Object.keys(value).filter(name => value[name] !== undefined)
  return `{${names
    .sort()
    .map(name => counted(name) + part(value[name]))
    .join('')}`
}

/** A piece of a key: `("ab", "c")` is not `("a", "bc")`. */
export function counted(text: string): string {
  return `${text.length}:${text}`
}

/** Of several values together. Kinds count: 1 and 1.0 are two values here, as they are to the dialect's memory tables. */
export function exactKeys(values: readonly Cell[]): string {
  return values.map(value => counted(exactKey(value))).join('')
}

/** Of one value, whose kind counts. */
export function exactKey(value: Cell): string {
  return typeof value === 'bigint' ? `i${value}` : `v${keyText(value)}`
}
