// A YAML scalar in, a text out that knows the file's line and column of each of its characters.

import type { ScalarEvent } from 'js-yaml'
import { EmbeddedText, type FileText, type Location, type SourceText, type Span } from '../core/location.ts'

const SINGLE_QUOTED = 2
const DOUBLE_QUOTED = 3
const LITERAL_BLOCK = 4

/** @param value the scalar's decoded text */
export function embed(file: FileText, scalar: ScalarEvent, value: string): SourceText {
  if (scalar.valueStart < 0) return new EmbeddedText(file, value, [0])
  const raw = file.text.slice(scalar.valueStart, scalar.valueEnd)
  if (scalar.style === LITERAL_BLOCK) return literalBlock(file, scalar, raw, value)
  if (raw === value) return new EmbeddedText(file, value, [scalar.valueStart])
  return new MappedText(file, value, offsets(value, raw, scalar))
}

/** Line k of a literal block is line k of the raw text without its indentation. */
function literalBlock(file: FileText, scalar: ScalarEvent, raw: string, value: string): SourceText {
  const origins: number[] = []
  let start = scalar.valueStart
  for (const line of raw.split('\n')) {
    origins.push(start + Math.min(Math.max(0, scalar.indent), line.length))
    start += line.length + 1
  }
  return new EmbeddedText(file, value, origins)
}

/** A text whose characters stand anywhere in the file: folded lines, escapes. */
class MappedText implements SourceText {
  readonly path: string
  readonly text: string
  readonly #file: FileText
  readonly #offsets: readonly number[]

  constructor(file: FileText, text: string, offsets: readonly number[]) {
    this.path = file.path
    this.text = text
    this.#file = file
    this.#offsets = offsets
  }

  locate(span: Span): Location {
    const last = this.#offsets.length - 1
    const start = this.#offsets[Math.min(span.start, last)]!
    const end = this.#offsets[Math.min(Math.max(span.start, span.end - 1), last)]! + 1
    return this.#file.locate({ start, end: Math.max(start + 1, end) })
  }
}

/**
 * Walks the decoded and the raw text side by side. White space is folded freely, so a run of it in the one stands
 * for a run of it in the other; all else is itself or an escape.
 * @returns for each character of the value its offset in the file, and one more for the end
 */
function offsets(value: string, raw: string, scalar: ScalarEvent): number[] {
  const found: number[] = []
  let at = 0
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!
    if (scalar.style === DOUBLE_QUOTED) at = skipContinuations(raw, at)
    const escaped = scalar.style === DOUBLE_QUOTED && raw[at] === '\\' ? escapeLength(raw, at) : 0
    if (!escaped && !isSpace(char)) while (at < raw.length && isSpace(raw[at]!)) at++
    found.push(scalar.valueStart + Math.min(at, raw.length))
    if (escaped) {
      // A code point above the basic plane is one escape but two UTF-16 units.
      if (escaped === 10 && /[\ud800-\udbff]/.test(char) && i + 1 < value.length) {
        found.push(scalar.valueStart + at)
        i++
      }
      at += escaped
    } else if (isSpace(char)) {
      at += isSpace(raw[at] ?? '') ? foldedRun(value, i, raw, at) : 0
    } else {
      at += scalar.style === SINGLE_QUOTED && char === "'" ? 2 : 1
    }
  }
  found.push(scalar.valueStart + Math.min(at, raw.length))
  return found
}

/** How much raw white space one white character of the value takes: the rest of the run when the value's run ends here. */
function foldedRun(value: string, i: number, raw: string, at: number): number {
  if (isSpace(value[i + 1] ?? '')) return 1
  let end = at
  while (end < raw.length && isSpace(raw[end]!)) end++
  return end - at
}

/** A backslash at the end of a line joins the lines and gives nothing. */
function skipContinuations(raw: string, at: number): number {
  while (raw[at] === '\\' && raw[at + 1] === '\n') {
    at += 2
    while (raw[at] === ' ' || raw[at] === '\t') at++
  }
  return at
}

function escapeLength(raw: string, at: number): number {
  const kind = raw[at + 1]
  return kind === 'x' ? 4 : kind === 'u' ? 6 : kind === 'U' ? 10 : 2
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\t'
}
