// Conditions taken apart at their ANDs, to run each piece as early as it may and to find the equalities of a join.

import type { BoundExpression } from '../sql/bound.ts'
import { conjuncts, some, sourcesOf } from '../sql/bound-walk.ts'

export function conjunction(list: readonly BoundExpression[]): BoundExpression | undefined {
  return list.length === 0
    ? undefined
    : list.reduce((left, right) => ({
        kind: 'binary',
        operator: 'AND',
        left,
        right,
        span: { start: left.span.start, end: right.span.end },
      }))
}

/** The one source that a condition reads; undefined: several, none, or nobody knows which. */
export function onlySource(e: BoundExpression): number | undefined {
  const read = sourcesOf(e, new Set())
  const [source] = read
  return read.size === 1 && source !== -1 ? source : undefined
}

/** True when the condition needs the window's rows: it looks at aggregates, or at the window itself. */
export function needsWindow(e: BoundExpression): boolean {
  return some(
    e,
    x =>
      x.kind === 'aggregate' ||
      (x.kind === 'intrinsic' &&
        (x.definition.name.startsWith('window_') || x.definition.name.startsWith('last_agg_'))),
  )
}

/** The numbers of the aggregates that an expression looks at. */
export function aggregatesOf(e: BoundExpression): ReadonlySet<number> {
  const numbers = new Set<number>()
  some(e, x => {
    if (x.kind === 'aggregate') numbers.add(x.call.index)
    return false
  })
  return numbers
}

/** One piece of what ON begins with: an equality of the sources joined before with the new one, or a condition on one of them. */
export type JoinPiece =
  | {
      readonly kind: 'equality'
      readonly left: BoundExpression
      readonly right: BoundExpression
      /** it was written the other way: new source first */
      readonly swapped: boolean
    }
  | { readonly kind: 'left' | 'right'; readonly condition: BoundExpression }

/**
 * The pieces up to the first that is neither. Those behind it are of no use: AND computes what stands before them for
 * every pair, and that may fail.
 */
export function joinPieces(on: BoundExpression, source: number): readonly JoinPiece[] {
  const pieces: JoinPiece[] = []
  for (const e of conjuncts(on)) {
    const piece = joinPiece(e, source)
    if (!piece) break
    pieces.push(piece)
  }
  return pieces
}

function joinPiece(e: BoundExpression, source: number): JoinPiece | undefined {
  const side = (part: BoundExpression) => {
    const read = sourcesOf(part, new Set())
    if (read.size === 0) return undefined
    if ([...read].every(s => s === source)) return 'right'
    return [...read].every(s => s >= 0 && s < source) ? 'left' : undefined
  }
  const whole = side(e)
  if (whole) return { kind: whole, condition: e }
  if (e.kind !== 'binary' || e.operator !== '=') return undefined
  const [first, second] = [side(e.left), side(e.right)]
  if (first === 'left' && second === 'right') return { kind: 'equality', left: e.left, right: e.right, swapped: false }
  if (first === 'right' && second === 'left') return { kind: 'equality', left: e.right, right: e.left, swapped: true }
  return undefined
}
