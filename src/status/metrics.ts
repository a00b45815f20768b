// Counters of all rooms in, the text that Prometheus scrapes out: eKuiper's names (spec/rules-and-sinks.md 10), then ours.
// The only file that imports prom-client. Rooms count for themselves; what they tell is copied at each scrape.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { StatusDeps } from './deps.ts'
import { isReady } from './document.ts'
import { isReconciled } from './health.ts'
import { type Sample, samples } from './rules.ts'
import { withTableFaults } from './table-faults.ts'

const OPERATOR_LABELS = ['rule', 'type', 'op', 'op_instance'] as const
const OPERATOR_COUNTERS: Readonly<Record<string, string>> = {
  records_in_total: 'Rows received.',
  records_out_total: 'Rows sent on.',
  messages_processed_total: 'Messages handled.',
  exceptions_total: 'Rows, windows or messages that failed.',
}
const OPERATOR_GAUGES: Readonly<Record<string, string>> = {
  process_latency_us: 'Time spent on the last message, microseconds.',
  buffer_length: 'Messages that wait.',
}
const RULE_STATES: Readonly<Record<string, number>> = { running: 1, starting: 1, 'stopped by error': -1 }

/** Only a rule that runs has these: what waited in one that has ended is gone. What was counted stays. */
const OF_RUNNING: ReadonlySet<string> = new Set(['buffer_length', 'waiting_rows', 'idle_streams'])

type Metric = Counter | Gauge

export class Metrics {
  readonly contentType: string
  readonly #deps: StatusDeps
  readonly #registry = new Registry()
  readonly #metrics = new Map<string, Metric>()

