// An analyzed SELECT in, a pipeline out: which operators, in which order, with which compiled expressions
// (spec/windows-and-time.md 6 gives the order, spec/sql.md 5.4 the steps after the window).

import { toDateTime } from '../core/datetime.ts'
import { RowError } from '../core/errors.ts'
import type { Emission } from '../core/row.ts'
import type { Field } from '../core/schema.ts'
import { getOwn, type Values } from '../core/value.ts'
import { makeSchemaDecoder, type SchemaDecoder } from '../formats/schema.ts'
import type { FunctionContext } from '../functions/definition.ts'
import { Analytic } from '../operators/analytic.ts'
import type { AggregatePlan, Hits } from '../operators/evaluate.ts'
import { Filter } from '../operators/filter.ts'
import type { Operator } from '../operators/operator.ts'
import type { OrderKey } from '../operators/order.ts'
import { type OnError, Pipeline, type PipelineInput, type StageSpec } from '../operators/pipeline.ts'
import { ScanTable } from '../operators/scan-table.ts'
import { Select, type SelectPlan } from '../operators/select.ts'
import { Watermark } from '../operators/watermark.ts'
import type { AnalyticCall, AnalyzedSelect, BoundExpression, BoundOrder } from '../sql/bound.ts'
import { compileAggregate } from './aggregates.ts'
import { aggregatesOf, needsWindow } from './conjuncts.ts'
import { Generator } from './generator.ts'
import { rowKey } from './group-key.ts'
import { compileJoin } from './join.ts'
import { type PlanStep, planSelect } from './plan.ts'
import { compileProjection } from './project.ts'
import { precedenceOf } from './wildcard.ts'
import { compileWindow } from './window.ts'

/** How the records of one source become rows. */
export interface SourceDecoding {
  readonly name: string
  /** declared columns; empty: schemaless */
  readonly fields: readonly Field[]
  readonly strictValidation: boolean
  readonly timestamp: string | undefined
  readonly timestampFormat: string | undefined
  /** of a scan table */
  readonly retainSize: number
}

export interface CompileOptions {
  readonly sources: readonly SourceDecoding[]
  readonly context: FunctionContext
  readonly isEventTime: boolean
  readonly lateToleranceMs: number
  readonly sendNilField: boolean
  readonly sendError: boolean
  readonly sendMeta: boolean
  readonly emit: (emission: Emission) => void
  readonly onError: OnError
}

/** Builds the pipeline of one rule. Nothing in it has started when this returns. */
export function compileSelect(analyzed: AnalyzedSelect, options: CompileOptions): Pipeline {
  return new SelectCompiler(analyzed, options).compile()
}

/** The instants that dates can name end here, ms before and after 1970 UTC. */
const LARGEST_MS = 8.64e15

/** What the texts of errors begin with (spec/sql.md 7). */
const ERROR_PREFIX: Readonly<Record<PlanStep['kind'], string>> = {
  watermark: '',
  analytic: 'run Analytic error: ',
  windowfilter: 'run Filter error: ',
  filter: 'run Where error: ',
  window: 'run Group By error: ',
  join: 'run Join error: ',
  project: 'run Select error: ',
}

class SelectCompiler {
  readonly #analyzed: AnalyzedSelect
  readonly #options: CompileOptions
  readonly #hits: Hits = { count: 0, time: 0, aggregateCount: 0, aggregateTime: 0 }
  readonly #generator: Generator
  readonly #aggregates: readonly AggregatePlan[]
  readonly #tables = new Map<number, ScanTable>()
  readonly #stages: StageSpec[] = []
  #pipeline: Pipeline | undefined

