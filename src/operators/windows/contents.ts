// What windows hold: the rows themselves, or what the rows come to. A window decides when, its contents what.

import type { Row, WindowRows } from '../../core/row.ts'
import type { AggregatePlan, Condition, SnapshotForm } from '../evaluate.ts'
import type { RowFunction } from '../operator.ts'

/** What a window hands on when it closes: the part of WindowRows that is not its bounds. */
export type Held = Pick<WindowRows, 'rows' | 'groups' | 'fault'>

/** The content of one window at a time. */
export interface Contents {
  /** rows that came since the last `take`, those that WHERE dropped among them */
  readonly size: number
  add(row: Row): void
  /** All that is held, and forgets it. @returns undefined when nothing is to be sent: WHERE left no row */
  take(): Held | undefined
  snapshot(form?: SnapshotForm): unknown
  restore(saved: any): void
}

/**
 * The content of windows that overlap, in panes: no window begins within a pane; one that ends within
 * it looks before the rows that follow its end are added. Rows come in the order of the panes, and leave by whole panes,
 * oldest first.
 */
export interface PanedContents {
  /** rows held, those that WHERE dropped among them */
  readonly size: number
  /** @param pane the number of the row's pane, never smaller than that of the row before */
  add(row: Row, pane: number): void
  /** forgets the panes with smaller numbers */
  dropBefore(pane: number): void
  /** All that is held, which stays. @returns undefined when nothing is to be sent: WHERE left no row */
  look(): Held | undefined
  snapshot(form?: SnapshotForm): unknown
  restore(saved: any): void
}

/** The content of windows that begin and end with any row. Rows come in the order of their times. */
export interface SlidingContents {
  add(row: Row): void
  /** forgets the rows that are older than an instant */
  dropBefore(timeMs: number): void
  /** All that is held, which stays. @returns undefined when nothing is to be sent: there is no row, or WHERE left none */
  look(): Held | undefined
  snapshot(form?: SnapshotForm): unknown
  restore(saved: any): void
}

/** How rows become groups as they come. */
export interface FoldPlan {
  /** WHERE, when by the dialect it has to wait for the window: rows that fail it count for the window, not for groups */
  readonly where: Condition | undefined
  /** absent: all rows are one group */
  readonly groupKey: RowFunction<string> | undefined
  readonly aggregates: readonly AggregatePlan[]
  /** the statement asks a row for nothing but its values and its time: neither metadata nor results that others left in it */
  readonly areBare: boolean
}
