// A YAML or JSON file in, its value out, with the place of every key and value. The only file that imports js-yaml.

import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml'
import { UserError } from '../core/errors.ts'
import type { FileText, Location, SourceText, Span } from '../core/location.ts'
import { embed } from './scalar-text.ts'
import { explainSyntax } from './yaml-fault.ts'

export type Path = readonly (string | number)[]

/** What a reader of configuration needs: a value, and where each part of it was written. */
export interface ConfigDocument {
  /** plain objects, arrays, text, numbers, booleans, null; null for an empty file */
  readonly value: unknown
  /** the place of a key or value; of its nearest existing parent when the path leads nowhere */
  locate(path: Path, what?: 'key' | 'value'): Location
  /** how a value may be named in a message, when it must not be printed */
  shown?(path: Path): string | undefined
}

/** A scalar as it stands in the file. */
export interface WrittenScalar {
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded'
  /** the text with its quotes; of a block its lines, without the header */
  readonly span: Span
  readonly key: Span | undefined
  /** blanks before each line of a block; undefined elsewhere, and where a block is empty */
  readonly indent: number | undefined
  readonly isAnchored: boolean
}

export interface YamlDocument extends ConfigDocument {
  readonly file: FileText
  /** how the scalar at the path is written; undefined when there is none, or an alias stands in its place */
  writtenAt(path: Path): WrittenScalar | undefined
  /** the scalar at the path as a text that knows its place in the file */
  textAt(path: Path): SourceText
}

/** Aliases make a small file into a large tree ("billion laughs"); no configuration needs more nodes than this. */
const MOST_NODES = 100_000
const DEEPEST = 64

interface Place {
  readonly key: Span | undefined
  readonly value: Span
  readonly scalar: ScalarEvent | undefined
  readonly isAlias?: boolean
  children: Map<string | number, Place>
  /** nodes in this subtree, aliases counted as often as they stand */
  size: number
  open: boolean
}

/**
 * Reads one document. JSON is read by the same rules: it is YAML written in flow style.
 * @throws {UserError} CONFIG_SYNTAX with a place
 */
export function readYaml(file: FileText): YamlDocument {
  let events: Event[]
  let values: unknown[]
  try {
    events = parseEvents(file.text, { maxDepth: DEEPEST })
    values = constructFromEvents(events, { source: file.text, schema: CORE_SCHEMA })
  } catch (cause) {
    throw syntaxError(file, cause)
  }
  const second = events.findIndex((event, i) => i > 0 && event.type === EVENT_ID.DOCUMENT)
  if (second > 0) throw severalDocuments(file, events, second)
  const root = new PlaceReader(file, events).read()
  return new Document(file, values[0] ?? null, root)
}

class Document implements YamlDocument {
  readonly file: FileText
  readonly value: unknown
  readonly #root: Place

  constructor(file: FileText, value: unknown, root: Place) {
    this.file = file
    this.value = value
    this.#root = root
  }

  locate(path: Path, what: 'key' | 'value' = 'value'): Location {
    let place = this.#root
    for (const step of path) {
      const next = place.children.get(step)
      if (!next) return this.file.locate(place.key ?? place.value)
      place = next
    }
    return this.file.locate(what === 'key' ? (place.key ?? place.value) : place.value)
  }

  writtenAt(path: Path): WrittenScalar | undefined {
    const place = this.#placeAt(path)
    const scalar = place?.scalar
    if (!place || !scalar || place.isAlias || scalar.valueStart < 0) return undefined
    const style = STYLES[scalar.style]
    const quote = style === 'single' || style === 'double' ? 1 : 0
    return {
      style,
      span: { start: scalar.valueStart - quote, end: scalar.valueEnd + quote },
      key: place.key,
      indent: scalar.indent < 0 ? undefined : scalar.indent,
      isAnchored: scalar.anchorStart >= 0,
    }
  }

  textAt(path: Path): SourceText {
    const place = this.#placeAt(path)
    if (!place) throw new Error(`no value at ${path.join('.')}`)
    if (!place.scalar) throw new Error(`no scalar at ${path.join('.')}`)
    return embed(this.file, place.scalar, getScalarValue(this.file.text, place.scalar))
  }

  #placeAt(path: Path): Place | undefined {
    return path.reduce<Place | undefined>((place, step) => place?.children.get(step), this.#root)
  }
}

const STYLES = {
  [SCALAR_STYLE.PLAIN]: 'plain',
  [SCALAR_STYLE.SINGLE_QUOTED]: 'single',
  [SCALAR_STYLE.DOUBLE_QUOTED]: 'double',
  [SCALAR_STYLE.LITERAL_BLOCK]: 'literal',
  [SCALAR_STYLE.FOLDED_BLOCK]: 'folded',
} as const

/** Walks the events once more beside js-yaml's own construction, keeping what it throws away: the offsets. */
class PlaceReader {
  readonly #file: FileText
  readonly #events: readonly Event[]
  readonly #anchors = new Map<string, Place>()
  #at = 0

  constructor(file: FileText, events: readonly Event[]) {
    this.#file = file
    this.#events = events
  }

