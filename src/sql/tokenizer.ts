// SQL text in, tokens with their places out. What cannot be a token becomes a token that carries its error, so that
// a reader of several statements can go on behind it.

import { UserError } from '../core/errors.ts'
import type { SourceText, Span } from '../core/location.ts'
import { unescapeString } from './string-literal.ts'
import { type ReservedWord, reservedWord } from './words.ts'

export const SYMBOLS = [
  '->',
  '<=',
  '>=',
  '!=',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '|',
  '^',
  '#',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  ':',
  '.',
] as const
export type SymbolText = (typeof SYMBOLS)[number]

export type Token =
  | { readonly kind: 'name'; readonly name: string; readonly quoted: boolean; readonly span: Span }
  | { readonly kind: 'keyword'; readonly word: ReservedWord; readonly text: string; readonly span: Span }
  | { readonly kind: 'string'; readonly value: string; readonly quote: '"' | "'"; readonly span: Span }
  /** `value` is clamped to 64 bits; `digits` is as written */
  | { readonly kind: 'integer'; readonly value: bigint; readonly digits: string; readonly span: Span }
  | { readonly kind: 'float'; readonly value: number; readonly text: string; readonly span: Span }
  | { readonly kind: 'symbol'; readonly symbol: SymbolText; readonly span: Span }
  /** not a token: whoever needs it to go on throws `badTokenError` */
  | { readonly kind: 'bad'; readonly span: Span; readonly fault: Fault }
  | { readonly kind: 'end'; readonly span: Span }

/** Why a stretch of text is no token; `place` is the part to point at. */
export interface Fault {
  readonly place: Span
  readonly what: string
  readonly fix: string | undefined
}

const SPACE = /[ \t\r\n]*/y
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy
const NUMBER = /[0-9]+(?:\.[0-9]*)?|\.[0-9]+/y
const NUMBER_TAIL = /[\p{L}\p{M}\p{N}_]+(?:\.[0-9]+)?|\.[0-9]+(?:\.[0-9]*)*/uy
const MAX_INTEGER = 2n ** 63n - 1n

/**
 * The tokens of a text, comments and white space left out; the last one is `end`.
 * @see spec/sql.md 1
 */
export function tokenize(source: SourceText): Token[] {
  return new Tokenizer(source.text).run()
}

/** A comment as written, its marks included. */
export interface Comment {
  readonly kind: 'line' | 'block'
  /** what stands between the marks, or behind the mark of a line comment */
  readonly body: string
  readonly span: Span
}

/** The tokens of a text and, beside them, its comments; both in the order in which they stand. */
export function tokenizeWithComments(source: SourceText): { tokens: Token[]; comments: Comment[] } {
  const comments: Comment[] = []
  return { tokens: new Tokenizer(source.text, comments).run(), comments }
}

/** The error of a token that is none. */
export function badTokenError(source: SourceText, fault: Fault): UserError {
  const location = source.locate(fault.place)
  const fix = fault.fix === undefined ? {} : { fix: fault.fix }
  return new UserError({ code: 'SQL_SYNTAX', what: fault.what, location, ...fix })
}

/** The 64-bit integer that digits stand for; beyond the range, its nearest end. */
export function clampInteger(digits: string, negative: boolean): bigint {
  const significant = digits.replace(/^0+/, '')
  const limit = negative ? MAX_INTEGER + 1n : MAX_INTEGER
  // BigInt() takes quadratic time, so a megabyte of digits never gets there
  const magnitude = significant.length > 19 ? limit : BigInt(significant || '0')
  const clamped = magnitude > limit ? limit : magnitude
  return negative ? -clamped : clamped
}

class Tokenizer {
  readonly #text: string
  #at = 0
  readonly #tokens: Token[] = []
  readonly #comments: Comment[] | undefined

