// A prepared statement in, how it is worked out: sources with the columns read of them, operators, what each keeps.
// Made from the very plan that the compiler builds, so it cannot say anything else than what runs.

import type { RuleAction, RuleOptions, StreamDefinition } from '../catalog/definition.ts'
import { lookup } from '../functions/registry.ts'
import { stageName } from '../operators/pipeline.ts'
import type { Expression } from '../sql/ast.ts'
import type { AnalyzedSelect, BoundExpression, BoundJoin, BoundSource, OutputItem } from '../sql/bound.ts'
import { conjuncts } from '../sql/bound-walk.ts'
import { printItem, printSelect } from '../sql/printer.ts'
import { expressionsOf, walk } from '../sql/walk.ts'
import { joinPieces } from './conjuncts.ts'
import { watermarkWords } from './event-time.ts'
import { lookupWords } from './explain-lookup.ts'
import { ExpressionTexts } from './expression-texts.ts'
import { type ConditionsBySource, type PlanOptions, type PlanStep, planSelect } from './plan.ts'
import type { PreparedSelect } from './prepare.ts'
import { scheduleWords } from './schedule-words.ts'
import { windowWords } from './window-words.ts'

/** What a rule becomes; plain JSON. */
export interface RulePlan {
  /** in its one spelling, on one line */
  readonly sql: string
  readonly time: 'event' | 'processing'
  /** when it runs, a line each; none: as long as it is defined */
  readonly schedule: readonly string[]
  readonly sources: readonly SourcePlan[]
  /** in the order in which a row passes */
  readonly operators: readonly OperatorPlan[]
  readonly sinks: readonly SinkPlan[]
}

export interface SourcePlan {
  /** as in status and metrics: `source_devices`; of a lookup table, which sends nothing: `lookup_devices` */
  readonly name: string
  readonly kind: 'stream' | 'table' | 'lookup'
  readonly stream: string
  readonly type: string
  readonly datasource: string | null
  readonly format: string
  /** what is read of a record; where columns are declared all that is decoded, checked and kept of it; null: everything */
  readonly columns: readonly string[] | null
  /** number of columns in the schema; null: there is none, values stay as they come */
  readonly declared: number | null
  /** column of the event time; null: the time of arrival counts */
  readonly timestamp: string | null
  /** name of the operator that its rows go into, or that asks for them */
  readonly into: string
  readonly keeps: readonly string[]
}

export interface OperatorPlan {
  /** as in status and metrics: `op_2_filter` */
  readonly name: string
  readonly kind: PlanStep['kind']
  /** what happens to a row, in order, a line each */
  readonly does: readonly string[]
  /** what outlives a row, a line each; none: nothing does */
  readonly keeps: readonly string[]
}

export interface SinkPlan {
  /** as in status and metrics: `sink_log_0` */
  readonly name: string
  readonly type: string
}

/** @param actions what the rule's results go to; their options are not shown, they may hold secrets */
export function explainSelect(
  prepared: PreparedSelect,
  options: PlanOptions & Partial<Pick<RuleOptions, 'schedule'>>,
  actions: readonly Pick<RuleAction, 'sink'>[],
): RulePlan {
  const { analyzed, statement, streams } = prepared
  const steps = planSelect(analyzed, options)
  const explainer = new Explainer(prepared)
  const operators = steps.map((step, i) => ({
    name: stageName(i, step.kind),
    kind: step.kind,
    ...explainer.step(step),
  }))
  const into = (source: BoundSource) => {
    const own = steps.findIndex(step =>
      source.isLookup
        ? step.kind === 'lookup' && step.join.source === source.index
        : source.kind === 'table' && step.kind === 'join',
    )
    return operators[Math.max(own, 0)]!.name
  }
  return {
    sql: printSelect(statement),
    time: options.isEventTime ? 'event' : 'processing',
    schedule: scheduleWords(options.schedule),
    sources: analyzed.sources.map((source, i) => ({
      ...sourcePlan(source, streams[i]!, analyzed.columns[i], options),
      into: into(source),
    })),
    operators,
    sinks: actions.map(({ sink }, i) => ({ name: `sink_${sink}_${i}`, type: sink })),
  }
}

function sourcePlan(
  source: BoundSource,
  stream: StreamDefinition,
  columns: ReadonlySet<string> | undefined,
  { isEventTime }: PlanOptions,
): Omit<SourcePlan, 'into'> {
  const { type, datasource, format, timestamp, retainSize = 1 } = stream.options
  const isTable = source.kind === 'table'
  return {
    name: `${source.isLookup ? 'lookup' : 'source'}_${source.name}`,
    kind: source.isLookup ? 'lookup' : source.kind,
    stream: source.name,
    type,
    datasource: datasource ?? null,
    format,
    columns: columns ? [...columns] : null,
    declared: source.columns?.size ?? null,
    timestamp: isEventTime && !isTable ? (timestamp ?? null) : null,
    keeps: isTable && !source.isLookup ? [rowsKept(type, retainSize)] : [],
  }
}

/** Rows of a file are kept once, for all rules. */
function rowsKept(type: string, retainSize: number): string {
  if (type === 'file') return `the rows of its file, ${retainSize} at most`
  return retainSize === 1 ? 'its last row' : `its last ${retainSize} rows`
}

