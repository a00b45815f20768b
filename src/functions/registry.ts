// Every function that SQL may name, in one explicit list, and the look-up by name.

import { aggregateFunctions } from './aggregate.ts'
import { aggregateListFunctions } from './aggregate-lists.ts'
import type { FunctionDefinition } from './definition.ts'
import { mathFunctions } from './math.ts'
import { stringFunctions } from './string.ts'

/** In the order of the documentation. */
export const allFunctions: readonly FunctionDefinition[] = [
  ...mathFunctions,
  ...stringFunctions,
  ...aggregateFunctions,
  ...aggregateListFunctions,
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
