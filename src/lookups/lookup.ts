// What a lookup table is to the rules that ask it: columns and values in, the rows that have them out.

import type { StreamDefinition } from '../catalog/definition.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Value, Values } from '../core/value.ts'
import type { TopicHub } from '../sources/topic-hub.ts'

/** One question: the rows in which each of these columns equals the value beside it. No value is null. */
export interface LookupQuery {
  readonly columns: readonly string[]
  readonly values: readonly Exclude<Value, null>[]
}

/** The rows found, in the table's order; none: no match. A promise where the answer comes from outside. */
export type LookupAnswer = readonly Values[] | Promise<readonly Values[]>

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
