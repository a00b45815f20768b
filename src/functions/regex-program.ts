// The source that regex-syntax.ts writes in, a program for regex-machine.ts out, and how long a text may be before
// backtracking over it could take too long. Characters are told by JavaScript itself, so that both ways mean the same.

import { AFTER_LINE_FEED, BEFORE_LINE_FEED, END, INSIDE, START, WORD } from './regex-syntax.ts'

export type Assertion = 'start' | 'end' | 'lineStart' | 'lineEnd' | 'word' | 'inside'

export type Instruction =
  | { readonly kind: 'character'; readonly fits: (code: number) => boolean }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  /** goes on at both; what `first` leads to counts more */
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'match' }

export interface RegexProgram {
  readonly instructions: readonly Instruction[]
  /** where groups begin and end: two for each, the whole match first */
  readonly slots: number
  /** UTF-16 units of a text that a backtracking matcher gets through in time, whatever the text; -1: none, not even '' */
  readonly longestForBacktracking: number
}

type Node =
  | { readonly kind: 'character'; readonly fits: (code: number) => boolean }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly branches: readonly Node[] }
  | { readonly kind: 'group'; readonly index: number; readonly body: Node }
  | {
      readonly kind: 'repeat'
      readonly body: Node
      readonly least: number
      readonly most: number
      readonly lazy: boolean
    }

/** @throws {SyntaxError} when the pattern nests or repeats more than RE2 would take */
export function regexProgram(source: string): RegexProgram {
  const reader = new SourceReader(source)
  const tree = reader.read()
  const instructions: Instruction[] = []
  write({ kind: 'group', index: 0, body: tree }, instructions)
  instructions.push({ kind: 'match' })
  return { instructions, slots: 2 * reader.groups, longestForBacktracking: longestForBacktracking(tree) }
}

const ASSERTIONS: readonly (readonly [string, Assertion])[] = [
  [START, 'start'],
  [END, 'end'],
  [AFTER_LINE_FEED, 'lineStart'],
  [BEFORE_LINE_FEED, 'lineEnd'],
  [WORD, 'word'],
  [INSIDE, 'inside'],
]
const MOST_NESTED = 1000
const OPENING = /\((?:\?(-?i)?:)?/y
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})(\??)/y
const ATOM = /\\x[0-9a-f]{2}|\\[pP]\{[^}]*\}|\\.|./suy

/** Source that JavaScript has compiled already: only its shape is of interest. */
class SourceReader {
  readonly #source: string
  #at = 0
  #depth = 0
  groups = 1

  constructor(source: string) {
    this.#source = source
  }

  read(): Node {
    return this.#choice(false)
  }

