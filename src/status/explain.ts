// A rule in, how it is worked out: as a document, as eKuiper's lines, and as a graph. Nothing of it is started.

import { explainSelect, type OperatorPlan, type RulePlan, type SourcePlan } from '../compiler/explain.ts'
import { prepareRule, type StreamLookup } from '../compiler/prepare.ts'
import type { EngineRule } from '../runtime/engine.ts'

/**
 * Rules that do not run are compiled for it, with the streams that there are.
 * @throws {UserError} when such a rule could not run
 */
export function planOf({ definition, runner }: EngineRule, streams: StreamLookup): RulePlan {
  const prepared = runner?.prepared ?? prepareRule(definition, streams)
  return explainSelect(prepared, definition.options, definition.actions)
}

/** eKuiper's names of plan nodes. */
const NODE: Readonly<Record<OperatorPlan['kind'], string>> = {
  watermark: 'WatermarkPlan',
  analytic: 'AnalyticFuncsPlan',
  windowfilter: 'WindowFilterPlan',
  filter: 'FilterPlan',
  window: 'WindowPlan',
  join: 'JoinPlan',
  lookup: 'LookupPlan',
  project: 'ProjectPlan',
}

/** A JSON object a line for each operator, the last one first, what feeds it one tab deeper (spec/rules-and-sinks.md 9). */
export function planLines({ operators, sources }: RulePlan): string {
  const lines: string[] = []
  const line = (depth: number, node: string, info: string) =>
    lines.push(`${'\t'.repeat(depth)}${JSON.stringify({ op: `${node}_${lines.length}`, info })}`)
  const feeding = (operator: OperatorPlan, depth: number) => {
    for (const source of sources) if (source.into === operator.name) line(depth, 'DataSourcePlan', sourceInfo(source))
  }
  for (const [depth, operator] of operators.toReversed().entries()) {
    const { kind, does, keeps } = operator
    line(depth, NODE[kind], [...does, ...keeps.map(text => `keeps ${text}`)].join('; '))
    // What goes into the first operator comes last, deeper than all.
    feeding(operator, depth + 1)
  }
  return `${lines.join('\n')}\n`
}

function sourceInfo({ stream, columns, keeps }: SourcePlan): string {
  const fields = columns ? `[ ${columns.join(', ')} ]` : '*'
  return [`StreamName: ${stream}, StreamFields:${fields}`, ...keeps.map(text => `keeps ${text}`)].join('; ')
}

/** Sources, and for each source and operator what it feeds. */
export function topology({ sources, operators, sinks }: RulePlan): {
  readonly sources: readonly string[]
  readonly edges: Readonly<Record<string, readonly string[]>>
} {
  const edges = new Map<string, readonly string[]>(sources.map(source => [source.name, [source.into]]))
  for (const [i, { name }] of operators.entries()) {
    const next = operators[i + 1]
    edges.set(name, next ? [next.name] : sinks.map(sink => sink.name))
  }
  return { sources: sources.map(source => source.name), edges: Object.fromEntries(edges) }
}
