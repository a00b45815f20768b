// A request on a socket in, its answer out: the hot path. Koa calls it as its first middleware, synchronously, and it
// answers by itself: no promise, no response helpers, one look into a Map (each of those costs 8 to 10 % of a small push).

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Journal } from '../journal/journal.ts'
import {
  type Answer,
  accepted,
  badRequest,
  internalError,
  type Problem,
  rawAnswer,
  refused,
  stopping,
  tooLarge,
} from './answer.ts'
import { collectBody, endAfterDraining, restIsSmall } from './body.ts'
import { deliver, headFault, roomFault, type TargetMatch } from './deliver.ts'
import type { RequestFacts } from './meta.ts'
import { RefusalLog } from './refusal-log.ts'
import { RouteTable } from './routes.ts'

/** Where the numbers go as they arise; `counters` has their sums. */
export interface IngestMetrics {
  /** @param bytes of the body, for requests that were taken; else 0 */
  answered(status: number, rows: number, bytes: number): void
  /** a client went away before its request was whole */
  aborted(): void
}

export interface PushDeps {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: IngestMetrics
}

export interface PushCounters {
  /** answers by status */
  readonly requests: Readonly<Record<string, number>>
  readonly rows: number
  readonly bytes: number
  readonly aborted: number
  readonly underWay: number
}

/** What the listener that a request came through is about to do. */
export interface ListenerState {
  /** it closes as soon as its requests are answered: no connection is kept */
  readonly retiring: boolean
}

export class PushHandler {
  table = new RouteTable()
  stopping = false
  readonly #deps: PushDeps
  readonly #refusals: RefusalLog
  #underWay = 0
  readonly #byStatus = new Float64Array(600)
  #rows = 0
  #bytes = 0
  #aborted = 0

  constructor(deps: PushDeps) {
    this.#deps = deps
    this.#refusals = new RefusalLog(deps.log, deps.clock)
  }

  /**
   * Takes one request up. Never throws.
   * @param waits the client waits for "100 Continue" before it sends the body
   */
  handle(req: IncomingMessage, res: ServerResponse, listener: ListenerState, waits: boolean): void {
    this.#underWay++
    try {
      this.#begin(req, res, listener, waits)
    } catch (error) {
      this.#fail(req, res, listener, error)
    }
  }

  #begin(req: IncomingMessage, res: ServerResponse, listener: ListenerState, waits: boolean): void {
    const match = this.table.find(req.method!, req.url!)
    const request: RequestFacts = {
      method: req.method!,
      url: req.url!,
      headers: req.headers,
      remoteAddress: match.kind === 'target' && match.target.needsMeta ? req.socket.remoteAddress : undefined,
    }
    let fault = this.stopping ? stopping() : headFault(match, request)
    if (!fault && waits && match.kind === 'target') {
      fault = roomFault(this.#deps.journal, match.target, Number(req.headers['content-length'] ?? 0))
    }
    if (fault || match.kind !== 'target') {
      this.#refuse(req, res, listener, fault!, waits)
      return
    }
    if (waits) res.writeContinue()
    const limitBytes = match.target.maxBodyBytes
    collectBody(req, limitBytes, body => {
      if (body === 'aborted') this.#lost()
      else if (body === 'too-large') this.#refuse(req, res, listener, tooLarge(limitBytes), false)
      else this.#take(match, request, body, req, res, listener)
    })
  }

  #take(
    match: TargetMatch,
    request: RequestFacts,
    body: Buffer,
    req: IncomingMessage,
    res: ServerResponse,
    listener: ListenerState,
  ): void {
    try {
      const outcome = deliver(this.#deps.journal, match, request, body, this.#deps.clock.now())
      if (typeof outcome !== 'number') this.#refuse(req, res, listener, outcome, false)
      else this.#send(res, accepted(outcome, req.headers.accept, listener.retiring), outcome, body.length)
    } catch (error) {
      this.#fail(req, res, listener, error)
    }
  }

  /** Something was thrown on the way: our bug. The request is answered if it can be, and the log gets the stack. */
  #fail(req: IncomingMessage, res: ServerResponse, listener: ListenerState, error: unknown): void {
    const err = error instanceof Error ? error.stack : String(error)
    if (res.headersSent || res.destroyed) {
      this.#deps.log.error({ err }, 'fault after a push was answered')
      return
    }
    const instance = this.#refuse(req, res, listener, internalError(), false)
    this.#deps.log.error({ instance, err }, 'fault while taking a push')
  }

  #lost(): void {
    this.#underWay--
    this.#aborted++
    this.#deps.metrics?.aborted()
  }

  /** The HTTP parser has given up on a connection, or the request took too long. @returns what to write on it */
  rejectRaw(code: string | undefined): string {
    const problem = badRequest(code)
    // It stopped sending in the middle: that is counted as aborted, though it may still want to hear why.
    if (code !== 'HPE_INVALID_EOF_STATE') this.#count(problem.status, 0, 0)
    return rawAnswer(problem)
  }

  counters(): PushCounters {
    const requests: Record<string, number> = {}
    this.#byStatus.forEach((count, status) => {
      if (count > 0) requests[status] = count
    })
    return { requests, rows: this.#rows, bytes: this.#bytes, aborted: this.#aborted, underWay: this.#underWay }
  }

  #send(res: ServerResponse, answer: Answer, rows: number, bytes: number): void {
    this.#underWay--
    this.#count(answer.status, rows, bytes)
    res.writeHead(answer.status, answer.headers as string[])
    res.end(answer.body)
  }

  #refuse(
    req: IncomingMessage,
    res: ServerResponse,
    listener: ListenerState,
    problem: Problem,
    waits: boolean,
  ): string {
    // Whether a client that waits for "100 Continue" still sends its body is for it to say: only closing is safe.
    const close = waits || listener.retiring || !restIsSmall(req)
    const answer = refused(problem, close)
    this.#refusals.note(problem, answer.instance, req.method!, req.url!, req.socket.remoteAddress)
    if (req.complete || waits || restIsSmall(req)) {
      this.#send(res, answer, 0, 0)
    } else {
      this.#count(answer.status, 0, 0)
      res.writeHead(answer.status, answer.headers as string[])
      res.write(answer.body)
      res.once('close', () => this.#underWay--)
      endAfterDraining(req, res)
    }
    return answer.instance
  }

  #count(status: number, rows: number, bytes: number): void {
    this.#byStatus[status]!++
    this.#rows += rows
    this.#bytes += bytes
    this.#deps.metrics?.answered(status, rows, bytes)
  }
}
