// What happened to a push in; status, headers and body of its answer, out. Errors are problem documents (RFC 9457).

import { randomUUID } from 'node:crypto'
import type { DecodeError } from '../formats/decode-error.ts'

/** A finished answer. Headers are a flat list (name, value, name, …): what writeHead takes without copying. */
export interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

/** Why a push was not taken. `type` is stable: clients may rely on `urn:sluice:problem:<type>`. */
export interface Problem {
  readonly status: number
  readonly type: string
  readonly title: string
  readonly detail: string
  /** further members of the document */
  readonly extra?: Readonly<Record<string, unknown>>
  readonly headers?: readonly string[]
  /** the connection cannot serve another request after this answer */
  readonly close?: boolean
}

const TEXT = ['Content-Type', 'text/plain', 'Content-Length', '2']
const CLOSE = ['Connection', 'close']
const OK: Answer = { status: 200, headers: TEXT, body: 'ok' }
const OK_CLOSE: Answer = { status: 200, headers: [...TEXT, ...CLOSE], body: 'ok' }

/**
 * @param rows how many rows were taken
 * @param accept the request's Accept header: JSON only when it is asked for by name, else eKuiper's `ok`
 */
export function accepted(rows: number, accept: string | undefined, close: boolean): Answer {
  if (accept === undefined || accept === '*/*' || !wantsJson(accept)) return close ? OK_CLOSE : OK
  const body = JSON.stringify({ accepted: rows, level: 'accepted' })
  return { status: 200, headers: withBody('application/json', body, close), body }
}

function wantsJson(accept: string): boolean {
  return accept
    .split(',')
    .some(part => /^\s*application\/json\s*(;|$)/i.test(part) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(part))
}

function withBody(type: string, body: string, close: boolean): string[] {
  const headers = ['Content-Type', type, 'Content-Length', String(Buffer.byteLength(body))]
  return close ? [...headers, ...CLOSE] : headers
}

/** The answer that tells a problem; `instance` is new with each, and is what the log calls the request. */
export function refused(problem: Problem, close: boolean): Answer & { readonly instance: string } {
  const instance = `urn:uuid:${randomUUID()}`
  const body = JSON.stringify({
    type: `urn:sluice:problem:${problem.type}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance,
    ...problem.extra,
  })
  const headers = withBody('application/problem+json', body, close || problem.close === true)
  return {
    status: problem.status,
    headers: problem.headers ? [...headers, ...problem.headers] : headers,
    body,
    instance,
  }
}

/** The same as text on the wire, for a socket on which the HTTP parser has given up. */
export function rawAnswer(problem: Problem): string {
  const { headers, body } = refused(problem, true)
  let head = `HTTP/1.1 ${problem.status} ${problem.title}\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${head}\r\n${body}`
}

/** Texts of the request come back in a detail only this long. */
function brief(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

export function badBody(error: DecodeError): Problem {
  const titles = {
    'empty-body': 'Empty body',
    'bad-encoding': 'Body is not UTF-8',
    'bad-json': 'Body is not JSON',
    'wrong-shape': 'Body has the wrong shape',
  }
  const { line, column, offset, index } = error
  return {
    status: 400,
    type: error.type,
    title: titles[error.type],
    detail: error.detail,
    extra: { line, column, offset, index },
  }
}

/** @param index of the record in the array; absent: the body is one record */
export function schemaMismatch(stream: string, fault: string, index: number | undefined): Problem {
  const which = index === undefined ? 'The record' : `Record ${index} of the array`
  return {
    status: 422,
    type: 'schema-mismatch',
    title: 'Data does not fit the schema',
    detail: `${which} does not fit stream "${stream}": ${brief(fault)}. Nothing of the body was taken.`,
    extra: { index },
  }
}

export function unknownPath(method: string, path: string): Problem {
  return {
    status: 404,
    type: 'unknown-path',
    title: 'Not Found',
    detail: `No running rule reads a stream at ${brief(`${method} ${path}`)}.`,
  }
}

export function wrongMethod(method: string, path: string, allow: readonly string[]): Problem {
  return {
    status: 405,
    type: 'method-not-allowed',
    title: 'Method Not Allowed',
    detail: `${brief(path)} takes ${allow.join(' and ')}, not ${brief(method)}.`,
    headers: ['Allow', allow.join(', ')],
  }
}

export function tooLarge(limitBytes: number): Problem {
  return {
    status: 413,
    type: 'too-large',
    title: 'Content Too Large',
    detail: `The body is larger than the ${limitBytes} bytes that this path takes.`,
    extra: { limit: limitBytes },
  }
}

export function unknownEncoding(encoding: string): Problem {
  return {
    status: 415,
    type: 'unsupported-encoding',
    title: 'Unsupported Media Type',
    detail: `Content-Encoding "${brief(encoding)}" is not understood; send the body as it is.`,
    headers: ['Accept-Encoding', 'identity'],
  }
}

export function unknownType(contentType: string): Problem {
  return {
    status: 415,
    type: 'unsupported-type',
    title: 'Unsupported Media Type',
    detail: `Content-Type "${brief(contentType)}" is not JSON; send application/json.`,
    headers: ['Accept', 'application/json'],
  }
}

export function unknownCharset(charset: string): Problem {
  return {
    status: 415,
    type: 'unsupported-charset',
    title: 'Unsupported Media Type',
    detail: `Charset "${brief(charset)}" is not understood; send UTF-8.`,
    headers: ['Accept', 'application/json'],
  }
}

/** Clients that were turned away together should not come back together. */
function retryAfter(atMostS: number): readonly string[] {
  return ['Retry-After', String(1 + Math.floor(Math.random() * atMostS))]
}

export function journalFull(stream: string): Problem {
  return {
    status: 503,
    type: 'full',
    title: 'Service Unavailable',
    detail: `Stream "${stream}" holds as much as it may: its rules are behind. Nothing of this request was taken.`,
    headers: retryAfter(3),
  }
}

export function stopping(): Problem {
  return {
    status: 503,
    type: 'stopping',
    title: 'Service Unavailable',
    detail: 'The server is stopping. Nothing of this request was taken.',
    headers: retryAfter(5),
    close: true,
  }
}

export function internalError(): Problem {
  return {
    status: 500,
    type: 'internal',
    title: 'Internal Server Error',
    detail: 'A fault of the server, not of the request. The log has it under this instance.',
    close: true,
  }
}

/** What the HTTP parser, or the time it may take, made of a request. @param code of the error that Node reports */
export function badRequest(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 408, type: 'timeout', title: 'Request Timeout', detail: 'The request did not arrive in time.' }
  }
  if (code === 'HPE_HEADER_OVERFLOW' || code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    const detail = 'The request has larger headers or chunk extensions than the server reads.'
    return { status: 431, type: 'headers-too-large', title: 'Request Header Fields Too Large', detail }
  }
  const why = code?.startsWith('HPE_') ? ` (${code.slice(4).toLowerCase().replaceAll('_', ' ')})` : ''
  return { status: 400, type: 'bad-request', title: 'Bad Request', detail: `This is not HTTP/1.1${why}.` }
}
