// The tokens of a template in, its tree out; variables are already numbered, functions already looked up.

import { didYouMean } from '../core/errors.ts'
import { syntaxError, type Token, type TokenKind, tokenizeTemplate } from './template-lexer.ts'

export type Operand =
  | { readonly kind: 'literal'; readonly value: string | bigint | number | boolean | null }
  | { readonly kind: 'dot'; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: 'variable'; readonly slot: number; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: 'pipe'; readonly pipe: Pipe; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Operand[]; readonly at: number }

export interface Pipe {
  /** slots that take the value; two for range: index or key, then element */
  readonly slots: readonly number[]
  /** the first command's operand; the rest are calls that take the value before them as last argument */
  readonly first: Operand
  readonly rest: readonly (Operand & { kind: 'call' })[]
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipe }
  | Branch
  | { readonly kind: 'break' | 'continue' }

export interface Branch {
  readonly kind: 'if' | 'with' | 'range'
  readonly pipe: Pipe
  readonly body: readonly Node[]
  readonly otherwise: readonly Node[]
  readonly at: number
}

export interface TemplateTree {
  readonly nodes: readonly Node[]
  /** variables, `$` at slot 0 included */
  readonly slots: number
}

/** What the parser must know of a function: how many arguments it takes. */
export interface Arity {
  readonly min: number
  readonly max: number
}

const VALUE_FORM = 'Write a field (.name), a text in quotes, a number, or a function with its arguments.'
/** Of parentheses and of blocks: templates are read by recursion. */
const MOST_NESTING = 100
const KEYWORDS = ['if', 'else', 'end', 'range', 'with', 'break', 'continue', 'define', 'template', 'block']

/** @throws {UserError} TEMPLATE_SYNTAX with line and column inside the text */
export function parseTemplate(text: string, functions: ReadonlyMap<string, Arity>): TemplateTree {
  return new Parser(text, functions).parse()
}

