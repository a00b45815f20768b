// Values in, a form that structuredClone and v8.serialize can copy out, and back: DATETIME is the one kind they cannot.

import { type Cell, setOwn, type Value } from './value.ts'

/** A value for a checkpoint; the same object when it holds no DATETIME. */
export function packValue(value: Cell): unknown {
  return saveValue(value)
}

/** The inverse of packValue; a missing value comes back as null. */
export function unpackValue(packed: unknown): Value {
  return (loadValue(packed) ?? null) as Value
}

/**
 * Anything made of values, with each DATETIME turned into a Set that holds its text: structuredClone refuses Temporal
 * objects, and a Set is the one container that no value is. What has no DATETIME inside is returned as it is.
 */
export function saveValue(value: unknown): unknown {
  return mapDeep(value, leaf => (leaf instanceof Temporal.ZonedDateTime ? new Set([leaf.toString()]) : leaf))
}

/** The inverse of saveValue, also after structuredClone or v8.serialize. */
export function loadValue(saved: unknown): unknown {
  return mapDeep(saved, leaf => {
    if (!(leaf instanceof Set)) return leaf
    const [text] = leaf
    return Temporal.ZonedDateTime.from(text)
  })
}

/** Copies only what changes: most rows hold no DATETIME. */
function mapDeep(value: unknown, mapLeaf: (leaf: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const mapped = mapDeep(value[i], mapLeaf)
      if (mapped === value[i]) continue
      copy ??= value.slice()
      copy[i] = mapped
    }
    return copy ?? value
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return mapLeaf(value)
  let copy: Record<string, Value> | undefined
  for (const name of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[name]
    const mapped = mapDeep(item, mapLeaf)
    if (mapped === item) continue
    copy ??= { ...(value as Record<string, Value>) }
    setOwn(copy, name, mapped as Value)
  }
  return copy ?? value
}
