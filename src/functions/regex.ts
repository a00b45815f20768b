// Patterns in RE2 syntax in, JavaScript regular expressions out, so that a rule's pattern means what it meant in Go.

import { RowError } from '../core/errors.ts'
import { RegexMachine } from './regex-machine.ts'
import { regexProgram } from './regex-program.ts'
import { translateRegex } from './regex-syntax.ts'

/** Where a match begins, and the texts of the whole and of each group that took part. */
export interface RegexMatch {
  readonly index: number
  readonly [group: number]: string | undefined
}

/**
 * One pattern, ready for use. JavaScript's own matcher is quick, but it tries one way after the other, and some patterns
 * give it more ways than it could ever try; a text for which that may happen goes to a machine that cannot be held up.
 */
export class CompiledRegex {
  readonly source: string
  /** index of each named group */
  readonly names: ReadonlyMap<string, number>
  readonly #expression: RegExp
  readonly #machine: RegexMachine
  readonly #longestForBacktracking: number

  /** @throws {SyntaxError} when the pattern is not RE2 */
  constructor(pattern: string) {
    const { source, names } = translateRegex(pattern)
    this.source = source
    this.names = names
    this.#expression = new RegExp(source, 'gv')
    const program = regexProgram(source)
    this.#machine = new RegexMachine(program)
    this.#longestForBacktracking = program.longestForBacktracking
  }

  test(text: string): boolean {
    if (text.length > this.#longestForBacktracking) return this.#machine.match(text, 0) !== undefined
    this.#expression.lastIndex = 0
    return this.#expression.test(text)
  }

  /** @param from where to begin to look; what stands before it still counts for `^` and `\b` */
  match(text: string, from: number): RegexMatch | undefined {
    if (text.length <= this.#longestForBacktracking) {
      this.#expression.lastIndex = from
      return this.#expression.exec(text) ?? undefined
    }
    const places = this.#machine.match(text, from)
    if (!places) return undefined
    const parts: (string | undefined)[] = []
    for (let i = 0; i < places.length; i += 2) {
      const start = places[i]!
      parts.push(start < 0 || places[i + 1]! < 0 ? undefined : text.slice(start, places[i + 1]))
    }
    return Object.assign(parts, { index: places[0]! })
  }
}

/** Patterns may come from data: only so many are kept. */
const MOST_PATTERNS = 500
const compiled = new Map<string, CompiledRegex | string>()

/** @returns what is wrong with a pattern, or undefined */
export function checkRegex(pattern: string): string | undefined {
  const result = compile(pattern)
  return typeof result === 'string' ? result : undefined
}

/** @throws {RowError} when the pattern is not RE2 */
export function compileRegex(pattern: string): CompiledRegex {
  const result = compile(pattern)
  if (typeof result === 'string') throw new RowError(result)
  return result
}

function compile(pattern: string): CompiledRegex | string {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  if (compiled.size >= MOST_PATTERNS) compiled.clear()
  const result = tryCompile(pattern)
  compiled.set(pattern, result)
  return result
}

function tryCompile(pattern: string): CompiledRegex | string {
  try {
    return new CompiledRegex(pattern)
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message.replace(/^.*?: (?=[^:]*$)/, '') : String(error)
    return `error parsing regexp: ${reason}: ${pattern}`
  }
}

export function matchesRegex(text: string, pattern: string): boolean {
  return compileRegex(pattern).test(text)
}

/** The first match, or the empty text. */
export function firstMatch(text: string, pattern: string): string {
  return compileRegex(pattern).match(text, 0)?.[0] ?? ''
}

/**
 * Every match replaced. `$1`, `$name` (the longest name counts) and `${name}` stand for groups, `$$` for a dollar sign.
 * An empty match directly behind another match is passed over, as RE2 does it.
 */
export function replaceMatches(text: string, pattern: string, replacement: string): string {
  const regex = compileRegex(pattern)
  let result = ''
  let copied = 0
  let lastEnd = -1
  for (let match = regex.match(text, 0); match; ) {
    const whole = match[0]!
    const end = match.index + whole.length
    if (whole !== '' || match.index !== lastEnd) {
      result += text.slice(copied, match.index) + expand(replacement, match, regex.names)
      copied = end
      lastEnd = end
    }
    const next = whole === '' ? end + (text.codePointAt(end)! > 0xffff ? 2 : 1) : end
    match = next > text.length ? undefined : regex.match(text, next)
  }
  return result + text.slice(copied)
}

const VARIABLE = /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g

function expand(replacement: string, match: RegexMatch, names: ReadonlyMap<string, number>): string {
  if (!replacement.includes('$')) return replacement
  return replacement.replace(VARIABLE, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$'
    const name = braced ?? bare!
    const index = /^\d+$/.test(name) ? Number(name) : names.get(name)
    return index === undefined ? '' : (match[index] ?? '')
  })
}
