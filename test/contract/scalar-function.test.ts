// What every scalar function must do, whatever a device sends: give a value of the dialect, or fail the row. A new function
// is met here by itself.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc, { type Arbitrary } from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import { isStruct, kindOf, type Value } from '../../src/core/value.ts'
import { checkArguments } from '../../src/functions/check.ts'
import type { Argument, ScalarFunction } from '../../src/functions/definition.ts'
import { allFunctions } from '../../src/functions/registry.ts'
import { Functions } from '../support/call-function.ts'

const SEED = 20_260_727
const RUNS = 250
/** No honest call takes so long; the slowest compress or match a megabyte. */
const LONGEST_CALL_MS = 2_000

const INTS = [0n, 1n, -1n, 2n, 3n, 7n, 16n, 36n, 37n, 100n, 101n, 255n, -12n, 1_000_001n, 2n ** 31n, 2n ** 53n + 1n]
const EDGES = [2n ** 63n - 1n, -(2n ** 63n), 8_640_000_000_000_000n, 8_640_000_000_000_001n, -1_700_000_000_123n]
const FLOATS = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -2.5,
  2,
  1e-7,
  1e6,
  1e21,
  1e300,
  -1.7e308,
  5e-324,
  2 ** 53,
  2 ** 63,
  1_700_000_000_123.9,
]
const TEXTS = [
  ...[
    '',
    ' ',
    'a',
    'abc',
    '12',
    '-7',
    '0x1F',
    '0b2',
    '1.5',
    '1e400',
    'true',
    'null',
    '\0',
    'e\u0301😀ß',
    '\ud800',
    '\u2028',
  ],
  ...[
    'YWJj',
    '?',
    '[1,2]',
    '{"a":{"b":[1]}}',
    '{',
    '"\\ud800"',
    '1e999',
    '__proto__',
    '{"__proto__":1}',
    'constructor',
  ],
  ...['2026-07-27', '2026-07-27T01:02:03.456+08:00', '0000-01-01', '9999-12-31 23:59:59', '15:04', 'Jan 32', '24:00'],
  ...['1h', '-2562047h', '1.5.5h', '99999999999999999999h', 'UTC', 'Asia/Tokyo', 'Mars/Base', '+08:00'],
  ...['yyyy-MM-dd HH:mm:ssSSS z XXX', 'EEEE', 'H', "'", '\\', 'SSSSSSSSSS'],
  ...['gzip', 'zlib', 'flate', 'zstd', 'base64', 'bigint', 'datetime', 'et', 'snowflake', 'abs', 'upper'],
  ...['(a+)+$', '(', '[z-a]', '(?=a)', '.*.*.*x', '(x{1000}){1000}', '$1$9${n}$$', 'a|', '\\pL+', '(?i)Ab'],
  ...['$', '$.a', '$..*..*', '$[?@.a>1]', '$[', '$.a[-1:]', '$["a"]'],
  'a'.repeat(20_000),
  '['.repeat(20_000),
  'ab,'.repeat(5_000),
]
const TIMES = [0n, -1n, 1_700_000_000_123_456_789n, 8_640_000_000_000_000_000_000n, -8_640_000_000_000_000_000_000n]

const scalar: Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Value[]>(...TEXTS) },
  { weight: 2, arbitrary: fc.constantFrom<Value[]>(...INTS, ...EDGES) },
  { weight: 2, arbitrary: fc.constantFrom<Value[]>(...FLOATS) },
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(...TIMES).map(nanos => new Temporal.ZonedDateTime(nanos, 'UTC')),
  fc.constant(new Temporal.ZonedDateTime(1_700_000_000_000_000_000n, 'Africa/Monrovia')),
  fc.uint8Array({ maxLength: 20 }),
)
const { value } = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 6, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.oneof(fc.constantFrom(...INTS), fc.constantFrom(...FLOATS)), { maxLength: 6 }),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', 'key', 'value', '__proto__', 'constructor'), tie('value')), {
        maxLength: 3,
      })
      .map(entries => Object.fromEntries(entries)),
  ),
}))