  constructor(deps: StatusDeps) {
    this.#deps = deps
    this.contentType = this.#registry.contentType
    collectDefaultMetrics({ register: this.#registry })
    this.#defineRules()
    this.#defineOwn()
  }

  /** The page of one scrape. */
  text(): Promise<string> {
    // In one turn: a second scrape at the same time sees all of the one state or all of the other.
    for (const metric of this.#metrics.values()) metric.reset()
    this.#fillRules()
    this.#fillPush()
    this.#fillJournal()
    this.#fillLookups()
    this.#fillConfiguration()
    return this.#registry.metrics()
  }

  close(): void {
    this.#registry.clear()
  }

  #define(kind: 'counter' | 'gauge', name: string, help: string, labelNames: readonly string[] = []): void {
    const settings = { name, help, labelNames: [...labelNames], registers: [this.#registry] }
    this.#metrics.set(name, kind === 'counter' ? new Counter(settings) : new Gauge(settings))
  }

  #put(name: string, value: number, labels: Record<string, string> = {}): void {
    // After the reset a counter stands at 0, so that adding a total sets it.
    this.#metrics.get(name)!.inc(labels, value)
  }

  #defineRules(): void {
    for (const type of ['source', 'op', 'sink']) {
      for (const [metric, help] of Object.entries(OPERATOR_COUNTERS)) {
        this.#define('counter', `kuiper_${type}_${metric}`, help, OPERATOR_LABELS)
      }
      for (const [metric, help] of Object.entries(OPERATOR_GAUGES)) {
        this.#define('gauge', `kuiper_${type}_${metric}`, help, OPERATOR_LABELS)
      }
      if (type === 'op') continue
      const help = '1 connected, 0 connecting, -1 disconnected.'
      this.#define('gauge', `kuiper_${type}_connection_status`, help, OPERATOR_LABELS)
    }
    this.#define('counter', 'sluice_late_rows_total', 'Rows that came behind the watermark of their rule.', ['rule'])
    this.#define('gauge', 'sluice_waiting_rows', 'Rows that wait for the watermark of their rule.', ['rule'])
    this.#define('gauge', 'sluice_idle_streams', 'Streams that the watermark of the rule does not wait for.', ['rule'])
    this.#define('counter', 'sluice_sink_messages_lost_total', 'Messages that were given up.', OPERATOR_LABELS)
    this.#define('gauge', 'kuiper_rule_count', 'Rules by state.', ['status'])
    this.#define('gauge', 'kuiper_rule_status', '1 running, 0 stopped, -1 stopped by error.', ['rule'])
  }

  #defineOwn(): void {
    this.#define('gauge', 'sluice_build_info', 'Always 1; the label says which version runs.', ['version'])
    this.#define('counter', 'sluice_push_requests_total', 'Answers of the push listener by HTTP status.', ['code'])
    this.#define('counter', 'sluice_push_rows_total', 'Rows taken into the journal.')
    this.#define('counter', 'sluice_push_bytes_total', 'Bytes of the bodies that were taken.')
    this.#define('counter', 'sluice_push_aborted_total', 'Clients that left before their request was whole.')
    this.#define('gauge', 'sluice_push_under_way', 'Requests that have not been answered yet.')
    this.#define('gauge', 'sluice_push_open', '1 when the push listener is open.')
    this.#define('gauge', 'sluice_journal_held', 'Messages that the slowest reader has still to take.', ['stream'])
    this.#define('gauge', 'sluice_journal_held_bytes', 'Bytes of these messages.', ['stream'])
    this.#define('gauge', 'sluice_journal_limit', 'Most messages that are held.', ['stream'])
    this.#define('counter', 'sluice_journal_appended_total', 'Messages taken.', ['stream'])
    this.#define('counter', 'sluice_journal_refused_total', 'Messages refused for want of room.', ['stream'])
    this.#define('counter', 'sluice_lookup_questions_total', 'Questions of rules to the lookup table.', ['table'])
    const remembered = 'Of these, answered without asking the table itself.'
    this.#define('counter', 'sluice_lookup_cache_hits_total', remembered, ['table'])
    this.#define('counter', 'sluice_lookup_errors_total', 'Questions that failed.', ['table'])
    this.#define('gauge', 'sluice_lookup_held', 'Rows of a memory table, or answers that are remembered.', ['table'])
    this.#define('gauge', 'sluice_config_last_reload_successful', '1 when the files as they are now are what runs.')
    const when = 'When the files were last in place without a fault, seconds since 1970.'
    this.#define('gauge', 'sluice_config_last_reload_success_timestamp_seconds', when)
    this.#define('gauge', 'sluice_config_info', 'Always 1; the labels say what was applied last.', [
      'revision',
      'commit',
    ])
    this.#define('gauge', 'sluice_object_ready', '1 when the object runs as its file says.', ['kind', 'name'])
  }

  #fillRules(): void {
    let running = 0
    const { rules } = this.#deps.engine
    for (const [rule, entry] of rules) {
      const status = entry.status()
      const runs = status['status'] === 'running'
      if (runs) running++
      this.#put('kuiper_rule_status', RULE_STATES[String(status['status'])] ?? 0, { rule })
      for (const sample of samples(status)) {
        if (runs || !OF_RUNNING.has(sample.metric)) this.#putSample(rule, sample)
      }
    }
    this.#put('kuiper_rule_count', running, { status: 'running' })
    this.#put('kuiper_rule_count', rules.size - running, { status: 'stop' })
  }

  #putSample(rule: string, { type, op, instance, metric, value }: Sample): void {
    // A rule has one watermark.
    if (this.#metrics.has(`sluice_${metric}`)) return this.#put(`sluice_${metric}`, Number(value), { rule })
    const name = metric === 'messages_lost_total' ? 'sluice_sink_messages_lost_total' : `kuiper_${type}_${metric}`
    if (!this.#metrics.has(name)) return
    this.#put(name, Number(value), { rule, type, op, op_instance: instance })
  }

  #fillPush(): void {
    const { requests, rows, bytes, aborted, underWay } = this.#deps.pushCounters()
    for (const [code, count] of Object.entries(requests)) this.#put('sluice_push_requests_total', count, { code })
    this.#put('sluice_push_rows_total', rows)
    this.#put('sluice_push_bytes_total', bytes)
    this.#put('sluice_push_aborted_total', aborted)
    this.#put('sluice_push_under_way', underWay)
    this.#put('sluice_push_open', this.#deps.push().state === 'open' ? 1 : 0)
  }

  #fillJournal(): void {
    for (const { stream, held, heldBytes, limits, appendedTotal, refusedTotal } of this.#deps.journal()) {
      this.#put('sluice_journal_held', held, { stream })
      this.#put('sluice_journal_held_bytes', heldBytes, { stream })
      this.#put('sluice_journal_limit', limits.bufferLength, { stream })
      this.#put('sluice_journal_appended_total', appendedTotal, { stream })
      this.#put('sluice_journal_refused_total', refusedTotal, { stream })
    }
  }

  #fillLookups(): void {
    for (const { table, questions, cacheHits, errors, held } of this.#deps.engine.lookups()) {
      this.#put('sluice_lookup_questions_total', questions, { table })
      this.#put('sluice_lookup_cache_hits_total', cacheHits, { table })
      this.#put('sluice_lookup_errors_total', errors, { table })
      this.#put('sluice_lookup_held', held, { table })
    }
  }

  #fillConfiguration(): void {
    this.#put('sluice_build_info', 1, { version: this.#deps.version })
    const { engine } = this.#deps
    const { lastReload, lastAppliedRevision, git, objects } = withTableFaults(this.#deps.reconcile(), engine)
    if (isReconciled(this.#deps)) {
      this.#put('sluice_config_last_reload_successful', lastReload.successful ? 1 : 0)
      this.#put('sluice_config_info', 1, { revision: lastAppliedRevision, commit: git.commit ?? '' })
    }
    if (lastReload.succeededAt !== undefined) {
      this.#put('sluice_config_last_reload_success_timestamp_seconds', lastReload.succeededAt / 1000)
    }
    for (const object of objects) {
      const { kind, name } = object
      this.#put('sluice_object_ready', isReady(object, engine) ? 1 : 0, { kind, name })
    }
  }
}
