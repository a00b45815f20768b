// All rules that run, and what they need around them: journal streams, memory sources, push endpoints. Changes come as
// one set and are put in place in one turn of the event loop, so that no message meets half of them.

import { performance } from 'node:perf_hooks'
import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { type PreparedSelect, prepareRule, type StreamLookup } from '../compiler/prepare.ts'
import { UserError } from '../core/errors.ts'
import type { Meta } from '../core/row.ts'
import type { Values } from '../core/value.ts'
import type { Message } from '../journal/journal.ts'
import { isLookupTable, type LookupStatus, LookupTables } from '../lookups/tables.ts'
import { within } from '../sinks/back-off.ts'
import { MemorySource } from '../sources/memory.ts'
import { type Endpoint, Endpoints } from './endpoints.ts'
import { FileTables, type TableFault } from './file-tables.ts'
import { type HandOver, lost } from './hand-over.ts'
import type { RuntimeHost } from './host.ts'
import { RuleRunner } from './rule-runner.ts'
import type { RuleStatus, RunState } from './rule-status.ts'
import { type Ended, RuleSupervisor } from './supervisor.ts'

/** A rule that is defined, whether or not it runs. */
export interface EngineRule {
  readonly definition: RuleDefinition
  readonly prepared: PreparedSelect
  /** undefined: it does not run, for the reason that its status gives */
  readonly runner: RuleRunner | undefined
  readonly state: RunState
  status(): RuleStatus
}

/** What is to be different. A rule stands in at most one of the lists. */
export interface EngineChanges {
  /** all streams and tables as they are to be */
  readonly streams: StreamLookup
  /** new and changed rules, prepared */
  readonly start: readonly RuleSupervisor[]
  /** ids of rules that are to go */
  readonly stop: readonly string[]
  /** rules that run as they did, under another name or other tags */
  readonly relabel?: readonly RuleDefinition[]
}

/** What is to be said of a rule before it runs. */
export interface RuleFindings {
  /** it cannot run */
  readonly errors: readonly UserError[]
  readonly warnings: readonly UserError[]
}

const DEFAULT_LIMITS = { bufferLength: 1024, bufferBytes: 16 * 1024 * 1024 }
/** How long a rule that was replaced or deleted may take to deliver what it had made. */
const HAND_OVER_MS = 10_000
/** What a memory publication counts against the ring's byte bound, per row; measuring it would cost more than it tells. */
const MEMORY_ROW_BYTES = 256

export class Engine {
  readonly #host: RuntimeHost
  readonly #onEndpoints: (endpoints: readonly Endpoint[]) => void
  readonly #tables: FileTables
  readonly #lookups: LookupTables
  readonly #endpoints: Endpoints
  #streams: StreamLookup = new Map()
  #rules = new Map<string, RuleSupervisor>()
  readonly #sources = new Map<string, { readonly topic: string; readonly source: MemorySource }>()
  /** rules that were replaced or deleted, and still deliver what they had made */
  readonly #leaving = new Map<RuleRunner, Promise<void>>()

