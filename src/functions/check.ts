// A definition and the arguments of a call in, the first thing wrong with them out: what can be told before any row is seen.

import type { Argument, FunctionDefinition, Parameter, ParameterKind } from './definition.ts'
import { signature } from './signature.ts'

/** What is wrong with a call, one sentence, and how it is mended. */
export interface ArgumentFault {
  readonly what: string
  readonly fix: string
  /** which argument, from 0; undefined: the call as a whole */
  readonly index?: number
}

/**
 * Checks a call at compile time: number of arguments, kinds of literals, where `*` may stand, then the definition's own check.
 * @see spec/functions.md 2
 */
export function findArgumentFault(
  definition: FunctionDefinition,
  args: readonly Argument[],
): ArgumentFault | undefined {
  const form = `The form is ${signature(definition)}.`
  const miscounted = checkCount(definition.parameters, args.length)
  if (miscounted !== undefined) return { what: miscounted, fix: form }
  for (let index = 0; index < args.length; index++) {
    const parameter = parameterAt(definition.parameters, index)
    const what = checkArgument(parameter, args[index]!, index + 1)
    if (what !== undefined) return { what, fix: `${adviceFor(parameter, args[index]!)} ${form}`, index }
  }
  const what = definition.check?.(args)
  if (what === undefined) return undefined
  const index = guiltyIndex(definition, args)
  return { what, fix: form, ...(index === undefined ? {} : { index }) }
}

/** The argument without which the definition's own check would be content; else the only one that must be a literal. */
function guiltyIndex(definition: FunctionDefinition, args: readonly Argument[]): number | undefined {
  // A check may read all arguments: of very many the culprit is not worth the square of their number.
  const index = args
    .slice(0, 100)
    .findIndex(({ form }, i) => form !== 'other' && definition.check!(args.with(i, { form: 'other' })) === undefined)
  if (index >= 0) return index
  const literals = definition.parameters.flatMap((parameter, i) => (parameter.literal && i < args.length ? [i] : []))
  return literals.length === 1 && args[literals[0]!]!.form === 'literal' ? literals[0] : undefined
}

/** Arguments that are literals with which the call fails on every row. */
export function findDoubts(
  definition: FunctionDefinition,
  args: readonly Argument[],
): readonly { readonly what: string; readonly index: number }[] {
  return args.flatMap(({ value }, index) => {
    const what = value === undefined ? undefined : parameterAt(definition.parameters, index).doubt?.(value)
    return what === undefined ? [] : [{ what, index }]
  })
}

/** @returns what is wrong, as one sentence, or undefined */
export function checkArguments(definition: FunctionDefinition, args: readonly Argument[]): string | undefined {
  return findArgumentFault(definition, args)?.what
}

function adviceFor(parameter: Parameter, argument: Argument): string {
  if (argument.form === 'wildcard') return 'Name a column.'
  switch (parameter.kind) {
    case 'column':
      return 'Write the name of a column, without quotes.'
    case 'datetime':
    case 'array':
    case 'object':
      return 'Name a column, or use an expression.'
    default:
  }
  if (argument.form !== 'literal') return 'Write the value itself.'
  if (parameter.kind === 'string' || parameter.kind === 'bytea') return 'Write it in quotes.'
  const isText = typeof argument.value === 'string'
  return isText && !Number.isNaN(Number(argument.value || 'x'))
    ? 'Write it without quotes.'
    : 'Use another value or a column.'
}

function parameterAt(parameters: readonly Parameter[], index: number): Parameter {
  return parameters[Math.min(index, parameters.length - 1)]!
}

/** As many as a call of JavaScript takes, on whatever stack is left (65,525 is the end of its grammar). */
const MOST_ARGUMENTS = 10_000

function checkCount(parameters: readonly Parameter[], found: number): string | undefined {
  if (found > MOST_ARGUMENTS) return `Expect at most ${plural(MOST_ARGUMENTS)} but found ${found}.`
  const least = parameters.filter(p => !p.optional).length
  const most = parameters.at(-1)?.variadic ? Infinity : parameters.length
  if (found >= least && found <= most) return undefined
  if (most === Infinity) return `Expect at least ${plural(least)} but found ${found}.`
  return least === most
    ? `Expect ${plural(least)} but found ${found}.`
    : `Expect ${least} ${most - least === 1 ? 'or' : 'to'} ${plural(most)} but found ${found}.`
}

function plural(count: number): string {
  return `${count} argument${count === 1 ? '' : 's'}`
}

const KIND_NAMES: Readonly<Record<ParameterKind, string>> = {
  any: 'any',
  number: 'number - float or int',
  int: 'int',
  string: 'string',
  boolean: 'boolean',
  datetime: 'datetime',
  array: 'array',
  object: 'object',
  bytea: 'bytea',
  column: 'column reference',
}

function checkArgument(parameter: Parameter, argument: Argument, position: number): string | undefined {
  const place = `for parameter ${position} (${parameter.name})`
  if (argument.form === 'wildcard') {
    return parameter.wildcard ? undefined : `* cannot stand ${place}.`
  }
  if (parameter.kind === 'column') {
    return argument.form === 'column' ? undefined : `Expect a column reference ${place}.`
  }
  if (argument.form !== 'literal') {
    return parameter.literal ? `Expect a literal ${KIND_NAMES[parameter.kind]} ${place}.` : undefined
  }
  return takesLiteral(parameter.kind, argument.value)
    ? undefined
    : `Expect ${KIND_NAMES[parameter.kind]} type ${place}.`
}

function takesLiteral(kind: ParameterKind, value: Argument['value']): boolean {
  switch (kind) {
    case 'any':
      return true
    case 'number':
      return typeof value === 'bigint' || typeof value === 'number'
    case 'int':
      return typeof value === 'bigint'
    case 'string':
    case 'bytea':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'datetime':
    case 'array':
    case 'object':
    case 'column':
      return false
  }
}
