// One RE2 pattern in, the source of the same pattern for JavaScript's `v` flag out. What RE2 lacks is refused.
//
// The differences that matter: inline flags end with their group and also reach over `|`; `.`, `^`, `$`, `\s`, `\d`,
// `\w` know no other line ends and letters than the ASCII ones; `\z`, `\A`, `\Q…\E`, `\x{…}`, `(?P<name>…)`,
// `[[:alpha:]]` and `\pL` are unknown to JavaScript; look-around and back-references are unknown to RE2.
// @see https://github.com/google/re2/wiki/Syntax

import { ClassTranslator, type Escape, escapeLiteral, readEscape } from './regex-class.ts'

export interface TranslatedRegex {
  readonly source: string
  /** index of each named group */
  readonly names: ReadonlyMap<string, number>
}

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly U: boolean
}

interface Group {
  /** flags in force when the group was opened, to return to */
  readonly outer: Flags
  /** whether JavaScript ignores case at the start of each of its branches */
  readonly ignoresCase: boolean
  /** how many `(?i:` were opened inside by bare flags: they end at `|` and at the group's end */
  opened: number
}

const NO_FLAGS: Flags = { i: false, m: false, s: false, U: false }
/** In groups, so that they can be repeated as in RE2. */
export const START = '(?:^)'
export const END = '(?:$)'
export const AFTER_LINE_FEED = '(?<=\\n)'
export const BEFORE_LINE_FEED = '(?=\\n)'
export const WORD = '(?-i:\\b)'
/** V8 would also find it within a surrogate pair, where no character begins. */
export const INSIDE = '(?-i:\\B(?:$|(?=[\\s\\S])))'
const MOST_REPEATS = 1000

/** @throws {SyntaxError} when the pattern is not RE2 */
export function translateRegex(pattern: string): TranslatedRegex {
  return new Translator(pattern).translate()
}

class Translator {
  readonly #pattern: string
  readonly #names = new Map<string, number>()
  readonly #groups: Group[] = [{ outer: NO_FLAGS, ignoresCase: false, opened: 0 }]
  #at = 0
  #out = ''
  #flags = NO_FLAGS
  #captures = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  translate(): TranslatedRegex {
    while (this.#at < this.#pattern.length) this.#next()
    if (this.#groups.length > 1) throw new SyntaxError('missing closing )')
    this.#closeFlags()
    return { source: this.#out, names: this.#names }
  }

  #next(): void {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!)
    switch (character) {
      case '\\':
        this.#escape()
        break
      case '[':
        this.#class()
        break
      case '(':
        this.#open()
        break
      case ')':
        this.#close()
        break
      case '|':
        this.#alternative()
        break
      case '*':
      case '+':
      case '?':
        this.#at++
        this.#repeat(character)
        break
      case '{':
        this.#braces()
        break
      case '.':
        this.#emit(this.#flags.s ? '[\\s\\S]' : '[^\\n]')
        break
      case '^':
        this.#emit(this.#flags.m ? `(?:${START}|${AFTER_LINE_FEED})` : START)
        break
      case '$':
        this.#emit(this.#flags.m ? `(?:${END}|${BEFORE_LINE_FEED})` : END)
        break
      default:
        this.#out += escapeLiteral(character)
        this.#at += character.length
    }
  }

  #class(): void {
    const translator = new ClassTranslator(this.#pattern, this.#at)
    this.#out += translator.translate()
    this.#at = translator.end
  }

  #emit(source: string): void {
    this.#out += source
    this.#at++
  }

  #escape(): void {
    const next = this.#pattern.charAt(this.#at + 1)
    if (next === 'Q') {
      this.#quoted()
      return
    }
    const anchors: Readonly<Record<string, string>> = { A: START, z: END, b: WORD, B: INSIDE }
    const anchor = anchors[next]
    if (anchor !== undefined) {
      this.#out += anchor
      this.#at += 2
      return
    }
    const found: Escape = readEscape(this.#pattern, this.#at)
    this.#out += found.kind === 'class' ? found.source : escapeLiteral(found.character)
    this.#at = found.end
  }

