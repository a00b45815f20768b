// A case in, the rule and the streams that it runs on out: the repository's, or its own.

import type { SourceConfigs } from '../catalog/catalog.ts'
import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import { type PreparedSelect, prepareRule } from '../compiler/prepare.ts'
import { DEFAULT_RULE_OPTIONS, ruleOptions } from '../config/rule-options.ts'
import { BUILT_IN_SOURCES } from '../config/source-sections.ts'
import { defineStream } from '../config/stream-definition.ts'
import { ManualClock } from '../core/clock.ts'
import { UserError } from '../core/errors.ts'
import type { SourceText } from '../core/location.ts'
import { type Log, silentLog } from '../core/log.ts'
import { MemoryJournal } from '../journal/memory.ts'
import type { TableRows } from '../operators/join.ts'
import { readFileTables } from '../runtime/file-tables.ts'
import type { RuntimeHost } from '../runtime/host.ts'
import { RuleRunner } from '../runtime/rule-runner.ts'
import { TopicHub } from '../sources/topic-hub.ts'
import { parseStatements } from '../sql/parser.ts'
import type { FedTables } from './fed-tables.ts'
import type { Repository } from './repository.ts'
import type { TestCase } from './test-case.ts'

export interface CaseSetup {
  readonly rule: RuleDefinition
  readonly streams: ReadonlyMap<string, StreamDefinition>
  readonly prepared: PreparedSelect
  /** IANA name */
  readonly zone: string
  readonly property: (name: string) => string | undefined
  /** the files of tables that no step pushes to, by table: read once, before the first step */
  readonly files: ReadonlyMap<string, TableRows>
  /** what the case pushes to its lookup tables; absent: nothing is run */
  readonly tables?: FedTables
}

/**
 * Everything up to the point where a row could come. A SELECT of its own runs in UTC and with the options' built-in
 * defaults, so that it means the same in every repository.
 * @throws {UserError} when something of it is refused; with all faults
 */
export async function setUpCase(test: TestCase, repository: Repository): Promise<CaseSetup> {
  const { subject } = test
  const loaded = subject.kind === 'rule' || !test.streams ? await repository.load() : undefined
  const ofRepository = subject.kind === 'rule' ? loaded : undefined
  const sources = ofRepository?.sources ?? BUILT_IN_SOURCES
  const streams = test.streams ? defineStreams(test.streams, sources) : loaded!.streams
  const written = subject.kind === 'rule' ? loaded!.rule(subject.id, subject.locate()) : selectRule(subject.sql)
  const rule = { ...written, options: ruleOptions(test.options, written.options) }
  if (loaded && !test.streams) {
    const faults = loaded.faultsBehind(rule, streams)
    if (faults.length > 0) throw UserError.together(faults)
  }
  const prepared = prepareRule(rule, streams)
  const zone = ofRepository?.zone ?? 'UTC'
  const files = await readFiles(test, prepared, { rootDir: repository.dir, zone })
  return { rule, streams, prepared, zone, property: repository.property, files }
}

/**
 * Rows that a case pushes to a table are all that it has; else what its file holds, as when the rule runs. A file that is
 * not there is an empty table.
 * @throws {UserError} FILE_READ, FILE_CONTENT
 */
async function readFiles(
  { steps }: TestCase,
  { streams }: PreparedSelect,
  place: { readonly rootDir: string; readonly zone: string },
): Promise<ReadonlyMap<string, TableRows>> {
  const pushed = new Set(steps.map(step => step.stream))
  const tables = streams.filter(({ name }) => !pushed.has(name))
  const read = await readFileTables(tables, { ...place, clock: new ManualClock(), log: silentLog })
  const errors = [...read.values()].flatMap(({ fault }) => (fault?.severity === 'error' ? [fault.error] : []))
  if (errors.length > 0) throw UserError.together(errors)
  return read
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
    rowsOf: ({ name }) => setup.files.get(name),
    zone: setup.zone,
    dataDir: '',
    rootDir: '',
    resolve: options => options,
    property: setup.property,
    lookUp: (table, question) => setup.tables?.find(table, question) ?? [],
  }
  return new RuleRunner({ ...setup.rule, actions: [] }, setup.prepared, host)
}

/** Source types that need a server are fine: a test pushes by itself. */
function defineStreams(texts: readonly SourceText[], sources: SourceConfigs): ReadonlyMap<string, StreamDefinition> {
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
      const defined = defineStream(statement, source, sources)
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
