// One step of a join: joined rows and the rows of one more source in, longer joined rows out. Knows no window.

import { RowError } from '../core/errors.ts'
import { joinRows, type Row } from '../core/row.ts'
import type { RowFunction } from './operator.ts'

export const JOIN_KINDS = ['inner', 'left', 'right', 'full', 'cross'] as const
export type JoinKind = (typeof JOIN_KINDS)[number]

/** What a row brings to the equalities of ON. */
export interface JoinKey {
  /** what each of its values is, up to the first that can have no partner: one letter each, for `comparable` */
  readonly kinds: string
  /** equal whenever all equalities hold; undefined: they hold for no partner */
  readonly text: string | undefined
}

/** The equalities that ON begins with, taken apart so that partners can be looked up. */
export interface JoinKeys {
  /** of a row of the sources joined so far. May throw a RowError */
  readonly left: RowFunction<JoinKey>
  /** of a row that has only the new source. May throw a RowError */
  readonly right: RowFunction<JoinKey>
  /** whether values of these kinds are compared without an error, and are equal only if their texts are */
  comparable(left: string, right: string): boolean
}

/** All functions read a joined row: `parts` by source. With keys, only pairs of equal keys are tested with `on`. */
export interface JoinStep {
  readonly kind: JoinKind
  /** index of the source that this step adds */
  readonly source: number
  /** absent: always true; not used by a cross join */
  readonly on?: RowFunction<boolean> | undefined
  readonly keys?: JoinKeys | undefined
}

/** The rows of the source that a step adds, and their keys, computed once however often they are joined with. */
export class RightSide {
  readonly rows: readonly Row[]
  readonly step: JoinStep
  /** number of sources of the statement */
  readonly width: number
  #keyed: Keyed | number | undefined

  constructor(rows: readonly Row[], step: JoinStep, width: number) {
    this.rows = rows
    this.step = step
    this.width = width
  }

  /** @returns the number of the first row whose key cannot be computed, if there is one */
  keyed(key: RowFunction<JoinKey>): Keyed | number {
    this.#keyed ??= Keyed.of(this.rows, row => key(alone(row, this.step.source, this.width, row.time)))
    return this.#keyed
  }
}

const NO_PARTNERS: readonly number[] = Object.freeze([])

/** The keys of one side. */
class Keyed {
  /** by row */
  readonly texts: readonly (string | undefined)[]
  /** each once, with the number of the first row that has it; mostly there is one */
  readonly kinds: ReadonlyMap<string, number>
  #index: ReadonlyMap<string, readonly number[]> | undefined

  private constructor(keys: readonly JoinKey[]) {
    this.texts = keys.map(key => key.text)
    const kinds = new Map<string, number>()
    for (let i = 0; i < keys.length; i++) if (!kinds.has(keys[i]!.kinds)) kinds.set(keys[i]!.kinds, i)
    this.kinds = kinds
  }

  /** @returns the number of the first row whose key cannot be computed, if there is one */
  static of(rows: readonly Row[], key: RowFunction<JoinKey>): Keyed | number {
    const keys: JoinKey[] = []
    try {
      for (const row of rows) keys.push(key(row))
    } catch (error) {
      if (error instanceof RowError) return keys.length
      throw error
    }
    return new Keyed(keys)
  }

  /** Which rows have this text. */
  find(text: string | undefined): readonly number[] {
    if (text === undefined) return NO_PARTNERS
    return (this.#index ??= indexBy(this.texts)).get(text) ?? NO_PARTNERS
  }
}

/** A joined row of which only one source is there. */
export function alone(row: Row, source: number, width: number, time: number): Row {
  const parts = emptyParts(width)
  parts[source] = row
  return joinRows(parts, time)
}

function emptyParts(width: number): (Row | undefined)[] {
  const parts: (Row | undefined)[] = []
  for (let i = 0; i < width; i++) parts.push(undefined)
  return parts
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
  const { kind, source } = right.step
  const pairing = new Pairing(right, time)
  const sides = hashed(left, right, pairing)
  const keepLeft = kind === 'left' || kind === 'full'
  const matched = kind === 'full' ? new Uint8Array(right.rows.length) : undefined
  const joined: Row[] = []
  for (let at = 0; at < left.length; at++) {
    const leftRow = left[at]!
    const before = joined.length
    const partners = sides?.right.find(sides.left.texts[at])
    const count = partners ? partners.length : right.rows.length
    for (let n = 0; n < count; n++) {
      const i = partners ? partners[n]! : n
      const pair = pairing.pair(leftRow, right.rows[i]!)
      if (!pair) continue
      addJoined(joined, pair)
      if (matched) matched[i] = 1
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
  const { source } = right.step
  const pairing = new Pairing(right, time)
  const sides = hashed(left, right, pairing)
  const joined: Row[] = []
  for (let i = 0; i < right.rows.length; i++) {
    const row = right.rows[i]!
    const before = joined.length
    const partners = sides?.left.find(sides.right.texts[i])
    const count = partners ? partners.length : left.length
    for (let n = 0; n < count; n++) {
      const pair = pairing.pair(left[partners ? partners[n]! : n]!, row)
      if (pair) addJoined(joined, pair)
    }
    if (joined.length === before) joined.push(alone(row, source, right.width, time))
  }
  return joined
}

/**
 * Both sides by their keys; undefined where only the nested loop does right. That is when a key cannot be computed or
 * values do not compare: ON may never come to it (AND stops early), or must fail for the whole window.
 */
function hashed(left: readonly Row[], right: RightSide, pairing: Pairing): { left: Keyed; right: Keyed } | undefined {
  const { kind, keys } = right.step
  if (kind === 'cross' || !keys || left.length === 0 || right.rows.length === 0) return undefined
  // Every pair would be tested, so one that fails is enough. It should not take a hundred million others to come to it.
  const probe = (l: number, r: number) => void pairing.pair(left[l]!, right.rows[r]!)
  const rightSide = right.keyed(keys.right)
  if (typeof rightSide === 'number') return probe(0, rightSide)
  const leftSide = Keyed.of(left, keys.left)
  if (typeof leftSide === 'number') return probe(leftSide, 0)
  let isComparable = true
  for (const [l, leftRow] of leftSide.kinds) {
    for (const [r, rightRow] of rightSide.kinds) {
      if (keys.comparable(l, r)) continue
      isComparable = false
      probe(leftRow, rightRow)
    }
  }
  return isComparable ? { left: leftSide, right: rightSide } : undefined
}

/** A join that a few thousand equal keys on both sides would make of millions of rows must not end the process. */
const MOST_ROWS = 1_000_000

/** @throws {RowError} when they are too many */
export function addJoined(joined: Row[], row: Row): void {
  if (joined.length >= MOST_ROWS) throw new RowError(`the join makes more than ${MOST_ROWS} rows at once`)
  joined.push(row)
}

function indexBy(keys: readonly (string | undefined)[]): ReadonlyMap<string, readonly number[]> {
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
      this.#parts = emptyParts(this.#width)
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
