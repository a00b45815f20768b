// Everything that the rooms tell about themselves in, the one document of `GET /status` and `sluice status` out.

import type { Condition } from '../catalog/catalog.ts'
import type { StreamStatus } from '../journal/journal.ts'
import type { ObjectStatus } from '../reconciler/conditions.ts'
import type { GitState } from '../reconciler/git.ts'
import type { HistoryEntry } from '../reconciler/reconcile.ts'
import type { EngineRule } from '../runtime/engine.ts'
import type { PushCountersView, PushView, StatusDeps } from './deps.ts'
import { readiness } from './health.ts'
import { withTableFaults } from './table-faults.ts'

/** Times are RFC 3339, UTC. */
export interface StatusDocument {
  readonly version: string
  readonly startedAt: string
  readonly upTimeSeconds: number
  /** as /readyz */
  readonly ready: boolean
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly reason?: string }[]
  /** of the whole configuration */
  readonly conditions: readonly ConditionView[]
  readonly lastAppliedRevision: string
  readonly lastAttemptedRevision: string
  readonly git: GitState
  readonly watchMode: 'events' | 'poll' | 'off'
  readonly nextTryAt?: string
  readonly push: PushView & { readonly counters: PushCountersView }
  readonly objects: readonly ObjectView[]
  /** `path:line:column CODE text`, all of them, those of the objects too */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  readonly journal: readonly StreamStatus[]
  readonly history: readonly (Omit<HistoryEntry, 'startedAt'> & { readonly startedAt: string })[]
}

export type ConditionView = Omit<Condition, 'lastTransitionTime'> & { readonly lastTransitionTime: string }

export interface ObjectView {
  readonly kind: ObjectStatus['kind']
  readonly name: string
  /** `path:line` */
  readonly file: string
  /** a rule's run state; `defined` for others; `failed`, `retrying`, `removing`, `blocked` when something is the matter */
  readonly state: string
  readonly ready: boolean
  /** what is the matter, with its place */
  readonly error?: string
  /** of a rule that its schedule or a failure has stopped: `next run at 2026-03-03T06:00:00.000Z`, `duration terminated` */
  readonly run?: string
  /** when it became ready, or ceased to be */
  readonly since: string
  readonly lastAppliedRevision: string
  readonly lastAttemptedRevision: string
  readonly conditions: readonly ConditionView[]
}

export function statusDocument(deps: StatusDeps): StatusDocument {
  const reconcile = withTableFaults(deps.reconcile(), deps.engine)
  const checks = readiness(deps)
  return {
    version: deps.version,
    startedAt: time(deps.startedAt),
    upTimeSeconds: Math.floor((deps.clock.now() - deps.startedAt) / 1000),
    ready: checks.every(check => check.fault === undefined),
    checks: checks.map(({ name, fault }) =>
      fault === undefined ? { name, ok: true } : { name, ok: false, reason: fault },
    ),
    conditions: reconcile.conditions.map(conditionView),
    lastAppliedRevision: reconcile.lastAppliedRevision,
    lastAttemptedRevision: reconcile.lastAttemptedRevision,
    git: reconcile.git,
    watchMode: reconcile.watchMode,
    ...(reconcile.nextTryAt === undefined ? {} : { nextTryAt: time(reconcile.nextTryAt) }),
    push: { ...deps.push(), counters: deps.pushCounters() },
    objects: reconcile.objects.map(object => objectView(object, deps)),
    errors: reconcile.errors,
    warnings: reconcile.warnings,
    journal: deps.journal(),
    history: reconcile.history.map(entry => ({ ...entry, startedAt: time(entry.startedAt) })),
  }
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}

function conditionView(condition: Condition): ConditionView {
  return { ...condition, lastTransitionTime: time(condition.lastTransitionTime) }
}

/** It runs as its file says. The file of a rule may be in place as it stands, and yet the rule has failed. */
export function isReady(
  { kind, name, conditions }: ObjectStatus,
  { rules }: Pick<StatusDeps['engine'], 'rules'>,
): boolean {
  const isInPlace = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  return isInPlace && !(kind === 'rule' && rules.get(name)?.state === 'stopped by error')
}

function objectView(object: ObjectStatus, deps: StatusDeps): ObjectView {
  const { kind, name, file, conditions } = object
  const rule = kind === 'rule' ? deps.engine.rules.get(name) : undefined
  const runState = rule?.state
  const ready = conditions.find(condition => condition.type === 'Ready')
  const crashed = runState === 'stopped by error'
  const stalled = conditions.some(({ type, status }) => type === 'Stalled' && status === 'True')
  const wrong = ready?.status !== 'True' || stalled
  const crash = crashed ? String(rule?.status()['message'] ?? '') : ''
  const error = wrong ? (ready?.message ?? '') : crash
  const run = rule ? runText(rule) : ''
  return {
    kind,
    name,
    file,
    state: troubleOf(conditions) ?? (kind === 'rule' ? (runState ?? 'stopped') : 'defined'),
    ready: isReady(object, deps.engine),
    ...(error === '' ? {} : { error }),
    ...(run === '' ? {} : { run }),
    since: time(ready?.lastTransitionTime ?? deps.startedAt),
    lastAppliedRevision: object.lastAppliedRevision,
    lastAttemptedRevision: object.lastAttemptedRevision,
    conditions: conditions.map(conditionView),
  }
}

/** Why it does not run although its file wants it to, or when it will again. */
function runText(rule: EngineRule): string {
  if (rule.runner || !rule.definition.triggered) return ''
  const { message, nextStartTimestamp: next } = rule.status()
  if (Number(next) > 0) return `next run at ${time(Number(next))}`
  return rule.state === 'stopped' ? String(message) : ''
}

/** One word for conditions that are not simply good. */
function troubleOf(conditions: readonly Condition[]): string | undefined {
  const is = (type: Condition['type']) => conditions.find(condition => condition.type === type)?.status === 'True'
  if (is('Ready')) return is('Stalled') ? 'blocked' : is('Reconciling') ? 'removing' : undefined
  return is('Reconciling') ? 'retrying' : 'failed'
}
