// A bound window in, its operator out.

import type { Row } from '../core/row.ts'
import { UNIT_MS } from '../core/time-unit.ts'
import type { Value } from '../core/value.ts'
import type { Hits } from '../operators/evaluate.ts'
import type { Operator } from '../operators/operator.ts'
import type { Contents, FoldPlan, PanedContents } from '../operators/windows/contents.ts'
import { CountWindow, OverlappingCountWindow } from '../operators/windows/count.ts'
import { FoldedContents } from '../operators/windows/folded-contents.ts'
import { FoldedPanes } from '../operators/windows/folded-panes.ts'
import { FoldedSliding } from '../operators/windows/folded-sliding.ts'
import { HoppingWindow } from '../operators/windows/hopping.ts'
import { PanedRows, RowContents } from '../operators/windows/row-contents.ts'
import { SessionWindow } from '../operators/windows/session.ts'
import { SlidingWindow } from '../operators/windows/sliding.ts'
import { SlidingRows } from '../operators/windows/sliding-rows.ts'
import { StateWindow } from '../operators/windows/state.ts'
import { TumblingWindow } from '../operators/windows/tumbling.ts'
import type { BoundExpression, BoundWindow } from '../sql/bound.ts'
import { some } from '../sql/bound-walk.ts'
import type { Generator } from './generator.ts'
import { rowKey } from './group-key.ts'
import type { Keeps } from './keeps.ts'

export interface WindowContext {
  readonly generator: Generator
  readonly hits: Hits
  /** ms since 1970 UTC */
  readonly startMs: number
  readonly zone: string
  readonly isEventTime: boolean
  readonly keeps: Keeps
  /** how rows become groups, where they are not kept */
  readonly fold: FoldPlan
}

/** A window decides when, its contents what: rows, or what they come to. */
export function compileWindow(window: BoundWindow, context: WindowContext): Operator {
  const { shape } = window
  const { generator, startMs, zone, isEventTime: eventTime, keeps, fold } = context
  const areKept = keeps.kind === 'rows'
  const contents = (): Contents => (areKept ? new RowContents() : new FoldedContents(fold))
  const panes = (): PanedContents => (areKept ? new PanedRows() : new FoldedPanes(fold))
  switch (shape.kind) {
    case 'tumbling': {
      const { unit, length } = shape
      return new TumblingWindow({ unit, zone, startMs, eventTime, lengthMs: length * UNIT_MS[unit], contents })
    }
    case 'hopping': {
      const { unit } = shape
      const [lengthMs, hopMs] = [shape.length * UNIT_MS[unit], shape.hop * UNIT_MS[unit]]
      return new HoppingWindow({ unit, zone, startMs, eventTime, lengthMs, hopMs, contents: panes })
    }
    case 'sliding':
      return new SlidingWindow({
        lengthMs: shape.lengthMs,
        delayMs: shape.delayMs,
        when: window.when && slidingCondition(window.when, context),
        eventTime,
        isLeftOpen: shape.isLeftOpen,
        isSentTwice: shape.isSentTwice,
        contents: () => (areKept ? new SlidingRows() : new FoldedSliding(fold)),
      })
    case 'session':
      return new SessionWindow({
        unit: shape.unit,
        zone,
        startMs,
        eventTime,
        maxMs: shape.max * UNIT_MS[shape.unit],
        gapMs: shape.gapMs,
        contents,
      })
    case 'count': {
      const { length, interval = length } = shape
      if (interval === length) return new CountWindow({ length, contents })
      return new OverlappingCountWindow({ length, interval, contents: panes })
    }
    case 'state': {
      return new StateWindow({
        begin: generator.evaluate(shape.begin),
        emit: shape.emit && generator.evaluate(shape.emit),
        partition: rowKey(window.partitionBy.map(e => generator.evaluate(e))),
        contents,
      })
    }
    default:
      return shape satisfies never
  }
}

/** last_hit_count() in a WHEN counts the rows for which the WHEN was true. */
function slidingCondition(when: BoundExpression, { generator, hits }: WindowContext): (row: Row) => Value | undefined {
  const evaluate = generator.evaluate(when)
  if (!some(when, x => x.kind === 'intrinsic' && x.definition.role === 'hits')) return row => evaluate(row)
  return row => {
    const result = evaluate(row)
    if (result === true) {
      hits.count++
      hits.time = row.time
    }
    return result
  }
}
