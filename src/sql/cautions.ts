// A statement in, warnings out: what is valid, and hardly ever what its author means.

import { UserError } from '../core/errors.ts'
import { FileText, type SourceText } from '../core/location.ts'
import { lengthText, UNIT_MS } from '../core/time-unit.ts'
import type { Expression, SelectStatement } from './ast.ts'
import { isComparison } from './precedence.ts'
import { tokenize } from './tokenizer.ts'
import { expressionsOf, walk } from './walk.ts'

/** What can be told from the text alone, in its order. */
export function cautionsOf(select: SelectStatement, source: SourceText): UserError[] {
  return [...nullComparisons(select, source), ...swappedSession(select, source), ...textBehind(select, source)]
}

/**
 * Comparisons with a column called NULL or nil: the dialect has no such literal, and without a schema every name is a
 * column, so that the comparison is false on every row and the rule silent for ever (spec/sql.md 1, 8).
 */
function nullComparisons(select: SelectStatement, source: SourceText): UserError[] {
  const found: UserError[] = []
  for (const expression of expressionsOf(select)) {
    walk(expression, e => {
      if (e.kind !== 'binary' || !isComparison(e.operator)) return
      const side = [e.left, e.right].find(operand => isNullWord(operand, source))
      if (side?.kind !== 'column') return
      found.push(
        new UserError({
          code: 'SQL_UNKNOWN_COLUMN',
          what: `"${side.name}" is a column here, and a comparison with a missing one is false on every row.`,
          fix: `There is no literal for null: write isnull(x) = ${e.operator === '=' ? 'TRUE' : 'FALSE'}. If the column is meant, put it in back-ticks.`,
          location: source.locate(side.span),
        }),
      )
    })
  }
  return found
}

function isNullWord(e: Expression, source: SourceText): boolean {
  if (e.kind !== 'column' || e.qualifier !== undefined || !/^(null|nil)$/i.test(e.name)) return false
  return source.text[e.span.start] !== '`'
}

/** A gap that is longer than the maximum hardly ever ends a session: the cuts do, all the time. */
function swappedSession({ window }: SelectStatement, source: SourceText): UserError[] {
  if (window?.shape.kind !== 'session' || window.shape.gap <= window.shape.max) return []
  const { unit, max, gap } = window.shape
  const [longest, pause] = [max, gap].map(length => lengthText(length * UNIT_MS[unit]))
  return [
    new UserError({
      code: 'SQL_WINDOW',
      what: `A session is cut when it has lasted ${longest} here, and only ends by itself after ${pause} without a row.`,
      why: "SESSIONWINDOW's arguments are unit, maximum, gap.",
      fix: `If they were swapped, write SESSIONWINDOW(${unit}, ${gap}, ${max}).`,
      location: source.locate(window.span),
    }),
  ]
}

/** A rule is one SELECT: what follows its `;` is not read (spec/sql.md 2). */
function textBehind(select: SelectStatement, source: SourceText): UserError[] {
  const { end } = select.span
  const token = tokenize(new FileText(source.path, source.text.slice(end))).find(
    ({ kind, span }) => kind !== 'end' && source.text.slice(end + span.start, end + span.end) !== ';',
  )
  if (!token) return []
  const location = source.locate({ start: end + token.span.start, end: end + token.span.end })
  const fix = 'Delete it, or make it a rule of its own.'
  return [new UserError({ code: 'SQL_SYNTAX', what: 'What follows the ";" is not read.', fix, location })]
}
