// Scalar mathematics (spec/functions.md 4): numbers in, numbers out; NaN and infinities come out as null.

import { RowError } from '../core/errors.ts'
import { looseText } from '../core/text.ts'
import { toInt64, type Value } from '../core/value.ts'
import { countOf, finite, floatOf, integerOf, roundTo } from './arguments.ts'
import { convertBase } from './base.ts'
import type { Example, FunctionDefinition, Parameter, ScalarFunction } from './definition.ts'

const X: Parameter = { name: 'x', kind: 'number' }

/** A function of one number whose result is a float. */
function ofNumber(
  name: string,
  summary: string,
  compute: (x: number) => number,
  examples: readonly Example[],
): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: 'math',
    parameters: [X],
    returns: 'float',
    summary,
    nulls: 'null',
    examples,
    call: (x: Value) => finite(compute(floatOf(x))),
  }
}

function ofBits(
  name: string,
  summary: string,
  compute: (a: bigint, b: bigint) => bigint,
  examples: readonly Example[],
): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: 'math',
    parameters: [
      { name: 'a', kind: 'int' },
      { name: 'b', kind: 'int' },
    ],
    returns: 'int',
    summary,
    nulls: 'null',
    examples,
    call: (a: Value, b: Value) => compute(integerOf(a, 'the first operand'), integerOf(b, 'the second operand')),
  }
}

function strictlyPositive(compute: (x: number) => number): (x: number) => number {
  return x => {
    if (x < 0) throw new RowError(`The argument must be a strictly positive number but got ${looseText(x)}`)
    return compute(x)
  }
}

function logarithm(baseOrX: Value, x?: Value): Value {
  const naturalLog = strictlyPositive(Math.log)
  if (x === undefined) return finite(strictlyPositive(Math.log10)(floatOf(baseOrX)))
  const base = floatOf(baseOrX)
  if (base === 2) return finite(strictlyPositive(Math.log2)(floatOf(x)))
  if (base === 10) return finite(strictlyPositive(Math.log10)(floatOf(x)))
  return finite(naturalLog(floatOf(x)) / naturalLog(base))
}

const rounding: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'abs',
    family: 'math',
    parameters: [X],
    returns: 'number',
    summary: 'The absolute value; an int stays an int.',
    nulls: 'null',
    examples: [
      { sql: 'abs(-3)', result: 3 },
      { sql: 'abs(x)', row: { x: -1.5 }, result: 1.5 },
    ],
    call: (x: Value) => (typeof x === 'bigint' ? toInt64(x < 0n ? -x : x) : Math.abs(floatOf(x))),
  },
  {
    ...ofNumber('ceil', 'The smallest whole number not below x.', Math.ceil, [{ sql: 'ceil(1.2)', result: 2 }]),
    aliases: ['ceiling'],
  },
  ofNumber('floor', 'The largest whole number not above x.', Math.floor, [{ sql: 'floor(-1.2)', result: -2 }]),
  {
    kind: 'scalar',
    name: 'round',
    family: 'math',
    parameters: [X, { name: 'd', kind: 'number', optional: true }],
    returns: 'float',
    summary: 'Rounds half away from zero, to d decimals (default 0); a negative d rounds to tens or hundreds.',
    nulls: 'null',
    examples: [
      { sql: 'round(1.25, 1)', result: 1.3 },
      { sql: 'round(1250, -2)', result: 1300 },
      { sql: 'round(x)', row: { x: -2.5 }, result: -3 },
    ],
    call: (x: Value, d?: Value) => finite(roundTo(floatOf(x), d === undefined ? 0 : Math.trunc(floatOf(d)))),
  },
  {
    kind: 'scalar',
    name: 'sign',
    family: 'math',
    parameters: [X],
    returns: 'int',
    summary: 'The sign of x: -1, 0 or 1.',
    nulls: 'null',
    examples: [
      { sql: 'sign(-3.5)', result: -1 },
      { sql: 'sign(0)', result: 0 },
    ],
    call: (x: Value) => BigInt(Math.sign(floatOf(x))),
  },
]

