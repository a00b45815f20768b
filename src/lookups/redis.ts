// Lookup table `redis`: the value of a key is a row, or a list of rows. The only file that imports redis, when a table
// asks (spec/windows-and-time.md 12).

import type { RedisClientType } from 'redis'
import type { StreamDefinition } from '../catalog/definition.ts'
import { lookupColumnsProblem } from '../catalog/lookup-columns.ts'
import { RowError, UserError } from '../core/errors.ts'
import type { LookupQuery } from '../core/lookup-query.ts'
import type { Values } from '../core/value.ts'
import { failureText } from './failure-text.ts'
import { rowOf, textOfValue } from './foreign-value.ts'
import type { LookupContext, LookupKind, LookupTable } from './lookup.ts'
import { OutageLog } from './outage-log.ts'
import { MOST_ROWS } from './sql-statement.ts'

export const redisLookup: LookupKind = {
  type: 'redis',
  check: definition => void optionsOf(definition),
  open: (definition, context) => new RedisLookup(definition, context),
}

interface RedisOptions {
  readonly host: string
  readonly port: number
  readonly database: number
  readonly username: string
  readonly password: string
  readonly dataType: 'string' | 'list'
  readonly connectTimeoutMs: number
  readonly queryTimeoutMs: number
}

/** @throws {UserError} DDL_OPTION */
function optionsOf({ properties, location }: StreamDefinition): RedisOptions {
  const text = (name: string) => String(properties[name] ?? '')
  const database = text('datasource') === '' ? '0' : text('datasource')
  if (!/^\d{1,5}$/.test(database)) {
    const what = `DATASOURCE "${database}" is no number of a redis database.`
    throw new UserError({ code: 'DDL_OPTION', what, fix: 'Write DATASOURCE="0", or leave it out.', location })
  }
  const [, host = '', port = '6379'] = /^(.+?)(?::(\d+))?$/.exec(text('addr')) ?? []
  if (host === '' || Number(port) > 65535) {
    const what = `The address of the redis server is not host:port.`
    throw new UserError({ code: 'DDL_OPTION', what, fix: 'Set addr in etc/sources/redis.yaml.', location })
  }
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    database: Number(database),
    username: text('username'),
    password: text('password'),
    dataType: text('dataType') === 'list' ? 'list' : 'string',
    connectTimeoutMs: Number(properties['connectTimeout']),
    queryTimeoutMs: Number(properties['queryTimeout']),
  }
}

class RedisLookup implements LookupTable {
  readonly #definition: StreamDefinition
  readonly #context: LookupContext
  readonly #options: RedisOptions
  readonly #outages: OutageLog
  /** one connection, on which any number of questions are under way */
  #client: Promise<RedisClientType> | undefined
  /** how to end what waits for the server */
  readonly #underWay = new Set<(error: Error) => void>()
  #isClosed = false

  constructor(definition: StreamDefinition, context: LookupContext) {
    this.#definition = definition
    this.#context = context
    this.#options = optionsOf(definition)
    this.#outages = new OutageLog(context.log, context.clock, definition.name)
  }

