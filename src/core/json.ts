// JSON text in, values out without losing a digit; values in, JSON text out with sorted keys (spec/sql.md 3).

import { RowError } from './errors.ts'
import { type Cell, compareText, isStruct, type Value } from './value.ts'

/** Deeper documents are refused, so that everything that walks a value may recurse. */
export const MAX_JSON_DEPTH = 1000

/** So many digits are always exact in a double. */
const EXACT_DIGITS = 15

const INTEGER = /^-?\d+$/

/**
 * Parses JSON. Numbers are floats, except integers beyond 2^53 that fit 64 bits: those become bigint.
 * @throws {SyntaxError} when the text is not JSON or is nested deeper than MAX_JSON_DEPTH
 */
export function parseJsonLossless(text: string): Value {
  if (text.length <= EXACT_DIGITS) return JSON.parse(text)
  return hasLongInteger(text)
    ? JSON.parse(text, keepIntegers as (key: string, value: unknown) => unknown)
    : JSON.parse(text)
}

function keepIntegers(_key: string, value: Value, context: { readonly source?: string }): Value {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context.source
  if (source === undefined || !INTEGER.test(source)) return value
  const exact = BigInt(source)
  return BigInt.asIntN(64, exact) === exact ? exact : value
}

/**
 * One pass over the text before it is parsed: is there an integer a double may not hold?
 * It also counts the nesting, because JSON.parse takes any depth and what recurses afterwards does not.
 */
function hasLongInteger(text: string): boolean {
  const length = text.length
  let depth = 0
  let found = false
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i)
    if (code === 0x22) {
      while (++i < length && (code = text.charCodeAt(i)) !== 0x22) if (code === 0x5c) i++
    } else if (code >= 0x30 && code <= 0x39) {
      const start = i
      while (i + 1 < length && isDigit(text.charCodeAt(i + 1))) i++
      if (i - start >= EXACT_DIGITS && text.charCodeAt(start - 1) !== 0x2e) found = true
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_JSON_DEPTH) throw new SyntaxError(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`)
    } else if (code === 0x5d || code === 0x7d) {
      depth--
    }
  }
  return found
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/**
 * A value as JSON: struct keys in UTF-8 order, `<` `>` `&` U+2028 U+2029 as \uXXXX, BIGINT digits exact, bytes base64,
 * datetime RFC 3339 in its own zone, NaN and infinities null.
 * @throws {RowError} when nested deeper than MAX_JSON_DEPTH
 * @see spec/sql.md 3, spec/functions.md 3
 */
export function writeJson(value: Cell): string {
  return write(value, 0)
}

function write(value: Cell, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null'
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return value.toString()
    case 'object':
      return value === null ? 'null' : writeComposite(value, depth)
    default:
      return 'null'
  }
}

function writeComposite(value: Exclude<Cell, null | undefined>, depth: number): string {
  if (depth >= MAX_JSON_DEPTH) throw new RowError(`value nested deeper than ${MAX_JSON_DEPTH} levels`)
  if (Array.isArray(value)) {
    let text = '['
    for (let i = 0; i < value.length; i++) text += (i === 0 ? '' : ',') + write(value[i], depth + 1)
    return text + ']'
  }
  if (value instanceof Uint8Array)
    return `"${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}"`
  if (value instanceof Temporal.ZonedDateTime) return `"${rfc3339(value)}"`
  if (!isStruct(value)) throw new TypeError('not a value')
  return writeStruct(value, depth)
}

function writeStruct(struct: { readonly [name: string]: Cell }, depth: number): string {
  const { sorted, labels } = shapeOf(Object.keys(struct))
  let text = ''
  for (let i = 0; i < sorted.length; i++) {
    const item = struct[sorted[i]!]
    if (item === undefined) continue
    text += (text === '' ? '{' : ',') + labels[i] + write(item, depth + 1)
  }
  return text === '' ? '{}' : text + '}'
}

/** An instant in RFC 3339 with as many fraction digits as it needs, `Z` for UTC. */
export function rfc3339(value: Temporal.ZonedDateTime): string {
  const text = value.toString({ timeZoneName: 'never' })
  return text.endsWith('+00:00') ? text.slice(0, -6) + 'Z' : text
}

/** How structs with these keys, in this order, are written. */
interface Shape {
  readonly keys: readonly string[]
  /** the same keys in UTF-8 order */
  readonly sorted: readonly string[]
  /** `"key":` for each of `sorted` */
  readonly labels: readonly string[]
}

/** Rows of one stream have the same keys: the last shape seen per first key, up to a bound hostile data cannot pass. */
const shapes = new Map<string, Shape>()
const MOST_SHAPES = 1024

function shapeOf(keys: readonly string[]): Shape {
  const first = keys[0] ?? ''
  const known = shapes.get(first)
  if (known !== undefined && sameKeys(known.keys, keys)) return known
  if (known === undefined && shapes.size >= MOST_SHAPES) shapes.clear()
  const sorted = keys.toSorted(compareText)
  const shape = { keys, sorted, labels: sorted.map(key => quote(key) + ':') }
  shapes.set(first, shape)
  return shape
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const NEEDS_ESCAPE = /["\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]/
const HTML = /[<>&\u2028\u2029]/g

function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`
  return JSON.stringify(text).replace(HTML, escapeHtml)
}

function escapeHtml(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
