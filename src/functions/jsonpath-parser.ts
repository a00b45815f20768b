// JSONPath text in, a tree out: Goessner's dialect with filters (spec/functions.md 8). Nothing of the text is ever run as code.

import { type CompiledRegex, checkRegex, compileRegex } from './regex.ts'

export interface Segment {
  /** `..`: every value below counts, and the value itself */
  readonly descend: boolean
  readonly selectors: readonly Selector[]
  /** as written, for error texts */
  readonly text: string
}

export type Selector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | {
      readonly kind: 'slice'
      readonly start: number | undefined
      readonly end: number | undefined
      readonly step: number
    }
  | { readonly kind: 'filter'; readonly condition: Expression }

export type Expression =
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string }
  | { readonly kind: 'path'; readonly from: '@' | '$'; readonly segments: readonly Segment[] }
  | { readonly kind: 'not' | 'negative'; readonly operand: Expression }
  | { readonly kind: 'match'; readonly operand: Expression; readonly pattern: CompiledRegex }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }

/** Weakest first; those of one line bind alike. */
const LEVELS = [['||'], ['&&'], ['==', '!=', '<=', '>=', '=~', '<', '>'], ['+', '-'], ['*', '/', '%']] as const
export type Operator = Exclude<(typeof LEVELS)[number][number], '=~'>

const LONGEST_PATH = 4000
const DEEPEST_NESTING = 50

const BLANK = /[ \t\r\n]*/y
const NAME = /[\p{L}\p{N}_$-]+/uy
/** Inside a filter a dash is a minus. */
const FILTER_NAME = /[\p{L}\p{N}_$]+/uy
const INTEGER = /-?\d{1,15}(?![\d.eE])/y
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /(?:true|false|null)(?![\p{L}\p{N}_])/uy
const SLICE = /(-?\d{1,15})?[ \t]*:[ \t]*(-?\d{1,15})?[ \t]*(?::[ \t]*(-?\d{1,15})?)?/y
const REGEX_LITERAL = /\/((?:[^/\\]|\\.)*)\/(i?)/y
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

class PathSyntaxError extends Error {}

/** @returns the steps of the path from its root, or a sentence that says what is wrong with it */
export function parsePath(path: string): readonly Segment[] | string {
  try {
    return new Parser(path).path()
  } catch (error) {
    if (error instanceof PathSyntaxError) return error.message
    throw error
  }
}

class Parser {
  readonly #text: string
  #at = 0
  #nesting = 0

  constructor(text: string) {
    this.#text = text
  }

