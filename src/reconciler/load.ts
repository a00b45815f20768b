// The folder in, the desired state out: every object built and checked, every fault with its place and its victim.

import { createHash } from 'node:crypto'
import {
  type Catalog,
  type DesiredState,
  EMPTY_CATALOG,
  keyOf,
  type ListenerConfig,
  type ObjectError,
  type ObjectKey,
  type SluiceConfig,
  type SourceConfigs,
  type SourceSections,
} from '../catalog/catalog.ts'
import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import type { Environment } from '../config/environment.ts'
import { HTTPPUSH_PATH, type HttpPushScope, readHttpPush } from '../config/httppush.ts'
import { makeLookUp } from '../config/references.ts'
import { type CheckAction, type RuleContext, readRule } from '../config/rule-document.ts'
import { readSluice, SLUICE_PATH } from '../config/sluice.ts'
import { type PlainType, readSourceSections, SECTION_RULES } from '../config/source-sections.ts'
import { checkBuilt, defineStream } from '../config/stream-definition.ts'
import { UserError } from '../core/errors.ts'
import type { Location, SourceText } from '../core/location.ts'
import { lookupKind } from '../lookups/registry.ts'
import { checkAction as checkSinkAction } from '../sinks/registry.ts'
import type { AdminStatement, SelectStatement } from '../sql/ast.ts'
import { parseSelect, parseStatements } from '../sql/parser.ts'
import { printSelect } from '../sql/printer.ts'
import { type ReadTreeOptions, readTree, type Tree, type TreeFile } from './read-tree.ts'

/** What a rule's SQL means against the streams that there are: the compiler's part, passed in. */
export type CheckRule = (
  rule: RuleDefinition,
  streams: ReadonlyMap<string, StreamDefinition>,
) => { readonly errors: readonly UserError[]; readonly warnings?: readonly UserError[] }

/** What ran before: an object whose file is broken now is still there for the objects that use it. */
export interface LastGood {
  readonly catalog: Catalog
  readonly sluice: SluiceConfig
  readonly listener: ListenerConfig | undefined
}

export interface LoadOptions {
  readonly env: Environment
  readonly checkRule?: CheckRule
  readonly checkAction?: CheckAction
  readonly lastGood?: LastGood
}

export interface LoadedState extends DesiredState {
  /** files that somebody was writing: look again soon */
  readonly unsettled: readonly string[]
  /** how many files there are in each folder, broken ones too */
  readonly fileCounts: { readonly streams: number; readonly rules: number }
}

/** Reads everything once. Never throws for what is in the folder. */
export async function loadTree(dir: string, options: LoadOptions & ReadTreeOptions): Promise<LoadedState> {
  return buildState(await readTree(dir, options), options)
}

/** The names behind FROM and JOIN; none when the SQL does not parse, which is reported elsewhere. */
export function sourcesOf(rule: RuleDefinition): readonly string[] {
  try {
    const { from, joins } = parseSelect(rule.sql)
    return [...new Set([from.name, ...joins.map(join => join.source.name)])]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return []
  }
}

/**
 * Builds every object of a tree that was read. The same tree gives the same state but for environment and secret files.
 * Gives way now and then: requests must not wait for ten thousand files.
 */
export function buildState(tree: Tree, options: LoadOptions): Promise<LoadedState> {
  return new Builder(tree, options).build()
}

const FILES_A_TURN = 20

interface Candidate<T> {
  readonly name: string
  readonly file: string
  readonly location: Location
  readonly key: ObjectKey
  /** absent: there, but not valid */
  readonly definition: T | undefined
  readonly fingerprint: string
}

class Builder {
  readonly #tree: Tree
  readonly #options: LoadOptions
  readonly #errors: ObjectError[] = []
  readonly #warnings: UserError[]
  readonly #fingerprints = new Map<ObjectKey, string>()
  /** streams and tables whose CREATE does not parse */
  readonly #unparsed = new Map<ObjectKey, UserError>()
  #built = 0

  constructor(tree: Tree, options: LoadOptions) {
    this.#tree = tree
    this.#options = options
    this.#warnings = [...tree.warnings]
  }

