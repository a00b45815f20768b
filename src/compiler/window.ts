// A bound window in, its operator out.

import type { Row } from '../core/row.ts'
import { UNIT_MS } from '../core/time-unit.ts'
import type { Value } from '../core/value.ts'
import type { AggregatePlan, Hits, RunningAggregate } from '../operators/evaluate.ts'
import type { Operator } from '../operators/operator.ts'
import { CountWindow } from '../operators/windows/count.ts'
import { FoldedTumblingWindow } from '../operators/windows/folded-tumbling.ts'
import { HoppingWindow } from '../operators/windows/hopping.ts'
import { SessionWindow } from '../operators/windows/session.ts'
import { SlidingWindow } from '../operators/windows/sliding.ts'
import { SlidingRows } from '../operators/windows/sliding-rows.ts'
import { StateWindow } from '../operators/windows/state.ts'
import { TumblingWindow } from '../operators/windows/tumbling.ts'
import type { BoundExpression, BoundWindow } from '../sql/bound.ts'
import { some } from '../sql/bound-walk.ts'
import type { Generator } from './generator.ts'
import { rowKey } from './group-key.ts'

export interface WindowContext {
  readonly generator: Generator
  readonly hits: Hits
  /** ms since 1970 UTC */
  readonly startMs: number
  readonly zone: string
  readonly isEventTime: boolean
  /** keep aggregates instead of rows */
  readonly fold:
    | { readonly aggregates: readonly AggregatePlan[]; readonly groupKey: ((row: Row) => string) | undefined }
    | undefined
}

export function compileWindow(window: BoundWindow, context: WindowContext): Operator {
  const { shape } = window
  const { generator, startMs, zone, isEventTime: eventTime, fold } = context
  switch (shape.kind) {
    case 'tumbling': {
      const ticks = { unit: shape.unit, zone, startMs, eventTime, lengthMs: shape.length * UNIT_MS[shape.unit] }
      return fold ? foldedTumbling(ticks, fold) : new TumblingWindow(ticks)
    }
    case 'hopping': {
      const unit = UNIT_MS[shape.unit]
      return new HoppingWindow({
        unit: shape.unit,
        zone,
        startMs,
        eventTime,
        lengthMs: shape.length * unit,
        hopMs: shape.hop * unit,
      })
    }
    case 'sliding':
      return new SlidingWindow({
        lengthMs: shape.lengthMs,
        delayMs: shape.delayMs,
        when: window.when && slidingCondition(window.when, context),
        eventTime,
        contents: () => new SlidingRows(),
      })
    case 'session':
      return new SessionWindow({
        unit: shape.unit,
        zone,
        startMs,
        eventTime,
        maxMs: shape.max * UNIT_MS[shape.unit],
        gapMs: shape.gapMs,
      })
    case 'count':
      return new CountWindow({ length: shape.length, interval: shape.interval })
    case 'state': {
      return new StateWindow({
        begin: generator.evaluate(shape.begin),
        emit: shape.emit && generator.evaluate(shape.emit),
        partition: rowKey(window.partitionBy.map(e => generator.evaluate(e))),
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

type TickSettings = Omit<ConstructorParameters<typeof FoldedTumblingWindow>[0], 'groupKey' | 'fold' | 'emit'>

function foldedTumbling(ticks: TickSettings, fold: NonNullable<WindowContext['fold']>): Operator {
  const { aggregates, groupKey } = fold
  const count = aggregates.length
  return new FoldedTumblingWindow<RunningAggregate[]>({
    ...ticks,
    groupKey,
    fold: {
      begin: () => aggregates.map(plan => plan.begin()),
      add: (state, row) => {
        for (let i = 0; i < count; i++) aggregates[i]!.add(state[i]!, row)
      },
      save: state => state.map(aggregate => aggregate.snapshot?.()),
      load: saved =>
        aggregates.map((plan, i) => {
          const aggregate = plan.begin()
          aggregate.restore?.((saved as readonly unknown[])[i])
          return aggregate
        }),
    },
    emit: (groups, bounds, out) => {
      const folded = groups.map(group => ({
        first: group.first,
        aggregates: group.state.map(aggregate => aggregate.result()),
      }))
      out.window({ rows: [], groups: folded, start: bounds.start, end: bounds.end, trigger: bounds.trigger })
    },
  })
}
