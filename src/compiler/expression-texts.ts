// A statement in, the text of each of its expressions by place: what explain shows for a bound expression.

import type { Span } from '../core/location.ts'
import type { Expression, SelectStatement } from '../sql/ast.ts'
import { printExpression } from '../sql/printer.ts'
import { expressionsOf, walk } from '../sql/walk.ts'

/** A bound expression has the span of what was written, and no two expressions of a statement have the same one. */
export class ExpressionTexts {
  readonly #bySpan = new Map<string, Expression>()

  constructor(statement: SelectStatement) {
    for (const root of expressionsOf(statement)) walk(root, e => void this.#bySpan.set(key(e.span), e))
  }

  /** In its one spelling; undefined: the author wrote nothing that stands just there. */
  find(span: Span): string | undefined {
    const found = this.#bySpan.get(key(span))
    return found && printExpression(found)
  }
}

function key({ start, end }: Span): string {
  return `${start}:${end}`
}
