// Numbers written `1.0` or `1e3`: whole in value, but no BIGINT in the dialect (spec/sql.md 3.2, 9).
// JSON.parse cannot tell them from 1. They stay plain numbers in the row, so that nothing else has to know of them;
// which they were is noted beside the row, and only for messages that hold any.

import type { Value } from '../core/value.ts'

/** For an object or array: the keys of its members that were written as reals. Gone with the row. */
const marks = new WeakMap<object, Set<string>>()
let any = false

const MAY_HOLD_SOME = /\d\.0+(?!\d)|\d[eE]/
const INTEGER = /^-?\d+$/

export function mayHoldWholeReals(text: string): boolean {
  return MAY_HOLD_SOME.test(text)
}

/** Parses a text that is known to be JSON of bearable depth; integers beyond 2^53 become bigint as everywhere. */
export function parseMarkingWholeReals(text: string): Value {
  return JSON.parse(text, note as (key: string, value: unknown) => unknown)
}

function note(this: object, key: string, value: Value, context: { readonly source?: string }): Value {
  if (typeof value !== 'number' || !Number.isInteger(value)) return value
  const source = context.source!
  if (!INTEGER.test(source)) {
    any = true
    const keys = marks.get(this)
    if (keys) keys.add(key)
    else marks.set(this, new Set([key]))
    return value
  }
  if (Number.isSafeInteger(value)) return value
  const exact = BigInt(source)
  return BigInt.asIntN(64, exact) === exact ? exact : value
}

/** Was this member written with a fraction or an exponent? False when its message was not parsed for it. */
export function isWholeReal(holder: object, key: string | number): boolean {
  return any && (marks.get(holder)?.has(String(key)) ?? false)
}
