// Settings and routes in; a push listener that is open exactly while some stream has a route, out.

import type { Log } from '../core/log.ts'
import { Listener, type ListenerSettings, type ListenerTimeouts, TIMEOUTS } from './listener.ts'
import { type PushCounters, type PushDeps, PushHandler } from './push.ts'
import { type PushRoute, RouteTable } from './routes.ts'

export type { ListenerSettings, ListenerTimeouts } from './listener.ts'
export type { IngestMetrics, PushCounters } from './push.ts'
export type { PushRoute } from './routes.ts'

export interface PushStatus {
  readonly state: 'closed' | 'opening' | 'open' | 'failed'
  /** `http://0.0.0.0:10081`; with `failed`: of the earlier listener, when that still serves */
  readonly address?: string
  /** why it could not be opened; it is tried again */
  readonly error?: string
}

export interface PushServerDeps extends PushDeps {
  /** default TIMEOUTS */
  readonly timeouts?: ListenerTimeouts
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000
/** For what is under way on a listener that was replaced or is not needed any more. */
const RETIRE_MS = 10_000

interface Failure {
  readonly settings: ListenerSettings
  readonly error: string
  readonly cancelRetry: () => void
}

export class PushServer {
  readonly #deps: PushServerDeps
  readonly #log: Log
  readonly #handler: PushHandler
  #settings: ListenerSettings | undefined
  #listener: Listener | undefined
  #opening = false
  #failure: Failure | undefined
  #lastError: string | undefined
  #retryMs = FIRST_RETRY_MS
  #converging = false
  #work: Promise<void> = Promise.resolve()
  readonly #retiring = new Set<Promise<void>>()

  constructor(deps: PushServerDeps) {
    this.#deps = deps
    this.#log = deps.log
    this.#handler = new PushHandler(deps)
  }

  /** Where to listen. The new listener is open before the old one closes, unless both need the same port. */
  configure(settings: ListenerSettings): void {
    if (equal(this.#settings, settings)) this.#listener?.refreshCertificate()
    this.#settings = settings
    this.#converge()
  }

  /** Opens with the first route and closes with the last. Requests under way keep the routes they began with. */
  setRoutes(routes: readonly PushRoute[]): void {
    this.#handler.table = new RouteTable(routes)
    this.#converge()
  }

  /** Resolves when it is open, or has failed, or there is nothing to open. */
  async ready(): Promise<void> {
    for (let work: Promise<void> | undefined; work !== this.#work; ) {
      work = this.#work
      await work
    }
  }

  status(): PushStatus {
    const at = this.#listener ? { address: this.#listener.address } : {}
    if (this.#failure) return { state: 'failed', ...at, error: this.#failure.error }
    if (this.#opening) return { state: 'opening', ...at }
    return this.#listener ? { state: 'open', ...at } : { state: 'closed' }
  }

  counters(): PushCounters {
    return this.#handler.counters()
  }

  /**
   * Answers new requests with 503, lets those under way end, closes. It cannot be opened again.
   * @returns when closed, at the latest after `deadlineMs`
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#handler.stopping = true
    this.#forgetFailure()
    await this.ready()
    this.#close('push listener closed', deadlineMs)
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise(resolve => {
      timer = setTimeout(resolve, deadlineMs)
    })
    await Promise.race([Promise.all(this.#retiring), deadline])
    clearTimeout(timer)
  }

  /** Starts to bring what is there to what is wanted; when that is under way already it will look again by itself. */
  #converge(): void {
    if (!this.#converging) this.#work = this.#untilSettled()
  }

  async #untilSettled(): Promise<void> {
    this.#converging = true
    try {
      // While stopping the listener stays: it answers 503 until `stop` retires it.
      while (!this.#handler.stopping) {
        const wanted = this.#handler.table.size > 0 ? this.#settings : undefined
        if (this.#failure && !equal(this.#failure.settings, wanted)) this.#forgetFailure()
        if (this.#failure || equal(this.#listener?.settings, wanted)) return
        if (wanted) await this.#open(wanted)
        else this.#close('push listener closed: no stream has a route')
      }
    } finally {
      this.#converging = false
    }
  }

  async #open(settings: ListenerSettings): Promise<void> {
    this.#opening = true
    try {
      const listener = new Listener(settings, this.#handler, this.#log, this.#deps.timeouts ?? TIMEOUTS)
      if (this.#listener?.port === settings.port) {
        this.#close('push listener closed: another one needs its port')
      }
      await listener.listen()
      this.#close('push listener closed: replaced')
      this.#listener = listener
      this.#retryMs = FIRST_RETRY_MS
      this.#lastError = undefined
      this.#log.info({ address: listener.address }, 'push listener open')
    } catch (error) {
      this.#failed(settings, (error as Error).message)
    } finally {
      this.#opening = false
    }
  }

  #failed(settings: ListenerSettings, error: string): void {
    const retryMs = this.#retryMs
    const fields = { ip: settings.ip, port: settings.port, err: error, retryMs }
    // The same fault is one line, however often it is tried again.
    if (error === this.#lastError) this.#log.debug(fields, 'push listener still cannot be opened')
    else this.#log.error(fields, 'push listener cannot be opened: pushes are refused')
    this.#lastError = error
    if (this.#handler.stopping) return
    const { clock } = this.#deps
    const cancelRetry = clock.at(clock.now() + retryMs, () => {
      this.#failure = undefined
      this.#retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
      this.#converge()
    })
    this.#failure = { settings, error, cancelRetry }
  }

  #forgetFailure(): void {
    this.#failure?.cancelRetry()
    this.#failure = undefined
    this.#lastError = undefined
    this.#retryMs = FIRST_RETRY_MS
  }

  #close(message: string, deadlineMs = RETIRE_MS): void {
    const listener = this.#listener
    if (!listener) return
    this.#listener = undefined
    this.#log.info({ address: listener.address }, message)
    const retired = listener.retire(deadlineMs).finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
  }
}

function equal(a: ListenerSettings | undefined, b: ListenerSettings | undefined): boolean {
  if (!a || !b) return a === b
  if (a.ip !== b.ip || a.port !== b.port) return false
  return a.tls?.certfile === b.tls?.certfile && a.tls?.keyfile === b.tls?.keyfile
}
