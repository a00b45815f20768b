// A line of a corpus in, its case out; the places of its parts are looked for only when somebody asks.

import { type Path, readYaml, type YamlDocument } from '../config/yaml.ts'
import { UserError } from '../core/errors.ts'
import { parseJsonLossless } from '../core/json.ts'
import { FileText, type Location, type SourceText, type Span } from '../core/location.ts'
import { findJsonFault } from '../formats/json-fault.ts'
import { type CaseDocument, type ReadCases, readCases } from './test-case.ts'

/** A line of a corpus may be as long as it likes; in a message only so much of it helps. */
const LONGEST_SHOWN = 160

/** @param line its number in the file, from 1 */
export function readCaseLine(path: string, line: number, text: string): ReadCases {
  let value: unknown
  try {
    value = parseJsonLossless(text)
  } catch (cause) {
    const fault = findJsonFault(text)
    const start = fault?.at ?? 0
    const location = moved(new FileText(path, text).locate({ start, end: start + 1 }), line)
    const what = `Not valid JSON: ${fault?.what ?? (cause as Error).message}`
    return { cases: [], errors: [new UserError({ code: 'TEST_FILE', what, location, cause })] }
  }
  return readCases(new LineDocument(path, line, text, value), true)
}

/** JSON is YAML in flow style, so the reader that knows places reads it too; it is slow, and rarely needed. */
class LineDocument implements CaseDocument {
  readonly value: unknown
  readonly #path: string
  readonly #line: number
  readonly #text: string

  constructor(path: string, line: number, text: string, value: unknown) {
    this.#path = path
    this.#line = line
    this.#text = text
    this.value = value
  }

  locate(path: Path, what?: 'key' | 'value'): Location {
    const places = path.length === 0 ? undefined : this.#places()
    if (places) return moved(places.locate(path, what), this.#line)
    return moved(new FileText(this.#path, this.#text).locate({ start: 0, end: 1 }), this.#line)
  }

  textAt(path: Path): SourceText {
    let text: unknown = this.value
    for (const step of path) text = (text as Record<string | number, unknown>)[step]
    return {
      path: this.#path,
      text: String(text),
      locate: (span: Span) => {
        const places = this.#places()
        return places ? moved(places.textAt(path).locate(span), this.#line) : this.locate(path)
      },
    }
  }

  #places(): YamlDocument | undefined {
    try {
      return readYaml(new FileText(this.#path, this.#text))
    } catch {
      // More or deeper values than the YAML reader takes: the line is place enough.
      return undefined
    }
  }
}

function moved(location: Location, line: number): Location {
  const { sourceLine, ...rest } = location
  const shown = sourceLine !== undefined && sourceLine.length <= LONGEST_SHOWN ? { sourceLine } : {}
  return { ...rest, line, ...shown }
}