  #choice(ignoreCase: boolean): Node {
    const branches = [this.#sequence(ignoreCase)]
    while (this.#source[this.#at] === '|') {
      this.#at++
      branches.push(this.#sequence(ignoreCase))
    }
    return branches.length === 1 ? branches[0]! : { kind: 'choice', branches }
  }

  #sequence(ignoreCase: boolean): Node {
    const items: Node[] = []
    while (this.#at < this.#source.length && this.#source[this.#at] !== '|' && this.#source[this.#at] !== ')') {
      items.push(this.#repeated(this.#single(ignoreCase)))
    }
    return { kind: 'sequence', items }
  }

  #single(ignoreCase: boolean): Node {
    for (const [text, assertion] of ASSERTIONS) {
      if (this.#source.startsWith(text, this.#at)) {
        this.#at += text.length
        return { kind: 'assertion', assertion }
      }
    }
    const opening = this.#take(OPENING)
    if (!opening) return { kind: 'character', fits: characterTest(this.#character(), ignoreCase) }
    const index = opening[0] === '(' ? this.groups++ : undefined
    const flag = opening[1]
    if (++this.#depth > MOST_NESTED) throw new SyntaxError('expression nests too deeply')
    const body = this.#choice(flag === undefined ? ignoreCase : flag === 'i')
    this.#depth--
    this.#at++
    return index === undefined ? body : { kind: 'group', index, body }
  }

  #repeated(body: Node): Node {
    const found = this.#take(QUANTIFIER)
    if (!found) return body
    const sign = found[0][0]
    const least = found[1] === undefined ? (sign === '+' ? 1 : 0) : Number(found[1])
    const bounded = found[2] === ',' ? (found[3] === '' ? Infinity : Number(found[3])) : least
    const most = found[1] === undefined ? (sign === '?' ? 1 : Infinity) : bounded
    return { kind: 'repeat', body, least, most, lazy: found[4] === '?' }
  }

  #character(): string {
    if (this.#source[this.#at] !== '[') return this.#take(ATOM)![0]
    const start = this.#at
    let depth = 0
    do {
      const c = this.#source[this.#at++]
      if (c === '[') depth++
      else if (c === ']') depth--
      else if (c === '\\') this.#at++
    } while (depth > 0)
    return this.#source.slice(start, this.#at)
  }

  #take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at
    const found = expression.exec(this.#source)
    if (found) this.#at += found[0].length
    return found
  }
}

function characterTest(source: string, ignoreCase: boolean): (code: number) => boolean {
  const expression = new RegExp(`^${source}$`, ignoreCase ? 'iv' : 'v')
  const ascii: (boolean | undefined)[] = new Array(128)
  return code => {
    if (code > 0x7f) return expression.test(String.fromCodePoint(code))
    const known = ascii[code]
    if (known !== undefined) return known
    const fits = expression.test(String.fromCharCode(code))
    ascii[code] = fits
    return fits
  }
}

/** Counted repeats are written out, so that RE2 bounds their product: `(x{100}){100}` would be ten thousand. */
const MOST_REPEATS = 1000
const MOST_INSTRUCTIONS = 10_000

/** @param repeats how often the counted repeats around the node write it already */
function write(node: Node, out: Instruction[], repeats = 1): void {
  if (out.length > MOST_INSTRUCTIONS) throw new SyntaxError('expression too large')
  switch (node.kind) {
    case 'character':
    case 'assertion':
      out.push(node)
      break
    case 'sequence':
      for (const item of node.items) write(item, out, repeats)
      break
    case 'group':
      out.push({ kind: 'save', slot: 2 * node.index })
      write(node.body, out, repeats)
      out.push({ kind: 'save', slot: 2 * node.index + 1 })
      break
    case 'choice':
      writeChoice(node.branches, out, repeats)
      break
    case 'repeat':
      writeRepeat(node, out, repeats)
  }
}

function writeRepeat({ body, least, most, lazy }: Node & { kind: 'repeat' }, out: Instruction[], outer: number): void {
  const repeats = outer * Math.max(1, most === Infinity ? least : most)
  if (repeats > MOST_REPEATS) throw new SyntaxError('invalid repeat count')
  for (let i = 0; i < least; i++) write(body, out, repeats)
  const forks: number[] = []
  for (let i = least; i < (most === Infinity ? least + 1 : most); i++) {
    forks.push(out.push({ kind: 'match' }) - 1)
    write(body, out, repeats)
  }
  // The way on is asked for behind the body, not before it: a body that took nothing must still lead on.
  if (most === Infinity) out.push(split(forks[0]! + 1, out.length + 1, lazy))
  for (const fork of forks) out[fork] = split(fork + 1, out.length, lazy)
}

function writeChoice(branches: readonly Node[], out: Instruction[], repeats: number): void {
  const ends: number[] = []
  for (const [i, branch] of branches.entries()) {
    const fork = i < branches.length - 1 ? out.push({ kind: 'match' }) - 1 : undefined
    write(branch, out, repeats)
    if (fork === undefined) break
    ends.push(out.push({ kind: 'match' }) - 1)
    out[fork] = split(fork + 1, out.length, false)
  }
  for (const end of ends) out[end] = { kind: 'jump', to: out.length }
}

function split(next: number, behind: number, lazy: boolean): Instruction {
  return lazy ? { kind: 'split', first: behind, second: next } : { kind: 'split', first: next, second: behind }
}

/** Some tens of milliseconds. */
const MOST_WAYS = 10_000_000
const LONGEST_TEXT = 2 ** 30

function longestForBacktracking(tree: Node): number {
  if (repeatsNothing(tree)) return -1
  const first = tree.kind === 'sequence' ? tree.items[0] : tree
  const isAnchored = first?.kind === 'assertion' && first.assertion === 'start'
  const isQuick = (length: number) => ways(tree, length) * (isAnchored ? 1 : length + 1) <= MOST_WAYS
  let longest = 0
  for (let step = LONGEST_TEXT; step >= 1; step /= 2) if (isQuick(longest + step)) longest += step
  return longest
}

/** A repeat of what may be empty means one thing in RE2 and another in JavaScript, which goes on to look for more. */
function repeatsNothing(node: Node): boolean {
  switch (node.kind) {
    case 'character':
    case 'assertion':
      return false
    case 'sequence':
      return node.items.some(repeatsNothing)
    case 'choice':
      return node.branches.some(repeatsNothing)
    case 'group':
      return repeatsNothing(node.body)
    case 'repeat':
      return (node.most > node.least && mayBeEmpty(node.body)) || repeatsNothing(node.body)
  }
}

function mayBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case 'character':
      return false
    case 'assertion':
      return true
    case 'sequence':
      return node.items.every(mayBeEmpty)
    case 'choice':
      return node.branches.some(mayBeEmpty)
    case 'group':
      return mayBeEmpty(node.body)
    case 'repeat':
      return node.least === 0 || mayBeEmpty(node.body)
  }
}

/** In how many ways a backtracking matcher may go through the pattern from one place of a text so long, at most. */
function ways(node: Node, length: number): number {
  switch (node.kind) {
    case 'character':
    case 'assertion':
      return 1
    case 'sequence':
      return node.items.reduce((product, item) => product * ways(item, length), 1)
    case 'choice':
      return node.branches.reduce((sum, branch) => sum + ways(branch, length), 0)
    case 'group':
      return ways(node.body, length)
    case 'repeat': {
      const inner = ways(node.body, length)
      const counts = Math.min(node.most - node.least, length) + 1
      return inner === 1 ? counts : counts * inner ** Math.min(node.most, length)
    }
  }
}
