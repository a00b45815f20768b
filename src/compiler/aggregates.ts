// Aggregate calls in, plans out that operators run over rows: arguments evaluated, FILTER applied.

import type { Row } from '../core/row.ts'
import type { Value } from '../core/value.ts'
import type { FunctionContext } from '../functions/definition.ts'
import type { AggregatePlan, Evaluate, RunningAggregate } from '../operators/evaluate.ts'
import type { AggregateCall } from '../sql/bound.ts'
import type { Generator } from './generator.ts'
import { allValues } from './wildcard.ts'

export function compileAggregate(
  call: AggregateCall,
  generator: Generator,
  context: FunctionContext,
  precedence: readonly number[],
): AggregatePlan {
  const { definition } = call
  const begin = () => definition.begin(context)
  const add = adder(
    call.arguments.map(a => generator.evaluate(a)),
    definition.takesRow ? row => allValues(row, undefined, precedence) : undefined,
  )
  const filter = call.filter && generator.condition(call.filter)
  return {
    begin,
    empty: begin().result(),
    add: filter
      ? (aggregate, row) => {
          if (filter(row)) add(aggregate, row)
        }
      : add,
  }
}

/** One argument is the usual case and spared the array. */
function adder(
  args: readonly Evaluate[],
  wholeRow: ((row: Row) => Value) | undefined,
): (aggregate: RunningAggregate, row: Row) => void {
  const [first, ...rest] = args
  if (first && rest.length === 0 && !wholeRow) return (aggregate, row) => aggregate.add(first(row) ?? null)
  const all = wholeRow ? [...args, wholeRow] : args
  return (aggregate, row) => aggregate.add(...all.map(arg => arg(row) ?? null))
}