  async build(): Promise<LoadedState> {
    for (const { path, error } of this.#tree.faults) this.#errors.push({ file: path, reason: 'ArtifactFailed', error })
    const sluice = this.#sluice()
    const sources = this.#sources()
    const streams = await this.#streams(sources)
    const rules = await this.#rules(sluice, streams)
    const count = (folder: string) =>
      [...this.#tree.files, ...this.#tree.faults].filter(({ path }) => path.startsWith(`${folder}/`)).length
    return {
      revision: this.#tree.revision,
      streams,
      rules,
      fingerprints: this.#fingerprints,
      sources,
      sluice,
      errors: this.#errors,
      warnings: this.#warnings,
      files: this.#tree.files.map(({ path, sizeBytes, hash }) => ({ path, sizeBytes, hash })),
      unsettled: this.#tree.unsettled,
      fileCounts: { streams: count('streams'), rules: count('rules') },
    }
  }

  #sluice(): SluiceConfig {
    const { config, errors, warnings } = readSluice(this.#file(SLUICE_PATH)?.text, this.#options.env)
    for (const error of errors) this.#fail(SLUICE_PATH, error, 'config:sluice')
    this.#warnings.push(...warnings)
    const unread = this.#tree.faults.some(({ path }) => path === SLUICE_PATH || path === 'etc')
    return errors.length > 0 || unread ? (this.#options.lastGood?.sluice ?? config) : config
  }

  #sources(): SourceConfigs {
    const plain = (type: PlainType) => this.#plainSections(type)
    const [memory, redis, sql, file] = [plain('memory'), plain('redis'), plain('sql'), plain('file')]
    return { httppush: this.#httppush(), memory, redis, sql, file }
  }

  #plainSections(type: PlainType): SourceSections {
    const { path } = SECTION_RULES[type]
    const { config, errors, warnings } = readSourceSections(type, this.#file(path)?.text, this.#options.env)
    for (const { section, error } of errors) {
      this.#fail(path, error, section === undefined ? undefined : `config:${type}`)
    }
    this.#warnings.push(...warnings)
    return { path, sections: config.sections, sectionFor: this.#sectionFor(config) }
  }

  #httppush(): SourceConfigs['httppush'] {
    const fault = this.#sourceFault(HTTPPUSH_PATH)
    const { config, errors, warnings } = readHttpPush(this.#file(HTTPPUSH_PATH)?.text, this.#options.env)
    for (const { scope, error } of errors) this.#fail(HTTPPUSH_PATH, error, scopeKey(scope))
    this.#warnings.push(...warnings)
    return {
      listener: fault ? this.#options.lastGood?.listener : (config.listener ?? this.#options.lastGood?.listener),
      path: HTTPPUSH_PATH,
      sections: config.sections,
      sectionFor: this.#sectionFor(config),
    }
  }

  /** A file that is there and cannot be read says nothing about its sections: whoever uses one keeps what it had. */
  #sectionFor(config: SourceSections): SourceSections['sectionFor'] {
    const fault = this.#sourceFault(config.path)
    return name => (fault ? { ...config.sectionFor(name), errors: [fault.error] } : config.sectionFor(name))
  }

  #sourceFault(file: string): Tree['faults'][number] | undefined {
    return this.#tree.faults.find(({ path }) => path === file || path === 'etc')
  }

  async #streams(sources: SourceConfigs): Promise<Map<string, StreamDefinition>> {
    const found: Candidate<StreamDefinition>[] = []
    for (const file of this.#filesIn('streams')) {
      await this.#giveWay()
      this.#guarded(file.path, () => found.push(...this.#streamsOf(file, sources)))
    }
    return this.#unique(found, 'DDL_NAME', name => `The name "${name}" is taken twice.`)
  }

  #streamsOf(file: TreeFile, sources: SourceConfigs): Candidate<StreamDefinition>[] {
    const found: Candidate<StreamDefinition>[] = []
    if (file.text.text.trim() === '') this.#fail(file.path, emptyFile(file.path))
    const { statements, errors, broken } = parseStatements(file.text)
    // The whole file is hurt: what stands behind a broken statement may have been skipped with it.
    for (const error of errors) this.#fail(file.path, error)
    for (const { what, name, error } of broken) this.#unparsed.set(`${what}:${name}`, error)
    for (const statement of statements) {
      if (statement.kind !== 'create') {
        this.#fail(file.path, misplaced(statement, file))
        continue
      }
      const defined = defineStream(statement, file.text, sources)
      this.#warnings.push(...defined.warnings)
      const errors = [...defined.errors, ...(defined.definition ? faultsOf(defined.definition, file.text) : [])]
      const name = statement.name.name
      const key = `${statement.what}:${name}` as const
      for (const error of errors) this.#fail(file.path, error, key)
      const definition = errors.length > 0 ? undefined : defined.definition
      const fingerprint = definition ? hashOf([definition.text, sorted(definition.properties)]) : ''
      const location = file.text.locate(statement.name.span)
      found.push({ name, file: file.path, location, key, definition, fingerprint })
    }
    return found
  }

