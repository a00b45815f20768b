// Which streams and tables a statement reads, and which of them a column name means (spec/sql.md 4.2).

import { didYouMean, type ErrorCode, UserError } from '../core/errors.ts'
import type { SourceText, Span } from '../core/location.ts'
import type { Field, FieldType } from '../core/schema.ts'
import { lookup } from '../functions/registry.ts'
import type { SelectStatement, SourceReference } from './ast.ts'
import type { BoundColumn, BoundSource } from './bound.ts'

/** What the analyzer needs to know of a stream or table. */
export interface SourceInfo {
  readonly kind: 'stream' | 'table'
  /** a lookup table; default: it is none */
  readonly isLookup?: boolean
  /** declared columns; empty: schemaless */
  readonly fields: readonly Field[]
  /** the column of TIMESTAMP; undefined: it is not set, so rules on event time may not read it */
  readonly timestamp: string | undefined
}

export interface SourceResolver {
  find(name: string): SourceInfo | undefined
  names(): Iterable<string>
}

/** Builds UserErrors that point into one statement. */
export class Fault {
  readonly #source: SourceText

  constructor(source: SourceText) {
    this.#source = source
  }

  error(code: ErrorCode, span: Span, what: string, parts: { why?: string | undefined; fix?: string | undefined } = {}) {
    return new UserError({
      code,
      what,
      location: this.#source.locate(span),
      ...(parts.why === undefined ? {} : { why: parts.why }),
      ...(parts.fix === undefined ? {} : { fix: parts.fix }),
    })
  }
}

export class Scope {
  readonly sources: readonly BoundSource[]
  readonly #fault: Fault
  readonly #byName = new Map<string, BoundSource>()
  /** columns read, by source; undefined once all of them are */
  readonly #read: (Set<string> | undefined)[]

  constructor(statement: SelectStatement, resolver: SourceResolver, fault: Fault) {
    this.#fault = fault
    const references = [statement.from, ...statement.joins.map(join => join.source)]
    this.sources = references.map((reference, index) => this.#bind(reference, index, resolver))
    this.#read = this.sources.map(() => new Set<string>())
  }

  #bind(reference: SourceReference, index: number, resolver: SourceResolver): BoundSource {
    const info = resolver.find(reference.name)
    if (!info) {
      throw this.#fault.error(
        'SQL_UNKNOWN_SOURCE',
        reference.span,
        `No stream or table is called "${reference.name}".`,
        {
          fix: didYouMean(reference.name, resolver.names()) ?? 'Define it in streams/*.sql with CREATE STREAM.',
        },
      )
    }
    const bound: BoundSource = {
      index,
      name: reference.name,
      alias: reference.alias,
      kind: info.kind,
      isLookup: info.isLookup ?? false,
      columns: info.fields.length > 0 ? new Map(info.fields.map(f => [f.name, f.type])) : undefined,
      span: reference.span,
    }
    // An aliased source still answers to its own name.
    for (const name of new Set([reference.alias ?? reference.name, reference.name])) {
      const taken = this.#byName.get(name)
      if (taken) {
        throw this.#fault.error('SQL_JOIN', reference.span, `"${name}" stands twice in FROM and JOIN.`, {
          ...(taken.name === bound.name
            ? { why: 'A stream cannot be joined with itself.', fix: 'Join it with another stream or a table.' }
            : { fix: 'Give the source another alias.' }),
        })
      }
      this.#byName.set(name, bound)
    }
    return bound
  }

  source(name: string): BoundSource | undefined {
    return this.#byName.get(name)
  }

  /** The columns read from each source so far; undefined: all. */
  columnsRead(): readonly (ReadonlySet<string> | undefined)[] {
    return this.#read
  }

  readAll(source: number | undefined): void {
    for (const s of this.sources) if (source === undefined || source === s.index) this.#read[s.index] = undefined
  }

  /** `s.a`, where `s` is known to be a source. */
  qualified(source: BoundSource, name: string, span: Span): BoundColumn {
    const type = source.columns?.get(name)
    if (source.columns && !type) throw this.#unknown(name, span, [source])
    return this.#column(source.index, name, type, span)
  }

  /**
   * A bare name: looked for in all sources from left to right.
   * @param beforeDot it stands as in `s.a`, so that a source may have been meant
   */
  unqualified(name: string, span: Span, beforeDot = false): BoundColumn {
    const declared = this.sources.filter(s => s.columns?.has(name))
    if (declared.length > 1) {
      const places = declared.map(s => `${s.alias ?? s.name}.${name}`)
      throw this.#fault.error('SQL_AMBIGUOUS_COLUMN', span, `Column "${name}" exists in more than one source.`, {
        fix: `Write ${places.join(' or ')}.`,
      })
    }
    const [only] = declared
    if (only) return this.#column(only.index, name, only.columns?.get(name), span)
    const open = this.sources.filter(s => !s.columns)
    if (open.length === 0) throw this.#unknown(name, span, this.sources, beforeDot)
    if (open.length === 1) return this.#column(open[0]!.index, name, undefined, span)
    for (const s of open) this.#read[s.index]?.add(name)
    return { kind: 'column', source: undefined, name, type: undefined, span }
  }

  /** The warning that an EXCEPT leaves nothing out, where all columns are known. */
  idleExcept(source: BoundSource | undefined, name: string, span: Span): UserError | undefined {
    const sources = source ? [source] : this.sources
    if (sources.some(s => !s.columns || s.columns.has(name))) return undefined
    return this.#unknown(name, span, sources)
  }

  #column(source: number, name: string, type: FieldType | undefined, span: Span): BoundColumn {
    this.#read[source]?.add(name)
    return { kind: 'column', source, name, type, span }
  }

  #unknown(name: string, span: Span, sources: readonly BoundSource[], beforeDot = false): UserError {
    const known = sources.flatMap(s => [...(s.columns?.keys() ?? [])])
    const where = sources.map(s => `${s.kind} "${s.name}"`).join(' and ')
    const shown = known.length > 20 ? [...known.slice(0, 20), '…'] : known
    const what = `${where} ${sources.length === 1 ? 'has' : 'have'} no column "${name}".`
    const meant = beforeDot ? [...this.#byName.keys(), ...known] : known
    return this.#fault.error('SQL_UNKNOWN_COLUMN', span, what[0]!.toUpperCase() + what.slice(1), {
      why: `${sources.length === 1 ? 'Its' : 'Their'} columns are ${shown.join(', ')}.`,
      fix: notAColumn(name) ?? didYouMean(name, meant),
    })
  }
}

/** What a name that is no column is instead. */
function notAColumn(name: string): string | undefined {
  if (name.toUpperCase() === 'NULL') return 'There is no literal for null: test with isnull(x).'
  const definition = lookup(name)
  return definition && `${definition.name} is a function: write ${definition.name}(…).`
}
