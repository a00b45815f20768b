// What the tests of the push listener share: a server with a journal behind it, and a client that writes raw bytes.

import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Clock, SystemClock } from '../../src/core/clock.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import type { ListenerSettings, ListenerTimeouts, PushRoute } from '../../src/ingest/server.ts'
import { PushServer } from '../../src/ingest/server.ts'
import type { JournalReader, StreamLimits } from '../../src/journal/journal.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'

export const LOCAL: ListenerSettings = { ip: '127.0.0.1', port: 0 }

export function route(stream: string, path: string, more: Partial<PushRoute> = {}): PushRoute {
  return {
    stream,
    path,
    method: 'POST',
    format: 'json',
    maxBodyBytes: 100_000,
    needsMeta: false,
    exactNumbers: false,
    ...more,
  }
}

export interface Rig extends AsyncDisposable {
  readonly server: PushServer
  readonly journal: MemoryJournal
  readonly readers: Readonly<Record<string, JournalReader>>
  readonly port: number
  /** the rows a stream has got since the last call */
  taken(stream: string): unknown[]
}

export interface RigOptions {
  readonly clock?: Clock
  readonly log?: Log
  readonly limits?: StreamLimits
  readonly timeouts?: ListenerTimeouts
  readonly settings?: ListenerSettings
}

/** An open push server whose streams all have a reader. */
export async function openRig(routes: readonly PushRoute[], options: RigOptions = {}): Promise<Rig> {
  const journal = new MemoryJournal()
  const readers: Record<string, JournalReader> = {}
  for (const { stream } of routes) {
    journal.define(stream, options.limits ?? { bufferLength: 10_000, bufferBytes: 100_000_000 })
    readers[stream] ??= journal.reader(stream)
  }
  const server = new PushServer({
    journal,
    clock: options.clock ?? new SystemClock(),
    log: options.log ?? silentLog,
    ...(options.timeouts ? { timeouts: options.timeouts } : {}),
  })
  server.configure(options.settings ?? LOCAL)
  server.setRoutes(routes)
  await server.ready()
  return {
    server,
    journal,
    readers,
    port: portOf(server),
    taken: stream => readers[stream]!.read(1e9).flatMap(message => message.rows),
    [Symbol.asyncDispose]: () => server.stop(0),
  }
}

export function portOf(server: PushServer): number {
  return Number(new URL(server.status().address!).port)
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A connection that says and hears exactly what the test wants. */
export class Client {
  readonly socket: Socket
  /** code of the fault that ended the connection: ECONNRESET */
  error: string | undefined
  #received = ''
  #closed = false
  #wake: () => void = () => {}

  constructor(port: number, tls = false) {
    this.socket = tls ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect(port, '127.0.0.1')
    this.socket.setEncoding('latin1')
    this.socket.on('data', (text: string) => {
      this.#received += text
      this.#wake()
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code
    })
    this.socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  async write(text: string | Buffer): Promise<void> {
    await new Promise<void>(resolve => this.socket.write(text, () => resolve()))
  }

  /** The next whole answer, also an interim one; undefined when the connection closed before it. */
  async reply(): Promise<Reply | undefined> {
    for (;;) {
      const reply = this.#parse()
      if (reply || this.#closed) return reply
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Resolves when the server has closed the connection; gives what was left unread. */
  async closed(): Promise<string> {
    while (!this.#closed) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#received
  }

  destroy(): void {
    this.socket.destroy()
  }

  #parse(): Reply | undefined {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [first, ...lines] = this.#received.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map(l => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 2)]),
    )
    const status = Number(first!.split(' ')[1])
    const length = status < 200 || this.head ? 0 : Number(headers['content-length'] ?? 0)
    if (this.#received.length < end + 4 + length) return undefined
    const body = Buffer.from(this.#received.slice(end + 4, end + 4 + length), 'latin1').toString()
    this.#received = this.#received.slice(end + 4 + length)
    return { status, headers, body }
  }

  /** answers to HEAD have a length and no body */
  head = false
}

export function requestText(method: string, url: string, headers: Record<string, string>, body = ''): string {
  const lines = Object.entries({ Host: 'test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** One request on a connection of its own. Content-Length is added unless the headers say how the body comes. */
export async function send(
  port: number,
  method: string,
  url: string,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): Promise<Reply> {
  const client = new Client(port)
  const framed = 'Content-Length' in headers || 'Transfer-Encoding' in headers
  const length =
    framed || (method !== 'POST' && method !== 'PUT') ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  client.head = method === 'HEAD'
  client.write(
    Buffer.concat([Buffer.from(requestText(method, url, { ...length, ...headers })), Buffer.from(body as string)]),
  )
  const reply = await client.reply()
  client.destroy()
  if (!reply) throw new Error('the connection closed without an answer')
  return reply
}
