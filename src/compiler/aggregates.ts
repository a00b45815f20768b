// Aggregate calls in, plans out that operators run over rows: arguments evaluated, FILTER applied.

import { RowError } from '../core/errors.ts'
import type { Row } from '../core/row.ts'
import type { Value } from '../core/value.ts'
import type { AggregateFunction, FunctionContext, SlidingAccumulator } from '../functions/definition.ts'
import {
  type AggregatePlan,
  ClauseError,
  type Evaluate,
  type Group,
  type RunningAggregate,
  type SlidingAggregate,
} from '../operators/evaluate.ts'
import { TwoStacks } from '../operators/windows/two-stacks.ts'
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
  const { read, take, isUnary } = argumentsOf(
    definition,
    call.arguments.map(a => generator.evaluate(a)),
    definition.takesRow ? row => allValues(row, undefined, precedence) : undefined,
  )
  const filter = call.filter && generator.condition(call.filter)
  // Rows may be taken in long before the clause is worked on, as they arrive in the window.
  const fail = (error: unknown): never => {
    throw error instanceof RowError ? new ClauseError(`run ${call.clause} error: ${error.message}`) : error
  }
  const plan: AggregatePlan = {
    begin,
    empty: begin().result(),
    add: (aggregate, row, scope) => {
      try {
        if (!filter || filter(row, scope)) take(aggregate, read(row, scope))
      } catch (error) {
        fail(error)
      }
    },
    read: (row, scope) => {
      try {
        return !filter || filter(row, scope) ? read(row, scope) : undefined
      } catch (error) {
        return fail(error)
      }
    },
    take: (aggregate, args) => {
      try {
        take(aggregate, args)
      } catch (error) {
        fail(error)
      }
    },
    merge: (aggregate, later) => {
      try {
        aggregate.merge!(later)
      } catch (error) {
        fail(callError(definition, error))
      }
    },
  }
  return { ...plan, beginSliding: slidingOf(definition, plan, isUnary, context) }
}

interface Arguments {
  readonly isUnary: boolean
  read(row: Row, scope?: Group): Value
  take(aggregate: RunningAggregate, args: Value): void
}

/** One argument is the usual case and spared the array. */
function argumentsOf(
  definition: AggregateFunction,
  args: readonly Evaluate[],
  wholeRow: ((row: Row) => Value) | undefined,
): Arguments {
  const [first, ...rest] = args
  if (first && rest.length === 0 && !wholeRow) {
    return {
      isUnary: true,
      read: (row, scope) => first(row, scope) ?? null,
      take: (aggregate, value) => {
        try {
          aggregate.add(value)
        } catch (error) {
          throw callError(definition, error)
        }
      },
    }
  }
  const all = wholeRow ? [...args, wholeRow] : args
  return {
    isUnary: false,
    read: (row, scope) => all.map(arg => arg(row, scope) ?? null),
    take: (aggregate, values) => {
      try {
        aggregate.add(...(values as readonly Value[]))
      } catch (error) {
        throw callError(definition, error)
      }
    },
  }
}

/** An error of a value is told as the function's. */
function callError({ name }: AggregateFunction, error: unknown): unknown {
  return error instanceof RowError ? new RowError(`call func ${name} error: ${error.message}`) : error
}

/** undefined: its algebra offers no way (AggregateFunction.sliding, Accumulator.merge) */
function slidingOf(
  { sliding }: AggregateFunction,
  plan: AggregatePlan,
  isUnary: boolean,
  context: FunctionContext,
): AggregatePlan['beginSliding'] {
  if (!sliding) return plan.begin().merge && (rows => new TwoStacks(plan, rows))
  return isUnary ? () => sliding.begin(context) : () => new WithArguments(sliding.begin(context))
}

/** Hands the arguments on one by one. */
class WithArguments implements SlidingAggregate {
  readonly #accumulator: SlidingAccumulator

  constructor(accumulator: SlidingAccumulator) {
    this.#accumulator = accumulator
  }

  add(args: Value): void {
    this.#accumulator.add(...(args as readonly Value[]))
  }

  remove(args: Value): void {
    this.#accumulator.remove(...(args as readonly Value[]))
  }

  result(): Value {
    return this.#accumulator.result()
  }
}
