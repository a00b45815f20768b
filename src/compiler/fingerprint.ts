// A prepared rule in, the parts of its pipeline that have a state out, each with what decides whether the state of another
// version of the rule fits it (spec/windows-and-time.md 13). Plain data.

import type { RuleOptions, StreamDefinition } from '../catalog/definition.ts'
import type { Field } from '../core/schema.ts'
import type { AnalyticCall, BoundExpression, OutputItem } from '../sql/bound.ts'
import { some } from '../sql/bound-walk.ts'
import { canonical } from '../sql/canonical.ts'
import { type PlanOptions, type PlanStep, planSelect } from './plan.ts'
import type { PreparedSelect } from './prepare.ts'

export const PART_KINDS = ['table', 'watermark', 'analytic', 'window', 'lookup', 'hits', 'changed_cols'] as const
export type PartKind = (typeof PART_KINDS)[number]

export interface StatePart {
  /** where its state is in a PipelineState */
  readonly key: string
  readonly kind: PartKind
  /** of the function or table; '' where there is only one of the kind */
  readonly name: string
  /** for people: `window`, `lag(t)` */
  readonly title: string
  /** what decides, under the name that people know it by; in the order in which changes are told */
  readonly aspects: Readonly<Record<string, string>>
  /** of a part that keeps rows: what each of them has */
  readonly rows?: RowShape
}

/** What later steps find in rows that are kept. */
export interface RowShape {
  /** by stream or table of the rule: columns that are decoded with their types; null: the rows are as they came */
  readonly columns: readonly (Readonly<Record<string, string>> | null)[]
  /** every column is read by `*`: another set of columns is another result */
  readonly isWhole: readonly boolean[]
  readonly hasMeta: boolean
  /** what stands in `slots`: results that were computed once a row */
  readonly slots: readonly Slot[]
}

export interface Slot {
  /** made before rows are kept · made where it is first asked for · made anew by each emission */
  readonly made: 'before' | 'once' | 'anew'
  readonly text: string
}

export interface FingerprintOptions extends PlanOptions, Pick<RuleOptions, 'sendMetaToSink'> {
  /** IANA name of the zone that windows are aligned to and dates without one are in */
  readonly zone: string
}

/** In the order in which a row passes them; scan tables also where their rows are kept outside of the rule. None: it keeps nothing. */
export function statePartsOf(prepared: PreparedSelect, options: FingerprintOptions): readonly StatePart[] {
  return new Fingerprinter(prepared, options).parts()
}

/** Properties of a stream that decide how much is let in at a time, not what. */
const OF_NO_MEANING: ReadonlySet<string> = new Set(['bufferLength', 'bufferBytes', 'maxBodyBytes', 'method'])

class Fingerprinter {
  readonly #prepared: PreparedSelect
  readonly #options: FingerprintOptions
  readonly #steps: readonly PlanStep[]

  constructor(prepared: PreparedSelect, options: FingerprintOptions) {
    this.#prepared = prepared
    this.#options = options
    this.#steps = planSelect(prepared.analyzed, options)
  }

