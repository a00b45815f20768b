// A window of a plan in, what explain says of it out: when it closes, what it keeps until then, and why no less.

import { lengthText, UNIT_MS } from '../core/time-unit.ts'
import type { AnalyzedSelect, BoundExpression, BoundWindow, BoundWindowShape } from '../sql/bound.ts'
import type { PlanStep } from './plan.ts'

type WindowStep = Extract<PlanStep, { kind: 'window' }>

/** @param text an expression as its author wrote it */
export function windowWords(
  { window, keeps, where }: WindowStep,
  { aggregates, groupBy }: AnalyzedSelect,
  text: (e: BoundExpression) => string,
): { readonly does: string[]; readonly keeps: string[] } {
  const forEach = (expressions: readonly BoundExpression[]) =>
    expressions.length === 0 ? '' : ` for each ${expressions.map(text).join(', ')}`
  const { shape, kept } = shapeWords(window)
  const does = [shape]
  if (window.shape.kind === 'state') {
    const { begin, emit } = window.shape
    does.push(`begins when ${text(begin)}`)
    if (emit) does.push(`is emitted when ${text(emit)}`)
  }
  if (window.when) does.push(`when ${text(window.when)}`)
  if (window.partitionBy.length > 0) does.push(`one${forEach(window.partitionBy)}`)
  if (where) does.push(`only rows where ${text(where)} enter its groups`)
  const texts = new Set(aggregates.filter(({ definition }) => !definition.holds).map(call => call.text))
  const running = texts.size > 0 ? `the running ${[...texts].join(', ')} and ` : ''
  const folded = `${running}one row${forEach([...window.partitionBy, ...groupBy])}`
  switch (keeps.kind) {
    case 'rows':
      return { does, keeps: [`${kept}${forEach(window.partitionBy)}, because ${keeps.why}`] }
    case 'groups':
      return { does, keeps: [folded, ...holdingWords(aggregates)] }
    case 'panes':
      return { does, keeps: [`${folded}, in each of ${paneWords(window.shape)} (two stacks)`] }
    case 'sliding':
      return { does, keeps: [kept, ...followingWords(keeps.by, aggregates).map(words => words + forEach(groupBy))] }
    default:
      return keeps satisfies never
  }
}

/** What grows with the rows all the same: none or one line. */
function holdingWords(aggregates: AnalyzedSelect['aggregates']): string[] {
  const words = aggregates.flatMap(({ definition: { holds }, arguments: args, text }) =>
    holds ? [`${args[0]?.kind === 'wildcard' ? 'every row' : holds} for ${text}`] : [],
  )
  return words.length === 0 ? [] : [[...new Set(words)].join(', ')]
}

const ALGEBRAS = { invertible: 'taking away', monotonic: 'a monotonic queue', stacks: 'two stacks' } as const
type Algebra = keyof typeof ALGEBRAS

/** How the aggregates follow the rows that come and go: none or one line. */
function followingWords(by: readonly Algebra[], aggregates: AnalyzedSelect['aggregates']): string[] {
  const words = (Object.keys(ALGEBRAS) as Algebra[]).flatMap(algebra => {
    const texts = new Set(aggregates.filter((_, i) => by[i] === algebra).map(call => call.text))
    return texts.size === 0 ? [] : [`${[...texts].join(', ')} by ${ALGEBRAS[algebra]}`]
  })
  return words.length === 0 ? [] : [`the running ${words.join(', ')}`]
}

function paneWords(shape: BoundWindowShape): string {
  switch (shape.kind) {
    case 'hopping':
      return panes(Math.ceil(shape.length / shape.hop), lengthText(shape.hop * UNIT_MS[shape.unit]))
    case 'count': {
      const { length, interval = length } = shape
      return panes(Math.ceil(length / interval), interval === 1 ? '1 row' : `${interval} rows`)
    }
    default:
      throw new Error(`${shape.kind} windows have no panes`)
  }
}

function panes(count: number, size: string): string {
  return count === 1 ? `1 pane of ${size}` : `${count} panes of ${size}`
}

function shapeWords({ shape }: BoundWindow): { readonly shape: string; readonly kept: string } {
  switch (shape.kind) {
    case 'tumbling': {
      const length = lengthText(shape.length * UNIT_MS[shape.unit])
      return { shape: `tumbling ${length}`, kept: `the rows of the open window, ${length} at most` }
    }
    case 'hopping': {
      const length = lengthText(shape.length * UNIT_MS[shape.unit])
      const hop = lengthText(shape.hop * UNIT_MS[shape.unit])
      return { shape: `hopping ${length} every ${hop}`, kept: `the rows of the last ${length}` }
    }
    case 'sliding': {
      const { lengthMs, delayMs = 0, isLeftOpen, isSentTwice } = shape
      const delay = delayMs > 0 ? ` delay ${lengthText(delayMs)}` : ''
      const bounds = isSentTwice ? ', sent twice' : isLeftOpen ? ', without its start and with its end' : ''
      return {
        shape: `sliding ${lengthText(lengthMs)}${delay}${bounds}`,
        kept: `the rows of the last ${lengthText(lengthMs + delayMs)}`,
      }
    }
    case 'session': {
      const maxMs = shape.max * UNIT_MS[shape.unit]
      return {
        shape: `session gap ${lengthText(shape.gapMs)} max ${lengthText(maxMs)}`,
        // It is cut at the aligned instants, every max, only when it has lasted so long by then.
        kept: `the rows of the open session, ${lengthText(2 * maxMs)} at most`,
      }
    }
    case 'count': {
      const { length, interval = length } = shape
      return {
        shape: interval === length ? `count ${length}` : `count ${length} every ${interval}`,
        kept: `the last ${length} rows`,
      }
    }
    case 'state':
      return { shape: 'state', kept: 'the rows since it began' }
    default:
      return shape satisfies never
  }
}