  path(): readonly Segment[] {
    if (this.#text.length > LONGEST_PATH) this.#fail(`is longer than ${LONGEST_PATH} characters`)
    if (!this.#take('$')) this.#fail('must begin with $')
    const segments = this.#segments(NAME)
    if (this.#at < this.#text.length) this.#fail('needs ".name" or "[…]" here')
    return segments
  }

  #segments(name: RegExp): readonly Segment[] {
    const segments: Segment[] = []
    for (;;) {
      const start = this.#at
      const descend = this.#take('..')
      let selectors: readonly Selector[]
      if (this.#peek() === '[') selectors = this.#brackets()
      else if (descend || this.#take('.')) selectors = [this.#dotted(name)]
      else return segments
      segments.push({ descend, selectors, text: this.#text.slice(start, this.#at) })
    }
  }

  #dotted(name: RegExp): Selector {
    if (this.#take('*')) return { kind: 'all' }
    const found = this.#match(name)
    return found ? { kind: 'name', name: found[0] } : this.#fail('needs a name or * after the dot')
  }

  #brackets(): readonly Selector[] {
    this.#enter()
    this.#take('[')
    const selectors: Selector[] = []
    do {
      this.#skip()
      selectors.push(this.#selector())
      this.#skip()
    } while (this.#take(','))
    if (!this.#take(']')) this.#fail('needs ] here')
    this.#nesting--
    return selectors
  }

  #selector(): Selector {
    if (this.#take('*')) return { kind: 'all' }
    if (this.#take('?')) return { kind: 'filter', condition: this.#expression() }
    const quote = this.#peek()
    if (quote === '"' || quote === "'") return { kind: 'name', name: this.#quoted() }
    if (quote === '(') this.#fail('has a script; write a number, negative ones count from the end')
    const slice = this.#match(SLICE)
    if (slice) return this.#slice(slice)
    const index = this.#match(INTEGER)
    return index ? { kind: 'index', index: Number(index[0]) } : this.#fail('needs a name in quotes, a number, * or ?')
  }

  #slice([, start, end, step]: RegExpExecArray): Selector {
    const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
    if (Number(step) === 0) this.#fail('has a slice with step 0')
    return { kind: 'slice', start: number(start), end: number(end), step: number(step) ?? 1 }
  }

  #expression(level = 0): Expression {
    const operators = LEVELS[level]
    if (!operators) return this.#unary()
    this.#enter()
    let left = this.#expression(level + 1)
    for (;;) {
      this.#skip()
      const operator = operators.find(candidate => this.#take(candidate))
      if (operator === undefined) break
      if (operator === '=~') left = { kind: 'match', operand: left, pattern: this.#pattern() }
      else left = { kind: 'binary', operator, left, right: this.#expression(level + 1) }
    }
    this.#nesting--
    return left
  }

  #unary(): Expression {
    this.#skip()
    const kind = this.#take('!') ? 'not' : this.#take('-') ? 'negative' : undefined
    if (kind === undefined) return this.#primary()
    this.#enter()
    const operand = this.#unary()
    this.#nesting--
    return { kind, operand }
  }

  #primary(): Expression {
    if (this.#take('(')) {
      const inner = this.#expression()
      this.#skip()
      if (!this.#take(')')) this.#fail('needs ) here')
      return inner
    }
    const first = this.#peek()
    if (first === '@' || first === '$') {
      this.#at++
      return { kind: 'path', from: first, segments: this.#segments(FILTER_NAME) }
    }
    if (first === '"' || first === "'") return { kind: 'literal', value: this.#quoted() }
    const word = this.#match(WORD)
    if (word) return { kind: 'literal', value: word[0] === 'null' ? null : word[0] === 'true' }
    const number = this.#match(NUMBER)
    return number ? { kind: 'literal', value: Number(number[0]) } : this.#fail('needs @, $, a literal or ( here')
  }

  /** The right side of `=~`: a text, or `/…/` and `/…/i`. */
  #pattern(): CompiledRegex {
    this.#skip()
    const quote = this.#peek()
    const slashed = quote === '/' ? this.#match(REGEX_LITERAL) : undefined
    const source =
      slashed?.[1] ?? (quote === '"' || quote === "'" ? this.#quoted() : this.#fail('needs a text after =~'))
    const pattern = slashed?.[2] ? `(?i)${source}` : source
    const wrong = checkRegex(pattern)
    if (wrong !== undefined) this.#fail(`has a malformed regular expression, ${wrong}`)
    return compileRegex(pattern)
  }

  #quoted(): string {
    const quote = this.#text[this.#at++]
    let value = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!
      if (char === quote) {
        this.#at++
        return value
      }
      value += char === '\\' ? this.#escape() : char
    }
    return this.#fail('has a text without its closing quote')
  }

  /** Ends on the last character of the escape. An unknown one keeps its backslash, so that patterns need not double it. */
  #escape(): string {
    const char = this.#text[++this.#at] ?? ''
    if (char === 'u') {
      const digits = this.#text.slice(this.#at + 1, this.#at + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('has \\u without four hexadecimal digits')
      this.#at += 4
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    if (char === '"' || char === "'" || char === '\\' || char === '/') return char
    return ESCAPES[char] ?? `\\${char}`
  }

  #enter(): void {
    // Each level of precedence counts, so the limit in parentheses is lower by their number.
    if (++this.#nesting > DEEPEST_NESTING * LEVELS.length) this.#fail('is nested too deeply')
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    const match = sticky.exec(this.#text)
    if (!match) return undefined
    this.#at = sticky.lastIndex
    return match
  }

  #skip(): void {
    this.#match(BLANK)
  }

  #fail(what: string): never {
    const shown = this.#text.length > 80 ? `${this.#text.slice(0, 80)}…` : this.#text
    throw new PathSyntaxError(`JSON path ${shown} ${what} (at character ${this.#at + 1})`)
  }
}
