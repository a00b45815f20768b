// Rows in; at each hop, the rows of one length before it out, also when there were none.

import type { Row } from '../../core/row.ts'
import { type CalendarLength, calendarLength, lengthBefore } from '../alignment.ts'
import type { Output } from '../operator.ts'
import { TickingWindow } from './ticking.ts'
import type { TickOptions } from './ticks.ts'

export interface HoppingOptions extends TickOptions {
  readonly lengthMs: number
  /** from one end to the next; ends are aligned to it */
  readonly hopMs: number
}

/** HOPPINGWINDOW(unit, length, hop): [end - length, end). A row may be in several windows, with hop > length in none. */
export class HoppingWindow extends TickingWindow {
  readonly #length: CalendarLength

  constructor(options: HoppingOptions) {
    super(options, options.hopMs)
    this.#length = calendarLength(options.unit, options.lengthMs, options.zone)
  }

  protected isWanted(row: Row): boolean {
    return row.time >= this.#nextStart()
  }

  protected close(end: number, _previousEnd: number, out: Output): void {
    const { rows } = this
    const nextStart = this.#nextStart()
    this.rows = rows.filter(row => row.time >= nextStart)
    out.window({ rows, start: lengthBefore(this.#length, end), end, trigger: end })
  }

  #nextStart(): number {
    return lengthBefore(this.#length, this.ticks.next!)
  }
}