  async find({ columns, values }: LookupQuery): Promise<readonly Values[]> {
    const problem = lookupColumnsProblem(this.#definition, columns)
    if (problem !== undefined) throw new RowError(problem)
    const key = textOfValue(values[0]!)
    // A client would send another character in place of half a one.
    if (!key.isWellFormed()) return []
    const texts = await this.#askTwice(key)
    if (texts.length > MOST_ROWS) throw new RowError(`more than ${MOST_ROWS} rows of ${this.#definition.name} fit`)
    const shown = `the value of the redis key "${key.length > 60 ? `${key.slice(0, 60)}…` : key}"`
    return texts.map(text => rowOf(text, shown))
  }

  /** After a restart of the server the open connection is dead, and only asking may show it. */
  async #askTwice(key: string): Promise<readonly string[]> {
    const hadClient = this.#client !== undefined
    try {
      return await this.#ask(key)
    } catch (error) {
      if (!hadClient || !isLost(error)) throw this.#failure(error)
    }
    try {
      return await this.#ask(key)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async #ask(key: string): Promise<readonly string[]> {
    if (this.#isClosed) throw this.#closed()
    const client = await this.#connected()
    const { dataType, queryTimeoutMs } = this.#options
    const asked =
      dataType === 'list'
        ? client.lRange(key, 0, MOST_ROWS)
        : client.get(key).then(text => (text === null ? [] : [text]))
    const texts = await this.#within(queryTimeoutMs, asked, () => this.#drop(client))
    this.#outages.answered()
    return texts
  }

  #connected(): Promise<RedisClientType> {
    const client = (this.#client ??= this.#connect())
    // The next question tries again.
    client.catch(() => this.#forget(client))
    return client
  }

  async #connect(): Promise<RedisClientType> {
    const { createClient } = await import('redis')
    if (this.#isClosed) throw this.#closed()
    const { host, port, database, username, password, connectTimeoutMs } = this.#options
    const client = createClient({
      socket: { host, port, connectTimeout: connectTimeoutMs, reconnectStrategy: false },
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password }),
      database,
      name: 'sluice',
      disableOfflineQueue: true,
    }) as RedisClientType
    // A break is seen by the questions under way; those that follow connect again.
    client.on('error', () => this.#drop(client))
    try {
      await this.#within(connectTimeoutMs, client.connect())
      return client
    } catch (error) {
      if (client.isOpen) client.destroy()
      throw error
    }
  }

  async #within<T>(ms: number, work: Promise<T>, giveUp: () => void = () => {}): Promise<T> {
    const { clock } = this.#context
    const { promise: ended, reject: end } = Promise.withResolvers<never>()
    const cancel = clock.at(clock.now() + ms, () => end(new Error(`no answer within ${ms} ms`)))
    this.#underWay.add(end)
    ended.catch(giveUp)
    try {
      return await Promise.race([work, ended])
    } finally {
      this.#underWay.delete(end)
      cancel()
    }
  }

  #drop(client: RedisClientType): void {
    const current = this.#client
    void current?.then(
      opened => opened === client && this.#forget(current),
      () => {},
    )
    if (client.isOpen) client.destroy()
  }

  #forget(client: Promise<RedisClientType>): void {
    if (this.#client === client) this.#client = undefined
  }

  #failure(error: unknown): RowError {
    if (error instanceof RowError) return error
    const { host, port, password, dataType } = this.#options
    const isRefused = error instanceof Error && /^[A-Z]+ /.test(error.message) && !isSetUp(error)
    const text = failureText(error, [password])
    if (isRefused) this.#outages.answered()
    else this.#outages.failed(`${host}:${port}: ${text}`)
    const hint = text.startsWith('WRONGTYPE') ? `; dataType is ${dataType}` : ''
    return new RowError(`the lookup table ${this.#definition.name} cannot be asked: ${text}${hint}`)
  }

  #closed(): RowError {
    return new RowError(`the lookup table ${this.#definition.name} is closed`)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const end of this.#underWay) end(this.#closed())
    const client = await this.#client?.catch(() => undefined)
    this.#client = undefined
    if (client?.isOpen) client.destroy()
    this.#outages.end()
  }
}

/** Errors of signing in and of a server that is starting: no question would be answered. */
function isSetUp({ message }: Error): boolean {
  return /^(?:WRONGPASS|NOAUTH|NOPERM|LOADING|MASTERDOWN|CLUSTERDOWN) /.test(message) || /DB index/.test(message)
}

/** The connection broke, as against: the server said no, or nothing. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, code } = error as NodeJS.ErrnoException
  return LOST.includes(error.constructor.name) || LOST.includes(name) || ['ECONNRESET', 'EPIPE'].includes(code ?? '')
}

const LOST = ['SocketClosedUnexpectedlyError', 'DisconnectsClientError', 'ClientClosedError', 'ClientOfflineError']