  parts(): StatePart[] {
    const { sources, items } = this.#prepared.analyzed
    const tables = sources.filter(({ index }) => isScanTable(this.#prepared.streams[index]!))
    return [
      ...tables.map(({ index }) => this.#table(index)),
      ...this.#steps.flatMap(step => this.#step(step)),
      ...this.#hits(),
      ...items.filter(item => item.kind === 'changes').map((item, i) => this.#changes(item, i)),
    ]
  }

  #step(step: PlanStep): StatePart[] {
    switch (step.kind) {
      case 'watermark':
        return [this.#watermark()]
      case 'analytic':
        return step.calls.map((call, i) => this.#analytic(call, i))
      case 'window':
        return [this.#window(step)]
      case 'lookup':
        return [this.#lookup(step)]
      default:
        return []
    }
  }

  /** Which rows come: those of one source, or of all streams. Tables are only there, so that sources keep their numbers. */
  #sources(only?: number): Record<string, string> {
    const { isEventTime, zone } = this.#options
    const { streams } = this.#prepared
    return {
      streams: canonical(streams.map(stream => [stream.kind, stream.name])),
      clock: canonical([isEventTime, zone]),
      source: canonical(streams.filter(this.#isAmong(only)).map(stream => identityOf(stream, isEventTime))),
    }
  }

  #isAmong(only: number | undefined): (stream: StreamDefinition, i: number) => boolean {
    return ({ kind }, i) => (only === undefined ? kind === 'stream' : i === only)
  }

  #rows(only?: number, withSlots = false): RowShape {
    const { analyzed, streams } = this.#prepared
    const isAmong = this.#isAmong(only)
    const kept = streams.map((stream, i) => (isAmong(stream, i) ? stream : undefined))
    return {
      columns: kept.map((stream, i) => (stream ? columnsOf(stream, analyzed.columns[i]) : {})),
      isWhole: kept.map((stream, i) => stream !== undefined && analyzed.columns[i] === undefined),
      hasMeta: analyzed.usesMeta || this.#options.sendMetaToSink,
      slots: withSlots ? this.#slots() : [],
    }
  }

  #slots(): Slot[] {
    const { analytics, aliases, rowNumbers } = this.#prepared.analyzed
    const slots: Slot[] = []
    for (const call of analytics) slots[call.slot] = { made: 'before', text: canonical(call) }
    for (const { slot } of rowNumbers) slots[slot] = { made: 'anew', text: '' }
    for (const alias of aliases) {
      if (alias.slot >= 0) slots[alias.slot] = { made: 'once', text: canonical(alias.expression) }
    }
    return slots
  }

  #watermark(): StatePart {
    const part = { key: 'watermark', kind: 'watermark', name: '', title: 'watermark' } as const
    return { ...part, aspects: this.#sources(), rows: this.#rows() }
  }

  #window(step: Extract<PlanStep, { kind: 'window' }>): StatePart {
    const { window, keeps, where } = step
    const { kind, ...shape } = window.shape
    const conditions = (name: 'filter' | 'windowfilter') => {
      const filter = this.#steps.find(other => other.kind === name)
      return filter?.kind === name ? filter.conditions : undefined
    }
    const { aggregates, groupBy } = this.#prepared.analyzed
    return {
      ...{ key: 'window', kind: 'window', name: '', title: 'window' },
      aspects: {
        ...this.#sources(),
        kind,
        [kind === 'state' ? 'conditions' : 'length']: canonical(shape),
        'OVER (WHEN …)': canonical(window.when),
        'PARTITION BY': canonical(window.partitionBy),
        FILTER: canonical(conditions('windowfilter')),
        WHERE: canonical([conditions('filter'), where]),
        ...(keeps.kind === 'rows' ? {} : { 'GROUP BY': canonical(groupBy), aggregates: canonical(aggregates) }),
        contents: canonical(keeps.kind === 'rows' ? keeps.kind : keeps),
      },
      rows: this.#rows(undefined, true),
    }
  }

  /** Rows that wait for the answers of a lookup table. */
  #lookup({ join }: Extract<PlanStep, { kind: 'lookup' }>): StatePart {
    const { name } = this.#prepared.streams[join.source]!
    const part = { key: `lookup:${join.source}`, kind: 'lookup', name, title: `lookup in ${name}` } as const
    return { ...part, aspects: { ...this.#sources(), join: canonical(join) }, rows: this.#rows(undefined, true) }
  }

  #analytic(call: AnalyticCall, i: number): StatePart {
    const { definition, partitionBy, when, source, text } = call
    return {
      ...{ key: `analytic:${i}`, kind: 'analytic', name: definition.name, title: text },
      aspects: {
        ...this.#sources(source),
        arguments: canonical(call.arguments),
        'PARTITION BY': canonical(partitionBy),
        'OVER (WHEN …)': canonical(when),
        schema: this.#fieldsRead([...call.arguments, ...partitionBy, ...(when ? [when] : [])]),
      },
    }
  }

  /** The declarations of the columns that expressions read: a default counts as what a row says. */
  #fieldsRead(expressions: readonly BoundExpression[]): string {
    const { streams } = this.#prepared
    const fields = new Set<string>()
    const take = (source: number | undefined, name?: string) => {
      for (const [i, stream] of streams.entries()) {
        if (source !== undefined && source !== i) continue
        for (const field of stream.fields) {
          if (name === undefined || field.name === name) fields.add(`${i} ${fieldText(field)}`)
        }
      }
    }
    for (const e of expressions) {
      some(e, x => {
        if (x.kind === 'column') take(x.source, x.name)
        if (x.kind === 'wildcard') take(x.source)
        return false
      })
    }
    return canonical([...fields].sort())
  }

  #table(index: number): StatePart {
    const { name } = this.#prepared.streams[index]!
    const part = { key: `table:${index}`, kind: 'table', name, title: `table ${name}` } as const
    return { ...part, aspects: this.#sources(index), rows: this.#rows(index) }
  }

  /** last_hit_count() and its like; they count what is sent on, so all that decides on that decides on them. */
  #hits(): StatePart[] {
    const { items, where, having, groupBy, orderBy, window, limit, joins, analytics, aliases } = this.#prepared.analyzed
    const everything = [items, where, having, groupBy, orderBy, window, joins, analytics, aliases]
    if (!canonical(everything).includes('intrinsic last_')) return []
    const part = { key: 'hits', kind: 'hits', name: '', title: 'hit counters' } as const
    const conditions = canonical([this.#steps.map(withoutTolerance), having, groupBy, limit])
    return [{ ...part, aspects: { ...this.#sources(), conditions } }]
  }

  #changes(item: Extract<OutputItem, { kind: 'changes' }>, i: number): StatePart {
    const { columns, prefix, ignoreNull } = item
    return {
      ...{ key: `changed_cols:${i}`, kind: 'changed_cols', name: '', title: 'changed_cols()' },
      aspects: {
        ...this.#sources(),
        arguments: canonical([prefix, ignoreNull, columns]),
        schema: this.#fieldsRead(columns.map(column => column.expression)),
      },
    }
  }
}

function withoutTolerance(step: PlanStep): unknown {
  return step.kind === 'watermark' ? step.kind : step
}

function isScanTable({ kind, options }: StreamDefinition): boolean {
  return kind === 'table' && options.kind !== 'lookup'
}

/** Where the rows come from, and how bytes become records. */
function identityOf(stream: StreamDefinition, isEventTime: boolean): unknown {
  const { options, properties } = stream
  const { type, datasource, format, delimiter, schemaId, strictValidation, timestamp, timestampFormat } = options
  const told = Object.entries(properties).filter(([name]) => !OF_NO_MEANING.has(name))
  return {
    ...{ type, datasource, format, delimiter, schemaId, strictValidation, timestampFormat },
    timestamp: isEventTime ? timestamp : undefined,
    properties: Object.fromEntries(told),
  }
}

/** @param read undefined: all */
function columnsOf(stream: StreamDefinition, read: ReadonlySet<string> | undefined): Record<string, string> | null {
  if (stream.fields.length === 0) return null
  const fields = stream.fields.filter(field => !read || read.has(field.name))
  return Object.fromEntries(fields.map(field => [field.name, fieldText(field)]))
}

function fieldText(field: Field): string {
  return canonical(field)
}
