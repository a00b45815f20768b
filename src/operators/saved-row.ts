// Rows for a checkpoint and back: rows in, plain structured-cloneable data out, and the reverse.

import { joinRows, type Meta, makeRow, type Row } from '../core/row.ts'
import { loadValue, saveValue } from '../core/snapshot.ts'
import type { Value, Values } from '../core/value.ts'

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
