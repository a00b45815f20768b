// A cron pattern in, the instants that it names out. The only file that imports croner.

import { Cron } from 'croner'

/** When something is to happen again and again; instants are ms since 1970 UTC. */
export interface CronTimes {
  /** the first instant after `timeMs`; undefined: there is none (31 February) */
  next(timeMs: number): number | undefined
  /** the last instant at or before `timeMs` */
  last(timeMs: number): number | undefined
}

/**
 * Five fields: minute, hour, day of the month, month, day of the week; names, lists, ranges and steps. With both a day
 * of the month and of the week either will do, as cron has it. Also `@hourly`, `@daily` and their like.
 * @param zone IANA name; where the clock is put forward a time that does not exist comes at its end
 * @returns why not, as a sentence without its end, when it is no pattern
 */
export function parseCron(pattern: string, zone: string): CronTimes | string {
  let cron: Cron
  try {
    cron = new Cron(pattern, { mode: '5-part', timezone: zone, paused: true, domAndDow: false })
  } catch (error) {
    return problemOf(pattern, error as Error)
  }
  return {
    next: timeMs => cron.nextRun(new Date(timeMs))?.getTime(),
    // What lies exactly at the reference is not among those before it.
    last: timeMs => cron.previousRuns(1, new Date(timeMs + 1))[0]?.getTime(),
  }
}

function problemOf(pattern: string, error: Error): string {
  const fields = pattern.trim().split(/\s+/).length
  if (pattern.startsWith('@every')) return '@every is not known: write the minutes, as in */5 * * * *'
  if (!pattern.startsWith('@') && fields !== 5) {
    return `it has ${fields} field${fields === 1 ? '' : 's'} and needs 5: minute, hour, day of the month, month, day of the week`
  }
  return error.message.replace(/^Cron\w*: /, '').replace(/\.$/, '')
}
