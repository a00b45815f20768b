// The lookup tables that are defined in, each of them open as long as it is; rules ask them by name. They belong to no
// rule: what they hold and remember outlives every one of them.

import { isDeepStrictEqual } from 'node:util'
import type { StreamDefinition } from '../catalog/definition.ts'
import { cacheOptionsOf } from '../catalog/lookup-cache.ts'
import type { Clock } from '../core/clock.ts'
import { RowError, UserError } from '../core/errors.ts'
import { isAnswered, type LookupAnswer, type LookupQuery } from '../core/lookup-query.ts'
import type { Values } from '../core/value.ts'
import { CachedTable } from './cache.ts'
import type { LookupContext, LookupTable } from './lookup.ts'
import { lookupKind } from './registry.ts'

/** What a table has been asked since it was opened. */
export interface LookupStatus {
  readonly table: string
  readonly type: string
  /** of all rules */
  readonly questions: number
  /** of these, answered without asking the table itself */
  readonly cacheHits: number
  readonly errors: number
  /** rows that it holds in this process, or answers that are remembered */
  readonly held: number
}

/** A server that gives no answer for so long hangs, when nobody has time to wait for it. */
const SILENCE_MS = 1000
/** How often it is looked for such servers. */
const LISTEN_MS = 100

export class LookupTables {
  readonly #context: LookupContext
  #tables = new Map<string, OpenTable>()
  /** opened for the next `apply` */
  readonly #prepared = new Map<string, OpenTable>()
  readonly #closing = new Map<OpenTable, Promise<void>>()
  #stopListening: (() => void) | undefined

  constructor(context: LookupContext) {
    this.#context = context
  }

  /**
   * Opens a new or changed table, so that a fault is known before anything that runs is touched.
   * @throws {UserError} when its options cannot be
   */
  prepare(definition: StreamDefinition): void {
    const table = this.#open(definition)
    this.#drop(this.#prepared.get(definition.name))
    this.#prepared.set(definition.name, table)
  }

