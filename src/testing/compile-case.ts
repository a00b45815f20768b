// A case in, the rule and the streams that it runs on out: the repository's, or its own.

import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { type PreparedSelect, prepareRule } from '../compiler/prepare.ts'
import { readHttpPush } from '../config/httppush.ts'
import { DEFAULT_RULE_OPTIONS, ruleOptions } from '../config/rule-options.ts'
import { defineStream } from '../config/stream-definition.ts'
import { ManualClock } from '../core/clock.ts'
import { UserError } from '../core/errors.ts'
import type { SourceText } from '../core/location.ts'
import { type Log, silentLog } from '../core/log.ts'
import { MemoryJournal } from '../journal/memory.ts'
import type { RuntimeHost } from '../runtime/host.ts'
import { RuleRunner } from '../runtime/rule-runner.ts'
import { TopicHub } from '../sources/topic-hub.ts'
import { parseStatements } from '../sql/parser.ts'
import type { Repository } from './repository.ts'
import type { TestCase } from './test-case.ts'

export interface CaseSetup {
  readonly rule: RuleDefinition
  readonly streams: ReadonlyMap<string, StreamDefinition>
  readonly prepared: PreparedSelect
  /** IANA name */
  readonly zone: string
  readonly property: (name: string) => string | undefined
}

const BUILT_IN_HTTPPUSH = readHttpPush(undefined).config

/**
 * Everything up to the point where a row could come. A SELECT of its own runs in UTC and with the options' built-in
 * defaults, so that it means the same in every repository.
 * @throws {UserError} when something of it is refused; with all faults
 */
export async function setUpCase(test: TestCase, repository: Repository): Promise<CaseSetup> {
  const { subject } = test
  const loaded = subject.kind === 'rule' || !test.streams ? await repository.load() : undefined
  const ofRepository = subject.kind === 'rule' ? loaded : undefined
  const httppush = ofRepository?.httppush ?? BUILT_IN_HTTPPUSH
  const streams = test.streams ? defineStreams(test.streams, httppush) : loaded!.streams
  const written = subject.kind === 'rule' ? loaded!.rule(subject.id, subject.locate()) : selectRule(subject.sql)
  const rule = { ...written, options: ruleOptions(test.options, written.options) }
  if (loaded && !test.streams) {
    const faults = loaded.faultsBehind(rule, streams)
    if (faults.length > 0) throw UserError.together(faults)
  }
  const prepared = prepareRule(rule, streams)
  return { rule, streams, prepared, zone: ofRepository?.zone ?? 'UTC', property: repository.property }
}

/** Compiles to the end without running: a pipeline has refusals of its own. @throws {UserError} */
export function compileOnly(setup: CaseSetup): void {
  makeRunner(setup, new MemoryJournal(), new ManualClock(), silentLog)
}

/** The rule without its actions: what it would send is looked at, never sent. */
export function makeRunner(setup: CaseSetup, journal: MemoryJournal, clock: ManualClock, log: Log): RuleRunner {
  const host: RuntimeHost = {
    journal,
    clock,
    log,
    topics: new TopicHub(),
    zone: setup.zone,
    dataDir: '',
    rootDir: '',
    resolve: options => options,
    property: setup.property,
  }
  return new RuleRunner({ ...setup.rule, actions: [] }, setup.prepared, host)
}

/** Source types that need a server are fine: a test pushes by itself. */
function defineStreams(
  texts: readonly SourceText[],
  httppush: typeof BUILT_IN_HTTPPUSH,
): ReadonlyMap<string, StreamDefinition> {
  const streams = new Map<string, StreamDefinition>()
  const errors: UserError[] = []
  for (const source of texts) {
    const parsed = parseStatements(source)
    errors.push(...parsed.errors)
    for (const statement of parsed.statements) {
      if (statement.kind !== 'create') {
        const what = 'Only CREATE STREAM and CREATE TABLE have a place under streams:.'
        const fix = 'Remove it: a case begins with nothing but these streams.'
        errors.push(new UserError({ code: 'SQL_SYNTAX', what, fix, location: source.locate(statement.span) }))
        continue
      }
      const defined = defineStream(statement, source, httppush)
      errors.push(...defined.errors)
      if (defined.definition) streams.set(defined.definition.name, defined.definition)
    }
  }
  if (errors.length > 0) throw UserError.together(errors)
  return streams
}

function selectRule(sql: SourceText): RuleDefinition {
  return {
    kind: 'rule',
    id: 'test',
    name: '',
    location: { path: sql.path, line: 1, column: 1 },
    text: sql.text,
    sql,
    actions: [],
    options: DEFAULT_RULE_OPTIONS,
    triggered: true,
    tags: [],
    version: '',
  }
}
