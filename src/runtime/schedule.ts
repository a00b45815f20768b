// What a rule's schedule says of an instant: whether the rule is to run, and when that may change.
// Pure: no clock, no timers (spec/rules-and-sinks.md 2: cron, duration, cronDatetimeRange).

import type { RuleSchedule, ScheduleRange } from '../catalog/definition.ts'
import { type CronTimes, parseCron } from '../core/cron.ts'

/** Instants are ms since 1970 UTC. */
export type Phase =
  | {
      readonly runs: true
      /** when to look again; undefined: it runs on for ever */
      readonly until: number | undefined
    }
  | {
      readonly runs: false
      /** when it runs next; undefined: never again */
      readonly next: number | undefined
      /** why it is over, when it is */
      readonly message: '' | 'duration terminated' | 'schedule terminated'
    }

interface Range {
  readonly begin: number
  readonly end: number
}

export class Schedule {
  readonly #cron: CronTimes | undefined
  readonly #durationMs: number | undefined
  readonly #ranges: readonly Range[]
  readonly #startMs: number

  /**
   * @param options checked by the configuration
   * @param zone IANA name of the zone that cron and the texts of ranges are in
   * @param startMs when the rule was started: a duration without cron is counted from here
   */
  constructor(options: RuleSchedule, zone: string, startMs: number) {
    const cron = options.cron === undefined ? undefined : parseCron(options.cron, zone)
    if (typeof cron === 'string') throw new Error(`the cron pattern has not been checked: ${cron}`)
    this.#cron = cron
    this.#durationMs = options.durationMs
    this.#ranges = options.ranges.map(range => rangeOf(range, zone)).sort((a, b) => a.begin - b.begin)
    this.#startMs = startMs
  }

  phaseAt(now: number): Phase {
    return this.#cron ? this.#cronPhase(this.#cron, now) : this.#rangePhase(now)
  }

  /** Runs for the duration from each time on that cron names; the ranges decide which of these count. */
  #cronPhase(cron: CronTimes, now: number): Phase {
    const durationMs = this.#durationMs ?? 0
    const last = this.#lastStart(cron, now)
    if (last !== undefined && now < last + durationMs) return { runs: true, until: last + durationMs }
    return this.#waiting(this.#nextStart(cron, now))
  }

  #waiting(next: number | undefined): Phase {
    return { runs: false, next, message: next === undefined ? 'schedule terminated' : '' }
  }

  #lastStart(cron: CronTimes, now: number): number | undefined {
    if (this.#ranges.length === 0) return cron.last(now)
    let latest: number | undefined
    for (const { begin, end } of this.#ranges) {
      if (begin > now) continue
      const last = cron.last(Math.min(now, end - 1))
      if (last !== undefined && last >= begin && (latest === undefined || last > latest)) latest = last
    }
    return latest
  }

  #nextStart(cron: CronTimes, now: number): number | undefined {
    if (this.#ranges.length === 0) return cron.next(now)
    let earliest: number | undefined
    for (const { begin, end } of this.#ranges) {
      if (end <= now) continue
      // What cron names at the very beginning counts.
      const next = cron.next(Math.max(now, begin - 1))
      if (next !== undefined && next < end && (earliest === undefined || next < earliest)) earliest = next
    }
    return earliest
  }

  /** Without cron: inside the ranges, and not for longer than the duration. */
  #rangePhase(now: number): Phase {
    const durationMs = this.#durationMs
    if (this.#ranges.length === 0) {
      if (durationMs === undefined) return { runs: true, until: undefined }
      const until = this.#startMs + durationMs
      return now < until ? { runs: true, until } : { runs: false, next: undefined, message: 'duration terminated' }
    }
    for (const { begin, end } of this.#ranges) {
      const since = Math.max(begin, this.#startMs)
      const until = durationMs === undefined ? end : Math.min(end, since + durationMs)
      if (now < begin) return this.#waiting(begin)
      if (now < until) return { runs: true, until }
    }
    return this.#waiting(undefined)
  }
}

function rangeOf(range: ScheduleRange, zone: string): Range {
  if ('beginTimestamp' in range) return { begin: range.beginTimestamp, end: range.endTimestamp }
  return { begin: instantOf(range.begin, zone), end: instantOf(range.end, zone) }
}

/** `YYYY-MM-DD HH:mm:ss` on the clocks of a zone. */
function instantOf(text: string, zone: string): number {
  return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(zone).epochMilliseconds
}
