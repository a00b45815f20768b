// A function's name and argument values in, its result out: what the compiler does with a call, null rule included.

import { isArray, isStruct, type Value } from '../../src/core/value.ts'
import { checkArguments, findDoubts } from '../../src/functions/check.ts'
import type { Argument, FunctionContext, FunctionDefinition } from '../../src/functions/definition.ts'

export const NOW = Date.UTC(2026, 6, 27, 1, 30, 0, 250)

export function contextIn(zone: string): FunctionContext {
  return { now: () => NOW, zone, ruleId: 'rule1', ruleStart: 0, property: () => undefined }
}

/** The definitions under test; an alias finds its function as well. */
export class Functions {
  readonly #byName = new Map<string, FunctionDefinition>()

  constructor(...families: readonly (readonly FunctionDefinition[])[]) {
    for (const definition of families.flat()) {
      for (const name of [definition.name, ...(definition.aliases ?? [])]) this.#byName.set(name, definition)
    }
  }

  find = (name: string): FunctionDefinition | undefined => this.#byName.get(name)

  call(name: string, args: readonly Value[], zone = 'UTC'): Value {
    const definition = this.find(name)
    if (definition?.kind !== 'scalar') throw new Error(`no scalar function ${name}`)
    if (definition.nulls !== 'own' && args.some(isVoid)) {
      return definition.nulls === 'null' ? null : definition.nulls === 'false' ? false : 0n
    }
    return definition.callWith ? definition.callWith(contextIn(zone), ...args) : definition.call!(...args)
  }

  /** What compiling a call says; `undefined` as an argument stands for a column. */
  check(name: string, args: readonly (Argument['value'] | undefined)[]): string | undefined {
    const definition = this.find(name)
    if (!definition) throw new Error(`no function ${name}`)
    return checkArguments(definition, args.map(argument))
  }

  /** What its author is warned of; arguments as for `check`. */
  doubts(name: string, args: readonly (Argument['value'] | undefined)[]): readonly string[] {
    const definition = this.find(name)
    if (!definition) throw new Error(`no function ${name}`)
    return findDoubts(definition, args.map(argument)).map(({ what }) => what)
  }
}

function argument(value: Argument['value'] | undefined): Argument {
  return value === undefined ? { form: 'column' } : { form: 'literal', value }
}

function isVoid(value: Value): boolean {
  if (value === null) return true
  return isArray(value) ? value.length === 0 : isStruct(value) && Object.keys(value).length === 0
}
