// What the tests of the status listener share: an appliance of real rooms over a temporary folder, and a way to ask it.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeLookUp, resolveReferences } from '../../src/config/references.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { UserError } from '../../src/core/errors.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import type { Values } from '../../src/core/value.ts'
import { type ListenerSettings, PushServer } from '../../src/ingest/server.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'
import { EngineApplier } from '../../src/reconciler/apply.ts'
import { Reconciler } from '../../src/reconciler/reconcile.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'
import { StatusServer } from '../../src/status/api.ts'

/** Later than the change of any file, so that all of them have settled. */
const NOW = Date.UTC(2033, 4, 18)

export const STREAMS = `
CREATE STREAM sensors (deviceId STRING, temperature FLOAT, tags ARRAY(STRING), at STRUCT(x BIGINT))
  WITH (DATASOURCE="/api/data", TYPE="httppush", FORMAT="json", SHARED="true");
CREATE TABLE names () WITH (DATASOURCE="names", TYPE="memory", FORMAT="json", RETAIN_SIZE="5");
`
export const HOT = `
id: hot
name: Hot ones
version: "3"
tags: [demo]
sql: SELECT deviceId, temperature FROM sensors WHERE temperature > 80
actions:
  - nop: {}
  - memory: {topic: hot}
`
export const FILES: Readonly<Record<string, string>> = { 'streams/all.sql': STREAMS, 'rules/hot.yaml': HOT }

export interface Rig extends AsyncDisposable {
  readonly url: string
  readonly clock: ManualClock
  readonly engine: Engine
  readonly journal: MemoryJournal
  readonly push: PushServer
  readonly server: StatusServer
  /** writes files (undefined: deletes them) and looks at the folder until deletions are believed */
  edit(files: Readonly<Record<string, string | undefined>>): Promise<void>
  /** what a device would have pushed */
  append(stream: string, ...rows: Values[]): void
  get(path: string, init?: RequestInit): Promise<Response>
  stopping: boolean
}

export interface RigOptions {
  readonly listener?: ListenerSettings
  /** false: the files are not looked at before `edit` */
  readonly reconcile?: boolean
  readonly log?: Log
  readonly env?: Readonly<Record<string, string>>
  /** of the status listener; 0: any */
  readonly port?: number
}

export async function openRig(files: Readonly<Record<string, string>>, options: RigOptions = {}): Promise<Rig> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-status-'))
  await writeFiles(dir, files)
  const clock = new ManualClock(NOW)
  const { log = silentLog, env = {} } = options
  const journal = new MemoryJournal()
  const push = new PushServer({ journal, clock, log })
  push.configure(options.listener ?? { ip: '127.0.0.1', port: 0 })
  const host = {
    ...{ journal, clock, log, topics: new TopicHub(), zone: 'UTC', dataDir: dir, rootDir: dir },
    ...{ resolve: <T>(value: T) => resolveReferences(value, makeLookUp(env)), property: () => undefined },
  }
  const engine = new Engine(host, endpoints => {
    push.setRoutes(endpoints)
    server.rulesChanged()
  })
  const applier = new EngineApplier(engine, () => {})
  const checkRule = (...[rule, streams]: Parameters<Engine['prepare']>) => {
    try {
      engine.prepare(rule, streams)
      return { errors: [] }
    } catch (error) {
      if (error instanceof UserError) return { errors: [error] }
      throw error
    }
  }
  const reconciler = new Reconciler({ dir, env, applier, checkRule, log, clock, watch: false })
  const state = { stopping: false }
  const server = new StatusServer({
    ...{ engine, clock, log, version: '1.2.3', startedAt: NOW - 90_500 },
    reconcile: () => reconciler.status(),
    push: () => push.status(),
    pushCounters: () => push.counters(),
    journal: () => journal.status(),
    isStopping: () => state.stopping,
  })
  const { address: url } = await server.start('127.0.0.1', options.port ?? 0)
  if (options.reconcile !== false) await reconciler.reconcile('start')
  await push.ready()
  return {
    ...{ url, clock, engine, journal, push, server },
    async edit(changes) {
      await writeFiles(dir, changes)
      await reconciler.reconcile('event')
      clock.advanceTo(clock.now() + 1000)
      await reconciler.reconcile('retry')
      await push.ready()
    },
    append(stream, ...rows) {
      journal.append(stream, { rows, time: clock.now(), meta: undefined, sizeBytes: 100 })
    },
    get: (path, init) => fetch(new URL(path, url), init),
    get stopping() {
      return state.stopping
    },
    set stopping(value) {
      state.stopping = value
    },
    async [Symbol.asyncDispose]() {
      await reconciler.stop()
      await server.stop()
      await Promise.all([push.stop(0), engine.stop(0)])
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function writeFiles(dir: string, files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(dir, path)
    await mkdir(dirname(file), { recursive: true })
    if (text === undefined) await rm(file)
    else await writeFile(file, text)
  }
}

/** Waits until something is so, turn by turn of the event loop. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let turns = 0; !isSo(); turns++) {
    if (turns > 100_000) throw new Error(`never came: ${what}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