const bits: readonly FunctionDefinition[] = [
  ofBits('bitand', 'Bitwise and of two integers.', (a, b) => a & b, [
    { sql: 'bitand(6, 3)', result: 2 },
    { sql: 'bitand(x, 1)', row: { x: 1.5 }, error: 'Expect int type for the first operand' },
  ]),
  ofBits('bitor', 'Bitwise or of two integers.', (a, b) => a | b, [{ sql: 'bitor(6, 3)', result: 7 }]),
  ofBits('bitxor', 'Bitwise exclusive or of two integers.', (a, b) => a ^ b, [{ sql: 'bitxor(6, 3)', result: 5 }]),
  {
    kind: 'scalar',
    name: 'bitnot',
    family: 'math',
    parameters: [{ name: 'a', kind: 'int' }],
    returns: 'int',
    summary: "Bitwise complement of an integer (two's complement).",
    nulls: 'null',
    examples: [{ sql: 'bitnot(1)', result: -2 }],
    call: (a: Value) => ~integerOf(a, 'operand'),
  },
]

const trigonometry: readonly FunctionDefinition[] = [
  ofNumber('sin', 'The sine of an angle in radians.', Math.sin, [{ sql: 'sin(0)', result: 0 }]),
  ofNumber('cos', 'The cosine of an angle in radians.', Math.cos, [{ sql: 'cos(0)', result: 1 }]),
  ofNumber('tan', 'The tangent of an angle in radians.', Math.tan, [{ sql: 'tan(0)', result: 0 }]),
  ofNumber('sinh', 'The hyperbolic sine.', Math.sinh, [{ sql: 'sinh(0)', result: 0 }]),
  ofNumber('cosh', 'The hyperbolic cosine.', Math.cosh, [{ sql: 'cosh(0)', result: 1 }]),
  ofNumber('tanh', 'The hyperbolic tangent.', Math.tanh, [{ sql: 'tanh(0)', result: 0 }]),
  ofNumber('asin', 'The arc sine in radians; null outside [-1, 1].', Math.asin, [
    { sql: 'asin(0)', result: 0 },
    { sql: 'asin(2)', result: null },
  ]),
  ofNumber('acos', 'The arc cosine in radians; null outside [-1, 1].', Math.acos, [
    { sql: 'acos(1)', result: 0 },
    { sql: 'acos(x)', row: { x: 2 }, result: null },
  ]),
  ofNumber('atan', 'The arc tangent in radians.', Math.atan, [{ sql: 'atan(0)', result: 0 }]),
  {
    kind: 'scalar',
    name: 'atan2',
    family: 'math',
    parameters: [{ name: 'y', kind: 'number' }, X],
    returns: 'float',
    summary: 'The angle in radians of the point (x, y), in (-pi, pi].',
    nulls: 'null',
    examples: [{ sql: 'atan2(0, 1)', result: 0 }],
    call: (y: Value, x: Value) => finite(Math.atan2(floatOf(y), floatOf(x))),
  },
  ofNumber('cot', 'The cotangent of an angle in radians; an infinite one is an error.', cotangent, [
    { sql: 'cot(1)', result: 0.6420926159343306 },
    { sql: 'cot(0)', error: 'out-of-range error' },
  ]),
  ofNumber('radians', 'Degrees as radians.', x => (x * Math.PI) / 180, [{ sql: 'radians(180)', result: Math.PI }]),
  ofNumber('degrees', 'Radians as degrees.', x => (x * 180) / Math.PI, [{ sql: 'degrees(pi())', result: 180 }]),
  {
    kind: 'scalar',
    name: 'pi',
    family: 'math',
    parameters: [],
    returns: 'float',
    summary: 'The ratio of a circle to its diameter.',
    nulls: 'own',
    examples: [{ sql: 'pi()', result: Math.PI }],
    call: () => Math.PI,
  },
]

