// A document and the name of its schema in, errors with place and words out. The only file that imports ajv.

import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { parseDuration } from '../core/duration.ts'
import { didYouMean, type ErrorCode, UserError } from '../core/errors.ts'
import { parseZone } from '../core/time-zone.ts'
import file from './file.schema.json' with { type: 'json' }
import httppush from './httppush.schema.json' with { type: 'json' }
import memory from './memory.schema.json' with { type: 'json' }
import redis from './redis.schema.json' with { type: 'json' }
import rule from './rule.schema.json' with { type: 'json' }
import ruleTest from './rule-test.schema.json' with { type: 'json' }
import sluice from './sluice.schema.json' with { type: 'json' }
import source from './source.schema.json' with { type: 'json' }
import sql from './sql.schema.json' with { type: 'json' }
import type { ConfigDocument, Path } from './yaml.ts'

const SCHEMAS = { httppush, memory, redis, sql, file, source, rule, ruleTest, sluice } as const
export type SchemaName = keyof typeof SCHEMAS

/** The schemas themselves, for look-ups of known keys and for editors. */
export function schemaOf(name: SchemaName): Schema {
  return SCHEMAS[name]
}

export interface Schema {
  readonly [keyword: string]: unknown
}

/** Formats whose name says nothing to a person. */
const FORMAT_WORDS: Readonly<Record<string, string>> = {
  duration: 'a duration: milliseconds as a number, or a text such as 500ms, 10s, 5m, 1h30m',
  ip: 'an IP address, or localhost',
  timezone: 'Local, UTC, or a time zone name such as Europe/Berlin',
}

const ajv = makeAjv()
const compiled = new Map<string, ValidateFunction>()

function makeAjv(): Ajv {
  const instance = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
  })
  // ajv-formats is CommonJS: its types put the function on `default`, at run time it is both.
  ;(formats as unknown as { default: (ajv: Ajv) => Ajv }).default(instance)
  instance.addFormat('duration', { type: 'string', validate: isDuration })
  instance.addFormat('ip', { type: 'string', validate: (text: string) => isIP(text) !== 0 || text === 'localhost' })
  instance.addFormat('timezone', { type: 'string', validate: isTimezone })
  instance.addKeyword({ keyword: 'expects', schemaType: 'string' })
  // A value that no message may show.
  instance.addKeyword({ keyword: 'secret', schemaType: 'boolean' })
  instance.addKeyword({
    keyword: 'notBuilt',
    schemaType: ['boolean', 'array'],
    validate: (notBuilt: true | readonly unknown[], data: unknown, parent?: Schema) =>
      Array.isArray(notBuilt)
        ? !notBuilt.includes(data)
        : data === null || isDeepStrictEqual(data, parent?.['default']) || sameDuration(data, parent),
  })
  for (const schema of Object.values(SCHEMAS)) instance.addSchema(schema)
  return instance
}

/** `0s` is the default `0`. */
function sameDuration(data: unknown, schema: Schema | undefined): boolean {
  return schema?.['format'] === 'duration' && parseDuration(data) === parseDuration(schema['default'])
}

/** A length of time is never negative, and timers know no fraction of a millisecond. */
function isDuration(text: string): boolean {
  const ms = parseDuration(text)
  return ms !== undefined && ms >= 0 && Number.isInteger(ms)
}

function isTimezone(name: string): boolean {
  return name === 'Local' || (name !== '' && parseZone(name) !== undefined)
}

/** The schema of a value under this one, references followed; undefined when the key means nothing there. */
export function subschema(schema: Schema, key: string): Schema | undefined {
  const properties = followed(schema)['properties'] as { readonly [key: string]: Schema } | undefined
  if (properties && Object.hasOwn(properties, key)) return followed(properties[key]!)
  const further = followed(schema)['additionalProperties']
  return typeof further === 'object' && further !== null ? followed(further as Schema) : undefined
}

/** Follows `$ref`, of which ours point at `$defs`: their names differ wherever schemas do. */
function followed(schema: Schema): Schema {
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  const [, part] = reference.split('#/$defs/')
  for (const { $defs } of [httppush, memory, redis, sql, file, source, rule, ruleTest] as readonly {
    $defs: object
  }[]) {
    if (Object.hasOwn($defs, part!)) return ($defs as Record<string, Schema>)[part!]!
  }
  throw new Error(`no schema ${reference}`)
}

