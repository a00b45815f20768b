// A rule's counters in, the status document of eKuiper out: flat keys in a fixed order (spec/rules-and-sinks.md 8).

import type { StageStatus } from '../operators/pipeline.ts'
import type { ActionStatus } from '../sinks/action-runner.ts'

/** of a rule that its schedule will start */
export const WAITING = 'stopped: waiting for next schedule.'
export const RUN_STATES = ['running', 'starting', 'stopping', 'stopped', WAITING, 'stopped by error'] as const
export type RunState = (typeof RUN_STATES)[number]

/** `status`, `message`, three timestamps (ms since 1970 UTC, 0: never), then one key per counter. */
export type RuleStatus = Readonly<Record<string, string | number>>

export interface RuleStatusParts {
  readonly state: RunState
  readonly message: string
  readonly startedAt: number
  readonly stoppedAt: number
  readonly sources: readonly (StageStatus & { readonly bufferLength: number })[]
  readonly operators: readonly StageStatus[]
  /** of the message worked on last, through the whole pipeline */
  readonly latencyUs: number
  readonly actions: readonly { readonly sink: string; readonly status: ActionStatus }[]
  /** of what publishes late rows, when something does */
  readonly late?: ActionStatus | undefined
}

export function ruleStatus(parts: RuleStatusParts): RuleStatus {
  const status: Record<string, string | number> = {
    status: parts.state,
    message: parts.message,
    lastStartTimestamp: parts.startedAt,
    lastStopTimestamp: parts.stoppedAt,
    nextStartTimestamp: 0,
  }
  for (const source of parts.sources) {
    const prefix = `${source.name}_0_`
    stage(status, prefix, source, parts.latencyUs, source.bufferLength)
    // Sources are this process's own memory: there is nothing to be disconnected from.
    status[`${prefix}connection_status`] = parts.state === 'running' ? 1 : -1
    status[`${prefix}connection_last_connected_time`] = parts.startedAt
    status[`${prefix}connection_last_disconnected_time`] = parts.stoppedAt
    status[`${prefix}connection_last_disconnected_message`] = ''
    status[`${prefix}connection_last_try_time`] = parts.startedAt
  }
  for (const operator of parts.operators)
    stage(status, `${operator.name}_0_`, operator, parts.latencyUs, operator.waiting ?? 0)
  parts.actions.forEach((action, i) => put(status, `sink_${action.sink}_${i}_0_`, action.status))
  if (parts.late) put(status, 'sink_late_0_0_', parts.late)
  return status
}

function put(into: Record<string, string | number>, prefix: string, counters: object): void {
  for (const [key, value] of Object.entries(counters)) into[prefix + key] = value
}

function stage(
  into: Record<string, string | number>,
  prefix: string,
  s: StageStatus,
  latencyUs: number,
  bufferLength: number,
): void {
  into[`${prefix}records_in_total`] = s.recordsIn
  into[`${prefix}records_out_total`] = s.recordsOut
  into[`${prefix}messages_processed_total`] = s.recordsIn
  into[`${prefix}process_latency_us`] = latencyUs
  into[`${prefix}buffer_length`] = bufferLength
  into[`${prefix}last_invocation`] = s.lastInvocation
  into[`${prefix}exceptions_total`] = s.exceptions
  into[`${prefix}last_exception`] = s.lastException
  into[`${prefix}last_exception_time`] = s.lastExceptionTime
  if (s.counters) put(into, prefix, s.counters)
}
