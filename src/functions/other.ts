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
    summary: 'Whether the value is null or the column is missing; [] and {} are not null here.',
    nulls: 'own',
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
    summary: 'The first argument that is not null.',
    nulls: 'own',
    examples: [{ sql: 'coalesce(zzz, 1)', row: {}, result: 1 }],
    call: (...values: Value[]) => values.find(value => value !== null) ?? null,
  },
  {
    kind: 'scalar',
    name: 'bypass',
    family: 'other',
    parameters: [ANY],
    returns: 'any',
    summary: 'Its first argument; an aid for tests.',
    nulls: 'own',
    examples: [{ sql: 'bypass(1, 2)', result: 1 }],
    call: (x: Value) => x,
  },
  {
    kind: 'scalar',
    name: 'newuuid',
    family: 'other',
    parameters: [],
    returns: 'string',
    summary: 'A new version 1 UUID on every call.',
    nulls: 'own',
    pure: false,
    examples: [{ sql: 'regexp_matches(newuuid(), "^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-")', result: true }],
    callWith: (context: FunctionContext) => newUuid(context.now()),
  },
  {
    kind: 'scalar',
    name: 'tstamp',
    family: 'other',
    parameters: [],
    returns: 'int',
    summary: 'The processing clock, ms since 1970 UTC.',
    nulls: 'own',
    pure: false,
    examples: [{ sql: 'isnull(tstamp())', result: false }],
    callWith: (context: FunctionContext) => BigInt(Math.floor(context.now())),
  },
  {
    kind: 'scalar',
    name: 'props',
    family: 'other',
    parameters: [{ name: 'name', kind: 'string' }],
    returns: 'string',
    summary:
      'The environment variable SLUICE_PROPS_<NAME> (or KUIPER_PROPS_<NAME>); "et" gives the clock in ms, "snowflake" a new id.',
    nulls: 'null',
    pure: false,
    examples: [
      { sql: 'isnull(props("et"))', result: false },
      { sql: 'props("no_such_property")', error: 'property no_such_property is not set' },
    ],
    callWith: property,
  },
]

function intrinsic(
  name: string,
  returns: string,
  summary: string,
  rest: Pick<IntrinsicFunction, 'examples'> & Partial<Pick<IntrinsicFunction, 'parameters' | 'check'>>,
): IntrinsicFunction {
  return { kind: 'intrinsic', role: 'value', family: 'other', parameters: [], name, returns, summary, ...rest }
}

const intrinsics: readonly FunctionDefinition[] = [
  intrinsic(
    'event_time',
    'int',
    "The row's own time, ms since 1970 UTC: its arrival or its TIMESTAMP column; after a window the window's trigger.",
    { examples: [{ sql: 'isnull(event_time())', result: false }] },
  ),
  intrinsic('rule_id', 'string', 'The id of the rule.', {
    examples: [{ sql: 'isnull(rule_id())', result: false }],
  }),
  intrinsic('rule_start', 'int', 'When this run of the rule began, ms since 1970 UTC.', {
    examples: [{ sql: 'isnull(rule_start())', result: false }],
  }),
  intrinsic(
    'meta',
    'any',
    'Metadata of the message, by key: meta(path), meta(header->name), of all meta(*); null for an unknown key.',
    {
      parameters: [{ name: 'key', kind: 'column', wildcard: true }],
      examples: [{ sql: 'meta(no_such_key)', row: {}, result: null }],
    },
  ),
  intrinsic('mqtt', 'any', 'The topic or message id of an MQTT message: the older spelling of meta.', {
    parameters: [{ name: 'key', kind: 'column' }],
    examples: [{ sql: 'mqtt(topic)', row: {}, result: null }],
    check: ([key]) =>
      key?.name === undefined || key.name === 'topic' || key.name === 'messageid'
        ? undefined
        : 'Parameter of mqtt function can be only topic or messageid.',
  }),
]

const refused: readonly FunctionDefinition[] = [
  {
    kind: 'refused',
    name: 'delay',
    family: 'other',
    parameters: [{ name: 'ms', kind: 'int' }, X],
    returns: 'any',
    summary: 'Would hold up the rule for so many ms.',
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
    summary: 'Would read a value that something else has put into a store.',
    examples: [{ sql: 'get_keyed_state("k", "bigint", 0)', error: 'get_keyed_state' }],
    why: 'There is no outside key-value store; join a lookup table instead.',
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
    why: 'This undocumented construct is not built.',
  },
]

export const otherFunctions: readonly FunctionDefinition[] = [...scalars, ...intrinsics, ...refused]
