// A PostgreSQL server: questions in, rows with our kinds of values out. The only file that imports pg, when a table asks.

import type { Pool, PoolClient, QueryArrayResult } from 'pg'
import { parseJsonOrText, writeJson } from '../core/json.ts'
import { integerOfDigits } from '../core/text.ts'
import { setOwn, type Value, type Values } from '../core/value.ts'
import { instantOf, realOf, wallText } from './foreign-value.ts'
import { LostConnection, RefusedQuestion, type ServerSettings, type SqlServer } from './server-table.ts'
import { POSTGRES, type SqlStatement } from './sql-statement.ts'

const IDLE_MS = 60_000

/**
 * A value that the column's type cannot hold, so that no row has it: a text that is no number or no date, a number too
 * large, a text with NUL.
 */
const NO_VALUE_OF_THE_COLUMN = ['22P02', '22003', '22007', '22008', '22021', '22P05']
/** class 08 and the ends of a server: the connection is gone */
const GONE = /^(?:08|57P0[123])/

export async function openPostgres(settings: ServerSettings): Promise<SqlServer> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: settings.address.url.href.replace(/^[a-z0-9]+:/, 'postgres:'),
    max: settings.maxConnections,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    query_timeout: settings.queryTimeoutMs,
    // The server should not go on with what nobody waits for.
    statement_timeout: settings.queryTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
    keepAlive: true,
    application_name: 'sluice',
  })
  // A connection that breaks while nobody uses it: the pool forgets it, the next question makes another.
  pool.on('error', () => {})
  return new PostgresServer(pool, settings.zone, pg.types.getTypeParser)
}

type ArrayReader = (oid: number, format: 'text') => (text: string) => unknown

class PostgresServer implements SqlServer {
  readonly dialect = POSTGRES
  readonly #pool: Pool
  readonly #zone: string
  readonly #arrayReader: ArrayReader
  readonly #busy = new Set<PoolClient>()

  constructor(pool: Pool, zone: string, arrayReader: ArrayReader) {
    this.#pool = pool
    this.#zone = zone
    this.#arrayReader = arrayReader
  }

  async ask(statement: SqlStatement, values: readonly Exclude<Value, null>[]): Promise<readonly Values[]> {
    const client = await this.#pool.connect()
    this.#busy.add(client)
    try {
      const result = await client.query<(string | null)[]>({
        text: statement.text,
        values: values.map(value => this.#parameter(value)),
        rowMode: 'array',
        types: { getTypeParser: () => (text: string) => text },
      })
      this.#release(client, false)
      return this.#rows(result)
    } catch (error) {
      return this.#failed(error, client, statement)
    }
  }

  #failed(error: unknown, client: PoolClient, statement: SqlStatement): readonly Values[] {
    const { code } = error as { code?: string }
    // A code of five signs comes from the server; what has none, or is an ECONNRESET, happened on the way.
    const isAnswer = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !GONE.test(code)
    this.#release(client, !isAnswer)
    if (isAnswer && statement.probe !== undefined && NO_VALUE_OF_THE_COLUMN.includes(code)) return []
    if (isAnswer) throw new RefusedQuestion('', { cause: error })
    if ((error as Error).message === 'Query read timeout') throw error
    throw new LostConnection('', { cause: error })
  }

  #rows({ fields, rows }: QueryArrayResult<(string | null)[]>): readonly Values[] {
    const readers = fields.map(({ dataTypeID }) => this.#reader(dataTypeID))
    return rows.map(cells => {
      const row: Record<string, Value> = {}
      fields.forEach(({ name }, i) => {
        const cell = cells[i]!
        setOwn(row, name, cell === null ? null : readers[i]!(cell))
      })
      return row
    })
  }

  /** By the number of the type in pg_type. */
  #reader(type: number): (text: string) => Value {
    const item = ARRAYS[type]
    if (item !== undefined) {
      const read = this.#reader(item)
      // pg's reader of text arrays: it knows the quoting, and leaves the items as they are.
      const parse = this.#arrayReader(TEXT_ARRAY, 'text')
      return text => items(parse(text) as Nested, read)
    }
    switch (type) {
      case 16:
        return text => text === 't'
      case 20:
      case 21:
      case 23:
      case 26:
        return integerOfDigits
      case 700:
      case 701:
      case 1700:
        return realOf
      case 17:
        return text => new Uint8Array(Buffer.from(text.slice(2), 'hex'))
      case 114:
      case 3802:
        return parseJsonOrText
      case 1082:
      case 1114:
      case 1184:
        return text => instantOf(text, this.#zone)
      default:
        return text => text
    }
  }

  /** As text, whose type the server takes from the column that it is compared with. */
  #parameter(value: Exclude<Value, null>): string | Buffer {
    if (typeof value !== 'object') return String(value)
    if (value instanceof Uint8Array) return Buffer.from(value)
    if (value instanceof Temporal.ZonedDateTime) return wallText(value, this.#zone, true)
    return writeJson(value)
  }

  #release(client: PoolClient, isBroken: boolean): void {
    if (this.#busy.delete(client)) client.release(isBroken)
  }

  async close(): Promise<void> {
    const ended = this.#pool.end()
    for (const client of this.#busy) this.#release(client, true)
    await ended
  }
}

/** Array types and what they are made of. */
const ARRAYS: Readonly<Record<number, number>> = {
  ...{ 1000: 16, 1016: 20, 1005: 21, 1007: 23, 1028: 26, 1021: 700, 1022: 701, 1231: 1700, 1001: 17 },
  ...{ 199: 114, 3807: 3802, 1182: 1082, 1115: 1114, 1185: 1184, 1009: 25, 1015: 1043, 1014: 1042, 2951: 2950 },
}
const TEXT_ARRAY = 1009

type Nested = readonly (string | null | Nested)[]

function items(nested: Nested, read: (text: string) => Value): Value {
  return nested.map(item => (item === null ? null : typeof item === 'string' ? read(item) : items(item, read)))
}
