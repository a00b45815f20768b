// Values in, a form that structuredClone and v8.serialize can copy out, and back: DATETIME is the one kind they cannot.

import { type Cell, isArray, isStruct, setOwn, type Value } from './value.ts'

/** Data never holds a Map, so one cannot be mistaken for data. */
type Packed = Value | undefined | Map<'datetime', string> | readonly Packed[] | { readonly [name: string]: Packed }

/** A value for a checkpoint; the same object when it holds no DATETIME. */
export function packValue(value: Cell): unknown {
  return holdsDateTime(value) ? pack(value) : value
}

/** The inverse of packValue. */
export function unpackValue(packed: unknown): Value {
  return (unpack(packed as Packed) ?? null) as Value
}

function holdsDateTime(value: Cell): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  if (value instanceof Temporal.ZonedDateTime) return true
  return isArray(value) ? value.some(holdsDateTime) : Object.values(value).some(holdsDateTime)
}

function pack(value: Cell): Packed {
  if (value instanceof Temporal.ZonedDateTime) return new Map([['datetime', value.toString()]])
  if (isArray(value)) return value.map(pack)
  return isStruct(value) ? mapEntries(value, pack) : value
}

function unpack(packed: Packed): Packed {
  if (typeof packed !== 'object' || packed === null || packed instanceof Uint8Array) return packed
  if (packed instanceof Map) return Temporal.ZonedDateTime.from(packed.get('datetime')!)
  if (Array.isArray(packed)) return packed.map(unpack)
  return mapEntries(packed as { readonly [name: string]: Packed }, unpack)
}

function mapEntries<From>(struct: { readonly [name: string]: From }, change: (item: From) => Packed): Packed {
  const result: Record<string, Value> = {}
  for (const name of Object.keys(struct)) setOwn(result, name, change(struct[name]!) as Value)
  return result
}
