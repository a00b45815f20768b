// Rows in; at each hop, what came in one length before it out, also when nothing did.

import type { Row } from '../../core/row.ts'
import { type CalendarLength, calendarLength, endsUpTo, lengthBefore, nextEnd } from '../alignment.ts'
import type { SnapshotForm } from '../evaluate.ts'
import type { Output } from '../operator.ts'
import type { PanedContents } from './contents.ts'
import { type SavedTicking, TickingWindow } from './ticking.ts'
import type { TickOptions } from './ticks.ts'

export interface HoppingOptions extends TickOptions {
  readonly lengthMs: number
  /** from one end to the next; ends are aligned to it */
  readonly hopMs: number
  contents(): PanedContents
}

interface Saved extends SavedTicking {
  readonly firstStart: number | undefined
}

/**
 * HOPPINGWINDOW(unit, length, hop): [end - length, end). A row may be in several windows, with hop > length in none.
 * A pane goes from the start of one window to the start of the next, on the calendar where days are hopped over. Ends
 * need no panes of their own: a window looks at its contents before the rows that follow its end are added to them.
 */
export class HoppingWindow extends TickingWindow<PanedContents> {
  readonly #length: CalendarLength
  readonly #hop: CalendarLength
  /** start of the first window, from which panes are counted */
  #firstStart: number | undefined
  /** the end that the next window had when `#wanted` was worked out */
  #nextEnd: number | undefined
  /** the first pane of the next window */
  #wanted = 0
  /** the pane of the last row, and the instant at which it ends */
  #pane = 0
  #paneEnd = Number.NEGATIVE_INFINITY

  constructor(options: HoppingOptions) {
    super(options, options.hopMs, options.contents())
    this.#length = calendarLength(options.unit, options.lengthMs, options.zone)
    this.#hop = calendarLength(options.unit, options.hopMs, options.zone)
  }

  protected take(row: Row): void {
    if (this.ticks.next !== this.#nextEnd) this.#align()
    if (row.time >= this.#paneEnd) this.#enter(row.time)
    if (this.#pane >= this.#wanted) this.contents.add(row, this.#pane)
  }

  protected close(end: number, _previousEnd: number, out: Output): void {
    const held = this.contents.look()
    this.#align()
    this.contents.dropBefore(this.#wanted)
    if (held) out.window({ ...held, start: lengthBefore(this.#length, end), end, trigger: end })
  }

  #align(): void {
    const next = this.ticks.next!
    const start = lengthBefore(this.#length, next)
    this.#firstStart ??= start
    this.#nextEnd = next
    this.#wanted = endsUpTo(this.#hop, this.#firstStart, start).count
  }

  #enter(time: number): void {
    // The starts of windows are as regular as their ends.
    const { count, lastMs } = endsUpTo(this.#hop, this.#firstStart!, time)
    this.#pane = count
    this.#paneEnd = nextEnd(this.#hop, lastMs)
  }

  override snapshot(form?: SnapshotForm): Saved {
    return { ...super.snapshot(form), firstStart: this.#firstStart }
  }

  override restore(saved: Saved): void {
    super.restore(saved)
    this.#firstStart = saved.firstStart
    this.#nextEnd = undefined
    this.#paneEnd = Number.NEGATIVE_INFINITY
  }
}
