// A DEFAULT literal and a column's type in, the value of that type out.

import { RowError } from '../core/errors.ts'
import type { FieldType } from '../core/schema.ts'
import { castTo } from '../functions/cast.ts'

export type Literal = bigint | number | string | boolean

const TAKE_DEFAULT: readonly FieldType['kind'][] = ['bigint', 'float', 'string', 'boolean']

/** Whether columns of this type may have a DEFAULT. @see spec/sql.md 2 */
export function takesDefault(type: FieldType): boolean {
  return TAKE_DEFAULT.includes(type.kind)
}

/**
 * The literal as a value of the column's type, converted as `cast` would, or undefined when that is impossible.
 * @see spec/sql.md 2 "converted leniently" and 3.5
 */
export function convertDefault(literal: Literal, type: FieldType): Literal | undefined {
  if (!takesDefault(type)) return undefined
  try {
    return castTo(literal, type.kind, unwanted) as Literal
  } catch (error) {
    if (error instanceof RowError) return undefined
    throw error
  }
}

function unwanted(): never {
  throw new Error('DATETIME takes no DEFAULT')
}
