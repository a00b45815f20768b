// json_path_query and its kin (spec/functions.md 8): arrays, structs or JSON text and a literal path in, what it leads to out.

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import { isArray, isStruct, type Value } from '../core/value.ts'
import { stringOf } from './arguments.ts'
import type { FunctionDefinition, ScalarFunction } from './definition.ts'
import { parseJsonText } from './json-text.ts'
import { compileJsonPath } from './jsonpath.ts'

/** What the examples look into. */
const ROW = { o: { name: 'd1', r: [{ w: 1 }, { w: 2 }] } }

function pathFault(path: unknown): string | undefined {
  const compiled = compileJsonPath(String(path))
  return typeof compiled === 'string' ? `${compiled}.` : undefined
}

function query(value: Value, path: Value): Value {
  const compiled = compileJsonPath(stringOf(path, 'the path'))
  if (typeof compiled === 'string') throw new RowError(compiled)
  return compiled.query(documentOf(value))
}

function documentOf(value: Value): Value {
  const document = typeof value === 'string' ? parseText(value) : value
  if (isArray(document) || isStruct(document)) return document
  throw new RowError(`invalid data ${value === null ? 'nil' : describe(value)} for jsonpath`)
}

function parseText(text: string): Value {
  try {
    return parseJsonText(text)
  } catch {
    throw new RowError(`invalid data ${describe(text)} for jsonpath: the text is not JSON`)
  }
}

function define(
  name: string,
  returns: string,
  summary: string,
  whenNull: string,
  examples: ScalarFunction['examples'],
  call: (value: Value, path: Value) => Value,
): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: 'json',
    parameters: [
      { name: 'x', kind: 'any' },
      { name: 'path', kind: 'string', literal: true, doubt: pathFault },
    ],
    returns,
    summary,
    nulls: 'own',
    whenNull,
    examples,
    call,
  }
}

export const jsonPathFunctions: readonly FunctionDefinition[] = [
  define(
    'json_path_query',
    'any',
    'What a JSON path leads to in an array, an object or a JSON text: one value, or an array when the path has a wildcard, filter, slice, union or `..`. A key that is not there is an error, unless the path may lead to several values.',
    'a null x is an error.',
    [
      { sql: 'json_path_query(o, "$.name")', row: ROW, result: 'd1' },
      { sql: 'json_path_query(o, "$.r[*].w")', row: ROW, result: [1, 2] },
      { sql: 'json_path_query(o, "$.r[? @.w>1]")', row: ROW, result: [{ w: 2 }] },
      { sql: 'json_path_query(t, "$[0]")', row: { t: '[7, 8]' }, result: 7 },
      { sql: 'json_path_query(o, "$.zzz")', row: ROW, error: 'unknown key zzz' },
      { sql: 'json_path_query(zzz, "$.a")', error: 'invalid data nil for jsonpath' },
    ],
    query,
  ),
  define(
    'json_path_query_first',
    'any',
    'The first element of the array that a JSON path leads to; null when that is empty, an error when it is no array.',
    'a null x is an error.',
    [
      { sql: 'json_path_query_first(o, "$.r[*].w")', row: ROW, result: 1 },
      { sql: 'json_path_query_first(o, "$.r[? @.w>5]")', row: ROW, result: null },
    ],
    (value, path) => {
      const found = query(value, path)
      if (!isArray(found)) throw new RowError(`the JSON path leads to ${describe(found)}, not to an array`)
      return found[0] ?? null
    },
  ),
  define(
    'json_path_exists',
    'boolean',
    'Whether a JSON path leads to anything: false for a null, for an empty array, and for whatever would be an error.',
    'a null x gives false.',
    [
      { sql: 'json_path_exists(o, "$.name")', row: ROW, result: true },
      { sql: 'json_path_exists(o, "$.zzz")', row: ROW, result: false },
    ],
    (value, path) => {
      try {
        const found = query(value, path)
        return found !== null && !(isArray(found) && found.length === 0)
      } catch (error) {
        if (error instanceof RowError) return false
        throw error
      }
    },
  ),
]