type Told = Pick<OperatorPlan, 'does' | 'keeps'>

class Explainer {
  readonly #analyzed: AnalyzedSelect
  readonly #prepared: PreparedSelect
  readonly #texts: ExpressionTexts

  constructor(prepared: PreparedSelect) {
    this.#prepared = prepared
    this.#analyzed = prepared.analyzed
    this.#texts = new ExpressionTexts(prepared.statement)
  }

  step(step: PlanStep): Told {
    switch (step.kind) {
      case 'watermark':
        return watermarkWords(this.#analyzed.sources, step.options)
      case 'analytic':
        return {
          does: step.calls.map(call => call.text),
          keeps: step.calls.map(({ text, partitionBy }) => `the state of ${text}${this.#forEach(partitionBy)}`),
        }
      case 'windowfilter':
      case 'filter':
        return { does: this.#conditions(step.conditions), keeps: [] }
      case 'window':
        return windowWords(step, this.#analyzed, e => this.#text(e))
      case 'join':
        return { does: step.joins.map(join => this.#join(join)), keeps: [] }
      case 'lookup':
        return lookupWords(step.join, this.#prepared.streams[step.join.source]!, e => this.#text(e))
      case 'project':
        return this.#project(step.where)
      default:
        return step satisfies never
    }
  }

  #conditions(conditions: ConditionsBySource): string[] {
    const { sources } = this.#analyzed
    return conditions.flatMap((condition, i) => {
      if (!condition) return []
      return sources.length === 1 ? [this.#text(condition)] : [`${sources[i]!.name}: ${this.#text(condition)}`]
    })
  }

  #join({ kind, source, on }: BoundJoin): string {
    const name = this.#analyzed.sources[source]!.name
    if (!on || kind === 'cross') return `${kind} join ${name}: every pair`
    const equalities = joinPieces(on, source).filter(piece => piece.kind === 'equality')
    const by = equalities.map(({ left, right }) => `${this.#text(left)} = ${this.#text(right)}`).join(' and ')
    // Behind the first condition on both sides that is no equality AND may not be taken apart.
    const isAll = equalities.length === conjuncts(on).length
    const lookedUp = `partners are looked up${isAll ? '' : ` by ${by}, the rest of ON is tested`}`
    const useless = conjuncts(on).find(e => joinPieces(e, source)[0]?.kind === 'equality')
    const compared = `every pair is compared${useless ? `, because ON does not begin with ${this.#text(useless)}` : ''}`
    return `${kind} join ${name} on ${this.#text(on)}: ${equalities.length > 0 ? lookedUp : compared}`
  }

  #project(where: BoundExpression | undefined): Told {
    const { groupBy, isAggregate, having, orderBy, limit, items, rowNumbers, window, joins } = this.#analyzed
    const { statement } = this.#prepared
    const goAlone = !window && joins.length === 0
    const does: string[] = []
    if (where) does.push(`where ${this.#text(where)}`)
    if (groupBy.length > 0) does.push(`group by ${this.#list(groupBy)}`)
    else if (isAggregate) does.push(goAlone ? 'each row is one group' : 'all rows are one group')
    if (having) does.push(`having ${this.#text(having)}`)
    if (rowNumbers.length > 0) does.push('number the rows')
    if (orderBy.length > 0) {
      const keys = orderBy.map(item => this.#text(item.expression) + (item.descending ? ' desc' : ''))
      does.push(`order by ${keys.join(', ')}${goAlone ? ': no effect, each row goes out alone' : ''}`)
    }
    does.push(`select ${statement.items.map(printItem).join(', ')}`)
    if (items.some(item => item.kind === 'rows' && item.function === 'unnest')) does.push('a row for each item')
    if (limit !== undefined) does.push(`limit ${limit}`)
    return { does, keeps: [...items.flatMap(item => this.#kept(item)), ...this.#hitCounters()] }
  }

  #kept(item: OutputItem): string[] {
    if (item.kind !== 'changes') return []
    return [`the last value of each column of changed_cols: ${this.#list(item.columns.map(c => c.expression))}`]
  }

  /** last_hit_count() and its like remember when the rule last sent something on, wherever they stand. */
  #hitCounters(): string[] {
    let asks = false
    const look = (e: Expression) => {
      const definition = e.kind === 'call' ? lookup(e.name) : undefined
      if (definition?.kind === 'intrinsic' && definition.role === 'hits') asks = true
    }
    for (const root of expressionsOf(this.#prepared.statement)) walk(root, look)
    return asks ? ['when the rule last sent something on, and how often'] : []
  }

  #forEach(expressions: readonly BoundExpression[]): string {
    return expressions.length === 0 ? '' : ` for each ${this.#list(expressions)}`
  }

  #list(expressions: readonly BoundExpression[]): string {
    return expressions.map(e => this.#text(e)).join(', ')
  }

  /** As the author wrote it; pieces of a condition that was taken apart are joined again. */
  #text(e: BoundExpression): string {
    const whole = this.#texts.find(e.span)
    if (whole !== undefined) return whole
    const pieces = conjuncts(e)
    if (pieces.length < 2) return '…'
    return pieces
      .map(piece => (piece.kind === 'binary' && piece.operator === 'OR' ? `(${this.#text(piece)})` : this.#text(piece)))
      .join(' AND ')
  }
}
