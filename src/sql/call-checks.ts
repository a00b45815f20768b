// A call as it was written in, the function that it calls out, or what is wrong with it before anything in it is bound
// (spec/functions.md 2).

import type { UserError } from '../core/errors.ts'
import { findArgumentFault, findDoubts } from '../functions/check.ts'
import type { FunctionDefinition } from '../functions/definition.ts'
import { lookup } from '../functions/registry.ts'
import { adviceFor } from '../functions/strangers.ts'
import { argumentForm } from './argument-form.ts'
import type { CallExpression } from './ast.ts'
import type { Fault } from './scope.ts'

export type CallableFunction = Exclude<FunctionDefinition, { kind: 'refused' }>

/** @throws {UserError} when there is none, or name, OVER, FILTER or arguments do not fit it */
export function definitionOf(call: CallExpression, fault: Fault): CallableFunction {
  const definition = lookup(call.name)
  if (!definition) {
    const what = `There is no function "${call.name}".`
    throw fault.error('SQL_UNKNOWN_FUNCTION', call.nameSpan, what, adviceFor(call.name))
  }
  if (definition.kind === 'refused') {
    throw fault.error('SQL_NOT_BUILT', call.nameSpan, `The function ${call.name} is not available.`, {
      why: definition.why,
    })
  }
  checkOver(call, definition, fault)
  if (call.filter && definition.kind !== 'aggregate') {
    throw fault.error('SQL_SYNTAX', call.filter.span, `FILTER cannot follow ${call.name}().`, {
      why: 'Only aggregates choose among the rows of a group.',
    })
  }
  const wrong = findArgumentFault(definition, call.arguments.map(argumentForm))
  if (wrong) {
    const span = wrong.index === undefined ? call.span : call.arguments[wrong.index]!.span
    throw fault.error('SQL_ARGUMENT', span, `${call.name}: ${wrong.what}`, { fix: wrong.fix })
  }
  return definition
}

function checkOver({ name, over }: CallExpression, definition: CallableFunction, fault: Fault): void {
  if (!over) return
  const isNumbering = definition.kind === 'intrinsic' && definition.role === 'numbering'
  if (definition.kind !== 'analytic' && !isNumbering) {
    throw fault.error('SQL_SYNTAX', over.span, `OVER cannot follow ${name}().`, {
      why: 'Only analytic functions (lag, latest, changed_col …) and row_number take OVER.',
    })
  }
  if (definition.kind === 'analytic' && over.orderBy.length > 0) {
    throw fault.error('SQL_SYNTAX', over.span, `OVER (ORDER BY …) cannot follow ${name}().`, {
      why: 'Analytic functions see the rows as they arrive, in no other order.',
      fix: 'Leave ORDER BY out.',
    })
  }
  if (over.when && definition.kind !== 'analytic') {
    throw fault.error('SQL_SYNTAX', over.when.span, `OVER (WHEN …) cannot follow ${name}().`, {
      fix: 'Number fewer rows with WHERE, or with FILTER (WHERE …) behind the window.',
    })
  }
}

/** Warnings: literals of the right kind, with which the call can only fail. */
export function doubtsOf(call: CallExpression, definition: CallableFunction, fault: Fault): UserError[] {
  return findDoubts(definition, call.arguments.map(argumentForm)).map(({ what, index }) => {
    const sentence = /[.!?…]$/.test(what) ? what : `${what}.`
    const why = 'The call fails on every row.'
    return fault.error('SQL_ARGUMENT', call.arguments[index]!.span, `${call.name}: ${sentence}`, { why })
  })
}
