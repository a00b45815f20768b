// Aggregate calls in, plans out that operators run over rows: arguments evaluated, FILTER applied.

import { RowError } from '../core/errors.ts'
import type { Row } from '../core/row.ts'
import type { Value } from '../core/value.ts'
import type { FunctionContext } from '../functions/definition.ts'
import {
  type AggregatePlan,
  ClauseError,
  type Evaluate,
  type Group,
  type RunningAggregate,
} from '../operators/evaluate.ts'
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
    definition.name,
    call.arguments.map(a => generator.evaluate(a)),
    definition.takesRow ? row => allValues(row, undefined, precedence) : undefined,
  )
  const filter = call.filter && generator.condition(call.filter)
  // Rows may be taken in long before the clause is worked on, as they arrive in the window.
  return {
    begin,
    empty: begin().result(),
    add: (aggregate, row, scope) => {
      try {
        if (!filter || filter(row, scope)) add(aggregate, row, scope)
      } catch (error) {
        throw error instanceof RowError ? new ClauseError(`run ${call.clause} error: ${error.message}`) : error
      }
    },
  }
}

/** One argument is the usual case and spared the array. */
function adder(
  name: string,
  args: readonly Evaluate[],
  wholeRow: ((row: Row) => Value) | undefined,
): (aggregate: RunningAggregate, row: Row, scope?: Group) => void {
  const [first, ...rest] = args
  const fail = (error: unknown): never => {
    throw error instanceof RowError ? new RowError(`call func ${name} error: ${error.message}`) : error
  }
  if (first && rest.length === 0 && !wholeRow) {
    return (aggregate, row, scope) => {
      const value = first(row, scope) ?? null
      try {
        aggregate.add(value)
      } catch (error) {
        fail(error)
      }
    }
  }
  const all = wholeRow ? [...args, wholeRow] : args
  return (aggregate, row, scope) => {
    const values = all.map(arg => arg(row, scope) ?? null)
    try {
      aggregate.add(...values)
    } catch (error) {
      fail(error)
    }
  }
}
