// array_map: the name of a function and an array in, the array of the results out.

import { didYouMean, RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import { stringOf } from './arguments.ts'
import { arrayOf } from './composites.ts'
import type { FunctionDefinition, ScalarFunction } from './definition.ts'

type Lookup = (name: string) => FunctionDefinition | undefined

let lookup: Lookup | undefined
let names: readonly string[] = []

/**
 * Tells array_map where functions are found by name. The registry calls this once when it is made: it imports the families,
 * so a family cannot import it.
 */
export function setFunctionLookup(find: Lookup, known: readonly string[]): void {
  lookup = find
  names = known
}

/** @returns the function, or a sentence that says why array_map cannot use it */
function elementFunction(name: string): ScalarFunction | string {
  if (!lookup) throw new Error('array_map was called before setFunctionLookup')
  const definition = name === name.toLowerCase() ? lookup(name) : undefined
  if (!definition) {
    const hint = didYouMean(name, names) ?? 'It takes the name of a scalar function, in small letters.'
    return `unknown built-in function: ${name.slice(0, 60)}. ${hint}`
  }
  const least = definition.parameters.filter(parameter => !parameter.optional).length
  if (definition.kind !== 'scalar' || definition.parameters.length === 0 || least > 1) {
    return `array_map takes a scalar function of one argument, which ${name} is not`
  }
  return definition.check?.([{ form: 'other' }]) ?? definition
}

function nameFault(fn: unknown): string | undefined {
  const found = elementFunction(String(fn))
  return typeof found === 'string' ? found : undefined
}

export const mapFunction: ScalarFunction = {
  kind: 'scalar',
  name: 'array_map',
  family: 'array',
  parameters: [
    { name: 'fn', kind: 'string', doubt: nameFault },
    { name: 'a', kind: 'array' },
  ],
  returns: 'array',
  summary:
    'The results of a scalar function for every element. fn is its name in small letters; one argument must be enough for it. It gets null elements as they are: functions of numbers fail on them, those of text take them as the empty text.',
  nulls: 'null',
  examples: [
    { sql: 'array_map("abs", a)', row: { a: [-1, 2] }, result: [1, 2] },
    { sql: 'array_map("upper", a)', row: { a: ['x', 'y'] }, result: ['X', 'Y'] },
    { sql: 'array_map("abs", a)', row: { a: [1, null] }, error: 'abs of null: Expect a number but got null' },
  ],
  callWith(context, name: Value, a: Value) {
    const fn = elementFunction(stringOf(name, 'the first argument'))
    if (typeof fn === 'string') throw new RowError(fn)
    const items = arrayOf(a, 'second argument')
    return items.map(item => {
      try {
        // No null check: what a null element gives is up to the function (spec/functions.md 10).
        return fn.callWith ? fn.callWith(context, item) : fn.call!(item)
      } catch (error) {
        if (error instanceof RowError) throw new RowError(`${fn.name} of ${describe(item)}: ${error.message}`)
        throw error
      }
    })
  },
}
