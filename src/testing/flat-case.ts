// A flat test case (one line of a .jsonl corpus) in, what is wrong with it out: streams, SQL, options, steps and
// expectations in one object.

import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { prepareSelect } from '../compiler/prepare.ts'
import { readHttpPush } from '../config/httppush.ts'
import { DEFAULT_RULE_OPTIONS, ruleOptions } from '../config/rule-options.ts'
import { defineStream } from '../config/stream-definition.ts'
import { ManualClock } from '../core/clock.ts'
import { UserError } from '../core/errors.ts'
import { parseJsonLossless } from '../core/json.ts'
import { FileText } from '../core/location.ts'
import { silentLog } from '../core/log.ts'
import { MemoryJournal } from '../journal/memory.ts'
import { RuleRunner } from '../runtime/rule-runner.ts'
import { TopicHub } from '../sources/topic-hub.ts'
import { parseStatements } from '../sql/parser.ts'
import { differences, type Expected } from './compare.ts'
import { runCase, type Step } from './run-case.ts'

interface FlatCase {
  readonly name: string
  readonly streams: readonly string[]
  readonly sql: string
  readonly options?: Record<string, unknown>
  readonly reject?: boolean | string
  readonly accept?: boolean
  readonly given?: readonly Step[]
  readonly expect?: readonly Expected[]
  readonly unordered?: boolean
}

/**
 * Runs one case.
 * @param line its JSON text
 * @returns what is wrong, or undefined
 */
export async function runFlatCase(line: string): Promise<string | undefined> {
  const test = parseJsonLossless(line) as unknown as FlatCase
  try {
    const streams = defineStreams(test)
    const rule = flatRule(test)
    if (test.reject !== undefined) {
      compile(rule, streams)
      return 'it was accepted, but must be refused'
    }
    if (test.accept) {
      compile(rule, streams)
      return undefined
    }
    const { emissions } = await runCase({ rule, streams, steps: test.given ?? [], zone: 'UTC' })
    return differences(emissions, test.expect ?? [], test.unordered ?? false)
  } catch (error) {
    if (!(error instanceof UserError)) return `failed: ${(error as Error).stack}`
    return test.reject === undefined ? `refused: ${error.code} ${error.message} ${error.why ?? ''}` : undefined
  }
}

/** The case's DDL; the first fault is thrown. Types that need a server are fine: a test pushes by itself. */
function defineStreams(test: FlatCase): Map<string, StreamDefinition> {
  const httppush = readHttpPush(undefined).config
  const streams = new Map<string, StreamDefinition>()
  test.streams.forEach((ddl, i) => {
    const source = new FileText(`streams[${i}]`, ddl)
    const { statements, errors } = parseStatements(source)
    if (errors[0]) throw errors[0]
    for (const statement of statements) {
      if (statement.kind !== 'create') continue
      const { definition, errors: faults } = defineStream(statement, source, httppush)
      if (faults[0] || !definition) throw faults[0]
      streams.set(definition.name, definition)
    }
  })
  return streams
}

function flatRule(test: FlatCase): RuleDefinition {
  const sql = new FileText('sql', test.sql)
  return {
    kind: 'rule',
    id: 'test',
    name: '',
    location: sql.locate({ start: 0, end: 0 }),
    text: test.sql,
    sql,
    actions: [],
    options: ruleOptions(test.options, DEFAULT_RULE_OPTIONS),
    triggered: true,
    tags: [],
    version: '',
  }
}

/** Everything that can be refused before a row comes. */
function compile(rule: RuleDefinition, streams: ReadonlyMap<string, StreamDefinition>): void {
  const prepared = prepareSelect(rule.sql, streams, rule.options.isEventTime)
  new RuleRunner(rule, prepared, {
    journal: new MemoryJournal(),
    clock: new ManualClock(),
    log: silentLog,
    topics: new TopicHub(),
    zone: 'UTC',
    dataDir: '',
    rootDir: '',
    resolve: options => options,
    property: () => undefined,
  })
}
