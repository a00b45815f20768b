// A rule as defined in, a runner out while its schedule wants it to run; started again after failures, as far as its
// restart strategy goes (spec/rules-and-sinks.md 2 and 8).

import type { RuleDefinition } from '../catalog/definition.ts'
import type { PreparedSelect } from '../compiler/prepare.ts'
import type { Clock } from '../core/clock.ts'
import { errorLine, UserError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { Restarts } from './restart.ts'
import type { RuleRunner } from './rule-runner.ts'
import { type RuleStatus, type RunState, ruleStatus, WAITING } from './rule-status.ts'
import { type Phase, Schedule } from './schedule.ts'

export interface SupervisorParts {
  readonly definition: RuleDefinition
  readonly clock: Clock
  readonly log: Log
  /** IANA name of the zone that schedules are in */
  readonly zone: string
  /** @throws {UserError} when the rule cannot run */
  readonly makeRunner: () => RuleRunner
}

/** A runner that has ended by its schedule or failed: to be closed. */
export interface Ended {
  readonly runner: RuleRunner
  readonly message: string
  /** else it is to finish what its streams have already taken for it */
  readonly hasFailed: boolean
}

export interface Supervision {
  /**
   * Starts the first runner; those after it start with what comes next.
   * @returns the one that was started: this, or another of the same rule
   */
  start(runner: RuleRunner): RuleRunner
  /** The rule began to run or ceased by itself: it is to be counted among the readers of its streams, or no longer. */
  changed(ended?: Ended): void
}

const FOR_EVER: Phase = { runs: true, until: undefined }

export class RuleSupervisor {
  readonly prepared: PreparedSelect
  readonly #parts: SupervisorParts
  #definition: RuleDefinition
  readonly #restarts: Restarts
  /** made to find out whether the rule can run at all; the first to be started */
  #first: RuleRunner | undefined
  #runner: RuleRunner | undefined
  #schedule: Schedule | undefined
  #supervision: Supervision | undefined
  #cancel: () => void = () => {}
  /** while there is no runner */
  #idle: { readonly state: RunState; readonly message: string; readonly nextStart: number }
  /** counters of the last run */
  #last: RuleStatus | undefined

  /** @throws {UserError} when the rule cannot run */
  constructor(parts: SupervisorParts) {
    const { definition } = parts
    this.#parts = parts
    this.#definition = definition
    this.#restarts = new Restarts(definition.options.restart)
    const runner = parts.makeRunner()
    this.prepared = runner.prepared
    if (definition.triggered) this.#first = runner
    const message = definition.triggered ? '' : `triggered is false in ${definition.location.path}`
    this.#idle = { state: 'stopped', message, nextStart: 0 }
  }

  get definition(): RuleDefinition {
    return this.#definition
  }

  /** The same rule with another name or other tags, or from another place. */
  relabel(definition: RuleDefinition): void {
    this.#definition = definition
  }

  /** what `begin` will start; undefined: it has begun, or is not to run */
  get candidate(): RuleRunner | undefined {
    return this.#first
  }

  /** the runner that reads the rule's streams now; undefined: the rule does not run */
  get runner(): RuleRunner | undefined {
    return this.#runner
  }

  get state(): RunState {
    return this.#runner?.state ?? this.#idle.state
  }

  status(): RuleStatus {
    if (this.#runner) return this.#runner.status()
    const { state, message, nextStart } = this.#idle
    const base = this.#last ?? NEVER_RAN
    return { ...base, status: state, message, nextStartTimestamp: nextStart }
  }

  /** From here on the rule runs when it should. */
  begin(supervision: Supervision): void {
    if (!this.definition.triggered) return
    this.#supervision = supervision
    const { schedule } = this.definition.options
    const { zone, clock } = this.#parts
    this.#schedule = schedule && new Schedule(schedule, zone, clock.now())
    this.#look(true)
  }

  /** Leaves the rule as it is to whoever takes over its runner: no schedule starts or stops it any more. */
  end(): RuleRunner | undefined {
    this.#cancel()
    this.#supervision = undefined
    return this.#runner
  }

  #phase(): Phase {
    return this.#schedule?.phaseAt(this.#parts.clock.now()) ?? FOR_EVER
  }

  #look(isFirst = false): void {
    const phase = this.#phase()
    if (phase.runs) {
      this.#wakeAt(phase.until)
      if (!this.#runner) this.#run(isFirst)
      return
    }
    this.#wakeAt(phase.next)
    const message = phase.message === '' && this.#last === undefined && !this.#runner ? '' : 'schedule terminated'
    const state = phase.next === undefined ? 'stopped' : WAITING
    this.#idle = { state, message: phase.message || message, nextStart: phase.next ?? 0 }
    if (!this.#runner) return
    this.#parts.log.info({ message: this.#idle.message, nextStart: phase.next }, 'the rule stops by its schedule')
    this.#stop(this.#idle.message, false)
  }

  #run(isFirst: boolean): void {
    try {
      const runner = this.#first ?? this.#parts.makeRunner()
      this.#first = undefined
      if (isFirst) this.#runner = this.#supervision!.start(runner)
      else {
        runner.start()
        this.#runner = runner
      }
      this.#runner.onFailure(error => this.#failed(error))
      if (isFirst) return
      this.#parts.log.info({ restarts: this.#restarts.attempts }, 'the rule starts')
      this.#supervision!.changed()
    } catch (error) {
      // What it refers to may have gone since it was first looked at: a secret's file, a certificate.
      this.#runner = undefined
      this.#failed(error as Error)
    }
  }

  #failed(error: Error): void {
    const { clock, log } = this.#parts
    const wait = this.#restarts.failed(clock.now())
    const text = error instanceof UserError ? errorLine(error) : error.message
    const nextStart = wait === undefined ? 0 : clock.now() + wait
    const phase = this.#phase()
    if (wait !== undefined) this.#wakeAt(nextStart)
    else this.#wakeAt(phase.runs ? phase.until : phase.next)
    this.#idle = { state: 'stopped by error', message: text, nextStart }
    log.error({ restartInMs: wait, attempt: this.#restarts.attempts }, `the rule is stopped by an error: ${text}`)
    this.#stop(text, true)
  }

  #stop(message: string, hasFailed: boolean): void {
    const runner = this.#runner
    this.#runner = undefined
    if (runner) this.#last = runner.status()
    this.#supervision?.changed(runner && { runner, message, hasFailed })
    if (this.#last) this.#last = { ...this.#last, lastStopTimestamp: this.#parts.clock.now() }
  }

  #wakeAt(at: number | undefined): void {
    this.#cancel()
    this.#cancel = at === undefined ? () => {} : this.#parts.clock.at(at, () => this.#look())
  }
}

const NEVER_RAN = ruleStatus({
  state: 'stopped',
  message: '',
  startedAt: 0,
  stoppedAt: 0,
  sources: [],
  operators: [],
  latencyUs: 0,
  actions: [],
})
