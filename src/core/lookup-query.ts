// What rules and lookup tables say to each other: columns and values in, the rows that have them out.

import type { Value, Values } from './value.ts'

/** One question: the rows in which each of these columns equals the value beside it. No value is null. */
export interface LookupQuery {
  readonly columns: readonly string[]
  readonly values: readonly Exclude<Value, null>[]
}

/** The rows found, in the table's order; none: no match. A promise where the answer comes from outside. */
export type LookupAnswer = readonly Values[] | Promise<readonly Values[]>

export function isAnswered(answer: LookupAnswer): answer is readonly Values[] {
  return Array.isArray(answer)
}
