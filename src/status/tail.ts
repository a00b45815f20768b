// What a rule sends on in, server-sent events for those who watch it out. A watcher never slows a rule: the rule puts a
// reference into a bounded list, and text is made of it when the watcher's connection takes it.

import type { ServerResponse } from 'node:http'
import { writeJson } from '../core/json.ts'
import type { Emission } from '../core/row.ts'
import type { EngineRule } from '../runtime/engine.ts'
import type { StatusDeps } from './deps.ts'

/** Watchers at one time; each costs a connection and its list. */
export const MOST_TAILS = 100
/** What one watcher may be behind; older emissions are dropped and counted. */
const MOST_WAITING = 1000
const MOST_WAITING_ROWS = 10_000
/** Tells both ends that the connection lives while the rule is silent. */
const HEARTBEAT_MS = 15_000

export class TailHub {
  readonly #deps: Pick<StatusDeps, 'engine' | 'clock'>
  readonly #clients = new Set<TailClient>()
  #cancelHeartbeat: (() => void) | undefined

  constructor(deps: Pick<StatusDeps, 'engine' | 'clock'>) {
    this.#deps = deps
  }

  get isFull(): boolean {
    return this.#clients.size >= MOST_TAILS
  }

  /** Answers with the events of a rule that there is, until the watcher leaves or the rule is deleted. */
  open(id: string, res: ServerResponse): void {
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // Proxies that collect an answer before they pass it on would show nothing.
      'X-Accel-Buffering': 'no',
    })
    res.socket?.setKeepAlive(true, 60_000)
    const client = new TailClient(id, res)
    this.#clients.add(client)
    // Both: a reset gives an error first, and without a listener that would end the process.
    res.on('error', () => {})
    res.once('close', () => {
      client.leave()
      this.#clients.delete(client)
      if (this.#clients.size === 0) this.#stopHeartbeat()
    })
    res.write('retry: 1000\n\n')
    client.follow(this.#deps.engine.rules)
    this.#beatLater()
  }

  /** To be called in the turn in which rules were changed, so that no emission of the new ones is missed. */
  rulesChanged(): void {
    for (const client of this.#clients) client.follow(this.#deps.engine.rules)
  }

  stop(): void {
    this.#stopHeartbeat()
    for (const client of this.#clients) client.leave()
  }

  #beatLater(): void {
    const { clock, engine } = this.#deps
    this.#cancelHeartbeat ??= clock.at(clock.now() + HEARTBEAT_MS, () => {
      this.#cancelHeartbeat = undefined
      for (const client of this.#clients) {
        client.follow(engine.rules)
        client.beat()
      }
      if (this.#clients.size > 0) this.#beatLater()
    })
  }

  #stopHeartbeat(): void {
    this.#cancelHeartbeat?.()
    this.#cancelHeartbeat = undefined
  }
}

/** Emissions, and what is said about the rule between them, in their order. */
type Waiting = Emission | string

class TailClient {
  readonly #id: string
  readonly #res: ServerResponse
  #rule: EngineRule | undefined
  #runner: EngineRule['runner']
  #unlisten: () => void = () => {}
  #waiting: Waiting[] = []
  #rows = 0
  #dropped = 0
  #isScheduled = false
  #isBlocked = false
  #isEnding = false

  constructor(id: string, res: ServerResponse) {
    this.#id = id
    this.#res = res
  }

  /** Listens to the rule as it runs now. When there is none any more, says so and ends. */
  follow(rules: ReadonlyMap<string, EngineRule>): void {
    const rule = rules.get(this.#id)
    const runner = rule?.runner
    if (this.#isEnding || (rule && rule === this.#rule && runner === this.#runner)) return
    // One that has ended still sends what it finishes; it is left when the next one runs.
    if (runner || !rule) this.#unlisten()
    if (runner) this.#unlisten = runner.listen(emission => this.#take(emission))
    const state = rule?.state ?? 'stopped'
    const reason = !this.#rule ? 'attached' : this.#rule === rule ? 'changed' : 'replaced'
    this.#rule = rule
    this.#runner = runner
    if (rule) this.#put(event('state', { rule: this.#id, state, reason }))
    else {
      this.#isEnding = true
      this.#put(event('deleted', { rule: this.#id }))
    }
  }

  beat(): void {
    if (!this.#isBlocked && !this.#isEnding) this.#write(': still here\n\n')
  }

  leave(): void {
    this.#unlisten()
    this.#isEnding = true
    this.#waiting = []
    this.#res.destroy()
  }

  #take(emission: Emission): void {
    this.#rows += emission.rows.length
    this.#put(emission)
    while (this.#waiting.length > 1 && (this.#waiting.length > MOST_WAITING || this.#rows > MOST_WAITING_ROWS)) {
      const oldest = this.#waiting.shift()!
      if (typeof oldest === 'string') continue
      this.#rows -= oldest.rows.length
      this.#dropped++
    }
  }

  #put(waiting: Waiting): void {
    this.#waiting.push(waiting)
    if (this.#isScheduled || this.#isBlocked) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    while (!this.#isBlocked) {
      if (this.#dropped > 0) {
        const count = this.#dropped
        this.#dropped = 0
        this.#write(event('dropped', { count }))
        continue
      }
      const next = this.#waiting.shift()
      if (next === undefined) break
      if (typeof next !== 'string') this.#rows -= next.rows.length
      this.#write(typeof next === 'string' ? next : emissionText(next))
    }
    if (this.#isEnding && this.#waiting.length === 0) this.#res.end()
  }

  #write(text: string): void {
    if (this.#res.destroyed || this.#res.write(text)) return
    this.#isBlocked = true
    this.#res.once('drain', () => {
      this.#isBlocked = false
      this.#flush()
    })
  }
}

function emissionText(emission: Emission): string {
  if (emission.error !== undefined) return event('error', { error: emission.error })
  try {
    return `data: ${writeJson(emission.rows)}\n\n`
  } catch (error) {
    return event('error', { error: (error as Error).message })
  }
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
