// A statement in, what its window keeps of the rows until it closes out, and why no less (spec/windows-and-time.md 9).

import type { FunctionContext } from '../functions/definition.ts'
import type { AnalyzedSelect, BoundExpression, BoundWindowShape } from '../sql/bound.ts'
import { some } from '../sql/bound-walk.ts'
import { needsWindow } from './conjuncts.ts'

/** What a window holds. */
export type Keeps =
  | {
      readonly kind: 'rows'
      /** completes "because …" */
      readonly why: string
    }
  /** running aggregates, whatever they hold, and the first row of each group; windows that do not overlap */
  | { readonly kind: 'groups' }
  /** the same for each pane, in two stacks a group; windows that overlap at regular steps */
  | { readonly kind: 'panes' }
  /** a sliding window's: how each aggregate, by number, follows rows that come and go */
  | { readonly kind: 'sliding'; readonly by: readonly ('invertible' | 'monotonic' | 'stacks')[] }

export interface KeepsOptions {
  /** never folds: what folding is measured against */
  readonly keepRows?: boolean | undefined
}

/**
 * Folded wherever the results are those of the rows kept: nothing of a row may be asked for when the window closes but
 * of the first of its group.
 * @param where what of WHERE waits for the window
 */
export function keepsOf(
  analyzed: AnalyzedSelect,
  where: BoundExpression | undefined,
  { keepRows = false }: KeepsOptions,
): Keeps {
  const why = keepRows ? 'it was told to keep them' : whyRows(analyzed, where)
  if (why !== undefined) return { kind: 'rows', why }
  if (analyzed.window!.shape.kind === 'sliding') {
    return { kind: 'sliding', by: analyzed.aggregates.map(({ definition }) => definition.sliding?.by ?? 'stacks') }
  }
  return { kind: overlaps(analyzed.window!.shape) ? 'panes' : 'groups' }
}

function whyRows(
  { window, isAggregate, joins, groupBy, aggregates }: AnalyzedSelect,
  where: BoundExpression | undefined,
): string | undefined {
  const { shape } = window!
  if (joins.length > 0) return 'the join pairs them'
  if (!isAggregate) return 'each of them goes out'
  if (where && needsWindow(where)) return 'WHERE looks at what the window comes to'
  for (const { what, expressions } of [
    ...(where ? [{ what: 'WHERE', expressions: [where] }] : []),
    ...groupBy.map(e => ({ what: 'the group', expressions: [e] })),
    ...aggregates.map(call => ({
      what: call.text,
      expressions: call.filter ? [...call.arguments, call.filter] : call.arguments,
    })),
  ]) {
    if (expressions.some(needsWindow)) return `${what} looks at the bounds of the window`
    // What they come to on arrival is not what they come to when the window closes.
    if (expressions.some(changesWithTime)) return `${what} is worked out when the window closes`
  }
  const unmergeable = overlaps(shape)
    ? aggregates.find(
        ({ definition: { sliding, begin } }) =>
          begin(PROBE).merge === undefined && !(shape.kind === 'sliding' && sliding !== undefined),
      )
    : undefined
  return unmergeable && `${unmergeable.text} needs them`
}

/** Two windows may hold the same row. */
function overlaps(shape: BoundWindowShape): boolean {
  switch (shape.kind) {
    case 'hopping':
    case 'sliding':
      return true
    case 'count':
      return shape.interval !== undefined && shape.interval < shape.length
    case 'tumbling':
    case 'session':
    case 'state':
      return false
    default:
      return shape satisfies never
  }
}

/** The clock, chance, or what the rule has sent so far stands in it. */
function changesWithTime(e: BoundExpression): boolean {
  return some(
    e,
    x => (x.kind === 'call' && x.definition.pure === false) || (x.kind === 'intrinsic' && x.definition.role === 'hits'),
  )
}

/** What an accumulator can do does not depend on the rule. */
const PROBE: FunctionContext = {
  now: () => 0,
  zone: 'UTC',
  ruleId: '',
  ruleStart: 0,
  property: () => undefined,
}
