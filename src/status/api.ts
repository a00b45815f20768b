// What the appliance knows about itself in, answers on the status listener out. It reads; it can change nothing.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import Koa, { type Context } from 'koa'
import type { StreamDefinition } from '../catalog/definition.ts'
import type { RulePlan } from '../compiler/explain.ts'
import { didYouMean, errorLine, UserError } from '../core/errors.ts'
import type { EngineRule } from '../runtime/engine.ts'
import type { StatusDeps } from './deps.ts'
import { statusDocument } from './document.ts'
import { planLines, planOf, topology } from './explain.ts'
import { type Check, healthAnswer, readiness } from './health.ts'
import { Metrics } from './metrics.ts'
import { refuseWrite } from './refuse-write.ts'
import { ruleList, statusOfAll } from './rules.ts'
import { scanTablesAnswer } from './scan-tables.ts'
import { schemaAnswer, streamAnswer, streamDetails, streamNames } from './streams.ts'
import { MOST_TAILS, TailHub } from './tail.ts'

export type { PushCountersView, PushView, StatusDeps } from './deps.ts'
export type { StatusDocument } from './document.ts'

/** eKuiper's error codes (spec/rules-and-sinks.md 12). */
const GENERAL = 1001
const NOT_FOUND = 1002

const READING = ['GET', 'HEAD']
/** How long an answer under way may take when the listener stops. */
const LONGEST_STOP_MS = 1000
const TIMEOUTS = { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 }

/** An answer other than 200 in eKuiper's form: JSON, called text/plain. */
class Refusal extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export class StatusServer {
  readonly #deps: StatusDeps
  readonly #tails: TailHub
  readonly #metrics: Metrics
  readonly #server: Server
  readonly #underWay = new Set<Promise<void>>()

