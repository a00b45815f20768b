// A rule of a running instance in, what it sends on out: a line of JSON for each emission, until it is told to end.

import { type Clock, SystemClock } from '../core/clock.ts'
import { nearest } from '../core/errors.ts'
import { EventParser, type ServerEvent } from './event-stream.ts'
import { ask, type Output, reachText, until } from './output.ts'
import { printable } from './table.ts'

export interface TailOptions {
  /** of the status listener: `http://127.0.0.1:9081` */
  readonly url: string
  /** everything as JSON on stdout: `{"error":…}` and `{"dropped":…}` too, which else go to stderr in words */
  readonly json?: boolean
  /** end after so many emissions; errors that the rule sends on count as well */
  readonly count?: number
  /** ends it; default: SIGINT */
  readonly signal?: AbortSignal
  /** default: stdout */
  readonly out?: Output
  /** default: stderr */
  readonly err?: Output
  /** default: the wall clock */
  readonly clock?: Clock
}

const RETRY_MS = 1000
/** The instance says something every 15 s; after this silence it is taken for gone. */
const SILENCE_MS = 45_000

/** @returns the exit code: 0 ended as asked, 1 there is no such rule or nothing answers, 2 the count is no count */
export async function runTail(rule: string, options: TailOptions): Promise<number> {
  const { count } = options
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) {
    const err = options.err ?? process.stderr
    err.write('sluice: --count takes a whole number, 1 or more.\n')
    return 2
  }
  if (options.signal) return new Tail(rule, options, options.signal).run()
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  process.once('SIGINT', interrupt)
  try {
    return await new Tail(rule, options, interrupted.signal).run()
  } finally {
    process.removeListener('SIGINT', interrupt)
  }
}

/** How one connection ended; a number is the exit code. */
type Ending = number | 'lost'

class Tail {
  readonly #rule: string
  readonly #options: TailOptions
  readonly #out: Output
  readonly #err: Output
  readonly #clock: Clock
  /** told to end from outside, or by a reader of stdout who left */
  readonly #end: AbortSignal
  #left: number
  #wasConnected = false
  #isTellingLoss = true
  /** stdout takes no more for now */
  #full = false

  constructor(rule: string, options: TailOptions, signal: AbortSignal) {
    this.#rule = rule
    this.#options = options
    this.#out = options.out ?? process.stdout
    this.#err = options.err ?? process.stderr
    this.#clock = options.clock ?? new SystemClock()
    this.#left = options.count ?? Number.POSITIVE_INFINITY
    // `sluice tail x | head -1`: the reader has what it wanted.
    const closed = new AbortController()
    this.#out.on('error', () => closed.abort())
    this.#end = AbortSignal.any([signal, closed.signal])
  }

