// Rows in; those for which the condition of their source holds out. WHERE where it may run early, and a window's FILTER.

import type { Row, WindowRows } from '../core/row.ts'
import type { Condition } from './evaluate.ts'
import type { Operator, Output } from './operator.ts'

export class Filter implements Operator {
  /** by source index; undefined: all rows of that source pass */
  readonly #conditions: readonly (Condition | undefined)[]

  constructor(conditions: readonly (Condition | undefined)[]) {
    this.#conditions = conditions
  }

  onRow(row: Row, out: Output): void {
    const condition = this.#conditions[row.source]
    if (condition === undefined || condition(row)) out.row(row)
  }

  onWindow(window: WindowRows, out: Output): void {
    out.window(window)
  }
}