export interface CheckOptions {
  /** the part of the document that is checked; default: all of it */
  readonly at?: Path
  /** a part of the schema, by JSON pointer: `/$defs/section` */
  readonly part?: string
  /** code of every error, when the schema's own are too general */
  readonly code?: ErrorCode
}

/**
 * Checks a document, or the part of it that `at` leads to, against a schema.
 * @returns CONFIG_UNKNOWN_KEY and CONFIG_VALUE errors (RULE_OPTION and RULE_ACTION in those parts of a rule), placed
 */
export function check(name: SchemaName, document: ConfigDocument, options: CheckOptions = {}): UserError[] {
  const id = `${schemaOf(name)['$id']}${options.part === undefined ? '' : `#${options.part}`}`
  let validate = compiled.get(id)
  if (!validate) {
    validate = ajv.getSchema(id)
    if (!validate) throw new Error(`no schema ${id}`)
    compiled.set(id, validate)
  }
  const at = options.at ?? []
  const value = valueAt(document.value, at)
  if (validate(value)) return []
  const found = relevant(validate.errors ?? []).map(error => toUserError(error, value, document, at, options.code))
  return distinct(found).sort(byPlace)
}

/** The value that a path leads to, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = (here as Record<string | number, unknown>)[step]
  }
  return here
}

/** A value of the wrong type needs no second error about its range. */
function relevant(errors: readonly ErrorObject[]): ErrorObject[] {
  const rank = (error: ErrorObject) => (error.keyword === 'type' ? 0 : error.keyword === 'enum' ? 1 : 2)
  const best = new Map<string, number>()
  for (const error of errors) {
    best.set(error.instancePath, Math.min(rank(error), best.get(error.instancePath) ?? 2))
  }
  return errors.filter(error => rank(error) === best.get(error.instancePath))
}

function byPlace(a: UserError, b: UserError): number {
  return (a.location?.line ?? 0) - (b.location?.line ?? 0) || (a.location?.column ?? 0) - (b.location?.column ?? 0)
}

function distinct(errors: readonly UserError[]): UserError[] {
  const seen = new Set<string>()
  return errors.filter(error => {
    const key = `${error.location?.line}:${error.location?.column}:${error.what}`
    return seen.has(key) ? false : seen.add(key)
  })
}

function toUserError(
  error: ErrorObject,
  root: unknown,
  document: ConfigDocument,
  at: Path,
  code: ErrorCode | undefined,
): UserError {
  const inner = pathOf(error.instancePath, root)
  const path = [...at, ...inner]
  const schema = (error.parentSchema ?? {}) as Schema
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty'])
    return unknownKey(key, (schema['properties'] ?? {}) as Record<string, Schema>, document, path, code)
  }
  const name = path.length === 0 ? 'The document' : `"${dotted(path)}"`
  const base = { code: code ?? codeFor(path, 'CONFIG_VALUE'), location: document.locate(path) }
  switch (error.keyword) {
    case 'required':
      return new UserError({
        ...base,
        what: `The key "${error.params['missingProperty']}" is missing${path.length === 0 ? '' : ` in ${name}`}.`,
        ...addIt(schema, String(error.params['missingProperty'])),
        location: document.locate(path, 'key'),
      })
    case 'notBuilt':
      return new UserError({
        ...base,
        what: `${name} is not built yet${Array.isArray(error.schema) ? ` with the value ${JSON.stringify(error.data)}` : ''}.`,
        fix: `Leave it out${schema['default'] == null ? '' : `, or write its default, ${JSON.stringify(schema['default'])}`}.`,
        location: document.locate(path, 'key'),
      })
    default:
      return new UserError({
        ...base,
        what: `${name} must be ${expected(error, schema)}, not ${shown(error.data, schema, document.shown?.(path))}.`,
        ...(fix => (fix === undefined ? {} : { fix }))(fixOf(error, schema)),
      })
  }
}

/** What a missing key would hold, by the first sentence of its description. */
function addIt(schema: Schema, key: string): { fix?: string } {
  const description = subschema(schema, key)?.['description']
  const first = typeof description === 'string' ? description.split(/(?<=\.) /)[0]! : ''
  return { fix: first === '' ? `Add ${key}.` : `Add ${key}: ${first.charAt(0).toLowerCase()}${first.slice(1)}` }
}

