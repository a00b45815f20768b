// A CREATE statement in, a stream or table definition with typed options and resolved properties out (spec/sql.md 2.1).

import type { SectionType, SourceConfigs } from '../catalog/catalog.ts'
import type { SourceProperties, StreamDefinition, StreamOptions } from '../catalog/definition.ts'
import { compilePattern } from '../core/datetime-pattern.ts'
import { parseEndpoint } from '../core/endpoint.ts'
import { didYouMean, type ErrorCode, UserError } from '../core/errors.ts'
import type { Location, SourceText } from '../core/location.ts'
import { patternProblem } from '../core/topic.ts'
import type { CreateStatement, DdlOption } from '../sql/ast.ts'
import { printCreate } from '../sql/printer.ts'
import { layOver } from './sections.ts'
import { SECTION_RULES } from './source-sections.ts'
import { check } from './validate.ts'

/** Source types of this version, and those of the dialect that are refused by name. */
export const BUILT_SOURCES = ['httppush', 'memory'] as const
const BUILT_TABLES = [...BUILT_SOURCES, 'file']
const BUILT_LOOKUPS: readonly string[] = ['memory', 'redis', 'sql']
const OTHER_SOURCES = [
  ...['mqtt', 'file', 'httppull', 'simulator', 'websocket', 'redis', 'redisSub', 'sql', 'kafka', 'nats', 'edgex'],
  ...['neuron', 'video', 'zmq', 'random', 'can', 'sse'],
]
/** Source types that a lookup table has in the dialect. */
const LOOKUP_SOURCES = ['memory', 'redis', 'sql', 'httppull', 'influx2']

const BUILT_FORMATS = ['json']
const FORMATS = ['json', 'binary', 'delimited', 'urlencoded', 'protobuf', 'custom']

/** Options that every CREATE may carry and that mean nothing for a stream (spec/sql.md 2.1). */
const TABLE_ONLY = ['RETAIN_SIZE', 'KIND'] as const

const DEFAULT_RETAIN_SIZE = 1
const FILE_RETAIN_SIZE = 9999

export interface DefinedStream {
  /** absent when the statement is not valid */
  readonly definition: StreamDefinition | undefined
  readonly errors: readonly UserError[]
  readonly warnings: readonly UserError[]
}

/**
 * Whether the statement is valid, and what it defines. Whether this version can run it is for `checkBuilt` to say.
 * @param source the text that the statement's spans count in
 */
export function defineStream(statement: CreateStatement, source: SourceText, sources: SourceConfigs): DefinedStream {
  const reader = new OptionReader(statement, source)
  const options = reader.read()
  reader.checkName()
  reader.checkTableOnly()
  reader.checkFormat(options)
  reader.checkLookup(options)
  reader.checkTimestamp(options)
  const { type } = options
  const properties = hasSections(type) ? sectionProperties(type, options, sources, statement, reader) : {}
  const definition: StreamDefinition = {
    kind: statement.what,
    name: statement.name.name,
    location: source.locate(statement.name.span),
    text: printCreate(statement),
    statement,
    fields: statement.fields,
    options,
    properties,
  }
  return {
    definition: reader.errors.length > 0 ? undefined : definition,
    errors: reader.errors,
    warnings: reader.warnings,
  }
}

/**
 * What a valid definition needs before this version can run it.
 * @returns SQL_NOT_BUILT for what the dialect has and we do not, ENDPOINT for a path that cannot be bound,
 *   DDL_OPTION for a type that nobody knows
 */
export function checkBuilt(definition: StreamDefinition, source: SourceText): UserError[] {
  const reader = new OptionReader(definition.statement, source)
  const { options } = definition
  const scanned: readonly string[] = definition.kind === 'table' ? BUILT_TABLES : BUILT_SOURCES
  const built = options.kind === 'lookup' ? BUILT_LOOKUPS : scanned
  if (!built.includes(options.type)) return [reader.unbuiltType(options)]
  if (options.type === 'file') {
    reader.checkFile(definition)
    return reader.errors
  }
  if (!BUILT_FORMATS.includes(options.format)) {
    reader.fail('FORMAT', 'SQL_NOT_BUILT', `FORMAT "${options.format}" is not built yet.`, { fix: 'Built: json.' })
  }
  if (options.type === 'httppush') reader.checkEndpoint(definition)
  else if (options.type === 'memory') reader.checkTopic(definition)
  return reader.errors
}

