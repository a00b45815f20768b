// SQL in, what can be run for a while out: a compiled pipeline by itself, or a whole engine behind its journal.

import { decodingOf, prepareSelect } from '../src/compiler/prepare.ts'
import { compileSelect } from '../src/compiler/select.ts'
import { FileText } from '../src/core/location.ts'
import type { Emission } from '../src/core/row.ts'
import type { Values } from '../src/core/value.ts'
import { deliver, type TargetMatch } from '../src/ingest/deliver.ts'
import { RouteTable } from '../src/ingest/routes.ts'
import type { Pipeline } from '../src/operators/pipeline.ts'
import { EngineRun } from '../test/support/engine.ts'
import { ruleOf, STREAMS, type Streams } from '../test/support/rules.ts'
import type { Run, Workload } from './harness.ts'

/** Takes one message at an instant. */
export type Push = (rows: readonly any[], time: number, source: number) => void

let emitted = 0
let last: Emission | undefined

/** Where everything ends. */
export function emit(emission: Emission): void {
  emitted += emission.rows.length
  last = emission
}

/** So often at most until the first window closes: on a busy machine that takes a while. */
const WARM_UPS = 20

/** Warms a workload up, and sees that it works: the figures of one that gives nothing would be of idling. */
export async function warmUp({ name, sluice, hand }: Workload, ms: number): Promise<void> {
  const before = emitted
  for (let i = 0; i < WARM_UPS && emitted === before; i++) await sluice(ms)
  if (emitted === before || last?.error !== undefined) throw new Error(`${name}: ${last?.error ?? 'nothing came out'}`)
  await hand?.(ms)
}

interface CompileOptions {
  /** where emissions go */
  readonly out?: (emission: Emission) => void
  /** windows never fold */
  readonly keepRows?: boolean
}

export function compile(
  sql: string,
  streams: Streams = STREAMS,
  { out = emit, keepRows = false }: CompileOptions = {},
): Pipeline {
  const { options } = ruleOf(sql)
  const prepared = prepareSelect(new FileText('bench.sql', sql), streams, false)
  return compileSelect(prepared.analyzed, {
    ...options,
    keepRows,
    sources: prepared.streams.map(decodingOf),
    context: { now: () => 0, zone: 'UTC', ruleId: 'bench', ruleStart: 0, property: () => undefined },
    sendMeta: false,
    emit: out,
    onError: error => {
      throw error
    },
  })
}

export function compiled(sql: string, streams: Streams = STREAMS): Push {
  const pipeline = compile(sql, streams)
  return (rows, time, source) => pipeline.push(source, rows, time, undefined)
}

/** One row in, one or no row out. */
export function byHand(out: (row: any) => Values | undefined): Push {
  return rows => {
    for (const row of rows) {
      const values = out(row)
      if (values) emit({ rows: [values] })
    }
  }
}

export interface Feed {
  readonly messages: readonly (readonly Values[])[]
  /** from one message to the next; default 1 */
  readonly msAMessage?: number
  /** silence after all messages, before they come again */
  readonly pauseMs?: number
  /** every message goes to each of FROM and JOIN; default 1 */
  readonly sources?: number
}

export function repeat(push: Push, { messages, msAMessage = 1, pauseMs = 0, sources = 1 }: Feed): Run {
  let time = 0
  return ms => {
    const end = performance.now() + ms
    let rows = 0
    while (performance.now() < end) {
      for (const message of messages) {
        time += msAMessage
        for (let source = 0; source < sources; source++) push(message, time, source)
        rows += message.length * sources
      }
      time += pauseMs
    }
    return rows
  }
}

/** Rules as the appliance runs them; their actions publish to a topic that nobody reads. */
function engineOf(rules: readonly string[], streams: Streams): EngineRun {
  const run = new EngineRun(streams)
  return run.apply(rules.map((sql, i) => [`r${i}`, sql, { actions: [['memory', { topic: 'nobody' }]] }]))
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Rows that are ready, through the journal. */
export function journaled(rules: readonly string[], messages: readonly (readonly Values[])[]): Run {
  const run = engineOf(rules, STREAMS)
  return behindJournal(run, messages, message => {
    return typeof run.append('s', ...message) === 'number' ? message.length : undefined
  })
}

/** Bodies as they come from the socket, through decoding, check and journal. */
export function ingested(sql: string, path: string, streams: Streams, bodies: readonly Buffer[]): Run {
  const run = engineOf([sql], streams)
  const match = new RouteTable(run.endpoints).find('POST', path) as TargetMatch
  const facts = { method: 'POST', url: path, headers: { 'content-type': 'application/json' }, remoteAddress: undefined }
  return behindJournal(run, bodies, body => {
    const outcome = deliver(run.journal, match, facts, body, run.clock.now())
    if (typeof outcome === 'number') return outcome
    if (outcome.status !== 503) throw new Error(`refused: ${JSON.stringify(outcome)}`)
    return undefined
  })
}

/** Messages that come in one turn of the event loop, as from so many connections. */
const BURST = 16

/** @param append gives the number of rows taken, undefined while the journal is full */
function behindJournal<T>(run: EngineRun, messages: readonly T[], append: (message: T) => number | undefined): Run {
  for (const rule of run.engine.rules.values()) {
    const stop = rule.runner!.listen(emission => {
      // One is enough to know that something comes, and the listener costs something too.
      emit(emission)
      stop()
    })
  }
  let next = 0
  return async ms => {
    const end = performance.now() + ms
    let rows = 0
    while (performance.now() < end) {
      const taken = append(messages[next % messages.length]!)
      if (taken !== undefined) {
        rows += taken
        next++
      }
      if (taken === undefined || next % BURST === 0) await nextTurn()
    }
    while (run.journal.status().some(s => s.held > 0)) await nextTurn()
    return rows
  }
}