function cotangent(x: number): number {
  const result = 1 / Math.tan(x)
  if (!Number.isFinite(result)) throw new RowError('out-of-range error')
  return result
}

const POWER_EXAMPLES = [{ sql: 'power(2, 3)', result: 8 }]

const powers: readonly FunctionDefinition[] = [
  ofNumber('exp', 'e to the power x.', Math.exp, [{ sql: 'exp(0)', result: 1 }]),
  ofNumber('ln', 'The natural logarithm; null for 0, an error for negative numbers.', strictlyPositive(Math.log), [
    { sql: 'ln(1)', result: 0 },
    { sql: 'ln(-1)', error: 'The argument must be a strictly positive number but got -1' },
  ]),
  {
    kind: 'scalar',
    name: 'log',
    family: 'math',
    parameters: [
      { name: 'base', kind: 'number' },
      { ...X, optional: true },
    ],
    returns: 'float',
    summary:
      'With one argument its logarithm to base 10, with two the logarithm of the second to the base of the first.',
    nulls: 'null',
    examples: [
      { sql: 'log(100)', result: 2 },
      { sql: 'log(2, 4)', result: 2 },
      { sql: 'log(-10)', error: 'strictly positive' },
    ],
    call: logarithm,
  },
  ofNumber('sqrt', 'The square root; an error for negative numbers.', squareRoot, [
    { sql: 'sqrt(9)', result: 3 },
    { sql: 'sqrt(-1)', error: 'The argument must be a positive number but got -1' },
  ]),
  {
    kind: 'scalar',
    name: 'mod',
    family: 'math',
    parameters: [
      { name: 'a', kind: 'number' },
      { name: 'b', kind: 'number' },
    ],
    returns: 'float',
    summary: 'The remainder of a / b as a float, with the sign of a; null when b is 0.',
    nulls: 'null',
    examples: [
      { sql: 'mod(7, 3)', result: 1 },
      { sql: 'mod(1, 0)', result: null },
    ],
    call: (a: Value, b: Value) => finite(floatOf(a) % floatOf(b)),
  },
  {
    kind: 'scalar',
    name: 'power',
    aliases: ['pow'],
    family: 'math',
    parameters: [
      { name: 'base', kind: 'number' },
      { name: 'exponent', kind: 'number' },
    ],
    returns: 'float',
    summary: 'The base raised to the exponent.',
    nulls: 'null',
    examples: POWER_EXAMPLES,
    call: (base: Value, exponent: Value) => finite(floatOf(base) ** floatOf(exponent)),
  },
]

function squareRoot(x: number): number {
  if (x < 0) throw new RowError(`The argument must be a positive number but got ${looseText(x)}`)
  return Math.sqrt(x)
}

const others: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'rand',
    family: 'math',
    parameters: [],
    returns: 'float',
    summary: 'A random number in [0, 1), new on every call.',
    nulls: 'own',
    pure: false,
    examples: [{ sql: 'rand() < 1', result: true }],
    call: () => Math.random(),
  },
  {
    kind: 'scalar',
    name: 'conv',
    family: 'math',
    parameters: [
      { name: 'n', kind: 'any' },
      { name: 'from', kind: 'int', literal: true },
      { name: 'to', kind: 'int', literal: true },
    ],
    returns: 'string',
    summary:
      'Rewrites a number from one base to another (2 to 36, otherwise null). The longest valid beginning of n counts; a negative base means signed numbers.',
    nulls: 'null',
    examples: [
      { sql: 'conv("7b", 16, 10)', result: '123' },
      { sql: 'conv("-31", 10, -16)', result: '-1F' },
      { sql: 'conv("zz", 10, 2)', result: '0' },
      { sql: 'conv("1", 10, 37)', result: null },
    ],
    call: (n: Value, from: Value, to: Value) => convertBase(looseText(n), countOf(from, 'from'), countOf(to, 'to')),
  },
]

export const mathFunctions: readonly FunctionDefinition[] = [
  ...rounding,
  ...bits,
  ...trigonometry,
  ...powers,
  ...others,
]
