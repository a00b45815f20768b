// What a rule's watermark operator finds in, lines of the log out, so few that a whole fleet of late devices fills no disk.

import type { Clock } from '../core/clock.ts'
import { spanText } from '../core/duration.ts'
import { FailureLog } from '../core/failure-log.ts'
import type { Log } from '../core/log.ts'
import type { Hold } from '../operators/watermark.ts'

/** A stream that was not heard for so long is called silent; one that was is only slow. */
const SILENT_MS = 10_000

export class EventTimeLog {
  readonly #streams: readonly string[]
  readonly #late: FailureLog
  readonly #holds: FailureLog
  /** since the last line */
  #furthestMs = 0

  /**
   * @param streams names by source
   * @param lateTopic where late rows go; '': nowhere
   */
  constructor(log: Log, clock: Clock, streams: readonly string[], lateTopic: string) {
    this.#streams = streams
    this.#late = new FailureLog(clock, rows => {
      const furthest = spanText(this.#furthestMs)
      const text =
        rows === 1 ? `1 row came late (${furthest} behind` : `${rows} rows came late (the oldest ${furthest} behind`
      const fate = lateTopic === '' ? `${rows === 1 ? 'was' : 'were'} dropped` : `went to topic ${lateTopic}`
      log.warn({ rows }, `${text} the watermark) and ${fate}`)
      this.#furthestMs = 0
    })
    this.#holds = new FailureLog(clock, (_, text) => log.warn({}, text))
  }

  late(behindMs: number): void {
    this.#furthestMs = Math.max(this.#furthestMs, behindMs)
    this.#late.add('')
  }

  hold(hold: Hold): void {
    this.#holds.add(this.#holdText(hold))
  }

  #holdText({ source, silentMs, behindMs, waiting, isFull }: Hold): string {
    const why =
      behindMs === undefined
        ? `which has sent nothing since the rule started ${spanText(silentMs)} ago`
        : silentMs >= SILENT_MS
          ? `which has sent nothing for ${spanText(silentMs)}`
          : `whose time is ${spanText(behindMs)} behind`
    const rows = waiting === 1 ? '1 row waits' : `${waiting} rows wait`
    const text = `${rows} for stream "${this.#streams[source]}", ${why}`
    if (!isFull) return `${text}; with option idleTimeout the rule would go on without a silent stream`
    return `${text}; that is maxWaitingRows: until it catches up the rule reads nothing else, and who pushes there will hear 503`
  }

  flush(): void {
    this.#late.flush()
    this.#holds.flush()
  }
}
