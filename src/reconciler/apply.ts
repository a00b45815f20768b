// The steps of a plan in, running streams and rules out: everything is prepared first, then put in place in one turn.

import type { DesiredState } from '../catalog/catalog.ts'
import type { Engine, EngineRule } from '../runtime/engine.ts'
import type { Plan, Step } from './plan.ts'
import type { Applier, StepResult } from './reconcile.ts'

/** Compiled before others get a turn: nothing live is touched yet, and requests must not wait for 500 rules. */
const RULES_A_TURN = 20

export class EngineApplier implements Applier {
  readonly #engine: Engine
  readonly #onSettings: (setting: string, desired: DesiredState) => void

  /** @param onSettings `listener` or `sluice` changed: what is not a stream or rule is the caller's to apply */
  constructor(engine: Engine, onSettings: (setting: string, desired: DesiredState) => void) {
    this.#engine = engine
    this.#onSettings = onSettings
  }

  async apply(plan: Plan, desired: DesiredState): Promise<readonly StepResult[]> {
    const results: StepResult[] = []
    const start: EngineRule[] = []
    const stop: string[] = []
    for (const step of plan.steps) {
      if (step.kind === 'config') this.#onSettings(step.name, desired)
      if (step.kind !== 'rule') {
        results.push({ step, ok: true, impact: 'in-place' })
        continue
      }
      if (step.action === 'delete') {
        stop.push(step.name)
        results.push({ step, ok: true, impact: 'stopped' })
        continue
      }
      if (start.length % RULES_A_TURN === RULES_A_TURN - 1) await giveWay()
      try {
        start.push(this.#engine.prepare(desired.rules.get(step.name)!, desired.streams))
        results.push({ step, ok: true, impact: impactOf(step, desired) })
      } catch (error) {
        // The rule that ran before goes on; a rule that does not compile will not do so without a new file.
        results.push({ step, ok: false, error: error as Error })
      }
    }
    this.#engine.apply({ streams: this.#streamsWith(desired, results), start, stop })
    return results
  }

  /** Streams that a rule still reads because its change failed stay, though no file defines them any more. */
  #streamsWith(desired: DesiredState, results: readonly StepResult[]): DesiredState['streams'] {
    const streams = new Map(desired.streams)
    for (const { step, ok } of results) {
      if (ok || step.kind !== 'rule') continue
      for (const stream of this.#engine.rules.get(step.name)?.runner?.prepared.streams ?? []) {
        if (!streams.has(stream.name)) streams.set(stream.name, stream)
      }
    }
    return streams
  }
}

function impactOf(step: Step, desired: DesiredState): string {
  if (!desired.rules.get(step.name)!.triggered) return step.action === 'create' ? 'not started' : 'stopped'
  return step.action === 'create' ? 'started' : 'restart, state lost'
}

function giveWay(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
