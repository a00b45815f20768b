// From one kind or notation to another (spec/functions.md 6).

import { parseZone, toDateTime } from '../core/datetime.ts'
import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import { countOf, finite, floatOf, integerOf, roundTo, stringOf } from './arguments.ts'
import { parseInteger } from './base.ts'
import { CAST_TYPES, castTo, decodeBase64, isCastType } from './cast.ts'
import { compress, decompress } from './compression.ts'
import type { Argument, FunctionContext, FunctionDefinition } from './definition.ts'

function isBase64(args: readonly Argument[]): string | undefined {
  return args[1]?.value === 'base64' ? undefined : 'The only encoding is "base64".'
}

function instant(value: Value, context: FunctionContext): Temporal.ZonedDateTime {
  return toDateTime(value, context.zone, undefined, context.now())
}

function toZone(context: FunctionContext, value: Value, zone: Value): Value {
  const name = stringOf(zone, 'the time zone')
  const known = parseZone(name)
  if (known === undefined) throw new RowError(`unknown time zone ${name}`)
  return instant(value, context).withTimeZone(known)
}

function zoneFault(zone: unknown): string | undefined {
  if (parseZone(String(zone)) !== undefined) return undefined
  return `There is no time zone "${zone}": write a name of the IANA database, such as "Europe/Berlin".`
}

function codeOf(x: Value): Value {
  if (typeof x === 'bigint') return x
  if (typeof x === 'number') return integerOf(Math.trunc(x), 'parameter 1')
  if (typeof x !== 'string') throw new RowError(`Expect a number or a text of one character but got ${describe(x)}`)
  if (x.length !== 1 || x > '\x7f') throw new RowError(`Expect a text of one byte but got ${describe(x)}`)
  return BigInt(x.charCodeAt(0))
}

function fromHex(s: Value): bigint {
  const text = stringOf(s, 'parameter 1')
  const sign = text.startsWith('-') ? '-' : ''
  const digits = text.slice(sign.length).replace(/^0[xX]/, '')
  const value = /^[-+]/.test(digits) ? undefined : parseInteger(sign + digits, 16)
  if (value === undefined) throw new RowError(`invalid hexadecimal value: ${describe(text)}`)
  return value
}

function toHex(n: Value): string {
  const value = integerOf(n, 'parameter 1')
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`
}

const kinds: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'cast',
    family: 'conversion',
    parameters: [
      { name: 'x', kind: 'any' },
      { name: 'type', kind: 'string', literal: true },
    ],
    returns: 'any',
    summary: `x as a value of another type: ${CAST_TYPES.map(t => `"${t}"`).join(', ')}. A float loses its fraction as "bigint"; a text is read as a number, as true or false, or as a date and time, and what cannot be read so is an error. In a text of an integer \`0x\`, \`0b\`, \`0o\` and also a mere \`0\` in front give the base (16, 2, 8, 8). For bytes a text is read as base64, and any other text gives its own bytes.`,
    nulls: 'null',
    examples: [
      { sql: 'cast("0x10", "bigint")', result: 16 },
      { sql: 'cast("010", "bigint")', result: 8 },
      { sql: 'cast(x, "string")', row: { x: 1000000 }, result: '1000000' },
      { sql: 'cast(1.9, "bigint")', result: 1 },
      { sql: 'cast("abc", "bigint")', error: 'cannot cast string(abc) to bigint' },
      { sql: 'cast("YWJj", "bytea")', result: 'YWJj' },
      { sql: 'cast(x, "datetime")', row: { x: 1700000000123 }, result: '2023-11-14T22:13:20.123Z' },
      { sql: 'cast(zzz, "float")', result: null },
    ],
    checks: 'the type must be one of "bigint", "float", "string", "boolean", "datetime", "bytea".',
    check: args => {
      const type = args[1]?.value
      return typeof type === 'string' && isCastType(type)
        ? undefined
        : `The type should be one of ${CAST_TYPES.join(', ')}.`
    },
    callWith: (context: FunctionContext, x: Value, type: Value) =>
      castTo(x, stringOf(type, 'the type'), value => instant(value, context)),
  },
  {
    kind: 'scalar',
    name: 'convert_tz',
    family: 'conversion',
    parameters: [
      { name: 'dt', kind: 'datetime' },
      { name: 'zone', kind: 'string', doubt: zoneFault },
    ],
    returns: 'datetime',
    summary:
      'The same instant on the clock of another time zone, given by its IANA name (`Asia/Tokyo`). An unknown name is an error.',
    nulls: 'null',
    examples: [
      {
        sql: 'format_time(convert_tz(ts, "Asia/Tokyo"), "yyyy-MM-dd HH:mm")',
        row: { ts: 1700000000000 },
        result: '2023-11-15 07:13',
      },
      { sql: 'convert_tz(ts, "Unknown")', row: { ts: 1700000000000 }, error: 'unknown time zone Unknown' },
    ],
    callWith: toZone,
  },
  {
    kind: 'scalar',
    name: 'to_seconds',
    family: 'conversion',
    parameters: [{ name: 'dt', kind: 'datetime' }],
    returns: 'int',
    summary: 'The whole seconds from 1970-01-01 00:00:00 UTC to the instant, rounded down.',
    nulls: 'null',
    examples: [
      { sql: 'to_seconds(ts)', row: { ts: 1700000000123 }, result: 1700000000 },
      { sql: 'to_seconds(t)', row: { t: '1970-01-02 00:00:00' }, result: 86400 },
    ],
    callWith: (context: FunctionContext, dt: Value) =>
      BigInt(Math.floor(instant(dt, context).epochMilliseconds / 1000)),
  },
  {
    kind: 'scalar',
    name: 'trunc',
    family: 'conversion',
    parameters: [
      { name: 'x', kind: 'number' },
      { name: 'd', kind: 'int' },
    ],
    returns: 'float',
    summary: 'x rounded to d decimals, a half away from zero: despite its name it does not cut.',
    nulls: 'null',
    examples: [
      { sql: 'trunc(2.78, 1)', result: 2.8 },
      { sql: 'trunc(x, 0)', row: { x: -2.5 }, result: -3 },
    ],
    call: (x: Value, d: Value) => finite(roundTo(floatOf(x), countOf(d, 'parameter 2'))),
  },
]

