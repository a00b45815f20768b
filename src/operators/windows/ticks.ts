// The regular ends of tumbling and hopping windows: the time that has come in, one call for each end that passed out.

import type { TimeUnit } from '../../core/time-unit.ts'
import { type CalendarLength, calendarLength, endsUpTo, firstEnd, lengthBefore, nextEnd } from '../alignment.ts'

/**
 * A longer run of empty windows is stepped over. One timestamp from a broken device, years ahead, would otherwise
 * close a window for each second until then; a machine that slept for a week, one for each of the week.
 */
export const LONGEST_EMPTY_RUN = 10_000

export interface TickOptions {
  /** the unit the window is written in: it decides what its ends are aligned to */
  readonly unit: TimeUnit
  /** IANA name of the zone whose days, hours and minutes the ends follow */
  readonly zone: string
  /** when the rule started, ms since 1970 UTC; not used in event time */
  readonly startMs: number
  /** ends follow the rows' own time, from the first row on */
  readonly eventTime: boolean
}

export interface SavedTicks {
  readonly previous: number | undefined
  readonly next: number | undefined
}

export class Ticks {
  /** empty windows that were stepped over because too many followed each other */
  skipped = 0
  readonly #step: CalendarLength
  #previous: number | undefined
  #next: number | undefined

  /** @param stepMs from one end to the next: a tumbling window's length, a hopping window's hop */
  constructor(options: TickOptions, stepMs: number) {
    this.#step = calendarLength(options.unit, stepMs, options.zone)
    if (!options.eventTime) this.begin(options.startMs)
  }

  /** The first end is aligned here, unless that has been done. */
  begin(timeMs: number): void {
    if (this.#next !== undefined) return
    this.#previous = timeMs
    this.#next = firstEnd(this.#step, timeMs)
  }

  /** the next end; undefined in event time before the first row */
  get next(): number | undefined {
    return this.#next
  }

  /**
   * Calls `close` for each end up to and including `timeMs`, in order.
   * @param isEmpty nothing is held for the next window
   * @param close gets the end, and the one before it (the first time: the instant of `begin`)
   * @param nowMs how far time has come, when that is later: a long run of empty windows is stepped over up to there
   */
  advance(
    timeMs: number,
    isEmpty: () => boolean,
    close: (end: number, previous: number) => void,
    nowMs: number = timeMs,
  ): void {
    while (this.#next !== undefined && this.#next <= timeMs) {
      if (isEmpty() && this.#stepOver(nowMs)) return
      const end = this.#next
      const previous = this.#previous ?? lengthBefore(this.#step, end)
      // Before the call, so that an error further down does not close the same window again.
      this.#previous = end
      this.#next = nextEnd(this.#step, end)
      close(end, previous)
    }
  }

  #stepOver(timeMs: number): boolean {
    const { count, lastMs } = endsUpTo(this.#step, this.#next!, timeMs)
    if (count <= LONGEST_EMPTY_RUN) return false
    this.skipped += count
    this.#previous = lastMs
    this.#next = nextEnd(this.#step, lastMs)
    return true
  }

  snapshot(): SavedTicks {
    return { previous: this.#previous, next: this.#next }
  }

  restore(saved: SavedTicks): void {
    this.#previous = saved.previous
    this.#next = saved.next
  }
}
