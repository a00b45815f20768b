// A MySQL or MariaDB server: questions in, rows with our kinds of values out. The only file that imports mysql2, when a
// table asks.

import type { TypedParameter, TypedParameterValue } from 'mysql2'
import type { FieldPacket, Pool, PoolConnection, PoolOptions, RowDataPacket } from 'mysql2/promise'
import { parseJsonOrText } from '../core/json.ts'
import { integerOfDigits } from '../core/text.ts'
import { setOwn, type Value, type Values } from '../core/value.ts'
import { instantOf, numberOf, realOf, textOfValue, wallText } from './foreign-value.ts'
import { LostConnection, RefusedQuestion, type ServerSettings, type SqlServer } from './server-table.ts'
import { BACKTICKS, type SqlStatement } from './sql-statement.ts'

const IDLE_MS = 60_000
/** `Types` of the protocol */
const TYPE = { ...{ bit: 16, json: 245, timestamp: 7, float: 4, double: 5 } } as const
const INTEGERS: readonly unknown[] = [1, 2, 3, 8, 9, 13]
const REALS: readonly unknown[] = [0, 4, 5, 246]
const INSTANTS: readonly unknown[] = [7, 10, 12, 14]

/** What a value is bound as; undefined: no row of the column can equal it. */
type Parameter = string | number | Buffer | TypedParameterValue
type Typed = typeof TypedParameter

export async function openMysql(settings: ServerSettings): Promise<SqlServer> {
  const { default: mysql } = await import('mysql2')
  const pool = mysql.createPool({
    ...addressOptions(settings.address.url),
    connectionLimit: settings.maxConnections,
    connectTimeout: settings.connectTimeoutMs,
    idleTimeout: IDLE_MS,
    enableKeepAlive: true,
    charset: 'utf8mb4',
    // Every value comes in the form that loses nothing, and is read here.
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
  })
  // TIMESTAMP columns are instants, which the server writes in the zone of the session.
  pool.on('connection', connection => connection.query("SET time_zone = '+00:00'", () => {}))
  return new MysqlServer(pool.promise(), mysql.TypedParameter, settings)
}

function addressOptions(url: URL): PoolOptions {
  const tls = url.searchParams.get('tls') ?? url.searchParams.get('ssl-mode') ?? ''
  const isOff = ['', 'false', '0', 'disabled', 'preferred'].includes(tls.toLowerCase())
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(isOff ? {} : { ssl: { rejectUnauthorized: !['skip-verify', 'required'].includes(tls.toLowerCase()) } }),
  }
}

class MysqlServer implements SqlServer {
  readonly dialect = BACKTICKS
  readonly #pool: Pool
  readonly #typed: Typed
  readonly #settings: ServerSettings
  /** the types of the columns that are compared, by the query that asked for them */
  readonly #columns = new Map<string, readonly FieldPacket[]>()
  readonly #busy = new Set<PoolConnection>()

  constructor(pool: Pool, typed: Typed, settings: ServerSettings) {
    this.#pool = pool
    this.#typed = typed
    this.#settings = settings
  }

  async ask(statement: SqlStatement, values: readonly Exclude<Value, null>[]): Promise<readonly Values[]> {
    const connection = await this.#pool.getConnection()
    this.#busy.add(connection)
    try {
      const columns = await this.#typesOf(statement, connection)
      const parameters = values.map((value, i) => this.#parameter(value, columns?.[i]))
      const rows = parameters.includes(undefined)
        ? []
        : this.#rows(await this.#execute(connection, statement.text, parameters as Parameter[]))
      this.#release(connection, false)
      return rows
    } catch (error) {
      return this.#failed(error, connection, statement)
    }
  }

  #execute(connection: PoolConnection, sql: string, values: Parameter[]) {
    const timeout = this.#settings.queryTimeoutMs
    return connection.execute<RowDataPacket[][]>({ sql, rowsAsArray: true, timeout, values })
  }

