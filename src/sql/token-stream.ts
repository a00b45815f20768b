// Tokens in, one at a time out, with the errors of a parser that expected something else.

import { type ErrorCode, UserError } from '../core/errors.ts'
import type { SourceText, Span } from '../core/location.ts'
import type { Name } from './ast.ts'
import { misspeltKeyword, usualMistake } from './hints.ts'
import { badTokenError, type SymbolText, type Token, tokenize } from './tokenizer.ts'
import type { ReservedWord } from './words.ts'

/** How deep brackets, CASE and calls may nest: far beyond what people write, far below the end of the stack. */
const MAX_NESTING = 200

export interface Complaint {
  readonly code?: ErrorCode
  readonly what: string
  readonly why?: string | undefined
  readonly fix?: string | undefined
  /** default: the current token */
  readonly span?: Span
}

/** A position in the tokens of one text. */
export class TokenStream {
  readonly source: SourceText
  readonly #tokens: readonly Token[]
  #index = 0
  #nesting = 0

  constructor(source: SourceText) {
    this.source = source
    this.#tokens = tokenize(source)
  }

  /** The token to be read next. Throws the error of a text that is no token. */
  get current(): Token {
    const token = this.#tokens[this.#index]!
    if (token.kind === 'bad') throw badTokenError(this.source, token.fault)
    return token
  }

  /** A token further on or back, without looking into what is no token. */
  peek(distance: number): Token | undefined {
    return this.#tokens[this.#index + distance]
  }

  /** Reads on and answers the token read. The end is never passed. */
  next(): Token {
    const token = this.current
    if (token.kind !== 'end') this.#index++
    return token
  }

  /** Reads on without throwing, for recovery. */
  skip(): void {
    if (this.#tokens[this.#index]!.kind !== 'end') this.#index++
  }

  /** From the start of a token or node to the end of what was read last. */
  spanFrom(start: { readonly span: Span }): Span {
    const last = this.#tokens[this.#index - 1]
    return { start: start.span.start, end: Math.max(start.span.end, last?.span.end ?? 0) }
  }

  isSymbol(symbol: SymbolText): boolean {
    const token = this.current
    return token.kind === 'symbol' && token.symbol === symbol
  }

  isKeyword(word: ReservedWord): boolean {
    const token = this.current
    return token.kind === 'keyword' && token.word === word
  }

  /** Whether the next token is this unreserved word, in any case (`CREATE`, `STREAM`). */
  isWord(word: string): boolean {
    const token = this.current
    return token.kind === 'name' && !token.quoted && token.name.toUpperCase() === word
  }

  acceptSymbol(symbol: SymbolText): boolean {
    const found = this.isSymbol(symbol)
    if (found) this.#index++
    return found
  }

  acceptKeyword(word: ReservedWord): boolean {
    const found = this.isKeyword(word)
    if (found) this.#index++
    return found
  }

  acceptWord(word: string): boolean {
    const found = this.isWord(word)
    if (found) this.#index++
    return found
  }

  /** @param after what was just read, for the message: `after the name of the stream` */
  expectSymbol(symbol: SymbolText, after: string): void {
    if (!this.acceptSymbol(symbol)) throw this.expected(symbol, after)
  }

  expectKeyword(word: ReservedWord, after: string): void {
    if (!this.acceptKeyword(word)) throw this.expected(word, after)
  }

  /** @param role what is named: `an alias`, `a column` */
  expectName(role: string): Name {
    const token = this.current
    if (token.kind === 'keyword') throw this.reserved(token)
    if (token.kind === 'string') {
      const what = `Expected ${role}, but found ${tokenText(token)}.`
      throw this.error({ what, fix: 'A name stands without quotes, or, with other characters in it, in back-ticks.' })
    }
    if (token.kind !== 'name') throw this.expected(role)
    this.#index++
    return { name: token.name, span: token.span }
  }

  /** The error that something else stands here, with the usual mistake behind it when there is one. */
  expected(wanted: string, after?: string): UserError {
    const found = this.current
    const mistake = usualMistake(this)
    const where = after === undefined ? '' : ` ${after}`
    return this.error({
      what: mistake?.what ?? `Expected ${wanted}${where}, but found ${tokenText(found)}.`,
      fix: mistake ? mistake.fix : misspeltKeyword(this, wanted),
      ...(mistake?.span ? { span: mistake.span } : {}),
    })
  }

  /** The error that a reserved word stands where a name must. */
  reserved(token: Extract<Token, { kind: 'keyword' }>): UserError {
    const mistake = usualMistake(this)
    const what = mistake?.what ?? `${token.text} is a reserved word and cannot be a name as it is.`
    const fix = mistake?.fix ?? `If a name is meant, write it in back-ticks: \`${token.text}\`.`
    return this.error({ what, fix, span: mistake?.span ?? token.span })
  }

  error(complaint: Complaint): UserError {
    const span = complaint.span ?? this.#placeOfCurrent()
    return new UserError({
      code: complaint.code ?? 'SQL_SYNTAX',
      what: complaint.what,
      location: this.source.locate(span),
      ...(complaint.why === undefined ? {} : { why: complaint.why }),
      ...(complaint.fix === undefined ? {} : { fix: complaint.fix }),
    })
  }

  /** Runs the reader of something that may hold its like, so many levels deep and no deeper. */
  nested<T>(read: () => T): T {
    if (this.#nesting >= MAX_NESTING) {
      throw this.error({ what: `This nests deeper than ${MAX_NESTING} levels.`, fix: 'Split it into aliases.' })
    }
    this.#nesting++
    try {
      return read()
    } finally {
      this.#nesting--
    }
  }

  /** The end of a text is shown behind its last token: a caret on an empty last line helps no one. */
  #placeOfCurrent(): Span {
    const token = this.#tokens[this.#index]!
    const last = this.#tokens[this.#index - 1]
    if (token.kind !== 'end' || !last) return token.span
    return { start: last.span.end, end: last.span.end + 1 }
  }
}

/** A token as a message shows it. */
export function tokenText(token: Token): string {
  switch (token.kind) {
    case 'name':
      return token.quoted ? `\`${short(token.name)}\`` : short(token.name)
    case 'keyword':
      return token.text
    case 'string':
      return `the string ${short(JSON.stringify(token.value))}`
    case 'integer':
      return short(token.digits)
    case 'float':
      return short(token.text)
    case 'symbol':
      return token.symbol
    case 'end':
      return 'the end of the text'
    default:
      return 'something unreadable'
  }
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
