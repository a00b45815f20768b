// Sink `rest`: every message becomes an HTTP request; delivered means that the server answered 2xx.

import type { Agent, Dispatcher } from 'undici'
import { didYouMean } from '../core/errors.ts'
import { type DynamicText, dynamicText } from './delivery.ts'
import { durationMs, optionError } from './options.ts'
import { isPrivateAddress, literalAddress, PrivateAddressError } from './private-address.ts'
import { makeAgent } from './rest-agent.ts'
import { BODY_TYPES, type BodyType, METHODS, type RestOptions, restSchema } from './rest-options.ts'
import { type Outgoing, type Sink, type SinkContext, SinkError, type SinkKind } from './sink.ts'
import { decodePart } from './url-part.ts'

export const restSink: SinkKind = {
  name: 'rest',
  summary: 'Sends every message as an HTTP request.',
  takes: 'bytes',
  schema: restSchema,
  dynamic: ['url', 'headers'],
  create: (options: RestOptions, context: SinkContext): Sink => new RestSink(options, context),
}

/** An answer is read this far when it matters (responseType body, debugResp), and no further than that otherwise. */
const MOST_ANSWER_BYTES = 1024 * 1024
const DEBUG_CHARACTERS = 2000

class RestSink implements Sink {
  readonly #options: RestOptions
  readonly #context: SinkContext
  readonly #url: DynamicText
  readonly #headers: readonly (readonly [name: string, text: DynamicText])[]
  readonly #method: string
  readonly #bodyType: BodyType
  readonly #timeoutMs: number
  readonly #isGuarded: boolean
  #agent: Agent | undefined

  /** @throws {UserError} RULE_ACTION, TEMPLATE_SYNTAX */
  constructor(options: RestOptions, context: SinkContext) {
    this.#options = options
    this.#context = context
    const settings = { property: (name: string) => context.property(name) }
    const url = options.url ?? 'http://localhost'
    this.#url = dynamicText(url, ['url'], settings)
    this.#isGuarded = this.#url.isDynamic && options.allowPrivateNetwork !== true
    checkUrl(url, this.#url.isDynamic, this.#isGuarded)
    this.#headers = Object.entries(options.headers ?? {}).map(([name, text]) => {
      checkHeader(name, text)
      return [name, dynamicText(text, ['headers', name], settings)]
    })
    this.#method = (options.method ?? 'GET').toUpperCase()
    if (!(METHODS as readonly string[]).includes(this.#method)) {
      throw optionError(
        undefined,
        ['method'],
        `Sink "rest": method "${options.method}" is none of ${METHODS.join(', ')}.`,
        didYouMean(this.#method, METHODS) ?? 'For data that is sent on, POST is usual.',
      )
    }
    this.#bodyType = options.bodyType ?? (this.#method === 'GET' ? 'none' : 'json')
    if (this.#bodyType === 'form' || this.#bodyType === 'formdata') {
      throw optionError(
        undefined,
        ['bodyType'],
        `Sink "rest": bodyType "${this.#bodyType}" is not built yet.`,
        'Use json, or text with a dataTemplate.',
      )
    }
    this.#timeoutMs = durationMs(options.timeout, 5000)
  }

  async open(): Promise<void> {
    const before = this.#agent
    this.#agent = await makeAgent(this.#options, this.#context.rootDir, this.#isGuarded)
    await before?.destroy()
  }

  async write(message: Outgoing, signal: AbortSignal): Promise<void> {
    const agent = this.#agent
    if (!agent) throw new SinkError('not open', true)
    const url = this.#target(message)
    const timeout = this.#timeoutMs > 0 ? AbortSignal.timeout(this.#timeoutMs) : undefined
    const where = `${this.#method} ${url.origin}`
    try {
      const answer = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: this.#method as Dispatcher.HttpMethod,
        headers: this.#headersOf(message, url),
        body: this.#bodyType === 'none' ? null : (message.payload ?? ''),
        signal: timeout ? AbortSignal.any([signal, timeout]) : signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      })
      await this.#judge(answer, where)
    } catch (error) {
      throw timeout?.aborted && !(error instanceof SinkError)
        ? new SinkError(`${where}: no answer within ${this.#timeoutMs} ms`, true, { cause: error })
        : failure(error, where)
    }
  }

  async close(): Promise<void> {
    const agent = this.#agent
    this.#agent = undefined
    await agent?.destroy()
  }

  #target(message: Outgoing): URL {
    let url: URL
    try {
      url = new URL(this.#url.of(message.data))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_INVALID_URL') throw error
      throw new SinkError('the URL that the template gave is no URL', false)
    }
    if (!isHttp(url)) throw new SinkError(`the URL must be http or https, not ${url.protocol}`, false)
    if (this.#isGuarded && isPrivateHost(url.hostname)) {
      throw new SinkError(new PrivateAddressError(url.hostname).message, false)
    }
    return url
  }

  #headersOf(message: Outgoing, url: URL): Record<string, string> {
    const headers: Record<string, string> = {}
    const contentType = BODY_TYPES[this.#bodyType]
    const given = new Set(this.#headers.map(([name]) => name.toLowerCase()))
    if (contentType && !given.has('content-type')) headers['Content-Type'] = contentType
    if ((url.username || url.password) && !given.has('authorization')) {
      const user = `${decodePart(url.username)}:${decodePart(url.password)}`
      headers['Authorization'] = `Basic ${Buffer.from(user).toString('base64')}`
    }
    for (const [name, text] of this.#headers) {
      const value = text.of(message.data)
      if (/[\r\n\0]/.test(value)) throw new SinkError(`header "${name}" cannot hold line breaks`, false)
      // Bytes of UTF-8 travel as they are; node writes headers as latin1.
      headers[name] = Buffer.from(value).toString('latin1')
    }
    return headers
  }

  async #judge(answer: Dispatcher.ResponseData, where: string): Promise<void> {
    const { debugResp, responseType } = this.#options
    const status = answer.statusCode
    const isRead = debugResp || responseType === 'body'
    const text = isRead ? await readText(answer.body) : await answer.body.dump({ limit: MOST_ANSWER_BYTES })
    if (debugResp) {
      const body = this.#withoutSecrets(text ?? '').slice(0, DEBUG_CHARACTERS)
      this.#context.log.info({ rule: this.#context.ruleId, status, body }, `sink rest: answer of ${where}`)
    }
    if (status < 200 || status > 299) {
      const hint = status >= 300 && status < 400 ? ' (redirects are not followed)' : ''
      throw new SinkError(`${where}: the answer was status=${status}${hint}`, isRetryable(status))
    }
    if (responseType === 'body') checkBody(text ?? '', where)
  }

  /** Servers for trying things out send back what they were sent; the log must not hold what headers hold. */
  #withoutSecrets(text: string): string {
    const sent = this.#headers.filter(([, value]) => !value.isDynamic).map(([, value]) => value.of({}))
    // `Bearer abc`: the token alone is as secret as the whole.
    const parts = sent.flatMap(value => [value, ...value.split(/\s+/)]).filter(part => part.length > 5)
    return parts.sort((a, b) => b.length - a.length).reduce((shown, part) => shown.replaceAll(part, '***'), text)
  }
}

