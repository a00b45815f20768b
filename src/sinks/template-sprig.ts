// The functions of Sprig that templates of rules use: texts, integer arithmetic, lists and defaults.
// Names, argument order and conversions are Sprig's (https://masterminds.github.io/sprig/).

import { RowError } from '../core/errors.ts'
import {
  type Cell,
  compareText,
  deepEqual,
  getOwn,
  isArray,
  isStruct,
  setOwn,
  toInt64,
  type Value,
} from '../core/value.ts'
import { goQuote, goText, goType } from './go-format.ts'
import { define, isTrue, MOST_TEXT, type TemplateFunction, textArgument } from './template-functions.ts'

const MANY = Number.POSITIVE_INFINITY

function text(value: Cell): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : goText(value)
}

/** Sprig converts as it can and gives 0 where it cannot. */
function toInt(value: Cell): bigint {
  switch (typeof value) {
    case 'bigint':
      return value
    case 'number':
      return Number.isFinite(value) ? toInt64(BigInt(Math.trunc(value))) : 0n
    case 'boolean':
      return value ? 1n : 0n
    case 'string':
      return /^[+-]?\d+$/.test(value) ? toInt64(BigInt(value.replace(/^\+/, ''))) : 0n
    default:
      return 0n
  }
}

function toFloat(value: Cell): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value) ? Number(value) : 0
  return Number(toInt(value))
}

function count(value: Cell): number {
  if (typeof value !== 'bigint') throw new RowError(`wrong type: expected an integer, got ${goType(value)}`)
  return Number(value)
}

function list(value: Cell): readonly Value[] {
  if (isArray(value)) return value
  throw new RowError(`wrong type: expected a list, got ${goType(value)}`)
}

function map(value: Cell): { readonly [name: string]: Value } {
  if (isStruct(value)) return value
  throw new RowError(`wrong type: expected a map, got ${goType(value)}`)
}

function bounded(size: number): void {
  if (size > MOST_TEXT) throw new RowError('the text would be longer than 16 MiB')
}

function divisor(value: Cell): bigint {
  const by = toInt(value)
  if (by === 0n) throw new RowError('division by zero')
  return by
}

function fold(args: readonly Cell[], step: (a: bigint, b: bigint) => bigint): bigint {
  return args.map(toInt).reduce((a, b) => toInt64(step(a, b)))
}

const larger = (a: bigint, b: bigint) => (b < a ? a : b)
const smaller = (a: bigint, b: bigint) => (b > a ? a : b)

/** Half up, away from zero for negatives, as Sprig rounds. */
function round(value: number, places: number): number {
  const factor = 10 ** places
  const scaled = Math.abs(value) * factor
  const rounded = (scaled - Math.trunc(scaled) >= 0.5 ? Math.ceil(scaled) : Math.floor(scaled)) / factor
  return value < 0 ? -rounded : rounded
}

function trunc(size: number, value: string): string {
  const points = [...value]
  return (size < 0 ? points.slice(size) : points.slice(0, size)).join('')
}

function trimSet(value: string, set: string): string {
  const points = [...value]
  let from = 0
  let to = points.length
  while (from < to && set.includes(points[from]!)) from++
  while (to > from && set.includes(points[to - 1]!)) to--
  return points.slice(from, to).join('')
}

function indent(size: number, value: string): string {
  const blanks = Math.max(0, size)
  bounded(value.length + blanks * value.split('\n').length)
  return ' '.repeat(blanks) + value.replaceAll('\n', `\n${' '.repeat(blanks)}`)
}

function replace(old: string, by: string, value: string): string {
  bounded(by.length * (old === '' ? value.length + 1 : value.split(old).length - 1) + value.length)
  return value.replaceAll(old, () => by)
}

function repeat(times: number, value: string): string {
  if (times < 0) throw new RowError('repeat: negative count')
  bounded(times * value.length)
  return value.repeat(times)
}

function dict(args: readonly Cell[]): Value {
  const made: Record<string, Value> = {}
  for (let i = 0; i < args.length; i += 2) setOwn(made, text(args[i]), args[i + 1] ?? '')
  return made
}

/** `split` gives a map with the keys `_0`, `_1` …, `splitList` a list. */
function split(separator: string, value: string): Value {
  const made: Record<string, Value> = {}
  value.split(separator).forEach((part, i) => {
    made[`_${i}`] = part
  })
  return made
}

function onText(change: (value: string) => string): TemplateFunction {
  return define(1, 1, ([value]) => change(textArgument(value)))
}

