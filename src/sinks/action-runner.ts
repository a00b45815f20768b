// One action of a running rule: emissions in, in order, through a bounded queue; messages out, one at a time, to its
// sink. Connecting, trying again, counting and closing happen here, so that a sink only has to send.

import { once } from 'node:events'
import { type Clock, SystemClock } from '../core/clock.ts'
import { FailureLog } from '../core/failure-log.ts'
import type { Log } from '../core/log.ts'
import { type BackOff, backOffMs, wait } from './back-off.ts'
import { type ConnectionStatus, hasConnection } from './connection.ts'
import { type Delivery, makeDelivery } from './delivery.ts'
import { EmissionQueue } from './queue.ts'
import { splitOptions } from './registry.ts'
import { type Emission, type Outgoing, type Sink, type SinkContext, SinkError, type SinkKind } from './sink.ts'

export interface ActionRunnerParts {
  readonly kind: SinkKind
  /** the action's options as the file says them, common ones included */
  readonly options: object
  readonly context: SinkContext
  /** emissions that may wait unless the action itself says how many; default 1024 */
  readonly queueLength?: number
  /** default: the context's */
  readonly log?: Log
  readonly clock?: Clock
  /** rule option sendMetaToSink */
  readonly sendMeta?: boolean
  readonly openBackOff?: BackOff
  readonly writeBackOff?: BackOff
}

/** Keys are the suffixes of spec/rules-and-sinks.md 8, in their order; `messages_lost_total` is ours. */
export interface ActionStatus {
  readonly records_in_total: number
  readonly records_out_total: number
  readonly messages_processed_total: number
  readonly process_latency_us: number
  readonly buffer_length: number
  readonly last_invocation: number
  readonly exceptions_total: number
  readonly last_exception: string
  readonly last_exception_time: number
  readonly connection_status: ConnectionStatus
  readonly connection_last_connected_time: number
  readonly connection_last_disconnected_time: number
  readonly connection_last_disconnected_message: string
  readonly connection_last_try_time: number
  readonly messages_lost_total: number
}

/** A message is tried this often before it counts as lost. */
const WRITE_ATTEMPTS = 3
/** After an abort, how long a sink may take to let go before it is left alone. */
const RELEASE_MS = 1000
const CLOSED = new SinkError('the action was closed before it was delivered', false)

type State = 'new' | 'opening' | 'open' | 'closed'

export class ActionRunner {
  readonly #sink: Sink
  readonly #deliver: Delivery
  readonly #queue: EmissionQueue
  readonly #log: Log
  readonly #failures: FailureLog
  readonly #clock: Clock
  readonly #openBackOff: BackOff
  readonly #writeBackOff: BackOff
  readonly #abort = new AbortController()
  /** aborted when draining is over, by success or by the earliest deadline */
  readonly #drained = new AbortController()
  #state: State = 'new'
  #closing: Promise<void> | undefined
  /** true while a write is under way, also a synchronous one: a memory loop may come back here */
  #busy = false
  #roomCallbacks: (() => void)[] = []
  #idleCallbacks: (() => void)[] = []
  #recordsIn = 0
  #recordsOut = 0
  #messages = 0
  #latencyUs = 0
  #lastInvocation = 0
  #exceptions = 0
  #lastException = ''
  #lastExceptionTime = 0
  #lost = 0
  #connectedTime = 0
  #disconnectedTime = 0
  #disconnectedMessage = ''
  #tryTime = 0

  /** @throws {UserError} when the options cannot be; nothing is opened yet */
  constructor(parts: ActionRunnerParts) {
    const { kind, context } = parts
    const { common, own } = splitOptions(kind, parts.options)
    const sendMeta = parts.sendMeta ?? false
    this.#deliver = makeDelivery(common, { takes: kind.takes, sendMeta, property: name => context.property(name) })
    this.#sink = kind.create(own, context)
    this.#queue = new EmissionQueue(common.bufferLength ?? parts.queueLength ?? 1024)
    this.#log = (parts.log ?? context.log).child({ rule: context.ruleId, sink: kind.name })
    this.#clock = parts.clock ?? new SystemClock()
    this.#failures = new FailureLog(this.#clock, (failures, text) => this.#logFailure(failures, text))
    this.#openBackOff = parts.openBackOff ?? { firstMs: 500, mostMs: 30_000 }
    this.#writeBackOff = parts.writeBackOff ?? { firstMs: 200, mostMs: 5_000 }
  }

