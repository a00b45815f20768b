// One rule while it runs: reads its streams from the journal, pushes them through its pipeline, hands what comes out to
// its actions. It stops reading while an action has no room, so a slow sink fills the journal and is heard at the socket.

import { performance } from 'node:perf_hooks'
import { isDeepStrictEqual } from 'node:util'
import type { RuleAction, RuleDefinition } from '../catalog/definition.ts'
import { type StatePart, statePartsOf } from '../compiler/fingerprint.ts'
import { decodingOf, type PreparedSelect } from '../compiler/prepare.ts'
import { compileSelect } from '../compiler/select.ts'
import { RowError } from '../core/errors.ts'
import { FailureLog } from '../core/failure-log.ts'
import type { Log } from '../core/log.ts'
import type { Emission } from '../core/row.ts'
import type { JournalReader, Message } from '../journal/journal.ts'
import { isLookupTable } from '../lookups/tables.ts'
import type { Pipeline, PipelineState } from '../operators/pipeline.ts'
import { ActionRunner } from '../sinks/action-runner.ts'
import { within } from '../sinks/back-off.ts'
import { sinkKind } from '../sinks/registry.ts'
import { printSelect } from '../sql/printer.ts'
import { EventTimeLog } from './event-time-log.ts'
import { type HandOver, handOver, lost } from './hand-over.ts'
import type { RuntimeHost } from './host.ts'
import { type RuleStatus, type RunState, ruleStatus } from './rule-status.ts'

/** A rule gives way to others after so long; the event loop is shared. */
const SLICE_MS = 5
/** Messages taken from the journal at once. */
const READ_AHEAD = 64

/** A stream's journal reader with the messages that were read but not yet worked on. */
interface Input {
  readonly source: number
  readonly reader: JournalReader
  waiting: readonly Message[]
  next: number
}

export type ResultListener = (emission: Emission) => void

export class RuleRunner {
  readonly definition: RuleDefinition
  readonly prepared: PreparedSelect
  readonly #host: RuntimeHost
  readonly #log: Log
  readonly #pipeline: Pipeline
  /** its actions with their secrets */
  readonly #resolved: readonly Pick<RuleAction, 'sink' | 'options'>[]
  readonly #actions: readonly ActionRunner[]
  /** publishes late rows; undefined: they are only counted */
  readonly #late: ActionRunner | undefined
  /** all that the rule waits for */
  readonly #exits: readonly ActionRunner[]
  readonly #eventTimeLog: EventTimeLog
  readonly #failures: FailureLog
  readonly #listeners = new Set<ResultListener>()
  #stateParts: readonly StatePart[] | undefined
  #onFailure: (error: Error) => void = () => {}
  #inputs: Input[] = []
  #state: RunState = 'stopped'
  #message = ''
  #startedAt = 0
  #stoppedAt = 0
  #latencyUs = 0
  #cancelTimer: (() => void) | undefined
  #timerDue: number | undefined
  #isScheduled = false
  #onAnswered: (() => void)[] = []
  #isWaitingForRoom = false
  /** until the version before this one has sent what waited in it, nothing is read */
  #held: Promise<void> | undefined

