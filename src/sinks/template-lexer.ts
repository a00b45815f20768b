// The text of a template in, its pieces out: literal text, and the tokens of every `{{…}}` action.

import { UserError } from '../core/errors.ts'

export const TOKEN_KINDS = [
  'text', // literal text between actions
  'open', // {{
  'close', // }}
  'space', // between arguments, where it means something
  'word', // a function or keyword
  'field', // .a (value: the name)
  'dot', // . alone
  'variable', // $ or $x
  'string',
  'int',
  'float',
  'declare', // :=
  'assign', // =
  'pipe',
  'comma',
  'left',
  'right',
  'end', // of the template
] as const
export type TokenKind = (typeof TOKEN_KINDS)[number]

export interface Token {
  readonly kind: TokenKind
  /** name, text or digits; decoded for strings */
  readonly value: string
  readonly start: number
  readonly end: number
}

/** A parse error with line and column inside the template's text: whoever knows the file adds the place there. */
export class TemplateError extends UserError {
  /** of the fault, from the beginning of the template */
  readonly offset: number

  constructor(text: string, offset: number, what: string, fix: string) {
    super({ code: 'TEMPLATE_SYNTAX', what: `Template, ${placeIn(text, offset)}: ${what}.`, fix })
    this.offset = offset
  }
}

export function syntaxError(text: string, offset: number, what: string, fix: string): TemplateError {
  return new TemplateError(text, offset, what, fix)
}

const ACTION_FORM = 'Between {{ and }} stand fields (.name), variables ($name), functions, texts and numbers.'

export function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return `${line}:${offset - before.lastIndexOf('\n')}`
}

const SPACE = /[ \t\r\n]/
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy
const NUMBER = /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y

export function tokenizeTemplate(text: string): Token[] {
  return new Lexer(text).run()
}

class Lexer {
  readonly #text: string
  readonly #tokens: Token[] = []
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  run(): Token[] {
    let trimNext = false
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{{', this.#at)
      const end = open < 0 ? this.#text.length : open
      const trimsBefore = open >= 0 && this.#text[open + 2] === '-' && SPACE.test(this.#text[open + 3] ?? '')
      this.#literal(end, trimNext, trimsBefore)
      if (open < 0) break
      this.#at = open
      trimNext = this.#action(trimsBefore)
    }
    this.#push('end', '', this.#text.length)
    return this.#tokens
  }

  #literal(end: number, trimStart: boolean, trimEnd: boolean): void {
    let literal = this.#text.slice(this.#at, end)
    if (trimStart) literal = literal.replace(/^[ \t\r\n]+/, '')
    if (trimEnd) literal = literal.replace(/[ \t\r\n]+$/, '')
    if (literal !== '') this.#push('text', literal, this.#at)
    this.#at = end
  }