  /** @param onEndpoints called in the same turn as every change, also when nothing about endpoints changed */
  constructor(host: RuntimeHost, onEndpoints: (endpoints: readonly Endpoint[]) => void) {
    this.#tables = new FileTables(host)
    this.#lookups = new LookupTables(host)
    this.#endpoints = new Endpoints(host.zone)
    this.#host = {
      ...host,
      rowsOf: definition => this.#tables.rowsOf(definition),
      lookUp: (table, question) => this.#lookups.find(table, question),
    }
    this.#onEndpoints = onEndpoints
  }

  get streams(): StreamLookup {
    return this.#streams
  }

  get rules(): ReadonlyMap<string, EngineRule> {
    return this.#rules
  }

  /**
   * Compiles a rule against streams that may not be in place yet. Nothing runs.
   * @throws {UserError} when the rule cannot run
   */
  prepare(definition: RuleDefinition, streams: StreamLookup): RuleSupervisor {
    const { clock, log, zone } = this.#host
    return new RuleSupervisor({
      definition,
      clock,
      zone,
      log: log.child({ rule: definition.id }),
      makeRunner: () => this.#compile(definition, streams),
      changed: ended => this.#ruleChanged(ended),
    })
  }

  #compile(definition: RuleDefinition, streams: StreamLookup): RuleRunner {
    return new RuleRunner(definition, prepareRule(definition, streams), this.#host)
  }

  /** Everything that keeps a rule from running, or is to be warned of; nothing runs. */
  check(definition: RuleDefinition, streams: StreamLookup): RuleFindings {
    try {
      const runner = this.#compile(definition, streams)
      return { errors: [], warnings: runner.prepared.analyzed.cautions }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { errors: error.all(), warnings: [] }
    }
  }

  /** Reads the files of tables that are to be in place, so that rules find their rows there when they start. */
  readTables(streams: StreamLookup): Promise<void> {
    return this.#tables.open(streams.values())
  }

  /** What is the matter with a table that runs; undefined: nothing. */
  tableFault(name: string): TableFault | undefined {
    const definition = this.#streams.get(name)
    return definition && this.#tables.faultOf(definition)
  }

  /**
   * Opens a lookup table that is to be in place; its questions come with `apply`. Others are passed over.
   * @throws {UserError} when its options cannot be
   */
  prepareTable(definition: StreamDefinition): void {
    if (isLookupTable(definition)) this.#lookups.prepare(definition)
  }

  /** What the lookup tables have been asked. */
  lookups(): readonly LookupStatus[] {
    return this.#lookups.status()
  }

  /** Whether a rule runs already as a prepared one would; its streams are for the caller to compare. */
  runsLike({ definition, candidate }: RuleSupervisor): boolean {
    const now = this.#rules.get(definition.id)?.runner
    return now?.state === 'running' && candidate !== undefined && now.runsLike(candidate)
  }

  /**
   * Puts the changes in place, all in this turn. Replaced rules go on where their predecessors stopped, with as much of
   * their state as fits.
   * @returns by id, what became of the state of each rule that ran before
   */
  apply(changes: EngineChanges): ReadonlyMap<string, HandOver> {
    const { journal } = this.#host
    const handOvers = new Map<string, HandOver>()
    for (const [name, stream] of changes.streams) {
      if (!isLookupTable(stream)) journal.define(name, limitsOf(stream))
    }
    // First, so that rules find their tables; rows that wait in those that leave ask the new ones.
    this.#lookups.apply(changes.streams.values())
    for (const id of changes.stop) {
      this.#retire(this.#rules.get(id)?.end())
      this.#rules.delete(id)
    }
    for (const definition of changes.relabel ?? []) this.#rules.get(definition.id)?.relabel(definition)
    for (const rule of changes.start) {
      const { id } = rule.definition
      const before = this.#rules.get(id)?.end()
      this.#rules.set(id, rule)
      rule.begin(runner => {
        if (!before) return startAt(runner, undefined)
        const started = this.#handOver(before, runner, changes.streams)
        handOvers.set(id, started.result)
        // Opened before the old one lets go, so that the journal holds what lies between them.
        return startAt(started.runner, before.positions())
      })
      this.#replaced(before)
    }
    const gone = [...this.#streams.keys()].filter(name => !changes.streams.has(name))
    this.#streams = changes.streams
    for (const name of gone) journal.remove(name)
    this.#connectSources()
    this.#tables.retain([...changes.streams.values(), ...this.#definitionsRead()])
    this.#onEndpoints(this.endpoints())
    return handOvers
  }

  /** A runner in which half a state may be is thrown away. */
  #handOver(
    before: RuleRunner,
    runner: RuleRunner,
    streams: StreamLookup,
  ): { readonly runner: RuleRunner; readonly result: HandOver } {
    try {
      return { runner, result: runner.takeOver(before) }
    } catch (error) {
      const { id } = runner.definition
      this.#host.log.error({ rule: id, err: error }, 'a fault of the program: the state of the rule could not be kept')
      const fresh = this.#compile(runner.definition, streams)
      return { runner: fresh, result: lost(fresh.stateParts(), 'a fault of the program') }
    }
  }

  /** A rule began to run or ended by its schedule, or failed: its streams may have gained or lost their only reader. */
  async #ruleChanged(ended: Ended | undefined): Promise<void> {
    const left = ended && this.#leave(ended.runner, this.#finish(ended))
    this.#connectSources()
    this.#onEndpoints(this.endpoints())
    await left
  }

  /** What its streams have taken for it before it ended by its schedule is still its own. */
  async #finish({ runner, message, hasFailed }: Ended): Promise<void> {
    if (!hasFailed) {
      await runner.drain(HAND_OVER_MS)
      runner.tellUnread()
    }
    runner.halt(message)
    await runner.close(HAND_OVER_MS)
  }

  /** Only a sink or table that is too slow leaves something. */
  #tellRest(runner: RuleRunner): void {
    const messages = runner.state === 'running' ? runner.lag() : 0
    if (messages === 0) return
    const text = 'messages that were taken for the rule are lost: it could not work on them before its time was over'
    this.#host.log.error({ rule: runner.definition.id, messages }, text)
  }

  #retire(runner: RuleRunner | undefined): void {
    if (!runner) return
    runner.halt('stopped by update')
    void this.#leave(runner, runner.close(HAND_OVER_MS))
  }

  /** The new version may wait for the rows that wait for answers in this one, so it has the time that they take. */
  #replaced(runner: RuleRunner | undefined): void {
    if (!runner) return
    runner.halt('stopped by update')
    void this.#leave(
      runner,
      runner.answered().then(() => runner.close(HAND_OVER_MS)),
    )
  }

  /** @param closed when the runner is; it is among those that leave until then */
  #leave(runner: RuleRunner, closed: Promise<void>): Promise<void> {
    const left = closed.finally(() => this.#leaving.delete(runner))
    this.#leaving.set(runner, left)
    return left
  }

  /** Streams whose rows a running rule takes in; lookup tables are asked instead. */
  #readStreams(): Set<string> {
    return new Set(this.#definitionsRead().flatMap(stream => (isLookupTable(stream) ? [] : [stream.name])))
  }

  /** As they were when the rules were compiled: a change that failed leaves an older one in use. */
  #definitionsRead(): StreamDefinition[] {
    return [...this.#rules.values()].flatMap(({ runner }) => runner?.prepared.streams ?? [])
  }

  #connectSources(): void {
    const read = this.#readStreams()
    for (const [name, { topic, source }] of this.#sources) {
      const stream = this.#streams.get(name)
      if (read.has(name) && stream?.options.type === 'memory' && stream.options.datasource === topic) continue
      source.stop()
      this.#sources.delete(name)
    }
    for (const stream of this.#streams.values()) {
      if (stream.options.type !== 'memory' || !read.has(stream.name) || this.#sources.has(stream.name)) continue
      const topic = stream.options.datasource ?? ''
      const source = new MemorySource(this.#host.topics, topic)
      source.start((rows, meta) => this.#deliver(stream.name, rows, meta))
      this.#sources.set(stream.name, { topic, source })
    }
  }

  /** Into the journal; the publisher waits while it is full. */
  #deliver(stream: string, rows: readonly Values[], meta: Meta | undefined): Promise<void> | void {
    const message: Message = {
      rows,
      time: this.#host.clock.now(),
      meta,
      sizeBytes: rows.length * MEMORY_ROW_BYTES,
    }
    if (this.#host.journal.append(stream, message) !== 'full') return
    return this.#deliverLater(stream, message)
  }

  async #deliverLater(stream: string, message: Message): Promise<void> {
    const { journal, clock } = this.#host
    do {
      await new Promise<void>(resolve => journal.onRoom(stream, resolve))
    } while (journal.append(stream, { ...message, time: clock.now() }) === 'full')
  }

  /** What may be pushed to now. */
  endpoints(): Endpoint[] {
    const runners = [...this.#rules.values()].flatMap(({ runner }) => runner ?? [])
    return this.#endpoints.of(this.#streams.values(), runners)
  }

  /** Lets every rule finish what the journal holds, waits for the sinks, closes all. Ends at the deadline at the latest. */
  async stop(deadlineMs: number): Promise<void> {
    // Real time, whatever clock the rules are on: sinks deliver in no other.
    const until = performance.now() + deadlineMs
    const left = () => Math.max(0, until - performance.now())
    // One that its schedule has just ended may still have to work on what was taken for it.
    const runners = [...[...this.#rules.values()].flatMap(rule => rule.end() ?? []), ...this.#leaving.keys()]
    this.#lookups.giveUpSilent()
    // Round and round: what one rule publishes to a topic is another one's input, once its action got there.
    do {
      await Promise.all(runners.map(runner => runner.drain(left())))
      await within(left(), Promise.all(runners.map(runner => runner.idle())))
    } while (runners.some(runner => runner.hasWork()) && left() > 0)
    for (const runner of runners) runner.tellUnread()
    for (const { source } of this.#sources.values()) source.stop()
    this.#tables.close()
    for (const runner of runners) this.#tellRest(runner)
    await Promise.all(runners.map(runner => runner.close(left())))
    await within(left(), this.#lookups.close())
  }
}

function startAt(runner: RuleRunner, positions: ReadonlyMap<string, number> | undefined): RuleRunner {
  runner.start(positions)
  return runner
}

function limitsOf(stream: StreamDefinition): { bufferLength: number; bufferBytes: number } {
  const { bufferLength, bufferBytes } = { ...DEFAULT_LIMITS, ...stream.properties } as typeof DEFAULT_LIMITS
  return { bufferLength, bufferBytes }
}
