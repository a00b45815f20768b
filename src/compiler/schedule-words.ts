// When a rule runs, in words.

import type { RuleSchedule, ScheduleRange } from '../catalog/definition.ts'
import { lengthText } from '../core/time-unit.ts'

/** @returns a line for each thing that decides; none: it runs as long as it is defined */
export function scheduleWords(schedule: RuleSchedule | undefined): readonly string[] {
  if (!schedule) return []
  const { cron, durationMs, ranges } = schedule
  const length = durationMs === undefined ? undefined : lengthText(durationMs)
  const lines: string[] = []
  if (cron !== undefined) lines.push(`runs for ${length} from each time on that ${cron} names`)
  else if (length !== undefined) lines.push(`runs for ${length}, once${ranges.length > 0 ? ' in each range' : ''}`)
  const verb = cron === undefined ? 'runs' : 'starts'
  for (const range of ranges) lines.push(`${verb} only from ${rangeWords(range)}`)
  return [...lines, 'each run begins with nothing kept']
}

function rangeWords(range: ScheduleRange): string {
  if ('begin' in range) return `${range.begin} to before ${range.end}`
  return [range.beginTimestamp, range.endTimestamp].map(ms => new Date(ms).toISOString()).join(' to before ')
}