  constructor(deps: StatusDeps) {
    this.#deps = deps
    this.#tails = new TailHub(deps)
    this.#metrics = new Metrics(deps)
    const app = new Koa()
    // Connections that break while an answer is on its way; Koa would print a stack for each.
    app.on('error', (error: Error) => deps.log.debug({ err: error.message }, 'status answer not delivered'))
    app.use((ctx, next) => this.#guard(ctx, next))
    app.use((ctx, next) => (READING.includes(ctx.method) ? next() : this.#refuse(ctx)))
    app.use(this.#routes().routes())
    app.use(ctx => {
      throw new Refusal(404, NOT_FOUND, `there is nothing at ${ctx.path}`)
    })
    const answer = app.callback()
    this.#server = createServer(TIMEOUTS, (req, res) => {
      const done = new Promise<void>(resolve => res.once('finish', resolve).once('close', resolve))
      this.#underWay.add(done)
      void done.then(() => this.#underWay.delete(done))
      void answer(req, res)
    })
  }

  /**
   * @param port 0: any free one
   * @returns when it listens: `address` as `http://127.0.0.1:9081`. Rejects when it cannot (port taken, no such address)
   */
  start(ip: string, port: number): Promise<{ readonly address: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) =>
        reject(new Error(`the status listener cannot be opened: ${error.message}`, { cause: error }))
      this.#server.once('error', fail)
      this.#server.listen({ host: ip, port }, () => {
        this.#server.removeListener('error', fail)
        // A listening server may still fail to accept (too many open files): that is a line, not the end.
        this.#server.on('error', error => this.#deps.log.error({ err: error.message }, 'status listener'))
        const at = this.#server.address() as AddressInfo
        const host = at.address.includes(':') ? `[${at.address}]` : at.address
        resolve({ address: `http://${host}:${at.port}`, port: at.port })
      })
    })
  }

  /** To be called in the turn in which rules were changed (Engine's `onEndpoints`): tails move to the new ones. */
  rulesChanged(): void {
    this.#tails.rulesChanged()
  }

  /** Ends the tails, finishes the answers under way, closes. Harmless twice, and when it never listened. */
  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#tails.stop()
    const { clock } = this.#deps
    let cancel = () => {}
    const deadline = new Promise<void>(resolve => {
      cancel = clock.at(clock.now() + LONGEST_STOP_MS, resolve)
    })
    await Promise.race([Promise.all(this.#underWay), deadline])
    cancel()
    this.#server.closeAllConnections()
    await closed
    this.#metrics.close()
  }

  async #guard(ctx: Context, next: () => Promise<unknown>): Promise<void> {
    ctx.set('Cache-Control', 'no-store')
    ctx.set('X-Content-Type-Options', 'nosniff')
    try {
      await next()
    } catch (error) {
      if (error instanceof Refusal) {
        ctx.status = error.status
        ctx.type = 'text/plain'
        ctx.body = JSON.stringify({ error: error.code, message: error.message })
        return
      }
      const { stack } = error as Error
      this.#deps.log.error(
        { method: ctx.method, path: ctx.path, stack: stack ?? String(error) },
        'a status request failed',
      )
      ctx.status = 500
      ctx.type = 'text/plain'
      ctx.body = 'Internal Server Error'
    }
  }

  #refuse(ctx: Context): void {
    ctx.set('Allow', READING.join(', '))
    if (ctx.method === 'OPTIONS') {
      ctx.status = 204
      return
    }
    const title = 'Method Not Allowed'
    const refusal = refuseWrite(ctx.method, decoded(ctx.path), this.#deps)
    ctx.status = 405
    ctx.type = 'application/problem+json'
    ctx.body = JSON.stringify({ type: 'urn:sluice:problem:method-not-allowed', title, status: 405, ...refusal })
  }

  #routes(): Router {
    const router = new Router()
    this.#addHealth(router)
    this.#addStreams(router, 'stream')
    this.#addStreams(router, 'table')
    this.#addRules(router)
    router.get('/', ctx => json(ctx, this.#about()))
    router.get('/ping', ctx => text(ctx, ''))
    router.get('/status', ctx => json(ctx, statusDocument(this.#deps), 2))
    router.get('/metrics', async ctx => {
      ctx.body = await this.#metrics.text()
      ctx.set('Content-Type', this.#metrics.contentType)
    })
    return router
  }

  #about(): object {
    const { version, startedAt, clock } = this.#deps
    const upTimeSeconds = Math.floor((clock.now() - startedAt) / 1000)
    // The names of Go, which eKuiper's clients know.
    const arch = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch
    const os = process.platform === 'win32' ? 'windows' : process.platform
    return { version, os, arch, upTimeSeconds }
  }

  #addHealth(router: Router): void {
    const add = (paths: string[], name: string, checks: () => readonly Check[]) =>
      router.get(paths, ctx => {
        const answer = healthAnswer(name, checks(), new URLSearchParams(ctx.querystring))
        text(ctx, answer.text)
        ctx.status = answer.status
      })
    // That it answers at all says that the event loop turns.
    add(['/livez', '/-/healthy'], 'livez', () => [{ name: 'ping', fault: undefined }])
    add(['/readyz', '/-/ready'], 'readyz', () => readiness(this.#deps))
  }

  #addStreams(router: Router, kind: 'stream' | 'table'): void {
    const { engine } = this.#deps
    const tableKind = (ctx: Context) => {
      const asked = kind === 'table' ? ctx.query['kind'] : undefined
      return asked === undefined || asked === '' ? undefined : String(asked)
    }
    router.get(`/${kind}s`, ctx => json(ctx, streamNames(engine.streams, kind, tableKind(ctx))))
    router.get(`/${kind}details`, ctx => json(ctx, streamDetails(engine.streams, kind, tableKind(ctx))))
    router.get(`/${kind}s/:name`, ctx => json(ctx, streamAnswer(this.#stream(kind, ctx.params['name']!))))
    router.get(`/${kind}s/:name/schema`, ctx => json(ctx, schemaAnswer(this.#stream(kind, ctx.params['name']!).fields)))
  }

  #addRules(router: Router): void {
    const { engine } = this.#deps
    router.get('/rules', ctx => json(ctx, ruleList(engine.rules)))
    router.get('/rules/status/all', ctx => json(ctx, statusOfAll(engine.rules)))
    router.get('/rules/:id', ctx => jsonText(ctx, this.#rule(ctx, 'describe rule').definition.text))
    router.get('/rules/:id/status', ctx => json(ctx, this.#rule(ctx, 'get rule status').status(), 2))
    router.get('/v2/rules/:id/status', ctx => json(ctx, this.#rule(ctx, 'get rule status').status()))
    router.get('/rules/:id/explain', ctx => {
      const plan = this.#plan(ctx, 'explain rule')
      ctx.vary('Accept')
      if (ctx.accepts('text/plain', 'application/json') === 'application/json') json(ctx, plan, 2)
      else text(ctx, planLines(plan))
    })
    router.get('/rules/:id/scantables', ctx => {
      const doing = 'get rule scan tables'
      const { body, reason } = scanTablesAnswer(this.#rule(ctx, doing))
      if (body === undefined) throw new Refusal(400, GENERAL, `${doing} error: ${reason}`)
      jsonText(ctx, body)
    })
    router.get('/rules/:id/topo', ctx => json(ctx, topology(this.#plan(ctx, 'get rule topo'))))
    router.get('/rules/:id/tail', ctx => this.#tail(ctx, this.#rule(ctx, 'tail rule')))
  }

  #tail(ctx: Context, rule: EngineRule): void {
    if (ctx.method === 'HEAD') {
      text(ctx, '')
      ctx.type = 'text/event-stream'
    } else if (this.#tails.isFull) {
      ctx.set('Retry-After', '10')
      throw new Refusal(503, GENERAL, `tail rule error: ${MOST_TAILS} tails are open, and no more are served`)
    } else {
      ctx.respond = false
      this.#tails.open(rule.definition.id, ctx.res)
    }
  }

  #rule(ctx: Context & { readonly params: Record<string, string> }, doing: string): EngineRule {
    const id = ctx.params['id']!
    const { rules } = this.#deps.engine
    const rule = rules.get(id)
    if (rule) return rule
    throw this.#notFound(doing, 'rule', id, rules.keys())
  }

  /** A rule that does not run may be at odds with the streams that there are. */
  #plan(ctx: Context & { readonly params: Record<string, string> }, doing: string): RulePlan {
    const rule = this.#rule(ctx, doing)
    try {
      return planOf(rule, this.#deps.engine.streams)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      throw new Refusal(400, GENERAL, `${doing} error: ${errorLine(error)}`)
    }
  }

  #stream(kind: 'stream' | 'table', name: string): StreamDefinition {
    const { streams } = this.#deps.engine
    const stream = streams.get(name)
    if (stream?.kind === kind) return stream
    throw this.#notFound(`describe ${kind}`, kind, name, streamNames(streams, kind))
  }

  /** What was asked for may be defined in a file that has errors: then these are what its reader wants to know. */
  #notFound(doing: string, kind: 'rule' | 'stream' | 'table', name: string, known: Iterable<string>): Refusal {
    const object = this.#deps.reconcile().objects.find(o => o.key === `${kind}:${name}`)
    const message = object?.conditions.find(condition => condition.type === 'Ready')?.message
    const title = kind[0]!.toUpperCase() + kind.slice(1)
    const hint = message ? `It is defined but cannot run: ${message}` : didYouMean(name, known)
    const sentence = `${doing} error: ${title} ${name} is not found${hint === undefined ? '' : `. ${hint}`}`
    return new Refusal(404, NOT_FOUND, sentence)
  }
}

function json(ctx: Context, value: unknown, indent?: number): void {
  jsonText(ctx, JSON.stringify(value, null, indent))
}

function jsonText(ctx: Context, body: string): void {
  ctx.type = 'application/json'
  ctx.body = body
}

function text(ctx: Context, body: string): void {
  ctx.status = 200
  ctx.type = 'text/plain'
  ctx.body = body
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
