// What a lookup table is opened with in tests: a manual clock, topics of its own, a log that is kept.

import { ManualClock } from '../../src/core/clock.ts'
import { makeLog } from '../../src/core/log.ts'
import type { LookupContext } from '../../src/lookups/lookup.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'

export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export function lookupContext(rootDir = '/nonexistent'): LookupContext & {
  readonly clock: ManualClock
  readonly lines: LogLine[]
} {
  const lines: LogLine[] = []
  return {
    clock: new ManualClock(),
    topics: new TopicHub(),
    zone: 'UTC',
    rootDir,
    log: makeLog({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) }),
    lines,
  }
}
