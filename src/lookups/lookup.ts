// What a lookup table is to the rules that ask it: columns and values in, the rows that have them out.

import type { StreamDefinition } from '../catalog/definition.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { LookupAnswer, LookupQuery } from '../core/lookup-query.ts'
import type { TopicHub } from '../sources/topic-hub.ts'

/** A table that is open. Shared by all rules that join it, and independent of them. */
export interface LookupTable {
  /** Rejects with a RowError, whose text holds no secret, when the table cannot be asked: the row is discarded then. */
  find(query: LookupQuery): LookupAnswer
  close(): Promise<void>
  /** rows that it holds itself; absent: they are elsewhere */
  readonly size?: number
}

export interface LookupContext {
  readonly log: Log
  readonly clock: Clock
  readonly topics: TopicHub
  /** IANA name of the zone that dates without one are in */
  readonly zone: string
  /** the repository's folder: relative paths start from it */
  readonly rootDir: string
}

/** A type of lookup table: TYPE in CREATE TABLE … KIND="lookup". */
export interface LookupKind {
  readonly type: string
  /**
   * What can be known without asking anyone; absent: nothing more than its CREATE says.
   * @throws {UserError} when its options cannot be
   */
  readonly check?: (definition: StreamDefinition) => void
  /**
   * Opens it, without waiting for a connection: the first questions do that. `definition.properties` are its section
   * of etc/sources/<type>.yaml with EXTRA and WITH laid over it, secrets in place.
   * @throws {UserError} when its options cannot be
   */
  open(definition: StreamDefinition, context: LookupContext): LookupTable
}
