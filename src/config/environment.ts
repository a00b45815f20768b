// Environment variables in, a document with their values laid over the file's out (spec/rules-and-sinks.md 11.1).

import { nearest, UserError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { type Schema, subschema } from './validate.ts'
import type { ConfigDocument, Path } from './yaml.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** One variable: `HTTPPUSH__DEFAULT__METHOD=PUT` leads to `['DEFAULT', 'METHOD']`. */
export interface Override {
  readonly variable: string
  readonly segments: readonly string[]
  readonly text: string
}

/**
 * The variables of one file, by name. The prefix is the file's whole name: `HTTPPUSHX__…` is none of `HTTPPUSH`.
 * @param prefix upper case, without underscores
 */
export function readOverrides(env: Environment, prefix: string): Override[] {
  const found: Override[] = []
  for (const variable of Object.keys(env).sort()) {
    const [file, ...segments] = variable.split('__')
    const text = env[variable]
    if (file?.toUpperCase() !== prefix || segments.length === 0 || text === undefined) continue
    found.push({ variable, segments, text })
  }
  return found
}

/**
 * Lays variables over a document, later ones over earlier ones. Errors about their values name the variable as place.
 * @returns warnings: variables that name no key
 */
export function overlay(
  document: ConfigDocument,
  overrides: readonly Override[],
  schema: Schema,
): { document: ConfigDocument; warnings: UserError[] } {
  if (overrides.length === 0) return { document, warnings: [] }
  const warnings: UserError[] = []
  const value: unknown = structuredClone(document.value) ?? {}
  const places = new Map<string, Location>()
  for (const override of overrides) {
    const location = { path: `$${override.variable}`, line: 1, column: 1 }
    const path = isBlock(value) ? apply(value, override, schema) : []
    if (Array.isArray(path)) {
      places.set(pathKey(path), location)
    } else {
      const what = `The variable ${override.variable} sets nothing: there is no key "${path.segment}".`
      warnings.push(new UserError({ code: 'CONFIG_UNKNOWN_KEY', what, fix: path.fix, location }))
    }
  }
  return { document: new OverlaidDocument(document, value, places), warnings }
}

class OverlaidDocument implements ConfigDocument {
  readonly value: unknown
  readonly #base: ConfigDocument
  readonly #places: ReadonlyMap<string, Location>

  constructor(base: ConfigDocument, value: unknown, places: ReadonlyMap<string, Location>) {
    this.#base = base
    this.value = value
    this.#places = places
  }

  locate(path: Path, what?: 'key' | 'value'): Location {
    for (let length = path.length; length > 0; length--) {
      const location = this.#places.get(pathKey(path.slice(0, length)))
      if (location) return location
    }
    return this.#base.locate(path, what)
  }

  shown(path: Path): string | undefined {
    return this.#base.shown?.(path)
  }
}

function pathKey(path: Path): string {
  return path.join('\0')
}

/** A part of a variable's name that leads nowhere. */
interface UnknownSegment {
  readonly segment: string
  readonly fix: string
}

/** @returns the path that was set, or why none was */
function apply(root: Record<string, unknown>, override: Override, schema: Schema): string[] | UnknownSegment {
  const path: string[] = []
  let here = root
  let hereSchema = schema
  for (const [i, segment] of override.segments.entries()) {
    const properties = (hereSchema['properties'] ?? {}) as Readonly<Record<string, Schema>>
    const known = Object.keys(properties)
    const match = [...Object.keys(here), ...known].find(key => key.toLowerCase() === segment.toLowerCase())
    const key = match ?? segment.toLowerCase()
    const next = subschema(hereSchema, key)
    if (!next || segment === '') {
      const built = known.filter(name => properties[name]?.['notBuilt'] !== true)
      return unknownKey(override, i, built)
    }
    path.push(key)
    hereSchema = next
    if (i === override.segments.length - 1) {
      set(here, key, next['type'] === 'string' ? override.text : typedByForm(override.text))
      continue
    }
    if (!isBlock(here[key])) set(here, key, {})
    here = here[key] as Record<string, unknown>
  }
  return path
}

function unknownKey(override: Override, at: number, known: readonly string[]): UnknownSegment {
  const parts = override.variable.split('__')
  const near = nearest(override.segments[at]!, known)
  const meant = near && [...parts.slice(0, at + 1), near.toUpperCase(), ...parts.slice(at + 2)].join('__')
  const fix = meant ? `Did you mean ${meant}?` : `Known keys here: ${known.join(', ')}.`
  return { segment: override.segments[at]!, fix }
}

/** `[a,b]` is a list, then integer, float, true and false; all else is text. */
export function typedByForm(text: string): unknown {
  const trimmed = text.trim()
  if (trimmed.startsWith('[') && trimmed.endsWith(']')) {
    const inner = trimmed.slice(1, -1).trim()
    return inner === '' ? [] : inner.split(',').map(item => typedByForm(item.trim()))
  }
  if (/^[-+]?\d+$/.test(trimmed) && Number.isSafeInteger(Number(trimmed))) return Number(trimmed)
  if (/^[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(trimmed)) return Number(trimmed)
  if (/^(?:true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true'
  return text
}

function isBlock(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function set(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}