function hasSections(type: string): type is SectionType {
  return Object.hasOwn(SECTION_RULES, type)
}

/** Lowest to highest: built-in, `default`, the CONF_KEY section, EXTRA, WITH (spec/http-push.md 2.1). */
function sectionProperties(
  type: SectionType,
  options: StreamOptions,
  sources: SourceConfigs,
  statement: CreateStatement,
  reader: OptionReader,
): SourceProperties {
  const rules = SECTION_RULES[type]
  const section = sources[type].sectionFor(options.confKey)
  const [error] = section.errors
  if (error) {
    // The file itself shows them all; every stream repeating them would bury them.
    const place = error.location ? ` (${error.location.path}:${error.location.line})` : ''
    const more = section.errors.length > 1 ? ` And ${section.errors.length - 1} more there.` : ''
    const what = `Its section of ${type}.yaml has errors${place}: ${error.what}${more}`
    reader.fail('CONF_KEY', 'CONFIG_VALUE', what, { fix: 'Mend them there.' })
  }
  for (const warning of section.warnings) reader.warnings.push(warning.at(reader.locate('CONF_KEY')))
  const { datasource, ...extra } = options.extra ?? {}
  const document = { value: extra, locate: () => reader.locate('EXTRA') }
  reader.errors.push(...check(rules.schema, document, { part: rules.part, code: 'DDL_OPTION' }))
  const properties: Record<string, unknown> = { ...layOver(section.properties, rules.normalise(extra)) }
  const source = options.datasource ?? datasource
  if (type === 'httppush') properties['endpoint'] = source ?? properties['endpoint'] ?? `/${statement.name.name}`
  else if (source !== undefined) properties['datasource'] = source
  if (statement.options.has('FORMAT')) properties['format'] = options.format
  if (options.schemaId !== undefined) properties['schemaId'] = options.schemaId
  if (options.delimiter !== undefined) properties['delimiter'] = options.delimiter
  return properties
}

/** Reads the WITH options of one statement, whose form the parser has checked; collects every error of meaning. */
class OptionReader {
  readonly errors: UserError[] = []
  readonly warnings: UserError[] = []
  readonly #statement: CreateStatement
  readonly #source: SourceText

  constructor(statement: CreateStatement, source: SourceText) {
    this.#statement = statement
    this.#source = source
  }

