// What generated code calls for everything but the common case: operators on values of any kind, with the null and
// error rules of spec/sql.md 5. Every function is total or throws a RowError.

import { parseDateTime } from '../core/datetime.ts'
import { RowError } from '../core/errors.ts'
import { rememberByText } from '../core/remember.ts'
import type { Row } from '../core/row.ts'
import { describe } from '../core/text.ts'
import { type Cell, compareText, getOwn, isArray, isStruct, type Value, type Values } from '../core/value.ts'
import type { FunctionContext } from '../functions/definition.ts'
import { likeMatcher } from './like.ts'

type Struct = { readonly [name: string]: Value }

function invalid(operator: string, left: Cell, right: Cell): RowError {
  return new RowError(`invalid operation ${describe(left)} ${operator} ${describe(right)}`)
}

/**
 * Arrays, objects and bytes cannot stand on the left of an operator, whatever stands on the right: not even null, which
 * decides otherwise (spec/sql.md 5.3). Called where the common case is over.
 */
function refuseComposite(operator: string, left: Cell): void {
  if (typeof left !== 'object' || left === null || left instanceof Temporal.ZonedDateTime) return
  throw new RowError(`${operator} is an invalid operation for ${describe(left)}`)
}

/** A comparison with a null in it: false. */
function withNull(operator: string, left: Cell): false {
  refuseComposite(operator, left)
  return false
}

function isNumber(value: Cell): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function arithmetic(
  operator: string,
  ints: (a: bigint, b: bigint) => bigint,
  floats: (a: number, b: number) => number,
): (left: Cell, right: Cell) => Value {
  return (left, right) => {
    if (left == null || right == null) {
      refuseComposite(operator, left)
      return null
    }
    if (typeof left === 'bigint' && typeof right === 'bigint') return BigInt.asIntN(64, ints(left, right))
    if (isNumber(left) && isNumber(right)) return floats(Number(left), Number(right))
    throw invalid(operator, left, right)
  }
}

export const add = arithmetic(
  '+',
  (a, b) => a + b,
  (a, b) => a + b,
)
export const subtract = arithmetic(
  '-',
  (a, b) => a - b,
  (a, b) => a - b,
)
export const multiply = arithmetic(
  '*',
  (a, b) => a * b,
  (a, b) => a * b,
)

function nonZero<T extends number | bigint>(divisor: T): T {
  // biome-ignore lint/suspicious/noDoubleEquals: 0n and 0 alike
  if (divisor == 0) throw new RowError('divided by zero')
  return divisor
}

export const divide = arithmetic(
  '/',
  (a, b) => a / nonZero(b),
  (a, b) => a / nonZero(b),
)
export const modulo = arithmetic(
  '%',
  (a, b) => a % nonZero(b),
  (a, b) => a % nonZero(b),
)

function bitwise(
  operator: string,
  ints: (a: bigint, b: bigint) => bigint,
  booleans: (a: boolean, b: boolean) => boolean,
): (left: Cell, right: Cell) => Value {
  return (left, right) => {
    if (left == null || right == null) return withNull(operator, left)
    if (typeof left === 'bigint' && typeof right === 'bigint') return BigInt.asIntN(64, ints(left, right))
    if (typeof left === 'boolean' && typeof right === 'boolean') return booleans(left, right)
    throw invalid(operator, left, right)
  }
}

export const bitAnd = bitwise(
  '&',
  (a, b) => a & b,
  (a, b) => a && b,
)
export const bitOr = bitwise(
  '|',
  (a, b) => a | b,
  (a, b) => a || b,
)
export const bitXor = bitwise(
  '^',
  (a, b) => a ^ b,
  (a, b) => a !== b,
)

/** What a text on the right of a datetime is read by: the configured zone and, for a text without date, today. */
export type Clock = Pick<FunctionContext, 'now' | 'zone'>

/**
 * Order of two values that are not null: negative, 0, positive; NaN when not ordered (a NaN operand).
 * @throws {RowError} when the kinds do not compare (spec/sql.md 5.3)
 */
function compare(operator: string, left: NonNullable<Cell>, right: NonNullable<Cell>, clock: Clock): number {
  if (isNumber(left)) {
    if (!isNumber(right)) throw invalid(operator, left, right)
    if (typeof left === typeof right) return left < right ? -1 : left > right ? 1 : left === right ? 0 : NaN
    const a = Number(left)
    const b = Number(right)
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN
  }
  if (typeof left === 'string') {
    if (typeof right !== 'string') throw invalid(operator, left, right)
    return compareText(left, right)
  }
  if (typeof left === 'boolean') {
    if (typeof right !== 'boolean' || (operator !== '=' && operator !== '!=')) throw invalid(operator, left, right)
    return left === right ? 0 : 1
  }
  if (left instanceof Temporal.ZonedDateTime) return compareInstant(operator, left, right, clock)
  refuseComposite(operator, left)
  throw invalid(operator, left, right)
}