  read(): Place {
    const empty: Place = place(undefined, { start: 0, end: 0 }, undefined)
    if (this.#events.length === 0) return empty
    this.#at = 1
    const first = this.#events[1]
    return !first || first.type === EVENT_ID.POP ? empty : this.#node(undefined)
  }

  #node(key: Span | undefined): Place {
    const event = this.#events[this.#at++]!
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const fallback = key ?? { start: 0, end: 0 }
        const value = event.valueStart < 0 ? fallback : { start: event.valueStart, end: event.valueEnd }
        const scalar = place(key, visibleSpan(this.#file.text, event, value), event)
        this.#remember(event, scalar)
        return scalar
      }
      case EVENT_ID.ALIAS:
        return this.#alias(event.anchorStart, event.anchorEnd, key)
      case EVENT_ID.SEQUENCE:
        return this.#sequence(event, key)
      case EVENT_ID.MAPPING:
        return this.#mapping(event, key)
      default:
        throw new Error(`unexpected YAML event ${event.type}`)
    }
  }

  #sequence(event: SequenceEvent, key: Span | undefined): Place {
    const here = place(key, { start: event.start, end: event.start + 1 }, undefined)
    here.open = true
    this.#remember(event, here)
    for (let index = 0; this.#events[this.#at]!.type !== EVENT_ID.POP; index++) {
      this.#adopt(here, index, this.#node(undefined))
    }
    this.#at++
    here.open = false
    return here
  }

  #mapping(event: MappingEvent, key: Span | undefined): Place {
    const here = place(key, { start: event.start, end: event.start + 1 }, undefined)
    here.open = true
    this.#remember(event, here)
    while (this.#events[this.#at]!.type !== EVENT_ID.POP) {
      const keyPlace = this.#node(undefined)
      // js-yaml has refused mappings and lists as keys already; an alias as key keeps the anchored scalar's text.
      const name = keyPlace.scalar ? getScalarValue(this.#file.text, keyPlace.scalar) : ''
      this.#adopt(here, name, this.#node(keyPlace.value))
    }
    this.#at++
    here.open = false
    return here
  }

  #alias(start: number, end: number, key: Span | undefined): Place {
    const anchored = this.#anchors.get(this.#file.text.slice(start, end))
    const span = { start: start - 1, end }
    if (!anchored || anchored.open) {
      throw new UserError({
        code: 'CONFIG_SYNTAX',
        what: 'An alias refers to the value that it stands in.',
        fix: 'Write the value out.',
        location: this.#file.locate(span),
      })
    }
    return { ...anchored, key, value: span, isAlias: true }
  }

  #remember(event: { anchorStart: number; anchorEnd: number }, here: Place): void {
    if (event.anchorStart >= 0) this.#anchors.set(this.#file.text.slice(event.anchorStart, event.anchorEnd), here)
  }

  #adopt(parent: Place, step: string | number, child: Place): void {
    parent.children.set(step, child)
    parent.size += child.size
    if (parent.size <= MOST_NODES) return
    throw new UserError({
      code: 'CONFIG_SYNTAX',
      what: `The document has more than ${MOST_NODES} values once its aliases are followed.`,
      fix: 'Use fewer aliases, or split the file.',
      location: this.#file.locate(child.value),
    })
  }
}

function place(key: Span | undefined, value: Span, scalar: ScalarEvent | undefined): Place {
  return { key, value, scalar, children: new Map(), size: 1, open: false }
}

/** A block scalar's span begins with its indentation; a person looks for its first visible sign. */
function visibleSpan(text: string, event: ScalarEvent, span: Span): Span {
  if (event.indent < 0) return span
  const visible = text.slice(span.start, span.end).search(/\S/)
  return visible < 0 ? span : { start: span.start + visible, end: span.end }
}

function syntaxError(file: FileText, cause: unknown): UserError {
  const known = cause instanceof YAMLException
  const position = known ? (cause.mark?.position ?? 0) : 0
  const { what, fix, start } = explainSyntax(file.text, known ? cause.reason : 'it cannot be read', position)
  const word = /^[\w-]+/.exec(file.text.slice(start))?.[0] ?? ''
  return new UserError({
    code: 'CONFIG_SYNTAX',
    what: `Not valid ${/\.json$/i.test(file.path) ? 'JSON' : 'YAML'}: ${what}.`,
    ...(fix === undefined ? {} : { fix }),
    location: file.locate({ start, end: start + Math.max(1, word.length) }),
    cause,
  })
}

function severalDocuments(file: FileText, events: readonly Event[], second: number): UserError {
  // Document events carry no offset: the first value of the second document does.
  const next = events.slice(second).find(e => 'start' in e || ('valueStart' in e && e.valueStart >= 0))
  const start = next && 'start' in next ? next.start : next && 'valueStart' in next ? next.valueStart : file.text.length
  return new UserError({
    code: 'CONFIG_SYNTAX',
    what: 'The file holds more than one YAML document.',
    fix: 'Give each document a file of its own.',
    location: file.locate({ start, end: start + 1 }),
  })
}