  read(): StreamOptions {
    const isTable = this.#statement.what === 'table'
    const optional = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value })
    const type = this.#text('TYPE') ?? (isTable ? 'file' : 'mqtt')
    return {
      type,
      format: this.#text('FORMAT') ?? 'json',
      shared: this.#flag('SHARED'),
      strictValidation: this.#flag('STRICT_VALIDATION'),
      kind: isTable && this.#text('KIND') === 'lookup' ? 'lookup' : 'scan',
      temp: this.#flag('TEMP'),
      ...optional('datasource', this.#text('DATASOURCE')),
      ...optional('schemaId', this.#text('SCHEMAID')),
      ...optional('delimiter', this.#text('DELIMITER')),
      ...optional('key', this.#text('KEY')),
      ...optional('confKey', this.#text('CONF_KEY')),
      ...optional('extra', this.#extra()),
      ...optional('timestamp', this.#text('TIMESTAMP')),
      ...optional('timestampFormat', this.#text('TIMESTAMP_FORMAT')),
      ...optional('retainSize', this.#retainSize()),
      ...optional('version', this.#text('VERSION')),
    }
  }

  checkName(): void {
    const { name, span } = this.#statement.name
    if (/^[A-Za-z0-9_-]+$/.test(name)) return
    this.errors.push(
      new UserError({
        code: 'DDL_NAME',
        what: `"${name}" cannot be the name of a ${this.#statement.what}.`,
        why: 'Names are made of letters, digits, _ and -.',
        location: this.#source.locate(span),
      }),
    )
  }

  /** The dialect takes them and passes over them, so streams that came from there must stay valid. */
  checkTableOnly(): void {
    if (this.#statement.what === 'table') return
    for (const option of TABLE_ONLY) {
      if (!this.#statement.options.has(option)) continue
      const what = `Only tables have the option ${option}; it has no effect here.`
      this.warnings.push(this.#error(option, 'DDL_OPTION', what, { fix: 'Remove it, or write CREATE TABLE.' }))
    }
  }

  checkFormat(options: StreamOptions): void {
    const { format } = options
    if (!FORMATS.includes(format)) {
      const hint = didYouMean(format, FORMATS)
      this.fail('FORMAT', 'DDL_OPTION', `There is no format "${format}".`, {
        why: `Formats are ${FORMATS.join(', ')}.`,
        ...(hint === undefined ? {} : { fix: hint }),
      })
    }
    if ((format === 'protobuf' || format === 'custom') && !options.schemaId) {
      this.fail('FORMAT', 'DDL_OPTION', `FORMAT "${format}" needs SCHEMAID.`, { fix: 'Add SCHEMAID="schema.message".' })
    }
    if (format !== 'binary') return
    const { fields, what } = this.#statement
    if (what === 'table')
      this.fail('FORMAT', 'DDL_OPTION', 'A table cannot have FORMAT "binary".', {
        fix: 'Use a stream, or FORMAT="json".',
      })
    if (fields.length > 1 || (fields[0] && fields[0].type.kind !== 'bytea')) {
      this.fail('FORMAT', 'DDL_FIELD', 'FORMAT "binary" takes no columns, or one of type BYTEA.', {
        fix: 'Write () for the columns, or one column of type BYTEA.',
      })
    }
  }

  checkLookup(options: StreamOptions): void {
    if (options.kind !== 'lookup') return
    if (options.type === 'memory' && !options.key) {
      this.fail('KIND', 'DDL_OPTION', 'A lookup table of TYPE "memory" needs KEY.', {
        fix: 'Add KEY="name" with the column that rows are looked up by.',
      })
    } else if ([...BUILT_SOURCES, ...OTHER_SOURCES].includes(options.type) && !LOOKUP_SOURCES.includes(options.type)) {
      this.fail('TYPE', 'DDL_OPTION', `TYPE "${options.type}" cannot be a lookup table.`, {
        fix: `Lookup tables have TYPE ${BUILT_LOOKUPS.join(', ')}.`,
      })
    }
  }

  /** Warnings: a time that no column declares is read all the same, and a rule may never ask for it. */
  checkTimestamp({ timestamp, timestampFormat }: StreamOptions): void {
    const columns = this.#statement.fields.map(field => field.name)
    const near = timestamp === undefined || columns.includes(timestamp) ? undefined : didYouMean(timestamp, columns)
    if (near !== undefined) {
      const what = `No column is called "${timestamp}": the time is read from what is not declared.`
      this.warnings.push(this.#error('TIMESTAMP', 'DDL_OPTION', what, { fix: near }))
    }
    const pattern = timestampFormat === undefined ? undefined : compilePattern(timestampFormat)
    if (typeof pattern === 'string') {
      const what = `TIMESTAMP_FORMAT is never used: ${pattern}.`
      this.warnings.push(
        this.#error('TIMESTAMP_FORMAT', 'DDL_OPTION', what, { fix: 'Write for example "yyyy-MM-dd HH:mm:ss".' }),
      )
    }
  }

  checkEndpoint({ properties }: StreamDefinition): void {
    const path = String(properties['endpoint'] ?? '')
    const endpoint = parseEndpoint(path)
    if (typeof endpoint !== 'string') return
    const fix = path.startsWith('/') ? 'Paths are made as in /api/:site/data.' : `Write "/${path}".`
    this.fail('DATASOURCE', 'ENDPOINT', endpoint, { fix })
  }

  checkTopic({ kind, options: { datasource } }: StreamDefinition): void {
    if (!datasource) {
      const what = `A memory ${kind} needs DATASOURCE: the topic that it reads.`
      this.fail('DATASOURCE', 'DDL_OPTION', what, { fix: 'Add DATASOURCE="topic".' })
      return
    }
    const problem = patternProblem(datasource)
    if (problem === undefined) return
    this.fail('DATASOURCE', 'DDL_OPTION', `DATASOURCE "${datasource}" is no topic pattern: ${problem}.`, {
      fix: '+ stands for one part, # at the end for all further ones: a/+/c, a/#.',
    })
  }

  checkFile({ options: { format }, properties }: StreamDefinition): void {
    const name = String(properties['datasource'] ?? '')
    if (name === '') {
      const what = 'A table of TYPE "file" needs DATASOURCE: the name of the file.'
      this.fail('DATASOURCE', 'DDL_OPTION', what, { fix: 'Add DATASOURCE="devices.json".' })
    } else if (name.startsWith('/') || name.split(/[\\/]/).includes('..')) {
      const what = `DATASOURCE "${name}" leads out of the folder that path names.`
      this.fail('DATASOURCE', 'DDL_OPTION', what, {
        fix: 'Set path in etc/sources/file.yaml, or in EXTRA; DATASOURCE is the name of the file in it.',
      })
    }
    if (format !== 'json' && format !== 'delimited') {
      const fix = 'Built: json, and delimited for fileType csv and lines.'
      this.fail('FORMAT', 'SQL_NOT_BUILT', `FORMAT "${format}" is not built yet for files.`, { fix })
    } else if (format === 'delimited' && properties['fileType'] === 'json') {
      const what = 'A file of fileType "json" cannot have FORMAT "delimited".'
      this.fail('FORMAT', 'DDL_OPTION', what, { fix: 'Set fileType: csv in etc/sources/file.yaml, or in EXTRA.' })
    }
  }

  unbuiltType(options: StreamOptions): UserError {
    const isStream = this.#statement.what === 'stream'
    const isLookup = options.kind === 'lookup'
    const built = `Built: ${(isLookup ? BUILT_LOOKUPS : isStream ? BUILT_SOURCES : BUILT_TABLES).join(', ')}.`
    if (isStream && options.type === 'file') {
      const fix = 'A table can read a file: CREATE TABLE. Rows of a file can be pushed to a stream with curl.'
      return this.#error('TYPE', 'SQL_NOT_BUILT', 'A stream of TYPE "file" is not built yet.', { fix })
    }
    if (OTHER_SOURCES.includes(options.type) || (isLookup && LOOKUP_SOURCES.includes(options.type))) {
      const implied = this.#statement.options.has('TYPE') ? '' : ', which is meant when TYPE is not written,'
      return this.#error('TYPE', 'SQL_NOT_BUILT', `TYPE "${options.type}"${implied} is not built yet.`, { fix: built })
    }
    const hint = didYouMean(options.type, [...BUILT_SOURCES, ...OTHER_SOURCES])
    return this.#error('TYPE', 'DDL_OPTION', `There is no TYPE "${options.type}".`, { fix: hint ?? built })
  }

  fail(option: DdlOption, code: ErrorCode, what: string, more: { why?: string; fix?: string } = {}): void {
    this.errors.push(this.#error(option, code, what, more))
  }

  /** Where the option's value stands, else the name of the stream. */
  locate(option: DdlOption): Location {
    return this.#source.locate(this.#statement.options.get(option)?.span ?? this.#statement.name.span)
  }

  #error(option: DdlOption, code: ErrorCode, what: string, more: { why?: string; fix?: string }): UserError {
    return new UserError({ code, what, ...more, location: this.locate(option) })
  }

  #text(option: DdlOption): string | undefined {
    const value = this.#statement.options.get(option)?.value
    return value === undefined || value === '' ? undefined : String(value)
  }

  #flag(option: DdlOption): boolean {
    return this.#statement.options.get(option)?.value === true
  }

  /** The parser has seen to it that the text is a JSON object. */
  #extra(): Readonly<Record<string, unknown>> | undefined {
    const text = this.#text('EXTRA')
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>)
  }

  /** A blank TYPE means a file, whose whole content is wanted. */
  #retainSize(): number | undefined {
    if (this.#statement.what === 'stream' || this.#text('KIND') === 'lookup') return undefined
    const text = this.#text('RETAIN_SIZE')
    if (text !== undefined) return Number(text)
    return ['file', undefined].includes(this.#text('TYPE')) ? FILE_RETAIN_SIZE : DEFAULT_RETAIN_SIZE
  }
}
