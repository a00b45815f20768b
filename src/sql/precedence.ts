// How strongly operators bind: read by the parser, and by the printer so that it writes no needless parenthesis.

import type { BinaryOperator } from './ast.ts'

/**
 * Binding strength of the operators, as in the table of the dialect; paths and `[ ]` bind tighter than all of them.
 * @see spec/sql.md 4.3 and its [fix]
 */
export const PRECEDENCE = { or: 1, and: 2, comparison: 3, additive: 4, multiplicative: 5, postfix: 6 } as const

export const BINARY_PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  OR: PRECEDENCE.or,
  AND: PRECEDENCE.and,
  '=': PRECEDENCE.comparison,
  '!=': PRECEDENCE.comparison,
  '<': PRECEDENCE.comparison,
  '<=': PRECEDENCE.comparison,
  '>': PRECEDENCE.comparison,
  '>=': PRECEDENCE.comparison,
  '+': PRECEDENCE.additive,
  '-': PRECEDENCE.additive,
  '|': PRECEDENCE.additive,
  '^': PRECEDENCE.additive,
  '*': PRECEDENCE.multiplicative,
  '/': PRECEDENCE.multiplicative,
  '%': PRECEDENCE.multiplicative,
  '&': PRECEDENCE.multiplicative,
}

/** `=`, `<` and their like. */
export function isComparison(operator: BinaryOperator): boolean {
  return BINARY_PRECEDENCE[operator] === PRECEDENCE.comparison
}
