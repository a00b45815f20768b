// The functions of a template that come with Go's text/template, and the dialect's own (json, base64, prop).
// Arguments in, value out; what they cannot do with their arguments is a RowError.

import { RowError } from '../core/errors.ts'
import { writeJson } from '../core/json.ts'
import { castText } from '../core/text.ts'
import { type Cell, compareText, getOwn, isArray, isStruct, type Value } from '../core/value.ts'
import { goFormat, goText, goType } from './go-format.ts'

/** What functions may reach besides their arguments. */
export interface TemplateSettings {
  /** look-up for `prop`; absent: every property is missing */
  readonly property?: (name: string) => string | undefined
}

export interface TemplateFunction {
  readonly min: number
  readonly max: number
  call(args: readonly Cell[], settings: TemplateSettings): Cell
}

/** Longest text that a function may make, in UTF-16 units; also the bound of a template's whole output. */
export const MOST_TEXT = 16 * 1024 * 1024

export function define(min: number, max: number, call: TemplateFunction['call']): TemplateFunction {
  return { min, max, call }
}

/** Go's truth: false, 0, empty text, empty list, empty map and nil are false. */
export function isTrue(value: Cell): boolean {
  switch (typeof value) {
    case 'boolean':
      return value
    case 'number':
      return value !== 0
    case 'bigint':
      return value !== 0n
    case 'string':
      return value !== ''
    default:
      if (value == null) return false
      if (isArray(value) || value instanceof Uint8Array) return value.length > 0
      return isStruct(value) ? Object.keys(value).length > 0 : true
  }
}

/** The argument as text, or an error as Go's typed parameters give it. */
export function textArgument(value: Cell): string {
  if (typeof value === 'string') return value
  throw new RowError(`wrong type: expected a text, got ${goType(value)}`)
}

/** Go's Sprint: blanks between neighbours when neither is a text. */
function sprint(args: readonly Cell[]): string {
  let text = ''
  args.forEach((arg, i) => {
    if (i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string') text += ' '
    text += goText(arg)
  })
  return text
}

/** What html, js and urlquery work on: alone, a missing value reads as it does when it is printed. */
function escapeInput(args: readonly Cell[]): string {
  return args.length === 1 && args[0] == null ? '<no value>' : sprint(args)
}

function length(value: Cell): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value))
  if (isArray(value) || value instanceof Uint8Array) return BigInt(value.length)
  if (isStruct(value)) return BigInt(Object.keys(value).length)
  throw new RowError(value == null ? 'len of nil' : `len of type ${goType(value)}`)
}

function index(args: readonly Cell[]): Cell {
  let item = args[0]
  for (const key of args.slice(1)) {
    if (item == null) throw new RowError('index of nil')
    if (isStruct(item)) {
      if (typeof key !== 'string') throw new RowError(`a map is indexed by a text, not ${goType(key)}`)
      item = getOwn(item, key)
      continue
    }
    const list = typeof item === 'string' ? Buffer.from(item) : item
    if (!isArray(list) && !(list instanceof Uint8Array)) throw new RowError(`cannot index a ${goType(item)}`)
    const at = position(key, list.length - 1)
    const element: Value | number = list[at]!
    item = isArray(list) ? element : BigInt(element as number)
  }
  return item
}

function position(value: Cell, most: number): number {
  if (typeof value !== 'bigint') throw new RowError(`cannot index with type ${goType(value)}`)
  if (value < 0n || value > BigInt(most)) throw new RowError(`index out of range: ${value}`)
  return Number(value)
}

function slice(args: readonly Cell[]): Cell {
  const whole = args[0]
  const bytes = typeof whole === 'string' ? Buffer.from(whole) : whole
  if (!isArray(bytes) && !(bytes instanceof Uint8Array)) throw new RowError(`cannot slice a ${goType(whole)}`)
  const from = args.length > 1 ? position(args[1], bytes.length) : 0
  const to = args.length > 2 ? position(args[2], bytes.length) : bytes.length
  if (from > to) throw new RowError(`invalid slice: ${from} > ${to}`)
  const part = bytes.slice(from, to)
  return typeof whole === 'string' ? Buffer.from(part as Uint8Array).toString() : part
}

type Basic = 'text' | 'int' | 'float' | 'bool' | 'other' | 'nil'

