// A tree in, its expressions out: the outermost ones, those directly below one, all below one.

import type { Expression, OverClause, SelectStatement } from './ast.ts'

/** The outermost expressions of a statement, in the order of its clauses. */
export function expressionsOf({
  items,
  joins,
  where,
  groupBy,
  window,
  having,
  orderBy,
}: SelectStatement): Expression[] {
  const shape = window?.shape.kind === 'state' ? [window.shape.begin, window.shape.emit] : []
  return present([
    ...items.map(item => item.expression),
    ...joins.map(join => join.on),
    where,
    ...groupBy,
    ...[...shape, window?.filter, window?.when, ...(window?.partitionBy ?? [])],
    having,
    ...orderBy.map(item => item.expression),
  ])
}

/** The expressions directly below one, in the order of the text. */
export function children(e: Expression): Expression[] {
  switch (e.kind) {
    case 'literal':
    case 'column':
      return []
    case 'field':
      return [e.object]
    case 'index':
      return [e.array, e.index]
    case 'slice':
      return present([e.array, e.from, e.to])
    case 'call':
      return present([...e.arguments, e.filter, ...overChildren(e.over)])
    case 'binary':
      return [e.left, e.right]
    case 'in':
      return present([e.operand, ...(e.list ?? []), e.array])
    case 'between':
      return [e.operand, e.low, e.high]
    case 'like':
      return [e.operand, e.pattern]
    case 'case':
      return present([e.operand, ...e.whens.flatMap(w => [w.when, w.then]), e.otherwise])
    case 'wildcard':
      return e.replace.map(r => r.expression)
    default:
      return e satisfies never
  }
}

function overChildren(over: OverClause | undefined): (Expression | undefined)[] {
  return over ? [...over.partitionBy, over.when, ...over.orderBy.map(o => o.expression)] : []
}

function present(list: readonly (Expression | undefined)[]): Expression[] {
  return list.filter(e => e !== undefined)
}

/** Visits a node, then what is below it, in the order of the text. Answering `false` leaves out what is below. */
export function walk(e: Expression, visit: (e: Expression) => unknown): void {
  if (visit(e) === false) return
  for (const child of children(e)) walk(child, visit)
}
