// The lookup tables that are defined in, each of them open as long as it is; rules ask them by name. They belong to no
// rule: what they hold and remember outlives every one of them.

import { isDeepStrictEqual } from 'node:util'
import type { StreamDefinition } from '../catalog/definition.ts'
import { cacheOptionsOf } from '../catalog/lookup-cache.ts'
import { RowError, UserError } from '../core/errors.ts'
import type { Values } from '../core/value.ts'
import { CachedTable } from './cache.ts'
import type { LookupAnswer, LookupContext, LookupQuery, LookupTable } from './lookup.ts'
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

export class LookupTables {
  readonly #context: LookupContext
  #tables = new Map<string, OpenTable>()
  /** opened for the next `apply` */
  readonly #prepared = new Map<string, OpenTable>()
  readonly #closing = new Set<Promise<void>>()

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
      return new OpenTable(definition, refusing(error.what), undefined)
    }
  }

  #open(definition: StreamDefinition): OpenTable {
    const { type } = definition.options
    const kind = lookupKind(type)
    if (!kind) {
      const what = `A lookup table cannot have TYPE "${type}" in this version.`
      throw new UserError({ code: 'SQL_NOT_BUILT', what, location: definition.location })
    }
    const table = kind.open(definition, this.#context)
    const options = cacheOptionsOf(definition)
    const cache = options.cache ? new CachedTable(table, { options, clock: this.#context.clock }) : undefined
    return new OpenTable(definition, cache ?? table, cache)
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

  /** Closes all, those too that were closing; later questions fail. */
  async close(): Promise<void> {
    this.apply([])
    await Promise.all(this.#closing)
  }

  #drop(table: OpenTable | undefined): void {
    if (!table) return
    const closed = table.close().catch((error: Error) => {
      this.#context.log.warn({ table: table.definition.name }, `a lookup table could not be closed: ${error.message}`)
    })
    this.#closing.add(closed)
    void closed.then(() => this.#closing.delete(closed))
  }
}

/** A table with its counters; it is closed when the last question under way has its answer. */
class OpenTable {
  readonly definition: StreamDefinition
  readonly #table: LookupTable
  readonly #cache: CachedTable | undefined
  #questions = 0
  #errors = 0
  #underWay = 0
  #whenIdle: (() => void) | undefined

  constructor(definition: StreamDefinition, table: LookupTable, cache: CachedTable | undefined) {
    this.definition = definition
    this.#table = table
    this.#cache = cache
  }

  find(query: LookupQuery): LookupAnswer {
    this.#questions++
    let answer: LookupAnswer
    try {
      answer = this.#table.find(query)
    } catch (error) {
      this.#errors++
      throw error
    }
    return Array.isArray(answer) ? answer : this.#follow(answer as Promise<readonly Values[]>)
  }

  async #follow(answer: Promise<readonly Values[]>): Promise<readonly Values[]> {
    this.#underWay++
    try {
      return await answer
    } catch (error) {
      this.#errors++
      throw error
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#whenIdle?.()
    }
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
    if (this.#underWay > 0) {
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