  /** `\Q…\E`: everything between is literal; without `\E` to the end. */
  #quoted(): void {
    const start = this.#at + 2
    const found = this.#pattern.indexOf('\\E', start)
    const end = found < 0 ? this.#pattern.length : found
    for (const character of this.#pattern.slice(start, end)) this.#out += escapeLiteral(character)
    this.#at = found < 0 ? end : end + 2
  }

  #open(): void {
    const rest = this.#pattern.slice(this.#at, this.#at + 80)
    const named = /^\(\?P?<([A-Za-z0-9_]+)>/.exec(rest)
    if (named) {
      this.#openNamed(named[0].length, named[1]!)
    } else if (rest.startsWith('(?')) {
      this.#openFlags(rest)
    } else {
      this.#captures++
      this.#push('(', this.#flags)
      this.#at++
    }
  }

  #openFlags(rest: string): void {
    const flagged = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest)
    if (!flagged) throw new SyntaxError('invalid or unsupported Perl syntax')
    const flags = changed(this.#flags, flagged[1]!, flagged[2] ?? '')
    this.#at += flagged[0].length
    if (flagged[3] === ':') {
      this.#push(flagGroup(this.#flags, flags), flags)
    } else {
      // Bare flags: from here to the end of the group.
      if (flags.i !== this.#flags.i) {
        this.#out += flagGroup(this.#flags, flags)
        this.#groups.at(-1)!.opened++
      }
      this.#flags = flags
    }
  }

  #openNamed(length: number, name: string): void {
    if (this.#names.has(name)) throw new SyntaxError('duplicate capture group name')
    this.#names.set(name, ++this.#captures)
    this.#push('(', this.#flags)
    this.#at += length
  }

  #push(source: string, inner: Flags): void {
    this.#out += source
    this.#groups.push({ outer: this.#flags, ignoresCase: inner.i, opened: 0 })
    this.#flags = inner
  }

  #close(): void {
    if (this.#groups.length === 1) throw new SyntaxError('unexpected )')
    this.#closeFlags()
    this.#flags = this.#groups.pop()!.outer
    this.#emit(')')
  }

  #closeFlags(): void {
    this.#out += ')'.repeat(this.#groups.at(-1)!.opened)
  }

  /** Flags set in one branch also hold in the next, but their JavaScript group may not span the `|`. */
  #alternative(): void {
    const group = this.#groups.at(-1)!
    this.#closeFlags()
    this.#emit('|')
    group.opened = 0
    if (this.#flags.i !== group.ignoresCase) {
      this.#out += this.#flags.i ? '(?i:' : '(?-i:'
      group.opened = 1
    }
  }

  /** `a{2,3}`; anything else in braces is literal. */
  #braces(): void {
    const found = /^\{(\d+)(?:,(\d*))?\}/.exec(this.#pattern.slice(this.#at, this.#at + 20))
    if (!found) {
      this.#emit('\\{')
      return
    }
    const least = Number(found[1])
    const most = found[2] === undefined ? least : found[2] === '' ? undefined : Number(found[2])
    if (least > MOST_REPEATS || (most ?? 0) > MOST_REPEATS || (most !== undefined && most < least)) {
      throw new SyntaxError('invalid repeat count')
    }
    this.#at += found[0].length
    this.#repeat(found[0])
  }

  #repeat(source: string): void {
    let lazy = this.#flags.U
    if (this.#pattern.charAt(this.#at) === '?') {
      lazy = !lazy
      this.#at++
    }
    this.#out += lazy ? source + '?' : source
  }
}

function changed(flags: Flags, on: string, off: string): Flags {
  const has = (flag: keyof Flags) => !off.includes(flag) && (on.includes(flag) || flags[flag])
  return { i: has('i'), m: has('m'), s: has('s'), U: has('U') }
}

/** Only `i` is left to JavaScript; the other flags are translated where they matter. */
function flagGroup(before: Flags, after: Flags): string {
  return before.i === after.i ? '(?:' : after.i ? '(?i:' : '(?-i:'
}
