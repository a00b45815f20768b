// What array, object and path functions ask of arrays and structs: a value in, the checked composite out, or a RowError.

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import { compareText, deepEqual, isArray, isStruct, type Value, type Values, widen } from '../core/value.ts'

/** @param place such as `first argument`, for the error text */
export function arrayOf(value: Value, place: string): readonly Value[] {
  if (isArray(value)) return value
  throw new RowError(`${place} should be array but got ${describe(value)}`)
}

/** @param place such as `first argument`, for the error text */
export function structOf(value: Value, place: string): Values {
  if (isStruct(value)) return value
  throw new RowError(`${place} should be object but got ${describe(value)}`)
}

/** The names of a struct in UTF-8 order: wherever the dialect says "random" this project says "sorted". */
export function sortedNames(struct: Values): string[] {
  return Object.keys(struct).sort(compareText)
}

/** A set of values under deepEqual: numbers by value whatever their kind, composites element by element. */
export class ValueSet {
  readonly #scalars = new Set<unknown>()
  readonly #composites: Value[] = []

  has(value: Value): boolean {
    if (!isComposite(value)) return this.#scalars.has(scalarKey(value))
    return this.#composites.some(other => deepEqual(other, value))
  }

  /** @returns false when it was in the set already */
  add(value: Value): boolean {
    if (this.has(value)) return false
    if (isComposite(value)) this.#composites.push(value)
    else this.#scalars.add(scalarKey(value))
    return true
  }
}

export function isComposite(value: Value): boolean {
  return typeof value === 'object' && value !== null
}

/** Int 3 and float 3.0 are one key; beyond 2^53 both become bigint, so that no two integers fall together. */
function scalarKey(value: Value): unknown {
  if (typeof value === 'bigint') return widen(value)
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value
}
