// What the compiler builds itself, because it reads the window, the emission or what the rule let through before:
// window information, hit state, changed_cols, set-returning functions and row_number (spec/functions.md 13, 17-20).

import type { Family, FunctionDefinition, IntrinsicFunction } from './definition.ts'

type Rest = Pick<IntrinsicFunction, 'examples'> & Partial<Pick<IntrinsicFunction, 'parameters' | 'check'>>

function intrinsic(
  role: IntrinsicFunction['role'],
  family: Family,
  name: string,
  returns: string,
  summary: string,
  rest: Rest,
): IntrinsicFunction {
  return { kind: 'intrinsic', role, family, parameters: [], name, returns, summary, ...rest }
}

const bounds: readonly FunctionDefinition[] = [
  intrinsic('value', 'window', 'window_start', 'int', 'Where the window begins, ms since 1970 UTC; null without one.', {
    examples: [{ sql: 'window_start()', row: {}, result: null }],
  }),
  intrinsic('value', 'window', 'window_end', 'int', 'Where the window ends, ms since 1970 UTC; null without one.', {
    examples: [{ sql: 'window_end()', row: {}, result: null }],
  }),
  intrinsic(
    'value',
    'window',
    'window_trigger',
    'int',
    'The time of the row or tick that made the window emit, ms since 1970 UTC; null without one.',
    { examples: [{ sql: 'window_trigger()', row: {}, result: null }] },
  ),
]

const hits: readonly FunctionDefinition[] = [
  intrinsic('hits', 'window', 'last_hit_count', 'int', 'How many rows this rule let through before this one.', {
    examples: [{ sql: 'last_hit_count()', row: {}, result: 0 }],
  }),
  intrinsic('hits', 'window', 'last_hit_time', 'int', 'event_time() of the row let through before; 0 at first.', {
    examples: [{ sql: 'last_hit_time()', row: {}, result: 0 }],
  }),
  intrinsic(
    'hits',
    'window',
    'last_agg_hit_count',
    'int',
    'How many windows this rule let through before this one; for HAVING.',
    { examples: [{ sql: 'last_agg_hit_count()', row: {}, result: 0 }] },
  ),
  intrinsic('hits', 'window', 'last_agg_hit_time', 'int', 'The time of the window let through before; 0 at first.', {
    examples: [{ sql: 'last_agg_hit_time()', row: {}, result: 0 }],
  }),
]

const shapes: readonly FunctionDefinition[] = [
  intrinsic(
    'columns',
    'analytic',
    'changed_cols',
    'columns',
    'One column for each argument (or for each column of *) that differs from the emission before: its name behind the prefix.',
    {
      parameters: [
        { name: 'prefix', kind: 'string' },
        { name: 'ignoreNull', kind: 'boolean' },
        { name: 'x', kind: 'any', variadic: true, wildcard: true },
      ],
      examples: [
        {
          sql: 'changed_cols("c_", true, t, h)',
          rows: [
            { t: 20, h: 50 },
            { t: 20, h: 50 },
            { t: 21, h: 50 },
          ],
          result: [{ c_t: 20, c_h: 50 }, {}, { c_t: 21 }],
        },
      ],
    },
  ),
  intrinsic(
    'rows',
    'array',
    'unnest',
    'rows',
    'One output row for each element; an object spreads into columns, anything else goes under the name of the item.',
    {
      parameters: [{ name: 'a', kind: 'array' }],
      examples: [{ sql: 'unnest(a)', row: { a: [7, 8] }, result: [{ unnest: 7 }, { unnest: 8 }] }],
    },
  ),
  intrinsic('rows', 'object', 'extract', 'columns', 'The entries of the object as columns of this row.', {
    parameters: [{ name: 'o', kind: 'object' }],
    examples: [{ sql: 'extract(o)', row: { o: { k: 1 } }, result: [{ k: 1 }] }],
  }),
  intrinsic(
    'numbering',
    'window',
    'row_number',
    'int',
    'Numbers the rows of an emission 1, 2, 3 …, by OVER (PARTITION BY … ORDER BY …) if given; a single row gets 1.',
    { examples: [{ sql: 'row_number()', row: {}, result: 1 }] },
  ),
]

export const windowFunctions: readonly FunctionDefinition[] = [...bounds, ...hits, ...shapes]