  /** @param comments where comments are put; without it they are dropped */
  constructor(text: string, comments?: Comment[]) {
    this.#text = text
    this.#comments = comments
    if (this.#text.startsWith('\ufeff')) this.#at = 1
  }

  run(): Token[] {
    for (;;) {
      this.#at = this.#skipSpace(this.#at)
      if (this.#at >= this.#text.length) break
      if (!this.#comment()) this.#tokens.push(this.#token())
    }
    this.#tokens.push({ kind: 'end', span: { start: this.#text.length, end: this.#text.length } })
    return this.#tokens
  }

  #token(): Token {
    const char = this.#text[this.#at]!
    if (char === '"' || char === "'") return this.#string(char)
    if (char === '`') return this.#quotedName()
    const number = this.#match(NUMBER)
    if (number !== undefined) return this.#number(number)
    const word = this.#match(WORD)
    if (word !== undefined) return this.#word(word)
    return this.#symbol(char)
  }

  /** `--` to the end of the line and `/* … *\/`; both pairs may have white space inside. */
  #comment(): boolean {
    const first = this.#text[this.#at]
    if (first !== '-' && first !== '/') return false
    const start = this.#at
    const second = this.#skipSpace(start + 1)
    if (first === '-' && this.#text[second] === '-') {
      this.#at = this.#lineEnd(second)
      this.#keepComment('line', start, second + 1, this.#at)
      return true
    }
    if (first !== '/' || this.#text[second] !== '*') return false
    const end = this.#text.indexOf('*/', second + 1)
    this.#at = end < 0 ? this.#text.length : end + 2
    if (end >= 0) this.#keepComment('block', start, second + 1, end)
    if (end < 0) {
      const span = { start, end: second + 1 }
      this.#tokens.push(this.#bad(span, 'This comment has no end.', 'Close it with */.'))
    }
    return true
  }

  #keepComment(kind: Comment['kind'], start: number, bodyStart: number, bodyEnd: number): void {
    if (!this.#comments) return
    this.#comments.push({ kind, body: this.#text.slice(bodyStart, bodyEnd), span: { start, end: this.#at } })
  }

  #string(quote: '"' | "'"): Token {
    const start = this.#at
    const end = this.#stringEnd(start + 1, quote)
    if (this.#text[end] !== quote) {
      this.#at = this.#lineEnd(end)
      const other = quote === '"' ? 'double' : 'single'
      const fix = `Close it with a ${other} quote on the same line; a line break inside a literal is written \\n.`
      return this.#bad({ start, end: this.#at }, 'This string literal has no end.', fix)
    }
    const span = { start, end: end + 1 }
    this.#at = span.end
    const result = unescapeString(this.#text.slice(start + 1, end), quote)
    if ('value' in result) return { kind: 'string', value: result.value, quote, span }
    const place = { start: start + 1 + result.span.start, end: start + 1 + result.span.end }
    return { kind: 'bad', span, fault: { place, what: result.what, fix: result.fix } }
  }

  /** Offset of the closing quote, or of the line's end when there is none. */
  #stringEnd(at: number, quote: string): number {
    for (; at < this.#text.length; at++) {
      const char = this.#text[at]
      if (char === quote || char === '\n' || char === '\r') break
      if (char === '\\' && !/[\r\n]/.test(this.#text[at + 1] ?? '\n')) at++
    }
    return Math.min(at, this.#text.length)
  }

  #quotedName(): Token {
    const start = this.#at
    const end = this.#text.indexOf('`', start + 1)
    if (end < 0) {
      this.#at = this.#lineEnd(start)
      const span = { start, end: this.#at }
      return this.#bad(span, 'This back-ticked name has no end.', 'Close it with a back-tick.')
    }
    this.#at = end + 1
    return { kind: 'name', name: this.#text.slice(start + 1, end), quoted: true, span: { start, end: end + 1 } }
  }

  #number(text: string): Token {
    const start = this.#at
    const tail = this.#matchAt(NUMBER_TAIL, start + text.length) ?? ''
    const span = { start, end: start + text.length + tail.length }
    this.#at = span.end
    if (tail !== '') return this.#badNumber(span, text + tail)
    if (!text.includes('.')) return { kind: 'integer', value: clampInteger(text, false), digits: text, span }
    const value = Number(text)
    if (Number.isFinite(value)) return { kind: 'float', value, text, span }
    return this.#bad(span, 'This number is too large for a FLOAT.')
  }

  #badNumber(span: Span, text: string): Token {
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
    if (/^[0-9.]+[eE]/.test(text)) {
      return this.#bad(
        span,
        `${shown} is not a number: there is no exponent form.`,
        'Write the digits out, or use power(10, n).',
      )
    }
    if (/^0[xX]/.test(text)) {
      return this.#bad(
        span,
        `${shown} is not a number: there is no hexadecimal form.`,
        'Write it in decimal, or use hex2dec().',
      )
    }
    if (/^[0-9.]+$/.test(text)) return this.#bad(span, `${shown} is not a number: it has more than one point.`)
    return this.#bad(span, `${shown} is neither a number nor a name.`, nameFix(text))
  }

  #word(text: string): Token {
    const span = { start: this.#at, end: this.#at + text.length }
    this.#at = span.end
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(text)) {
      const why = text.startsWith('_') ? 'begins with _' : 'has letters beyond A to Z'
      return this.#bad(span, `The name ${text} ${why} and does not stand in back-ticks.`, nameFix(text))
    }
    const word = reservedWord(text)
    return word ? { kind: 'keyword', word, text, span } : { kind: 'name', name: text, quoted: false, span }
  }

  #symbol(first: string): Token {
    const start = this.#at
    const second = this.#skipSpace(start + 1)
    const pair = first + (this.#text[second] ?? '')
    if (pair === '<=' || pair === '>=' || pair === '!=' || pair === '->') {
      this.#at = second + 1
      return { kind: 'symbol', symbol: pair, span: { start, end: this.#at } }
    }
    const symbol = SYMBOLS.find(known => known === first)
    if (symbol) {
      this.#at = start + 1
      return { kind: 'symbol', symbol, span: { start, end: this.#at } }
    }
    return this.#unexpected(start)
  }

  #unexpected(start: number): Token {
    const char = String.fromCodePoint(this.#text.codePointAt(start)!)
    this.#at = start + char.length
    const span = { start, end: this.#at }
    if (char === '!') {
      return this.#bad(
        span,
        'A lone ! is not an operator.',
        'For "not equal" write !=; to negate a condition write (…) = FALSE.',
      )
    }
    if (/[“”„«»‘’‚´]/.test(char)) {
      return this.#bad(span, `The quote ${char} is a typographic one.`, 'Write " or \' around a string.')
    }
    const code = `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
    const visible = /[\p{Z}\p{C}]/u.test(char) ? `The invisible character ${code}` : `The character ${char}`
    const fix = /\p{Z}/u.test(char) ? 'Write an ordinary space.' : undefined
    return this.#bad(span, `${visible} has no meaning in SQL outside strings and back-ticks.`, fix)
  }

  #bad(span: Span, what: string, fix?: string): Token {
    return { kind: 'bad', span, fault: { place: span, what, fix } }
  }

  #match(pattern: RegExp): string | undefined {
    return this.#matchAt(pattern, this.#at)
  }

  #matchAt(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at
    return pattern.exec(this.#text)?.[0]
  }

  #skipSpace(at: number): number {
    SPACE.lastIndex = at
    SPACE.exec(this.#text)
    return SPACE.lastIndex
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf('\n', at)
    return end < 0 ? this.#text.length : end
  }
}

function nameFix(text: string): string {
  return `If it is a name, write it in back-ticks: \`${text.length > 40 ? '…' : text}\`.`
}
