// A push stream and the rules that read it in, its endpoint out: what a device must send for the rules to be able to use it.

import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { eventTimeOf } from '../compiler/event-time.ts'
import { decodingOf, type PreparedSelect } from '../compiler/prepare.ts'
import { recordDecoder } from '../compiler/select.ts'
import type { FieldType } from '../core/schema.ts'
import type { Values } from '../core/value.ts'

/** An endpoint that devices may push to: a stream with at least one running rule. */
export interface Endpoint {
  readonly stream: string
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly format: string
  readonly maxBodyBytes: number
  /** a reader looks at meta() */
  readonly needsMeta: boolean
  /** the stream declares BIGINT columns, so `1.0` and `1` are to be told apart */
  readonly exactNumbers: boolean
  /**
   * Throws a RowError for a record that every reader would have to discard: it does not fit the schema, or has no
   * event time. So that no device hears 200 for it.
   */
  readonly check: ((values: Values, nowMs: number) => void) | undefined
}

/** A rule that reads the stream. */
export interface Reader {
  readonly prepared: PreparedSelect
  readonly sendsMeta: boolean
  readonly isEventTime: boolean
  /** 0: rows may come from any future */
  readonly futureToleranceMs: number
}

/** What of a running rule decides on the endpoints of the streams that it reads. */
export interface ReadingRule {
  readonly prepared: PreparedSelect
  readonly definition: Pick<RuleDefinition, 'options'>
}

interface Made {
  readonly stream: StreamDefinition
  readonly rules: readonly ReadingRule[]
  readonly endpoint: Endpoint
}

/** The endpoints of all streams while rules come and go, hundreds of them at one time of their schedules. */
export class Endpoints {
  readonly #zone: string
  #made: ReadonlyMap<string, Made> = new Map()

  /** @param zone IANA name of the zone that dates without one are in */
  constructor(zone: string) {
    this.#zone = zone
  }

  /** @returns one for each push stream that some rule reads: the same as before where neither has changed */
  of(streams: Iterable<StreamDefinition>, rules: Iterable<ReadingRule>): Endpoint[] {
    const readers = readersByStream(rules)
    const made = new Map<string, Made>()
    for (const stream of streams) {
      const rules = stream.options.type === 'httppush' ? readers.get(stream.name) : undefined
      if (!rules) continue
      const before = this.#made.get(stream.name)
      made.set(stream.name, before && isMadeOf(before, stream, rules) ? before : this.#make(stream, rules))
    }
    this.#made = made
    return Array.from(made.values(), ({ endpoint }) => endpoint)
  }

  #make(stream: StreamDefinition, rules: readonly ReadingRule[]): Made {
    const readers = rules.map(({ prepared, definition: { options } }): Reader => {
      const { sendMetaToSink, isEventTime, futureToleranceMs } = options
      return { prepared, sendsMeta: sendMetaToSink, isEventTime, futureToleranceMs }
    })
    return { stream, rules, endpoint: endpointOf(stream, readers, this.#zone) }
  }
}

function isMadeOf(before: Made, stream: StreamDefinition, rules: readonly ReadingRule[]): boolean {
  const isSame = before.stream === stream && before.rules.length === rules.length
  return isSame && rules.every((rule, i) => rule === before.rules[i])
}

function readersByStream(rules: Iterable<ReadingRule>): ReadonlyMap<string, ReadingRule[]> {
  const readers = new Map<string, ReadingRule[]>()
  for (const rule of rules) {
    for (const name of new Set(rule.prepared.streams.map(stream => stream.name))) {
      const known = readers.get(name)
      if (known) known.push(rule)
      else readers.set(name, [rule])
    }
  }
  return readers
}

export function endpointOf(stream: StreamDefinition, readers: readonly Reader[], zone: string): Endpoint {
  const { properties } = stream
  return {
    stream: stream.name,
    method: properties['method'] as 'POST' | 'PUT',
    path: properties['endpoint'] as string,
    format: stream.options.format,
    maxBodyBytes: properties['maxBodyBytes'] as number,
    needsMeta: readers.some(reader => reader.prepared.analyzed.usesMeta || reader.sendsMeta),
    exactNumbers: declaresBigint(stream),
    check: recordCheck(stream, readers, zone),
  }
}

/** Only columns that a rule reads are looked at: a wrong type elsewhere hurts nobody (spec/http-push.md 9, 13). */
function recordCheck(stream: StreamDefinition, readers: readonly Reader[], zone: string): Endpoint['check'] {
  const source = decodingOf(stream)
  const checks = [
    recordDecoder(source, columnsRead(stream, readers), zone),
    readers.some(reader => reader.isEventTime)
      ? eventTimeOf(source, zone, futureTolerance(stream, readers))
      : undefined,
  ].filter(check => check !== undefined)
  if (checks.length === 0) return undefined
  return (values, nowMs) => {
    for (const check of checks) check(values, nowMs)
  }
}

/** What is too far in the future for one rule is good for another: the most that any allows counts; 0: there is one that allows all. */
function futureTolerance(stream: StreamDefinition, readers: readonly Reader[]): number {
  if (stream.kind === 'table') return 0
  const allowed = readers.map(reader => (reader.isEventTime ? reader.futureToleranceMs : 0))
  return allowed.includes(0) ? 0 : Math.max(...allowed)
}

/** Columns of the stream that some rule reads; undefined: all. */
function columnsRead(stream: StreamDefinition, readers: readonly Reader[]): ReadonlySet<string> | undefined {
  const all = new Set<string>()
  for (const { prepared } of readers) {
    for (const source of prepared.analyzed.sources) {
      if (source.name !== stream.name) continue
      const columns = prepared.analyzed.columns[source.index]
      if (!columns) return undefined
      for (const column of columns) all.add(column)
    }
  }
  return all
}

/** Some column, or part of one, is a BIGINT. */
export function declaresBigint(stream: StreamDefinition): boolean {
  return stream.fields.some(field => holdsBigint(field.type))
}

function holdsBigint(type: FieldType): boolean {
  switch (type.kind) {
    case 'array':
      return holdsBigint(type.item)
    case 'struct':
      return type.fields.some(field => holdsBigint(field.type))
    default:
      return type.kind === 'bigint'
  }
}
