// Conditions taken apart at their ANDs, to run each piece as early as it may and to find the equalities of a join.

import type { BoundExpression } from '../sql/bound.ts'
import { some, sourcesOf } from '../sql/bound-walk.ts'

/** `a AND b AND c` as a list. */
export function conjuncts(e: BoundExpression): readonly BoundExpression[] {
  return e.kind === 'binary' && e.operator === 'AND' ? [...conjuncts(e.left), ...conjuncts(e.right)] : [e]
}

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

/** The equality of a join step: one side reads only sources joined before, the other only the new one. */
export interface JoinEquality {
  readonly left: BoundExpression
  readonly right: BoundExpression
}

export function joinEqualities(on: BoundExpression, source: number): readonly JoinEquality[] {
  return conjuncts(on).flatMap(e => {
    if (e.kind !== 'binary' || e.operator !== '=') return []
    const left = sourcesOf(e.left, new Set())
    const right = sourcesOf(e.right, new Set())
    const isNew = (read: Set<number>) => read.size === 1 && read.has(source)
    const isOld = (read: Set<number>) => read.size > 0 && [...read].every(s => s >= 0 && s < source)
    if (isOld(left) && isNew(right)) return [{ left: e.left, right: e.right }]
    if (isOld(right) && isNew(left)) return [{ left: e.right, right: e.left }]
    return []
  })
}
