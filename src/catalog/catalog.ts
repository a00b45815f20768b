// What runs, what the files say, and how an object is doing: the words that reconciler, ingest and status share.

import type { UserError } from '../core/errors.ts'
import type { RuleDefinition, RuleOptions, SourceProperties, StreamDefinition } from './definition.ts'

/** `stream:sensors`, `table:devices`, `rule:overheat`; also `config:httppush`, `config:redis` …, `config:listener`, `config:sluice` */
export type ObjectKey = `${ObjectKind | 'config'}:${string}`
export type ObjectKind = 'stream' | 'table' | 'rule'

export function keyOf(definition: StreamDefinition | RuleDefinition): ObjectKey {
  return definition.kind === 'rule' ? `rule:${definition.id}` : `${definition.kind}:${definition.name}`
}

/** What runs. Streams and tables share one namespace. */
export interface Catalog {
  /** hash of the normalised files that it came from; '' before the first reconcile */
  readonly revision: string
  /** streams and tables by name */
  readonly streams: ReadonlyMap<string, StreamDefinition>
  /** rules by id */
  readonly rules: ReadonlyMap<string, RuleDefinition>
  /** By key: hash of all that makes a difference when it runs: text, properties, options, resolved secrets. */
  readonly fingerprints: ReadonlyMap<ObjectKey, string>
}

export const EMPTY_CATALOG: Catalog = { revision: '', streams: new Map(), rules: new Map(), fingerprints: new Map() }

/** What the files say. Objects with errors are not in it. */
export interface DesiredState extends Catalog {
  readonly sources: SourceConfigs
  readonly sluice: SluiceConfig
  readonly errors: readonly ObjectError[]
  readonly warnings: readonly UserError[]
  readonly files: readonly ConfigFile[]
}

export interface ConfigFile {
  /** relative to the root folder, with forward slashes */
  readonly path: string
  readonly sizeBytes: number
  /** of the normalised content */
  readonly hash: string
}

/** A fault, and what it hurts: one object, or with no object every object that this file defined. */
export interface ObjectError {
  readonly object?: ObjectKey
  readonly file: string
  readonly reason: ConditionReason
  readonly error: UserError
}

/** `source:` of etc/sources/httppush.yaml. File paths as written: relative ones start at the root folder. */
export interface ListenerConfig {
  readonly ip: string
  readonly port: number
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
}

/** Source types whose properties stand in sections of etc/sources/<type>.yaml. */
export const SECTION_TYPES = ['httppush', 'memory', 'redis', 'sql', 'file'] as const
export type SectionType = (typeof SECTION_TYPES)[number]

/** etc/sources/<type>.yaml of every type that has one. */
export interface SourceConfigs extends Readonly<Record<SectionType, SourceSections>> {
  readonly httppush: HttpPushConfig
}

/** The sections of one file: properties by name, for CONF_KEY to choose from. */
export interface SourceSections {
  /** relative to the root folder */
  readonly path: string
  /** names of the sections besides `default` */
  readonly sections: readonly string[]
  /**
   * Properties for a stream: built-in values, section `default`, the named section (in any case).
   * `errors`: a section in use is broken. `warnings`: the section does not exist, only `default` applies.
   */
  sectionFor(name?: string): {
    readonly properties: SourceProperties
    readonly errors: readonly UserError[]
    readonly warnings: readonly UserError[]
  }
}

export interface HttpPushConfig extends SourceSections {
  /** undefined: `source:` has errors, so the last good one stays */
  readonly listener: ListenerConfig | undefined
}

export interface SluiceConfig {
  readonly status: { readonly ip: string; readonly port: number }
  readonly log: { readonly level: string; readonly format: 'json' | 'text' }
  /** `Local`, `UTC` or an IANA name */
  readonly timezone: string
  /** folder for data; undefined: not set in the file */
  readonly data: string | undefined
  /** options of a rule that says nothing itself */
  readonly rule: RuleOptions
  readonly watch: { readonly mode: WatchMode; readonly rescanIntervalMs: number }
}

export const WATCH_MODES = ['auto', 'events', 'poll'] as const
export type WatchMode = (typeof WATCH_MODES)[number]

/** Flux's names, and what our own guards add. */
export const CONDITION_REASONS = [
  'ReconciliationSucceeded',
  'ReconciliationFailed',
  'Progressing',
  'ProgressingWithRetry',
  'BuildFailed',
  'DependencyNotReady',
  'ArtifactFailed',
  'PruneBlocked',
  'WatchDegraded',
  'Suspended',
] as const
export type ConditionReason = (typeof CONDITION_REASONS)[number]

export const CONDITION_TYPES = ['Ready', 'Reconciling', 'Stalled'] as const
export type ConditionType = (typeof CONDITION_TYPES)[number]

export interface Condition {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: ConditionReason
  readonly message: string
  /** ms since 1970 UTC: when `status` last changed */
  readonly lastTransitionTime: number
}
