// `${env:NAME}` and `${file:/run/secrets/x}` in text values: what they stand for, as late as possible.

import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { UserError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { type Environment, typedByForm } from './environment.ts'
import { type Schema, subschema } from './validate.ts'
import type { ConfigDocument, Path } from './yaml.ts'

/** What a reference stands for, or an error that says why not. Never throws. */
export type LookUp = (kind: 'env' | 'file', name: string) => string | UserError

/** `$${env:X}` is the plain text `${env:X}`. */
const REFERENCE = /\$?\$\{(env|file):([^{}]*)\}/g
const LARGEST_SECRET_BYTES = 64 * 1024

/** Look-ups in an environment and on the disk. One trailing line break of a file is not part of the secret. */
export function makeLookUp(env: Environment): LookUp {
  return (kind, name) => {
    if (kind === 'file') return readSecret(name)
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    return (
      value ?? unresolved(`The environment variable "${name}" is not set.`, 'Set it for the process, or mend the name.')
    )
  }
}

const SECRET_FIX = 'Mount the secret there, readable for the process, or mend the path.'

function readSecret(path: string): string | UserError {
  if (!isAbsolute(path))
    return unresolved(`The path "${path}" in a file reference must be absolute.`, 'Write ${file:/run/secrets/NAME}.')
  try {
    const stats = statSync(path)
    if (!stats.isFile()) return unresolved(`"${path}" is not a file.`, SECRET_FIX)
    if (stats.size > LARGEST_SECRET_BYTES)
      return unresolved(`"${path}" is larger than 64 KiB.`, 'A secret is one short text: name its own file.')
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error'
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read by uid ${process.getuid?.() ?? '?'} (${code})`
    return unresolved(`The file "${path}" ${why}.`, SECRET_FIX)
  }
}

function unresolved(what: string, fix: string): UserError {
  return new UserError({ code: 'CONFIG_REFERENCE', what, fix })
}

export function hasReference(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${env:') || value.includes('${file:')
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(hasReference)
}

/**
 * A copy of the value with every reference replaced; the value itself when it has none.
 * @throws {UserError} CONFIG_REFERENCE at the first that cannot be resolved
 */
export function resolveReferences<T>(value: T, lookUp: LookUp): T {
  if (!hasReference(value)) return value
  return mapTexts(value, [], text => resolveText(text, lookUp)) as T
}

/**
 * Checks every reference of a value and condenses what they stand for, so that a rotated secret is a change.
 * @returns fingerprint: '' without references; a hash from which no secret can be read back otherwise
 */
export function checkReferences(
  value: unknown,
  lookUp: LookUp,
  locate: (path: Path) => Location,
): { fingerprint: string; errors: UserError[] } {
  const errors: UserError[] = []
  if (!hasReference(value)) return { fingerprint: '', errors }
  const hash = createHash('sha256')
  mapTexts(value, [], (text, path) => {
    try {
      if (hasReference(text)) hash.update(`${path.join('\0')}\0${resolveText(text, lookUp)}\0`)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      errors.push(error.at(locate(path)))
    }
    return text
  })
  return { fingerprint: hash.digest('hex'), errors }
}

/**
 * The document with its references replaced. A value that is one reference and nothing else is typed by its form,
 * so that `httpServerPort: ${env:PORT}` is a number; where the schema wants a text it stays one, whatever digits a
 * password is made of. A reference that fails leaves null behind, and an error.
 */
export function resolveDocument(
  document: ConfigDocument,
  lookUp: LookUp,
  schema: Schema,
): { document: ConfigDocument; errors: UserError[]; failed: Path[] } {
  const errors: UserError[] = []
  const failed: Path[] = []
  if (!hasReference(document.value)) return { document, errors, failed }
  const shown = new Map<string, string>()
  const value = mapTexts(document.value, [], (text, path) => {
    if (!hasReference(text)) return text
    shown.set(path.join('\0'), JSON.stringify(text))
    try {
      const resolved = resolveText(text, lookUp)
      return /^\$\{[^{}]*\}$/.test(text) && !isText(path, schema) ? typedByForm(resolved) : resolved
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      errors.push(error.at(document.locate(path)))
      failed.push(path)
      return null
    }
  })
  const resolved: ConfigDocument = {
    value,
    locate: (path, what) => document.locate(path, what),
    shown: path => shown.get(path.join('\0')) ?? document.shown?.(path),
  }
  return { document: resolved, errors, failed }
}

function isText(path: Path, schema: Schema): boolean {
  const here = path.reduce<Schema | undefined>((above, step) => above && subschema(above, String(step)), schema)
  return here?.['type'] === 'string'
}

function resolveText(text: string, lookUp: LookUp): string {
  return text.replace(REFERENCE, (whole: string, kind: 'env' | 'file', name: string) => {
    if (whole.startsWith('$$')) return whole.slice(1)
    const value = lookUp(kind, name)
    if (typeof value === 'string') return value
    throw value
  })
}

function mapTexts(value: unknown, path: Path, change: (text: string, path: Path) => unknown): unknown {
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) return value.map((item, i) => mapTexts(item, [...path, i], change))
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const mapped = mapTexts(item, [...path, key], change)
    Object.defineProperty(copy, key, { value: mapped, enumerable: true, configurable: true, writable: true })
  }
  return copy
}

/**
 * The properties that `props()` and the template function `prop` read: `SLUICE_PROPS_SITE`, else `KUIPER_PROPS_SITE`.
 * @returns look-up by name, in any case; undefined for an unknown name
 */
export function makeProperties(env: Environment): (name: string) => string | undefined {
  const found = new Map<string, string>()
  for (const prefix of ['KUIPER_PROPS_', 'SLUICE_PROPS_']) {
    for (const [variable, value] of Object.entries(env)) {
      if (value !== undefined && variable.startsWith(prefix))
        found.set(variable.slice(prefix.length).toLowerCase(), value)
    }
  }
  return name => found.get(name.toLowerCase())
}