function basic(value: Cell): Basic {
  const kinds = { string: 'text', bigint: 'int', number: 'float', boolean: 'bool' } as const
  return kinds[typeof value as 'string'] ?? (value == null ? 'nil' : 'other')
}

function incompatible(a: Cell, b: Cell): RowError {
  const mixed = [basic(a), basic(b)].sort().join() === 'float,int'
  const hint = mixed ? ' (write 30.0 to compare with a float)' : ''
  return new RowError(`incompatible types for comparison: ${goType(a)} and ${goType(b)}${hint}`)
}

/** Kinds are strict: an integer never equals a float, it is an error (spec/rules-and-sinks.md 4). */
function equal(a: Cell, b: Cell): boolean {
  const kind = basic(a)
  if (kind === 'nil' || basic(b) === 'nil') return kind === basic(b)
  if (kind !== basic(b)) throw incompatible(a, b)
  if (kind !== 'other') return a === b
  if (a instanceof Temporal.ZonedDateTime && b instanceof Temporal.ZonedDateTime) return a.equals(b)
  throw new RowError(`non-comparable type ${goType(a)}`)
}

function less(a: Cell, b: Cell): boolean {
  for (const value of [a, b]) {
    if (!['text', 'int', 'float'].includes(basic(value))) {
      throw new RowError(`invalid type for comparison: ${goType(value)}`)
    }
  }
  if (basic(a) !== basic(b)) throw incompatible(a, b)
  return typeof a === 'string' ? compareText(a, b as string) < 0 : (a as number) < (b as number)
}

function lessOrEqual(a: Cell, b: Cell): boolean {
  return less(a, b) || equal(a, b)
}

function base64(value: Cell): string {
  if (value == null) throw new RowError('base64 of nil')
  const bytes = value instanceof Uint8Array ? value : Buffer.from(isScalar(value) ? castText(value) : writeJson(value))
  return Buffer.from(bytes).toString('base64')
}

function isScalar(value: Exclude<Cell, null | undefined>): boolean {
  return !isArray(value) && !isStruct(value)
}

/** Go's template.HTMLEscapeString. */
function html(text: string): string {
  const names: { [char: string]: string } = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;', '"': '&#34;' }
  return text.replace(/[<>&'"\0]/g, char => names[char] ?? '\ufffd')
}

/** Go's template.JSEscapeString. */
function js(text: string): string {
  return text.replace(/[\\'"<>&=]|[^\x20-\x7e]/gu, char => {
    if ('\\\'"'.includes(char)) return `\\${char}`
    const isPlain = char.charCodeAt(0) > 0x7f && !/[\p{C}\p{Z}]/u.test(char)
    if (isPlain) return char
    return `\\u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
  })
}

/** Go's url.QueryEscape. */
function urlquery(text: string): string {
  const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, percent)
    .replaceAll('%20', '+')
}

const MANY = Number.POSITIVE_INFINITY

/** `and` and `or` are not here: they stop at the first argument that decides. */
export const builtInFunctions: { readonly [name: string]: TemplateFunction } = {
  not: define(1, 1, ([value]) => !isTrue(value)),
  len: define(1, 1, ([value]) => length(value)),
  index: define(1, MANY, index),
  slice: define(1, 3, slice),
  print: define(0, MANY, sprint),
  println: define(0, MANY, args => `${args.map(goText).join(' ')}\n`),
  printf: define(1, MANY, ([format, ...args]) => goFormat(textArgument(format), args)),
  html: define(1, MANY, args => html(escapeInput(args))),
  js: define(1, MANY, args => js(escapeInput(args))),
  urlquery: define(1, MANY, args => urlquery(escapeInput(args))),
  eq: define(2, MANY, ([first, ...others]) => others.some(other => equal(first, other))),
  ne: define(2, 2, ([a, b]) => !equal(a, b)),
  lt: define(2, 2, ([a, b]) => less(a, b)),
  le: define(2, 2, ([a, b]) => lessOrEqual(a, b)),
  gt: define(2, 2, ([a, b]) => !lessOrEqual(a, b)),
  ge: define(2, 2, ([a, b]) => !less(a, b)),
  json: define(1, 1, ([value]) => writeJson(value)),
  toJson: define(1, 1, ([value]) => writeJson(value)),
  base64: define(1, 1, ([value]) => base64(value)),
  prop: define(1, 1, ([name], settings) => settings.property?.(textArgument(name)) ?? null),
}
