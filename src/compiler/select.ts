// An analyzed SELECT in, a pipeline out: which operators, in which order, with which compiled expressions
// (spec/windows-and-time.md 6 gives the order, spec/sql.md 5.4 the steps after the window).

import type { LookupAnswer, LookupQuery } from '../core/lookup-query.ts'
import type { Emission } from '../core/row.ts'
import type { Field } from '../core/schema.ts'
import type { Values } from '../core/value.ts'
import { makeSchemaDecoder, type SchemaDecoder } from '../formats/schema.ts'
import type { FunctionContext } from '../functions/definition.ts'
import { Analytic } from '../operators/analytic.ts'
import type { AggregatePlan, Hits } from '../operators/evaluate.ts'
import { Filter } from '../operators/filter.ts'
import type { TableRows } from '../operators/join.ts'
import type { Operator } from '../operators/operator.ts'
import type { OrderKey } from '../operators/order.ts'
import { type OnError, Pipeline, type PipelineInput, type StageSpec } from '../operators/pipeline.ts'
import { ScanTable } from '../operators/scan-table.ts'
import { Select, type SelectPlan } from '../operators/select.ts'
import type { Hold } from '../operators/watermark.ts'
import type { AnalyticCall, AnalyzedSelect, BoundExpression, BoundOrder } from '../sql/bound.ts'
import { compileAggregate } from './aggregates.ts'
import { aggregatesOf, needsWindow } from './conjuncts.ts'
import { compileWatermark, type EventTimeOptions, eventTimeOf } from './event-time.ts'
import { Generator } from './generator.ts'
import { rowKey } from './group-key.ts'
import { compileJoin } from './join.ts'
import { compileLookup } from './lookup-join.ts'
import { type LookupJoinPlan, type PlanOptions, type PlanStep, planSelect } from './plan.ts'
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
  /** of a table whose rows are kept outside of the rule: what it holds; default: the rule keeps those that come */
  readonly content?: TableRows | undefined
}

export interface CompileOptions extends PlanOptions {
  readonly sources: readonly SourceDecoding[]
  readonly context: FunctionContext
  readonly sendNilField: boolean
  readonly sendError: boolean
  readonly sendMeta: boolean
  readonly emit: (emission: Emission) => void
  readonly onError: OnError
  /** asks a lookup table by its name; absent: there are none */
  readonly lookUp?: LookUpIn | undefined
  /** an answer of a lookup table came: less waits in the pipeline than before */
  readonly onProgress?: (() => void) | undefined
  /** a record, as it came, was dropped because it is so far behind the watermark; ms of event time */
  readonly onLate?: (record: Values, source: number, behindMs: number) => void
  /** a stream holds the others back */
  readonly onHold?: (hold: Hold) => void
}

/** Throws or rejects with a RowError when the table cannot be asked. */
export type LookUpIn = (table: string, question: LookupQuery) => LookupAnswer

/** Builds the pipeline of one rule. Nothing in it has started when this returns. */
export function compileSelect(analyzed: AnalyzedSelect, options: CompileOptions): Pipeline {
  return new SelectCompiler(analyzed, options).compile()
}

/** What the texts of errors begin with (spec/sql.md 7). */
const ERROR_PREFIX: Readonly<Record<PlanStep['kind'], string>> = {
  watermark: '',
  analytic: 'run Analytic error: ',
  windowfilter: 'run Filter error: ',
  filter: 'run Where error: ',
  window: 'run Group By error: ',
  join: 'run Join error: ',
  lookup: 'run Lookup error: ',
  project: 'run Select error: ',
}

class SelectCompiler {
  readonly #analyzed: AnalyzedSelect
  readonly #options: CompileOptions
  readonly #hits: Hits = { count: 0, time: 0, aggregateCount: 0, aggregateTime: 0 }
  readonly #generator: Generator
  readonly #aggregates: readonly AggregatePlan[]
  readonly #tables = new Map<number, TableRows>()
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
      if (source.kind === 'table' && !source.isLookup) {
        const { content, retainSize } = options.sources[source.index]!
        this.#tables.set(source.index, content ?? new ScanTable({ retain: retainSize }))
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
      case 'watermark':
        return this.#watermark(step.options)
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
          keeps: step.keeps,
          fold: {
            where: step.where && this.#generator.condition(step.where),
            groupKey: this.#groupKey(),
            aggregates: this.#aggregates,
            areBare: analyzed.slotCount === 0 && !analyzed.usesMeta,
          },
        })
      case 'join':
        return compileJoin(step.joins, analyzed.sources.length, this.#generator, this.#tables)
      case 'lookup':
        return this.#lookup(step.join)
      case 'project':
        return this.#select(step.where)
      default:
        return step satisfies never
    }
  }

  #lookup(join: LookupJoinPlan): Operator {
    const { sources, context, lookUp } = this.#options
    const decoding = sources[join.source]!
    return compileLookup(join, {
      analyzed: this.#analyzed,
      generator: this.#generator,
      decode: recordDecoder(decoding, this.#analyzed.columns[join.source], context.zone),
      ask: question => {
        if (!lookUp) throw new Error(`the lookup table ${decoding.name} is not there to be asked`)
        return lookUp(decoding.name, question)
      },
    })
  }

  #watermark(options: EventTimeOptions): Operator {
    const { context, onLate, onHold } = this.#options
    return compileWatermark(this.#analyzed.sources, options, context.ruleStart, {
      // The record as it came: what is decoded are only the columns that this rule reads.
      onLate: onLate && ((row, behindMs) => onLate(this.#pipeline!.record!, row.source, behindMs)),
      onHold,
      processingTime: () => Math.max(context.ruleStart, this.#pipeline!.time),
    })
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
    const { project, expand, states } = compileProjection(analyzed.items, this.#generator, this.#options.sendNilField)
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
      states,
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
    const { onError, onProgress, sendError, emit, context } = this.#options
    this.#pipeline = new Pipeline({
      inputs: this.#analyzed.sources.map(source => this.#input(source.index)),
      stages: this.#stages,
      onErrorText: text => {
        if (sendError) emit({ rows: [], error: text })
      },
      onError,
      now: () => context.now(),
      onProgress,
    })
    return this.#pipeline
  }

  #input(index: number): PipelineInput {
    const { isEventTime, context, sources, futureToleranceMs } = this.#options
    const source = sources[index]!
    const table = this.#tables.get(index)
    return {
      name: source.name,
      isAsked: this.#analyzed.sources[index]!.isLookup,
      decode: recordDecoder(source, this.#analyzed.columns[index], context.zone),
      failsAlone: source.strictValidation,
      // What a table holds moves no watermark, so the future does no harm there.
      eventTime: isEventTime ? eventTimeOf(source, context.zone, table ? 0 : futureToleranceMs) : undefined,
      table: table instanceof ScanTable ? table : undefined,
      holds: table,
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
