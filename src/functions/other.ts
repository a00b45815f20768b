// Scalars that fit no family (spec/functions.md 12): nulls, identifiers, the rule and the message.

import { RowError } from '../core/errors.ts'
import type { Value } from '../core/value.ts'
import { stringOf } from './arguments.ts'
import type { FunctionContext, FunctionDefinition, IntrinsicFunction } from './definition.ts'
import { newSnowflake, newUuid } from './identifiers.ts'

const X = { name: 'x', kind: 'any' } as const
const ANY = { name: 'x', kind: 'any', variadic: true } as const

function property(context: FunctionContext, name: Value): Value {
  const key = stringOf(name, 'the name').toLowerCase()
  if (key === 'et') return String(context.now())
  if (key === 'snowflake') return newSnowflake(context.now()).toString()
  const value = context.property(key)
  if (value === undefined) throw new RowError(`property ${key} is not set`)
  return value
}

const scalars: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'isnull',
    family: 'other',
    parameters: [X],
    returns: 'boolean',
    summary:
      'Whether the value is null or the column is missing. An empty array and an empty object are not null here.',
    nulls: 'own',
    whenNull: 'null and a missing column give true.',
    examples: [
      { sql: 'isnull(zzz)', row: {}, result: true },
      { sql: 'isnull(x)', row: { x: [] }, result: false },
    ],
    call: (x: Value) => x === null,
  },
  {
    kind: 'scalar',
    name: 'coalesce',
    family: 'other',
    parameters: [ANY],
    returns: 'any',
    summary: 'The first of its arguments that is not null.',
    nulls: 'own',
    whenNull: 'passed over; when all arguments are null, so is the result.',
    examples: [
      { sql: 'coalesce(zzz, 1)', row: {}, result: 1 },
      { sql: 'coalesce(zzz, yyy)', result: null },
    ],
    call: (...values: Value[]) => values.find(value => value !== null) ?? null,
  },
  {
    kind: 'scalar',
    name: 'bypass',
    family: 'other',
    parameters: [ANY],
    returns: 'any',
    summary: 'Its first argument as it is, whatever the others are. An aid for tests.',
    nulls: 'own',
    whenNull: 'null stays null.',
    examples: [
      { sql: 'bypass(1, 2)', result: 1 },
      { sql: 'bypass(zzz, 2)', result: null },
    ],
    call: (x: Value) => x,
  },
  {
    kind: 'scalar',
    name: 'newuuid',
    family: 'other',
    parameters: [],
    returns: 'string',
    summary: 'A new UUID of version 1 (by time) as text, another one on every call.',
    nulls: 'own',
    pure: false,
    examples: [
      { sql: 'regexp_matches(newuuid(), "^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-")', result: true },
      { sql: 'length(newuuid())', result: 36 },
    ],
    callWith: (context: FunctionContext) => newUuid(context.now()),
  },
  {
    kind: 'scalar',
    name: 'tstamp',
    family: 'other',
    parameters: [],
    returns: 'int',
    summary: 'The time on the clock of the machine while the row is worked on, in ms since 1970 UTC.',
    nulls: 'own',
    pure: false,
    examples: [
      { sql: 'tstamp()', result: 1700000000123 },
      { sql: 'tstamp() - ts', row: { ts: 1700000000000 }, result: 123 },
    ],
    callWith: (context: FunctionContext) => BigInt(Math.floor(context.now())),
  },
  {
    kind: 'scalar',
    name: 'props',
    family: 'other',
    parameters: [{ name: 'name', kind: 'string' }],
    returns: 'string',
    summary:
      'A setting from outside: the environment variable SLUICE_PROPS_<NAME> (or KUIPER_PROPS_<NAME>), the name in capitals. "et" gives the clock in ms as text, "snowflake" a new id. A variable that is not set is an error.',
    nulls: 'null',
    pure: false,
    examples: [
      { sql: 'props("et")', result: '1700000000123' },
      { sql: 'props("no_such_property")', error: 'property no_such_property is not set' },
    ],
    callWith: property,
  },
]

function intrinsic(
  name: string,
  returns: string,
  summary: string,
  rest: Pick<IntrinsicFunction, 'examples'> &
    Partial<Pick<IntrinsicFunction, 'parameters' | 'check' | 'checks' | 'whenNull'>>,
): IntrinsicFunction {
  return { kind: 'intrinsic', role: 'value', family: 'other', parameters: [], name, returns, summary, ...rest }
}