  /** Makes what is open equal to what is defined. What did not change stays open, with all that it holds. */
  apply(definitions: Iterable<StreamDefinition>): void {
    const before = this.#tables
    const next = new Map<string, OpenTable>()
    for (const definition of definitions) {
      if (!isLookupTable(definition)) continue
      const { name } = definition
      const old = before.get(name)
      next.set(name, old && isSame(old.definition, definition) ? old : this.#take(definition))
    }
    this.#tables = next
    for (const table of before.values()) if (next.get(table.definition.name) !== table) this.#drop(table)
    for (const table of this.#prepared.values()) this.#drop(table)
    this.#prepared.clear()
  }

  #take(definition: StreamDefinition): OpenTable {
    const prepared = this.#prepared.get(definition.name)
    if (prepared && isSame(prepared.definition, definition)) {
      this.#prepared.delete(definition.name)
      return prepared
    }
    try {
      return this.#open(definition)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      // Its rules go on without it: each question is told why.
      return new OpenTable({ definition, clock: this.#context.clock, table: refusing(error.what), cache: undefined })
    }
  }

  #open(definition: StreamDefinition): OpenTable {
    const { type } = definition.options
    const kind = lookupKind(type)
    if (!kind) {
      const what = `A lookup table cannot have TYPE "${type}" in this version.`
      throw new UserError({ code: 'SQL_NOT_BUILT', what, location: definition.location })
    }
    const { clock } = this.#context
    const table = kind.open(definition, this.#context)
    const options = cacheOptionsOf(definition)
    const cache = options.cache ? new CachedTable(table, { options, clock }) : undefined
    return new OpenTable({ definition, clock, table: cache ?? table, cache })
  }

  /** @returns see LookupTable.find */
  find(name: string, query: LookupQuery): LookupAnswer {
    const table = this.#tables.get(name)
    // A rule that was deleted together with its table may still have rows that wait.
    if (!table) throw new RowError(`the lookup table ${name} is gone`)
    return table.find(query)
  }

  status(): readonly LookupStatus[] {
    return [...this.#tables.values()].map(table => table.status())
  }

  /**
   * From now on a table that hangs is given up: what is asked of it fails. Who stops has no time to wait for the
   * time-outs of a server, and yet wants all the answers that come.
   */
  giveUpSilent(): void {
    const { clock, log } = this.#context
    const begin = clock.now()
    const listen = () => {
      for (const table of [...this.#tables.values(), ...this.#closing.keys()]) {
        if (!table.isSilent(begin)) continue
        log.warn({ table: table.definition.name }, 'a lookup table does not answer: its questions are given up')
        table.giveUp()
      }
      this.#stopListening = clock.at(clock.now() + LISTEN_MS, listen)
    }
    if (!this.#stopListening) listen()
  }

  /** Closes all, those too that were closing; later questions fail, and so do those of a table that hangs. */
  async close(): Promise<void> {
    this.giveUpSilent()
    this.apply([])
    await Promise.all(this.#closing.values())
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  #drop(table: OpenTable | undefined): void {
    if (!table) return
    const closed = table.close().catch((error: Error) => {
      this.#context.log.warn({ table: table.definition.name }, `a lookup table could not be closed: ${error.message}`)
    })
    this.#closing.set(table, closed)
    void closed.then(() => this.#closing.delete(table))
  }
}

interface OpenTableParts {
  readonly definition: StreamDefinition
  readonly clock: Clock
  readonly table: LookupTable
  /** the same table, when it is one that remembers */
  readonly cache: CachedTable | undefined
}

/** A table with its counters; it is closed when the last question under way has its answer, or is given up. */
class OpenTable {
  readonly definition: StreamDefinition
  readonly #clock: Clock
  readonly #table: LookupTable
  readonly #cache: CachedTable | undefined
  #questions = 0
  #errors = 0
  /** how to end each question that has no answer yet */
  readonly #underWay = new Set<(error: Error) => void>()
  #whenIdle: (() => void) | undefined
  #isGivenUp = false
  /** of the last rows that came, or of the first question that waits; ms of the clock */
  #heardAt = 0
  /** how long it takes to answer, at most, of late: one slow answer is forgotten after a few quick ones */
  #slownessMs = 0

  constructor({ definition, clock, table, cache }: OpenTableParts) {
    this.definition = definition
    this.#clock = clock
    this.#table = table
    this.#cache = cache
  }

  find(query: LookupQuery): LookupAnswer {
    this.#questions++
    let answer: LookupAnswer
    try {
      if (this.#isGivenUp) throw this.#silence()
      answer = this.#table.find(query)
    } catch (error) {
      this.#errors++
      throw error
    }
    return isAnswered(answer) ? answer : this.#follow(answer)
  }

  async #follow(answer: Promise<readonly Values[]>): Promise<readonly Values[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Values[]>()
    const askedAt = this.#clock.now()
    if (this.#underWay.size === 0) this.#heardAt = askedAt
    this.#underWay.add(reject)
    answer.then(resolve, reject)
    try {
      const rows = await promise
      this.#heardAt = this.#clock.now()
      this.#slownessMs = Math.max(this.#slownessMs / 2, this.#heardAt - askedAt)
      return rows
    } catch (error) {
      this.#errors++
      throw error
    } finally {
      this.#underWay.delete(reject)
      if (this.#underWay.size === 0) this.#whenIdle?.()
    }
  }

  /**
   * Whether it hangs: no rows come, for longer than if it were merely as slow as of late. Failures do not count, or a
   * server that is away would be heard at each of its time-outs.
   * @param beginMs silence before that does not count
   */
  isSilent(beginMs: number): boolean {
    const silentMs = this.#clock.now() - Math.max(beginMs, this.#heardAt)
    return this.#underWay.size > 0 && silentMs >= Math.max(SILENCE_MS, 2 * this.#slownessMs)
  }

  /** Ends what is under way; later questions fail. */
  giveUp(): void {
    this.#isGivenUp = true
    for (const end of this.#underWay) end(this.#silence())
  }

  #silence(): RowError {
    return new RowError(`the lookup table ${this.definition.name} does not answer`)
  }

  status(): LookupStatus {
    const { name, options } = this.definition
    return {
      table: name,
      type: options.type,
      questions: this.#questions,
      cacheHits: this.#cache?.hits ?? 0,
      errors: this.#errors,
      held: this.#cache?.size ?? this.#table.size ?? 0,
    }
  }

  async close(): Promise<void> {
    if (this.#underWay.size > 0) {
      await new Promise<void>(resolve => {
        this.#whenIdle = resolve
      })
    }
    await this.#table.close()
  }
}

export function isLookupTable({ kind, options }: StreamDefinition): boolean {
  return kind === 'table' && options.kind === 'lookup'
}

/** Equal in all that it does; perhaps moved to another line. */
function isSame(a: StreamDefinition, b: StreamDefinition): boolean {
  return a.text === b.text && isDeepStrictEqual(a.properties, b.properties)
}

function refusing(why: string): LookupTable {
  return {
    find: () => {
      throw new RowError(`the lookup table cannot be asked: ${why}`)
    },
    close: async () => {},
  }
}
