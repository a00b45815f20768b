// One test case in, its emissions out: the real decoding, journal, pipeline and delivery, on a clock that only the case moves.

import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { prepareSelect, type StreamLookup } from '../compiler/prepare.ts'
import { ManualClock } from '../core/clock.ts'
import { RowError } from '../core/errors.ts'
import { writeJson } from '../core/json.ts'
import { silentLog } from '../core/log.ts'
import type { Meta } from '../core/row.ts'
import type { Value } from '../core/value.ts'
import { formatDecoder } from '../formats/format.ts'
import { MemoryJournal } from '../journal/memory.ts'
import { RuleRunner } from '../runtime/rule-runner.ts'
import { TopicHub } from '../sources/topic-hub.ts'
import { type Expected, plainEmission } from './compare.ts'

/** Something pushed at a moment; without `stream` it only moves the clock. */
export interface Step {
  /** ms on the test's clock */
  readonly at: number
  readonly stream?: string
  /** one row, or an array of rows, as decoded JSON */
  readonly data?: Value
  /** the body's bytes */
  readonly raw?: string
  readonly meta?: Meta
}

export interface CaseInput {
  readonly rule: RuleDefinition
  readonly streams: StreamLookup
  readonly steps: readonly Step[]
  readonly zone: string
}

export interface CaseResult {
  /** what the rule sent on, in order */
  readonly emissions: readonly Expected[]
  /** bodies that were refused before they reached the rule, as an HTTP client would hear it */
  readonly refused: readonly string[]
}

/** Nothing is dropped in a test for lack of room. */
const LIMITS = { bufferLength: 1_000_000, bufferBytes: 2 ** 40 }

/**
 * Runs the rule over the steps. The clock starts at the first step, and stands still after the last.
 * @throws {UserError} when the rule does not compile
 */
export async function runCase(input: CaseInput): Promise<CaseResult> {
  const { rule, streams, steps, zone } = input
  const prepared = prepareSelect(rule.sql, streams, rule.options.isEventTime)
  const clock = new ManualClock(steps[0]?.at ?? 0)
  // The case itself says when the rule works, so journal callbacks need not be put off.
  const journal = new MemoryJournal({ schedule: () => {} })
  for (const stream of prepared.streams) journal.define(stream.name, LIMITS)
  const runner = new RuleRunner({ ...rule, actions: [] }, prepared, {
    journal,
    clock,
    log: silentLog,
    topics: new TopicHub(),
    zone,
    dataDir: '',
    rootDir: '',
    resolve: options => options,
    property: () => undefined,
  })
  const emissions: Expected[] = []
  const refused: string[] = []
  runner.listen(emission => emissions.push(plainEmission(emission)))
  runner.start()
  for (const step of steps) {
    clock.advanceTo(step.at)
    if (step.stream === undefined) continue
    const stream = streams.get(step.stream)
    if (!stream) throw new RowError(`the test pushes to "${step.stream}", which is not defined`)
    const body = Buffer.from(step.raw ?? writeJson(step.data))
    try {
      const rows = formatDecoder(stream.options.format)!(body, { exactNumbers: declaresBigint(stream) })
      journal.append(stream.name, { rows, time: step.at, meta: step.meta, sizeBytes: body.length })
    } catch (error) {
      // The device would have heard this as a 400; the rule, as far as it cares, as a bad message.
      refused.push(String((error as Error).message))
      if (rule.options.sendError) emissions.push([{ error: String((error as Error).message) }])
    }
    runner.runNow()
  }
  await runner.close(1_000)
  return { emissions, refused }
}

function declaresBigint(stream: StreamDefinition): boolean {
  return JSON.stringify(stream.fields, (_k, v) => (typeof v === 'bigint' ? String(v) : v)).includes('"bigint"')
}