  async #rules(
    sluice: SluiceConfig,
    streams: ReadonlyMap<string, StreamDefinition>,
  ): Promise<Map<string, RuleDefinition>> {
    const found: Candidate<RuleDefinition>[] = []
    const visible = this.#visibleStreams(streams)
    const lookUp = makeLookUp(this.#options.env)
    const checkAction = this.#options.checkAction ?? checkSinks
    for (const file of this.#filesIn('rules')) {
      await this.#giveWay()
      this.#guarded(file.path, () => {
        const candidate = this.#rule(file, visible, { defaults: sluice.rule, lookUp, checkAction })
        if (candidate) found.push(candidate)
      })
    }
    return this.#unique(found, 'RULE_ID', id => `The rule id "${id}" is taken twice.`)
  }

  #rule(
    file: TreeFile,
    streams: ReadonlyMap<string, StreamDefinition>,
    context: RuleContext,
  ): Candidate<RuleDefinition> | undefined {
    const { id, rule, draft, secrets, errors, warnings } = readRule(file.text, context)
    const key: ObjectKey | undefined = id === undefined ? undefined : `rule:${id}`
    for (const error of errors) this.#fail(file.path, error, key)
    this.#warnings.push(...warnings)
    if (id === undefined || key === undefined) return undefined
    const isSqlSound = draft !== undefined && this.#checkSql(draft, streams, file.path, key)
    const location = rule?.location ?? { path: file.path, line: 1, column: 1 }
    const fingerprint = rule && isSqlSound ? hashOf([comparedText(rule), rule.options, secrets]) : ''
    return { name: id, file: file.path, location, key, definition: isSqlSound ? rule : undefined, fingerprint }
  }

  /** A bug of ours that one file brings to light must not keep the others out. */
  #guarded(file: string, build: () => void): void {
    try {
      build()
    } catch (cause) {
      const what = `Sluice itself fails on this file: ${cause instanceof Error ? cause.message : String(cause)}.`
      this.#fail(file, new UserError({ code: 'SQL_NOT_BUILT', what, fix: 'Please report it as a bug.', cause }))
    }
  }

  /** With broken streams in their last good version, so that a rule is not blamed for its stream. */
  #visibleStreams(streams: ReadonlyMap<string, StreamDefinition>): ReadonlyMap<string, StreamDefinition> {
    const last = this.#options.lastGood?.catalog ?? EMPTY_CATALOG
    const visible = new Map(streams)
    for (const [name, stream] of last.streams) {
      if (!visible.has(name) && isHurt(this.#errors, keyOf(stream), stream.location.path)) visible.set(name, stream)
    }
    return visible
  }

  #checkSql(
    rule: RuleDefinition,
    streams: ReadonlyMap<string, StreamDefinition>,
    file: string,
    key: ObjectKey,
  ): boolean {
    try {
      parseSelect(rule.sql)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      this.#fail(file, error, key)
      return false
    }
    const missing = sourcesOf(rule).filter(name => !streams.has(name))
    const broken = missing.filter(name => this.#faultOf(name) !== undefined)
    if (broken.length > 0 || (missing.length > 0 && !this.#options.checkRule)) {
      for (const name of broken.length > 0 ? broken : missing) this.#failDependency(rule, name, file, key)
      return false
    }
    const { errors, warnings } = this.#options.checkRule?.(rule, streams) ?? { errors: [] }
    for (const error of errors) this.#fail(file, error, key)
    this.#warnings.push(...(warnings ?? []))
    return errors.length === 0
  }

  #failDependency(rule: RuleDefinition, name: string, file: string, key: ObjectKey): void {
    const at = this.#faultOf(name)?.location
    const select = parseSelect(rule.sql)
    const reference = [select.from, ...select.joins.map(join => join.source)].find(source => source.name === name)
    const error = new UserError({
      code: 'SQL_UNKNOWN_SOURCE',
      what: at ? `"${name}" has errors itself (${at.path}:${at.line}).` : `No stream or table is called "${name}".`,
      fix: at ? 'Mend them there.' : 'Define it in streams/*.sql with CREATE STREAM.',
      location: reference ? rule.sql.locate(reference.span) : rule.location,
    })
    this.#errors.push({ object: key, file, reason: at ? 'DependencyNotReady' : 'BuildFailed', error })
  }

  /** Of two objects with one name neither wins: which one is meant is for their author to say. */
  #unique<T>(
    found: readonly Candidate<T>[],
    code: 'DDL_NAME' | 'RULE_ID',
    what: (name: string) => string,
  ): Map<string, T> {
    const groups = Map.groupBy(found, candidate => candidate.name)
    const result = new Map<string, T>()
    for (const [name, group] of groups) {
      for (const candidate of group) {
        const other = group.find(one => one !== candidate)
        if (other) {
          const why = `The other is at ${other.location.path}:${other.location.line}.`
          this.#fail(
            candidate.file,
            new UserError({
              code,
              what: what(name),
              why,
              fix: 'Rename one of them, or delete it.',
              location: candidate.location,
            }),
            candidate.key,
          )
        } else if (candidate.definition !== undefined) {
          result.set(name, candidate.definition)
          this.#fingerprints.set(candidate.key, candidate.fingerprint)
        }
      }
    }
    return result
  }

  /** Why there is no stream or table of this name although a file means to define it. */
  #faultOf(name: string): UserError | undefined {
    const own = this.#errors.find(({ object }) => object !== undefined && isSource(object, name))?.error
    return own ?? this.#unparsed.get(`stream:${name}`) ?? this.#unparsed.get(`table:${name}`)
  }

  #fail(file: string, error: UserError, object?: ObjectKey): void {
    const placed = error.at({ path: file, line: 1, column: 1 })
    this.#errors.push({ ...(object === undefined ? {} : { object }), file, reason: 'BuildFailed', error: placed })
  }

  async #giveWay(): Promise<void> {
    if (++this.#built % FILES_A_TURN === 0) await new Promise<void>(resolve => setImmediate(resolve))
  }

  #file(path: string): TreeFile | undefined {
    return this.#tree.files.find(file => file.path === path)
  }

  #filesIn(folder: string): TreeFile[] {
    return this.#tree.files.filter(file => file.path.startsWith(`${folder}/`))
  }
}