/** The right side: another datetime, epoch milliseconds, or text that can be read as one. */
function compareInstant(operator: string, left: Temporal.ZonedDateTime, right: Cell, clock: Clock): number {
  if (isNumber(right)) return left.epochMilliseconds - Number(right) + nanosOfMs(left) / 1e6
  const parsed = typeof right === 'string' ? parseDateTime(right, clock.zone, undefined, clock.now()) : right
  if (!(parsed instanceof Temporal.ZonedDateTime)) throw invalid(operator, left, right)
  return left.epochMilliseconds - parsed.epochMilliseconds || nanosOfMs(left) - nanosOfMs(parsed)
}

/** Nanoseconds of the millisecond, 0..999999. */
function nanosOfMs(instant: Temporal.ZonedDateTime): number {
  return instant.microsecond * 1000 + instant.nanosecond
}

export function equal(left: Cell, right: Cell, clock: Clock): boolean {
  return left != null && right != null ? compare('=', left, right, clock) === 0 : withNull('=', left)
}

export function unequal(left: Cell, right: Cell, clock: Clock): boolean {
  return left != null && right != null ? compare('!=', left, right, clock) !== 0 : withNull('!=', left)
}

export function less(left: Cell, right: Cell, clock: Clock): boolean {
  return left != null && right != null ? compare('<', left, right, clock) < 0 : withNull('<', left)
}

export function lessOrEqual(left: Cell, right: Cell, clock: Clock): boolean {
  return left != null && right != null ? compare('<=', left, right, clock) <= 0 : withNull('<=', left)
}

export function greater(left: Cell, right: Cell, clock: Clock): boolean {
  return left != null && right != null ? compare('>', left, right, clock) > 0 : withNull('>', left)
}

export function greaterOrEqual(left: Cell, right: Cell, clock: Clock): boolean {
  return left != null && right != null ? compare('>=', left, right, clock) >= 0 : withNull('>=', left)
}

/** AND once the left side is known not to be false. */
export function and(left: Cell, right: Cell): boolean {
  return logical('AND', left, right) && left === true && right === true
}

/** OR once the left side is known not to be true. A null on the left makes it false (spec/sql.md 5.1). */
export function or(left: Cell, right: Cell): boolean {
  return logical('OR', left, right) && right === true
}

/** False when a side is null; both boolean: true. */
function logical(operator: string, left: Cell, right: Cell): boolean {
  if (left == null || right == null) return withNull(operator, left)
  if (typeof left !== 'boolean' || typeof right !== 'boolean') throw invalid(operator, left, right)
  return true
}

export function inList(operand: Cell, list: Cell, negated: boolean, clock: Clock): boolean {
  if (operand == null) return false
  refuseComposite(negated ? 'NOT IN' : 'IN', operand)
  if (!isArray(list)) return negated
  for (const item of list) if (equal(operand, item, clock)) return !negated
  return negated
}

export function between(operand: Cell, low: Cell, high: Cell, negated: boolean, clock: Clock): boolean {
  if (operand == null || low == null || high == null) return withNull(negated ? 'NOT BETWEEN' : 'BETWEEN', operand)
  // Both bounds are looked at: that the operand is below the first does not make the second comparable.
  const fromLow = compare('>=', operand, low, clock)
  const toHigh = compare('<=', operand, high, clock)
  return (fromLow >= 0 && toHigh <= 0) !== negated
}

const matcherOf = rememberByText(likeMatcher)

export function like(operand: Cell, pattern: Cell, negated: boolean): boolean {
  if (typeof operand !== 'string' || typeof pattern !== 'string')
    throw invalid(negated ? 'NOT LIKE' : 'LIKE', operand, pattern)
  return matcherOf(pattern)(operand) !== negated
}

/** An object as JSON makes it: what it has by a name that no object inherits is its own. */
export function isPlain(value: Cell): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** `object->name`; null and missing give null. */
export function field(object: Cell, name: string): Cell {
  if (object == null) return null
  if (!isStruct(object)) throw new RowError(`-> needs an object on its left, found ${describe(object)}`)
  return getOwn(object as Struct, name)
}

