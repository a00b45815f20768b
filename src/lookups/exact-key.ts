// A value in, the text under which a table finds it again out: 1 and 1.0 are two values here, as they are to the dialect's
// memory tables (spec/windows-and-time.md 12).

import { counted, keyText } from '../core/key-text.ts'
import type { Cell } from '../core/value.ts'

export function exactKey(value: Cell): string {
  return typeof value === 'bigint' ? `i${value}` : `v${keyText(value)}`
}

/** Of a question, or of a row's values in the order of a question. */
export function exactKeys(values: readonly Cell[]): string {
  return values.map(value => counted(exactKey(value))).join('')
}
