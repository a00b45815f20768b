// Rows as keys: the text under which groups, partitions and join partners find each other.

import { counted, keyText } from '../core/key-text.ts'
import type { Row } from '../core/row.ts'
import type { Evaluate, Group } from '../operators/evaluate.ts'

/**
 * The key of a row by several expressions; the last text needs no length.
 * @returns undefined without expressions: all rows have one key
 */
export function rowKey(expressions: readonly Evaluate[]): ((row: Row, group?: Group) => string) | undefined {
  const [first] = expressions
  if (!first) return undefined
  if (expressions.length === 1) return (row, group) => keyText(first(row, group))
  const last = expressions.length - 1
  return (row, group) => {
    let key = ''
    for (let i = 0; i < last; i++) {
      key += counted(keyText(expressions[i]!(row, group)))
    }
    return key + keyText(expressions[last]!(row, group))
  }
}
