// The steps of a plan in, running streams and rules out: everything is prepared first, then put in place in one turn.

import type { DesiredState } from '../catalog/catalog.ts'
import type { RuleDefinition } from '../catalog/definition.ts'
import type { Engine } from '../runtime/engine.ts'
import type { RuleSupervisor } from '../runtime/supervisor.ts'
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
    const start: RuleSupervisor[] = []
    const relabel: RuleDefinition[] = []
    const stop: string[] = []
    await this.#engine.readTables(desired.streams)
    const changed = new Set(plan.steps.filter(step => step.kind !== 'rule').map(step => step.name))
    for (const step of plan.steps) {
      if (step.kind === 'config') this.#onSettings(step.name, desired)
      if (step.kind !== 'rule') {
        results.push(this.#definitionStep(step, desired))
        continue
      }
      if (step.action === 'delete') {
        stop.push(step.name)
        results.push({ step, ok: true, impact: 'stopped' })
        continue
      }
      if (start.length % RULES_A_TURN === RULES_A_TURN - 1) await giveWay()
      try {
        const rule = this.#engine.prepare(desired.rules.get(step.name)!, desired.streams)
        const isSame = this.#engine.runsLike(rule) && !rule.prepared.streams.some(s => changed.has(s.name))
        if (isSame) relabel.push(rule.definition)
        else start.push(rule)
        results.push({ step, ok: true, impact: isSame ? 'in-place' : impactOf(step, desired) })
      } catch (error) {
        // The rule that ran before goes on; a rule that does not compile will not do so without a new file.
        results.push({ step, ok: false, error: error as Error })
      }
    }
    const handOvers = this.#engine.apply({ streams: this.#streamsWith(desired, results), start, stop, relabel })
    return results.map(result => {
      const handOver = result.step.kind === 'rule' && result.ok ? handOvers.get(result.step.name) : undefined
      if (!handOver) return result
      const impact = handOver.isLost ? 'restart, state lost' : 'restart, state kept'
      return { ...result, impact, state: handOver.notes }
    })
  }

  /** A lookup table may have options that cannot be; its questions fail then, until its file is mended. */
  #definitionStep(step: Step, desired: DesiredState): StepResult {
    const definition = step.action === 'delete' ? undefined : desired.streams.get(step.name)
    try {
      if (definition && step.kind === 'table') this.#engine.prepareTable(definition)
      return { step, ok: true, impact: 'in-place' }
    } catch (error) {
      return { step, ok: false, error: error as Error }
    }
  }

  /** Streams that a rule still reads because its change failed stay, though no file defines them any more. */
  #streamsWith(desired: DesiredState, results: readonly StepResult[]): DesiredState['streams'] {
    const streams = new Map(desired.streams)
    for (const { step, ok } of results) {
      // The last good version of a lookup table goes on; a new one that cannot be opened stays, and says so when it is asked.
      const before = this.#engine.streams.get(step.name)
      if (!ok && step.kind === 'table' && before) streams.set(step.name, before)
      if (ok || step.kind !== 'rule') continue
      for (const stream of this.#engine.rules.get(step.name)?.prepared.streams ?? []) {
        if (!streams.has(stream.name)) streams.set(stream.name, stream)
      }
    }
    return streams
  }
}

function impactOf(step: Step, desired: DesiredState): string {
  const { triggered, options } = desired.rules.get(step.name)!
  if (triggered && options.schedule) return 'runs by its schedule'
  if (!triggered) return step.action === 'create' ? 'not started' : 'stopped'
  // A rule that was not running is replaced by being started.
  return 'started'
}

function giveWay(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
