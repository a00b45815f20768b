// etc/sources/httppush.yaml in; the push listener and the properties of httppush streams out (spec/http-push.md 1, 2).

import type { HttpPushConfig, ListenerConfig } from '../catalog/catalog.ts'
import type { SourceProperties } from '../catalog/definition.ts'
import { didYouMean, UserError } from '../core/errors.ts'
import type { FileText } from '../core/location.ts'
import { type Environment, readOverrides } from './environment.ts'
import { openConfig } from './open.ts'
import { check } from './validate.ts'
import type { ConfigDocument, Path } from './yaml.ts'

export const HTTPPUSH_PATH = 'etc/sources/httppush.yaml'

const BUILT_IN = {
  method: 'POST',
  bufferLength: 1024,
  maxBodyBytes: 1024 * 1024,
  bufferBytes: 16 * 1024 * 1024,
} as const

/** What a fault hurts: the listener, one section (`default` is under all of them), or the whole file. */
export type HttpPushScope = 'file' | 'listener' | `section:${string}`
export interface HttpPushError {
  readonly scope: HttpPushScope
  readonly error: UserError
}

export interface HttpPushResult {
  readonly config: HttpPushConfig
  readonly errors: readonly HttpPushError[]
  readonly warnings: readonly UserError[]
}

interface Section {
  readonly properties: SourceProperties
  readonly errors: readonly UserError[]
}

/** @param file undefined: the file is missing, so all defaults hold */
export function readHttpPush(file: FileText | undefined, env: Environment = {}): HttpPushResult {
  const overrides = [
    ...readOverrides(env, 'KUIPER').filter(override => isListener(override.segments)),
    ...readOverrides(env, 'HTTPPUSH'),
    ...readOverrides(env, 'SLUICE').filter(override => isListener(override.segments)),
  ]
  const opened = openConfig('httppush', HTTPPUSH_PATH, file, overrides, env)
  const warnings = [...opened.warnings]
  if (!opened.document) return broken(opened.errors, warnings)
  const document = withoutServerMistake(opened.document, warnings)
  const value = document.value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return broken(check('httppush', document), warnings)
  }
  const errors: HttpPushError[] = []
  const own = (name: string) => opened.errors.filter((_, i) => opened.failed[i]?.[0] === name)
  const listenerErrors = faults('listener', document, ['source'], own('source'), opened.failed)
  errors.push(...listenerErrors.map(error => ({ scope: 'listener', error }) as const))
  const sections = new Map<string, Section>()
  for (const [name, properties] of Object.entries(value)) {
    if (name === 'source') continue
    const scope = `section:${name.toLowerCase()}` as const
    const found = faults('section', document, [name], own(name), opened.failed)
    if (sections.has(name.toLowerCase())) found.push(twice(name, document))
    sections.set(name.toLowerCase(), { properties: { ...properties }, errors: found })
    errors.push(...found.map(error => ({ scope, error })))
  }
  const listener = listenerErrors.length > 0 ? undefined : listenerOf((value as { source?: unknown }).source)
  return { config: new Config(listener, sections), errors, warnings }
}

function isListener(segments: readonly string[]): boolean {
  return segments[0]?.toUpperCase() === 'SOURCE'
}

/** The schema's complaints, without those about the null that a failed reference left behind. */
function faults(
  part: 'listener' | 'section',
  document: ConfigDocument,
  at: Path,
  references: readonly UserError[],
  failed: readonly Path[],
): UserError[] {
  const hidden = new Set(failed.map(path => placeKey(document.locate(path))))
  if (!Object.hasOwn(document.value as object, at[0]!)) return []
  const found = check('httppush', document, { at, part: `/$defs/${part}` })
  return [...references, ...found.filter(error => !error.location || !hidden.has(placeKey(error.location)))]
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

/**
 * eKuiper's manual shows `server: "PUT"` where `method` is meant (spec/http-push.md 2.2). People have copied it, so it
 * means what they meant, with one warning.
 */
function withoutServerMistake(document: ConfigDocument, warnings: UserError[]): ConfigDocument {
  const sections = document.value as Record<string, unknown>
  if (typeof sections !== 'object' || sections === null || Array.isArray(sections)) return document
  const mended: Record<string, unknown> = { ...sections }
  for (const [name, section] of Object.entries(sections)) {
    if (name === 'source' || typeof section !== 'object' || section === null) continue
    const { server, ...rest } = section as Record<string, unknown>
    if (typeof server !== 'string' || !/^(?:post|put)$/i.test(server)) continue
    warnings.push(
      new UserError({
        code: 'CONFIG_UNKNOWN_KEY',
        what: `The key "server" means nothing in "${name}"; it is read as "method".`,
        why: "It is a mistake in eKuiper's manual.",
        fix: `Write method: "${server.toUpperCase()}".`,
        location: document.locate([name, 'server'], 'key'),
      }),
    )
    mended[name] = { method: server, ...rest }
  }
  return {
    value: mended,
    // A `method` that was never written stands where `server` stands.
    locate: (path, what) => document.locate(path, what),
    shown: path => document.shown?.(path),
  }
}

function listenerOf(source: unknown): ListenerConfig {
  const given = (source ?? {}) as {
    httpServerIp?: string
    httpServerPort?: number
    httpServerTls?: { certfile: string; keyfile: string } | null
  }
  return {
    ip: given.httpServerIp ?? '0.0.0.0',
    port: given.httpServerPort ?? 10081,
    ...(given.httpServerTls
      ? { tls: { certFile: given.httpServerTls.certfile, keyFile: given.httpServerTls.keyfile } }
      : {}),
  }
}

class Config implements HttpPushConfig {
  readonly listener: ListenerConfig | undefined
  readonly #sections: ReadonlyMap<string, Section>

  constructor(listener: ListenerConfig | undefined, sections: ReadonlyMap<string, Section>) {
    this.listener = listener
    this.#sections = sections
  }

  get sections(): readonly string[] {
    return [...this.#sections.keys()].filter(name => name !== 'default')
  }

  sectionFor(name?: string): { properties: SourceProperties; errors: UserError[]; warnings: UserError[] } {
    const base = this.#sections.get('default')
    const named = name === undefined ? undefined : this.#sections.get(name.toLowerCase())
    const warnings: UserError[] = []
    if (name !== undefined && !named) {
      warnings.push(
        new UserError({
          code: 'CONFIG_VALUE',
          what: `${HTTPPUSH_PATH} has no section "${name}": only "default" applies.`,
          ...(this.sections.length === 0 ? {} : { why: `It has ${this.sections.join(', ')}.` }),
          fix: didYouMean(name, this.sections) ?? 'Add the section, or leave CONF_KEY out.',
        }),
      )
    }
    const properties: Record<string, unknown> = { ...BUILT_IN, ...base?.properties, ...named?.properties }
    if (typeof properties['method'] === 'string') properties['method'] = properties['method'].toUpperCase()
    return { properties, errors: [...(base?.errors ?? []), ...(named?.errors ?? [])], warnings }
  }
}

/** A file that cannot be understood at all: whoever needs it keeps its last good version. */
function broken(errors: readonly UserError[], warnings: readonly UserError[]): HttpPushResult {
  const config: HttpPushConfig = {
    listener: undefined,
    sections: [],
    sectionFor: () => ({ properties: { ...BUILT_IN }, errors: [...errors], warnings: [] }),
  }
  return { config, errors: errors.map(error => ({ scope: 'file', error })), warnings }
}
