// The contract of entrances other than HTTP push.

import type { Meta } from '../core/row.ts'
import type { Values } from '../core/value.ts'

/** Hands rows in; resolves when the journal has taken them (it waits for room rather than drop). */
export type Deliver = (rows: readonly Values[], meta: Meta | undefined) => Promise<void> | void

export interface Source {
  start(deliver: Deliver): Promise<void> | void
  stop(): Promise<void> | void
}
