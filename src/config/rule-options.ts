// Rule options as written in, in their own types and with defaults filled in out (spec/rules-and-sinks.md 2).

import type { PlanStrategy, RestartStrategy, RuleOptions, RuleSchedule, ScheduleRange } from '../catalog/definition.ts'
import { parseDuration } from '../core/duration.ts'

export const DEFAULT_RULE_OPTIONS: RuleOptions = {
  isEventTime: false,
  lateToleranceMs: 1000,
  idleTimeoutMs: 0,
  futureToleranceMs: 0,
  lateTopic: '',
  maxWaitingRows: 100_000,
  bufferLength: 1024,
  sendMetaToSink: false,
  sendNilField: false,
  sendError: false,
  qos: 0,
  debug: false,
  schedule: undefined,
  restart: { attempts: 0, delayMs: 1000, multiplier: 2, maxDelayMs: 30_000, jitterFactor: 0.1 },
  strategy: { windowVersion: 'v1', sendSlidingWindowTwice: false, countsInEventTime: false, pushesDown: true },
}

/** @param written checked by the schema already */
export function ruleOptions(written: unknown, defaults: RuleOptions): RuleOptions {
  const given = (written ?? {}) as Partial<Record<string, unknown>>
  const own = (name: string) => (Object.hasOwn(given, name) ? given[name] : undefined)
  return {
    isEventTime: (own('isEventTime') as boolean | undefined) ?? defaults.isEventTime,
    lateToleranceMs: parseDuration(own('lateTolerance')) ?? defaults.lateToleranceMs,
    idleTimeoutMs: parseDuration(own('idleTimeout')) ?? defaults.idleTimeoutMs,
    futureToleranceMs: parseDuration(own('futureTolerance')) ?? defaults.futureToleranceMs,
    lateTopic: (own('lateTopic') as string | undefined) ?? defaults.lateTopic,
    maxWaitingRows: (own('maxWaitingRows') as number | undefined) ?? defaults.maxWaitingRows,
    bufferLength: (own('bufferLength') as number | undefined) ?? defaults.bufferLength,
    sendMetaToSink: (own('sendMetaToSink') as boolean | undefined) ?? defaults.sendMetaToSink,
    sendNilField: (own('sendNilField') as boolean | undefined) ?? defaults.sendNilField,
    sendError: (own('sendError') as boolean | undefined) ?? defaults.sendError,
    qos: (own('qos') as RuleOptions['qos'] | undefined) ?? defaults.qos,
    debug: (own('debug') as boolean | undefined) ?? defaults.debug,
    schedule: schedule(own('cron'), own('duration'), own('cronDatetimeRange')),
    restart: restart(own('restartStrategy'), defaults.restart),
    strategy: strategy(own('planOptimizeStrategy'), defaults.strategy),
  }
}

/** A schedule is a rule's own: there is no default for all rules. */
function schedule(cron: unknown, duration: unknown, written: unknown): RuleSchedule | undefined {
  const ranges = (written ?? []) as readonly ScheduleRange[]
  const durationMs = duration === '' ? 0 : parseDuration(duration)
  if (!cron && !durationMs && ranges.length === 0) return undefined
  return { cron: cron ? String(cron) : undefined, durationMs: durationMs ? durationMs : undefined, ranges }
}

function restart(written: unknown, defaults: RestartStrategy): RestartStrategy {
  const given = (written ?? {}) as Partial<Record<string, unknown>>
  return {
    attempts: (given['attempts'] as number | undefined) ?? defaults.attempts,
    delayMs: parseDuration(given['delay']) ?? defaults.delayMs,
    multiplier: (given['multiplier'] as number | undefined) ?? defaults.multiplier,
    maxDelayMs: parseDuration(given['maxDelay']) ?? defaults.maxDelayMs,
    jitterFactor: (given['jitterFactor'] as number | undefined) ?? defaults.jitterFactor,
  }
}

/** The part of `planOptimizeStrategy` that has a meaning here; the schema says of the rest that it has none. */
interface WrittenStrategy {
  readonly enableIncrementalWindow?: boolean
  readonly optimizeControl?: { readonly disableOptimizeRules?: readonly string[] | null } | null
  readonly windowOption?: {
    readonly windowVersion?: '' | 'v1' | 'v2'
    readonly enableSendSlidingWindowTwice?: boolean
  } | null
}

function strategy(written: unknown, defaults: PlanStrategy): PlanStrategy {
  const { enableIncrementalWindow, optimizeControl, windowOption } = (written ?? {}) as WrittenStrategy
  const disabled = optimizeControl?.disableOptimizeRules
  return {
    windowVersion: windowOption?.windowVersion || defaults.windowVersion,
    sendSlidingWindowTwice: windowOption?.enableSendSlidingWindowTwice ?? defaults.sendSlidingWindowTwice,
    countsInEventTime: enableIncrementalWindow ?? defaults.countsInEventTime,
    pushesDown: disabled ? !disabled.includes('predicatePushDown') : defaults.pushesDown,
  }
}
