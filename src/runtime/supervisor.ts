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
  /**
   * The rule began to run or ceased by itself: it is to be counted among the readers of its streams, or no longer.
   * @returns when the runner that has ended is closed
   */
  readonly changed: (ended?: Ended) => Promise<void>
}

/** A runner that has ended by its schedule or failed: to be closed. */
export interface Ended {
  readonly runner: RuleRunner
  readonly message: string
  /** else it is to finish what its streams have already taken for it */
  readonly hasFailed: boolean
}

/**
 * Starts the first runner; those after it start with what comes next.
 * @returns the one that was started: this, or another of the same rule
 */
export type StartFirst = (runner: RuleRunner) => RuleRunner

const FOR_EVER: Phase = { runs: true, until: undefined }

export class RuleSupervisor {
  readonly prepared: PreparedSelect
  readonly #parts: SupervisorParts
  #definition: RuleDefinition
  readonly #restarts: Restarts
  /** made to find out whether the rule can run at all; started if that is to be at once */
  #first: RuleRunner | undefined
  #runner: RuleRunner | undefined
  #schedule: Schedule | undefined
  /** between `begin` and `end` */
  #isInCharge = false
  #cancel: () => void = () => {}
  /** while there is no runner */
  #idle: { readonly state: RunState; readonly message: string; readonly nextStart: number }
  /** ms since 1970 UTC; 0: it never ran */
  #stoppedAt = 0
  /** of the last run: counts on until it is closed */
  #closing: RuleRunner | undefined
  /** counters of the last run that is closed: the runner with all that it held is let go */
  #last = NEVER_RAN

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
    const base = this.#closing?.status() ?? this.#last
    return { ...base, status: state, message, lastStopTimestamp: this.#stoppedAt, nextStartTimestamp: nextStart }
  }

  /** From here on the rule runs when it should. */
  begin(startFirst: StartFirst): void {
    if (!this.definition.triggered) return
    this.#isInCharge = true
    const { schedule } = this.definition.options
    const { zone, clock } = this.#parts
    this.#schedule = schedule && new Schedule(schedule, zone, clock.now())
    this.#look(startFirst)
    // What starts later is compiled then: its windows begin there, and its secrets are those of that day.
    this.#first = undefined
  }

  /** Leaves the rule as it is to whoever takes over its runner: no schedule starts or stops it any more. */
  end(): RuleRunner | undefined {
    this.#cancel()
    this.#isInCharge = false
    return this.#runner
  }

  #phase(): Phase {
    return this.#schedule?.phaseAt(this.#parts.clock.now()) ?? FOR_EVER
  }

  #look(startFirst?: StartFirst): void {
    const phase = this.#phase()
    if (phase.runs) {
      this.#wakeAt(phase.until)
      if (!this.#runner) this.#run(startFirst)
      return
    }
    this.#wakeAt(phase.next)
    const hasRun = this.#stoppedAt > 0 || this.#runner !== undefined
    const message = phase.message || (hasRun ? 'schedule terminated' : '')
    this.#idle = { state: phase.next === undefined ? 'stopped' : WAITING, message, nextStart: phase.next ?? 0 }
    if (!this.#runner) return
    this.#parts.log.info({ message, nextStart: phase.next }, 'the rule stops by its schedule')
    this.#stop(message, false)
  }

  #run(startFirst: StartFirst | undefined): void {
    try {
      const runner = startFirst ? startFirst(this.#first!) : started(this.#parts.makeRunner())
      this.#runner = runner
      runner.onFailure(error => {
        // One that has ended may fail over what it still finishes, when another runs already or the rule is gone.
        if (this.#isInCharge && this.#runner === runner) this.#failed(error)
      })
      if (startFirst) return
      this.#parts.log.info({ restarts: this.#restarts.attempts }, 'the rule starts')
      void this.#parts.changed()
    } catch (error) {
      // What it refers to may have gone since it was first looked at: a secret's file, a certificate.
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
    if (!runner) return
    this.#runner = undefined
    this.#stoppedAt = this.#parts.clock.now()
    this.#closing = runner
    void this.#parts.changed({ runner, message, hasFailed }).then(() => {
      if (this.#closing !== runner) return
      this.#last = runner.status()
      this.#closing = undefined
    })
  }

  #wakeAt(at: number | undefined): void {
    this.#cancel()
    this.#cancel = at === undefined ? () => {} : this.#parts.clock.at(at, () => this.#look())
  }
}

function started(runner: RuleRunner): RuleRunner {
  runner.start()
  return runner
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
