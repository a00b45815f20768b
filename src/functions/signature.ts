// A function definition in, how a call of it is written out: for its page and for errors.

import type { FunctionDefinition, Parameter } from './definition.ts'

/**
 * @param textOf how one parameter is written; default: its name
 * @returns `lag(x [, offset [, default [, ignoreNull]]])`
 */
export function signature(definition: FunctionDefinition, textOf: (parameter: Parameter) => string = nameOf): string {
  const { name, parameters } = definition
  const optional = parameters.filter(parameter => parameter.optional).map(textOf)
  let list = parameters
    .filter(parameter => !parameter.optional)
    .map(textOf)
    .join(', ')
  // Nested, as each may stand only when the one before it does.
  for (const text of optional) list += list === '' ? `[${text}` : ` [, ${text}`
  return `${name}(${list}${']'.repeat(optional.length)})`
}

function nameOf(parameter: Parameter): string {
  return parameter.variadic ? `${parameter.name}, …` : parameter.name
}
