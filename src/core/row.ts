// What flows: a row, a window's rows, and what a rule sends on.

import type { Value, Values } from './value.ts'

/** Metadata of a message: what `meta(key)` reads. For HTTP push: path, method, remoteAddress, header, query, path parameters. */
export type Meta = { readonly [name: string]: Value }

/** One record on its way through one rule. */
export interface Row {
  readonly values: Values
  /** ms since 1970 UTC: arrival, or event time once the watermark operator has set it */
  time: number
  /** index of the stream or table in the rule's FROM and JOIN list; -1 for a joined row */
  readonly source: number
  readonly meta: Meta | undefined
  /** results of analytic calls and aliases computed once for this rule; undefined until one is needed */
  slots: Value[] | undefined
  /** for a joined row: the row of each source, undefined where an outer join found no partner */
  readonly parts: readonly (Row | undefined)[] | undefined
}

/** The one place that makes rows, so that all have one hidden class. */
export function makeRow(values: Values, time: number, source: number, meta?: Meta): Row {
  return { values, time, source, meta, slots: undefined, parts: undefined }
}

/** A row made of one row per source. `values` is empty: columns are read through `parts`. */
export function joinRows(parts: readonly (Row | undefined)[], time: number): Row {
  return { values: NO_VALUES, time, source: -1, meta: undefined, slots: undefined, parts }
}
const NO_VALUES: Values = Object.freeze({})

/** Bounds of the window that an emission closes: ms since 1970 UTC. */
export interface WindowBounds {
  readonly start: number
  readonly end: number
  readonly trigger: number
}

/** The rows of one window at the moment it closes. May be empty: tumbling and hopping windows tick without rows. */
export interface WindowRows extends WindowBounds {
  readonly rows: readonly Row[]
  /** what one row was joined with, without any window: there are no bounds to speak of */
  readonly isOfOneRow?: true
  /** instead of rows: the groups of a window that folded its rows as they came */
  readonly groups?: readonly FoldedGroup[]
}

/** A group whose rows are gone: the first of them, and the results of the statement's aggregates by number. */
export interface FoldedGroup {
  readonly first: Row
  readonly aggregates: readonly Value[]
}

/** What a rule sends to its sinks at one moment: rows in order, or the error that stands in their place. */
export interface Emission {
  readonly rows: readonly Values[]
  /** text of the run-time error; only with option sendError */
  readonly error?: string
  /** metadata of the row that caused it, for sendMetaToSink; undefined after windows and joins */
  readonly meta?: Meta
}
