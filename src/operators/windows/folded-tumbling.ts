// A tumbling window that keeps no rows: each row is folded into the state of its group, and the groups go out.

import { RowError } from '../../core/errors.ts'
import type { Row, WindowBounds } from '../../core/row.ts'
import { loadValue, saveValue } from '../../core/snapshot.ts'
import { ClauseError } from '../evaluate.ts'
import type { Operator, Output, RowFunction } from '../operator.ts'
import { loadRow, type SavedRow, saveRow } from '../saved-row.ts'
import { type SavedTicks, type TickOptions, Ticks } from './ticks.ts'

/** What a group's rows come to. */
export interface Fold<State> {
  begin(): State
  /** may throw a RowError: the window of this row then gives that error instead of rows */
  add(state: State, row: Row): void
  /** the state as structured-cloneable data; DATETIMEs in plain arrays and objects are taken care of */
  save(state: State): unknown
  load(saved: unknown): State
}

export interface Group<State> {
  readonly first: Row
  readonly state: State
}

export interface FoldedTumblingOptions<State> extends TickOptions {
  readonly lengthMs: number
  /** absent: all rows are one group */
  readonly groupKey?: RowFunction<string> | undefined
  readonly fold: Fold<State>
  /** @param groups in the order of their first rows; none when no row came, also without groupKey */
  emit(groups: readonly Group<State>[], bounds: WindowBounds, out: Output): void
}

interface Saved {
  readonly ticks: SavedTicks
  readonly groups: readonly (readonly [key: string, first: SavedRow, state: unknown])[]
  /** text of the error that spoilt the window */
  readonly error: string | undefined
  /** whether that text says in which clause */
  readonly errorHasClause?: boolean
}

/** TUMBLINGWINDOW with aggregates only: the windows of TumblingWindow, memory in proportion to groups, not rows. */
export class FoldedTumblingWindow<State> implements Operator {
  readonly #options: FoldedTumblingOptions<State>
  readonly #ticks: Ticks
  #groups = new Map<string, Group<State>>()
  #error: Error | undefined

  constructor(options: FoldedTumblingOptions<State>) {
    this.#options = options
    this.#ticks = new Ticks(options, options.lengthMs)
  }

  /** empty windows that were not emitted because more than LONGEST_EMPTY_RUN followed each other */
  get skippedEmptyWindows(): number {
    return this.#ticks.skipped
  }

  onRow(row: Row, out: Output): void {
    if (!this.#options.eventTime) return this.#take(row)
    this.#ticks.begin(row.time)
    try {
      this.#closeUpTo(row.time, out)
    } finally {
      this.#take(row)
    }
  }

  #take(row: Row): void {
    if (this.#error) return
    try {
      this.#fold(row)
    } catch (error) {
      if (!(error instanceof RowError)) throw error
      // One bad row discards the window (section 15, trap 18); nothing folded so far will be read.
      this.#error = error
      this.#groups.clear()
    }
  }

  #fold(row: Row): void {
    const { groupKey, fold } = this.#options
    const key = groupKey ? groupKey(row) : ''
    let group = this.#groups.get(key)
    if (!group) {
      group = { first: row, state: fold.begin() }
      this.#groups.set(key, group)
    }
    fold.add(group.state, row)
  }

  onTime(time: number, out: Output): void {
    this.#closeUpTo(time, out)
  }

  nextDue(): number | undefined {
    return this.#options.eventTime ? undefined : this.#ticks.next
  }

  onWatermark(time: number, out: Output): void {
    try {
      if (this.#options.eventTime) this.#closeUpTo(time, out)
    } finally {
      out.watermark(time)
    }
  }

  /** @throws the error that spoilt a window, after all have been closed: to be counted like any other */
  #closeUpTo(time: number, out: Output): void {
    let spoilt: Error | undefined
    this.#ticks.advance(
      time,
      () => this.#groups.size === 0 && this.#error === undefined,
      (end, start) => {
        const groups = [...this.#groups.values()]
        const error = this.#error
        this.#groups = new Map()
        this.#error = undefined
        if (error) spoilt = error
        else this.#options.emit(groups, { start, end, trigger: end }, out)
      },
    )
    if (spoilt) throw spoilt
  }

  snapshot(): Saved {
    const { fold } = this.#options
    return {
      ticks: this.#ticks.snapshot(),
      groups: [...this.#groups].map(
        ([key, group]) => [key, saveRow(group.first), saveValue(fold.save(group.state))] as const,
      ),
      error: this.#error?.message,
      errorHasClause: this.#error instanceof ClauseError,
    }
  }

  restore(saved: Saved): void {
    const { fold } = this.#options
    this.#ticks.restore(saved.ticks)
    this.#groups = new Map(
      saved.groups.map(([key, first, state]) => [key, { first: loadRow(first), state: fold.load(loadValue(state)) }]),
    )
    const SomeError = saved.errorHasClause ? ClauseError : RowError
    this.#error = saved.error === undefined ? undefined : new SomeError(saved.error)
  }
}
