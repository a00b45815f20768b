// Writes the pages under docs/ that are printed from the registries. test/docs.test.ts fails while they differ.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { printFunctions } from '../src/functions/manual.ts'
import { allFunctions } from '../src/functions/registry.ts'
import { commonSchema } from '../src/sinks/delivery.ts'
import { printSinks } from '../src/sinks/manual.ts'
import { NOT_BUILT, sinkKinds } from '../src/sinks/registry.ts'
import { printErrors } from './error-page.ts'

const ROOT = join(import.meta.dirname, '..')

/** Every printed page by its path in the repository. */
export function docsPages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/functions.md', printFunctions(allFunctions)],
    ['docs/sinks.md', printSinks(sinkKinds(), commonSchema, NOT_BUILT)],
    ['docs/errors.md', printErrors(docsGoldens())],
  ])
}

/** What the goldens say that authors read, in the order of their paths. */
export function docsGoldens(): readonly string[] {
  const folder = join(ROOT, 'test', 'golden')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.includes('errors') && path.endsWith('.txt'))
    .sort()
    .map(path => readFileSync(join(folder, path), 'utf8'))
}

if (import.meta.main) {
  for (const [path, text] of docsPages()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), text)
  }
}
