// What the status listener is given to look at. It can change nothing: every entry only tells.

import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { StreamStatus } from '../journal/journal.ts'
import type { ReconcileStatus } from '../reconciler/reconcile.ts'
import type { Engine } from '../runtime/engine.ts'

/** The push listener; the same words as ingest, which this room does not know. */
export interface PushView {
  readonly state: 'closed' | 'opening' | 'open' | 'failed'
  /** `http://0.0.0.0:10081`; with `failed`: of the earlier listener, when that still serves */
  readonly address?: string
  readonly error?: string
}

export interface PushCountersView {
  /** answers by HTTP status */
  readonly requests: Readonly<Record<string, number>>
  readonly rows: number
  readonly bytes: number
  readonly aborted: number
  readonly underWay: number
}

export interface StatusDeps {
  readonly engine: Pick<Engine, 'rules' | 'streams' | 'endpoints' | 'lookups' | 'tableFault'>
  reconcile(): ReconcileStatus
  push(): PushView
  pushCounters(): PushCountersView
  journal(): readonly StreamStatus[]
  /** true from the moment the process was asked to stop; absent: never */
  isStopping?(): boolean
  readonly version: string
  /** ms since 1970 UTC */
  readonly startedAt: number
  readonly clock: Clock
  readonly log: Log
}
