// Go's fmt verbs: a format text and arguments in, text out, down to the complaints that fmt prints into its output.

import { RowError } from '../core/errors.ts'
import { looseText, plainDecimal } from '../core/text.ts'
import { type Cell, compareText, isArray, isStruct } from '../core/value.ts'

interface Verb {
  readonly letter: string
  readonly minus: boolean
  readonly plus: boolean
  readonly zero: boolean
  readonly blank: boolean
  readonly sharp: boolean
  readonly width: number
  readonly precision: number | undefined
}

const VERB = /%([-+# 0]*)(\d+)?(?:(\.)(\d*))?(.)?/gsu
/** fmt has the same bound; it keeps a format from asking for a gigabyte of spaces. */
const MOST_WIDTH = 1_000_000
const MOST_PRECISION = 80

/** A value as `%v` prints it: `<nil>` for null, `1e+06`, `[1 2]`, `map[a:1]`. */
export function goText(value: Cell): string {
  return value == null ? '<nil>' : looseText(value)
}

/** @see https://pkg.go.dev/fmt: verbs v s q d b o x X c U e E f F g G t T and %%, flags - + # 0 and space */
export function goFormat(format: string, args: readonly Cell[]): string {
  let used = 0
  const text = format.replace(VERB, (all, flags: string, width = '', point, precision = '', letter) => {
    if (letter === undefined) return '%!(NOVERB)'
    if (letter === '%') return '%'
    if (letter === '*' || letter === '[') throw new RowError(`printf: "${all}" is not built yet`)
    if (used >= args.length) return `%!${letter}(MISSING)`
    const verb: Verb = {
      letter,
      minus: flags.includes('-'),
      // %+v names the fields of structs, which there are none of; it does not ask for a sign.
      plus: flags.includes('+') && letter !== 'v',
      zero: flags.includes('0') && !flags.includes('-'),
      blank: flags.includes(' '),
      sharp: flags.includes('#'),
      width: Number(width),
      precision: point === undefined ? undefined : Number(precision),
    }
    if (verb.width > MOST_WIDTH) throw new RowError(`printf: a width above ${MOST_WIDTH}`)
    if ((verb.precision ?? 0) > MOST_PRECISION) throw new RowError(`printf: a precision above ${MOST_PRECISION}`)
    return formatOne(verb, args[used++])
  })
  if (used >= args.length) return text
  const extra = args.slice(used).map(arg => (arg == null ? '<nil>' : `${goType(arg)}=${goText(arg)}`))
  return `${text}%!(EXTRA ${extra.join(', ')})`
}

/** The name of the Go type that carries a value upstream, for messages. */
export function goType(value: Cell): string {
  if (value == null) return '<nil>'
  if (isArray(value)) return '[]interface {}'
  if (isStruct(value)) return 'map[string]interface {}'
  if (value instanceof Uint8Array) return '[]uint8'
  if (typeof value === 'object') return 'time.Time'
  return { string: 'string', number: 'float64', bigint: 'int64', boolean: 'bool' }[typeof value as 'string']
}

function formatOne(verb: Verb, value: Cell): string {
  if (verb.letter === 'T') return pad(verb, goType(value))
  if (value == null) return verb.letter === 'v' ? pad(verb, '<nil>') : `%!${verb.letter}(<nil>)`
  if (isArray(value)) return `[${value.map(item => formatItem(verb, item)).join(' ')}]`
  if (isStruct(value)) {
    const names = Object.keys(value).sort(compareText)
    return `map[${names.map(name => `${formatOne(verb, name)}:${formatItem(verb, value[name])}`).join(' ')}]`
  }
  switch (typeof value) {
    case 'string':
      return formatText(verb, value) ?? bad(verb, value)
    case 'number':
      return formatFloat(verb, value) ?? bad(verb, value)
    case 'bigint':
      return formatInt(verb, value) ?? bad(verb, value)
    case 'boolean':
      return 'tv'.includes(verb.letter) ? pad(verb, String(value)) : bad(verb, value)
    default:
      if (value instanceof Uint8Array && verb.letter !== 'v' && verb.letter !== 'd') {
        return formatText(verb, Buffer.from(value).toString('utf8'), value) ?? bad(verb, value)
      }
      return 'vsd'.includes(verb.letter) ? pad(verb, looseText(value)) : bad(verb, value)
  }
}

function formatItem(verb: Verb, value: Cell): string {
  return value == null ? '<nil>' : formatOne(verb, value)
}

function bad(verb: Verb, value: Cell): string {
  return `%!${verb.letter}(${goType(value)}=${formatOne({ ...verb, letter: 'v' }, value)})`
}

function formatText(verb: Verb, text: string, bytes?: Uint8Array): string | undefined {
  const cut = verb.precision === undefined ? text : [...text].slice(0, verb.precision).join('')
  switch (verb.letter) {
    case 'v':
    case 's':
      return pad(verb, cut)
    case 'q':
      return pad(verb, goQuote(cut))
    case 'x':
    case 'X': {
      const raw = bytes ? Buffer.from(bytes) : Buffer.from(text, 'utf8')
      const part = verb.precision === undefined ? raw : raw.subarray(0, verb.precision)
      const hex = (verb.sharp && part.length > 0 ? '0x' : '') + part.toString('hex')
      return pad(verb, verb.letter === 'X' ? hex.toUpperCase() : hex)
    }
    default:
      return undefined
  }
}

/** A double-quoted Go literal. */
export function goQuote(text: string): string {
  let quoted = ''
  for (const char of text) {
    const code = char.codePointAt(0)!
    const short = SHORT_ESCAPES[char]
    if (short !== undefined) quoted += short
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, '0')}`
    else if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(char)) quoted += unicodeEscape(code)
    else quoted += char
  }
  return `"${quoted}"`
}
const SHORT_ESCAPES: { readonly [char: string]: string } = {
  ...{ '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' },
  ...{ '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\v': '\\v' },
}

function unicodeEscape(code: number): string {
  const hex = code.toString(16)
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
}

function formatInt(given: Verb, value: bigint): string | undefined {
  const verb = given.precision === undefined ? given : { ...given, zero: false }
  const digits = (radix: number) => {
    const text = (value < 0n ? -value : value).toString(radix)
    return text.padStart(verb.precision ?? 0, '0')
  }
  switch (verb.letter) {
    case 'v':
    case 'd':
      return signed(verb, value < 0n, digits(10))
    case 'b':
      return signed(verb, value < 0n, (verb.sharp ? '0b' : '') + digits(2))
    case 'o':
      return signed(verb, value < 0n, (verb.sharp ? '0' : '') + digits(8))
    case 'x':
      return signed(verb, value < 0n, (verb.sharp ? '0x' : '') + digits(16))
    case 'X':
      return signed(verb, value < 0n, (verb.sharp ? '0X' : '') + digits(16).toUpperCase())
    case 'U':
      return pad(
        verb,
        `U+${(value < 0n ? BigInt.asUintN(64, value) : value).toString(16).toUpperCase().padStart(4, '0')}`,
      )
    case 'c':
    case 'q': {
      const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd
      const char = String.fromCodePoint(code)
      return pad(verb, verb.letter === 'c' ? char : `'${char === "'" ? "\\'" : goQuote(char).slice(1, -1)}'`)
    }
    default:
      return undefined
  }
}

function formatFloat(verb: Verb, value: number): string | undefined {
  const { letter } = verb
  if (!'vgGeEfF'.includes(letter)) return undefined
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'NaN' : 'Inf'
    return signed({ ...verb, zero: false, plus: verb.plus || value === Infinity }, value < 0, text)
  }
  const size = Math.abs(value)
  const lower = letter.toLowerCase()
  const text =
    lower === 'f'
      ? fixed(size, verb.precision ?? 6)
      : lower === 'e'
        ? exponentText(exponential(size, verb.precision ?? 6))
        : general(size, verb.precision)
  return signed(verb, value < 0 || Object.is(value, -0), letter === 'E' || letter === 'G' ? text.toUpperCase() : text)
}

function general(size: number, precision: number | undefined): string {
  if (precision === undefined) return looseText(size)
  const most = precision === 0 ? 1 : precision
  const { digits, exponent } = exponential(size, most - 1)
  const short = digits.replace(/0+$/, '') || '0'
  if (exponent < -4 || exponent >= Math.max(most, 1)) return exponentText({ digits: short, exponent })
  return plainDecimal(Number(`${short[0]}.${short.slice(1)}e${exponent}`))
}

interface Digits {
  /** the first digit stands before the point */
  readonly digits: string
  readonly exponent: number
}

function exponential(size: number, precision: number): Digits {
  const parts = (text: string): Digits => {
    const [mantissa, exponent] = text.split('e') as [string, string]
    return { digits: mantissa.replace('.', ''), exponent: Number(exponent) }
  }
  const long = parts(size.toExponential(Math.min(100, precision + 20)))
  const down = long.digits.slice(0, precision + 1)
  if (isTie(long.digits.slice(precision + 1)) && isEven(down)) return { digits: down, exponent: long.exponent }
  return parts(size.toExponential(precision))
}

function exponentText({ digits, exponent }: Digits): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** toFixed rounds an exact half up, Go to the even digit: `%.0f` of 2.5 is 2. */
function fixed(size: number, precision: number): string {
  if (size >= 1e21) return BigInt(size).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '')
  const long = size.toFixed(precision + 20)
  const cut = long.length - 20
  const down = long.slice(0, precision === 0 ? cut - 1 : cut)
  return isTie(long.slice(cut)) && isEven(down) ? down : size.toFixed(precision)
}

/** Twenty digits more than asked for tell an exact half from its neighbours among the doubles. */
function isTie(tail: string): boolean {
  return /^50*$/.test(tail)
}

function isEven(digits: string): boolean {
  return '02468'.includes(digits.at(-1)!)
}

function signed(verb: Verb, negative: boolean, digits: string): string {
  const sign = negative ? '-' : verb.plus ? '+' : verb.blank ? ' ' : ''
  if (verb.zero) {
    return sign + digits.padStart(verb.width - sign.length, '0')
  }
  return pad(verb, sign + digits)
}

function pad(verb: Verb, text: string): string {
  const missing = verb.width - [...text].length
  if (missing <= 0) return text
  return verb.minus ? text + ' '.repeat(missing) : ' '.repeat(missing) + text
}
