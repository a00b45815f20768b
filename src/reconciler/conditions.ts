// How each object is doing, as Flux words it: events of a reconcile in, conditions with their times out.

import type { Condition, ConditionReason, ConditionType, ObjectKey, ObjectKind } from '../catalog/catalog.ts'

export interface ObjectStatus {
  readonly key: ObjectKey
  readonly kind: ObjectKind | 'config'
  readonly name: string
  /** `path:line` of its definition, the broken one when it is broken */
  readonly file: string
  readonly conditions: readonly Condition[]
  /** revision of the files at which it last ran as they say; '' never */
  readonly lastAppliedRevision: string
  readonly lastAttemptedRevision: string
}

/** What one reconcile found out about one object. */
export interface Finding {
  readonly key: ObjectKey
  readonly file: string
  readonly state: FindingState
  readonly message: string
}

/**
 * `applied`: runs as the files say · `idle`: defined, but not to be started · `broken`: wait for a new file ·
 * `dependency`: what it needs is broken · `unread`: its file cannot be read · `retrying`: will be tried again ·
 * `failed`: will not, until the file changes · `waiting`: a deletion not yet confirmed · `blocked`: prune guard
 */
export type FindingState = keyof typeof OUTCOMES

type Status = 'True' | 'False'

/** Per state: Ready, Reconciling, Stalled, and the reason that all three carry. */
const OUTCOMES = {
  applied: ['True', 'False', 'False', 'ReconciliationSucceeded'],
  idle: ['True', 'False', 'False', 'Suspended'],
  broken: ['False', 'False', 'True', 'BuildFailed'],
  dependency: ['False', 'False', 'True', 'DependencyNotReady'],
  unread: ['False', 'False', 'True', 'ArtifactFailed'],
  retrying: ['False', 'True', 'False', 'ProgressingWithRetry'],
  failed: ['False', 'False', 'True', 'ReconciliationFailed'],
  waiting: ['True', 'True', 'False', 'Progressing'],
  blocked: ['True', 'False', 'True', 'PruneBlocked'],
} as const satisfies Record<string, readonly [Status, Status, Status, ConditionReason]>

const TYPES = ['Ready', 'Reconciling', 'Stalled'] as const satisfies readonly ConditionType[]

export class ObjectBook {
  #entries = new Map<ObjectKey, ObjectStatus>()

  /** Takes over what one reconcile found; an object without a finding is no more. */
  record(findings: readonly Finding[], revision: string, now: number): void {
    const next = new Map<ObjectKey, ObjectStatus>()
    for (const finding of findings) {
      const before = this.#entries.get(finding.key)
      const at = finding.key.indexOf(':')
      const good = finding.state === 'applied' || finding.state === 'idle'
      next.set(finding.key, {
        key: finding.key,
        kind: finding.key.slice(0, at) as ObjectKind | 'config',
        name: finding.key.slice(at + 1),
        file: finding.file,
        conditions: conditionsOf(finding.state, finding.message, before?.conditions, now),
        lastAppliedRevision: good ? revision : (before?.lastAppliedRevision ?? ''),
        lastAttemptedRevision: revision,
      })
    }
    this.#entries = next
  }

  list(): readonly ObjectStatus[] {
    return [...this.#entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }
}

/** @param before what stood there: the time of a condition is when its status last changed */
export function conditionsOf(
  state: FindingState,
  message: string,
  before: readonly Condition[] | undefined,
  now: number,
): Condition[] {
  const outcome = OUTCOMES[state]
  return TYPES.map((type, i) => {
    const status = outcome[i as 0 | 1 | 2]
    const old = before?.find(condition => condition.type === type)
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now
    return { type, status, reason: outcome[3], message, lastTransitionTime }
  })
}