  /**
   * Compiles the rule and makes its sinks; nothing runs yet.
   * @throws {UserError} when an action's options cannot be
   */
  constructor(definition: RuleDefinition, prepared: PreparedSelect, host: RuntimeHost) {
    this.definition = definition
    this.prepared = prepared
    this.#host = host
    this.#log = host.log.child({ rule: definition.id })
    if (definition.options.debug) this.#log.level = 'debug'
    this.#failures = new FailureLog(host.clock, (failures, text) => {
      this.#log.warn({ failures }, failures === 1 ? text : `${text} (${failures} failures since the last line)`)
    })
    this.#resolved = definition.actions.map(({ sink, options }) => ({ sink, options: host.resolve(options) }))
    this.#actions = this.#resolved.map(action => this.#action(action.sink, action.options))
    const { isEventTime, lateTopic } = definition.options
    const topic = isEventTime ? lateTopic : ''
    this.#late = topic === '' ? undefined : this.#action('memory', { topic, sendSingle: true })
    this.#exits = this.#late ? [...this.#actions, this.#late] : this.#actions
    const names = prepared.streams.map(stream => stream.name)
    this.#eventTimeLog = new EventTimeLog(this.#log, host.clock, names, topic)
    this.#pipeline = this.#compile()
  }

  get state(): RunState {
    return this.#state
  }

  #compile(): Pipeline {
    const { definition, prepared } = this
    const { clock, zone } = this.#host
    return compileSelect(prepared.analyzed, {
      ...definition.options,
      sources: prepared.streams.map(stream => ({ ...decodingOf(stream), content: this.#host.rowsOf?.(stream) })),
      context: {
        now: () => clock.now(),
        zone,
        ruleId: definition.id,
        ruleStart: clock.now(),
        property: name => this.#host.property(name),
      },
      sendMeta: definition.options.sendMetaToSink,
      emit: emission => this.#emit(emission),
      onError: (error, stage) => this.#report(error, stage),
      onLate: (record, _source, behindMs) => {
        this.#eventTimeLog.late(behindMs)
        this.#late?.send({ rows: [record] })
      },
      onHold: hold => this.#eventTimeLog.hold(hold),
      lookUp: this.#host.lookUp,
      onProgress: () => this.#onAnswers(),
    })
  }

  #action(sink: string, options: Readonly<Record<string, unknown>>): ActionRunner {
    const { clock, dataDir, rootDir, topics } = this.#host
    const { id, options: rule } = this.definition
    return new ActionRunner({
      kind: sinkKind(sink),
      options,
      context: {
        ruleId: id,
        log: this.#host.log,
        publish: (topic, rows, changes) => topics.publish(topic, rows, changes),
        dataDir,
        rootDir,
        property: name => this.#host.property(name),
      },
      queueLength: rule.bufferLength,
      clock,
      sendMeta: rule.sendMetaToSink,
    })
  }

  /**
   * Begins to read.
   * @param from positions by stream where the rule before this one stopped; others start with the next message
   */
  start(from?: ReadonlyMap<string, number>): void {
    if (this.#state === 'running') return
    this.#state = 'running'
    this.#message = ''
    this.#startedAt = this.#host.clock.now()
    for (const action of this.#exits) action.open()
    this.#inputs = this.prepared.streams.flatMap((stream, source) => {
      if (isLookupTable(stream)) return []
      const reader = this.#host.journal.reader(stream.name, from?.get(stream.name))
      reader.onData(() => this.#run())
      return [{ source, reader, waiting: [], next: 0 }]
    })
    void this.#held?.then(() => {
      this.#held = undefined
      this.#schedule()
    })
    if (from) this.#schedule()
    this.#armTimer()
  }

  /** Where each stream's next message for this rule stands. */
  positions(): ReadonlyMap<string, number> {
    return new Map(this.#inputs.map(input => [input.reader.stream, positionOf(input)]))
  }

  /** Messages that wait for this rule. */
  lag(): number {
    return this.#inputs.reduce((sum, input) => sum + lagOf(input), 0)
  }

  /** The next instant (ms since 1970 UTC) at which it has something to do though no message comes. */
  nextDue(): number | undefined {
    return this.#pipeline.nextDue()
  }

  /** A message waits that can be worked on: one of a stream that is ahead of the others may not be. */
  hasWork(): boolean {
    return this.#inputs.some(input => lagOf(input) > 0 && this.#pipeline.reads(input.source))
  }

  snapshot(): PipelineState {
    return this.#pipeline.snapshot()
  }

  restore(state: PipelineState): void {
    this.#pipeline.restore(state)
    this.#armTimer()
  }

  /** Only what nobody runs by tells the two definitions apart: name, tags. Whether their streams are the same is not looked at. */
  runsLike(other: RuleRunner): boolean {
    const runs = (rule: RuleRunner) => [printSelect(rule.prepared.statement), rule.definition.options, rule.#resolved]
    return isDeepStrictEqual(runs(this), runs(other))
  }

  /** What has a state, and what decides whether that of another version of the rule fits it. */
  stateParts(): readonly StatePart[] {
    this.#stateParts ??= statePartsOf(this.prepared, { ...this.definition.options, zone: this.#host.zone }).filter(
      part => this.#pipeline.keeps(part.key),
    )
    return this.#stateParts
  }

  /**
   * Goes on with what another version of this rule knows, as far as it fits. The other must not work on anything
   * afterwards: its state is handed over, not copied. Only rows that wait for answers to other questions than this one
   * asks are its own to finish, and come first. To be called before `start`.
   */
  takeOver(before: RuleRunner): HandOver {
    const partsOf = (rule: RuleRunner) => rule.stateParts().filter(part => part.kind !== 'lookup')
    if (before.state !== 'running') return lost(partsOf(this), 'the rule was not running')
    const result = handOver(partsOf(before), partsOf(this))
    const kept = new Map([...result.kept, ...this.#takeWaiting(before)])
    if (kept.size === 0) return result
    const saved = before.#pipeline.snapshot(new Set(kept.values()), 'live')
    this.#pipeline.restore(Object.fromEntries([...kept].map(([now, then]) => [now, saved[then]])))
    return result
  }

  /** @returns the parts in which rows wait that go with the rest: all or none, so that they stay in their order */
  #takeWaiting(before: RuleRunner): ReadonlyMap<string, string> {
    this.#held = before.#held
    if (before.#pipeline.unanswered() === 0) return new Map()
    const partsOf = (rule: RuleRunner) => rule.stateParts().filter(part => part.kind === 'lookup')
    const { kept, isLost } = handOver(partsOf(before), partsOf(this))
    if (!isLost) return kept
    this.#held = before.answered()
    return new Map()
  }

  /** What its scan tables hold at the moment, oldest rows first. */
  tables(): ReturnType<Pipeline['tables']> {
    return this.#pipeline.tables()
  }

  /** Calls back with everything the rule sends on, until the returned function is called. */
  listen(listener: ResultListener): () => void {
    const listeners = this.#listeners
    listeners.add(listener)
    // Whoever keeps this keeps no rule that has ended.
    return () => listeners.delete(listener)
  }

  /** Stops reading at once: positions stand still from here on. What was made before still goes out. */
  halt(message = 'canceled manually'): void {
    if (this.#state !== 'running') return
    this.#state = 'stopped'
    this.#message = message
    this.#stoppedAt = this.#host.clock.now()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#timerDue = undefined
    for (const input of this.#inputs) input.reader.close()
  }

  /**
   * Works on everything that is due and that the journal holds for this rule, as far as its sinks have room and tables
   * answer. To be due is enough: whether the timer had its turn is the event loop's luck.
   */
  async drain(deadlineMs: number): Promise<void> {
    const until = performance.now() + deadlineMs
    const left = () => until - performance.now()
    while (this.#state === 'running' && left() > 0) {
      const full = this.#exits.find(exit => !exit.hasRoom())
      const isBehind = this.hasWork() || (this.nextDue() ?? Number.POSITIVE_INFINITY) <= this.#host.clock.now()
      if (isBehind && full) await within(left(), new Promise<void>(resolve => full.onRoom(resolve)))
      else if (isBehind) this.#run()
      else if (this.#pipeline.unanswered() > 0) await within(left(), this.answered())
      else return
      // Sinks need the event loop to make room.
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Waits until rows have their answers from lookup tables and the sinks have delivered, then closes them. */
  async close(deadlineMs: number): Promise<void> {
    const until = performance.now() + deadlineMs
    this.halt()
    if (this.#pipeline.unanswered() > 0) await within(deadlineMs, this.answered())
    this.#tellLost(this.#pipeline.unanswered(), 'rows that waited for a lookup table are lost: no answer came in time')
    const left = Math.max(0, until - performance.now())
    await Promise.all(this.#exits.map(action => action.close(left)))
    this.#failures.flush()
    this.#eventTimeLog.flush()
  }

  /** To be called when there is no more time for what the journal holds for this rule. */
  tellUnread(): void {
    this.#tellLost(this.lag(), 'messages that had been accepted are lost: there was no time to work on them')
  }

  #tellLost(count: number, what: string): void {
    if (count > 0) this.#log.warn({ lost: count }, `${count} ${what}`)
  }

  /** Everything that is due now, without waiting for the event loop: for `sluice test` and its manual clock. */
  runNow(): void {
    this.#run()
  }

  /** Resolves when no row waits for the answer of a lookup table. */
  answered(): Promise<void> {
    if (this.#pipeline.unanswered() === 0) return Promise.resolve()
    return new Promise(resolve => this.#onAnswered.push(resolve))
  }

  /** Rows may be read again, and somebody may have waited for the last answer. */
  #onAnswers(): void {
    if (this.#state === 'running' && this.hasWork()) this.#schedule()
    if (this.#onAnswered.length === 0 || this.#pipeline.unanswered() > 0) return
    const waiting = this.#onAnswered
    this.#onAnswered = []
    for (const resolve of waiting) resolve()
  }

  /** Resolves when all that was made so far has reached the sinks. */
  async idle(): Promise<void> {
    await this.answered()
    await Promise.all(this.#exits.map(action => action.idle()))
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#run()
    })
  }

  #run(): void {
    if (this.#state !== 'running' || this.#isWaitingForRoom || this.#held) return
    let at = performance.now()
    const sliceEnd = at + SLICE_MS
    for (;;) {
      if (!this.#hasRoom()) return
      const input = this.#earliest()
      if (!input) break
      this.#push(input)
      const done = performance.now()
      this.#latencyUs = Math.round((done - at) * 1000)
      at = done
      if (this.#state !== 'running') return
      if (done > sliceEnd) return this.#schedule()
    }
    this.#pipeline.advance(this.#host.clock.now())
    this.#armTimer()
    // A stream that was not read may be again now that time has passed.
    if (this.hasWork()) this.#schedule()
  }

  /** The input whose next message came first, so that streams meet in the order of arrival. */
  #earliest(): Input | undefined {
    let earliest: Input | undefined
    for (const input of this.#inputs) {
      if (!this.#pipeline.reads(input.source)) continue
      if (input.next >= input.waiting.length) {
        input.waiting = input.reader.read(READ_AHEAD)
        input.next = 0
        if (input.waiting.length === 0) continue
      }
      if (!earliest || input.waiting[input.next]!.time < earliest.waiting[earliest.next]!.time) earliest = input
    }
    return earliest
  }

  #push(input: Input): void {
    const message = input.waiting[input.next++]!
    this.#pipeline.push(input.source, message.rows, message.time, message.meta)
    input.reader.release(positionOf(input))
  }

  /** False, and a call when there is room again, while an action's queue is full. */
  #hasRoom(): boolean {
    const full = this.#exits.find(action => !action.hasRoom())
    if (!full) return true
    this.#isWaitingForRoom = true
    full.onRoom(() => {
      this.#isWaitingForRoom = false
      this.#schedule()
    })
    return false
  }

  #emit(emission: Emission): void {
    for (const action of this.#actions) action.send(emission)
    if (this.#listeners.size > 0) for (const listener of this.#listeners) listener(emission)
  }

  #armTimer(): void {
    if (this.#state !== 'running') return
    const due = this.#pipeline.nextDue()
    if (due === this.#timerDue) return
    this.#cancelTimer?.()
    this.#timerDue = due
    this.#cancelTimer =
      due === undefined
        ? undefined
        : this.#host.clock.at(due, () => {
            this.#timerDue = undefined
            this.#run()
          })
  }

  #report(error: Error, stage: string): void {
    if (error instanceof RowError) {
      this.#failures.add(`${stage}: ${error.message}`)
      return
    }
    // Not the data's fault but ours; the stack says where to look.
    this.#log.error({ stage, stack: error.stack }, `a fault of the program discarded a row: ${error.message}`)
    if (this.definition.options.restart.attempts > 0) this.#fail(error)
  }

  /** Calls back once when a fault of the program has stopped the rule: only one with a restart strategy does not go on. */
  onFailure(callback: (error: Error) => void): void {
    this.#onFailure = callback
  }

  #fail(error: Error): void {
    if (this.#state !== 'running') return
    this.halt(error.message)
    this.#state = 'stopped by error'
    // Not from within the pipeline, which may be in the middle of a message.
    queueMicrotask(() => this.#onFailure(error))
  }

  status(): RuleStatus {
    const { sources, operators } = this.#pipeline.status()
    return ruleStatus({
      state: this.#state,
      message: this.#message,
      startedAt: this.#startedAt,
      stoppedAt: this.#stoppedAt,
      sources: sources.map((source, i) => {
        const input = this.#inputs[i]
        return { ...source, bufferLength: input ? lagOf(input) : 0 }
      }),
      operators,
      latencyUs: this.#latencyUs,
      actions: this.#actions.map((action, i) => ({ sink: this.definition.actions[i]!.sink, status: action.status() })),
      late: this.#late?.status(),
    })
  }
}

/** Messages of one stream that wait. */
function lagOf(input: Input): number {
  return input.reader.lag + input.waiting.length - input.next
}

/** The position of the next message that has not been worked on. */
function positionOf(input: Input): number {
  return input.reader.position - (input.waiting.length - input.next)
}
