// One opened file of etc/sources in; its sections, each checked apart, out (spec/http-push.md 2).

import type { SourceSections } from '../catalog/catalog.ts'
import type { SourceProperties } from '../catalog/definition.ts'
import { didYouMean, UserError } from '../core/errors.ts'
import type { OpenedConfig } from './open.ts'
import { check, type SchemaName } from './validate.ts'
import type { ConfigDocument, Path } from './yaml.ts'

export interface Section {
  readonly properties: SourceProperties
  readonly errors: readonly UserError[]
}

/** How the sections of one type are read. */
export interface SectionRules {
  readonly schema: SchemaName
  /** the part of the schema that a section obeys: `/$defs/section` */
  readonly part: string
  /** relative to the root folder */
  readonly path: string
  readonly builtIn: SourceProperties
  /** the one spelling of what may be spelled in several ways; asked for each layer by itself */
  normalise(properties: SourceProperties): SourceProperties
}

/**
 * Every key of the document but those in `except` is a section. A fault hurts its own section only.
 * @param document the opened one, or what a reader made of it
 */
export function readSections(
  document: ConfigDocument,
  opened: OpenedConfig,
  rules: SectionRules,
  except: readonly string[] = [],
): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>()
  for (const [name, properties] of Object.entries(document.value as object)) {
    if (except.includes(name)) continue
    const lower = name.toLowerCase()
    const other = sections.get(lower)
    const errors = [...(other?.errors ?? []), ...faultsAt([name], document, opened, rules.schema, rules.part)]
    if (other) errors.push(twice(name, document))
    sections.set(lower, { properties: { ...(properties as object | null) }, errors })
  }
  return sections
}

/** The schema's complaints about one part, without those about the null that a failed reference left behind. */
export function faultsAt(
  at: Path,
  document: ConfigDocument,
  opened: OpenedConfig,
  schema: SchemaName,
  part: string,
): UserError[] {
  if (!Object.hasOwn(document.value as object, at[0]!)) return []
  const references = opened.errors.filter((_, i) => opened.failed[i]?.[0] === at[0])
  const hidden = new Set(opened.failed.map(path => placeKey(document.locate(path))))
  const found = check(schema, document, { at, part })
  return [...references, ...found.filter(error => !error.location || !hidden.has(placeKey(error.location)))]
}

export class Sections implements SourceSections {
  readonly path: string
  readonly #rules: SectionRules
  readonly #sections: ReadonlyMap<string, Section>
  readonly #broken: readonly UserError[]

  /** @param broken why the whole file cannot be understood: whoever needs it keeps its last good version */
  constructor(rules: SectionRules, sections: ReadonlyMap<string, Section>, broken: readonly UserError[] = []) {
    this.path = rules.path
    this.#rules = rules
    this.#sections = sections
    this.#broken = broken
  }

  get sections(): readonly string[] {
    return [...this.#sections.keys()].filter(name => name !== 'default')
  }

  sectionFor(name?: string): { properties: SourceProperties; errors: UserError[]; warnings: UserError[] } {
    const { builtIn } = this.#rules
    if (this.#broken.length > 0) return { properties: { ...builtIn }, errors: [...this.#broken], warnings: [] }
    const base = this.#sections.get('default')
    const named = name === undefined ? undefined : this.#sections.get(name.toLowerCase())
    const layers = [base, named].map(section => this.#rules.normalise(section?.properties ?? {}))
    return {
      properties: layers.reduce(layOver, builtIn),
      errors: [...(base?.errors ?? []), ...(named?.errors ?? [])],
      warnings: name === undefined || named ? [] : [this.#missing(name)],
    }
  }

  #missing(name: string): UserError {
    return new UserError({
      code: 'CONFIG_VALUE',
      what: `${this.path} has no section "${name}": only "default" applies.`,
      ...(this.sections.length === 0 ? {} : { why: `It has ${this.sections.join(', ')}.` }),
      fix: didYouMean(name, this.sections) ?? 'Add the section, or leave CONF_KEY out.',
    })
  }
}

/** The upper layer's keys win; a block (`lookup:`) is laid over key by key, so that one of its keys can be changed. */
export function layOver(lower: SourceProperties, upper: SourceProperties): SourceProperties {
  const laid: Record<string, unknown> = { ...lower }
  for (const [key, value] of Object.entries(upper)) {
    const below = laid[key]
    laid[key] = isBlock(value) && isBlock(below) ? layOver(below, value) : value
  }
  return laid
}

function isBlock(value: unknown): value is SourceProperties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function placeKey(location: { path: string; line: number; column: number }): string {
  return `${location.path}:${location.line}:${location.column}`
}

function twice(name: string, document: ConfigDocument): UserError {
  return new UserError({
    code: 'CONFIG_VALUE',
    what: `There is another section "${name.toLowerCase()}": names are compared without case.`,
    fix: 'Keep one of them, or give it another name.',
    location: document.locate([name], 'key'),
  })
}
