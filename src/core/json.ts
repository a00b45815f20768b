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
  const value: Value =
    mayHoldLongInteger(text) && hasLongInteger(text)
      ? JSON.parse(text, keepIntegers as (key: string, value: unknown) => unknown)
      : JSON.parse(text)
  // JSON.parse takes any depth, and what recurses afterwards does not.
  if (mayBeDeep(text) && isDeeperThan(value, MAX_JSON_DEPTH))
    throw new SyntaxError(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`)
  return value
}

/** As JSON has it; a text that is none stays a text. */
export function parseJsonOrText(text: string): Value {
  try {
    return parseJsonLossless(text)
  } catch {
    return text
  }
}

function keepIntegers(_key: string, value: Value, context: { readonly source?: string }): Value {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context.source
  if (source === undefined || !INTEGER.test(source)) return value
  const exact = BigInt(source)
  return BigInt.asIntN(64, exact) === exact ? exact : value
}

/**
 * A run of 16 digits covers two neighbours among every eighth character, so looking at those is enough to rule long
 * integers out. Says true too often (digits in strings), never too seldom.
 */
function mayHoldLongInteger(text: string): boolean {
  let before = false
  for (let i = 7; i < text.length; i += 8) {
    const here = isDigit(text.charCodeAt(i))
    if (here && before && digitsAround(text, i) > EXACT_DIGITS) return true
    before = here
  }
  return false
}

function digitsAround(text: string, at: number): number {
  let start = at
  let end = at
  while (start > 0 && isDigit(text.charCodeAt(start - 1))) start--
  while (isDigit(text.charCodeAt(end + 1))) end++
  return end - start + 1
}

/** Is there, outside of strings and fractions, an integer that a double may not hold? */
function hasLongInteger(text: string): boolean {
  const length = text.length
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i)
    if (code === 0x22) {
      while (++i < length && (code = text.charCodeAt(i)) !== 0x22) if (code === 0x5c) i++
    } else if (isDigit(code)) {
      const start = i
      while (i + 1 < length && isDigit(text.charCodeAt(i + 1))) i++
      if (i - start >= EXACT_DIGITS && text.charCodeAt(start - 1) !== 0x2e) return true
    }
  }
  return false
}

/** Fewer openings than the limit cannot nest beyond it. */
function mayBeDeep(text: string): boolean {
  let openings = 0
  for (const bracket of ['{', '[']) {
    for (let i = text.indexOf(bracket); i >= 0; i = text.indexOf(bracket, i + 1)) {
      if (++openings > MAX_JSON_DEPTH) return true
    }
  }
  return false
}

function isDeeperThan(value: Value, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i]
      if (typeof item === 'object' && item !== null && isDeeperThan(item, levels - 1)) return true
    }
    return false
  }
  const struct = value as { readonly [name: string]: Value }
  for (const name in struct) {
    const item = struct[name]!
    if (typeof item === 'object' && item !== null && isDeeperThan(item, levels - 1)) return true
  }
  return false
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
  /** of holding it */
  readonly cost: number
}

/** Rows of one stream have the same keys: the last shape seen per first key. Devices may make keys up, so it is bounded. */
const shapes = new Map<string, Shape>()
/** Costs are in characters of keys, and what a string takes besides. */
const COST_OF_KEY = 32
const LARGEST_COST = 100_000
const MOST_COST = 2_000_000
let heldCost = 0

function shapeOf(keys: readonly string[]): Shape {
  const first = keys[0] ?? ''
  const known = shapes.get(first)
  if (known !== undefined && sameKeys(known.keys, keys)) return known
  const sorted = keys.toSorted(compareText)
  const labels = sorted.map(key => quote(key) + ':')
  const cost = labels.reduce((sum, label) => sum + label.length + COST_OF_KEY, 0)
  const shape = { keys, sorted, labels, cost }
  if (cost <= LARGEST_COST) hold(first, shape, known)
  return shape
}

function hold(first: string, shape: Shape, instead: Shape | undefined): void {
  heldCost += shape.cost - (instead?.cost ?? 0)
  if (heldCost > MOST_COST) {
    shapes.clear()
    heldCost = shape.cost
  }
  shapes.set(first, shape)
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
