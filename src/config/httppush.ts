// etc/sources/httppush.yaml in; the push listener and the properties of httppush streams out (spec/http-push.md 1, 2).

import type { HttpPushConfig, ListenerConfig } from '../catalog/catalog.ts'
import type { SourceProperties } from '../catalog/definition.ts'
import { UserError } from '../core/errors.ts'
import type { FileText } from '../core/location.ts'
import { type Environment, readOverrides } from './environment.ts'
import { openConfig } from './open.ts'
import { faultsAt, readSections, type SectionRules, Sections } from './sections.ts'
import { check } from './validate.ts'
import type { ConfigDocument } from './yaml.ts'

export const HTTPPUSH_PATH = 'etc/sources/httppush.yaml'

export const HTTPPUSH_RULES: SectionRules = {
  schema: 'httppush',
  part: '/$defs/section',
  path: HTTPPUSH_PATH,
  builtIn: { method: 'POST', bufferLength: 1024, maxBodyBytes: 1024 * 1024, bufferBytes: 16 * 1024 * 1024 },
  normalise: properties => {
    const { method } = properties
    return typeof method === 'string' ? { ...properties, method: method.toUpperCase() } : properties
  },
}

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
  const listenerErrors = faultsAt(['source'], document, opened, 'httppush', '/$defs/listener')
  const sections = readSections(document, opened, HTTPPUSH_RULES, ['source'])
  const errors: HttpPushError[] = [
    ...listenerErrors.map(error => ({ scope: 'listener', error }) as const),
    ...[...sections].flatMap(([name, { errors }]) =>
      errors.map(error => ({ scope: `section:${name}`, error }) as const),
    ),
  ]
  const listener = listenerErrors.length > 0 ? undefined : listenerOf((value as { source?: unknown }).source)
  return { config: new Config(listener, new Sections(HTTPPUSH_RULES, sections)), errors, warnings }
}

function isListener(segments: readonly string[]): boolean {
  return segments[0]?.toUpperCase() === 'SOURCE'
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
  readonly path = HTTPPUSH_PATH
  readonly listener: ListenerConfig | undefined
  readonly #sections: Sections

  constructor(listener: ListenerConfig | undefined, sections: Sections) {
    this.listener = listener
    this.#sections = sections
  }

  get sections(): readonly string[] {
    return this.#sections.sections
  }

  sectionFor(name?: string): { properties: SourceProperties; errors: UserError[]; warnings: UserError[] } {
    return this.#sections.sectionFor(name)
  }
}

/** A file that cannot be understood at all: whoever needs it keeps its last good version. */
function broken(errors: readonly UserError[], warnings: readonly UserError[]): HttpPushResult {
  const config = new Config(undefined, new Sections(HTTPPUSH_RULES, new Map(), errors))
  return { config, errors: errors.map(error => ({ scope: 'file', error })), warnings }
}