  /** Starts connecting in the background; harmless twice. */
  open(): void {
    if (this.#state !== 'new') return
    this.#state = 'opening'
    void this.#connect()
  }

  /**
   * Takes the emission, always, unless the runner is closed (then it is counted as lost).
   * @returns false when the queue is full now: the caller must stop making more until `onRoom` calls back. One message
   *   read by a rule may make many emissions at once, so the queue can pass its length by what that one message made.
   */
  send(emission: Emission): boolean {
    this.#recordsIn += recordsOf(emission)
    if (this.#state === 'closed' || this.#closing) {
      this.#lost++
      return false
    }
    this.#queue.push(emission)
    if (this.#state === 'open' && !this.#busy) this.#pump()
    return this.#queue.hasRoom
  }

  hasRoom(): boolean {
    return this.#queue.hasRoom
  }

  /** Calls back once when the queue is half empty again (at once when it is not full). */
  onRoom(callback: () => void): void {
    if (this.#queue.hasRoom) callback()
    else this.#roomCallbacks.push(callback)
  }

  /** Resolves when everything taken so far is delivered or counted as lost. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve()
    return new Promise(resolve => this.#idleCallbacks.push(resolve))
  }

  /**
   * Delivers what waits until the deadline, then gives up, counts what was lost, and releases the sink.
   * Harmless twice; a second call may bring the deadline forward.
   * @param deadlineMs how long draining may take
   */
  close(deadlineMs = 5_000): Promise<void> {
    if (this.#closing) this.#giveUpAfter(deadlineMs)
    else this.#closing = this.#drain(deadlineMs)
    return this.#closing
  }

  status(): ActionStatus {
    const connection = this.#connection()
    return {
      records_in_total: this.#recordsIn,
      records_out_total: this.#recordsOut,
      messages_processed_total: this.#messages,
      process_latency_us: this.#latencyUs,
      buffer_length: this.#queue.length,
      last_invocation: this.#lastInvocation,
      exceptions_total: this.#exceptions,
      last_exception: this.#lastException,
      last_exception_time: this.#lastExceptionTime,
      connection_status: connection.status,
      connection_last_connected_time: this.#connectedTime,
      connection_last_disconnected_time: this.#disconnectedTime,
      connection_last_disconnected_message: connection.problem || this.#disconnectedMessage,
      connection_last_try_time: this.#tryTime,
      messages_lost_total: this.#lost,
    }
  }

  #connection(): { status: ConnectionStatus; problem: string } {
    if (this.#state === 'opening') return { status: 0, problem: '' }
    if (this.#state !== 'open') return { status: -1, problem: '' }
    return hasConnection(this.#sink) ? this.#sink.connection() : { status: 1, problem: '' }
  }

  async #connect(): Promise<void> {
    const { signal } = this.#abort
    for (let attempt = 0; !signal.aborted; attempt++) {
      this.#tryTime = this.#clock.now()
      try {
        await this.#sink.open(signal)
        if (signal.aborted) return
        this.#connectedTime = this.#clock.now()
        this.#failures.flush()
        this.#state = 'open'
        this.#pump()
        return
      } catch (error) {
        if (signal.aborted) return
        this.#disconnectedTime = this.#clock.now()
        this.#disconnectedMessage = textOf(error)
        this.#fail(`cannot connect: ${textOf(error)}`)
      }
      if (!(await wait(backOffMs(this.#openBackOff, attempt), signal))) return
    }
  }

  /** Writes what waits. A sink that answers at once is written to in this turn; else the rest follows its promise. */
  #pump(): void {
    this.#busy = true
    for (;;) {
      const emission = this.#queue.shift()
      if (emission === undefined) break
      this.#tellRoom()
      const pending = this.#writeAll(this.#deliver(emission), 0)
      if (pending) {
        pending.then(
          () => this.#pump(),
          // Only a bug of ours ends up here; the action goes on with the next emission.
          error => {
            this.#lose(error)
            this.#pump()
          },
        )
        return
      }
      if (this.#state === 'closed') break
    }
    this.#busy = false
    this.#tellIdle()
  }

  #writeAll(messages: readonly (Outgoing | Error)[], from: number): Promise<void> | undefined {
    for (let i = from; i < messages.length; i++) {
      const pending = this.#writeOne(messages[i]!)
      if (pending) return pending.then(() => this.#writeAll(messages, i + 1))
    }
    return undefined
  }

  #writeOne(message: Outgoing | Error): Promise<void> | undefined {
    if (message instanceof Error) {
      this.#lose(message)
      return undefined
    }
    if (this.#abort.signal.aborted) return this.#lose(CLOSED)
    // Looking at the clock costs more than many a sink; one message in 16 tells enough.
    const startedMs = (this.#messages & 15) === 0 ? performance.now() : undefined
    this.#lastInvocation = this.#clock.now()
    try {
      const pending = this.#sink.write(message, this.#abort.signal)
      if (!pending) {
        this.#delivered(message, startedMs)
        return undefined
      }
      return this.#settle(pending, message, startedMs)
    } catch (error) {
      return isRetryable(error) ? this.#settle(Promise.reject(error), message, startedMs) : this.#lose(error)
    }
  }

  async #settle(pending: Promise<void>, message: Outgoing, startedMs: number | undefined): Promise<void> {
    const { signal } = this.#abort
    for (let attempt = 1; ; attempt++) {
      try {
        await unlessAborted(pending, signal)
        return this.#delivered(message, startedMs)
      } catch (error) {
        if (signal.aborted) return this.#lose(CLOSED)
        if (!isRetryable(error) || attempt >= WRITE_ATTEMPTS) return this.#lose(error)
        this.#fail(textOf(error))
        if (!(await wait(backOffMs(this.#writeBackOff, attempt - 1), signal))) return this.#lose(CLOSED)
        pending = (async () => this.#sink.write(message, signal))()
      }
    }
  }

  #delivered(message: Outgoing, startedMs: number | undefined): void {
    this.#messages++
    this.#recordsOut += message.isError ? 1 : message.rows.length
    if (startedMs !== undefined) this.#latencyUs = Math.round((performance.now() - startedMs) * 1000)
  }

  #lose(error: unknown): undefined {
    this.#lost++
    this.#fail(`message lost: ${textOf(error)}`)
  }

  #fail(text: string): void {
    this.#exceptions++
    this.#lastException = text
    this.#lastExceptionTime = this.#clock.now()
    this.#failures.add(text)
  }

  #logFailure(failures: number, text: string): void {
    const fields = { failures, lostTotal: this.#lost, waiting: this.#queue.length }
    const line = failures === 1 ? `sink: ${text}` : `sink: ${text} (${failures} failures since the last line)`
    if (text.startsWith('message')) this.#log.error(fields, line)
    else this.#log.warn(fields, line)
  }

  async #drain(deadlineMs: number): Promise<void> {
    if (this.#state !== 'new' && !this.#isIdle) {
      this.#giveUpAfter(deadlineMs)
      await Promise.race([this.idle(), once(this.#drained.signal, 'abort')])
    }
    this.#drained.abort()
    this.#state = 'closed'
    // A write that is under way counts itself as lost when it sees the abort.
    this.#abort.abort(CLOSED)
    const waiting = this.#queue.clear()
    this.#lost += waiting
    if (waiting > 0) this.#fail(`messages lost: ${waiting} still waited when the action was closed`)
    this.#failures.flush()
    this.#tellRoom()
    this.#tellIdle()
    await this.#release()
  }

  #giveUpAfter(timeMs: number): void {
    void wait(timeMs, this.#drained.signal).then(() => this.#drained.abort())
  }

  async #release(): Promise<void> {
    const released = new AbortController()
    const closed = (async () => this.#sink.close())().catch(error => this.#fail(`cannot close: ${textOf(error)}`))
    await Promise.race([closed, wait(RELEASE_MS, released.signal)])
    released.abort()
    this.#failures.flush()
  }

  get #isIdle(): boolean {
    return this.#queue.length === 0 && !this.#busy
  }

  #tellRoom(): void {
    if (this.#roomCallbacks.length === 0 || !this.#queue.isHalfEmpty) return
    const callbacks = this.#roomCallbacks
    this.#roomCallbacks = []
    for (const callback of callbacks) callback()
  }

  #tellIdle(): void {
    if (this.#idleCallbacks.length === 0) return
    const callbacks = this.#idleCallbacks
    this.#idleCallbacks = []
    for (const callback of callbacks) callback()
  }
}

function recordsOf(emission: Emission): number {
  return emission.error === undefined ? emission.rows.length : 1
}

function isRetryable(error: unknown): boolean {
  return error instanceof SinkError && error.retryable
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The promise, or a rejection once the signal is aborted: a sink that ignores its signal must not hold the rule. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const settled = () => signal.removeEventListener('abort', onAbort)
    promise.then(
      () => {
        settled()
        resolve()
      },
      error => {
        settled()
        reject(error)
      },
    )
  })
}
