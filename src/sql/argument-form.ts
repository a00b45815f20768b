// An argument of a call in, what the checks of arguments may know of it out.

import type { Argument } from '../functions/definition.ts'
import type { Expression } from './ast.ts'

/** What the argument checks may know of an argument. */
export function argumentForm(expression: Expression): Argument {
  switch (expression.kind) {
    case 'literal':
      return { form: 'literal', value: expression.value }
    case 'wildcard':
      return { form: 'wildcard' }
    case 'column':
      return { form: 'column', name: expression.name }
    case 'field':
    case 'index':
      return argumentForm(expression.kind === 'field' ? expression.object : expression.array).form === 'column'
        ? { form: 'column' }
        : { form: 'other' }
    default:
      return { form: 'other' }
  }
}
