// Values as JSON text and back (spec/functions.md 8). The json_path functions stand beside the path engine.

import { RowError } from '../core/errors.ts'
import { writeJson } from '../core/json.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import type { FunctionDefinition } from './definition.ts'
import { parseJsonText } from './json-text.ts'

function parse(s: Value): Value {
  if (s === null) return null
  if (typeof s !== 'string') throw new RowError(`fail to parse json: Expect string but got ${describe(s)}`)
  try {
    return parseJsonText(s)
  } catch (error) {
    throw new RowError(`fail to parse json: ${(error as Error).message}`)
  }
}

export const jsonFunctions: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'to_json',
    family: 'json',
    parameters: [{ name: 'x', kind: 'any' }],
    returns: 'string',
    summary:
      'The value as JSON text, with the keys of objects sorted and the characters < > & written as \\u003c, \\u003e, \\u0026.',
    nulls: 'null',
    examples: [
      { sql: 'to_json(x)', row: { x: { b: '<', a: 1 } }, result: '{"a":1,"b":"\\u003c"}' },
      { sql: 'to_json("a")', result: '"a"' },
      { sql: 'to_json(zzz)', result: null },
    ],
    call: writeJson,
  },
  {
    kind: 'scalar',
    name: 'parse_json',
    family: 'json',
    parameters: [{ name: 's', kind: 'string' }],
    returns: 'any',
    summary:
      'The value that a JSON text stands for. Numbers are floats, unless only an int can hold them exactly; anything but JSON text is an error.',
    nulls: 'own',
    whenNull: 'null, and the text `null`, give null.',
    examples: [
      { sql: 'parse_json("[1,2]")', result: [1, 2] },
      { sql: 'parse_json("null")', result: null },
      { sql: 'parse_json("key1")', error: 'fail to parse json' },
      { sql: 'parse_json("1e999")', error: 'a number is out of range' },
    ],
    call: parse,
  },
]
