// What a cell of a row may hold, and the few questions every room asks of it.
//
// The run-time kind carries the SQL type, so that division and text never have to guess:
//   BIGINT bigint · FLOAT number · STRING string · BOOLEAN boolean · BYTEA Uint8Array
//   DATETIME Temporal.ZonedDateTime · ARRAY array · STRUCT plain object · null null
// A missing column is `undefined` when read from a row and behaves as null everywhere but on output.

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Temporal.ZonedDateTime
  | readonly Value[]
  | { readonly [name: string]: Value }

/** One record's columns. Never changed once made: operators make new ones. */
export type Values = { readonly [name: string]: Value }

/** What reading a column can give: a value, or `undefined` for a missing column. */
export type Cell = Value | undefined

export const KINDS = ['null', 'bigint', 'float', 'string', 'boolean', 'bytea', 'datetime', 'array', 'struct'] as const
export type Kind = (typeof KINDS)[number]

/** The SQL kind of a run-time value. */
export function kindOf(value: Cell): Kind {
  switch (typeof value) {
    case 'bigint':
      return 'bigint'
    case 'number':
      return 'float'
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'undefined':
      return 'null'
    default:
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'array'
      if (value instanceof Uint8Array) return 'bytea'
      if (value instanceof Temporal.ZonedDateTime) return 'datetime'
      return 'struct'
  }
}

export function isStruct(value: Cell): value is { readonly [name: string]: Value } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Temporal.ZonedDateTime)
  )
}

export function isArray(value: Cell): value is readonly Value[] {
  return Array.isArray(value)
}

/** int64 wrap-around, as BIGINT arithmetic does it (spec/sql.md 5.2). */
export function toInt64(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}

/** An integer among floats: a float, but for one that a double cannot hold, which must come out as it came in. */
export function widen(value: bigint): number | bigint {
  const float = Number(value)
  return Number.isSafeInteger(float) ? float : value
}

/** A float with its fraction cut off, as BIGINT; NaN and infinities have no integer. */
export function truncateToInt(value: number): bigint {
  return BigInt.asIntN(64, BigInt(Math.trunc(value)))
}

/** Sets a property even when the name is `__proto__`: data is only data. */
export function setOwn(target: Record<string, Value>, name: string, value: Value): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    target[name] = value
  }
}

/** Reads a column by a name known only at run time; inherited names (`constructor`) are missing, not functions. */
export function getOwn(source: Values, name: string): Cell {
  return Object.hasOwn(source, name) ? source[name] : undefined
}

/**
 * Equality of two values as data: numbers by value whatever their kind, arrays and structs element by element.
 * Null and missing are equal here (unlike SQL's `=`, see functions that look for an element or a change).
 */
export function deepEqual(a: Cell, b: Cell): boolean {
  if (a === b) return true
  if (a == null || b == null) return a == null && b == null
  const ta = typeof a
  const tb = typeof b
  // biome-ignore lint/suspicious/noDoubleEquals: bigint and number compare by value only with ==
  if ((ta === 'bigint' && tb === 'number') || (ta === 'number' && tb === 'bigint')) return a == b
  if (ta !== 'object' || tb !== 'object') return Number.isNaN(a) && Number.isNaN(b)
  if (a instanceof Temporal.ZonedDateTime) {
    return b instanceof Temporal.ZonedDateTime && a.epochNanoseconds === b.epochNanoseconds
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]))
  }
  if (!isStruct(a) || !isStruct(b)) return false
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every(n => Object.hasOwn(b, n) && deepEqual(a[n], b[n]))
}

/** Byte order of UTF-8, which is code point order; plain `<` on strings is wrong above U+FFFF (spec/sql.md 5.3). */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const ca = a.charCodeAt(i)
    const cb = b.charCodeAt(i)
    if (ca !== cb) {
      // A surrogate stands for a code point above every unit of the basic plane.
      const fa = ca >= 0xd800 && ca <= 0xdfff
      const fb = cb >= 0xd800 && cb <= 0xdfff
      return fa === fb ? ca - cb : fa ? 1 : -1
    }
  }
  return a.length - b.length
}
