// Where in a file something stands, and how an offset in a text becomes line and column.

/** A stretch of a source text: UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A place in a file that its author can open: path relative to the root folder, line and column from 1. */
export interface Location {
  readonly path: string
  readonly line: number
  readonly column: number
  /** length of the marked text on that line, at least 1 */
  readonly length?: number
  /** the whole line, for the caret */
  readonly sourceLine?: string
}

/**
 * A text with its place in a file. For a `.sql` file the text is the file; for SQL inside YAML the text is the
 * scalar and `locate` answers with the YAML's line and column.
 */
export interface SourceText {
  readonly path: string
  readonly text: string
  locate(span: Span): Location
}

/** Without byte order mark, with LF: what an editor on another system does to a file is no change. */
export function normalised(text: string): string {
  return text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n')
}

/** The text of a whole file. */
export class FileText implements SourceText {
  readonly path: string
  readonly text: string
  #lineStarts: number[] | undefined

  constructor(path: string, text: string) {
    this.path = path
    this.text = text
  }

  locate(span: Span): Location {
    this.#lineStarts ??= lineStarts(this.text)
    const line = lineOf(this.#lineStarts, span.start)
    const start = this.#lineStarts[line]!
    const sourceLine = lineText(this.text, start)
    const length = Math.max(1, Math.min(span.end, start + sourceLine.length) - span.start)
    return { path: this.path, line: line + 1, column: span.start - start + 1, length, sourceLine }
  }
}

/**
 * A text cut out of a file, line by line: line k of the text begins at `origins[k]` of the file.
 * A plain scalar has one origin; a block scalar has one a line.
 */
export class EmbeddedText implements SourceText {
  readonly path: string
  readonly text: string
  readonly #file: FileText
  readonly #origins: readonly number[]
  #lineStarts: number[] | undefined

  constructor(file: FileText, text: string, origins: readonly number[]) {
    this.path = file.path
    this.text = text
    this.#file = file
    this.#origins = origins
  }

  locate(span: Span): Location {
    this.#lineStarts ??= lineStarts(this.text)
    const line = Math.min(lineOf(this.#lineStarts, span.start), this.#origins.length - 1)
    const start = this.#origins[line]! + (span.start - this.#lineStarts[line]!)
    return this.#file.locate({ start, end: start + Math.max(1, span.end - span.start) })
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

function lineText(text: string, start: number): string {
  const end = text.indexOf('\n', start)
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '')
}
