// A case's rule while it runs, and where a test asks for it, one rule after another: each is stopped, saved, and followed
// by one that is compiled anew and goes on from what was saved.

import { deserialize, serialize } from 'node:v8'
import { prepareRule } from '../compiler/prepare.ts'
import type { ManualClock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { MemoryJournal } from '../journal/memory.ts'
import type { PipelineState } from '../operators/pipeline.ts'
import type { ResultListener, RuleRunner } from '../runtime/rule-runner.ts'
import { type CaseSetup, makeRunner } from './compile-case.ts'

/** Where a run is cut, and how. */
export interface Cuts {
  /** asked at each place where the run can be cut, in order, from 0 */
  at(place: number): boolean
  /**
   * awake: the rule before goes on unheard · asleep: no rule runs while the clock moves from one step to the next, and
   * what was due meanwhile has to be caught up · edited: the state goes over as it does when a rule's file changes
   */
  readonly how: 'awake' | 'asleep' | 'edited'
  /** what becomes of a state on its way; default: bytes, as on a disk */
  carry?(state: PipelineState): PipelineState
}

export function throughBytes(state: PipelineState): PipelineState {
  return deserialize(serialize(state))
}

export interface RelayParts {
  readonly setup: CaseSetup
  readonly journal: MemoryJournal
  readonly clock: ManualClock
  readonly log: Log
  readonly listener: ResultListener
  readonly cuts: Cuts | undefined
  /** a saved state changed by itself: something of it was still in use */
  readonly onFault: (text: string) => void
}

export class Relay {
  readonly #parts: RelayParts
  #runner: RuleRunner
  #places = 0
  #unlisten: () => void
  /** the runner before, which goes on unheard: nothing that it does may reach the state that was saved of it */
  #shadow: { readonly runner: RuleRunner; readonly state: PipelineState; readonly bytes: Buffer } | undefined

  constructor(parts: RelayParts) {
    this.#parts = parts
    this.#runner = makeRunner(parts.setup, parts.journal, parts.clock, parts.log)
    this.#unlisten = this.#runner.listen(parts.listener)
    this.#runner.start()
  }

  /** places at which the run could have been cut */
  get places(): number {
    return this.#places
  }

  /** To the next step. Places to cut are the instants at which something is due, and the step's own. */
  async moveTo(at: number): Promise<void> {
    const { clock, cuts } = this.#parts
    if (!cuts) return clock.advanceTo(at)
    if (cuts.how === 'asleep') {
      await this.#cut(at)
      // What fell due in its sleep is overdue by now.
      return clock.advanceTo(at)
    }
    for (;;) {
      const due = this.#runner.nextDue()
      if (due === undefined || due > at || due <= clock.now()) break
      await this.#cut(due)
      clock.advanceTo(due)
    }
    clock.advanceTo(at)
    await this.#cut(at)
  }

  /** Works on all that the journal holds. */
  run(): void {
    for (const runner of [this.#shadow?.runner, this.#runner]) {
      // A run gives way to other rules after some milliseconds; here nobody else waits.
      do runner?.runNow()
      while (runner?.state === 'running' && runner.hasWork())
    }
  }

  async close(): Promise<void> {
    await this.#endShadow()
    await this.#runner.close(1_000)
  }

  /** @param at when the next one starts: before it the clock moves, unheard by the rule that was saved */
  async #cut(at: number): Promise<void> {
    const { setup, journal, clock, log, listener, cuts } = this.#parts
    if (!cuts!.at(this.#places++)) return
    await this.#endShadow()
    const before = this.#runner
    const positions = before.positions()
    const make = () => {
      const prepared = prepareRule(setup.rule, setup.streams)
      this.#runner = makeRunner({ ...setup, prepared }, journal, clock, log)
      return this.#runner
    }
    if (cuts!.how === 'edited') {
      make().takeOver(before)
      await before.close(1_000)
    } else {
      const state = before.snapshot()
      const bytes = serialize(state)
      if (cuts!.how === 'awake') this.#shadow = { runner: before, state, bytes }
      else {
        await before.close(1_000)
        clock.advanceTo(at)
      }
      make().restore((cuts!.carry ?? throughBytes)(state))
    }
    this.#unlisten()
    this.#unlisten = this.#runner.listen(listener)
    this.#runner.start(positions)
  }

  async #endShadow(): Promise<void> {
    if (!this.#shadow) return
    const { runner, state, bytes } = this.#shadow
    this.#shadow = undefined
    await runner.close(1_000)
    if (!serialize(state).equals(bytes)) this.#parts.onFault('a saved state changed while its rule ran on')
  }
}
