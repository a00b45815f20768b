// The contract of entrances other than HTTP push.

import type { Meta } from '../core/row.ts'
import type { RowChange } from '../core/row-change.ts'
import type { Values } from '../core/value.ts'

/**
 * Hands rows in; resolves when the journal has taken them (it waits for room rather than drop).
 * @param changes what each row does to a table of them; undefined: its publisher did not say. Streams take no notice
 */
export type Deliver = (
  rows: readonly Values[],
  meta: Meta | undefined,
  changes?: readonly RowChange[],
) => Promise<void> | void

export interface Source {
  start(deliver: Deliver): Promise<void> | void
  stop(): Promise<void> | void
}