function onTwo<T extends Cell>(change: (a: string, b: string) => T): TemplateFunction {
  return define(2, 2, ([a, b]) => change(textArgument(a), textArgument(b)))
}

export const sprigFunctions: { readonly [name: string]: TemplateFunction } = {
  upper: onText(value => value.toUpperCase()),
  lower: onText(value => value.toLowerCase()),
  title: onText(value =>
    value.replace(/(^|[^\p{L}\p{Nd}_'])(\p{Ll})/gu, (_, before, letter) => before + letter.toUpperCase()),
  ),
  trim: onText(value => value.trim()),
  trimAll: onTwo((set, value) => trimSet(value, set)),
  trimPrefix: onTwo((start, value) => (value.startsWith(start) ? value.slice(start.length) : value)),
  trimSuffix: onTwo((end, value) => (end !== '' && value.endsWith(end) ? value.slice(0, -end.length) : value)),
  replace: define(3, 3, ([old, by, value]) => replace(textArgument(old), textArgument(by), textArgument(value))),
  repeat: define(2, 2, ([times, value]) => repeat(count(times), textArgument(value))),
  trunc: define(2, 2, ([size, value]) => trunc(count(size), textArgument(value))),
  contains: onTwo((part, value) => value.includes(part)),
  hasPrefix: onTwo((start, value) => value.startsWith(start)),
  hasSuffix: onTwo((end, value) => value.endsWith(end)),
  indent: define(2, 2, ([size, value]) => indent(count(size), textArgument(value))),
  nindent: define(2, 2, ([size, value]) => `\n${indent(count(size), textArgument(value))}`),
  cat: define(0, MANY, args =>
    args
      .filter(arg => arg != null)
      .map(text)
      .join(' '),
  ),
  quote: define(0, MANY, args =>
    args
      .filter(arg => arg != null)
      .map(arg => goQuote(text(arg)))
      .join(' '),
  ),
  squote: define(0, MANY, args =>
    args
      .filter(arg => arg != null)
      .map(arg => `'${text(arg)}'`)
      .join(' '),
  ),
  b64enc: onText(value => Buffer.from(value).toString('base64')),
  toString: define(1, 1, ([value]) => text(value)),
  join: define(2, 2, ([by, value]) =>
    isArray(value)
      ? value
          .filter(v => v !== null)
          .map(text)
          .join(textArgument(by))
      : text(value),
  ),
  split: onTwo(split),
  splitList: onTwo((by, value) => value.split(by)),

  default: define(2, 2, ([otherwise, value]) => (isTrue(value) ? value : otherwise)),
  empty: define(1, 1, ([value]) => !isTrue(value)),
  coalesce: define(0, MANY, args => args.find(isTrue) ?? null),
  ternary: define(3, 3, ([yes, no, test]) => (test === true ? yes : no)),

  int: define(1, 1, ([value]) => toInt(value)),
  int64: define(1, 1, ([value]) => toInt(value)),
  float64: define(1, 1, ([value]) => toFloat(value)),
  atoi: define(1, 1, ([value]) => toInt(textArgument(value))),
  add1: define(1, 1, ([value]) => toInt64(toInt(value) + 1n)),
  add: define(1, MANY, args => fold(args, (a, b) => a + b)),
  sub: define(2, 2, args => fold(args, (a, b) => a - b)),
  mul: define(1, MANY, args => fold(args, (a, b) => a * b)),
  div: define(2, 2, ([a, b]) => toInt64(toInt(a) / divisor(b))),
  mod: define(2, 2, ([a, b]) => toInt(a) % divisor(b)),
  max: define(1, MANY, args => fold(args, larger)),
  min: define(1, MANY, args => fold(args, smaller)),
  floor: define(1, 1, ([value]) => Math.floor(toFloat(value))),
  ceil: define(1, 1, ([value]) => Math.ceil(toFloat(value))),
  round: define(2, 2, ([value, places]) => round(toFloat(value), count(places))),

  list: define(0, MANY, args => args.map(arg => arg ?? null)),
  first: define(1, 1, ([value]) => list(value)[0]),
  last: define(1, 1, ([value]) => list(value).at(-1)),
  has: define(2, 2, ([value, all]) => list(all).some(item => deepEqual(item, value))),
  dict: define(0, MANY, dict),
  get: define(2, 2, ([from, name]) => getOwn(map(from), textArgument(name)) ?? ''),
  hasKey: define(2, 2, ([from, name]) => Object.hasOwn(map(from), textArgument(name))),
  keys: define(1, 1, ([from]) => Object.keys(map(from)).sort(compareText)),
}
