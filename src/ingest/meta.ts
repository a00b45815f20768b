// A request in; what meta() answers for its rows, out. Made only when some rule asks.

import type { Meta } from '../core/row.ts'
import { setOwn, type Value } from '../core/value.ts'

/** Credentials are no data: a rule that sends its metadata on must not send these. */
const SECRET = new Set(['authorization', 'cookie', 'proxy-authorization'])

export interface RequestFacts {
  readonly method: string
  /** path and query */
  readonly url: string
  /** names in lower case */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly remoteAddress: string | undefined
}

/** path, method, remoteAddress, header (a struct), query (a struct), without the path's parameters. */
export function metaOf(request: RequestFacts): Meta {
  const header: Record<string, Value> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !SECRET.has(name)) setOwn(header, name, value)
  }
  const at = request.url.indexOf('?')
  return {
    path: at < 0 ? request.url : request.url.slice(0, at),
    method: request.method,
    remoteAddress: request.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? null,
    header,
    query: at < 0 ? {} : queryOf(request.url.slice(at + 1)),
  }
}

/** A repeated name becomes an array of its texts, as in urlencoded bodies (spec/http-push.md 4). */
function queryOf(text: string): Meta {
  const query: Record<string, Value> = {}
  const pairs = new URLSearchParams(text)
  for (const name of new Set(pairs.keys())) {
    const values = pairs.getAll(name)
    setOwn(query, name, values.length === 1 ? values[0]! : values)
  }
  return query
}

/** The same with the values that the path's parameters had: `meta(id)` for `/devices/{id}`. */
export function withParameters(meta: Meta, parameters: readonly string[], captured: readonly string[]): Meta {
  if (parameters.length === 0) return meta
  const all: Record<string, Value> = { ...meta }
  parameters.forEach((name, i) => {
    setOwn(all, name, captured[i] ?? '')
  })
  return all
}