  /** @returns whether the action ends in ` -}}` */
  #action(trimmed: boolean): boolean {
    const open = this.#at
    this.#at += trimmed ? 3 : 2
    const comment = /\s*\/\*/y
    comment.lastIndex = this.#at
    if ((trimmed && comment.test(this.#text)) || this.#text.startsWith('/*', this.#at)) return this.#comment(open)
    this.#push('open', '', open)
    for (;;) {
      if (this.#at >= this.#text.length) throw syntaxError(this.#text, open, 'this action is never closed', 'Add "}}".')
      if (this.#text.startsWith('}}', this.#at)) return this.#close(2, false)
      const char = this.#text[this.#at]!
      if (SPACE.test(char)) {
        const start = this.#at
        while (SPACE.test(this.#text[this.#at] ?? '')) this.#at++
        if (this.#text.startsWith('-}}', this.#at)) return this.#close(3, true)
        this.#push('space', ' ', start)
      } else {
        this.#token(char)
      }
    }
  }

  #comment(open: number): boolean {
    const end = this.#text.indexOf('*/', this.#at)
    if (end < 0) throw syntaxError(this.#text, open, 'this comment is never closed', 'Add "*/}}".')
    const closing = /\s-\}\}|\}\}/y
    closing.lastIndex = end + 2
    const match = closing.exec(this.#text)
    if (!match) throw syntaxError(this.#text, end, 'a comment must be all of its action', 'Write {{/* … */}}.')
    this.#at = end + 2 + match[0].length
    return match[0].length > 2
  }

  #close(length: number, trims: boolean): boolean {
    this.#push('close', '', this.#at, this.#at + length)
    this.#at += length
    return trims
  }

  #token(char: string): Token {
    const start = this.#at
    const next = this.#text[start + 1] ?? ''
    if (char === '"' || char === "'") return this.#quoted(char)
    if (char === '`') return this.#raw()
    if (char === '.' && !/\d/.test(next)) return this.#dot()
    if (char === '$') {
      this.#at++
      return this.#push('variable', `$${this.#match(WORD)}`, start)
    }
    if (/[\d.]/.test(char) || (/[+-]/.test(char) && /[\d.]/.test(next))) return this.#number()
    if (char === ':' && next === '=') {
      this.#at += 2
      return this.#push('declare', ':=', start)
    }
    const single = { '|': 'pipe', ',': 'comma', '(': 'left', ')': 'right', '=': 'assign' } as const
    if (Object.hasOwn(single, char)) {
      this.#at++
      return this.#push(single[char as keyof typeof single], char, start)
    }
    const word = this.#match(WORD)
    if (word === '') throw syntaxError(this.#text, start, `unexpected ${JSON.stringify(char)}`, ACTION_FORM)
    return this.#push('word', word, start)
  }

  #dot(): Token {
    const start = this.#at++
    const name = this.#match(WORD)
    return name === '' ? this.#push('dot', '.', start) : this.#push('field', name, start)
  }

  #number(): Token {
    const start = this.#at
    const digits = this.#match(NUMBER)
    if (digits === '' || /[\p{L}\p{Nd}_.]/u.test(this.#text[this.#at] ?? '')) {
      throw syntaxError(
        this.#text,
        start,
        'this is no number',
        'Write texts in quotes, and fields with a point: .name.',
      )
    }
    const plain = digits.replaceAll('_', '')
    if (/^[+-]?0[xXbBoO]/.test(plain)) return this.#integer(plain, start)
    if (/[.eE]/.test(plain)) {
      if (!Number.isFinite(Number(plain)))
        throw syntaxError(this.#text, start, 'this number is too large', 'Floats reach to 1.8e308.')
      return this.#push('float', String(Number(plain)), start)
    }
    // A leading zero means octal in Go.
    const octal = /^([+-]?)0(\d+)$/.exec(plain)
    if (octal && /[89]/.test(octal[2]!))
      throw syntaxError(this.#text, start, 'this is no number', 'A leading 0 means octal, as in Go: leave it out.')
    return this.#integer(octal ? `${octal[1]}0o${octal[2]}` : plain, start)
  }

  #integer(digits: string, start: number): Token {
    const negative = digits.startsWith('-')
    const size = BigInt(digits.replace(/^[+-]/, ''))
    const value = negative ? -size : size
    if (BigInt.asIntN(64, value) !== value)
      throw syntaxError(this.#text, start, 'this number does not fit 64 bits', 'Write it in quotes, as a text.')
    return this.#push('int', String(value), start)
  }

  #raw(): Token {
    const start = this.#at
    const end = this.#text.indexOf('`', start + 1)
    if (end < 0) throw syntaxError(this.#text, start, 'this text is never closed', 'Add "`".')
    this.#at = end + 1
    return this.#push('string', this.#text.slice(start + 1, end).replaceAll('\r', ''), start)
  }

  #quoted(quote: string): Token {
    const start = this.#at++
    let value = ''
    for (;;) {
      const char = this.#text[this.#at]
      if (char === undefined || char === '\n') {
        throw syntaxError(this.#text, start, 'this text is never closed', `Add ${quote}, or use back-ticks.`)
      }
      this.#at++
      if (char === quote) break
      value += char === '\\' ? this.#escape(quote) : char
    }
    if (quote === '"') return this.#push('string', value, start)
    const points = [...value]
    if (points.length !== 1) {
      throw syntaxError(
        this.#text,
        start,
        'single quotes hold one character, as in Go',
        'Write texts in double quotes.',
      )
    }
    return this.#push('int', String(points[0]!.codePointAt(0)), start)
  }

  #escape(quote: string): string {
    const start = this.#at - 1
    const char = this.#text[this.#at++] ?? ''
    const simple: { [name: string]: string } = {
      ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' },
      ...{ '\\': '\\', [quote]: quote },
    }
    if (Object.hasOwn(simple, char)) return simple[char]!
    const length = { x: 2, u: 4, U: 8 }[char]
    const digits = this.#text.slice(this.#at, this.#at + (length ?? 0))
    if (length === undefined || digits.length !== length || !/^[\da-fA-F]+$/.test(digits)) {
      throw syntaxError(
        this.#text,
        start,
        `unknown escape "\\${char}"`,
        'For a backslash write two, or use back-ticks.',
      )
    }
    this.#at += length
    const code = Number.parseInt(digits, 16)
    if (code > 0x10ffff)
      throw syntaxError(this.#text, start, `"\\${char}${digits}" is no character`, 'Code points end at \\U0010FFFF.')
    return String.fromCodePoint(code)
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #push(kind: TokenKind, value: string, start: number, end = this.#at): Token {
    const token = { kind, value, start, end }
    this.#tokens.push(token)
    return token
  }
}
