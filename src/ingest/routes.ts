// The endpoints of all streams in; for a method and a request path, who gets the message, out. Never changed once made:
// a request keeps the table it began with.

import { type Endpoint, parseEndpoint } from '../core/endpoint.ts'
import type { Values } from '../core/value.ts'
import { type FormatDecoder, formatDecoder } from '../formats/format.ts'

export type PushMethod = 'POST' | 'PUT'

/** One stream that a running rule reads, and where its messages come in. */
export interface PushRoute {
  readonly stream: string
  readonly method: PushMethod
  /** DATASOURCE: see core/endpoint.ts */
  readonly path: string
  readonly format: string
  readonly maxBodyBytes: number
  /** some rule asks for meta() of this stream, or sends it to a sink */
  readonly needsMeta: boolean
  /** the stream declares BIGINT columns, for which `1.0` is not an integer */
  readonly exactNumbers: boolean
  /** throws a RowError for a record that the stream's rules would have to discard; absent: they take anything */
  readonly check?: RecordCheck | undefined
}

export type RecordCheck = (values: Values, nowMs: number) => void

/** The stream's share of a target: the same path may name its parameters differently for each. */
export interface Receiver {
  readonly stream: string
  readonly parameters: readonly string[]
  readonly check: RecordCheck | undefined
}

/** All streams on one method and path: each gets every message, or none does. */
export interface Target {
  readonly decoders: readonly { readonly decode: FormatDecoder; readonly receivers: readonly Receiver[] }[]
  readonly receivers: readonly Receiver[]
  /** the smallest of the streams' limits, since all of them get the whole body */
  readonly maxBodyBytes: number
  readonly needsMeta: boolean
  readonly exactNumbers: boolean
}

/** @see RouteTable.find */
export type Match =
  | { readonly kind: 'target'; readonly target: Target; readonly captured: readonly string[] }
  | { readonly kind: 'method'; readonly allow: readonly string[] }
  | { readonly kind: 'none' }

type Place = { readonly endpoint: Endpoint } & { readonly [M in PushMethod]?: Target }
type Pattern = Place & { readonly pattern: RegExp }

const NONE: Match = { kind: 'none' }
const NOTHING_CAPTURED: readonly string[] = Object.freeze([])

export class RouteTable {
  readonly size: number
  /** literal request path → the answers of its methods; made once, so that the hot path allocates nothing */
  readonly #literal = new Map<string, { readonly POST: Match; readonly PUT: Match }>()
  readonly #literalPlaces = new Map<string, Place>()
  readonly #patterns: readonly Pattern[]

  constructor(routes: readonly PushRoute[] = []) {
    this.size = routes.length
    const patterns: Pattern[] = []
    for (const place of placesOf(routes)) {
      const { endpoint } = place
      if (endpoint.pattern) {
        patterns.push({ ...place, pattern: endpoint.pattern })
        continue
      }
      this.#literalPlaces.set(endpoint.path, place)
    }
    // Several may match one request: the more literal one answers, whatever the order of the files.
    this.#patterns = patterns.sort(
      (a, b) => compare(b.endpoint.specificity, a.endpoint.specificity) || compare(a.endpoint.shape, b.endpoint.shape),
    )
    for (const path of this.#literalPlaces.keys()) {
      this.#literal.set(path, { POST: this.#search('POST', path), PUT: this.#search('PUT', path) })
    }
  }

  /**
   * @param url the request's target: a path, with or without a query
   * @returns the target with the values of the path's parameters; or the methods that the path knows; or none
   */
  find(method: string, url: string): Match {
    const end = url.indexOf('?')
    const path = end < 0 ? url : url.slice(0, end)
    if (method === 'POST' || method === 'PUT') {
      const known = this.#literal.get(path)
      if (known) return known[method]
    }
    if (this.size === 0) return NONE
    const decoded = decodePath(path)
    return decoded === undefined ? NONE : this.#search(method, decoded)
  }

  #search(method: string, path: string): Match {
    const allow = new Set<string>()
    const literal = this.#literalPlaces.get(path)
    if (literal) {
      const target = targetOf(literal, method)
      if (target) return { kind: 'target', target, captured: NOTHING_CAPTURED }
      for (const m of methodsOf(literal)) allow.add(m)
    }
    for (const place of this.#patterns) {
      const found = place.pattern.exec(path)
      if (!found) continue
      const target = targetOf(place, method)
      if (target) return { kind: 'target', target, captured: found.slice(1) }
      for (const m of methodsOf(place)) allow.add(m)
    }
    return allow.size === 0 ? NONE : { kind: 'method', allow: [...allow].sort() }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function targetOf(place: Place, method: string): Target | undefined {
  return method === 'POST' || method === 'PUT' ? place[method] : undefined
}

function methodsOf(place: Place): PushMethod[] {
  return (['POST', 'PUT'] as const).filter(method => place[method] !== undefined)
}

/** The routes gathered by the shape of their path: `/in/{id}` and `/in/:device` are one place. */
function placesOf(routes: readonly PushRoute[]): Place[] {
  const byShape = new Map<string, { endpoint: Endpoint; POST: Bound[]; PUT: Bound[] }>()
  for (const route of routes) {
    const endpoint = parseEndpoint(route.path)
    if (typeof endpoint === 'string') throw new Error(`stream ${route.stream}: ${endpoint}`)
    let place = byShape.get(endpoint.shape)
    if (!place) byShape.set(endpoint.shape, (place = { endpoint, POST: [], PUT: [] }))
    place[route.method].push({ route, endpoint })
  }
  return Array.from(byShape.values(), ({ endpoint, POST, PUT }) => ({
    endpoint,
    ...(POST.length > 0 ? { POST: makeTarget(POST) } : {}),
    ...(PUT.length > 0 ? { PUT: makeTarget(PUT) } : {}),
  }))
}

interface Bound {
  readonly route: PushRoute
  readonly endpoint: Endpoint
}

function makeTarget(bound: readonly Bound[]): Target {
  const receivers = bound.map(({ route, endpoint }) => ({
    stream: route.stream,
    parameters: endpoint.parameters,
    check: route.check,
  }))
  const formats = [...new Set(bound.map(b => b.route.format.toLowerCase()))]
  return {
    receivers,
    decoders: formats.map(format => {
      const decode = formatDecoder(format)
      if (!decode) throw new Error(`format "${format}" has no decoder: the catalog should have refused it`)
      return { decode, receivers: receivers.filter((_, i) => bound[i]!.route.format.toLowerCase() === format) }
    }),
    maxBodyBytes: Math.min(...bound.map(b => b.route.maxBodyBytes)),
    needsMeta: bound.some(b => b.route.needsMeta),
    exactNumbers: bound.some(b => b.route.exactNumbers),
  }
}

/** Percent escapes resolved. An escaped slash would make other segments of the path: such a path is no one's. */
function decodePath(target: string): string | undefined {
  const path = target.startsWith('/') ? target : absolutePath(target)
  if (path === undefined || !path.includes('%')) return path
  if (/%2f/i.test(path)) return undefined
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** A client that believes us to be a proxy sends the whole URL (RFC 9112 3.2.2). */
function absolutePath(target: string): string | undefined {
  return /^https?:\/\//i.test(target) ? URL.parse(target)?.pathname : undefined
}
