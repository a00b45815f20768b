// Patterns in RE2 syntax, as Go reads them, and texts in; matches out, in a time that grows with the text and no faster,
// so that no pattern and no text of a device can hold up a rule. The only file that imports re2js.

import { type Matcher, RE2JS, RE2JSException } from 're2js'
import { RowError } from '../core/errors.ts'
import { rememberByText } from '../core/remember.ts'

/** One pattern, ready for use. */
export type CompiledRegex = RE2JS

/** A program takes about 100 bytes an instruction, and a match walks over all of them at each character. */
const MOST_INSTRUCTIONS = 10_000

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

/** @returns a text that says what is wrong with the pattern, if something is */
const compile = rememberByText((pattern): CompiledRegex | string => {
  try {
    const regex = RE2JS.compile(pattern)
    return regex.programSize() > MOST_INSTRUCTIONS ? 'error parsing regexp: expression is too large' : regex
  } catch (error) {
    if (error instanceof RE2JSException) return error.message
    throw error
  }
})

export function matchesRegex(text: string, pattern: string): boolean {
  return compileRegex(pattern).test(text)
}

/** The first match, or the empty text. */
export function firstMatch(text: string, pattern: string): string {
  const matcher = compileRegex(pattern).matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

/** Each match is found in linear time, but one that looks far ahead for nothing makes all of them take the square of it. */
const MOST_READS = 20_000_000
/** A pattern that looks no further than its match reads each character about ten times. */
const READS_PER_CHARACTER = 16
/** Even the square of it is below MOST_READS. */
const SHORT_TEXT = 3000

/** A text that may be read only so often, in all matches together: counted, not timed, so that a replay ends the same. */
class MeteredText extends String {
  readonly #text: string
  readonly #pattern: string
  #left: number

  constructor(text: string, pattern: string) {
    super(text)
    this.#text = text
    this.#pattern = pattern
    this.#left = MOST_READS + READS_PER_CHARACTER * text.length
  }

  override charCodeAt(index: number): number {
    this.#spend(1)
    return this.#text.charCodeAt(index)
  }

  override indexOf(part: string, from = 0): number {
    const at = this.#text.indexOf(part, from)
    // The engine of JavaScript searches some 16 characters in the time in which re2js reads one.
    this.#spend(((at < 0 ? this.#text.length : at) - from) / 16)
    return at
  }

  #spend(reads: number): void {
    this.#left -= reads
    if (this.#left < 0) throw new RowError(tooSlow(this.#text, this.#pattern))
  }
}

function tooSlow(text: string, pattern: string): string {
  return `the pattern ${pattern.slice(0, 60)} looks too far ahead at each match in a text of ${text.length} characters: bound its repeats, such as a{1,50} for a+`
}

/**
 * Every match replaced. `$1`, `$name` (the longest name counts) and `${name}` stand for groups, `$$` for a dollar sign.
 * An empty match directly after another match is passed over, as Go does it.
 * @throws {RowError} when the matches together would read a long text over and over
 */
export function replaceMatches(text: string, pattern: string, replacement: string): string {
  const regex = compileRegex(pattern)
  const matcher = regex.matcher(
    text.length <= SHORT_TEXT ? text : (new MeteredText(text, pattern) as unknown as string),
  )
  let result = ''
  let copied = 0
  let lastEnd = -1
  for (let found = matcher.find(); found; ) {
    const [start, end] = [matcher.start(), matcher.end()]
    if (end > start || start !== lastEnd) {
      result += text.slice(copied, start) + expand(replacement, matcher, regex.namedGroups())
      copied = end
      lastEnd = end
    }
    const next = end > start ? end : end + (text.codePointAt(end)! > 0xffff ? 2 : 1)
    found = next <= text.length && matcher.find(next)
  }
  return result + text.slice(copied)
}

const VARIABLE = /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g

function expand(replacement: string, matcher: Matcher, names: Readonly<Record<string, number>>): string {
  if (!replacement.includes('$')) return replacement
  return replacement.replace(VARIABLE, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$'
    const name = braced ?? bare!
    const index = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(names, name) ? names[name]! : Infinity
    return index > matcher.groupCount() ? '' : (matcher.group(index) ?? '')
  })
}
