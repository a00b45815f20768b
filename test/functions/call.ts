// Calls functions by name, as compiled SQL does: the null rule first, then the function.

import { isStruct, type Value } from '../../src/core/value.ts'
import type {
  Accumulator,
  AnalyticState,
  FunctionContext,
  FunctionDefinition,
  ScalarFunction,
} from '../../src/functions/definition.ts'
import { lookup } from '../../src/functions/registry.ts'

export const context: FunctionContext = {
  now: () => 1_700_000_000_123,
  zone: 'UTC',
  ruleId: 'rule1',
  ruleStart: 1_700_000_000_000,
  property: name => (name === 'site' ? 'a1' : undefined),
}

export function find<K extends FunctionDefinition['kind']>(
  name: string,
  kind: K,
): Extract<FunctionDefinition, { kind: K }> {
  const definition = lookup(name)
  if (definition?.kind !== kind) throw new Error(`${name} is not a function of kind ${kind}`)
  return definition as Extract<FunctionDefinition, { kind: K }>
}

/** A scalar call. */
export function call(name: string, ...args: Value[]): Value {
  const definition: ScalarFunction = find(name, 'scalar')
  if (definition.nulls !== 'own' && args.some(isNothing)) {
    return { null: null, false: false, zero: 0n }[definition.nulls]
  }
  return definition.callWith ? definition.callWith(context, ...args) : definition.call!(...args)
}

function isNothing(value: Value): boolean {
  if (value === null) return true
  return Array.isArray(value) ? value.length === 0 : isStruct(value) && Object.keys(value).length === 0
}

export function accumulator(name: string): Accumulator {
  return find(name, 'aggregate').begin(context)
}

/** An aggregate over rows of arguments; a row that is no array is the only argument. */
export function aggregate(name: string, rows: readonly (Value | Value[])[]): Value {
  const running = accumulator(name)
  for (const row of rows) running.add(...(Array.isArray(row) ? (row as Value[]) : [row as Value]))
  return running.result()
}

export function analyticState(name: string): AnalyticState {
  return find(name, 'analytic').begin(context)
}

/** An analytic function over rows of arguments, all of them valid. */
export function analytic(name: string, rows: readonly Value[][]): Value[] {
  const state = analyticState(name)
  return rows.map(row => state.next(row, true))
}
