// Rows with a key in, the rows that have certain values out: what a lookup table of TYPE memory holds.

import { exactKey } from '../core/key-text.ts'
import type { LookupQuery } from '../core/lookup-query.ts'
import type { RowChange } from '../core/row-change.ts'
import { type Cell, getOwn, type Values } from '../core/value.ts'

export interface KeyedRowsOptions {
  /** the column that tells rows apart; undefined: every row that comes is one more */
  readonly key: string | undefined
  /** equal values have equal texts; default: kinds count, so that 1 is not 1.0 */
  readonly textOf?: (value: Cell) => string
}

export class KeyedRows {
  readonly #key: string | undefined
  readonly #textOf: (value: Cell) => string
  /** by the text of the key, in the order in which the keys first came */
  readonly #rows = new Map<string, Values>()
  #unkeyed = 0

  constructor({ key, textOf = exactKey }: KeyedRowsOptions) {
    this.#key = key
    this.#textOf = textOf
  }

  get size(): number {
    return this.#rows.size
  }

  /**
   * @param change absent: the row is written, whether its key is there or not
   * @returns false when the row has no key, so that nothing was done
   */
  put(row: Values, change?: RowChange): boolean {
    if (change?.kind === 'delete') {
      this.#rows.delete(this.#textOf(change.key))
      return change.key !== null
    }
    if (this.#key === undefined) {
      this.#rows.set(String(this.#unkeyed++), row)
      return true
    }
    const key = getOwn(row, this.#key)
    if (key == null) return false
    this.#rows.set(this.#textOf(key), row)
    return true
  }

  find({ columns, values }: LookupQuery): readonly Values[] {
    const texts = values.map(this.#textOf)
    const fits = (row: Values) =>
      columns.every((column, i) => {
        const value = getOwn(row, column)
        return value != null && this.#textOf(value) === texts[i]
      })
    const at = this.#key === undefined ? -1 : columns.indexOf(this.#key)
    if (at < 0) return [...this.#rows.values()].filter(fits)
    const row = this.#rows.get(texts[at]!)
    return row && (columns.length === 1 || fits(row)) ? [row] : []
  }
}
