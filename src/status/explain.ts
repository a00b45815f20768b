// A rule in, how it works out: the operators that its SQL becomes, as a tree of lines and as a graph.
// The statement is compiled once more, so that rules which do not run can be explained too; nothing of it is started.

import { decodingOf, type PreparedSelect, prepareSelect, type StreamLookup } from '../compiler/prepare.ts'
import { compileSelect } from '../compiler/select.ts'
import type { StageStatus } from '../operators/pipeline.ts'
import type { EngineRule } from '../runtime/engine.ts'

interface Stages {
  readonly prepared: PreparedSelect
  readonly sources: readonly StageStatus[]
  readonly operators: readonly StageStatus[]
}

/** @throws {UserError} when a rule that does not run could not, with the streams that there are */
function stagesOf({ definition, runner }: EngineRule, streams: StreamLookup): Stages {
  const { isEventTime, lateToleranceMs, sendNilField, sendError, sendMetaToSink } = definition.options
  const prepared = runner?.prepared ?? prepareSelect(definition.sql, streams, isEventTime)
  const pipeline = compileSelect(prepared.analyzed, {
    sources: prepared.streams.map(decodingOf),
    context: { now: () => 0, zone: 'UTC', ruleId: definition.id, ruleStart: 0, property: () => undefined },
    isEventTime,
    lateToleranceMs,
    sendNilField,
    sendError,
    sendMeta: sendMetaToSink,
    emit: () => {},
    onError: () => {},
  })
  return { prepared, ...pipeline.status() }
}

/**
 * `GET /rules/{id}/explain`: a line for each operator, the last one first, what feeds it one tab deeper.
 * @throws {UserError} see stagesOf
 */
export function explain(rule: EngineRule, streams: StreamLookup): string {
  const { prepared, sources, operators } = stagesOf(rule, streams)
  const join = joinAt(operators)
  const lines: string[] = []
  const line = (depth: number, op: string, info: string) =>
    lines.push(`${'\t'.repeat(depth)}${JSON.stringify({ op, info })}`)
  const source = (i: number, depth: number) => {
    const { kind, name, options } = prepared.streams[i]!
    line(depth, sources[i]!.name, [kind, name, options.type, options.datasource].filter(Boolean).join(' '))
  }
  for (let i = operators.length - 1; i >= 0; i--) {
    const depth = operators.length - 1 - i
    line(depth, operators[i]!.name, operators[i]!.label)
    if (i === join) for (const [s, { kind }] of prepared.streams.entries()) if (kind === 'table') source(s, depth + 1)
  }
  for (const [s, { kind }] of prepared.streams.entries()) if (kind === 'stream') source(s, operators.length)
  return `${lines.join('\n')}\n`
}

/** Where the rows of tables come in. */
function joinAt(operators: readonly StageStatus[]): number {
  return operators.findIndex(operator => operator.name.endsWith('_join'))
}

/**
 * `GET /rules/{id}/topo`: sources, and for each source and operator what it feeds.
 * @throws {UserError} see stagesOf
 */
export function topology(
  rule: EngineRule,
  streams: StreamLookup,
): { sources: string[]; edges: Record<string, string[]> } {
  const { prepared, sources, operators } = stagesOf(rule, streams)
  const join = operators[joinAt(operators)]?.name
  const edges: Record<string, string[]> = {}
  for (const [i, source] of sources.entries()) {
    const isTable = prepared.streams[i]!.kind === 'table'
    edges[source.name] = [(isTable ? join : undefined) ?? operators[0]!.name]
  }
  for (const [i, operator] of operators.entries()) {
    const next = operators[i + 1]
    edges[operator.name] = next ? [next.name] : rule.definition.actions.map(({ sink }, n) => `sink_${sink}_${n}`)
  }
  return { sources: sources.map(source => source.name), edges }
}