  constructor(analyzed: AnalyzedSelect, options: CompileOptions) {
    this.#analyzed = analyzed
    this.#options = options
    const precedence = precedenceOf(analyzed.joins)
    this.#generator = new Generator({
      context: options.context,
      hits: this.#hits,
      sourceCount: analyzed.sources.length,
      precedence,
    })
    this.#aggregates = analyzed.aggregates.map(call =>
      compileAggregate(call, this.#generator, options.context, precedence),
    )
    for (const source of analyzed.sources) {
      if (source.kind === 'table') {
        this.#tables.set(source.index, new ScanTable({ retain: options.sources[source.index]!.retainSize }))
      }
    }
  }

  compile(): Pipeline {
    for (const step of planSelect(this.#analyzed, this.#options)) {
      this.#stages.push({ name: step.kind, prefix: ERROR_PREFIX[step.kind], operator: this.#operator(step) })
    }
    return this.#build()
  }

  #operator(step: PlanStep): Operator {
    const { isEventTime, context } = this.#options
    const analyzed = this.#analyzed
    switch (step.kind) {
      case 'watermark': {
        const streams = analyzed.sources.filter(s => s.kind === 'stream')
        const { lateToleranceMs } = step
        return new Watermark({ sources: streams.map(s => s.index), lateToleranceMs, startMs: context.ruleStart })
      }
      case 'analytic':
        return new Analytic(step.calls.map(call => this.#analytic(call)))
      case 'windowfilter':
      case 'filter':
        return new Filter(step.conditions.map(e => e && this.#generator.condition(e)))
      case 'window':
        return compileWindow(step.window, {
          generator: this.#generator,
          hits: this.#hits,
          startMs: context.ruleStart,
          zone: context.zone,
          isEventTime,
          fold: step.keeps.kind !== 'rows' ? { aggregates: this.#aggregates, groupKey: this.#groupKey() } : undefined,
        })
      case 'join':
        return compileJoin(analyzed, this.#generator, this.#tables)
      case 'project':
        return this.#select(step.where)
      default:
        return step satisfies never
    }
  }

  #analytic(call: AnalyticCall) {
    const { context } = this.#options
    return {
      slot: call.slot,
      source: call.source,
      args: call.arguments.map(a => this.#generator.evaluate(a)),
      partition: this.#key(call.partitionBy),
      when: call.when && this.#generator.evaluate(call.when),
      begin: () => call.definition.begin(context),
      text: call.text,
    }
  }

  #groupKey() {
    return this.#key(this.#analyzed.groupBy)
  }

  /** The text under which rows with equal values meet; undefined: all rows do. */
  #key(expressions: readonly BoundExpression[]) {
    return rowKey(expressions.map(e => this.#generator.evaluate(e)))
  }

  #order(items: readonly BoundOrder[]): OrderKey[] {
    return items.map(item => ({
      evaluate: this.#generator.evaluate(item.expression),
      descending: item.descending,
    }))
  }

  #select(late: BoundExpression | undefined): Select {
    const analyzed = this.#analyzed
    const { project, expand, state } = compileProjection(analyzed.items, this.#generator, this.#options.sendNilField)
    const plan: SelectPlan = {
      where: late && this.#generator.condition(late),
      whereAggregates: late && needsWindow(late) ? aggregatesOf(late) : undefined,
      groupKey: this.#groupKey(),
      isAggregate: analyzed.isAggregate,
      aggregates: this.#aggregates,
      having: analyzed.having && this.#generator.strictCondition(analyzed.having),
      order: this.#order(analyzed.orderBy),
      rowNumbers: analyzed.rowNumbers.map(call => ({
        slot: call.slot,
        partition: this.#key(call.partitionBy),
        order: this.#order(call.orderBy),
      })),
      limit: analyzed.limit,
      project,
      expand,
      state,
      hits: this.#hits,
      sendMeta: this.#options.sendMeta,
      emit: emission => {
        this.#pipeline!.countEmission()
        this.#options.emit(emission)
      },
    }
    return new Select(plan)
  }

  #build(): Pipeline {
    const { onError, sendError, emit, context } = this.#options
    this.#pipeline = new Pipeline({
      inputs: this.#analyzed.sources.map(source => this.#input(source.index)),
      stages: this.#stages,
      onErrorText: text => {
        if (sendError) emit({ rows: [], error: text })
      },
      onError,
      now: () => context.now(),
    })
    return this.#pipeline
  }

  #input(index: number): PipelineInput {
    const { isEventTime, context, sources } = this.#options
    const source = sources[index]!
    const isTable = this.#tables.has(index)
    return {
      name: source.name,
      decode: recordDecoder(source, this.#analyzed.columns[index], context.zone),
      failsAlone: source.strictValidation,
      eventTime: isEventTime ? eventTimeOf(source, context.zone) : undefined,
      table: isTable ? this.#tables.get(index) : undefined,
    }
  }
}

/**
 * Fits a record to the declared columns of its stream.
 * @param columns those that are read; undefined: all
 * @returns undefined when the stream declares none
 */
export function recordDecoder(
  source: SourceDecoding,
  columns: ReadonlySet<string> | undefined,
  zone: string,
): SchemaDecoder | undefined {
  if (source.fields.length === 0) return undefined
  const { timestampFormat } = source
  return makeSchemaDecoder(source.fields, {
    strict: source.strictValidation,
    zone,
    ...(timestampFormat === undefined ? {} : { timestampFormat }),
    ...(columns ? { columns } : {}),
  })
}

/**
 * Reads the event time of a record as it came, so that the column needs no declaration to be usable.
 * @returns ms since 1970 UTC, by a function that throws a RowError when the record has none; undefined without TIMESTAMP
 */
export function eventTimeOf(
  { timestamp, timestampFormat }: SourceDecoding,
  zone: string,
): ((values: Values, nowMs: number) => number) | undefined {
  if (timestamp === undefined) return undefined
  return (values, nowMs) => {
    const value = getOwn(values, timestamp)
    if (value == null) throw new RowError(`cannot find the timestamp field ${timestamp}`)
    if (typeof value === 'number' && Math.abs(value) <= LARGEST_MS) return Math.trunc(value)
    // Refuses a number beyond all dates: as a time it would make every later row late for ever.
    return toDateTime(value, zone, timestampFormat, nowMs).epochMilliseconds
  }
}