function position(value: Cell): number {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw new RowError(`an index must be an integer, found ${describe(value)}`)
}

/** `array[i]`, zero based, negative from the end. */
export function index(array: Cell, at: Cell): Cell {
  if (array == null) return null
  if (!isArray(array)) throw new RowError(`[ ] needs an array on its left, found ${describe(array)}`)
  const i = position(at)
  return item(array, i < 0 ? array.length + i : i, i)
}

function item(array: readonly Value[], place: number, written: number): Value {
  if (place < 0 || place >= array.length) throw new RowError(`out of index: ${written} of ${array.length}`)
  return array[place]!
}

/** `array[from:to]`, end exclusive. Equal bounds behave as an index (spec/sql.md 4.2). */
export function slice(array: Cell, from: Cell, to: Cell): Cell {
  if (array == null) return null
  if (!isArray(array)) throw new RowError(`[ : ] needs an array on its left, found ${describe(array)}`)
  const { length } = array
  const low = from === undefined ? 0 : bound(position(from), length)
  const high = to === undefined ? length : bound(position(to), length)
  if (from === undefined && to === undefined) return array
  if (low === high && from !== undefined && to !== undefined) return item(array, low, low)
  if (low < 0 || low >= length) throw new RowError(`out of index: ${low} of ${length}`)
  if (high < 0 || high > length) throw new RowError(`out of index: ${high} of ${length}`)
  if (low > high) throw new RowError(`start ${low} of a slice must not be after its end ${high}`)
  return array.slice(low, high)
}

function bound(place: number, length: number): number {
  return place < 0 ? length + place : place
}

/** What the condition of WHERE, HAVING, FILTER, WHEN says: null is false, anything but a boolean an error. */
export function isTrue(value: Cell): boolean {
  if (value === true) return true
  if (value === false || value == null) return false
  throw new RowError(`invalid condition that returns non-bool value ${describe(value)}`)
}

/** HAVING takes no null for false (spec/sql.md 4.8). */
export function isTrueStrictly(value: Cell): boolean {
  if (typeof value === 'boolean') return value
  throw new RowError(`invalid condition that returns non-bool value ${describe(value)}`)
}

/** `[]` and `{}` count as null for most functions (spec/functions.md 2). Only called for objects. */
export function isEmpty(value: object | null): boolean {
  if (value === null) return true
  if (Array.isArray(value)) return value.length === 0
  if (value instanceof Uint8Array || value instanceof Temporal.ZonedDateTime) return false
  for (const _ in value) return false
  return true
}

/** The row of one source: the row itself, or its part of a joined row. */
export function part(row: Row, source: number): Row | undefined {
  return row.parts === undefined ? (row.source === source ? row : undefined) : row.parts[source]
}

/** A column of one source of a join. */
export function column(row: Row, source: number, name: string): Cell {
  const from = part(row, source)
  return from === undefined ? undefined : getOwn(from.values, name)
}

/** A bare column of a join: the first source, from the left, that has it. */
export function anyColumn(row: Row, name: string): Cell {
  if (row.parts === undefined) return getOwn(row.values, name)
  for (const p of row.parts) if (p !== undefined && Object.hasOwn(p.values, name)) return p.values[name]
  return undefined
}

/** A column whose name is also that of something every object inherits. */
export const own: (values: Values, name: string) => Cell = getOwn

/** An analytic result, which lives with the row of the source it was computed on. */
export function slotOf(row: Row, source: number, slot: number): Cell {
  return part(row, source)?.slots?.[slot]
}

/** An analytic result that belongs to no single source: whichever part of the joined row has it. */
export function anySlot(row: Row, slot: number): Cell {
  if (row.slots?.[slot] !== undefined) return row.slots[slot]
  for (const p of row.parts ?? []) if (p?.slots?.[slot] !== undefined) return p.slots[slot]
  return undefined
}

export function keepSlot(row: Row, slot: number, value: Cell): Value {
  row.slots ??= []
  const kept = value ?? null
  row.slots[slot] = kept
  return kept
}

/** `meta(a->b)`: by a path of keys; an empty path is all of it. */
export function meta(row: Row, source: number | undefined, path: readonly string[]): Cell {
  const from = source === undefined ? firstWithMeta(row) : part(row, source)
  let value: Cell = from?.meta
  for (const key of path) value = isStruct(value) ? getOwn(value as Struct, key) : undefined
  return value
}

function firstWithMeta(row: Row): Row | undefined {
  return row.parts === undefined ? row : row.parts.find(p => p?.meta !== undefined)
}
