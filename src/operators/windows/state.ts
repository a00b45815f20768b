// Rows in; what came from one that meets a condition to a later one that does out, for each partition on its own.

import type { Row } from '../../core/row.ts'
import type { SnapshotForm } from '../evaluate.ts'
import type { Operator, Output, RowFunction } from '../operator.ts'
import type { Contents } from './contents.ts'

export interface StateOptions {
  /** true (nothing else) opens a window */
  readonly begin: RowFunction<unknown>
  /** true closes it, this row included. Absent: the next row for which `begin` is true closes it and opens the next */
  readonly emit?: RowFunction<unknown> | undefined
  /** rows of different keys are in different windows */
  readonly partition?: RowFunction<string> | undefined
  /** asked for each window */
  contents(): Contents
}

interface Open {
  readonly start: number
  readonly contents: Contents
}

interface Saved {
  readonly open: readonly (readonly [key: string, start: number, contents: unknown])[]
}

/**
 * STATEWINDOW(begin, emit): from the first row where begin is true to the first later row where emit is true, both
 * included. STATEWINDOW(condition): from a row where it is true up to before the next such row. Start is the time of
 * the first row, end that of the row that closes it. An error in a condition discards the row.
 */
export class StateWindow implements Operator {
  readonly #options: StateOptions
  /** windows that are open, by partition */
  readonly #open = new Map<string, Open>()

  constructor(options: StateOptions) {
    this.#options = options
  }

  onRow(row: Row, out: Output): void {
    const { begin, emit, partition } = this.#options
    const key = partition ? partition(row) : ''
    const open = this.#open.get(key)
    if (!open) {
      if (begin(row) === true) this.#begin(key, row)
      return
    }
    if (emit) {
      const closes = emit(row) === true
      open.contents.add(row)
      if (!closes) return
      this.#open.delete(key)
    } else {
      if (begin(row) !== true) return open.contents.add(row)
      this.#begin(key, row)
    }
    const held = open.contents.take()
    if (held) out.window({ ...held, start: open.start, end: row.time, trigger: row.time })
  }

  #begin(key: string, row: Row): void {
    const contents = this.#options.contents()
    contents.add(row)
    this.#open.set(key, { start: row.time, contents })
  }

  snapshot(form?: SnapshotForm): Saved {
    return { open: [...this.#open].map(([key, { start, contents }]) => [key, start, contents.snapshot(form)] as const) }
  }

  restore(saved: Saved): void {
    this.#open.clear()
    for (const [key, start, state] of saved.open) {
      const contents = this.#options.contents()
      contents.restore(state)
      this.#open.set(key, { start, contents })
    }
  }
}
