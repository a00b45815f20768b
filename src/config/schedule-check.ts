// A rule's cron, duration and cronDatetimeRange as written in, what no schema can say of them out.

import { parseCron } from '../core/cron.ts'
import { parseDuration } from '../core/duration.ts'
import { UserError } from '../core/errors.ts'
import type { Path, YamlDocument } from './yaml.ts'

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}$/

interface WrittenRange {
  readonly begin?: string
  readonly end?: string
  readonly beginTimestamp?: number
  readonly endTimestamp?: number
}

/** @param options of a rule, whose kinds the schema has checked */
export function scheduleErrors(options: Readonly<Record<string, unknown>>, document: YamlDocument): UserError[] {
  const errors: UserError[] = []
  const fail = (path: Path, what: string, fix: string) => {
    errors.push(new UserError({ code: 'RULE_OPTION', what, fix, location: document.locate(['options', ...path]) }))
  }
  const { cron, duration, cronDatetimeRange } = options
  if (typeof cron === 'string' && cron !== '') {
    const parsed = parseCron(cron, 'UTC')
    if (typeof parsed === 'string') {
      fail(['cron'], `"options.cron" is no cron pattern: ${parsed}.`, 'Write for example "0 6 * * MON-FRI".')
    } else if (parsed.next(0) === undefined) {
      fail(['cron'], `"options.cron" names no time: there is no such day.`, 'Write for example "0 6 * * MON-FRI".')
    }
    if (!parseDuration(duration)) {
      fail(['cron'], '"options.cron" says when the rule starts, and nothing says for how long.', 'Add duration: 10m.')
    }
  }
  const durationMs = duration === undefined || duration === '' ? 0 : parseDuration(duration)
  if (durationMs === undefined || durationMs < 0 || !Number.isInteger(durationMs)) {
    fail(['duration'], '"options.duration" must be a length of time.', 'Write for example 10m or 1h30m.')
  }
  const ranges = (cronDatetimeRange ?? []) as readonly WrittenRange[]
  ranges.forEach((range, i) => {
    const problem = rangeProblem(range)
    if (problem)
      fail(['cronDatetimeRange', i, ...problem.at], `"options.cronDatetimeRange[${i}]" ${problem.what}.`, FIX)
  })
  return errors
}

const FIX = 'Write {begin: "2026-01-01 06:00:00", end: "2026-01-31 18:00:00"}.'

function rangeProblem(range: WrittenRange): { readonly what: string; readonly at: Path } | undefined {
  const { begin, end, beginTimestamp, endTimestamp } = range
  const hasTexts = begin !== undefined || end !== undefined
  const hasNumbers = beginTimestamp !== undefined || endTimestamp !== undefined
  if (hasTexts && hasNumbers) return { what: 'mixes texts and timestamps', at: [] }
  if (!hasTexts && !hasNumbers) return { what: 'says neither when it begins nor when it ends', at: [] }
  if (hasNumbers) {
    if (beginTimestamp === undefined || endTimestamp === undefined) {
      return { what: `has no ${beginTimestamp === undefined ? 'beginTimestamp' : 'endTimestamp'}`, at: [] }
    }
    return beginTimestamp < endTimestamp ? undefined : { what: 'ends before it begins', at: [] }
  }
  if (begin === undefined || end === undefined) {
    return { what: `has no ${begin === undefined ? 'begin' : 'end'}`, at: [] }
  }
  for (const [name, text] of [
    ['begin', begin],
    ['end', end],
  ] as const) {
    if (!isLocalTime(text)) return { what: `has a "${name}" that is no time as YYYY-MM-DD HH:mm:ss`, at: [name] }
  }
  // Texts of one form are in the order of the times that they name.
  return begin.replace('T', ' ') < end.replace('T', ' ') ? undefined : { what: 'ends before it begins', at: [] }
}

function isLocalTime(text: string): boolean {
  if (!LOCAL_TIME.test(text)) return false
  try {
    Temporal.PlainDateTime.from(text.replace(' ', 'T'), { overflow: 'reject' })
    return true
  } catch {
    return false
  }
}
