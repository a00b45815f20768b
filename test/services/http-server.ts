// A real HTTP or HTTPS server for tests: remembers what came in and answers as it is told.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** the client's port: the same for requests on one connection */
  readonly port: number | undefined
}

export interface Answer {
  readonly status?: number
  readonly body?: string
  readonly headers?: Record<string, string>
  /** never answer */
  readonly hang?: true
  /** break the connection instead of answering */
  readonly break?: true
}

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly received: Received[]
  /** answers of the next requests, in order; 200 `ok` when there is none left */
  readonly answers: Answer[]
  /** breaks every connection; new ones are taken */
  disconnect(): void
  close(): Promise<void>
}

export async function startServer(tls?: { readonly cert: string; readonly key: string }): Promise<TestServer> {
  const received: Received[] = []
  const answers: Answer[] = []
  const listener: http.RequestListener = async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const { method = '', url = '', headers } = request
    received.push({ method, url, headers, body, port: request.socket.remotePort })
    const answer = answers.shift() ?? {}
    if (answer.hang) return
    if (answer.break) return void request.socket.destroy()
    response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? 'ok')
  }
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    received,
    answers,
    disconnect: () => server.closeAllConnections(),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface TestCertificate {
  readonly cert: string
  readonly key: string
  /** the PEM file of `cert`: what a client trusts */
  readonly certPath: string
  remove(): Promise<void>
}

/** A self-signed certificate for 127.0.0.1, made by `openssl`; undefined when that is not installed. */
export async function makeCertificate(): Promise<TestCertificate | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'certificate-'))
  const certPath = path.join(folder, 'cert.pem')
  const keyPath = path.join(folder, 'key.pem')
  const remove = () => rm(folder, { recursive: true, force: true })
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', keyPath, '-out', certPath], { stdio: 'ignore' })
  } catch {
    await remove()
    return undefined
  }
  return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8'), certPath, remove }
}
