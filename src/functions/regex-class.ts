// The parts of RE2 syntax that stand for one character: escapes and bracket classes, as source for the `v` flag.

export type Escape =
  | { readonly kind: 'character'; readonly character: string; readonly end: number }
  | { readonly kind: 'class'; readonly source: string; readonly end: number }

const PERL: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

const CONTROL: Readonly<Record<string, string>> = { a: '\x07', f: '\f', t: '\t', n: '\n', r: '\r', v: '\v' }
const CATEGORY = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/

/** A character that stands for itself, inside and outside of classes. */
export function escapeLiteral(character: string): string {
  const code = character.codePointAt(0)!
  return code > 0x7f || /[A-Za-z0-9]/.test(character) ? character : `\\x${code.toString(16).padStart(2, '0')}`
}

/**
 * Reads the escape at `at`, where the backslash is.
 * @throws {SyntaxError} for what RE2 does not have, such as back-references
 */
export function readEscape(pattern: string, at: number): Escape {
  const letter = pattern.charAt(at + 1)
  if (letter === '') throw new SyntaxError('trailing backslash at end of expression')
  const perl = PERL[letter]
  if (perl !== undefined) return { kind: 'class', source: perl, end: at + 2 }
  if (letter === 'p' || letter === 'P') return readProperty(pattern, at)
  const code = readCode(pattern.slice(at, at + 12))
  if (code) return { kind: 'character', character: code.character, end: at + code.length }
  const control = CONTROL[letter]
  if (control !== undefined) return { kind: 'character', character: control, end: at + 2 }
  if (letter <= '\x7f' && !/[A-Za-z0-9]/.test(letter)) return { kind: 'character', character: letter, end: at + 2 }
  throw new SyntaxError(`invalid escape sequence \`\\${letter}\``)
}

/** `\x7F`, `\x{10FFFF}`, `\012`, `\123`. */
function readCode(text: string): { character: string; length: number } | undefined {
  const hex = /^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(text)
  const octal = hex ? null : /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(text)
  const found = hex ?? octal
  if (!found) return undefined
  const code = hex ? Number.parseInt(hex[1] ?? hex[2]!, 16) : Number.parseInt(octal![1]!, 8)
  if (code > 0x10ffff) throw new SyntaxError('invalid escape sequence')
  return { character: String.fromCodePoint(code), length: found[0].length }
}

/** `\pL`, `\PL`, `\p{Greek}`, `\p{^Greek}`. */
function readProperty(pattern: string, at: number): Escape {
  const found = /^\\([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Za-z]))/.exec(pattern.slice(at, at + 60))
  if (!found) throw new SyntaxError('invalid character class range')
  const name = found[3] ?? found[4]!
  const negated = (found[1] === 'P') !== (found[2] === '^')
  const end = at + found[0].length
  if (name === 'Any') return { kind: 'class', source: negated ? '[^\\s\\S]' : '[\\s\\S]', end }
  const property = CATEGORY.test(name) ? name : `Script=${name}`
  return { kind: 'class', source: `\\${negated ? 'P' : 'p'}{${property}}`, end }
}

/** One bracket class: `[a-z]`, `[^]\d[:alpha:]]`. */
export class ClassTranslator {
  readonly #pattern: string
  #at: number

  /** @param at where the opening bracket is */
  constructor(pattern: string, at: number) {
    this.#pattern = pattern
    this.#at = at + 1
  }

  /** behind the closing bracket, after translate() */
  get end(): number {
    return this.#at
  }

  translate(): string {
    const negated = this.#pattern.charAt(this.#at) === '^'
    if (negated) this.#at++
    let source = negated ? '[^' : '['
    for (let first = true; first || this.#pattern.charAt(this.#at) !== ']'; first = false) {
      if (this.#at >= this.#pattern.length) throw new SyntaxError('missing closing ]')
      source += this.#posix() ?? this.#range()
    }
    this.#at++
    return source + ']'
  }

  #posix(): string | undefined {
    const found = /^\[:(\^?)([a-z]+):\]/.exec(this.#pattern.slice(this.#at, this.#at + 12))
    if (!found) return undefined
    const content = POSIX[found[2]!]
    if (content === undefined) throw new SyntaxError('invalid character class range')
    this.#at += found[0].length
    return `[${found[1]}${content}]`
  }

  #range(): string {
    const low = this.#single()
    if (low.kind === 'class') return low.source
    const next = this.#pattern.charAt(this.#at + 1)
    if (this.#pattern.charAt(this.#at) !== '-' || next === ']' || next === '') return escapeLiteral(low.character)
    this.#at++
    const high = this.#single()
    if (high.kind === 'class' || high.character.codePointAt(0)! < low.character.codePointAt(0)!) {
      throw new SyntaxError('invalid character class range')
    }
    return `${escapeLiteral(low.character)}-${escapeLiteral(high.character)}`
  }

  #single(): Escape {
    if (this.#pattern.charAt(this.#at) === '\\') {
      const found = readEscape(this.#pattern, this.#at)
      this.#at = found.end
      return found
    }
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!)
    this.#at += character.length
    return { kind: 'character', character, end: this.#at }
  }
}
