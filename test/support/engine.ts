// An engine with everything real around it but the clock and the listener: rules and messages in, rows on topics out.

import { ManualClock } from '../../src/core/clock.ts'
import { makeLog } from '../../src/core/log.ts'
import type { Values } from '../../src/core/value.ts'
import type { Refusal } from '../../src/journal/journal.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'
import type { Endpoint } from '../../src/runtime/endpoints.ts'
import { Engine } from '../../src/runtime/engine.ts'
import type { RuleRunner } from '../../src/runtime/rule-runner.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'
import { type RuleParts, ruleOf, STREAMS, type Streams } from './rules.ts'

/** `[id, sql, parts]`; its rows go to the topic `out/<id>` unless the parts have actions. */
export type RuleInput = readonly [id: string, sql: string, parts?: RuleParts]

export class EngineRun {
  readonly clock: ManualClock
  readonly journal = new MemoryJournal()
  readonly topics = new TopicHub()
  /** the log's lines, parsed */
  readonly lines: { readonly level: string; readonly msg: string; readonly [field: string]: unknown }[] = []
  /** what each rule published, in order */
  readonly published = new Map<string, Values[]>()
  endpoints: readonly Endpoint[] = []
  /** puts secrets in place: a test may have one go away */
  resolve: <T>(options: T) => T = options => options
  readonly engine: Engine
  streams: Streams

  /** @param rootDir the repository's folder, for tables that are read from files */
  constructor(streams: Streams = STREAMS, startMs = 0, rootDir = '/nonexistent') {
    this.streams = streams
    this.clock = new ManualClock(startMs)
    this.topics.subscribe('out/+', (rows, meta) => {
      const id = String(meta?.['topic']).slice('out/'.length)
      const before = this.published.get(id)
      if (before) before.push(...rows)
      else this.published.set(id, [...rows])
    })
    const host = {
      journal: this.journal,
      clock: this.clock,
      log: makeLog({ level: 'info' }, { write: line => void this.lines.push(JSON.parse(line)) }),
      topics: this.topics,
      zone: 'UTC',
      dataDir: '/nonexistent',
      rootDir,
      resolve: <T>(options: T) => this.resolve(options),
      property: () => undefined,
    }
    this.engine = new Engine(host, endpoints => {
      this.endpoints = endpoints
    })
  }

  /** Puts rules in place of those of the same id; the others go on. */
  apply(rules: readonly RuleInput[], stop: readonly string[] = [], streams: Streams = this.streams): this {
    this.streams = streams
    const start = rules.map(([id, sql, parts]) => {
      const actions = parts?.actions ?? [['memory', { topic: `out/${id}` }] as const]
      return this.engine.prepare(ruleOf(sql, { ...parts, id, actions }), streams)
    })
    this.engine.apply({ streams, start, stop })
    return this
  }

  runner(id: string): RuleRunner {
    return this.engine.rules.get(id)!.runner!
  }

  append(stream: string, ...rows: readonly Values[]): number | Refusal {
    return this.journal.append(stream, { rows, time: this.clock.now(), meta: undefined, sizeBytes: 100 })
  }

  /** Moves the clock and lets the rules see it. */
  async moveTo(at: number): Promise<void> {
    this.clock.advanceTo(at)
    await turns()
  }

  of(id: string): readonly Values[] {
    return this.published.get(id) ?? []
  }
}

/** Lets the event loop go round so often: rules, actions and topics then have nothing left that they could do. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}
