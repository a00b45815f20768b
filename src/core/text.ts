// Values as text: the two text forms of the dialect (spec/sql.md 3.2 "loose text" and 3.5 cast to string).

import { type Cell, compareText } from './value.ts'

const utf8 = new TextDecoder()

/**
 * Shortest digits of a double; exponent form with at least two exponent digits when the decimal exponent is
 * below `minExponent` or at least `maxExponent` (Go's %g family). Infinities are `+Inf` and `-Inf`.
 */
function shortest(value: number, minExponent: number, maxExponent: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent < minExponent || exponent >= maxExponent) {
    const digits = Math.abs(exponent).toString().padStart(2, '0')
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`
  }
  return plainDecimal(value)
}

/** A double in plain decimal digits, never with an exponent. */
export function plainDecimal(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  const text = String(value)
  const at = text.indexOf('e')
  if (at < 0) return Object.is(value, -0) ? '-0' : text
  const exponent = Number(text.slice(at + 1))
  const negative = text.startsWith('-')
  const [whole, fraction = ''] = text.slice(negative ? 1 : 0, at).split('.') as [string, string?]
  const digits = whole + fraction
  const point = whole.length + exponent
  const body =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : point >= digits.length
        ? digits + '0'.repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`
  return negative ? `-${body}` : body
}

/**
 * The "loose text" of a value: what string functions and `concat` see.
 * @see spec/sql.md 3.2: `1e+06`, `[1 2 3]`, `map[a:1 b:2]`, null is empty
 */
export function looseText(value: Cell): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'bigint':
      return value.toString()
    case 'number':
      return shortest(value, -4, 6)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'undefined':
      return ''
    default:
      return value === null ? '' : compositeText(value)
  }
}

function compositeText(value: Exclude<Cell, undefined | null>): string {
  if (Array.isArray(value)) return `[${value.map(v => (v === null ? '<nil>' : looseText(v))).join(' ')}]`
  if (value instanceof Uint8Array) return `[${Array.from(value).join(' ')}]`
  if (value instanceof Temporal.ZonedDateTime) return goTime(value)
  const struct = value as { readonly [name: string]: Cell }
  const names = Object.keys(struct).sort(compareText)
  return `map[${names.map(n => `${n}:${struct[n] == null ? '<nil>' : looseText(struct[n])}`).join(' ')}]`
}

/** An instant in the long debugging form: `2006-01-02 15:04:05.999999999 -0700 MST`. */
function goTime(value: Temporal.ZonedDateTime): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const nanos = value.millisecond * 1_000_000 + value.microsecond * 1_000 + value.nanosecond
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
  const offset = value.offset.replace(':', '').slice(0, 5)
  const zone = value.timeZoneId === 'UTC' ? 'UTC' : offset
  return (
    `${String(value.year).padStart(4, '0')}-${two(value.month)}-${two(value.day)} ` +
    `${two(value.hour)}:${two(value.minute)}:${two(value.second)}${fraction} ${offset} ${zone}`
  )
}

/** The text of `cast(x, "string")`: numbers in plain decimal, bytes as the text they hold (spec/sql.md 3.5). */
export function castText(value: Exclude<Cell, undefined | null>): string {
  if (typeof value === 'number') return plainDecimal(value)
  if (value instanceof Uint8Array) return utf8.decode(value)
  return looseText(value)
}

/** How a value is named in an error text: `string(abc)`, `int64(3)`, `float64(1.5)`. */
export function describe(value: Cell): string {
  switch (typeof value) {
    case 'bigint':
      return `bigint(${value})`
    case 'number':
      return `float(${looseText(value)})`
    case 'string':
      return `string(${value.length > 60 ? `${value.slice(0, 60)}…` : value})`
    case 'boolean':
      return `boolean(${value})`
    default: {
      if (value == null) return 'null'
      const text = looseText(value)
      const kind = Array.isArray(value) ? 'array' : value instanceof Uint8Array ? 'bytea' : 'struct'
      return value instanceof Temporal.ZonedDateTime
        ? `datetime(${value.toString({ timeZoneName: 'never' })})`
        : `${kind}(${text.length > 60 ? `${text.slice(0, 60)}…` : text})`
    }
  }
}

const TRUE_TEXTS = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const FALSE_TEXTS = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

/** The truth that a text spells (spec/sql.md 3.2); undefined: it is none of the twelve spellings. */
export function booleanOfText(text: string): boolean | undefined {
  if (TRUE_TEXTS.has(text)) return true
  return FALSE_TEXTS.has(text) ? false : undefined
}

const REAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/

/** The number that a text spells in digits, with a point and an exponent perhaps; undefined: it is none. */
export function realOfText(text: string): number | undefined {
  return REAL.test(text) ? Number(text) : undefined
}

/** The BIGINT that digits spell, with a sign perhaps; beyond 64 bits the FLOAT that is next to it. */
export function integerOfDigits(digits: string): bigint | number {
  const exact = BigInt(digits)
  return BigInt.asIntN(64, exact) === exact ? exact : Number(digits)
}
