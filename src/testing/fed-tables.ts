// Steps that push to lookup tables in, their answers out: a test needs no server, whatever the TYPE of a table.

import type { StreamDefinition } from '../catalog/definition.ts'
import { decodingOf } from '../compiler/prepare.ts'
import { recordDecoder } from '../compiler/select.ts'
import { keyText } from '../core/key-text.ts'
import type { LookupQuery } from '../core/lookup-query.ts'
import type { Values } from '../core/value.ts'
import { KeyedRows } from '../lookups/keyed-rows.ts'

export class FedTables {
  readonly #zone: string
  readonly #tables = new Map<string, KeyedRows>()

  /** @param zone IANA name */
  constructor(zone: string) {
    this.#zone = zone
  }

  /**
   * Rows are fitted to the declared columns, as a server would give them in its own types.
   * @throws {RowError} when they do not fit
   */
  push(table: StreamDefinition, rows: readonly Values[], nowMs: number): void {
    const decode = recordDecoder(decodingOf(table), undefined, this.#zone)
    const known = this.#tables.get(table.name) ?? new KeyedRows(keyedLike(table))
    this.#tables.set(table.name, known)
    for (const row of decode ? rows.map(values => decode(values, nowMs)) : rows) known.put(row)
  }

  /** Nothing was pushed to it: it is empty. */
  find(table: string, query: LookupQuery): readonly Values[] {
    return this.#tables.get(table)?.find(query) ?? []
  }
}

/** Only memory tables tell 1 from 1.0. A SQL table, or a list of redis, has as many rows for a value as were put there. */
function keyedLike({ options, properties }: StreamDefinition): ConstructorParameters<typeof KeyedRows>[0] {
  if (options.type === 'memory') return { key: options.key }
  const isKeyed = options.type === 'redis' && properties['dataType'] !== 'list'
  return { key: isKeyed ? options.key : undefined, textOf: keyText }
}