/** Whether an object is among the victims: named itself, or defined in a file or folder that has errors of its own. */
export function isHurt(errors: readonly ObjectError[], key: ObjectKey, path: string): boolean {
  const [kind, name] = splitKey(key)
  return errors.some(({ object, file }) => {
    if (object === undefined) return path === file || path.startsWith(`${file}/`)
    return kind === 'rule' ? object === key : isSource(object, name)
  })
}

/** Streams and tables share one namespace: an error of table x concerns stream x too. */
function isSource(key: ObjectKey, name: string): boolean {
  return key === `stream:${name}` || key === `table:${name}`
}

function splitKey(key: ObjectKey): [string, string] {
  const at = key.indexOf(':')
  return [key.slice(0, at), key.slice(at + 1)]
}

function scopeKey(scope: HttpPushScope): ObjectKey | undefined {
  return scope === 'file' ? undefined : scope === 'listener' ? 'config:listener' : 'config:httppush'
}

const checkSinks: CheckAction = (sink, options, locate) => {
  checkSinkAction(sink, options, (path, part) =>
    locate(
      path.map(step => (/^\d+$/.test(step) ? Number(step) : step)),
      part,
    ),
  )
}

/** What keeps a valid definition from running, as far as it can be known without asking a server. */
function faultsOf(definition: StreamDefinition, source: SourceText): readonly UserError[] {
  const faults = checkBuilt(definition, source)
  if (faults.length > 0 || definition.options.kind !== 'lookup') return faults
  try {
    lookupKind(definition.options.type)?.check?.(definition)
    return []
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.all()
  }
}

function emptyFile(path: string): UserError {
  return new UserError({
    code: 'SQL_SYNTAX',
    what: 'The file is empty.',
    fix: 'Write CREATE STREAM …, or delete the file.',
    location: { path, line: 1, column: 1 },
  })
}

function misplaced(statement: SelectStatement | AdminStatement, file: TreeFile): UserError {
  const select = statement.kind === 'select'
  return new UserError({
    code: 'SQL_SYNTAX',
    what: `${select ? 'SELECT' : statement.verb} has no place in streams/.`,
    fix: select
      ? 'A SELECT stands in a rule, rules/NAME.yaml.'
      : 'Files say what there is: to drop a stream, delete its CREATE statement.',
    location: file.text.locate(statement.span),
  })
}

/** The rule's document with its SQL printed back from the tree: a comment or a line break is no change. */
function comparedText(rule: RuleDefinition): string {
  return JSON.stringify({ ...JSON.parse(rule.text), sql: printSelect(parseSelect(rule.sql)) })
}

function hashOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, sorted(item)])
}
