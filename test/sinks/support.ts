// What tests of sinks share: a context that remembers, messages by hand, and waiting for something to come true.

import { makeLog } from '../../src/core/log.ts'
import type { Values } from '../../src/core/value.ts'
import type { Outgoing, SinkContext } from '../../src/sinks/sink.ts'

export interface TestContext extends SinkContext {
  /** the log's lines, parsed */
  readonly lines: { readonly level: string; readonly msg: string; readonly [field: string]: unknown }[]
  readonly published: { readonly topic: string; readonly rows: readonly Values[] }[]
}

export function testContext(parts: Partial<SinkContext> = {}): TestContext {
  const lines: TestContext['lines'] = []
  const published: TestContext['published'] = []
  return {
    ruleId: 'r1',
    log: makeLog({ level: 'debug' }, { write: line => void lines.push(JSON.parse(line)) }),
    publish: (topic, rows) => void published.push({ topic, rows }),
    dataDir: '/nonexistent',
    rootDir: '/nonexistent',
    property: () => undefined,
    lines,
    published,
    ...parts,
  }
}

export function message(payload: string, data: Values = {}): Outgoing {
  return { payload, rows: [data], data, isError: false }
}

export const NEVER: AbortSignal = new AbortController().signal

/** Waits until the condition holds, looking once every few milliseconds; only for what real peers do in their own time. */
export async function until(condition: () => boolean, what: string, withinMs = 5000): Promise<void> {
  const end = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
