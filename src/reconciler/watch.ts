// A folder in, calls of "something may have changed" out, each after a quiet while. The only file that imports chokidar.
//
// An event never says more than "look again": a checkout of 500 files gives hundreds of them, with unlinks of files that
// are still there. The one who looks reads everything.

import { unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { type FSWatcher, watch as watchPaths } from 'chokidar'
import type { WatchMode } from '../catalog/catalog.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { isGitBusy } from './git.ts'
import { identityOf, linksOn } from './links.ts'

export type DirtyReason = 'event' | 'rescan' | 'rearmed'

export interface WatchOptions {
  readonly mode: WatchMode
  /** Called after quiet, never while an earlier call runs. Says whether the files had really changed. */
  readonly onDirty: (reason: DirtyReason) => Promise<{ readonly changed: boolean }>
  readonly log: Log
  readonly clock: Clock
  /** no event for so long; default 300 */
  readonly quietMs?: number
  /** at most this long after the first event, though events go on; default 5000 */
  readonly maxWaitMs?: number
  /** the folder is looked at this often whatever happens; default 60000 */
  readonly rescanMs?: number
  /** how long `.git/index.lock` may hold things up; default 10000 */
  readonly lockMs?: number
  /** how long the probe's event may take; default 3000 */
  readonly probeMs?: number
  /** how often polling looks; default 1000 */
  readonly pollMs?: number
  /** an event that is later than this is not coming; default 1000 (measured: up to 250) */
  readonly lateMs?: number
}

export interface TreeWatch {
  /** how changes are noticed now */
  readonly mode: 'events' | 'poll'
  /** why it is polling although events were wanted */
  readonly degraded: string | undefined
  /** resolves when the first watch stands */
  readonly ready: Promise<void>
  /** resolves when the start-up probe has been seen, or polling has begun instead */
  readonly probed: Promise<void>
  close(): Promise<void>
}

export function watchTree(dir: string, options: WatchOptions): TreeWatch {
  return new Watch(dir, options)
}

/** Stands in the root for a moment at start; no pattern of ours ever reads it. */
const PROBE = '.sluice-watch-probe'
const FOLDERS = ['etc', 'streams', 'rules']
const DEEPEST = 4
const DEFAULTS = {
  quietMs: 300,
  maxWaitMs: 5000,
  rescanMs: 60_000,
  lockMs: 10_000,
  probeMs: 3000,
  pollMs: 1000,
  lateMs: 1000,
}
const LOCK_POLL_MS = 100

class Watch implements TreeWatch {
  readonly #dir: string
  readonly #options: Required<WatchOptions>
  readonly ready: Promise<void>
  readonly probed: Promise<void>
  #mode: 'events' | 'poll'
  #degraded: string | undefined
  #watchers: FSWatcher[] = []
  #identity = ''
  #closed = false
  #firing = false
  /** Timers by purpose: setting one again replaces it. */
  readonly #timers = new Map<'quiet' | 'rescan' | 'probe' | 'missed', () => void>()
  #firstEventAt: number | undefined
  #lastEventAt = -Infinity
  #heldSince: number | undefined
  #probeSeen: (() => void) | undefined

  constructor(dir: string, options: WatchOptions) {
    this.#dir = dir
    this.#options = { ...DEFAULTS, ...options }
    this.#mode = options.mode === 'poll' ? 'poll' : 'events'
    this.ready = this.#arm()
    this.probed = this.ready.then(() => (options.mode === 'auto' ? this.#probe() : undefined))
    this.#setTimer('rescan', this.#options.rescanMs, () => void this.#fire('rescan'))
  }

  get mode(): 'events' | 'poll' {
    return this.#mode
  }

  get degraded(): string | undefined {
    return this.#degraded
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    this.#probeSeen?.()
    await this.#disarm()
  }

  /** One watch on the folder, and one on the parent of each link that leads to it. */
  async #arm(): Promise<void> {
    this.#identity = identityOf(this.#dir)
    const [real = ''] = this.#identity.split('\0')
    const common = {
      ignoreInitial: true,
      ignorePermissionErrors: true,
      atomic: false,
      ...(this.#mode === 'poll' ? { backend: 'polling' as const, pollingInterval: this.#options.pollMs } : {}),
    }
    const armed: FSWatcher[] = []
    if (real !== '') {
      armed.push(watchPaths(real, { ...common, depth: DEEPEST, ignored: path => isForeign(relative(real, path)) }))
    }
    for (const link of linksOn(this.#dir)) {
      const parent = dirname(link)
      const ignored = (path: string) => path !== parent && path !== link
      armed.push(watchPaths(parent, { ...common, depth: 0, followSymlinks: false, ignored }))
    }
    this.#watchers = armed
    for (const watcher of armed) {
      watcher.on('all', (_, path) => this.#onEvent(path))
      watcher.on('error', error => this.#onError(error))
    }
    await Promise.all(armed.map(watcher => new Promise<void>(done => watcher.once('ready', () => done()))))
  }

  async #disarm(): Promise<void> {
    const watchers = this.#watchers
    this.#watchers = []
    await Promise.all(watchers.map(watcher => watcher.close()))
  }

  #onEvent(path: string): void {
    if (this.#closed) return
    if (path.endsWith(`${sep}${PROBE}`)) return this.#probeSeen?.()
    this.#lastEventAt = this.#options.clock.now()
    this.#firstEventAt ??= this.#lastEventAt
    this.#awaitQuiet()
  }

  #awaitQuiet(): void {
    if (this.#closed || this.#firing || this.#timers.has('quiet') || this.#firstEventAt === undefined) return
    const { clock, quietMs, maxWaitMs } = this.#options
    const due = Math.min(this.#lastEventAt + quietMs, this.#firstEventAt + maxWaitMs)
    this.#setTimer('quiet', due - clock.now(), () => {
      const first = this.#firstEventAt
      if (first === undefined) return
      const quiet = clock.now() >= Math.min(this.#lastEventAt + quietMs, first + maxWaitMs)
      if (quiet) void this.#fire('event')
      else this.#awaitQuiet()
    })
  }

  async #fire(reason: DirtyReason): Promise<void> {
    if (this.#closed || this.#firing || this.#isHeld(reason)) return
    this.#firing = true
    this.#cancelTimer('quiet')
    this.#firstEventAt = undefined
    const startedAt = this.#options.clock.now()
    try {
      if (identityOf(this.#dir) !== this.#identity) {
        // What happened between the old watch and the new one is seen by the reading that follows.
        await this.#disarm()
        if (this.#closed) return
        await this.#arm()
        reason = 'rearmed'
      }
      const { changed } = await this.#options.onDirty(reason)
      if (changed && reason === 'rescan') this.#suspectMissedEvents(startedAt)
    } catch (error) {
      this.#options.log.error({ err: error }, 'looking at the files failed')
    }
    this.#firing = false
    if (this.#closed) return
    this.#setTimer('rescan', this.#options.rescanMs, () => void this.#fire('rescan'))
    this.#awaitQuiet()
  }

  /** While git writes, the folder holds half of one commit and half of another. */
  #isHeld(reason: DirtyReason): boolean {
    const { clock, lockMs, log } = this.#options
    if (!isGitBusy(this.#dir)) {
      this.#heldSince = undefined
      return false
    }
    const since = (this.#heldSince ??= clock.now())
    if (clock.now() - since < lockMs) {
      this.#setTimer('quiet', LOCK_POLL_MS, () => void this.#fire(reason))
      return true
    }
    if (clock.now() - since < lockMs + LOCK_POLL_MS * 2) {
      log.warn({ heldMs: clock.now() - since }, '.git/index.lock is still there: reading the files all the same')
    }
    return false
  }

  /** A timer found a change that no event had told of: events do not come here (a network mount, a virtual machine). */
  #suspectMissedEvents(startedAt: number): void {
    const { mode, lateMs } = this.#options
    if (mode !== 'auto' || this.#mode !== 'events' || this.#timers.has('missed')) return
    this.#setTimer('missed', lateMs, () => {
      if (this.#lastEventAt < startedAt - lateMs) void this.#poll('a change came without an event')
    })
  }

  /** Canary: a file system that says nothing about our own write will say nothing about anyone's. */
  async #probe(): Promise<void> {
    const [real = ''] = this.#identity.split('\0')
    if (this.#mode === 'poll' || this.#closed || real === '') return
    const file = join(real, PROBE)
    const outcome = new Promise<boolean>(resolve => {
      this.#probeSeen = () => resolve(true)
      this.#setTimer('probe', this.#options.probeMs, () => resolve(false))
    })
    try {
      writeFileSync(file, '')
    } catch {
      // Read-only, as a mounted configuration should be: the first re-scan that finds a change tells instead.
      this.#cancelTimer('probe')
      return
    }
    const seen = await outcome
    this.#probeSeen = undefined
    this.#cancelTimer('probe')
    try {
      unlinkSync(file)
    } catch {
      // another process on the same folder was quicker
    }
    if (!seen && !this.#closed) await this.#poll('the file system sends no events')
  }

  #onError(error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOSPC' || code === 'EMFILE') void this.#poll(`no more watches (${code})`)
    else this.#options.log.warn({ err: error }, 'watching the files')
  }

  async #poll(why: string): Promise<void> {
    if (this.#mode === 'poll' || this.#closed) return
    this.#mode = 'poll'
    this.#degraded = why
    this.#options.log.warn({ why }, 'watching by polling')
    await this.#disarm()
    if (this.#closed) return
    await this.#arm()
    // A change between the two watches has no event; being dirty costs one reading.
    this.#onEvent('')
  }

  #setTimer(purpose: 'quiet' | 'rescan' | 'probe' | 'missed', delayMs: number, fire: () => void): void {
    this.#cancelTimer(purpose)
    const cancel = this.#options.clock.at(this.#options.clock.now() + delayMs, () => {
      this.#timers.delete(purpose)
      fire()
    })
    this.#timers.set(purpose, cancel)
  }

  #cancelTimer(purpose: 'quiet' | 'rescan' | 'probe' | 'missed'): void {
    this.#timers.get(purpose)?.()
    this.#timers.delete(purpose)
  }
}

/** `..data` and `..2026_11_23` are how a ConfigMap swaps its files: the only dot names that matter. */
function isForeign(path: string): boolean {
  if (path === '' || path === PROBE) return false
  const [first = ''] = path.split(sep)
  return !FOLDERS.includes(first) && !first.startsWith('..')
}
