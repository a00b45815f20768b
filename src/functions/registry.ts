// Every function that SQL may name, in one explicit list, and the look-up by name.

import { accumulateFunctions } from './accumulate.ts'
import { aggregateFunctions } from './aggregate.ts'
import { aggregateListFunctions } from './aggregate-lists.ts'
import { analyticFunctions } from './analytic.ts'
import { arrayFunctions, setFunctionLookup } from './array.ts'
import { conversionFunctions } from './conversion.ts'
import { datetimeFunctions } from './datetime.ts'
import type { FunctionDefinition } from './definition.ts'
import { hashFunctions } from './hash.ts'
import { jsonFunctions } from './json.ts'
import { jsonPathFunctions } from './json-path-functions.ts'
import { mathFunctions } from './math.ts'
import { objectFunctions } from './object.ts'
import { otherFunctions } from './other.ts'
import { stringFunctions } from './string.ts'
import { windowFunctions } from './window.ts'

/** In the order of the documentation. */
export const allFunctions: readonly FunctionDefinition[] = [
  ...mathFunctions,
  ...stringFunctions,
  ...conversionFunctions,
  ...hashFunctions,
  ...jsonFunctions,
  ...jsonPathFunctions,
  ...datetimeFunctions,
  ...arrayFunctions,
  ...objectFunctions,
  ...otherFunctions,
  ...windowFunctions,
  ...aggregateFunctions,
  ...aggregateListFunctions,
  ...analyticFunctions,
  ...accumulateFunctions,
]

const byName = new Map<string, FunctionDefinition>()
for (const definition of allFunctions) {
  for (const name of [definition.name, ...(definition.aliases ?? [])]) {
    if (byName.has(name)) throw new Error(`two functions are called ${name}`)
    byName.set(name, definition)
  }
}
const names: readonly string[] = [...byName.keys()]

/** @param name in any case, an alias as well */
export function lookup(name: string): FunctionDefinition | undefined {
  return byName.get(name.toLowerCase())
}

/** All names, aliases included, for "did you mean". */
export function functionNames(): readonly string[] {
  return names
}

setFunctionLookup(lookup, names)
