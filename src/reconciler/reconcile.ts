// The loop: files in, running objects out, again and again until both are the same; and how it is doing.
//
// One pass: read everything, build everything, compare with what runs, take the steps. Nothing live is touched until
// all of the snapshot is built; what is broken keeps its last good version; what is equal is left alone.

import {
  type Catalog,
  type Condition,
  type DesiredState,
  EMPTY_CATALOG,
  keyOf,
  type ObjectError,
  type ObjectKey,
} from '../catalog/catalog.ts'
import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { HTTPPUSH_PATH } from '../config/httppush.ts'
import { SLUICE_PATH } from '../config/sluice.ts'
import type { Clock } from '../core/clock.ts'
import { errorLine, UserError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { conditionsOf, type Finding, ObjectBook, type ObjectStatus } from './conditions.ts'
import { Deletions } from './deletions.ts'
import { type GitState, isGitBusy, readGit } from './git.ts'
import { buildState, type LoadedState, type LoadOptions, sourcesOf } from './load.ts'
import { type Kept, keepLastGood, type Plan, plan, type Running, type Step } from './plan.ts'
import { readTree, type Tree } from './read-tree.ts'
import { Retries } from './retries.ts'
import { type TreeWatch, type WatchOptions, watchTree } from './watch.ts'

/** What came of one step. */
export interface StepResult {
  readonly step: Step
  readonly ok: boolean
  /** why not; a UserError is shown with its place */
  readonly error?: Error
  /** true: a passing reason, so the step stays in the next plan and is tried again after a while */
  readonly retry?: boolean
  /**
   * What it cost, for log and status: `in-place` · `restart, state kept`, also where there was none to lose ·
   * `restart, state lost`: some of it · `started` · `runs by its schedule`, now or later · `not started` · `stopped`
   */
  readonly impact?: string
  /** what became of each part that keeps something: `window kept`, `lag(t) reset: its arguments changed` */
  readonly state?: readonly string[]
}

/** Makes the steps real. It prepares the new before it stops the old, and leaves the old running where the new fails. */
export interface Applier {
  /**
   * @param desired with last good versions put back; its definitions are what the steps are about
   * @returns a result for each step, in any order; a step without one counts as failed
   */
  apply(plan: Plan, desired: DesiredState): Promise<readonly StepResult[]>
}

export interface ReconcilerOptions extends Omit<LoadOptions, 'lastGood'> {
  readonly dir: string
  readonly applier: Applier
  readonly log: Log
  readonly clock: Clock
  /** false: only what `reconcile` is called for. Default: mode and re-scan interval of etc/sluice.yaml */
  readonly watch?: false | Partial<Omit<WatchOptions, 'onDirty' | 'log' | 'clock'>>
  /** a file changed less than this before it is read is read again; default 100 */
  readonly settleMs?: number
  /** a deletion counts when the object is still missing after this; default 300 */
  readonly confirmMs?: number
  /** between tries of a failed step; default 5 s, doubling up to 3 min */
  readonly retry?: { readonly firstMs: number; readonly mostMs: number }
}

export interface ReconcileStatus {
  /** of the whole: Ready, Reconciling, Stalled; reason WatchDegraded when only the watching is in trouble */
  readonly conditions: readonly Condition[]
  readonly lastAppliedRevision: string
  readonly lastAttemptedRevision: string
  readonly git: GitState
  readonly watchMode: 'events' | 'poll' | 'off'
  readonly objects: readonly ObjectStatus[]
  /** `path:line:column CODE text` */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  /** last five passes that changed something or failed, newest first */
  readonly history: readonly HistoryEntry[]
  /** for config_last_reload_successful and …_success_timestamp_seconds; true again when a fault is taken back */
  readonly lastReload: { readonly successful: boolean; readonly succeededAt: number | undefined }
  /** ms since 1970 UTC of the next try of what failed */
  readonly nextTryAt: number | undefined
}

export interface HistoryEntry {
  readonly revision: string
  readonly startedAt: number
  readonly durationMs: number
  readonly steps: number
  readonly failed: number
  readonly errors: number
}

/** A writer that never rests, and a lock that never goes, must not keep good files out for ever. */
const LONGEST_SETTLING_MS = 5000
const HISTORY = 5

export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #book = new ObjectBook()
  readonly #deletions: Deletions
  readonly #retries: Retries
  #running: Running = { catalog: EMPTY_CATALOG, listener: undefined, sluice: undefined }
  #loaded: LoadedState | undefined
  #watch: TreeWatch | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #cancelTimer: () => void = () => {}
  #stopped = false
  #git: GitState = { dirty: 'unknown', reason: 'not looked at yet' }
  /** what was said of faults, by line, with what stays the same when such a fault only moves */
  #logged = new Map<string, string>()
  /** by rule, what its last change cost */
  readonly #costs = new Map<ObjectKey, string>()
  #history: HistoryEntry[] = []
  #conditions: Condition[] = []
  #lastApplied = ''
  #lastReload: ReconcileStatus['lastReload'] = { successful: false, succeededAt: undefined }

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#deletions = new Deletions(options.confirmMs ?? 300)
    this.#retries = new Retries(options.retry ?? { firstMs: 5000, mostMs: 180_000 })
  }

  /** What runs. */
  get catalog(): Catalog {
    return this.#running.catalog
  }

  /** What the files say, last good versions not put back; undefined before the first pass. */
  get desired(): DesiredState | undefined {
    return this.#loaded
  }

  /** Resolves when the first pass is done and the watch stands. */
  async start(): Promise<void> {
    await this.reconcile('start')
    const { watch, dir, log, clock } = this.#options
    if (watch === false || this.#stopped) return
    const settings = this.#loaded!.sluice.watch
    this.#watch = watchTree(dir, {
      mode: settings.mode,
      rescanMs: settings.rescanIntervalMs,
      ...watch,
      log,
      clock,
      onDirty: reason => this.reconcile(reason),
    })
    await this.#watch.ready
    // What happened between the first pass and the watch has no event.
    await this.reconcile('start')
  }

  /**
   * A pass that begins after this call (SIGHUP calls it too). Passes never overlap.
   * @returns changed: the files differ from those of the pass before
   */
  reconcile(reason: string): Promise<{ readonly changed: boolean }> {
    const next = this.#queue.then(() => (this.#stopped ? { changed: false } : this.#pass(reason)))
    this.#queue = next.catch(() => {})
    return next
  }

  /** Stops looking; what runs goes on. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    await this.#watch?.close()
    await this.#queue
  }

  status(): ReconcileStatus {
    return {
      conditions: this.#conditions,
      lastAppliedRevision: this.#lastApplied,
      lastAttemptedRevision: this.#loaded?.revision ?? '',
      git: this.#git,
      watchMode: this.#watch?.mode ?? 'off',
      objects: this.#book.list(),
      errors: (this.#loaded?.errors ?? []).map(({ error }) => errorLine(error)),
      warnings: (this.#loaded?.warnings ?? []).map(errorLine),
      history: this.#history,
      lastReload: this.#lastReload,
      nextTryAt: this.#retries.nextAt,
    }
  }

  async #pass(reason: string): Promise<{ changed: boolean }> {
    const { clock } = this.#options
    const startedAt = clock.now()
    const tree = await this.#readSettled()
    const lastRevision = this.#loaded?.revision
    const loaded = await this.#build(tree)
    this.#loaded = loaded
    this.#deletions.look(this.#running.catalog, loaded, clock.now())
    const { state, kept } = keepLastGood(this.#running.catalog, loaded, sourcesOf, key =>
      this.#deletions.holds(key, clock.now()),
    )
    const full = plan(this.#running, state, sourcesOf)
    const now = clock.now()
    const steps = full.steps.filter(step => !this.#retries.waits(step.key, fingerprintOf(step, state), now))
    this.#retries.retain(new Set(full.steps.map(step => step.key)))
    const results = await this.#apply({ ...full, steps }, state)
    this.#takeOver(state, results)
    this.#report(reason, loaded, state, kept, results, startedAt)
    this.#armTimer()
    return { changed: lastRevision !== loaded.revision }
  }

  /** Reads until no file is in motion and no commit was checked out meanwhile. */
  async #readSettled(): Promise<Tree> {
    const { dir, clock, settleMs = 100 } = this.#options
    const giveUpAt = clock.now() + LONGEST_SETTLING_MS
    for (;;) {
      const before = readGit(dir)
      const tree = await readTree(dir, { now: clock.now(), settleMs })
      this.#git = readGit(dir)
      const settled = tree.unsettled.length === 0 && before.commit === this.#git.commit && !isGitBusy(dir)
      if (settled || clock.now() >= giveUpAt || this.#stopped) return tree
      await new Promise<void>(resolve => clock.at(clock.now() + Math.max(settleMs, 20), resolve))
    }
  }

  async #build(tree: Tree): Promise<LoadedState> {
    const last = this.#loaded
    // Errors may depend on what runs, and secrets lie outside of the tree; all else is in the revision.
    const usesSecrets = tree.files.some(file => file.text.text.includes('${file:'))
    if (last && last.revision === tree.revision && last.errors.length === 0 && !usesSecrets) return last
    const { catalog, listener, sluice } = this.#running
    return buildState(tree, { ...this.#options, ...(sluice ? { lastGood: { catalog, listener, sluice } } : {}) })
  }

  async #apply(next: Plan, state: DesiredState): Promise<readonly StepResult[]> {
    if (next.steps.length === 0) return []
    let results: readonly StepResult[] = []
    let fault: Error | undefined
    try {
      results = await this.#options.applier.apply(next, state)
    } catch (error) {
      fault = error instanceof Error ? error : new Error(String(error))
      this.#options.log.error({ err: fault }, 'applying a plan failed')
    }
    return next.steps.map(
      step =>
        results.find(result => result.step.key === step.key && result.step.action === step.action) ?? {
          step,
          ok: false,
          retry: true,
          error: fault ?? new Error('the step was not taken'),
        },
    )
  }

  /** What runs now: what ran, with the steps that succeeded. */
  #takeOver(state: DesiredState, results: readonly StepResult[]): void {
    const before = this.#running.catalog
    const streams = new Map(before.streams)
    const rules = new Map(before.rules)
    const fingerprints = new Map(before.fingerprints)
    let { listener, sluice } = this.#running
    const take = (definition: StreamDefinition | RuleDefinition) => {
      const old = definition.kind === 'rule' ? undefined : streams.get(definition.name)
      if (old) fingerprints.delete(keyOf(old))
      fingerprints.set(keyOf(definition), state.fingerprints.get(keyOf(definition)) ?? '')
      if (definition.kind === 'rule') rules.set(definition.id, definition)
      else streams.set(definition.name, definition)
    }
    for (const result of results) {
      const { step, ok, error, retry } = result
      if (!ok) {
        const message = error instanceof UserError ? errorLine(error) : (error?.message ?? 'it failed')
        this.#retries.failed(step.key, fingerprintOf(step, state), message, retry ?? false, this.#options.clock.now())
        continue
      }
      this.#retries.succeeded(step.key)
      if (step.kind === 'rule') this.#recordCost(result)
      if (step.kind === 'config') {
        if (step.name === 'listener') listener = state.sources.httppush.listener
        else sluice = state.sluice
      } else if (step.action !== 'delete') take((step.kind === 'rule' ? state.rules : state.streams).get(step.name)!)
      else {
        fingerprints.delete(step.key)
        if (step.kind === 'rule') rules.delete(step.name)
        else streams.delete(step.name)
      }
    }
    // Equal in effect, yet perhaps moved to another line or file: messages should point at where it stands now.
    for (const definition of [...state.streams.values(), ...state.rules.values()]) {
      const key = keyOf(definition)
      if (fingerprints.has(key) && fingerprints.get(key) === state.fingerprints.get(key)) take(definition)
    }
    const catalog = { revision: state.revision, streams, rules, fingerprints }
    this.#running = { catalog, listener, sluice }
  }

  #recordCost({ step, impact, state = [] }: StepResult): void {
    if (step.action !== 'replace' || impact === undefined) this.#costs.delete(step.key)
    else this.#costs.set(step.key, state.length === 0 ? impact : `${impact}: ${state.join('; ')}`)
  }

  #report(
    reason: string,
    loaded: LoadedState,
    state: DesiredState,
    kept: ReadonlyMap<ObjectKey, Kept>,
    results: readonly StepResult[],
    startedAt: number,
  ): void {
    const { clock, log } = this.#options
    const now = clock.now()
    this.#book.record(this.#findings(loaded, state, kept), loaded.revision, now)
    this.#logErrors(loaded)
    const failed = results.filter(result => !result.ok)
    for (const { step, ok, error, impact, state } of results) {
      const fields = { action: step.action, kind: step.kind, name: step.name, reason: step.reason }
      const cost = {
        ...(impact === undefined ? {} : { impact }),
        ...(state?.length ? { state: state.join('; ') } : {}),
      }
      if (ok) log.info({ ...fields, ...cost }, 'step taken')
      else
        log.error({ ...fields, error: error instanceof UserError ? errorLine(error) : error?.message }, 'step failed')
    }
    const trouble = loaded.errors.length > 0 || this.#deletions.blocked.length > 0
    const waiting = this.#retries.nextAt !== undefined || this.#deletions.nextAt !== undefined
    const stuck = this.#book.list().some(o => o.conditions.some(c => c.type === 'Stalled' && c.status === 'True'))
    const successful = !trouble && !stuck && failed.length === 0 && this.#retries.nextAt === undefined
    if (successful && !waiting) this.#lastApplied = loaded.revision
    this.#lastReload = { successful, succeededAt: successful ? now : this.#lastReload.succeededAt }
    const verdict =
      this.#deletions.blocked.length > 0 ? 'blocked' : trouble || stuck ? 'broken' : waiting ? 'waiting' : 'applied'
    this.#conditions = conditionsOf(verdict, this.#summary(loaded), this.#conditions, now)
    if (results.length === 0 && this.#history[0]?.revision === loaded.revision) return
    const errors = loaded.errors.length
    const entry = {
      revision: loaded.revision,
      startedAt,
      durationMs: now - startedAt,
      steps: results.length,
      failed: failed.length,
      errors,
    }
    this.#history = [entry, ...this.#history].slice(0, HISTORY)
    log.info(
      { ...entry, reason, ...(this.#git.commit === undefined ? {} : { commit: this.#git.commit }) },
      'reconciled',
    )
  }

  #summary(loaded: LoadedState): string {
    const { streams, rules } = this.#running.catalog
    const parts = [`${streams.size} streams and tables, ${rules.size} rules run`]
    if (loaded.errors.length > 0) parts.push(`${loaded.errors.length} errors in the files`)
    for (const folder of this.#deletions.blocked) parts.push(blockedText(folder))
    if (this.#watch?.degraded !== undefined) parts.push(`watching by polling: ${this.#watch.degraded}`)
    return parts.join('; ')
  }

  /** One finding for everything that runs, is wanted, or is broken. */
  #findings(loaded: LoadedState, state: DesiredState, kept: ReadonlyMap<ObjectKey, Kept>): Finding[] {
    const findings = new Map<ObjectKey, Finding>()
    const { catalog } = this.#running
    const add = (finding: Finding) => findings.set(finding.key, finding)
    for (const definition of [...state.streams.values(), ...state.rules.values()]) {
      const key = keyOf(definition)
      const file = `${definition.location.path}:${definition.location.line}`
      const failure = this.#retries.get(key)
      const why = kept.get(key)
      if (failure) {
        add({ key, file, state: Number.isFinite(failure.nextAt) ? 'retrying' : 'failed', message: failure.message })
      } else if (why === 'held') add(this.#heldFinding(key, file))
      else if (why === 'needed')
        add({ key, file, state: 'waiting', message: 'No file defines it, but a rule that runs reads it.' })
      else if (why === 'broken') add(brokenFinding(key, file, loaded.errors, true))
      else if (definition.kind === 'rule' && !definition.triggered)
        add({ key, file, state: 'idle', message: 'triggered: false' })
      else add({ key, file, state: 'applied', message: this.#costs.get(key) ?? '' })
    }
    for (const { object, error } of loaded.errors) {
      if (object === undefined || findings.has(object)) continue
      const file = error.location ? `${error.location.path}:${error.location.line}` : ''
      add(brokenFinding(object, file, loaded.errors, object.startsWith('config:')))
    }
    for (const key of ['config:listener', 'config:sluice'] as const) {
      const failure = this.#retries.get(key)
      const state = failure && Number.isFinite(failure.nextAt) ? 'retrying' : 'failed'
      if (failure)
        add({ key, file: key === 'config:sluice' ? SLUICE_PATH : HTTPPUSH_PATH, state, message: failure.message })
    }
    for (const definition of [...catalog.streams.values(), ...catalog.rules.values()]) {
      const key = keyOf(definition)
      const failure = this.#retries.get(key)
      // Only a deletion that failed leaves something running that is neither wanted nor kept.
      if (findings.has(key) || !failure) continue
      add({ key, file: '', state: 'retrying', message: `Deleting it failed: ${failure.message}` })
    }
    return [...findings.values()]
  }

  #heldFinding(key: ObjectKey, file: string): Finding {
    if (!this.#deletions.isBlocked(key)) {
      return { key, file, state: 'waiting', message: 'No file defines it any more; a second look will tell.' }
    }
    return { key, file, state: 'blocked', message: blockedText(key.startsWith('rule:') ? 'rules' : 'streams') }
  }

  /** The same error is logged once, not at each look. */
  #logErrors(loaded: LoadedState): void {
    const { log } = this.#options
    const lines = new Map<string, string>()
    const tell = (line: string, fault: string, say: () => void) => {
      if (!this.#logged.has(line) && !lines.has(line)) say()
      lines.set(line, fault)
    }
    for (const { object, error } of loaded.errors) {
      const line = errorLine(error)
      tell(line, faultOf(error), () => log.error(object === undefined ? {} : { object }, line))
    }
    for (const warning of loaded.warnings) {
      const line = errorLine(warning)
      tell(line, faultOf(warning), () => log.warn({}, line))
    }
    for (const folder of this.#deletions.blocked) {
      const text = blockedText(folder)
      tell(text, text, () => log.error({}, text))
    }
    const left = new Set(lines.values())
    for (const [line, fault] of this.#logged) if (!left.has(fault)) log.info({ was: line }, 'mended')
    this.#logged = lines
  }

  /** The next pass that nobody asks for: a deletion to confirm, a failed step to try again. */
  #armTimer(): void {
    this.#cancelTimer()
    const times = [this.#deletions.nextAt, this.#retries.nextAt].filter(time => time !== undefined)
    if (times.length === 0 || this.#stopped) return
    this.#cancelTimer = this.#options.clock.at(Math.min(...times), () => {
      this.reconcile('retry').catch(error => this.#options.log.error({ err: error }, 'reconciling failed'))
    })
  }
}

/** A fault without its line and column. */
function faultOf({ location, code, what }: UserError): string {
  return `${location?.path} ${code} ${what}`
}

function blockedText(folder: 'streams' | 'rules'): string {
  return (
    `All files of ${folder}/ are gone at once, so nothing of it is deleted: is the folder mounted, the branch right? ` +
    'If it is meant, restart, or leave one file.'
  )
}

function brokenFinding(key: ObjectKey, file: string, errors: readonly ObjectError[], runs: boolean): Finding {
  const own = errors.find(error => error.object === key) ?? errors.find(error => isFileError(error, file))
  const place = own?.error.location
  const state =
    own?.reason === 'DependencyNotReady' ? 'dependency' : own?.reason === 'ArtifactFailed' ? 'unread' : 'broken'
  const message = `${own ? errorLine(own.error) : 'Its file has errors.'}${runs ? ' The last good version goes on.' : ''}`
  return { key, file: place ? `${place.path}:${place.line}` : file, state, message }
}

/** @param place `path:line` of the object */
function isFileError({ object, file }: ObjectError, place: string): boolean {
  return object === undefined && (place.startsWith(`${file}:`) || place.startsWith(`${file}/`))
}

function fingerprintOf(step: Step, state: DesiredState): string {
  if (step.action === 'delete') return 'deleted'
  if (step.kind === 'config')
    return JSON.stringify(step.name === 'listener' ? state.sources.httppush.listener : state.sluice)
  return state.fingerprints.get(step.key) ?? ''
}
