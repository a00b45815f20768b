// Streams, tables and rules as the files define them: checked, but not yet running.

import type { Location, SourceText } from '../core/location.ts'
import type { Field } from '../core/schema.ts'
import type { CreateStatement } from '../sql/ast.ts'

/** Resolved source properties of a stream: WITH over EXTRA over CONF_KEY over default (spec/http-push.md 2.1). */
export type SourceProperties = Readonly<Record<string, unknown>>

export interface StreamDefinition {
  readonly kind: 'stream' | 'table'
  readonly name: string
  readonly location: Location
  /** printed back from the tree: a comment or a line break is no change */
  readonly text: string
  readonly statement: CreateStatement
  /** declared columns; empty: schemaless */
  readonly fields: readonly Field[]
  readonly options: StreamOptions
  readonly properties: SourceProperties
}

/** WITH options in their own types. Absent: not written. */
export interface StreamOptions {
  readonly datasource?: string
  readonly type: string
  readonly format: string
  readonly schemaId?: string
  readonly delimiter?: string
  readonly key?: string
  readonly confKey?: string
  readonly extra?: Readonly<Record<string, unknown>>
  readonly shared: boolean
  readonly strictValidation: boolean
  readonly timestamp?: string
  readonly timestampFormat?: string
  readonly retainSize?: number
  readonly kind: 'scan' | 'lookup'
  readonly version?: string
  readonly temp: boolean
}

export interface RuleAction {
  /** sink kind, a key of `actions` */
  readonly sink: string
  readonly options: Readonly<Record<string, unknown>>
  readonly location: Location
}

/** Rule options that this version acts on, with their defaults filled in (spec/rules-and-sinks.md 2). */
export interface RuleOptions {
  readonly isEventTime: boolean
  readonly lateToleranceMs: number
  /** a stream of the rule that is silent for so long holds no other back; 0: for ever */
  readonly idleTimeoutMs: number
  /** rows that are further ahead of the clock are errors; 0: none is */
  readonly futureToleranceMs: number
  /** memory topic that late rows are published to; '': they are only counted */
  readonly lateTopic: string
  /** rows that may wait for the slowest stream before only that one is read */
  readonly maxWaitingRows: number
  readonly bufferLength: number
  readonly sendMetaToSink: boolean
  readonly sendNilField: boolean
  readonly sendError: boolean
  readonly qos: 0 | 1 | 2
  readonly debug: boolean
  /** undefined: it runs as long as it is defined */
  readonly schedule: RuleSchedule | undefined
  readonly restart: RestartStrategy
  readonly strategy: PlanStrategy
}

/** What of `planOptimizeStrategy` changes results (spec/windows-and-time.md 1.1, 6, 9). */
export interface PlanStrategy {
  /** v2: sliding windows leave out their start and hold their end */
  readonly windowVersion: 'v1' | 'v2'
  /** sliding windows with a delay come in two parts */
  readonly sendSlidingWindowTwice: boolean
  /** count windows may be used in event time */
  readonly countsInEventTime: boolean
  /** WHERE may run before a window or a join */
  readonly pushesDown: boolean
}

/** When a rule runs: `cron`, `duration` and `cronDatetimeRange` as written, checked. */
export interface RuleSchedule {
  /** five fields; then there is a duration, too */
  readonly cron: string | undefined
  readonly durationMs: number | undefined
  readonly ranges: readonly ScheduleRange[]
}

/** Begin inclusive, end exclusive: `YYYY-MM-DD HH:mm:ss` on local clocks, or ms since 1970 UTC. */
export type ScheduleRange =
  | { readonly begin: string; readonly end: string }
  | { readonly beginTimestamp: number; readonly endTimestamp: number }

/** What is done when a rule has failed: started again `attempts` times in a row at most, after longer and longer waits. */
export interface RestartStrategy {
  /** 0: never */
  readonly attempts: number
  readonly delayMs: number
  readonly multiplier: number
  readonly maxDelayMs: number
  /** share of the wait, 0 to 1, by which it is longer or shorter at random */
  readonly jitterFactor: number
}

export interface RuleDefinition {
  readonly kind: 'rule'
  readonly id: string
  readonly name: string
  readonly location: Location
  /**
   * normalised document, key order fixed: what `GET /rules/{id}` shows (secrets as references) and what is compared,
   * but for the layout of its SQL
   */
  readonly text: string
  readonly sql: SourceText
  readonly actions: readonly RuleAction[]
  readonly options: RuleOptions
  /** false: defined but not started */
  readonly triggered: boolean
  readonly tags: readonly string[]
  readonly version: string
}

export type Definition = StreamDefinition | RuleDefinition
