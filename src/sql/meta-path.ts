// The argument of meta() in, the path of keys that it means out.

import type { CallExpression, Expression, FieldExpression } from './ast.ts'
import type { Fault, Scope } from './scope.ts'

/** `meta(a)`, `meta(s.a)`, `meta(a->b)`, `meta(*)`: the argument is a path of names, not an expression. */
export function metaPath(
  call: CallExpression,
  scope: Scope,
  fault: Fault,
): { path: string[]; source: number | undefined } {
  const path: string[] = []
  let node: Expression | undefined = call.arguments[0]
  while (node?.kind === 'field') {
    path.unshift(node.name)
    node = (node satisfies FieldExpression).object
  }
  if (node?.kind === 'wildcard') return { path: [], source: undefined }
  if (node?.kind !== 'column') {
    throw fault.error('SQL_ARGUMENT', call.span, `${call.name}() takes the name of a metadata key.`, {
      fix: `Write ${call.name}(path), ${call.name}(header->host), or ${call.name}(*).`,
    })
  }
  path.unshift(node.name)
  const source = node.qualifier === undefined ? undefined : scope.source(node.qualifier)
  if (node.qualifier !== undefined && !source) path.unshift(node.qualifier)
  return { path, source: source?.index }
}
