// Questions in, rows of a database server out: few at a time, once more on a new connection where the old one broke.

import type { StreamDefinition } from '../catalog/definition.ts'
import { doneWithin } from '../core/clock.ts'
import { RowError } from '../core/errors.ts'
import type { LookupQuery } from '../core/lookup-query.ts'
import type { Value, Values } from '../core/value.ts'
import { failureText } from './failure-text.ts'
import { Gate } from './gate.ts'
import type { LookupContext, LookupTable } from './lookup.ts'
import { OutageLog } from './outage-log.ts'
import { type Dialect, MOST_ROWS, type SqlStatement, statementFor } from './sql-statement.ts'
import type { ServerAddress } from './sql-url.ts'

export interface ServerSettings {
  readonly address: ServerAddress
  readonly zone: string
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  readonly queryTimeoutMs: number
}

/** A server's client, with connections of its own. Opening one connects to nothing. */
export interface SqlServer {
  readonly dialect: Dialect
  /** @throws {LostConnection} a connection that was open broke, so that another one may do */
  ask(statement: SqlStatement, values: readonly Exclude<Value, null>[]): Promise<readonly Values[]>
  /** Questions under way may go without an answer. */
  close(): Promise<void>
}

export class LostConnection extends Error {}

/** The server was reached, and will not have this question. */
export class RefusedQuestion extends Error {}

/** A good-bye takes a round trip; connections that have none yet would take as long as they may. */
const LONGEST_CLOSE_MS = 200

export class ServerTable implements LookupTable {
  readonly #definition: StreamDefinition
  readonly #context: LookupContext
  readonly #settings: ServerSettings
  readonly #connect: (settings: ServerSettings) => Promise<SqlServer>
  readonly #gate: Gate
  readonly #outages: OutageLog
  readonly #statements = new Map<string, SqlStatement>()
  #server: Promise<SqlServer> | undefined
  #isClosed = false

  constructor(
    definition: StreamDefinition,
    context: LookupContext,
    settings: ServerSettings,
    connect: (settings: ServerSettings) => Promise<SqlServer>,
  ) {
    this.#definition = definition
    this.#context = context
    this.#settings = settings
    this.#connect = connect
    const { maxConnections, connectTimeoutMs, queryTimeoutMs } = settings
    this.#gate = new Gate(context.clock, maxConnections, connectTimeoutMs + queryTimeoutMs)
    this.#outages = new OutageLog(context.log, context.clock, definition.name)
  }

  async find({ columns, values }: LookupQuery): Promise<readonly Values[]> {
    // No text of a database holds half a character, and a client would send another one in its place.
    if (values.some(value => typeof value === 'string' && !value.isWellFormed())) return []
    if (this.#isClosed) throw this.#closed()
    this.#server ??= this.#connect(this.#settings)
    const server = await this.#server
    const statement = this.#statement(columns, server.dialect)
    const bound = statement.parameters.map(column => values[columns.indexOf(column)]!)
    const rows = await this.#gate.pass(() => this.#ask(server, statement, bound))
    if (rows.length > MOST_ROWS) throw new RowError(`more than ${MOST_ROWS} rows of ${this.#definition.name} fit`)
    return rows
  }

  #statement(columns: readonly string[], dialect: Dialect): SqlStatement {
    const key = JSON.stringify(columns)
    const known = this.#statements.get(key)
    if (known) return known
    const statement = statementFor(this.#definition, columns, dialect)
    this.#statements.set(key, statement)
    return statement
  }

  async #ask(server: SqlServer, statement: SqlStatement, values: readonly Exclude<Value, null>[]) {
    // After a restart of the server every open connection is dead, and only asking shows it.
    for (let broken = 0; ; broken++) {
      if (this.#isClosed) throw this.#closed()
      try {
        const rows = await server.ask(statement, values)
        this.#outages.answered()
        return rows
      } catch (error) {
        if (error instanceof LostConnection && broken < this.#settings.maxConnections) continue
        throw this.#isClosed ? this.#closed() : this.#failure(error)
      }
    }
  }

  #failure(error: unknown): RowError {
    const cause = error instanceof LostConnection || error instanceof RefusedQuestion ? error.cause : error
    const text = failureText(cause, this.#settings.address.secrets)
    if (error instanceof RefusedQuestion) this.#outages.answered()
    else this.#outages.failed(text)
    return new RowError(`the lookup table ${this.#definition.name} cannot be asked: ${text}`)
  }

  #closed(): RowError {
    return new RowError(`the lookup table ${this.#definition.name} is closed`)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const server = await this.#server?.catch(() => undefined)
    this.#outages.end()
    if (!server) return
    const closed = server.close().catch(() => {})
    // A server that is gone does not say good-bye; its connections end with the process.
    await doneWithin(this.#context.clock, LONGEST_CLOSE_MS, closed)
  }
}
