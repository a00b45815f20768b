// Trees of SQL rebuilt with other nodes, and compared without their places.

import type { Expression, OrderItem, OverClause } from '../../src/sql/ast.ts'

/** The tree with every node replaced by what `f` makes of it, from the leaves up. Untouched nodes stay the same objects. */
export function mapExpression(e: Expression, f: (e: Expression) => Expression): Expression {
  return f(mapChildren(e, child => mapExpression(child, f)))
}

/** A node with each expression directly below it replaced. The same object when nothing changed. */
function mapChildren(e: Expression, f: (e: Expression) => Expression): Expression {
  const optional = (x: Expression | undefined) => (x === undefined ? undefined : f(x))
  switch (e.kind) {
    case 'literal':
    case 'column':
      return e
    case 'field':
      return changed(e, { object: f(e.object) })
    case 'index':
      return changed(e, { array: f(e.array), index: f(e.index) })
    case 'slice':
      return changed(e, { array: f(e.array), from: optional(e.from), to: optional(e.to) })
    case 'call':
      return changed(e, { arguments: mapList(e.arguments, f), filter: optional(e.filter), over: mapOver(e.over, f) })
    case 'binary':
      return changed(e, { left: f(e.left), right: f(e.right) })
    case 'in':
      return changed(e, { operand: f(e.operand), list: e.list && mapList(e.list, f), array: optional(e.array) })
    case 'between':
      return changed(e, { operand: f(e.operand), low: f(e.low), high: f(e.high) })
    case 'like':
      return changed(e, { operand: f(e.operand), pattern: f(e.pattern) })
    case 'case': {
      const operand = optional(e.operand)
      const whens = mapList(e.whens, w => changed(w, { when: f(w.when), then: f(w.then) }))
      return changed(e, { operand, whens, otherwise: optional(e.otherwise) })
    }
    case 'wildcard':
      return changed(e, { replace: mapList(e.replace, r => changed(r, { expression: f(r.expression) })) })
    default:
      return e satisfies never
  }
}

function mapOver(over: OverClause | undefined, f: (e: Expression) => Expression): OverClause | undefined {
  if (!over) return undefined
  const orderBy = mapList(over.orderBy, (o: OrderItem) => changed(o, { expression: f(o.expression) }))
  const when = over.when === undefined ? undefined : f(over.when)
  return changed(over, { partitionBy: mapList(over.partitionBy, f), when, orderBy })
}

function mapList<T>(list: readonly T[], f: (item: T) => T): readonly T[] {
  const mapped = list.map(item => f(item))
  return mapped.every((item, i) => item === list[i]) ? list : mapped
}

function changed<T extends object>(node: T, parts: Partial<T>): T {
  const same = Object.entries(parts).every(([key, part]) => node[key as keyof T] === part)
  return same ? node : { ...node, ...parts }
}

/** A copy of a tree without places and absent parts: equal trees of different texts are then deeply equal. */
export function stripSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(stripSpans)
  if (node instanceof Map) return new Map([...node].map(([key, value]) => [key, stripSpans(value)]))
  if (typeof node !== 'object' || node === null) return node
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'span' && key !== 'nameSpan' && value !== undefined) copy[key] = stripSpans(value)
  }
  return copy
}
