// A table that answers from outside in, the same table with a memory for its answers out.

import type { LookupCacheOptions } from '../catalog/lookup-cache.ts'
import type { Clock } from '../core/clock.ts'
import { exactKeys } from '../core/key-text.ts'
import { isAnswered, type LookupAnswer, type LookupQuery } from '../core/lookup-query.ts'
import type { Values } from '../core/value.ts'
import type { LookupTable } from './lookup.ts'

/** Rows of all answers that are remembered together; an answer without a match counts as one. About 50 MB of usual rows. */
const MOST_ROWS = 100_000

interface Entry {
  readonly rows: readonly Values[]
  /** ms since 1970 UTC; Infinity: for ever */
  readonly goodUntil: number
}

export interface CacheParts {
  readonly options: LookupCacheOptions
  readonly clock: Clock
  /** default: MOST_ROWS */
  readonly mostRows?: number
}

/**
 * Answers are remembered by the columns and values of their question; errors are not. What was wanted longest ago goes
 * first when there is too much. Equal questions share the answer of the one that is under way.
 */
export class CachedTable implements LookupTable {
  readonly #table: LookupTable
  readonly #options: LookupCacheOptions
  readonly #clock: Clock
  readonly #mostRows: number
  /** least recently used first */
  readonly #entries = new Map<string, Entry>()
  readonly #underWay = new Map<string, Promise<readonly Values[]>>()
  #rows = 0
  #hits = 0

  constructor(table: LookupTable, { options, clock, mostRows = MOST_ROWS }: CacheParts) {
    this.#table = table
    this.#options = options
    this.#clock = clock
    this.#mostRows = mostRows
  }

  /** Questions that the table itself was not asked. */
  get hits(): number {
    return this.#hits
  }

  /** Answers that are remembered. */
  get size(): number {
    return this.#entries.size
  }

  find(query: LookupQuery): LookupAnswer {
    const key = `${exactKeys(query.columns)}=${exactKeys(query.values)}`
    const answer = this.#remembered(key) ?? this.#underWay.get(key)
    if (answer) {
      this.#hits++
      return answer
    }
    const asked = this.#table.find(query)
    if (isAnswered(asked)) return this.#remember(key, asked)
    const shared = this.#share(key, asked)
    this.#underWay.set(key, shared)
    return shared
  }

  async #share(key: string, asked: Promise<readonly Values[]>): Promise<readonly Values[]> {
    try {
      return this.#remember(key, await asked)
    } finally {
      this.#underWay.delete(key)
    }
  }

  #remembered(key: string): readonly Values[] | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#forget(key, entry)
    if (this.#clock.now() >= entry.goodUntil) return undefined
    this.#keep(key, entry)
    return entry.rows
  }

  #remember(key: string, rows: readonly Values[]): readonly Values[] {
    const { cacheTtlMs, cacheMissingKey } = this.#options
    if ((rows.length === 0 && !cacheMissingKey) || rows.length > this.#mostRows) return rows
    const goodUntil = cacheTtlMs > 0 ? this.#clock.now() + cacheTtlMs : Number.POSITIVE_INFINITY
    this.#keep(key, { rows, goodUntil })
    while (this.#rows > this.#mostRows) {
      const [oldest, entry] = this.#entries.entries().next().value!
      this.#forget(oldest, entry)
    }
    return rows
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry)
    this.#rows += weightOf(entry)
  }

  #forget(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#rows -= weightOf(entry)
  }

  close(): Promise<void> {
    return this.#table.close()
  }
}

function weightOf({ rows }: Entry): number {
  return Math.max(1, rows.length)
}
