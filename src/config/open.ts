// A configuration file, the environment and its references in, one document to read values from out.

import { UserError } from '../core/errors.ts'
import type { FileText } from '../core/location.ts'
import { type Environment, type Override, overlay } from './environment.ts'
import { makeLookUp, resolveDocument } from './references.ts'
import { type SchemaName, schemaOf } from './validate.ts'
import { type ConfigDocument, type Path, readYaml } from './yaml.ts'

export interface OpenedConfig {
  /** undefined: the file is no YAML, and `errors` says so */
  readonly document: ConfigDocument | undefined
  readonly errors: readonly UserError[]
  readonly warnings: readonly UserError[]
  /** values whose reference could not be resolved; their error is in `errors` */
  readonly failed: readonly Path[]
}

/** @param file undefined: the file is missing, so only the environment speaks */
export function openConfig(
  name: SchemaName,
  path: string,
  file: FileText | undefined,
  overrides: readonly Override[],
  env: Environment,
): OpenedConfig {
  let written: ConfigDocument
  try {
    written = file ? readYaml(file) : absent(path)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { document: undefined, errors: [error], warnings: [], failed: [] }
  }
  if (written.value === null) written = { ...absent(path), locate: written.locate.bind(written) }
  const laid = overlay(written, overrides, schemaOf(name))
  const resolved = resolveDocument(laid.document, makeLookUp(env), schemaOf(name))
  return { document: resolved.document, errors: resolved.errors, warnings: laid.warnings, failed: resolved.failed }
}

function absent(path: string): ConfigDocument {
  return { value: {}, locate: () => ({ path, line: 1, column: 1 }) }
}
