// Rows of several sources in, joined rows out: the streams of a window with each other, and streams with tables.

import type { Row, WindowRows } from '../core/row.ts'
import { alone, type JoinStep, joinStep, RightSide } from './joining.ts'
import type { Operator, Output } from './operator.ts'

/** The rows that a table holds at the moment; `version` changes whenever they do. */
export interface TableRows {
  readonly version: number
  readonly rows: readonly Row[]
}

export interface JoinOptions {
  /** number of sources in FROM and JOIN; FROM is source 0, always the left side */
  readonly sources: number
  /** left to right */
  readonly steps: readonly JoinStep[]
  /** the sources that are tables, by index */
  readonly tables?: ReadonlyMap<number, TableRows> | undefined
}

/** Joins the rows of each window. Nothing joined: nothing emitted. Joined rows have the time of the trigger. */
export class Join implements Operator {
  readonly #joiner: Joiner

  constructor(options: JoinOptions) {
    this.#joiner = new Joiner(options)
  }

  onRow(): void {
    throw new Error('a join of streams stands after a window and sees no single rows')
  }

  onWindow(window: WindowRows, out: Output): void {
    const rows = this.#joiner.join(window.rows, window.trigger)
    if (rows.length > 0) out.window({ rows, start: window.start, end: window.end, trigger: window.trigger })
  }
}

/**
 * Joins each stream row with what the tables hold when it comes. All rows that one stream row gives leave together,
 * as a window whose bounds are the row's time: they are one emission of the rule.
 */
export class TableJoin implements Operator {
  readonly #joiner: Joiner

  constructor(options: JoinOptions) {
    this.#joiner = new Joiner(options)
  }

  onRow(row: Row, out: Output): void {
    const { time } = row
    const rows = this.#joiner.join([row], time)
    if (rows.length > 0) out.window({ rows, start: time, end: time, trigger: time, isOfOneRow: true })
  }

  onWindow(window: WindowRows, out: Output): void {
    const rows = this.#joiner.join(window.rows, window.trigger)
    if (rows.length > 0) out.window({ rows, start: window.start, end: window.end, trigger: window.trigger })
  }
}

class Joiner {
  readonly #width: number
  readonly #steps: readonly JoinStep[]
  readonly #tables: ReadonlyMap<number, TableRows>
  /** by source: keys of table rows are computed again only when the table has changed */
  readonly #sides = new Map<number, { version: number; side: RightSide }>()

  constructor(options: JoinOptions) {
    this.#width = options.sources
    this.#steps = options.steps
    this.#tables = options.tables ?? new Map()
  }

  join(streamRows: readonly Row[], time: number): Row[] {
    const bySource: Row[][] = []
    for (let source = 0; source < this.#width; source++) bySource.push([])
    for (const row of streamRows) bySource[row.source]!.push(row)
    const from = this.#tables.get(0)?.rows ?? bySource[0]!
    let joined = from.map(row => alone(row, 0, this.#width, time))
    for (const step of this.#steps) {
      joined = joinStep(joined, this.#rightSide(step, bySource[step.source]!), time)
    }
    return joined
  }

  #rightSide(step: JoinStep, streamRows: readonly Row[]): RightSide {
    const table = this.#tables.get(step.source)
    if (!table) return new RightSide(streamRows, step, this.#width)
    const known = this.#sides.get(step.source)
    if (known && known.version === table.version) return known.side
    const side = new RightSide(table.rows, step, this.#width)
    this.#sides.set(step.source, { version: table.version, side })
    return side
  }
}
