// The whole appliance: builds the rooms, connects them, starts them in order and stops them without losing a row.

import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DesiredState, SluiceConfig } from './catalog/catalog.ts'
import type { Environment } from './config/environment.ts'
import { makeLookUp, makeProperties, resolveReferences } from './config/references.ts'
import { readSluiceIn, SLUICE_PATH } from './config/sluice.ts'
import { type Clock, SystemClock } from './core/clock.ts'
import { parseZone } from './core/datetime.ts'
import { UserError } from './core/errors.ts'
import { type Log, makeLog } from './core/log.ts'
import { PushServer } from './ingest/server.ts'
import { MemoryJournal } from './journal/memory.ts'
import { EngineApplier } from './reconciler/apply.ts'
import { Reconciler, type ReconcilerOptions } from './reconciler/reconcile.ts'
import { Engine } from './runtime/engine.ts'
import { TopicHub } from './sources/topic-hub.ts'
import { StatusServer } from './status/api.ts'

export interface ApplianceOptions {
  /** folder that holds etc/ streams/ rules/ */
  readonly dir: string
  /** folder for data; default: `data` of etc/sluice.yaml, else DIR/data */
  readonly data?: string | undefined
  readonly env: Environment
  readonly version: string
  readonly log?: Log
  readonly watch?: ReconcilerOptions['watch']
}

/** The parts of the time to stop: 10 s in all (design.md, "Stop"). */
const STOP_PUSH_MS = 3_000
const STOP_ENGINE_MS = 6_000

export class Appliance {
  readonly log: Log
  readonly #clock: Clock = new SystemClock()
  readonly #options: ApplianceOptions
  readonly #dir: string
  readonly #settings: SluiceConfig
  readonly #engine: Engine
  readonly #push: PushServer
  readonly #reconciler: Reconciler
  readonly #status: StatusServer
  readonly #startedAt: number
  #stopping: Promise<void> | undefined

  /** @throws {UserError} when the folder or etc/sluice.yaml does not let it start; with all faults */
  constructor(options: ApplianceOptions) {
    this.#options = options
    this.#dir = resolve(options.dir)
    this.#settings = readSettings(this.#dir, options.env)
    this.log = options.log ?? makeLog(this.#settings.log)
    this.#startedAt = this.#clock.now()
    const journal = new MemoryJournal({
      onError: (stream, error) => this.log.error({ stream, stack: (error as Error).stack }, 'a reader failed'),
    })
    this.#push = new PushServer({ journal, clock: this.#clock, log: this.log })
    this.#engine = new Engine(
      {
        journal,
        clock: this.#clock,
        log: this.log,
        topics: new TopicHub(),
        zone: parseZone(this.#settings.timezone) ?? 'UTC',
        dataDir: resolve(options.data ?? this.#settings.data ?? join(this.#dir, 'data')),
        rootDir: this.#dir,
        resolve: value => resolveReferences(value, makeLookUp(options.env)),
        property: makeProperties(options.env),
      },
      endpoints => {
        this.#push.setRoutes(endpoints)
        this.#status.rulesChanged()
      },
    )
    this.#reconciler = new Reconciler({
      dir: this.#dir,
      env: options.env,
      applier: new EngineApplier(this.#engine, (setting, desired) => {
        if (setting === 'listener') this.#applyListener(desired)
        else this.#applySettings(desired.sluice)
      }),
      checkRule: (rule, streams) => this.#engine.check(rule, streams),
      log: this.log,
      clock: this.#clock,
      ...(options.watch === undefined ? {} : { watch: options.watch }),
    })
    this.#status = new StatusServer({
      engine: this.#engine,
      journal: () => journal.status(),
      reconcile: () => this.#reconciler.status(),
      push: () => this.#push.status(),
      pushCounters: () => this.#push.counters(),
      isStopping: () => this.#stopping !== undefined,
      version: options.version,
      startedAt: this.#startedAt,
      clock: this.#clock,
      log: this.log,
    })
  }

  /** Resolves when the first reconcile is done and the listeners stand; then the ready line has been written. */
  async start(): Promise<void> {
    const { ip, port } = this.#settings.status
    // First, so that somebody who waits for readiness is told what is missing.
    const status = await this.#status.start(ip, port)
    await this.#reconciler.start()
    await this.#push.ready()
    const { state, address, error } = this.#push.status()
    this.log.info(
      {
        push:
          address ?? (error === undefined ? 'closed: no running rule reads an httppush stream' : `failed: ${error}`),
        pushState: state,
        status: status.address,
        rules: this.#engine.rules.size,
        version: this.#options.version,
      },
      'ready',
    )
  }

  /** Reads the files again now. */
  reconcile(reason: string): Promise<unknown> {
    return this.#reconciler.reconcile(reason)
  }

  /** Stops accepting, finishes what was accepted, closes. Harmless twice. Takes 10 s at most. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.log.info({}, 'stopping')
    await this.#reconciler.stop()
    await this.#push.stop(STOP_PUSH_MS)
    await this.#engine.stop(STOP_ENGINE_MS)
    await this.#status.stop()
    this.log.info({}, 'stopped')
  }

  #applyListener({
    sources: {
      httppush: { listener },
    },
  }: DesiredState): void {
    if (!listener) return
    const { ip, port, tls } = listener
    const inDir = (path: string) => resolve(this.#dir, path)
    this.#push.configure({
      ip,
      port,
      ...(tls ? { tls: { certfile: inDir(tls.certFile), keyfile: inDir(tls.keyFile) } } : {}),
    })
  }

  /** What can change while it runs does; of the rest the log says that it waits for the next start. */
  #applySettings(sluice: SluiceConfig): void {
    this.log.level = sluice.log.level
    const fixed = ({ status, timezone, data, log }: SluiceConfig) =>
      JSON.stringify([status, timezone, data, log.format])
    if (fixed(sluice) !== fixed(this.#settings)) {
      this.log.warn({ file: SLUICE_PATH }, 'status, timezone, data and log.format take effect at the next start')
    }
  }
}

function readSettings(dir: string, env: Environment): SluiceConfig {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError({
      code: 'FILE_READ',
      what: existsSync(dir) ? `${dir} is not a folder.` : `The folder ${dir} does not exist.`,
      fix: 'Name the folder that holds etc/, streams/ and rules/ with --dir or SLUICE_DIR.',
    })
  }
  const { config, errors } = readSluiceIn(dir, env)
  if (errors.length > 0) throw UserError.together(errors)
  return config
}