const notations: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'chr',
    family: 'conversion',
    parameters: [{ name: 'x', kind: 'any' }],
    returns: 'int',
    summary:
      'The code (a number) of the one character, within ASCII, that the text consists of; any other text is an error. An int stays as it is, a float loses its fraction.',
    nulls: 'null',
    examples: [
      { sql: 'chr("A")', result: 65 },
      { sql: 'chr("AB")', error: 'Expect a text of one byte' },
      { sql: 'chr(x)', row: { x: 66.9 }, result: 66 },
    ],
    checks: 'a literal must be a text or an int.',
    check: args => {
      const kind = typeof args[0]?.value
      return kind === 'number' || kind === 'boolean' ? 'Expect string or int type for parameter 1.' : undefined
    },
    call: codeOf,
  },
  {
    kind: 'scalar',
    name: 'encode',
    family: 'conversion',
    parameters: [
      { name: 's', kind: 'string' },
      { name: 'method', kind: 'string', literal: true },
    ],
    returns: 'string',
    summary: 'The bytes of a text in UTF-8, written as base64. Only texts can be encoded.',
    nulls: 'null',
    examples: [
      { sql: 'encode("abc", "base64")', result: 'YWJj' },
      { sql: 'encode(x, "base64")', row: { x: 1 }, error: 'Expect string type for parameter 1' },
    ],
    checks: 'the method is "base64", the only one.',
    check: isBase64,
    call: (s: Value) => Buffer.from(stringOf(s, 'parameter 1')).toString('base64'),
  },
  {
    kind: 'scalar',
    name: 'decode',
    family: 'conversion',
    parameters: [
      { name: 's', kind: 'string' },
      { name: 'method', kind: 'string', literal: true },
    ],
    returns: 'bytea',
    summary:
      'The bytes that a text of base64 stands for: cast them to "string" to read them as text. Anything but base64 is an error.',
    nulls: 'null',
    examples: [
      { sql: 'cast(decode("YWJj", "base64"), "string")', result: 'abc' },
      { sql: 'decode("?", "base64")', error: 'illegal base64' },
    ],
    checks: 'the method is "base64", the only one.',
    check: isBase64,
    call: (s: Value) => {
      const bytes = decodeBase64(stringOf(s, 'parameter 1'))
      if (!bytes) throw new RowError(`illegal base64 data: ${describe(s)}`)
      return bytes
    },
  },
  {
    kind: 'scalar',
    name: 'hex2dec',
    family: 'conversion',
    parameters: [{ name: 's', kind: 'string' }],
    returns: 'int',
    summary:
      'The int that a text of hexadecimal digits stands for, with or without `0x` in front. Other characters, or more than 64 bits, are an error.',
    nulls: 'null',
    examples: [
      { sql: 'hex2dec("0x10")', result: 16 },
      { sql: 'hex2dec("xyz")', error: 'invalid hexadecimal value' },
    ],
    call: fromHex,
  },
  {
    kind: 'scalar',
    name: 'dec2hex',
    family: 'conversion',
    parameters: [{ name: 'n', kind: 'int' }],
    returns: 'string',
    summary: 'An int as hexadecimal digits in small letters, with `0x` in front.',
    nulls: 'null',
    examples: [
      { sql: 'dec2hex(16)', result: '0x10' },
      { sql: 'dec2hex(n)', row: { n: 255 }, result: '0xff' },
      { sql: 'dec2hex(n)', row: { n: 1.5 }, error: 'Expect int type for parameter 1' },
    ],
    call: toHex,
  },
]

const METHOD = { name: 'method', kind: 'string' } as const

const compression: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'compress',
    family: 'conversion',
    parameters: [{ name: 'x', kind: 'bytea' }, METHOD],
    returns: 'bytea',
    summary: 'A text or bytes, compressed by the method "gzip", "zlib", "flate" or "zstd".',
    nulls: 'own',
    whenNull: 'a null x gives null.',
    examples: [
      { sql: 'cast(decompress(compress(x, "zlib"), "zlib"), "string")', row: { x: 'hello' }, result: 'hello' },
      { sql: 'compress(x, "bar")', row: { x: 'hello' }, error: 'unsupported compressor: bar' },
      { sql: 'compress(zzz, "gzip")', result: null },
    ],
    call: compress,
  },
  {
    kind: 'scalar',
    name: 'decompress',
    family: 'conversion',
    parameters: [{ name: 'x', kind: 'bytea' }, METHOD],
    returns: 'bytea',
    summary:
      'The bytes as they were before they were compressed by the method "gzip", "zlib", "flate" or "zstd". Bytes that are not compressed so are an error, and so is a result of more than 64 MiB.',
    nulls: 'own',
    whenNull: 'a null x gives null.',
    examples: [
      { sql: 'cast(decompress(compress("a", "gzip"), "gzip"), "string")', result: 'a' },
      { sql: 'decompress("a", "gzip")', error: 'cannot decompress' },
    ],
    call: decompress,
  },
]

export const conversionFunctions: readonly FunctionDefinition[] = [...kinds, ...notations, ...compression]
