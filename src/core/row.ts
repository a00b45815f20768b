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

/**
 * A class and no literal, because V8 makes what a literal stands for in the old generation for good when, at some moment,
 * most of what it looked at was still held. All rules make rows here: one window, or one large message, would then cost
 * every other rule collections of the whole heap (0.3 instead of 0.1 s a million rows in bench/statements.ts).
 */
class PlainRow implements Row {
  readonly values: Values
  time: number
  readonly source: number
  readonly meta: Meta | undefined
  slots: Value[] | undefined
  readonly parts: readonly (Row | undefined)[] | undefined

  constructor(values: Values, time: number, source: number, meta: Meta | undefined, parts: Row['parts']) {
    this.values = values
    this.time = time
    this.source = source
    this.meta = meta
    this.slots = undefined
    this.parts = parts
  }
}

/** The one place that makes rows, so that all have one hidden class. */
export function makeRow(values: Values, time: number, source: number, meta?: Meta): Row {
  return new PlainRow(values, time, source, meta, undefined)
}

/** A row made of one row per source. `values` is empty: columns are read through `parts`. */
export function joinRows(parts: readonly (Row | undefined)[], time: number): Row {
  return new PlainRow(NO_VALUES, time, -1, undefined, parts)
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
  /** instead of both: why the window is discarded. One of its rows could not be folded */
  readonly fault?: Error
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