  /**
   * The server compares a text with a number by reading the text as far as it is a number: 'abc' is 0, and 0 fits every
   * row of a text column. So what is compared must have the column's own type.
   */
  async #typesOf({ probe }: SqlStatement, connection: PoolConnection): Promise<readonly FieldPacket[] | undefined> {
    if (probe === undefined) return undefined
    const known = this.#columns.get(probe)
    if (known) return known
    const [, fields] = await this.#execute(connection, probe, [])
    this.#columns.set(probe, fields)
    return fields
  }

  #failed(error: unknown, connection: PoolConnection, { probe }: SqlStatement): never {
    const { fatal, code } = error as { fatal?: boolean; code?: string; sqlState?: string }
    // The table may have been made anew, with other types.
    if (probe !== undefined) this.#columns.delete(probe)
    if (code === 'PROTOCOL_SEQUENCE_TIMEOUT') {
      this.#release(connection, true)
      throw error
    }
    const isAnswer = fatal !== true && (error as { sqlState?: string }).sqlState !== undefined
    this.#release(connection, !isAnswer)
    throw isAnswer ? new RefusedQuestion('', { cause: error }) : new LostConnection('', { cause: error })
  }

  #parameter(value: Exclude<Value, null>, column: FieldPacket | undefined): Parameter | undefined {
    const type = column?.columnType
    if (column === undefined) return this.#untyped(value)
    if (INTEGERS.includes(type) || type === TYPE.bit) return this.#integer(value)
    if (REALS.includes(type)) return this.#real(value)
    if (value instanceof Uint8Array) return Buffer.from(value)
    if (value instanceof Temporal.ZonedDateTime && INSTANTS.includes(type)) {
      return wallText(value, type === TYPE.timestamp ? 'UTC' : this.#settings.zone, false)
    }
    return textOfValue(value)
  }

  #untyped(value: Exclude<Value, null>): Parameter {
    if (typeof value === 'bigint') return this.#typed.LONGLONG(value)
    if (typeof value === 'number') return value
    if (value instanceof Uint8Array) return Buffer.from(value)
    return value instanceof Temporal.ZonedDateTime ? wallText(value, this.#settings.zone, false) : textOfValue(value)
  }

  #integer(value: Exclude<Value, null>): Parameter | undefined {
    const number = asNumber(value)
    if (typeof number === 'number') return Number.isInteger(number) ? this.#integer(BigInt(number)) : undefined
    if (number === undefined || number < -(2n ** 63n) || number >= 2n ** 64n) return undefined
    return number >= 2n ** 63n ? this.#typed.LONGLONG.unsigned(number) : this.#typed.LONGLONG(number)
  }

  #real(value: Exclude<Value, null>): Parameter | undefined {
    const number = asNumber(value)
    if (typeof number === 'bigint') return this.#integer(number) ?? Number(number)
    return number !== undefined && Number.isFinite(number) ? number : undefined
  }

  #rows([rows, fields]: [RowDataPacket[][], FieldPacket[]]): readonly Values[] {
    return (rows as unknown as unknown[][]).map(cells => {
      const row: Record<string, Value> = {}
      fields.forEach((field, i) => setOwn(row, field.name, this.#value(cells[i], field)))
      return row
    })
  }

  #value(cell: unknown, field: FieldPacket): Value {
    const { columnType: type } = field
    if (cell === null || cell === undefined) return null
    if (type === TYPE.bit) return bits(cell as Buffer, field.columnLength)
    if (cell instanceof Uint8Array) return new Uint8Array(cell)
    if (INTEGERS.includes(type)) return integerOfDigits(String(cell))
    if (type === TYPE.float) return shortest(cell as number)
    if (type === TYPE.double) return cell as number
    if (REALS.includes(type)) return realOf(String(cell))
    if (INSTANTS.includes(type)) return this.#instant(String(cell), type === TYPE.timestamp)
    // MariaDB's JSON is a text with a note.
    if (type === TYPE.json || field.extendedFormat === 'json') return parseJsonOrText(String(cell))
    return String(cell)
  }

  #instant(text: string, isUtc: boolean): Value {
    const { zone } = this.#settings
    const instant = instantOf(text, isUtc ? 'UTC' : zone)
    return instant instanceof Temporal.ZonedDateTime ? instant.withTimeZone(zone) : instant
  }

  #release(connection: PoolConnection, isBroken: boolean): void {
    if (!this.#busy.delete(connection)) return
    if (isBroken) connection.destroy()
    else connection.release()
  }

  async close(): Promise<void> {
    for (const connection of this.#busy) this.#release(connection, true)
    await this.#pool.end()
  }
}

function asNumber(value: Exclude<Value, null>): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'string') return numberOf(value)
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined
}

/** BIT(1) is how a yes or no is kept, a longer one a number. */
function bits(bytes: Buffer, length: number | undefined): Value {
  const number = BigInt(`0x${bytes.toString('hex') || '0'}`)
  return length === 1 ? number === 1n : BigInt.asIntN(64, number)
}

/** A number of 32 bits in as few digits as tell it apart: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
