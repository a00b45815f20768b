// Questions about bound trees: their parts, whether something stands in them, which sources they read.

import type { AliasDefinition, BoundExpression } from './bound.ts'

/** The direct parts of a bound expression; an alias counts as the expression it stands for. */
export function boundChildren(e: BoundExpression): readonly BoundExpression[] {
  switch (e.kind) {
    case 'literal':
    case 'column':
      return []
    case 'alias':
      return [e.alias.expression]
    case 'field':
      return [e.object]
    case 'index':
      return [e.array, e.index]
    case 'slice':
      return [e.array, ...(e.from ? [e.from] : []), ...(e.to ? [e.to] : [])]
    case 'binary':
      return [e.left, e.right]
    case 'in':
      return [e.operand, ...(e.list ?? []), ...(e.array ? [e.array] : [])]
    case 'between':
      return [e.operand, e.low, e.high]
    case 'like':
      return [e.operand, e.pattern]
    case 'case':
      return [
        ...(e.operand ? [e.operand] : []),
        ...e.whens.flatMap(w => [w.when, w.then]),
        ...(e.otherwise ? [e.otherwise] : []),
      ]
    case 'call':
    case 'intrinsic':
      return e.arguments
    case 'aggregate':
      return [...e.call.arguments, ...(e.call.filter ? [e.call.filter] : [])]
    case 'analytic':
      return [...e.call.arguments, ...e.call.partitionBy, ...(e.call.when ? [e.call.when] : [])]
    case 'rownumber':
      return [...e.call.partitionBy, ...e.call.orderBy.map(o => o.expression)]
    case 'wildcard':
      return e.replace.map(r => r.expression)
    default:
      return e satisfies never
  }
}

/** True when the test holds for the expression or any part of it. Each alias is looked into once, or chains explode. */
export function some(
  e: BoundExpression,
  test: (e: BoundExpression) => boolean,
  seen: Set<AliasDefinition> = new Set(),
): boolean {
  if (test(e)) return true
  if (e.kind === 'alias') {
    if (seen.has(e.alias)) return false
    seen.add(e.alias)
  }
  return boundChildren(e).some(child => some(child, test, seen))
}

/** Whether the expression can be told to give something other than true and false, without a row to look at. */
export function isNeverBoolean(e: BoundExpression): boolean {
  switch (e.kind) {
    case 'literal':
      return typeof e.value !== 'boolean'
    case 'column':
      return e.type !== undefined && e.type.kind !== 'boolean'
    case 'binary':
      return /^[-+*/%]$/.test(e.operator)
    default:
      return e.kind === 'slice' || e.kind === 'rownumber'
  }
}

export function hasAggregate(e: BoundExpression): boolean {
  return some(e, x => x.kind === 'aggregate')
}

/** `a AND b AND c` as a list. */
export function conjuncts(e: BoundExpression): readonly BoundExpression[] {
  return e.kind === 'binary' && e.operator === 'AND' ? [...conjuncts(e.left), ...conjuncts(e.right)] : [e]
}

/** Adds the sources that the expression reads; a bare schemaless name in a join reads nobody knows which. */
export function sourcesOf(e: BoundExpression, into: Set<number>): Set<number> {
  some(e, x => {
    if (x.kind === 'column' || x.kind === 'intrinsic') {
      if (x.source !== undefined) into.add(x.source)
      else if (x.kind === 'column') into.add(-1)
    }
    if (x.kind === 'wildcard') into.add(x.source ?? -1)
    return false
  })
  return into
}
