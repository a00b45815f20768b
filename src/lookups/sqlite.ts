// An SQLite file: questions in, rows out at once. It is opened read-only, and again when another file takes its place.

import { statSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { StreamDefinition } from '../catalog/definition.ts'
import { RowError } from '../core/errors.ts'
import { parseJsonOrText } from '../core/json.ts'
import type { LookupQuery } from '../core/lookup-query.ts'
import { setOwn, type Value, type Values } from '../core/value.ts'
import { instantOf, textOfValue, wallText } from './foreign-value.ts'
import type { LookupContext, LookupTable } from './lookup.ts'
import { OutageLog } from './outage-log.ts'
import { BACKTICKS, MOST_ROWS, statementFor } from './sql-statement.ts'

/** How often it is looked whether the file is still the one that is open. */
const LOOK_AGAIN_MS = 1000

interface Prepared {
  readonly statement: StatementSync
  readonly parameters: readonly string[]
}

type Cell = null | bigint | number | string | Uint8Array

export class SqliteTable implements LookupTable {
  readonly #definition: StreamDefinition
  readonly #context: LookupContext
  readonly #path: string
  readonly #outages: OutageLog
  readonly #prepared = new Map<string, Prepared>()
  #database: DatabaseSync | undefined
  #file = ''
  #lookAgainAt = 0
  #isClosed = false

  constructor(definition: StreamDefinition, context: LookupContext, path: string) {
    this.#definition = definition
    this.#context = context
    this.#path = path
    this.#outages = new OutageLog(context.log, context.clock, definition.name)
  }

  find({ columns, values }: LookupQuery): readonly Values[] {
    if (this.#isClosed) throw new RowError(`the lookup table ${this.#definition.name} is closed`)
    if (values.some(value => typeof value === 'string' && !value.isWellFormed())) return []
    try {
      const rows = this.#ask(columns, values)
      this.#outages.answered()
      return rows
    } catch (error) {
      if (error instanceof RowError) throw error
      const text = (error as Error).message
      this.#outages.failed(text)
      throw new RowError(`the lookup table ${this.#definition.name} cannot be asked: ${text}`)
    }
  }

  #ask(columns: readonly string[], values: LookupQuery['values']): readonly Values[] {
    const { statement, parameters } = this.#prepare(columns)
    const bound = parameters.map(column => this.#parameter(values[columns.indexOf(column)]!))
    const found = statement.all(...bound) as unknown as readonly (readonly Cell[])[]
    if (found.length > MOST_ROWS) throw new RowError(`more than ${MOST_ROWS} rows of ${this.#definition.name} fit`)
    // After the question: where a table was made anew since the last one, SQLite has just read its columns again.
    const cells = statement.columns().map(({ name, type }) => ({ name, type: (type ?? '').toUpperCase() }))
    return found.map(row => {
      const out: Record<string, Value> = {}
      cells.forEach(({ name, type }, i) => setOwn(out, name, this.#value(row[i]!, type)))
      return out
    })
  }

  #prepare(columns: readonly string[]): Prepared {
    const database = this.#open()
    const key = JSON.stringify(columns)
    const known = this.#prepared.get(key)
    if (known) return known
    const { text, parameters } = statementFor(this.#definition, columns, BACKTICKS)
    const statement = database.prepare(text)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    const prepared = { statement, parameters }
    this.#prepared.set(key, prepared)
    return prepared
  }

  #open(): DatabaseSync {
    const now = this.#context.clock.now()
    if (this.#database && now < this.#lookAgainAt) return this.#database
    const { dev, ino } = statSync(this.#path)
    const file = `${dev}:${ino}`
    this.#lookAgainAt = now + LOOK_AGAIN_MS
    if (this.#database && file === this.#file) return this.#database
    this.#shut()
    // Whoever writes holds the file for moments; waiting for that would hold up everything else here.
    this.#database = new DatabaseSync(this.#path, { readOnly: true, timeout: 0 })
    this.#file = file
    return this.#database
  }

  #parameter(value: Exclude<Value, null>): SQLInputValue {
    switch (typeof value) {
      case 'bigint':
      case 'number':
        return value
      case 'boolean':
        return value ? 1n : 0n
      default:
        if (value instanceof Uint8Array) return value
        return value instanceof Temporal.ZonedDateTime ? wallText(value, this.#context.zone, false) : textOfValue(value)
    }
  }

  /** By what the cell holds, and where a column says more of its texts and integers, by that. */
  #value(cell: Cell, type: string): Value {
    if (cell === null || typeof cell === 'number') return cell
    if (cell instanceof Uint8Array) return new Uint8Array(cell)
    if (typeof cell === 'bigint') {
      if (type.startsWith('BOOL')) return cell !== 0n
      return /REAL|FLOA|DOUB|DECIMAL|NUMERIC/.test(type) && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell
    }
    if (/^(?:DATE|DATETIME|TIMESTAMP)\b/.test(type)) return instantOf(cell, this.#context.zone)
    return type.startsWith('JSON') ? parseJsonOrText(cell) : cell
  }

  #shut(): void {
    this.#prepared.clear()
    this.#database?.close()
    this.#database = undefined
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#shut()
    this.#outages.end()
  }
}
