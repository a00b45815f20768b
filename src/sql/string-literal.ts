// The escapes of string literals: the text between the quotes in, the value out; and back.

import type { Span } from '../core/location.ts'

/** An escape that the dialect does not have. Offsets count from the start of the given text. */
export interface BadEscape {
  readonly span: Span
  readonly what: string
  readonly fix: string
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}
const ESCAPE = /\\(?:([abfnrtv\\"'])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The value of a literal.
 * @param body what stands between the quotes
 * @param quote which quotes: `\'` is an escape only in `'…'`
 * @see spec/sql.md 1: `\a \b \f \n \r \t \v \\ \" \ooo \xHH \uHHHH \UHHHHHHHH`; `\ooo` and `\xHH` are bytes of UTF-8
 */
export function unescapeString(body: string, quote: '"' | "'"): { readonly value: string } | BadEscape {
  if (!body.includes('\\')) return { value: body }
  let value = ''
  let bytes: number[] = []
  let bytesStart = 0
  let i = 0
  while (i < body.length) {
    const next = body[i] === '\\' ? readEscape(body, i, quote) : undefined
    if (next && 'what' in next) return next
    if (next && 'byte' in next) {
      if (bytes.length === 0) bytesStart = i
      bytes.push(next.byte)
      i += 4
      continue
    }
    const text = utf8Text(bytes)
    if (text === undefined) return badBytes(bytesStart, i)
    bytes = []
    value += text + (next ? next.text : body[i])
    i = next ? next.end : i + 1
  }
  const text = utf8Text(bytes)
  return text === undefined ? badBytes(bytesStart, i) : { value: value + text }
}

type Escape = { readonly text: string; readonly end: number } | { readonly byte: number } | BadEscape

function readEscape(body: string, at: number, quote: '"' | "'"): Escape {
  ESCAPE.lastIndex = at
  const match = ESCAPE.exec(body)
  if (!match) return badEscape(body, at, quote)
  const [whole, simple, octal, hex, short, long] = match
  const end = at + whole.length
  if (simple === "'") return quote === "'" ? { text: "'", end } : badEscape(body, at, quote)
  if (simple !== undefined) return { text: SIMPLE[simple]!, end }
  if (octal !== undefined) {
    const byte = Number.parseInt(octal, 8)
    return byte > 255 ? badEscape(body, at, quote) : { byte }
  }
  if (hex !== undefined) return { byte: Number.parseInt(hex, 16) }
  const point = Number.parseInt((short ?? long)!, 16)
  const surrogate = point >= 0xd800 && point <= 0xdfff
  return surrogate || point > 0x10ffff ? badEscape(body, at, quote) : { text: String.fromCodePoint(point), end }
}

function utf8Text(bytes: readonly number[]): string | undefined {
  if (bytes.length === 0) return ''
  try {
    return strictUtf8.decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

function badBytes(start: number, end: number): BadEscape {
  return {
    span: { start, end },
    what: 'These byte escapes are not UTF-8 text.',
    fix: 'Write the character itself, or its code point as \\uHHHH.',
  }
}

function badEscape(body: string, at: number, quote: '"' | "'"): BadEscape {
  const char = String.fromCodePoint(body.codePointAt(at + 1) ?? 0x5c)
  const written = escapeText(body, at, char)
  const span = { start: at, end: at + written.length }
  const what = `A string literal cannot hold the escape ${written}.`
  if (char === "'" && quote === '"')
    return { span, what, fix: 'Inside double quotes a single quote needs no backslash.' }
  if (char === 'u' || char === 'U')
    return { span, what, fix: 'A code point is \\u and 4 hex digits, or \\U and 8; no surrogates.' }
  const doubled = `For a backslash write two: \\\\${char === '\\' ? '' : char}.`
  if (char === 'x') return { span, what, fix: `A byte is \\x and 2 hex digits. ${doubled}` }
  if (/[0-7]/.test(char)) return { span, what, fix: `${doubled} A byte in octal is 3 digits, at most \\377.` }
  return { span, what, fix: doubled }
}

function escapeText(body: string, at: number, char: string): string {
  const digits = { x: /[0-9a-fA-F]{0,2}/y, u: /[0-9a-fA-F]{0,4}/y, U: /[0-9a-fA-F]{0,8}/y }[char]
  const tail = digits ?? (/[0-7]/.test(char) ? /[0-7]{0,2}/y : undefined)
  if (!tail) return `\\${char}`
  tail.lastIndex = at + 2
  return `\\${char}${tail.exec(body)?.[0] ?? ''}`
}

const UNESCAPE: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** A literal in double quotes that reads back as the value. */
export function quoteString(value: string): string {
  const body = value.replace(
    /["\\\x00-\x1f\x7f]/g,
    char => UNESCAPE[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `"${body}"`
}
