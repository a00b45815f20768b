// Rows in; at each end of a regular span of time, the rows that came since the last end out, also when there were none.

import type { Output } from '../operator.ts'
import { TickingWindow } from './ticking.ts'
import type { TickOptions } from './ticks.ts'

export interface TumblingOptions extends TickOptions {
  readonly lengthMs: number
}

/** TUMBLINGWINDOW(unit, length): [previous end, end), and [start of the rule or first event, end) the first time. */
export class TumblingWindow extends TickingWindow {
  constructor(options: TumblingOptions) {
    super(options, options.lengthMs)
  }

  protected isWanted(): boolean {
    return true
  }

  protected close(end: number, start: number, out: Output): void {
    const { rows } = this
    this.rows = []
    out.window({ rows, start, end, trigger: end })
  }
}
