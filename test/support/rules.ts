// SQL and rows in, emissions out: real parsing, analysis, compilation and pipeline on a manual clock, without files.

import type { RuleAction, RuleDefinition, RuleOptions, StreamDefinition } from '../../src/catalog/definition.ts'
import { decodingOf, prepareSelect } from '../../src/compiler/prepare.ts'
import { compileSelect } from '../../src/compiler/select.ts'
import { DEFAULT_RULE_OPTIONS } from '../../src/config/rule-options.ts'
import { BUILT_IN_SOURCES } from '../../src/config/source-sections.ts'
import { defineStream } from '../../src/config/stream-definition.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { FileText, type SourceText } from '../../src/core/location.ts'
import type { Emission, Meta } from '../../src/core/row.ts'
import type { Value, Values } from '../../src/core/value.ts'
import type { Pipeline } from '../../src/operators/pipeline.ts'
import { parseStatements } from '../../src/sql/parser.ts'

export type Streams = ReadonlyMap<string, StreamDefinition>

/** What the files under streams/ would define. */
export function streamsOf(...ddl: readonly string[]): Map<string, StreamDefinition> {
  const streams = new Map<string, StreamDefinition>()
  const source = new FileText('streams.sql', ddl.join(';\n'))
  const { statements, errors } = parseStatements(source)
  if (errors[0]) throw errors[0]
  for (const statement of statements) {
    if (statement.kind !== 'create') throw new Error('only CREATE defines streams')
    const { definition, errors: faults } = defineStream(statement, source, BUILT_IN_SOURCES)
    if (!definition) throw faults[0]
    streams.set(definition.name, definition)
  }
  return streams
}

/** `s` and `t` have no schema, `n` has; all of them are pushed to. */
export const STREAMS: Streams = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush", TIMESTAMP="ts")',
  'CREATE STREAM t () WITH (TYPE="httppush", TIMESTAMP="ts")',
  'CREATE STREAM n (i BIGINT, f FLOAT, t STRING, b BOOLEAN, `__proto__` BIGINT) WITH (TYPE="httppush")',
)

export interface RuleParts {
  readonly id?: string
  readonly options?: Partial<RuleOptions>
  /** by sink: its options */
  readonly actions?: readonly (readonly [sink: string, options: Readonly<Record<string, unknown>>])[]
  readonly triggered?: boolean
}

export function ruleOf(sql: string | SourceText, parts: RuleParts = {}): RuleDefinition {
  const source = typeof sql === 'string' ? new FileText('rule.sql', sql) : sql
  const location = { path: source.path, line: 1, column: 1 }
  const { id = 'r1', options, actions = [], triggered = true } = parts
  return {
    kind: 'rule',
    id,
    name: '',
    location,
    text: source.text,
    sql: source,
    actions: actions.map(([sink, own]): RuleAction => ({ sink, options: own, location })),
    options: { ...DEFAULT_RULE_OPTIONS, ...options },
    triggered,
    tags: [],
    version: '',
  }
}

export interface RunOptions extends Partial<RuleOptions> {
  readonly streams?: Streams
  /** ms since 1970 UTC; default 0 */
  readonly startMs?: number
  /** IANA name; default UTC */
  readonly zone?: string
  /** never folds: what folded windows are compared with */
  readonly keepRows?: boolean
}

/** One compiled statement with what came out of it so far. */
export class SqlRun {
  readonly pipeline: Pipeline
  readonly clock: ManualClock
  readonly emissions: Emission[] = []
  /** what was logged: stage and text of every discarded row or window */
  readonly failures: { readonly stage: string; readonly error: Error }[] = []
  readonly #names: readonly string[]

  constructor(sql: string, options: RunOptions = {}) {
    const { streams = STREAMS, startMs = 0, zone = 'UTC', ...given } = options
    const rule = { ...DEFAULT_RULE_OPTIONS, sendError: true, ...given }
    const prepared = prepareSelect(new FileText('rule.sql', sql), streams, rule.isEventTime, {
      strategy: rule.strategy,
    })
    this.clock = new ManualClock(startMs)
    this.#names = prepared.streams.map(s => s.name)
    this.pipeline = compileSelect(prepared.analyzed, {
      ...rule,
      sources: prepared.streams.map(decodingOf),
      context: {
        now: () => this.clock.now(),
        zone,
        ruleId: 'r1',
        ruleStart: startMs,
        property: () => undefined,
      },
      sendMeta: rule.sendMetaToSink,
      emit: emission => this.emissions.push(emission),
      onError: (error, stage) => this.failures.push({ stage, error }),
    })
  }

  /** One message at this instant. */
  push(rows: Values | readonly Values[], at = this.clock.now(), stream = this.#names[0]!, meta?: Meta): this {
    this.clock.advanceTo(at)
    this.pipeline.push(this.#names.indexOf(stream), Array.isArray(rows) ? rows : [rows as Values], at, meta)
    return this
  }

  moveTo(at: number): this {
    this.clock.advanceTo(at)
    this.pipeline.advance(at)
    return this
  }

  /** Rows by emission; an error in their place as its text. */
  get results(): (readonly Values[] | string)[] {
    return this.emissions.map(e => e.error ?? e.rows)
  }

  /** The rows of all emissions; an error stands for itself. */
  get rows(): (Values | string)[] {
    return this.emissions.flatMap((e): (Values | string)[] => (e.error === undefined ? [...e.rows] : [e.error]))
  }
}

/** Runs a statement over single rows, one message each, all at one instant. */
export function runSql(sql: string, rows: readonly Values[], options?: RunOptions): (Values | string)[] {
  const run = new SqlRun(sql, options)
  for (const row of rows) run.push(row)
  return run.rows
}

/** The value of one expression on one row; an error as its text. */
export function evaluate(expression: string, row: Values = {}): Value | undefined {
  const [out] = runSql(`SELECT ${expression} AS out FROM s`, [row], { sendNilField: true })
  return typeof out === 'string' ? out : out?.['out']
}