/** 408 Request Timeout, 429 Too Many Requests and the server's own troubles may pass; other answers are final. */
function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** responseType body: `{"code": n}` must be 200..299 as well. */
function checkBody(text: string, where: string): void {
  let code: unknown
  try {
    code = (JSON.parse(text) as { code?: unknown } | null)?.code
  } catch {
    throw new SinkError(`${where}: the answer's body is not JSON (responseType body)`, false)
  }
  if (typeof code !== 'number') throw new SinkError(`${where}: the answer's body has no number "code"`, false)
  if (code < 200 || code > 299) throw new SinkError(`${where}: the answer's body has code=${code}`, isRetryable(code))
}

/** The beginning of a body; the rest is let go together with the connection. */
async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MOST_ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function failure(error: unknown, where: string): Error {
  if (!(error instanceof Error) || error instanceof SinkError || error.name === 'RowError') return error as Error
  const isPrivate = error instanceof PrivateAddressError
  const code = (error as NodeJS.ErrnoException).code ?? error.name
  // undici's own complaints about a request quote it, headers included: only their code is told.
  const text = isPrivate ? error.message : CODES[code] ? `${CODES[code]} (${code})` : code
  const isRequest = code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_URL'
  return new SinkError(`${where}: ${text}`, !isPrivate && !isRequest, { cause: error })
}

const CODES: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_INVALID_ARG: 'the request cannot be sent like this',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; rootCaPath can name it',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain ends in an unknown root; rootCaPath can name it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is signed by an unknown authority; rootCaPath can name it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  CERT_HAS_EXPIRED: 'the certificate has expired',
}

function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:'
}

function isPrivateHost(hostname: string): boolean {
  const address = literalAddress(hostname)
  if (address !== undefined) return isPrivateAddress(address)
  return /(?:^|\.)localhost\.?$/i.test(hostname)
}

function checkUrl(option: string, isDynamic: boolean, isGuarded: boolean): void {
  const complain = (what: string, fix?: string) => optionError(undefined, ['url'], `Sink "rest": ${what}`, fix)
  if (!isDynamic) {
    if (!URL.canParse(option) || !isHttp(new URL(option)))
      throw complain('url must be an http or https URL.', 'Write http://host/path or https://host/path.')
    return
  }
  // A template that only fills the path has its host in the file: what cannot work is told before any data comes.
  const origin = /^https?:\/\/[^/{}]+(?=\/)/i.exec(option)?.[0]
  if (isGuarded && origin && URL.canParse(origin) && isPrivateHost(new URL(origin).hostname)) {
    throw complain(
      'url is built from data and its host is a loopback or private address.',
      'Say allowPrivateNetwork: true when that is meant.',
    )
  }
}

/** Names that the connection itself owns; a wrong one would break the framing of requests. */
const OWNED = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'expect']

function checkHeader(name: string, text: string): void {
  if (!/^[!#$%&'*+\-.^_`|~\da-zA-Z]+$/.test(name)) {
    const fix = 'Header names are made of letters, digits and -.'
    throw optionError(undefined, ['headers', name], `Sink "rest": "${name}" is no header name.`, fix, 'key')
  }
  if (!text.includes('{{') && /[\r\n\0]/.test(text)) {
    const fix = 'Write it in one line; a text under | or > ends with a line break, under |- or >- without.'
    throw optionError(undefined, ['headers', name], `Sink "rest": header "${name}" cannot hold line breaks.`, fix)
  }
  if (OWNED.includes(name.toLowerCase())) {
    throw optionError(
      undefined,
      ['headers', name],
      `Sink "rest": header "${name}" is set by the connection.`,
      'Leave it out.',
      'key',
    )
  }
}