type Ending = 'end' | 'else'

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #functions: ReadonlyMap<string, Arity>
  #at = 0
  #slots = 1
  #scopes: Map<string, number>[] = [new Map([['$', 0]])]
  #depth = 0
  #ranges = 0

  constructor(text: string, functions: ReadonlyMap<string, Arity>) {
    this.#text = text
    this.#tokens = tokenizeTemplate(text)
    this.#functions = functions
  }

  parse(): TemplateTree {
    const { nodes } = this.#nodes(undefined)
    return { nodes, slots: this.#slots }
  }

  /** Nodes up to the `{{end}}` or `{{else …` of the block that `opener` began, or up to the end of the template. */
  #nodes(opener: Token | undefined): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = []
    for (;;) {
      const token = this.#next()
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.value })
        continue
      }
      if (token.kind === 'end') {
        if (opener)
          throw this.#error(opener, `"${opener.value}" has no {{end}}`, 'Add {{end}} behind what belongs to it.')
        return { nodes, ending: 'end' }
      }
      this.#skipSpace()
      const word = this.#peek()
      if (word.kind === 'word' && (word.value === 'end' || word.value === 'else')) {
        if (!opener)
          throw this.#error(word, `"${word.value}" without if, with or range`, 'Remove it, or open one before it.')
        this.#at++
        if (word.value === 'end') this.#close()
        return { nodes, ending: word.value }
      }
      nodes.push(this.#action(word))
    }
  }

  #action(word: Token): Node {
    if (word.kind === 'word' && KEYWORDS.includes(word.value)) {
      this.#at++
      switch (word.value) {
        case 'if':
        case 'with':
        case 'range':
          return this.#branch(word, word.value)
        case 'break':
        case 'continue':
          if (this.#ranges === 0)
            throw this.#error(word, `"${word.value}" outside of a range`, 'It ends a {{range}}: remove it here.')
          this.#close()
          return { kind: word.value }
        default:
          throw this.#error(word, `"${word.value}" is not built yet`, 'Write its text where it is used.')
      }
    }
    const pipe = this.#pipe('close')
    this.#close()
    return { kind: 'print', pipe }
  }

  #branch(word: Token, kind: Branch['kind']): Branch {
    this.#enter(word)
    this.#scopes.push(new Map())
    const pipe = this.#pipe('close', kind === 'range')
    this.#close()
    if (kind === 'range') this.#ranges++
    const { nodes: body, ending } = this.#scoped(() => this.#nodes(word))
    if (kind === 'range') this.#ranges--
    const otherwise = ending === 'else' ? this.#otherwise(word, kind) : []
    this.#scopes.pop()
    this.#depth--
    return { kind, pipe, body, otherwise, at: word.start }
  }

  /** After `{{else`: ` if …}}` or ` with …}}` goes on as a branch of its own that shares the one `{{end}}`. */
  #otherwise(opener: Token, kind: Branch['kind']): Node[] {
    this.#skipSpace()
    const word = this.#peek()
    if (word.kind === 'word' && word.value === kind && kind !== 'range') {
      this.#at++
      return [this.#branch(word, kind)]
    }
    this.#close()
    const { nodes, ending } = this.#scoped(() => this.#nodes(opener))
    if (ending === 'else')
      throw this.#error(this.#tokens[this.#at - 1]!, 'a second {{else}}', 'Write {{else if …}} for the first of them.')
    return nodes
  }

  #scoped<T>(parse: () => T): T {
    this.#scopes.push(new Map())
    const result = parse()
    this.#scopes.pop()
    return result
  }

  /** @param close what ends it: `}}` or `)`; not consumed */
  #pipe(close: TokenKind, isRange = false): Pipe {
    this.#skipSpace()
    const targets = this.#targets(isRange)
    const first = this.#command(close)
    const rest: (Operand & { kind: 'call' })[] = []
    while (this.#peek().kind === 'pipe') {
      this.#at++
      this.#skipSpace()
      const start = this.#peek()
      const command = this.#command(close, 1)
      if (command.kind !== 'call')
        throw this.#error(
          start,
          'only a function can stand after "|"',
          'What stands before it becomes its last argument: {{.a | json}}.',
        )
      rest.push(command)
    }
    // Declared after its own value has been read: `$x := $x` means the outer one.
    const slots = targets.map(target => (target.declares ? this.#declare(target.name) : this.#variable(target.token)))
    return { slots, first, rest }
  }

  #targets(isRange: boolean): { name: string; declares: boolean; token: Token }[] {
    const start = this.#at
    const names: Token[] = []
    while (this.#peek().kind === 'variable' && names.length < 2) {
      names.push(this.#next())
      this.#skipSpace()
      const token = this.#next()
      this.#skipSpace()
      if (token.kind === 'declare' || token.kind === 'assign') {
        if (names.length === 2 && !isRange)
          throw this.#error(names[1]!, 'only range sets two variables', 'Set one: {{$name := …}}.')
        return names.map(name => ({ name: name.value, declares: token.kind === 'declare', token: name }))
      }
      if (token.kind !== 'comma') break
    }
    this.#at = start
    return []
  }

  /** @param piped arguments that come from the pipe */
  #command(close: TokenKind, piped = 0): Operand {
    const start = this.#peek()
    if (start.kind === close || start.kind === 'pipe') throw this.#error(start, 'a value is missing', VALUE_FORM)
    if (start.kind !== 'word' || isConstant(start.value)) {
      const operand = this.#operand()
      this.#skipSpace()
      const next = this.#peek()
      if (next.kind !== close && next.kind !== 'pipe') {
        throw this.#afterOperand(next)
      }
      if (operand.kind === 'literal' && operand.value === null)
        throw this.#error(start, 'nil is no value to begin with', VALUE_FORM)
      return operand
    }
    this.#at++
    const args: Operand[] = []
    for (this.#skipSpace(); !this.#ends(close); this.#skipSpace()) args.push(this.#operand())
    return this.#call(start, args, piped)
  }

  #ends(close: TokenKind): boolean {
    const { kind } = this.#peek()
    if (kind === close || kind === 'pipe') return true
    if (kind === 'end' || kind === 'close') throw this.#error(this.#peek(), '")" is missing', 'Add ")".')
    return false
  }

  #call(word: Token, args: readonly Operand[], piped: number): Operand & { kind: 'call' } {
    const arity = this.#functions.get(word.value)
    if (!arity) {
      const fix = didYouMean(word.value, this.#functions.keys()) ?? `If a field is meant, write .${word.value}.`
      throw syntaxError(this.#text, word.start, `there is no function "${word.value}"`, fix)
    }
    const count = args.length + piped
    if (count < arity.min || count > arity.max) {
      const wanted = arity.min === arity.max ? `${arity.min}` : `${arity.min} or more`
      throw this.#error(
        word,
        `"${word.value}" takes ${wanted} ${wanted === '1' ? 'argument' : 'arguments'}, not ${count}`,
        'What stands before | counts as the last one.',
      )
    }
    return { kind: 'call', name: word.value, args, at: word.start }
  }

  #operand(): Operand {
    const token = this.#next()
    switch (token.kind) {
      case 'dot':
        return { kind: 'dot', path: this.#path(token), at: token.start }
      case 'field':
        return { kind: 'dot', path: [token.value, ...this.#path(token)], at: token.start }
      case 'variable':
        return { kind: 'variable', slot: this.#variable(token), path: this.#path(token), at: token.start }
      case 'string':
        return { kind: 'literal', value: token.value }
      case 'int':
        return { kind: 'literal', value: BigInt(token.value) }
      case 'float':
        return { kind: 'literal', value: Number(token.value) }
      case 'left':
        return this.#parenthesis(token)
      case 'word':
        if (token.value === 'nil') return { kind: 'literal', value: null }
        if (isConstant(token.value)) return { kind: 'literal', value: token.value === 'true' }
        return this.#call(token, [], 0)
      default:
        throw this.#unexpected(token)
    }
  }

  #parenthesis(left: Token): Operand {
    this.#enter(left)
    const pipe = this.#pipe('right')
    const right = this.#next()
    if (right.kind !== 'right') throw this.#error(left, '")" is missing', 'Add ")".')
    this.#depth--
    return { kind: 'pipe', pipe, path: this.#path(right), at: left.start }
  }

  /** The `.a.b` that follows an operand without a space. */
  #path(before: Token): readonly string[] {
    const path: string[] = []
    for (let end = before.end; this.#peek().kind === 'field' && this.#peek().start === end; ) {
      const field = this.#next()
      path.push(field.value)
      end = field.end
    }
    return path
  }

  #declare(name: string): number {
    const slot = this.#slots++
    this.#scopes.at(-1)!.set(name, slot)
    return slot
  }

  #variable(token: Token): number {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const slot = this.#scopes[i]!.get(token.value)
      if (slot !== undefined) return slot
    }
    const known = this.#scopes.flatMap(scope => [...scope.keys()])
    const fix = didYouMean(token.value, known) ?? `Set it first: {{${token.value} := …}}.`
    throw this.#error(token, `there is no variable "${token.value}"`, fix)
  }

  #close(): void {
    this.#skipSpace()
    const token = this.#next()
    if (token.kind !== 'close') throw this.#unexpected(token)
  }

  #enter(token: Token): void {
    if (++this.#depth > MOST_NESTING)
      throw this.#error(token, `nested deeper than ${MOST_NESTING} levels`, 'Work part of it out in SQL.')
  }

  #skipSpace(): void {
    while (this.#peek().kind === 'space') this.#at++
  }

  #peek(): Token {
    return this.#tokens[this.#at]!
  }

  #next(): Token {
    return this.#tokens[this.#at++] ?? this.#tokens.at(-1)!
  }

  /** What stands where a value has ended. */
  #afterOperand(next: Token) {
    if (next.kind === 'end' || next.kind === 'close') return this.#error(next, '")" is missing', 'Add ")".')
    if (next.kind === 'right') return this.#error(next, '")" closes nothing', 'Remove it, or add "(" before it.')
    return this.#error(next, 'only a function takes arguments', 'Begin with its name: {{json .a}}.')
  }

  #unexpected(token: Token) {
    if (token.kind === 'close') return this.#error(token, 'a value is missing', VALUE_FORM)
    const what = `unexpected ${token.value === '' ? token.kind : JSON.stringify(token.value)}`
    return this.#error(token, what, 'Close the action with }} before it, or remove it.')
  }

  #error(token: Token, what: string, fix: string) {
    return syntaxError(this.#text, token.start, what, fix)
  }
}

function isConstant(word: string): boolean {
  return word === 'true' || word === 'false' || word === 'nil'
}
