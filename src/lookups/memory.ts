// Lookup table `memory`: what memory sinks publish on its topic in, the last row of each key out.

import type { StreamDefinition } from '../catalog/definition.ts'
import { RowError, UserError } from '../core/errors.ts'
import { FailureLog } from '../core/failure-log.ts'
import type { LookupQuery } from '../core/lookup-query.ts'
import type { RowChange } from '../core/row-change.ts'
import { patternProblem } from '../core/topic.ts'
import { getOwn, setOwn, type Value, type Values } from '../core/value.ts'
import { makeSchemaDecoder, type SchemaDecoder } from '../formats/schema.ts'
import { KeyedRows } from './keyed-rows.ts'
import type { LookupContext, LookupKind, LookupTable } from './lookup.ts'

export const memoryLookup: LookupKind = {
  type: 'memory',
  open: (definition, context) => new MemoryLookup(definition, context),
}

class MemoryLookup implements LookupTable {
  readonly #definition: StreamDefinition
  readonly #context: LookupContext
  readonly #rows: KeyedRows
  readonly #decode: SchemaDecoder | undefined
  readonly #refusals: FailureLog
  readonly #unsubscribe: () => void

  constructor(definition: StreamDefinition, context: LookupContext) {
    const { datasource = '', key } = definition.options
    const problem = patternProblem(datasource)
    if (problem !== undefined) {
      const what = `DATASOURCE "${datasource}" is no topic pattern: ${problem}.`
      const fix = '+ stands for one part, # at the end for all further ones: a/+/c, a/#.'
      throw new UserError({ code: 'DDL_OPTION', what, fix, location: definition.location })
    }
    this.#definition = definition
    this.#context = context
    this.#rows = new KeyedRows({ key })
    this.#decode = decoderOf(definition, context.zone)
    this.#refusals = new FailureLog(context.clock, (rows, why) => {
      context.log.warn({ table: definition.name, rows }, `rows for a lookup table are left out: ${why}`)
    })
    this.#unsubscribe = context.topics.subscribe(datasource, (rows, _meta, changes) => this.#take(rows, changes))
  }

  get size(): number {
    return this.#rows.size
  }

  /** A row that cannot be kept is the publisher's fault: it is told of, and the others are kept. */
  #take(rows: readonly Values[], changes: readonly RowChange[] | undefined): void {
    rows.forEach((row, i) => {
      try {
        this.#put(row, changes?.[i])
      } catch (error) {
        if (!(error instanceof RowError)) throw error
        this.#refusals.add(error.message)
      }
    })
  }

  #put(row: Values, change: RowChange | undefined): void {
    const { key = '' } = this.#definition.options
    if (change?.kind === 'delete') {
      const fitted = getOwn(this.#fit(withOwn({}, key, change.key)), key) ?? null
      this.#rows.put(row, { kind: 'delete', key: fitted })
    } else if (!this.#rows.put(this.#fit(row), change)) {
      this.#refusals.add(`no value for the key ${key}`)
    }
  }

  /** Declared types count before values are compared, or a whole FLOAT would never meet a BIGINT. */
  #fit(row: Values): Values {
    if (!this.#decode) return row
    const { key = '' } = this.#definition.options
    const fitted = this.#decode(row, this.#context.clock.now())
    const own = getOwn(row, key)
    // Rows are told apart by it, whether rules may read it or not.
    return own === undefined || getOwn(fitted, key) !== undefined ? fitted : withOwn(fitted, key, own)
  }

  find(query: LookupQuery): readonly Values[] {
    return this.#rows.find(query)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#refusals.flush()
  }
}

function decoderOf(definition: StreamDefinition, zone: string): SchemaDecoder | undefined {
  if (definition.fields.length === 0) return undefined
  // Strictness is for the rule that reads the answer: a deletion has but its key.
  return makeSchemaDecoder(definition.fields, { strict: false, zone })
}

function withOwn(row: Values, name: string, value: Value): Values {
  const copy = { ...row }
  setOwn(copy, name, value)
  return copy
}