/** What the parameter wants comes often, so that a call gets past its checks; anything else comes as well. */
function argumentFor(kind: string): Arbitrary<Value> {
  const fitting: Readonly<Record<string, Arbitrary<Value>>> = {
    string: fc.constantFrom<Value[]>(...TEXTS),
    number: fc.constantFrom<Value[]>(...INTS, ...FLOATS, ...EDGES),
    int: fc.constantFrom<Value[]>(...INTS, ...EDGES),
    datetime: fc.constantFrom<Value[]>(...TEXTS, ...EDGES, 1_700_000_000_123, 1e15),
  }
  return fc.oneof({ weight: 2, arbitrary: fitting[kind] ?? value }, { weight: 1, arbitrary: value })
}

function argumentsOf({ parameters }: ScalarFunction): Arbitrary<Value[]> {
  const least = parameters.filter(parameter => !parameter.optional).length
  const most = parameters.at(-1)?.variadic ? parameters.length + 3 : parameters.length
  return fc
    .tuple(
      fc.integer({ min: least, max: most }),
      ...Array.from({ length: most }, (_, i) => argumentFor(parameters[Math.min(i, parameters.length - 1)]!.kind)),
    )
    .map(([count, ...values]) => values.slice(0, count as number) as Value[])
}

/** A parameter that must be a literal has met the checks of compile time. */
function passesChecks(definition: ScalarFunction, values: readonly Value[]): boolean {
  const args = values.map((v, i): Argument => {
    const isLiteral = definition.parameters[Math.min(i, definition.parameters.length - 1)]!.literal
    return isLiteral && v !== null && typeof v !== 'object' ? { form: 'literal', value: v } : { form: 'column' }
  })
  return checkArguments(definition, args) === undefined
}

/** What arithmetic made infinite may stay so; no function makes it. */
function isUnbounded(value: Value): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  return (Array.isArray(value) || isStruct(value)) && Object.values(value).some(isUnbounded)
}

function fault(result: unknown): string | undefined {
  if (result === undefined) return 'undefined'
  if (typeof result === 'bigint' && BigInt.asIntN(64, result) !== result) return `${result} beyond 64 bits`
  if (Array.isArray(result)) return result.map(fault).find(f => f !== undefined)
  if (typeof result === 'function' || typeof result === 'symbol') return typeof result
  if (kindOf(result as Value) !== 'struct' || !isStruct(result as Value)) return undefined
  const prototype = Object.getPrototypeOf(result)
  if (prototype !== Object.prototype && prototype !== null) return `an object of ${prototype.constructor.name}`
  return Object.values(result as object)
    .map(fault)
    .find(f => f !== undefined)
}

const functions = new Functions(allFunctions)
/** East and west of Greenwich, with an offset of half an hour, and with one of odd seconds long ago. */
const zone = fc.constantFrom('UTC', 'Asia/Tokyo', 'America/St_Johns', 'Africa/Monrovia')
const scalars = allFunctions.filter(definition => definition.kind === 'scalar')

describe('a scalar function gives a value or fails the row', () => {
  for (const definition of scalars) {
    test(definition.name, () => {
      let answered = 0
      fc.assert(
        fc.property(argumentsOf(definition), zone, (values, configured) => {
          if (!passesChecks(definition, values)) return
          const before = inspect(values, { depth: 9 })
          const start = performance.now()
          try {
            const result = functions.call(definition.name, values, configured)
            answered++
            assert.equal(fault(result), undefined)
            assert.ok(values.some(isUnbounded) || !isUnbounded(result), 'made an infinity')
          } catch (error) {
            if (!(error instanceof RowError)) throw error
            answered++
          }
          assert.ok(performance.now() - start < LONGEST_CALL_MS, 'took too long')
          assert.equal(inspect(values, { depth: 9 }), before, 'changed its arguments')
        }),
        { seed: SEED, numRuns: RUNS },
      )
      assert.ok(answered > 0, 'no arguments passed the checks')
    })
  }
})
