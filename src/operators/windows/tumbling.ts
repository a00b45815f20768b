// Rows in; at each end of a regular span of time, what came since the last end out, also when nothing did.

import type { Row } from '../../core/row.ts'
import type { Output } from '../operator.ts'
import type { Contents } from './contents.ts'
import { TickingWindow } from './ticking.ts'
import type { TickOptions } from './ticks.ts'

export interface TumblingOptions extends TickOptions {
  readonly lengthMs: number
  contents(): Contents
}

/** TUMBLINGWINDOW(unit, length): [previous end, end), and [start of the rule or first event, end) the first time. */
export class TumblingWindow extends TickingWindow<Contents> {
  constructor(options: TumblingOptions) {
    super(options, options.lengthMs, options.contents())
  }

  protected take(row: Row): void {
    this.contents.add(row)
  }

  protected close(end: number, start: number, out: Output): void {
    const held = this.contents.take()
    if (held) out.window({ ...held, start, end, trigger: end })
  }
}
