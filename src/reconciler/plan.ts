// What runs and what the files say in, the steps from the one to the other out. Pure.

import { isDeepStrictEqual } from 'node:util'
import {
  type Catalog,
  type DesiredState,
  keyOf,
  type ListenerConfig,
  type ObjectKey,
  type ObjectKind,
  type SluiceConfig,
} from '../catalog/catalog.ts'
import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { isHurt } from './load.ts'

export interface Step {
  readonly action: 'create' | 'replace' | 'delete'
  /** `config`: name `listener` (the push listener's address and certificates) or `sluice` (etc/sluice.yaml) */
  readonly kind: ObjectKind | 'config'
  readonly name: string
  readonly key: ObjectKey
  /** for people: `its text changed`, `stream sensors changed` */
  readonly reason: string
}

export interface Plan {
  readonly revision: string
  /** in the order in which they may be taken: settings, streams, rules that read them, then deletions in reverse */
  readonly steps: readonly Step[]
}

/** What runs, with the settings it runs under. */
export interface Running {
  readonly catalog: Catalog
  readonly listener: ListenerConfig | undefined
  readonly sluice: SluiceConfig | undefined
}

export type SourcesOf = (rule: RuleDefinition) => readonly string[]

/** Why an object that the files no longer give, or give only broken, goes on running. */
export type Kept = 'broken' | 'held' | 'needed'

/**
 * The desired state with what must go on running put back: objects whose file is broken, objects that `hold` says
 * (unconfirmed deletions), and the streams that these rules read.
 */
export function keepLastGood<T extends DesiredState>(
  running: Catalog,
  desired: T,
  sourcesOf: SourcesOf,
  hold: (key: ObjectKey) => boolean = () => false,
): { state: T; kept: ReadonlyMap<ObjectKey, Kept> } {
  const kept = new Map<ObjectKey, Kept>()
  const streams = new Map(desired.streams)
  const rules = new Map(desired.rules)
  const fingerprints = new Map(desired.fingerprints)
  const keep = (definition: StreamDefinition | RuleDefinition, why: Kept) => {
    const key = keyOf(definition)
    kept.set(key, why)
    fingerprints.set(key, running.fingerprints.get(key) ?? '')
    if (definition.kind === 'rule') rules.set(definition.id, definition)
    else streams.set(definition.name, definition)
  }
  const why = (definition: StreamDefinition | RuleDefinition): Kept | undefined => {
    const key = keyOf(definition)
    if (isHurt(desired.errors, key, definition.location.path)) return 'broken'
    return hold(key) ? 'held' : undefined
  }
  for (const [name, stream] of running.streams) {
    const reason = streams.has(name) ? undefined : why(stream)
    if (reason) keep(stream, reason)
  }
  for (const [id, rule] of running.rules) {
    const reason = rules.has(id) ? undefined : why(rule)
    if (!reason) continue
    keep(rule, reason)
    for (const name of sourcesOf(rule)) {
      const stream = running.streams.get(name)
      if (stream && !streams.has(name)) keep(stream, 'needed')
    }
  }
  return { state: { ...desired, streams, rules, fingerprints }, kept }
}

/** @param desired with the last good versions put back (`keepLastGood`); what is not in it is deleted */
export function plan(running: Running, desired: DesiredState, sourcesOf: SourcesOf): Plan {
  const changed = new Map<string, StreamDefinition>()
  const before = running.catalog
  const steps: Step[] = [
    ...configSteps('sluice', running.sluice, desired.sluice),
    ...configSteps('listener', running.listener, desired.sources.httppush.listener),
  ]
  for (const stream of inOrder(desired.streams)) {
    const old = before.streams.get(stream.name)
    const reason = old && changeOf(old, stream, before, desired)
    if (old && !reason) continue
    if (old) changed.set(stream.name, stream)
    steps.push(stepOf(old ? 'replace' : 'create', stream, reason ?? 'new'))
  }
  for (const rule of inOrder(desired.rules)) {
    const old = before.rules.get(rule.id)
    const source = sourcesOf(rule).find(name => changed.has(name))
    const reason =
      (old && changeOf(old, rule, before, desired)) ?? (source && `${changed.get(source)!.kind} ${source} changed`)
    if (old && !reason) continue
    steps.push(stepOf(old ? 'replace' : 'create', rule, old ? reason! : 'new'))
  }
  for (const rule of inOrder(before.rules)) {
    if (!desired.rules.has(rule.id)) steps.push(stepOf('delete', rule, 'no file defines it'))
  }
  for (const stream of inOrder(before.streams).reverse()) {
    if (!desired.streams.has(stream.name)) steps.push(stepOf('delete', stream, 'no file defines it'))
  }
  return { revision: desired.revision, steps }
}

function configSteps(name: 'sluice' | 'listener', old: object | undefined, next: object | undefined): Step[] {
  if (next === undefined || isDeepStrictEqual(old, next)) return []
  const key = `config:${name}` as const
  return [
    { action: old ? 'replace' : 'create', kind: 'config', name, key, reason: old ? 'its settings changed' : 'new' },
  ]
}

function inOrder<T extends StreamDefinition | RuleDefinition>(definitions: ReadonlyMap<string, T>): T[] {
  return [...definitions.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, definition]) => definition)
}

function changeOf(
  old: StreamDefinition | RuleDefinition,
  next: StreamDefinition | RuleDefinition,
  before: Catalog,
  desired: Catalog,
): string | undefined {
  if (old.kind !== next.kind) return `the ${old.kind} became a ${next.kind}`
  if (before.fingerprints.get(keyOf(old)) === desired.fingerprints.get(keyOf(next))) return undefined
  if (old.text !== next.text) return 'its text changed'
  if (next.kind !== 'rule') return 'its properties changed'
  return isDeepStrictEqual((old as RuleDefinition).options, next.options) ? 'a secret changed' : 'a default changed'
}

function stepOf(action: Step['action'], definition: StreamDefinition | RuleDefinition, reason: string): Step {
  const name = definition.kind === 'rule' ? definition.id : definition.name
  return { action, kind: definition.kind, name, key: keyOf(definition), reason }
}
