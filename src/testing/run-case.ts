// One case in, what its rule sends on out: the real decoding, ingest, journal and pipeline, on a clock that only the
// case moves.

import { ManualClock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Emission } from '../core/row.ts'
import { MemoryJournal } from '../journal/memory.ts'
import type { CaseSetup } from './compile-case.ts'
import { FedTables } from './fed-tables.ts'
import { StepPusher } from './push-step.ts'
import { type Cuts, Relay } from './relay.ts'
import type { Step } from './test-case.ts'

export interface CaseRun {
  /** what the rule sent on, in order */
  readonly emissions: readonly Emission[]
  /** what fails the case whatever was sent: unexpected HTTP answers, faults of the program */
  readonly faults: readonly string[]
  /** what may explain a difference: bodies that were refused, rows that were discarded */
  readonly notes: readonly string[]
  /** places at which the run was or could have been cut; 0 when nobody asked */
  readonly places: number
}

/** Nothing is dropped in a test for lack of room. */
const LIMITS = { bufferLength: 1_000_000, bufferBytes: 2 ** 40 }
const MOST_NOTES = 10

/**
 * Runs the rule over the steps. The clock starts at the first step, and stands still after the last.
 * @param cuts where the rule is saved and another goes on in its place; default: nowhere
 * @throws {UserError} when the rule does not compile, or a step makes no sense
 */
export async function runCase(bare: CaseSetup, steps: readonly Step[], cuts?: Cuts): Promise<CaseRun> {
  const setup = { ...bare, tables: new FedTables(bare.zone) }
  const clock = new ManualClock(steps[0]?.at ?? 0)
  // The case itself says when the rule works, so the journal's callbacks are not wanted.
  const journal = new MemoryJournal({ schedule: () => {} })
  for (const stream of setup.prepared.streams) journal.define(stream.name, LIMITS)
  const emissions: Emission[] = []
  const faults: string[] = []
  const notes: string[] = []
  const listener = (emission: Emission) => void emissions.push(emission)
  const onFault = (text: string) => void faults.push(text)
  const log = caseLog(notes, faults)
  const relay = new Relay({ setup, journal, clock, log, listener, cuts, onFault })
  const pusher = new StepPusher(setup, journal)
  for (const [i, step] of steps.entries()) {
    await relay.moveTo(step.at)
    if (step.body === undefined) continue
    const outcome = pusher.push(step)
    if (outcome.kind === 'unexpected') faults.push(`step ${i + 1}: ${outcome.text}`)
    if (outcome.kind === 'undecodable') {
      notes.push(`step ${i + 1}: the body is refused: ${outcome.text}`)
      if (setup.rule.options.sendError) emissions.push({ rows: [], error: outcome.text })
    }
    relay.run()
  }
  await relay.close()
  return { emissions, faults, notes: notes.slice(0, MOST_NOTES), places: relay.places }
}

/** Warnings are about rows that were discarded; an error is a fault of the program, which no test may pass over. */
function caseLog(notes: string[], faults: string[]): Log {
  const log: Log = {
    level: 'warn',
    debug: () => {},
    info: () => {},
    warn: (_fields, message) => notes.push(message),
    error: (fields, message) => faults.push([message, (fields as { stack?: string }).stack].join('\n').trim()),
    child: () => ({ ...log }),
  }
  return log
}
