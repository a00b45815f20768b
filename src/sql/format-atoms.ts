// Tokens and comments of a text in, its statements out as words, each with the comments that belong to it.

import type { Note, Word } from './format-doc.ts'
import type { Comment, Token } from './tokenizer.ts'

export interface Atom extends Word {
  readonly kind: 'atom'
  readonly token: Token
}

/** A comment on a line of its own between statements. */
export interface Remark {
  readonly text: string
  readonly blankBefore: boolean
}

export interface StatementAtoms {
  /** what stands above it */
  readonly remarks: readonly Remark[]
  readonly blankBefore: boolean
  /** without `;`; none for a `;` alone */
  readonly atoms: readonly Atom[]
  readonly hasSemicolon: boolean
  /** comments behind it on its last line */
  readonly trailing: readonly Note[]
  /** whether its author broke a line within */
  readonly isBroken: boolean
}

export interface FileAtoms {
  readonly statements: readonly StatementAtoms[]
  /** what stands below the last statement */
  readonly remarks: readonly Remark[]
}

/** A comment in its one spelling: no blanks inside its marks, nor at the ends of its lines. */
export function commentText(comment: Comment): string {
  if (comment.kind === 'line') return `--${comment.body.trimEnd()}`
  const lines = comment.body.split('\n')
  return `/*${lines.map((line, i) => (i < lines.length - 1 ? line.trimEnd() : line)).join('\n')}*/`
}

/** @param tokens up to and with the `end`, all of them sound */
export function readAtoms(text: string, tokens: readonly Token[], comments: readonly Comment[]): FileAtoms {
  return new AtomReader(text, tokens, comments).read()
}

/** What begins a line wherever there are comments: what stands before it on its line belongs to the word before. */
const CLAUSE = /^(?:FROM|WHERE|GROUP|HAVING|ORDER|LIMIT|INNER|LEFT|RIGHT|FULL|CROSS)$/

/** A comment between two tokens, with the line breaks around it. */
interface Placed {
  readonly comment: Comment
  readonly newlinesBefore: number
  readonly newlineAfter: boolean
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] }

class AtomReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #comments: readonly Comment[]
  readonly #statements: Mutable<StatementAtoms>[] = []
  #nextToken = 0
  #nextComment = 0
  /** the end of the last token that comments may belong to */
  #end = 0

  constructor(text: string, tokens: readonly Token[], comments: readonly Comment[]) {
    this.#text = text
    this.#tokens = tokens
    this.#comments = comments
  }

  read(): FileAtoms {
    for (;;) {
      const remarks = this.#remarks()
      const token = this.#tokens[this.#nextToken]!
      if (token.kind === 'end') return { statements: this.#statements, remarks }
      const end = Math.max(this.#end, this.#comments[this.#nextComment - 1]?.span.end ?? 0)
      const blankBefore = this.#newlines(end, token) > 1
      this.#statements.push(this.#statement(remarks, blankBefore))
    }
  }

  #statement(remarks: Remark[], blankBefore: boolean): Mutable<StatementAtoms> {
    const atoms: Mutable<Atom>[] = []
    const start = this.#tokens[this.#nextToken]!.span.start
    for (;;) {
      const token = this.#tokens[this.#nextToken]!
      const isEnd = token.kind === 'end' || isSymbol(token, ';')
      const last = atoms.at(-1)
      if (isEnd) {
        const isBroken = last !== undefined && this.#text.slice(start, this.#end).includes('\n')
        const hasSemicolon = token.kind !== 'end'
        if (hasSemicolon) {
          this.#nextToken++
          this.#readTo(token.span.start, token.span.end)
        }
        return { remarks, blankBefore, atoms, hasSemicolon, trailing: [], isBroken }
      }
      const before = last ? this.#shareOut(last, token) : []
      atoms.push(this.#atom(before))
    }
  }

  #atom(before: Note[]): Mutable<Atom> {
    const first = this.#nextToken++
    const token = this.#tokens[first]!
    if (this.#isSourceStart(first)) while (this.#continuesSource(this.#nextToken)) this.#nextToken++
    const { end } = this.#tokens[this.#nextToken - 1]!.span
    this.#readTo(token.span.start, end)
    const asWritten = this.#text.slice(token.span.start, end)
    const text = this.#nextToken > first + 1 ? asWritten : tokenText(token, asWritten)
    return { kind: 'atom', token, text, before, after: [] }
  }

  /** Comments left before a comma or `;` are read as if they stood behind it: it keeps to its word. */
  #readTo(start: number, end: number): void {
    const next = this.#comments[this.#nextComment]
    if (!next || next.span.start > start) this.#end = end
  }

  /** Behind FROM and JOIN a name may hold what elsewhere are operators: `topic/+/state`. */
  #isSourceStart(i: number): boolean {
    const [before, token] = [this.#tokens[i - 1], this.#tokens[i]!]
    const isQuoted = token.kind === 'name' && token.quoted
    return before?.kind === 'keyword' && /^(?:FROM|JOIN)$/.test(before.word) && !isQuoted
  }

  #continuesSource(i: number): boolean {
    const [before, token] = [this.#tokens[i - 1]!, this.#tokens[i]!]
    if (token.span.start !== before.span.end) return false
    if (token.kind === 'symbol') return /^[/#+-]$/.test(token.symbol)
    return token.kind === 'name' ? !token.quoted : token.kind === 'keyword' || token.kind === 'integer'
  }

  /** The comments before a token: those on the line of the word before belong to it when they end that line. */
  #shareOut(last: Mutable<Atom>, token: Token): Note[] {
    if (isSymbol(token, ',')) {
      const inline = this.#isInline(token) ? this.#gap(token) : []
      last.after.push(...inline.map(({ comment }) => noteOf(comment, false, false)))
      return []
    }
    const gap = this.#gap(token)
    const isClosing = token.kind === 'keyword' ? token.word === 'END' : isSymbol(token, ')') || isSymbol(token, ']')
    const [onLine, below] = splitGap(gap)
    const beginsClause = token.kind === 'keyword' && CLAUSE.test(token.word) && !isSymbol(last.token, '(')
    const endsLine = onLine.at(-1)?.newlineAfter || beginsClause
    const ofLast = isClosing || endsLine ? onLine : []
    last.after.push(...ofLast.map(({ comment }) => noteOf(comment, false, comment.kind === 'line')))
    const others = [...(ofLast.length > 0 ? [] : onLine), ...below].map(({ comment, newlinesBefore, newlineAfter }) =>
      noteOf(comment, newlinesBefore > 0 && newlineAfter, newlineAfter),
    )
    if (!isClosing) return others
    last.after.push(...others)
    return []
  }

  /** Whether nothing but comments within the line stand before a token. */
  #isInline(token: Token): boolean {
    for (let i = this.#nextComment; ; i++) {
      const comment = this.#comments[i]
      if (!comment || comment.span.start > token.span.start) return this.#newlines(this.#end, token) === 0
      if (comment.kind === 'line') return false
    }
  }

  /** The comments between statements: what stands on the last line of one belongs to it. */
  #remarks(): Remark[] {
    const [onLine, below] = splitGap(this.#gap(this.#tokens[this.#nextToken]!))
    const last = this.#statements.at(-1)
    if (last) last.trailing = onLine.map(({ comment }) => noteOf(comment, false, comment.kind === 'line'))
    const remarks = last ? below : [...onLine, ...below]
    return remarks.map(({ comment, newlinesBefore }) => ({
      text: commentText(comment),
      blankBefore: newlinesBefore > 1,
    }))
  }

  #gap(token: Token): Placed[] {
    const gap: Comment[] = []
    for (;;) {
      const comment = this.#comments[this.#nextComment]
      if (!comment || comment.span.start > token.span.start) break
      gap.push(comment)
      this.#nextComment++
    }
    return gap.map((comment, i) => ({
      comment,
      newlinesBefore: this.#newlines(gap[i - 1]?.span.end ?? this.#end, comment),
      newlineAfter: comment.kind === 'line' || this.#newlines(comment.span.end, gap[i + 1] ?? token) > 0,
    }))
  }

  #newlines(from: number, to: Pick<Token, 'span'>): number {
    return this.#text.slice(from, to.span.start).split('\n').length - 1
  }
}

function splitGap(gap: readonly Placed[]): [onLine: Placed[], below: Placed[]] {
  const found = gap.findIndex(({ newlinesBefore }) => newlinesBefore > 0)
  const length = found < 0 ? gap.length : found
  return [gap.slice(0, length), gap.slice(length)]
}

function noteOf(comment: Comment, newlineBefore: boolean, newlineAfter: boolean): Note {
  return { text: commentText(comment), newlineBefore, newlineAfter }
}

/** Units of time keep their case: people write `ss` and `SS`, and they read as arguments. */
function tokenText(token: Token, asWritten: string): string {
  if (token.kind === 'symbol') return token.symbol
  return token.kind === 'keyword' && !/^(?:DD|HH|MI|SS|MS)$/.test(token.word) ? token.word : asWritten
}

export function isSymbol(token: Token, symbol: string): boolean {
  return token.kind === 'symbol' && token.symbol === symbol
}
