// An address in, one listening HTTP or HTTPS server with Koa on it out; and how it is closed without losing a request.

import { readFileSync } from 'node:fs'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import Koa from 'koa'
import type { Log } from '../core/log.ts'
import type { ListenerState, PushHandler } from './push.ts'

export interface ListenerSettings {
  /** address to bind */
  readonly ip: string
  /** 0: any free port */
  readonly port: number
  /** paths of PEM files; set: HTTPS only */
  readonly tls?: { readonly certfile: string; readonly keyfile: string }
}

export interface ListenerTimeouts {
  /** for the head of a request, from its first byte */
  readonly headersMs: number
  /** for a whole request; a slower one is cut with 408 */
  readonly requestMs: number
  /** how long a connection may be idle between two requests */
  readonly keepAliveMs: number
  /** how often the first two are looked at */
  readonly checkMs: number
}

export const TIMEOUTS: ListenerTimeouts = { headersMs: 15_000, requestMs: 60_000, keepAliveMs: 65_000, checkMs: 5_000 }

/** After this a connection on a retiring listener is closed when nothing is under way on it. */
const IDLE_GRACE_MS = 250

interface Pem {
  readonly cert: string
  readonly key: string
}

export class Listener implements ListenerState {
  readonly settings: ListenerSettings
  retiring = false
  readonly #server: Server
  readonly #handler: PushHandler
  readonly #log: Log
  readonly #sockets = new Set<Socket>()
  #pem: Pem | undefined

  /** @throws when the certificate cannot be read or used; nothing listens yet */
  constructor(settings: ListenerSettings, handler: PushHandler, log: Log, timeouts: ListenerTimeouts) {
    this.settings = settings
    this.#handler = handler
    this.#log = log
    this.#pem = settings.tls && readPem(settings.tls)
    const options: ServerOptions = {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: timeouts.checkMs,
    }
    this.#server = this.#pem
      ? createHttpsServer({ ...options, ...this.#pem, handshakeTimeout: timeouts.headersMs })
      : createHttpServer(options)
    this.#server.on('request', this.#koa(false))
    this.#server.on('checkContinue', this.#koa(true))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => this.#clientError(error, socket))
    this.#server.on(this.#pem ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** @returns when it listens; rejects when it cannot (port taken, no such address) */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: this.settings.ip, port: this.settings.port }, () => {
        this.#server.removeListener('error', reject)
        // A listening server may still fail to accept (too many open files): that is a line, not the end.
        this.#server.on('error', error => this.#log.error({ err: error.message }, 'push listener'))
        resolve()
      })
    })
  }

  /** `http://0.0.0.0:10081` */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `${this.#pem ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${port}`
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes up a certificate that was renewed under the same names. A bad one leaves the old one in use. */
  refreshCertificate(): void {
    if (!this.settings.tls || !this.#pem) return
    try {
      const pem = readPem(this.settings.tls)
      if (pem.cert === this.#pem.cert && pem.key === this.#pem.key) return
      const server = this.#server as HttpsServer
      server.setSecureContext(pem)
      this.#pem = pem
      this.#log.info({ certfile: this.settings.tls.certfile }, 'push listener uses the new certificate')
    } catch (error) {
      this.#log.error({ err: (error as Error).message }, 'the new certificate cannot be used; the old one stays')
    }
  }

  /**
   * Accepts nothing more at once (the port is free on return), lets requests under way end, then closes. A connection
   * that is idle lives a moment longer: what its client is sending just now is answered, not reset.
   * @returns when all is closed, at the latest after the deadline
   */
  retire(deadlineMs: number): Promise<void> {
    this.retiring = true
    return new Promise(resolve => {
      const idle = setTimeout(() => this.#closeIdle(), Math.min(IDLE_GRACE_MS, deadlineMs / 2))
      const deadline = setTimeout(() => {
        this.#server.closeAllConnections()
        for (const socket of this.#sockets) socket.destroy()
        end()
      }, deadlineMs)
      const end = () => {
        clearTimeout(idle)
        clearTimeout(deadline)
        // Closes nothing any more, but stops Node's timer for slow requests.
        this.#server.close(() => {})
        resolve()
      }
      // The http server's own close cuts idle connections off without a moment.
      NetServer.prototype.close.call(this.#server, end)
    })
  }

  #closeIdle(): void {
    // Node takes a connection that has not sent anything yet for a busy one; destroySoon lets an answer out first.
    for (const socket of this.#sockets) if (!responseOf(socket)) socket.destroySoon()
  }

  #koa(waits: boolean): (req: IncomingMessage, res: ServerResponse) => void {
    const app = new Koa()
    app.use(ctx => {
      ctx.respond = false
      this.#handler.handle(ctx.req, ctx.res, this, waits)
    })
    // Koa listens for the end of every response, to print a stack for each client that goes away and to answer what the
    // middleware left unanswered. Ours leaves nothing, counts those clients itself, and spares 2 of 19 us a request.
    const { handleRequest } = app as unknown as { handleRequest: HandleRequest }
    if (typeof handleRequest !== 'function') throw new Error('this Koa has no handleRequest to replace')
    Object.assign(app, {
      handleRequest: ((ctx, run) => run(ctx).catch((error: Error) => ctx.onerror(error))) satisfies HandleRequest,
    })
    app.on('error', (error: Error) => this.#log.error({ err: error.stack }, 'fault before a push was taken'))
    return app.callback()
  }

  #clientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    // In the middle of an answer another one would be read as its continuation.
    if (error.code === 'ECONNRESET' || !socket.writable || responseOf(socket)?.headersSent) {
      socket.destroy()
      return
    }
    socket.end(this.#handler.rejectRaw(error.code))
  }
}

/** Koa's, which its types call private: with a new Koa the tests of vanishing clients tell whether it is still so. */
type HandleRequest = (ctx: Koa.Context, run: (ctx: Koa.Context) => Promise<void>) => Promise<void>

/** The response that a connection is waiting for or sending. Node has no public name for it. */
function responseOf(socket: Duplex): ServerResponse | null | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage
}

function readPem(tls: { readonly certfile: string; readonly keyfile: string }): Pem {
  return { cert: readFileSync(tls.certfile, 'utf8'), key: readFileSync(tls.keyfile, 'utf8') }
}
