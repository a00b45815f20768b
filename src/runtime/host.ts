// What every running rule is given of the world: the journal, the clock, the topics, the log.

import type { StreamDefinition } from '../catalog/definition.ts'
import type { LookUpIn } from '../compiler/select.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Journal } from '../journal/journal.ts'
import type { TableRows } from '../operators/join.ts'
import type { TopicHub } from '../sources/topic-hub.ts'

export interface RuntimeHost {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Log
  readonly topics: TopicHub
  /** What a table holds whose rows are kept outside of the rules; undefined: each rule keeps those that come to it. */
  rowsOf?(definition: StreamDefinition): TableRows | undefined
  /** Asks a lookup table by its name; undefined: there are none. Throws or rejects with a RowError. */
  lookUp?: LookUpIn
  /** IANA name of the zone that dates without one are in */
  readonly zone: string
  /** folder that relative paths of file sinks start from */
  readonly dataDir: string
  /** the repository's folder: relative paths of certificates start from it */
  readonly rootDir: string
  /**
   * Puts secrets in place of `${env:…}` and `${file:…}` in an action's options.
   * @throws {UserError} CONFIG_REFERENCE
   */
  resolve<T>(options: T): T
  /** `props(name)`: environment variables KUIPER_PROPS_<name>, SLUICE_PROPS_<name> */
  property(name: string): string | undefined
}
