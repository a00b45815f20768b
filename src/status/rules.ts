// Rules that run in, eKuiper's JSON shapes of them out (spec/rules-and-sinks.md 8 and 9).

import type { EngineRule } from '../runtime/engine.ts'
import type { RuleStatus } from '../runtime/rule-status.ts'

type Rules = ReadonlyMap<string, EngineRule>

function inOrder(rules: Rules): EngineRule[] {
  return [...rules.values()].sort((a, b) => (a.definition.id < b.definition.id ? -1 : 1))
}

export function ruleList(rules: Rules): object[] {
  return inOrder(rules).map(({ definition, state }) => ({
    id: definition.id,
    name: definition.name,
    status: state,
    version: definition.version,
    trace: false,
    tags: definition.tags,
  }))
}

/** One counter of one operator: `op_2_filter_0_records_in_total` taken apart. */
export interface Sample {
  readonly type: 'source' | 'op' | 'sink'
  /** `demo`, `2_filter`, `log_0` */
  readonly op: string
  readonly instance: string
  readonly metric: string
  readonly value: string | number
}

const METRICS = [
  'records_in_total',
  'records_out_total',
  'messages_processed_total',
  'process_latency_us',
  'buffer_length',
  'exceptions_total',
  'last_exception',
  'last_exception_time',
  'connection_status',
  'messages_lost_total',
  'late_rows_total',
  'waiting_rows',
  'idle_streams',
]
const KEY = new RegExp(`^(source|op|sink)_(.+)_(\\d+)_(${METRICS.join('|')})$`)

export function samples(status: RuleStatus): Sample[] {
  return Object.entries(status).flatMap(([key, value]) => {
    const [, type, op, instance, metric] = KEY.exec(key) ?? []
    if (metric === undefined) return []
    return [{ type: type as Sample['type'], op: op!, instance: instance!, metric, value }]
  })
}

/** `GET /rules/status/all`: state, and the faults of all operators together. */
export function statusOfAll(rules: Rules): object {
  return Object.fromEntries(
    inOrder(rules).map(rule => {
      const status = rule.status()
      return [rule.definition.id, { status: status['status'], ...faults(samples(status)) }]
    }),
  )
}

function faults(of: readonly Sample[]): { last_exception: string; exceptions_total: number } {
  let total = 0
  let latest = { time: 0, text: '' }
  for (const [i, sample] of of.entries()) {
    if (sample.metric === 'exceptions_total') total += Number(sample.value)
    if (sample.metric !== 'last_exception' || sample.value === '') continue
    const next = of[i + 1]
    const time = next?.metric === 'last_exception_time' ? Number(next.value) : 0
    if (time >= latest.time) latest = { time, text: String(sample.value) }
  }
  return { last_exception: latest.text, exceptions_total: total }
}
