// The options of an action, checked against the JSON schema of their sink: options in, UserErrors with a place out.
// The schemas are flat and small, so the errors can say more than a general validator would: nearest name,
// "not built yet", "write it in quotes".

import { parseDuration } from '../core/duration.ts'
import { didYouMean, UserError, type UserErrorParts } from '../core/errors.ts'
import type { Location } from '../core/location.ts'

/** What of an option a complaint is about: its name, its value, or so many characters into its text. */
export type OptionPart = 'key' | 'value' | number

/** Where an option stands in its file: one place for the whole action, or a look-up by path (`['headers', 'x']`). */
export type Where = Location | ((path: readonly string[], part: OptionPart) => Location | undefined) | undefined

type TypeName = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array'

/** The part of JSON Schema that options need. `format: 'duration'`: ms, or text like `10s`, `1h30m`. */
export interface PropertySchema {
  readonly type?: TypeName | readonly TypeName[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly format?: 'duration'
  readonly items?: PropertySchema
  readonly additionalProperties?: PropertySchema
}

export interface OptionSchema {
  readonly type: 'object'
  readonly properties: { readonly [name: string]: PropertySchema }
  readonly required?: readonly string[]
  readonly additionalProperties: false
  /** options of the dialect that this version refuses by name, unless they have this harmless value */
  readonly 'x-notBuilt'?: { readonly [name: string]: unknown }
}

export function locationOf(where: Where, path: readonly string[], part: OptionPart = 'value'): Location | undefined {
  return typeof where === 'function' ? where(path, part) : where
}

/** A UserError that knows which option it is about, so that whoever knows the file can add the place. */
export class OptionError extends UserError {
  readonly path: readonly string[]
  readonly part: OptionPart
  constructor(parts: UserErrorParts, path: readonly string[], part: OptionPart = 'value') {
    super(parts)
    this.path = path
    this.part = part
  }
}

export function optionError(
  where: Where,
  path: readonly string[],
  what: string,
  fix?: string,
  part: OptionPart = 'value',
): OptionError {
  const location = locationOf(where, path, part)
  const parts: UserErrorParts = {
    code: 'RULE_ACTION',
    what,
    ...(fix === undefined ? {} : { fix }),
    ...(location === undefined ? {} : { location }),
  }
  return new OptionError(parts, path, part)
}

/**
 * Checks the options of one action.
 * @param subject how messages name the action: `Sink "rest"`
 * @param alsoKnown names that are checked elsewhere, for "did you mean"
 * @throws {UserError} RULE_ACTION for the options that are unknown, not built, or of the wrong type
 */
export function checkOptions(
  schema: OptionSchema,
  options: object,
  subject: string,
  where: Where,
  alsoKnown: readonly string[] = [],
): void {
  const given = options as { readonly [name: string]: unknown }
  const errors: UserError[] = []
  for (const [name, value] of Object.entries(given)) {
    gather(errors, () => checkOption(schema, name, value, subject, where, alsoKnown))
  }
  for (const name of schema.required ?? []) {
    if (given[name] !== undefined) continue
    const { description } = schema.properties[name]!
    const fix = `Add ${name}${description === undefined ? '' : `: ${description}`}.`
    errors.push(optionError(where, [], `${subject} needs the option "${name}".`, fix, 'key'))
  }
  if (errors.length > 0) throw UserError.together(errors)
}

/** Runs a check; the faults that it throws are added to the others. */
export function gather<T>(errors: UserError[], check: () => T): T | undefined {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    errors.push(error)
    return undefined
  }
}

function checkOption(
  schema: OptionSchema,
  name: string,
  value: unknown,
  subject: string,
  where: Where,
  alsoKnown: readonly string[],
): void {
  const notBuilt = schema['x-notBuilt']
  if (notBuilt && Object.hasOwn(notBuilt, name)) {
    if (value === notBuilt[name] || value == null) return
    throw optionError(where, [name], `${subject}: option "${name}" is not built yet.`, 'Leave it out.', 'key')
  }
  const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
  if (property === undefined) {
    const known = [...Object.keys(schema.properties), ...alsoKnown]
    const fix = didYouMean(name, known) ?? `It has ${known.join(', ')}.`
    throw optionError(where, [name], `${subject} has no option "${name}".`, fix, 'key')
  }
  checkValue(property, value, [name], subject, where)
}

function checkValue(
  schema: PropertySchema,
  value: unknown,
  path: readonly string[],
  subject: string,
  where: Where,
): void {
  const complain = (what: string, fix?: string) =>
    optionError(where, path, `${subject}: option "${dotted(path)}" ${what}.`, fix)
  const types = schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type
  if (types.length > 0 && !types.some(type => isOf(type, value))) {
    const quoted = types.includes('string') && ['number', 'boolean'].includes(typeof value)
    throw complain(`must be ${types.map(article).join(' or ')}`, quoted ? 'Write it in quotes.' : formOf(types[0]!))
  }
  if (schema.enum && !schema.enum.includes(value)) {
    const choices = [...new Set(schema.enum.map(e => (e === '' ? '""' : String(e))))]
    const near = typeof value === 'string' ? didYouMean(value, choices) : undefined
    throw complain(`must be ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`, near)
  }
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) throw complain(`must be at least ${schema.minimum}`)
    if (schema.maximum !== undefined && value > schema.maximum) throw complain(`must be at most ${schema.maximum}`)
  }
  if (typeof value === 'string' && schema.format !== 'duration') {
    if (value.length < (schema.minLength ?? 0))
      throw complain('must not be empty', 'Give it a text, or leave it out when it is not needed.')
    if (schema.pattern && !new RegExp(schema.pattern).test(value)) throw complain(`must match ${schema.pattern}`)
  }
  if (schema.format === 'duration' && !isDuration(value)) {
    throw complain('must be a duration', 'Write milliseconds as a whole number, or a text like 500ms, 10s, 5m, 1h30m.')
  }
  if (schema.items && Array.isArray(value)) {
    value.forEach((item, i) => {
      checkValue(schema.items!, item, [...path, String(i)], subject, where)
    })
  }
  if (schema.additionalProperties && isOf('object', value)) {
    for (const [name, item] of Object.entries(value as object)) {
      checkValue(schema.additionalProperties, item, [...path, name], subject, where)
    }
  }
}

/** `headers.x`, `fields[0]` */
function dotted(path: readonly string[]): string {
  return path.map((step, i) => (/^\d+$/.test(step) ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('')
}

/** How a value of a type is written, where that is not plain. */
function formOf(type: TypeName): string | undefined {
  const forms: Partial<Record<TypeName, string>> = {
    array: 'Write it as a list: [a, b].',
    object: 'Write it as a block of keys: {a: b}.',
    boolean: 'Write true or false, without quotes.',
    integer: 'Write its digits, without quotes.',
    number: 'Write its digits, without quotes.',
  }
  return forms[type]
}

function isOf(type: TypeName, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value)
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    default:
      return typeof value === type
  }
}

function article(type: TypeName): string {
  const names = { string: 'a text', integer: 'a whole number', number: 'a number', boolean: 'true or false' }
  return type === 'array' ? 'a list' : type === 'object' ? 'a map' : names[type]
}

/** @returns whole ms of a duration option that has been checked */
export function durationMs(value: unknown, otherwise: number): number {
  return value === undefined ? otherwise : Math.round(parseDuration(value) ?? otherwise)
}

function isDuration(value: unknown): boolean {
  const ms = parseDuration(value)
  return ms !== undefined && ms >= 0
}
