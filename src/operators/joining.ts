// One step of a join: joined rows and the rows of one more source in, longer joined rows out. Knows no window.

import { joinRows, type Row } from '../core/row.ts'
import type { RowFunction } from './operator.ts'

export const JOIN_KINDS = ['inner', 'left', 'right', 'full', 'cross'] as const
export type JoinKind = (typeof JOIN_KINDS)[number]

/**
 * All functions read a joined row: `parts` by source. `leftKey` sees the sources joined so far, `rightKey` only the
 * new one, `on` both. With keys, only pairs of equal keys are tested with `on`; an undefined key (null) has no partner.
 */
export interface JoinStep {
  readonly kind: JoinKind
  /** index of the source that this step adds */
  readonly source: number
  /** absent: always true; not used by a cross join */
  readonly on?: RowFunction<boolean> | undefined
  readonly leftKey?: RowFunction<string | undefined> | undefined
  readonly rightKey?: RowFunction<string | undefined> | undefined
}

/** The rows of the source that a step adds, and their keys, computed once however often they are joined with. */
export class RightSide {
  readonly rows: readonly Row[]
  readonly step: JoinStep
  /** number of sources of the statement */
  readonly width: number
  #keys: readonly (string | undefined)[] | undefined
  #index: ReadonlyMap<string, readonly number[]> | undefined

  constructor(rows: readonly Row[], step: JoinStep, width: number) {
    this.rows = rows
    this.step = step
    this.width = width
  }

  get keys(): readonly (string | undefined)[] {
    const key = this.step.rightKey!
    return (this.#keys ??= this.rows.map(row => key(alone(row, this.step.source, this.width, row.time))))
  }

  get index(): ReadonlyMap<string, readonly number[]> {
    return (this.#index ??= indexBy(this.keys))
  }
}

/** A joined row of which only one source is there. */
export function alone(row: Row, source: number, width: number, time: number): Row {
  const parts = new Array<Row | undefined>(width).fill(undefined)
  parts[source] = row
  return joinRows(parts, time)
}

/**
 * Left rows in order, each with its partners in order, then for FULL the right rows without partner; for RIGHT by
 * right row. Rows without partner lack the other side (undefined, not null).
 * @param left joined rows
 * @param time of the rows made
 * @see spec/windows-and-time.md section 10
 */
export function joinStep(left: readonly Row[], right: RightSide, time: number): Row[] {
  return right.step.kind === 'right' ? joinByRight(left, right, time) : joinByLeft(left, right, time)
}

function joinByLeft(left: readonly Row[], right: RightSide, time: number): Row[] {
  const { kind, source, leftKey } = right.step
  const hashed = isHashed(right.step)
  const pairing = new Pairing(right, time)
  const keepLeft = kind === 'left' || kind === 'full'
  const matched = kind === 'full' ? new Uint8Array(right.rows.length) : undefined
  const joined: Row[] = []
  for (const leftRow of left) {
    const before = joined.length
    const test = (i: number) => {
      const pair = pairing.pair(leftRow, right.rows[i]!)
      if (!pair) return
      joined.push(pair)
      if (matched) matched[i] = 1
    }
    if (hashed) {
      const key = leftKey!(leftRow)
      if (key !== undefined) for (const at of right.index.get(key) ?? []) test(at)
    } else {
      for (let i = 0; i < right.rows.length; i++) test(i)
    }
    if (keepLeft && joined.length === before) joined.push(leftRow)
  }
  if (matched) {
    right.rows.forEach((row, i) => {
      if (!matched[i]) joined.push(alone(row, source, right.width, time))
    })
  }
  return joined
}

function joinByRight(left: readonly Row[], right: RightSide, time: number): Row[] {
  const { source, leftKey } = right.step
  const index = isHashed(right.step) ? indexBy(left.map(row => leftKey!(row))) : undefined
  const pairing = new Pairing(right, time)
  const joined: Row[] = []
  right.rows.forEach((row, i) => {
    const before = joined.length
    const test = (leftRow: Row) => {
      const pair = pairing.pair(leftRow, row)
      if (pair) joined.push(pair)
    }
    if (index) {
      const key = right.keys[i]
      if (key !== undefined) for (const at of index.get(key) ?? []) test(left[at]!)
    } else {
      left.forEach(test)
    }
    if (joined.length === before) joined.push(alone(row, source, right.width, time))
  })
  return joined
}

function isHashed(step: JoinStep): boolean {
  return step.kind !== 'cross' && step.leftKey !== undefined && step.rightKey !== undefined
}

function indexBy(keys: readonly (string | undefined)[]): Map<string, number[]> {
  const index = new Map<string, number[]>()
  keys.forEach((key, i) => {
    if (key === undefined) return
    const known = index.get(key)
    if (known) known.push(i)
    else index.set(key, [i])
  })
  return index
}

/** Makes and tests pairs. A pair that fails is used again for the next one: a nested loop makes few rows. */
class Pairing {
  readonly #on: RowFunction<boolean> | undefined
  readonly #source: number
  readonly #width: number
  readonly #time: number
  #parts: (Row | undefined)[] | undefined
  #row: Row | undefined

  constructor(right: RightSide, time: number) {
    this.#on = right.step.kind === 'cross' ? undefined : right.step.on
    this.#source = right.step.source
    this.#width = right.width
    this.#time = time
  }

  pair(left: Row, right: Row): Row | undefined {
    if (!this.#row || !this.#parts) {
      this.#parts = new Array<Row | undefined>(this.#width).fill(undefined)
      this.#row = joinRows(this.#parts, this.#time)
    }
    const row = this.#row
    for (let i = 0; i < this.#width; i++) this.#parts[i] = left.parts![i]
    this.#parts[this.#source] = right
    // What the failed pair before it computed once for all is not true of this one.
    row.slots = undefined
    if (this.#on && this.#on(row) !== true) return undefined
    this.#row = undefined
    return row
  }
}
