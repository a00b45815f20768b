// What the compiler builds itself, because it reads the window, the emission or what the rule let through before:
// window information, hit state, changed_cols, set-returning functions and row_number (spec/functions.md 13, 17-20).

import type { Family, FunctionDefinition, IntrinsicFunction } from './definition.ts'

type Rest = Pick<IntrinsicFunction, 'examples'> &
  Partial<Pick<IntrinsicFunction, 'parameters' | 'check' | 'checks' | 'whenNull'>>

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

const TEN_SECONDS = 'GROUP BY TUMBLINGWINDOW(ss, 10)'

const bounds: readonly FunctionDefinition[] = [
  intrinsic(
    'value',
    'window',
    'window_start',
    'int',
    'The beginning of the window, in ms since 1970 UTC; null without a window. The first tumbling window begins when the rule does.',
    {
      examples: [
        { sql: 'window_start()', rows: [{ x: 1 }], clause: TEN_SECONDS, result: [1700000000123] },
        { sql: 'window_start()', row: {}, result: null },
      ],
    },
  ),
  intrinsic(
    'value',
    'window',
    'window_end',
    'int',
    'The end of the window, in ms since 1970 UTC; null without a window.',
    {
      examples: [
        { sql: 'window_end()', rows: [{ x: 1 }], clause: TEN_SECONDS, result: [1700000010000] },
        { sql: 'window_end()', row: {}, result: null },
      ],
    },
  ),
  intrinsic(
    'value',
    'window',
    'window_trigger',
    'int',
    'The time of what made the window emit, a row or the end of a span, in ms since 1970 UTC; null without a window.',
    {
      examples: [
        { sql: 'window_trigger()', rows: [{ x: 1 }], clause: TEN_SECONDS, result: [1700000010000] },
        { sql: 'window_trigger()', row: {}, result: null },
      ],
    },
  ),
]

const hits: readonly FunctionDefinition[] = [
  intrinsic(
    'hits',
    'window',
    'last_hit_count',
    'int',
    'How many rows this rule let through before this one. In WHERE it counts only rows that passed. Not for statements with a window, a join or an aggregate.',
    {
      examples: [
        { sql: 'last_hit_count()', row: {}, result: 0 },
        { sql: 'last_hit_count()', rows: [{ x: 1 }, { x: 2 }, { x: 3 }], clause: 'WHERE x != 2', result: [0, 1] },
        {
          sql: 'x AS y, last_hit_count()',
          rows: [{ x: 1 }, { x: 2 }],
          clause: 'WHERE last_hit_count() < 1',
          result: [0],
        },
      ],
    },
  ),
  intrinsic(
    'hits',
    'window',
    'last_hit_time',
    'int',
    'When this rule let a row through before: the `event_time()` of that row, in ms since 1970 UTC; 0 at first. Not for statements with a window, a join or an aggregate.',
    {
      examples: [
        { sql: 'last_hit_time()', row: {}, result: 0 },
        { sql: 'last_hit_time()', rows: [{ x: 1 }, { x: 2 }], clause: '', result: [0, 1700000000123] },
      ],
    },
  ),
  intrinsic(
    'hits',
    'window',
    'last_agg_hit_count',
    'int',
    'How many emissions of windows this rule let through before this one. It counts as an aggregate, and is meant for HAVING.',
    {
      examples: [
        { sql: 'last_agg_hit_count()', row: {}, result: 0 },
        { sql: 'last_agg_hit_count()', rows: [{ x: 1 }, { x: 2 }], clause: 'GROUP BY COUNTWINDOW(1)', result: [0, 1] },
      ],
    },
  ),
  intrinsic(
    'hits',
    'window',
    'last_agg_hit_time',
    'int',
    'When this rule let the emission of a window through before, in ms since 1970 UTC; 0 at first. It counts as an aggregate, and is meant for HAVING.',
    {
      examples: [
        { sql: 'last_agg_hit_time()', row: {}, result: 0 },
        {
          sql: 'last_agg_hit_time()',
          rows: [{ x: 1 }, { x: 2 }],
          clause: 'GROUP BY COUNTWINDOW(1)',
          result: [0, 1700000000123],
        },
      ],
    },
  ),
]

const shapes: readonly FunctionDefinition[] = [
  intrinsic(
    'columns',
    'analytic',
    'changed_cols',
    'columns',
    'One column for each argument (or for each column of *) that differs from what was sent before; its name is the prefix and the name of the argument. When nothing has changed there is no column. Only in the select list.',
    {
      parameters: [
        { name: 'prefix', kind: 'string' },
        { name: 'ignoreNull', kind: 'boolean' },
        { name: 'x', kind: 'any', variadic: true, wildcard: true },
      ],
      whenNull: 'with ignoreNull = true a null x is no change; else it is a value like any other.',
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
        {
          sql: 'changed_cols("", true, *)',
          rows: [{ t: 20 }, { t: null }, { t: 21 }],
          result: [{ t: 20 }, {}, { t: 21 }],
        },
      ],
    },
  ),
  intrinsic(
    'rows',
    'array',
    'unnest',
    'rows',
    'One row sent for each element of an array, with the other select items repeated. An element that is an object spreads into columns, any other goes under `unnest` or the alias. It must be a select item of its own, it is worked out last, and a statement can hold only one of unnest and extract. Anything but an array is an error.',
    {
      parameters: [{ name: 'a', kind: 'array' }],
      whenNull: 'null, and an empty array, are an error of the row.',
      examples: [
        { sql: 'unnest(a)', row: { a: [7, 8] }, result: [{ unnest: 7 }, { unnest: 8 }] },
        {
          sql: 'unnest(a), b',
          row: { a: [{ x: 1 }, 2], b: 0 },
          result: [
            { x: 1, b: 0 },
            { unnest: 2, b: 0 },
          ],
        },
        { sql: 'unnest(a)', row: { a: 1 }, error: 'unnest needs an array that is not empty' },
      ],
    },
  ),
  intrinsic(
    'rows',
    'object',
    'extract',
    'columns',
    'The entries of an object as columns of the row that is sent. It must be a select item of its own, it is worked out last, and a statement can hold only one of unnest and extract. Anything but an object is an error.',
    {
      parameters: [{ name: 'o', kind: 'object' }],
      whenNull: 'null, and an empty object, are an error of the row.',
      examples: [
        { sql: 'extract(o)', row: { o: { k: 1 } }, result: [{ k: 1 }] },
        { sql: 'extract(o), b', row: { o: { k: 1 }, b: 0 }, result: [{ k: 1, b: 0 }] },
        { sql: 'extract(o)', row: { o: 1 }, error: 'extract needs an object that is not empty' },
      ],
    },
  ),
  intrinsic(
    'numbering',
    'window',
    'row_number',
    'int',
    'The number of the row among those sent together: 1, 2, 3 …, in the order in which they are sent. With OVER (PARTITION BY … ORDER BY …) the numbers follow that order, and each partition begins at 1. A row that is sent alone gets 1. Only in the select list; its alias may stand in ORDER BY.',
    {
      examples: [
        { sql: 'row_number()', row: {}, result: 1 },
        { sql: 'row_number()', rows: [{ x: 5 }, { x: 3 }], clause: 'GROUP BY x, COUNTWINDOW(2)', result: [1, 2] },
        {
          sql: 'row_number() OVER (ORDER BY x)',
          rows: [{ x: 5 }, { x: 3 }],
          clause: 'GROUP BY x, COUNTWINDOW(2)',
          result: [2, 1],
        },
      ],
    },
  ),
]

export const windowFunctions: readonly FunctionDefinition[] = [...bounds, ...hits, ...shapes]
