// A text that JSON.parse has refused in; where its first fault is, and what, out.
// The engine's own message gives no position for an unexpected token and quotes the text instead.

import { MAX_JSON_DEPTH } from '../core/json.ts'

export interface JsonFault {
  /** UTF-16 offset of the first character that cannot stand there; the text's length when it ends too early */
  readonly at: number
  readonly what: string
}

type Expecting = 'value' | 'value or ]' | 'name or }' | 'name' | ':' | ', or ]' | ', or }' | 'end'

const WANTED: Readonly<Record<Expecting, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  'name or }': 'a key in double quotes or "}"',
  name: 'a key in double quotes',
  ':': '":" after the key',
  ', or ]': '"," or "]"',
  ', or }': '"," or "}"',
  end: 'nothing more after the value',
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y

/** @returns undefined when the text is JSON after all */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ('[' | '{')[] = []
  let expecting: Expecting = 'value'
  let at = 0
  for (;;) {
    at = skip(SPACE, text, at)
    if (at >= text.length) {
      return expecting === 'end'
        ? undefined
        : { at: text.length, what: `The text ends where ${WANTED[expecting]} should follow.` }
    }
    const char = text[at]!
    if ((char === ']' && expecting.endsWith('or ]')) || (char === '}' && expecting.endsWith('or }'))) {
      open.pop()
      at++
    } else if (char === ',' && expecting.startsWith(', or')) {
      expecting = open.at(-1) === '{' ? 'name' : 'value'
      at++
      continue
    } else if (char === ':' && expecting === ':') {
      expecting = 'value'
      at++
      continue
    } else if (char === '"' && expecting.startsWith('name')) {
      const end = skipString(text, at)
      if (typeof end !== 'number') return end
      expecting = ':'
      at = end
      continue
    } else if (!expecting.startsWith('value')) {
      return unexpected(text, at, expecting)
    } else if (char === '[' || char === '{') {
      if (open.length >= MAX_JSON_DEPTH) return { at, what: `The text is nested deeper than ${MAX_JSON_DEPTH} levels.` }
      open.push(char)
      expecting = char === '[' ? 'value or ]' : 'name or }'
      at++
      continue
    } else {
      const end = skipScalar(text, at, expecting)
      if (typeof end !== 'number') return end
      at = end
    }
    // A whole value, simple or closed just now, has been passed.
    expecting = open.length === 0 ? 'end' : open.at(-1) === '[' ? ', or ]' : ', or }'
  }
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function skipScalar(text: string, at: number, expecting: Expecting): number | JsonFault {
  if (text[at] === '"') return skipString(text, at)
  const number = skip(NUMBER, text, at)
  const end = number > at ? number : skip(WORD, text, at)
  return end === at ? unexpected(text, at, expecting) : end
}

const ESCAPE = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/
const ESCAPE_BEGUN = /^(?:u[0-9a-fA-F]{0,3})?$/

/** A character at a time: one expression for a whole string would need as much stack as the string is long. */
function skipString(text: string, at: number): number | JsonFault {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x22) return i + 1
    if (code < 0x20) return { at: i, what: `A string may not hold the control character ${codeName(code)} as it is.` }
    if (code !== 0x5c) continue
    const following = text.slice(i + 1, i + 6)
    const known = ESCAPE.exec(following)
    if (known) i += known[0].length
    else if (ESCAPE_BEGUN.test(following)) break
    else return { at: i, what: 'A backslash in a string is not followed by an escape that JSON knows.' }
  }
  return { at: text.length, what: 'The text ends in the middle of a string.' }
}

function unexpected(text: string, at: number, expecting: Expecting): JsonFault {
  const code = text.codePointAt(at)!
  const shown = code < 0x20 || code === 0x7f ? codeName(code) : JSON.stringify(String.fromCodePoint(code))
  return { at, what: `Unexpected ${shown}; expected ${WANTED[expecting]}.` }
}

function codeName(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
