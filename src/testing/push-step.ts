// A step that pushes in, its rows in the journal out: decoded as the stream's format says, or through the real ingest.

import type { StreamDefinition } from '../catalog/definition.ts'
import { parseEndpoint } from '../core/endpoint.ts'
import { didYouMean, RowError, UserError } from '../core/errors.ts'
import type { Values } from '../core/value.ts'
import { DecodeError } from '../formats/decode-error.ts'
import { formatDecoder } from '../formats/format.ts'
import { handlePush } from '../ingest/deliver.ts'
import { type PushRoute, RouteTable } from '../ingest/routes.ts'
import type { Journal } from '../journal/journal.ts'
import { isLookupTable } from '../lookups/tables.ts'
import { declaresBigint, endpointOf } from '../runtime/endpoints.ts'
import type { CaseSetup } from './compile-case.ts'
import type { HttpPart, Step } from './test-case.ts'

export type PushOutcome =
  | { readonly kind: 'taken' }
  /** `data` or `raw` that cannot be decoded: the dialect calls that an error of the stream */
  | { readonly kind: 'undecodable'; readonly text: string }
  /** an HTTP answer other than the step expects */
  | { readonly kind: 'unexpected'; readonly text: string }

const TAKEN: PushOutcome = { kind: 'taken' }

export class StepPusher {
  readonly #setup: CaseSetup
  readonly #journal: Journal
  #table: RouteTable | undefined

  constructor(setup: CaseSetup, journal: Journal) {
    this.#setup = setup
    this.#journal = journal
  }

  /** @throws {UserError} TEST_FILE when the step cannot mean what it says */
  push(step: Step): PushOutcome {
    if (step.http) return this.#request(step, step.http)
    const stream = this.#stream(step)
    const decode = formatDecoder(stream.options.format)
    if (!decode) {
      const what = `FORMAT "${stream.options.format}" of stream "${stream.name}" is not built yet.`
      throw fault(step, 'stream', what, 'Push to a stream of FORMAT "json".')
    }
    const body = Buffer.from(step.body!)
    try {
      const rows = decode(body, { exactNumbers: declaresBigint(stream) })
      if (isLookupTable(stream)) return this.#feed(stream, rows, step.at)
      this.#journal.append(stream.name, { rows, time: step.at, meta: undefined, sizeBytes: body.length })
      return TAKEN
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return { kind: 'undecodable', text: error.detail }
    }
  }

  /** Of TYPE memory or not: in a test all of them hold what is pushed to them. */
  #feed(table: StreamDefinition, rows: readonly Values[], at: number): PushOutcome {
    try {
      this.#setup.tables?.push(table, rows, at)
      return TAKEN
    } catch (error) {
      if (!(error instanceof RowError)) throw error
      return { kind: 'undecodable', text: error.message }
    }
  }

  #request(step: Step, http: HttpPart): PushOutcome {
    const { method, url } = this.#target(step, http)
    this.#table ??= new RouteTable(this.#routes())
    const { headers } = http
    const answer = handlePush(this.#table, this.#journal, {
      ...{ method, url, headers, body: step.body!, time: step.at, remoteAddress: '127.0.0.1' },
    })
    const isExpected = step.status === undefined ? answer.status < 300 : answer.status === step.status
    if (isExpected) return TAKEN
    const wanted = step.status === undefined ? 'a 2xx' : String(step.status)
    const text = `${method} ${url}: expected ${wanted}, got ${answer.status} ${wordsOf(answer.body)}`
    return { kind: 'unexpected', text }
  }

  #target(step: Step, http: HttpPart): { method: string; url: string } {
    if (step.stream === undefined) return { method: http.method ?? 'POST', url: http.path! }
    const stream = this.#stream(step)
    if (stream.options.type !== 'httppush') {
      const what = `"${stream.name}" has TYPE "${stream.options.type}", which takes no requests.`
      throw fault(step, 'http', what, 'Write data: instead of http:.')
    }
    const path = String(stream.properties['endpoint'])
    const endpoint = parseEndpoint(path)
    if (typeof endpoint === 'string') {
      throw fault(step, 'stream', `Stream "${stream.name}" cannot be pushed to: ${endpoint}`, 'Mend its DATASOURCE.')
    }
    if (http.path === undefined && endpoint.parameters.length > 0) {
      throw fault(
        step,
        'http',
        `The path of stream "${stream.name}", ${path}, has parameters.`,
        'Write the whole path as http.path.',
      )
    }
    return { method: http.method ?? String(stream.properties['method']), url: http.path ?? path }
  }

  #stream(step: Step): StreamDefinition {
    const { streams } = this.#setup
    const stream = streams.get(step.stream!)
    if (stream) return stream
    const fix = didYouMean(step.stream!, streams.keys()) ?? `There are ${[...streams.keys()].join(', ')}.`
    throw fault(step, 'stream', `No stream or table is called "${step.stream}".`, fix)
  }

  /** As when this rule alone ran. */
  #routes(): PushRoute[] {
    const { prepared, rule, zone } = this.#setup
    const { sendMetaToSink, isEventTime, futureToleranceMs } = rule.options
    const reader = { prepared, sendsMeta: sendMetaToSink, isEventTime, futureToleranceMs }
    return prepared.streams
      .filter(({ options }) => options.type === 'httppush' && formatDecoder(options.format) !== undefined)
      .filter(({ properties }) => typeof parseEndpoint(String(properties['endpoint'])) !== 'string')
      .map(stream => endpointOf(stream, [reader], zone))
  }
}

function fault(step: Step, key: 'stream' | 'http', what: string, fix: string): UserError {
  return new UserError({ code: 'TEST_FILE', what, fix, location: step.locate(key) })
}

/** A problem document's own words, else the body as it is. */
function wordsOf(body: string): string {
  if (!body.startsWith('{')) return body
  const { title, detail } = JSON.parse(body) as { title?: string; detail?: string }
  return title === undefined ? body : `${title}: ${detail}`
}