const intrinsics: readonly FunctionDefinition[] = [
  intrinsic(
    'event_time',
    'int',
    "The row's own time, in ms since 1970 UTC: when it arrived or, with the option `isEventTime`, its TIMESTAMP column. For a group and for a joined row it is what `window_trigger()` gives.",
    {
      examples: [
        { sql: 'event_time()', result: 1700000000123 },
        {
          sql: 'event_time()',
          rows: [{ x: 1 }, { x: 1 }],
          clause: 'GROUP BY x, TUMBLINGWINDOW(ss, 10)',
          result: [1700000010000],
        },
      ],
    },
  ),
  intrinsic('rule_id', 'string', 'The id of the rule that the statement belongs to.', {
    examples: [
      { sql: 'rule_id()', result: 'r1' },
      { sql: 'concat(rule_id(), ": ", x)', row: { x: 3 }, result: 'r1: 3' },
    ],
  }),
  intrinsic(
    'rule_start',
    'int',
    'When this run of the rule began, in ms since 1970 UTC: a rule that is replaced begins anew.',
    {
      examples: [
        { sql: 'rule_start()', result: 1700000000123 },
        { sql: '(tstamp() - rule_start()) / 1000', result: 0 },
      ],
    },
  ),
  intrinsic(
    'meta',
    'any',
    'What is known of the message that brought the row: of an HTTP push its path, method, remoteAddress, header (without credentials), query, and the parameters of the path by their names. `->` reaches into it; `meta(*)` is all of it as an object.',
    {
      parameters: [{ name: 'key', kind: 'column', wildcard: true }],
      whenNull: 'an unknown key gives null, as does every key after a window or a join.',
      examples: [
        { sql: 'meta(path)', meta: { path: '/api/data' }, result: '/api/data' },
        { sql: 'meta(header->host)', meta: { header: { host: 'a' } }, result: 'a' },
        { sql: 'meta(no_such_key)', row: {}, result: null },
      ],
    },
  ),
  intrinsic(
    'mqtt',
    'any',
    'The topic or the message id of an MQTT message: the older spelling of `meta(topic)` and `meta(messageid)`.',
    {
      parameters: [{ name: 'key', kind: 'column' }],
      whenNull: 'null where the row came by another way than MQTT.',
      examples: [
        { sql: 'mqtt(topic)', meta: { topic: 'a/b' }, result: 'a/b' },
        { sql: 'mqtt(topic)', row: {}, result: null },
      ],
      checks: 'the argument is topic or messageid.',
      check: ([key]) =>
        key?.name === undefined || key.name === 'topic' || key.name === 'messageid'
          ? undefined
          : 'Parameter of mqtt function can be only topic or messageid.',
    },
  ),
]

const refused: readonly FunctionDefinition[] = [
  {
    kind: 'refused',
    name: 'delay',
    family: 'other',
    parameters: [{ name: 'ms', kind: 'int' }, X],
    returns: 'any',
    summary: 'Would wait so many ms, then give x.',
    examples: [{ sql: 'delay(10, 1)', error: 'delay' }],
    why: 'It would hold up every rule, not only its own; to wait for something use a window.',
  },
  {
    kind: 'refused',
    name: 'get_keyed_state',
    family: 'other',
    parameters: [
      { name: 'key', kind: 'string' },
      { name: 'type', kind: 'string' },
      { name: 'default', kind: 'any' },
    ],
    returns: 'any',
    summary: 'Would read a value that something outside has put into a store of keys and values.',
    examples: [{ sql: 'get_keyed_state("k", "bigint", 0)', error: 'get_keyed_state' }],
    why: 'There is no outside key-value store: keep what is looked up in a table, and join it.',
  },
  {
    kind: 'refused',
    name: 'dedup_trigger',
    family: 'other',
    parameters: [
      { name: 'start', kind: 'column' },
      { name: 'end', kind: 'column' },
      { name: 'now', kind: 'column' },
      { name: 'expireMs', kind: 'int' },
    ],
    returns: 'array',
    summary: 'Would list the time slots that earlier rows have not taken.',
    examples: [{ sql: 'dedup_trigger(a, b, c, 999)', error: 'dedup_trigger' }],
    why: 'It is an undocumented construct: count what is new with deduplicate() in a window, or with had_changed().',
  },
]

export const otherFunctions: readonly FunctionDefinition[] = [...scalars, ...intrinsics, ...refused]
