// Patterns in RE2 syntax in, JavaScript regular expressions out, so that a rule's pattern means what it meant in Go.

import { RowError } from '../core/errors.ts'
import { translateRegex } from './regex-syntax.ts'

export interface CompiledRegex {
  /** flags `v` and `g`; set lastIndex before use */
  readonly expression: RegExp
  /** index of each named group */
  readonly names: ReadonlyMap<string, number>
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
    const { source, names } = translateRegex(pattern)
    return { expression: new RegExp(source, 'gv'), names }
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message.replace(/^.*?: (?=[^:]*$)/, '') : String(error)
    return `error parsing regexp: ${reason}: ${pattern}`
  }
}

export function matchesRegex(text: string, pattern: string): boolean {
  const { expression } = compileRegex(pattern)
  expression.lastIndex = 0
  return expression.test(text)
}

/** The first match, or the empty text. */
export function firstMatch(text: string, pattern: string): string {
  const { expression } = compileRegex(pattern)
  expression.lastIndex = 0
  return expression.exec(text)?.[0] ?? ''
}

/**
 * Every match replaced. `$1`, `$name` (the longest name counts) and `${name}` stand for groups, `$$` for a dollar sign.
 * An empty match directly behind another match is passed over, as RE2 does it.
 */
export function replaceMatches(text: string, pattern: string, replacement: string): string {
  const { expression, names } = compileRegex(pattern)
  let result = ''
  let copied = 0
  let lastEnd = -1
  expression.lastIndex = 0
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    const end = match.index + match[0].length
    if (match[0] !== '' || match.index !== lastEnd) {
      result += text.slice(copied, match.index) + expand(replacement, match, names)
      copied = end
      lastEnd = end
    }
    if (match[0] === '') expression.lastIndex = end + (text.codePointAt(end)! > 0xffff ? 2 : 1)
  }
  return result + text.slice(copied)
}

const VARIABLE = /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g

function expand(replacement: string, match: RegExpExecArray, names: ReadonlyMap<string, number>): string {
  if (!replacement.includes('$')) return replacement
  return replacement.replace(VARIABLE, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$'
    const name = braced ?? bare!
    const index = /^\d+$/.test(name) ? Number(name) : names.get(name)
    return index === undefined ? '' : (match[index] ?? '')
  })
}
