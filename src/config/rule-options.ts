// Rule options as written in, in their own types and with defaults filled in out (spec/rules-and-sinks.md 2).

import type { RuleOptions } from '../catalog/definition.ts'
import { parseDuration } from '../core/duration.ts'

export const DEFAULT_RULE_OPTIONS: RuleOptions = {
  isEventTime: false,
  lateToleranceMs: 1000,
  bufferLength: 1024,
  sendMetaToSink: false,
  sendNilField: false,
  sendError: false,
  qos: 0,
  debug: false,
}

/** @param written checked by the schema already */
export function ruleOptions(written: unknown, defaults: RuleOptions): RuleOptions {
  const given = (written ?? {}) as Partial<Record<string, unknown>>
  const own = (name: string) => (Object.hasOwn(given, name) ? given[name] : undefined)
  return {
    isEventTime: (own('isEventTime') as boolean | undefined) ?? defaults.isEventTime,
    lateToleranceMs: parseDuration(own('lateTolerance')) ?? defaults.lateToleranceMs,
    bufferLength: (own('bufferLength') as number | undefined) ?? defaults.bufferLength,
    sendMetaToSink: (own('sendMetaToSink') as boolean | undefined) ?? defaults.sendMetaToSink,
    sendNilField: (own('sendNilField') as boolean | undefined) ?? defaults.sendNilField,
    sendError: (own('sendError') as boolean | undefined) ?? defaults.sendError,
    qos: (own('qos') as RuleOptions['qos'] | undefined) ?? defaults.qos,
    debug: (own('debug') as boolean | undefined) ?? defaults.debug,
  }
}
