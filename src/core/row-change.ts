// What a row does to a table that holds rows by key: the words that sinks and tables share.

import type { Value } from './value.ts'

export const ROW_KINDS = ['insert', 'update', 'upsert', 'delete'] as const
export type RowKind = (typeof ROW_KINDS)[number]

export interface RowChange {
  readonly kind: RowKind
  /** of the row that is meant: for `delete` it is all that counts */
  readonly key: Value
}

export function isRowKind(text: unknown): text is RowKind {
  return (ROW_KINDS as readonly unknown[]).includes(text)
}