function fixOf(error: ErrorObject, schema: Schema): string | undefined {
  if (quotingHelps(error)) return 'Write it in quotes.'
  if (typeof error.data !== 'string') return undefined
  if (schema['format'] === 'timezone') return didYouMean(error.data, Intl.supportedValuesOf('timeZone'))
  const choices = schema['enum']
  return Array.isArray(choices) ? didYouMean(error.data, choices.map(String)) : undefined
}

function unknownKey(
  key: string,
  properties: Readonly<Record<string, Schema>>,
  document: ConfigDocument,
  path: Path,
  code: ErrorCode | undefined,
): UserError {
  const known = Object.keys(properties)
  const built = known.filter(name => properties[name]?.['notBuilt'] !== true)
  const here = path.length === 0 ? 'here' : `in "${dotted(path)}"`
  return new UserError({
    code: code ?? codeFor([...path, key], 'CONFIG_UNKNOWN_KEY'),
    what: `The key "${key}" means nothing ${here}.`,
    ...(built.length === 0 ? {} : { why: `Known keys here: ${built.join(', ')}.` }),
    ...(hint => (hint === undefined ? {} : { fix: hint }))(didYouMean(key, known)),
    location: document.locate([...path, key], 'key'),
  })
}

/** Options and actions of a rule have codes of their own; sluice.yaml's `rule:` holds options too. */
function codeFor(path: Path, otherwise: ErrorCode): ErrorCode {
  if (path.length > 1 && (path[0] === 'options' || path[0] === 'rule')) return 'RULE_OPTION'
  if (path.length > 1 && path[0] === 'actions') return 'RULE_ACTION'
  if (path.length === 1 && path[0] === 'id') return 'RULE_ID'
  return otherwise
}

function expected(error: ErrorObject, schema: Schema): string {
  const words = schema['expects']
  if (typeof words === 'string') return words
  const format = schema['format']
  if (typeof format === 'string' && FORMAT_WORDS[format]) {
    const least = schema['minimum']
    return `${FORMAT_WORDS[format]}${error.keyword === 'minimum' && least ? `, at least ${least} ms` : ''}`
  }
  switch (error.keyword) {
    case 'type':
      return schema['enum'] ? listWords((schema['enum'] as unknown[]).map(String)) : typeWords(error.params['type'])
    case 'enum':
      return listWords((error.params['allowedValues'] as unknown[]).map(v => String(v)))
    case 'minimum':
      return `at least ${error.params['limit']}`
    case 'maximum':
      return `at most ${error.params['limit']}`
    case 'minLength':
      return 'a text that is not empty'
    case 'minItems':
      return 'a list that is not empty'
    case 'minProperties':
      return 'an object that is not empty'
    default:
      return `different: it ${error.message}`
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
}

function typeWords(types: string | readonly string[]): string {
  const named = [types].flat().filter(type => type !== 'null')
  return named.map(type => TYPE_WORDS[type] ?? type).join(' or ')
}

function listWords(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`
}

function quotingHelps(error: ErrorObject): boolean {
  const wanted = [error.params['type']].flat()
  return (
    error.keyword === 'type' &&
    !error.parentSchema?.['enum'] &&
    wanted.includes('string') &&
    !wanted.includes('boolean') &&
    ['number', 'boolean'].includes(typeof error.data)
  )
}

/** @param reference where the value came from, when it was referred to */
function shown(value: unknown, schema: Schema, reference: string | undefined): string {
  if (reference !== undefined) return reference
  return schema['secret'] === true && value !== null ? `the ${typeof value} that it is` : brief(value)
}

function brief(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty block' : 'a block of keys'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** `options.qos`, `actions[0].rest.url` */
export function dotted(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('')
}

/** ajv's JSON pointer as a path: a step into an array is a number. */
function pathOf(pointer: string, root: unknown): Path {
  const path: (string | number)[] = []
  let here = root
  for (const raw of pointer.split('/').slice(1)) {
    const step = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(here) ? Number(step) : step)
    here = valueAt(here, [step])
  }
  return path
}
