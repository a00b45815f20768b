// Rows for a checkpoint and back: rows in, plain structured-cloneable data out, and the reverse.

import { joinRows, type Meta, makeRow, type Row } from '../core/row.ts'
import { setOwn, type Value, type Values } from '../core/value.ts'

export interface SavedRow {
  readonly values: unknown
  readonly time: number
  readonly source: number
  readonly meta: unknown
  readonly slots: unknown
  readonly parts: readonly (SavedRow | undefined)[] | undefined
}

export function saveRow(row: Row): SavedRow {
  return {
    values: saveValue(row.values),
    time: row.time,
    source: row.source,
    meta: saveValue(row.meta),
    // A copy: the row's own array is filled in while the checkpoint is being written.
    slots: saveValue(row.slots?.slice()),
    parts: row.parts?.map(part => part && saveRow(part)),
  }
}

export function loadRow(saved: SavedRow): Row {
  const row = saved.parts
    ? joinRows(
        saved.parts.map(part => part && loadRow(part)),
        saved.time,
      )
    : makeRow(loadValue(saved.values) as Values, saved.time, saved.source, loadValue(saved.meta) as Meta | undefined)
  row.slots = loadValue(saved.slots) as Value[] | undefined
  return row
}

export function saveRows(rows: readonly Row[]): SavedRow[] {
  return rows.map(saveRow)
}

export function loadRows(saved: readonly SavedRow[]): Row[] {
  return saved.map(loadRow)
}

/**
 * Anything made of values, with each DATETIME turned into a Set that holds its text: structuredClone refuses Temporal
 * objects, and a Set is the one container that no value is. What has no DATETIME inside is returned as it is.
 */
export function saveValue(value: unknown): unknown {
  return mapDeep(value, leaf => (leaf instanceof Temporal.ZonedDateTime ? new Set([leaf.toString()]) : leaf))
}

/** The inverse of saveValue, also after structuredClone. */
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