  async run(): Promise<number> {
    while (!this.#end.aborted) {
      const ending = await this.#connect()
      if (typeof ending === 'number') return ending
      if (this.#end.aborted) break
      await this.#pause()
    }
    return 0
  }

  async #connect(): Promise<Ending> {
    const connection = new AbortController()
    const signal = AbortSignal.any([this.#end, connection.signal])
    const watchdog = new Watchdog(this.#clock, () => connection.abort())
    try {
      watchdog.reset()
      const path = `/rules/${encodeURIComponent(this.#rule)}/tail`
      const response = await fetch(new URL(path, this.#options.url), { signal, redirect: 'error' })
      if (response.status === 404) return await this.#missing(await response.text())
      if (!response.ok || !response.body) {
        this.#tell(
          `${this.#options.url} answered ${response.status}: ${printable(await response.text()).slice(0, 200)}`,
        )
        return this.#wasConnected ? 'lost' : 1
      }
      if (this.#wasConnected) this.#tell('connected again')
      this.#wasConnected = true
      this.#isTellingLoss = true
      return await this.#read(response.body, watchdog)
    } catch (error) {
      return this.#lost(error)
    } finally {
      watchdog.cancel()
      connection.abort()
    }
  }

  #lost(error?: unknown): Ending {
    if (this.#end.aborted) return 0
    if (!this.#wasConnected) {
      this.#tell(reachText(this.#options.url, error))
      return 1
    }
    if (this.#isTellingLoss) this.#tell('the connection was lost; trying again')
    this.#isTellingLoss = false
    return 'lost'
  }

  async #read(body: ReadableStream<Uint8Array>, watchdog: Watchdog): Promise<Ending> {
    const parser = new EventParser()
    for await (const bytes of body) {
      watchdog.reset()
      for (const event of parser.push(bytes)) {
        const code = this.#show(event)
        if (code !== undefined) return code
      }
      // While nobody reads on, nothing more is taken in: the instance drops, and says how much.
      watchdog.cancel()
      await this.#drained()
      watchdog.reset()
      if (this.#end.aborted) return 0
    }
    return this.#lost()
  }

  #print(line: string): void {
    if (!this.#out.write(`${line}\n`)) this.#full = true
  }

  async #drained(): Promise<void> {
    if (!this.#full || this.#end.aborted) return
    await until(this.#end, resolve => {
      this.#out.once('drain', resolve)
      return () => {}
    })
    this.#full = false
  }

  /** @returns the exit code when this was the last one */
  #show({ name, data }: ServerEvent): number | undefined {
    const { json } = this.#options
    switch (name) {
      case 'message':
        this.#print(data)
        return --this.#left > 0 ? undefined : 0
      case 'error':
        if (json) this.#print(data)
        else this.#tell(`error: ${field(data, 'error')}`)
        return --this.#left > 0 ? undefined : 0
      case 'dropped':
        if (json) this.#print(JSON.stringify({ dropped: Number(field(data, 'count')) }))
        else this.#tell(`${field(data, 'count')} emissions were dropped: they came faster than they were read`)
        return undefined
      case 'state':
        this.#showState(field(data, 'state'), field(data, 'reason'))
        return undefined
      case 'deleted':
        this.#tell(`the rule "${this.#rule}" was deleted`)
        // Who asked for a number of emissions has not got them.
        return this.#options.count === undefined ? 0 : 1
      default:
        return undefined
    }
  }

  #showState(state: string, reason: string): void {
    if (reason === 'replaced')
      this.#tell(`the rule "${this.#rule}" was replaced${state === 'running' ? '' : `, and is ${state}`}`)
    else if (state !== 'running') this.#tell(`the rule "${this.#rule}" is ${state}`)
  }

  /** After a restart the instance may not have read its files yet; else the rule is not there. */
  async #missing(body: string): Promise<Ending> {
    const { url } = this.#options
    const files = await ask(url, '/readyz?exclude=push,shutdown', this.#end)
    await files.body?.cancel()
    if (!files.ok) {
      if (!this.#wasConnected && this.#isTellingLoss) this.#tell('the instance is starting; waiting for it')
      this.#isTellingLoss = false
      return 'lost'
    }
    const known = await this.#knownRules()
    if (known.includes(this.#rule)) return 'lost'
    const near = nearest(this.#rule, known)
    const reason = /It is defined but cannot run: .*/.exec(field(body, 'message'))?.[0]
    const hint =
      near === undefined
        ? known.length === 0
          ? 'There are none.'
          : `There are: ${listed(known)}.`
        : `Did you mean "${near}"?`
    this.#tell(`there is no rule "${this.#rule}". ${reason === undefined ? hint : reason}`)
    return 1
  }

  async #knownRules(): Promise<string[]> {
    const response = await ask(this.#options.url, '/rules', this.#end)
    const rules = (await response.json()) as readonly { readonly id: string }[]
    return rules.map(rule => rule.id)
  }

  #tell(text: string): void {
    this.#err.write(`sluice tail: ${printable(text)}\n`)
  }

  #pause(): Promise<void> {
    return until(this.#end, resolve => this.#clock.at(this.#clock.now() + RETRY_MS, resolve))
  }
}

/** Calls back when it has not been reset for SILENCE_MS. */
class Watchdog {
  readonly #clock: Clock
  readonly #bark: () => void
  #cancel: () => void = () => {}

  constructor(clock: Clock, bark: () => void) {
    this.#clock = clock
    this.#bark = bark
  }

  reset(): void {
    this.#cancel()
    this.#cancel = this.#clock.at(this.#clock.now() + SILENCE_MS, this.#bark)
  }

  cancel(): void {
    this.#cancel()
  }
}

/** One field of a JSON object, as text; '' when it is not there. */
function field(data: string, name: string): string {
  try {
    return String((JSON.parse(data) as Readonly<Record<string, unknown>>)[name] ?? '')
  } catch {
    return ''
  }
}

const MOST_LISTED = 20

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED
  return names.slice(0, MOST_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
