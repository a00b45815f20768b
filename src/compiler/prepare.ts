// A rule's SQL and the streams it may read in, a checked statement out: what validate, plan and the runtime share.

import type { RuleDefinition, RuleOptions, StreamDefinition } from '../catalog/definition.ts'
import { lookupColumnsProblem } from '../catalog/lookup-columns.ts'
import { UserError } from '../core/errors.ts'
import type { SourceText } from '../core/location.ts'
import { levelsMatch } from '../core/topic.ts'
import { analyzeSelect } from '../sql/analyzer.ts'
import type { SelectStatement } from '../sql/ast.ts'
import type { AnalyzedSelect } from '../sql/bound.ts'
import { parseSelect } from '../sql/parser.ts'
import type { SourceDecoding } from './select.ts'

/** Streams and tables by name. */
export type StreamLookup = ReadonlyMap<string, StreamDefinition>

export interface PreparedSelect {
  readonly statement: SelectStatement
  readonly analyzed: AnalyzedSelect
  /** what the statement reads, in the order of FROM and JOIN */
  readonly streams: readonly StreamDefinition[]
}

/**
 * Parses and checks one SELECT.
 * @throws {UserError} the first fault, with its place and the others beside it
 */
export function prepareSelect(
  sql: SourceText,
  streams: StreamLookup,
  isEventTime: boolean,
  { sendMetaToSink = false, strategy }: Partial<Pick<RuleOptions, 'sendMetaToSink' | 'strategy'>> = {},
): PreparedSelect {
  const statement = parseSelect(sql)
  if (sendMetaToSink) refuseManyRows(statement, sql)
  const resolver = {
    names: () => streams.keys(),
    find: (name: string) => {
      const definition = streams.get(name)
      return (
        definition && {
          kind: definition.kind,
          isLookup: definition.options.kind === 'lookup',
          fields: definition.fields,
          timestamp: definition.options.timestamp,
        }
      )
    },
  }
  const analyzed = analyzeSelect(statement, sql, resolver, { ...strategy, isEventTime })
  const prepared = { statement, analyzed, streams: analyzed.sources.map(source => streams.get(source.name)!) }
  refuseLookups(prepared, sql)
  return prepared
}

/** Some tables can be asked by certain columns only. */
function refuseLookups({ statement, analyzed, streams }: PreparedSelect, sql: SourceText): void {
  for (const [i, { lookup, source }] of analyzed.joins.entries()) {
    const columns = lookup?.keys.map(key => key.column) ?? []
    const problem = lookup && lookupColumnsProblem(streams[source]!, columns)
    if (problem === undefined) continue
    throw new UserError({
      code: 'SQL_JOIN',
      what: `This ON cannot be asked: ${problem}.`,
      fix: 'Compare what it needs in ON, and the rest in WHERE.',
      location: sql.locate((statement.joins[i]!.on ?? statement.joins[i]!).span),
    })
  }
}

/**
 * The same for a rule, with what its options ask of it.
 * @throws {UserError} see prepareSelect
 */
export function prepareRule({ sql, options }: RuleDefinition, streams: StreamLookup): PreparedSelect {
  const prepared = prepareSelect(sql, streams, options.isEventTime, options)
  if (options.isEventTime && options.lateTopic !== '') refuseLateLoop(options.lateTopic, prepared, sql)
  return prepared
}

/** A late row that the rule reads again is late again, for ever. */
function refuseLateLoop(topic: string, { analyzed, streams }: PreparedSelect, sql: SourceText): void {
  for (const [i, { name, options }] of streams.entries()) {
    if (options.type !== 'memory' || !levelsMatch((options.datasource ?? '').split('/'), topic.split('/'))) continue
    throw new UserError({
      code: 'RULE_OPTION',
      what: `The option "lateTopic" sends late rows to "${topic}", which the rule itself reads as "${name}".`,
      why: 'Each would be late again, and go round for ever.',
      fix: 'Send them to another topic, or read them by another rule.',
      location: sql.locate(analyzed.sources[i]!.span),
    })
  }
}

/** What leaves a window or a join has come from many rows, so it has no metadata of its own (spec/rules-and-sinks.md 2). */
function refuseManyRows({ window, joins }: SelectStatement, sql: SourceText): void {
  const clause = window ?? joins[0]
  if (!clause) return
  throw new UserError({
    code: 'RULE_OPTION',
    what: `The option "sendMetaToSink" cannot be used with a ${window ? 'window' : 'join'}.`,
    why: 'A result of many rows has no metadata of its own.',
    fix: 'Leave the option out, and select what is needed with meta().',
    location: sql.locate(clause.span),
  })
}

/** How the compiler is to decode the records of a stream. */
export function decodingOf(stream: StreamDefinition): SourceDecoding {
  return {
    name: stream.name,
    fields: stream.fields,
    strictValidation: stream.options.strictValidation,
    timestamp: stream.options.timestamp,
    timestampFormat: stream.options.timestampFormat,
    retainSize: stream.options.retainSize ?? 1,
  }
}
