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
    summary: 'x without its sign. An int stays an int, a float a float.',
    nulls: 'null',
    examples: [
      { sql: 'abs(-3)', result: 3 },
      { sql: 'abs(x)', row: { x: -1.5 }, result: 1.5 },
      { sql: 'abs(zzz)', result: null },
    ],
    call: (x: Value) => (typeof x === 'bigint' ? toInt64(x < 0n ? -x : x) : Math.abs(floatOf(x))),
  },
  {
    ...ofNumber('ceil', 'The smallest whole number that is not below x, as a float.', Math.ceil, [
      { sql: 'ceil(1.2)', result: 2 },
      { sql: 'ceil(x)', row: { x: -1.2 }, result: -1 },
      { sql: 'ceil(zzz)', result: null },
    ]),
    aliases: ['ceiling'],
  },
  ofNumber('floor', 'The largest whole number that is not above x, as a float.', Math.floor, [
    { sql: 'floor(-1.2)', result: -2 },
    { sql: 'floor(x)', row: { x: '1.5' }, error: 'Expect a number but got string(1.5)' },
  ]),
  {
    kind: 'scalar',
    name: 'round',
    family: 'math',
    parameters: [X, { name: 'd', kind: 'number', optional: true }],
    returns: 'float',
    summary:
      'x rounded to d decimals, 0 unless given; a half goes away from zero. A negative d rounds to tens or hundreds; a fraction of d is cut off.',
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
    summary: 'The sign of x: -1 when it is negative, 0 when it is zero, else 1.',
    nulls: 'null',
    examples: [
      { sql: 'sign(-3.5)', result: -1 },
      { sql: 'sign(0)', result: 0 },
    ],
    call(x: Value) {
      const sign = Math.sign(floatOf(x))
      return Number.isNaN(sign) ? null : BigInt(sign)
    },
  },
]

const bits: readonly FunctionDefinition[] = [
  ofBits('bitand', 'The bits that are set in both integers.', (a, b) => a & b, [
    { sql: 'bitand(6, 3)', result: 2 },
    { sql: 'bitand(x, 1)', row: { x: 1.5 }, error: 'Expect int type for the first operand' },
  ]),
  ofBits('bitor', 'The bits that are set in at least one of two integers.', (a, b) => a | b, [
    { sql: 'bitor(6, 3)', result: 7 },
    { sql: 'bitor(x, 1)', row: { x: null }, result: null },
  ]),
  ofBits('bitxor', 'The bits that are set in just one of two integers.', (a, b) => a ^ b, [
    { sql: 'bitxor(6, 3)', result: 5 },
    { sql: 'bitxor(x, 1)', row: { x: 4 }, result: 5 },
  ]),
  {
    kind: 'scalar',
    name: 'bitnot',
    family: 'math',
    parameters: [{ name: 'a', kind: 'int' }],
    returns: 'int',
    summary: "The integer with every bit turned over (two's complement, 64 bits).",
    nulls: 'null',
    examples: [
      { sql: 'bitnot(1)', result: -2 },
      { sql: 'bitnot(x)', row: { x: 0.5 }, error: 'Expect int type for operand but got' },
    ],
    call: (a: Value) => ~integerOf(a, 'operand'),
  },
]

const trigonometry: readonly FunctionDefinition[] = [
  ofNumber('sin', 'The sine of an angle in radians.', Math.sin, [
    { sql: 'sin(0)', result: 0 },
    { sql: 'sin(radians(90))', result: 1 },
  ]),
  ofNumber('cos', 'The cosine of an angle in radians.', Math.cos, [
    { sql: 'cos(0)', result: 1 },
    { sql: 'cos(pi())', result: -1 },
  ]),
  ofNumber('tan', 'The tangent of an angle in radians.', Math.tan, [
    { sql: 'tan(0)', result: 0 },
    { sql: 'tan(zzz)', result: null },
  ]),
  ofNumber('sinh', 'The hyperbolic sine of a number; null where the result is too large for a float.', Math.sinh, [
    { sql: 'sinh(0)', result: 0 },
    { sql: 'sinh(1000)', result: null },
  ]),
  ofNumber('cosh', 'The hyperbolic cosine of a number; null where the result is too large for a float.', Math.cosh, [
    { sql: 'cosh(0)', result: 1 },
    { sql: 'cosh(1000)', result: null },
  ]),
  ofNumber('tanh', 'The hyperbolic tangent of a number, between -1 and 1.', Math.tanh, [
    { sql: 'tanh(0)', result: 0 },
    { sql: 'tanh(1000)', result: 1 },
  ]),
  ofNumber(
    'asin',
    'The angle in radians whose sine is x, in [-pi/2, pi/2]; null when x is outside [-1, 1].',
    Math.asin,
    [
      { sql: 'asin(0)', result: 0 },
      { sql: 'asin(2)', result: null },
    ],
  ),
  ofNumber('acos', 'The angle in radians whose cosine is x, in [0, pi]; null when x is outside [-1, 1].', Math.acos, [
    { sql: 'acos(1)', result: 0 },
    { sql: 'acos(x)', row: { x: 2 }, result: null },
  ]),
  ofNumber('atan', 'The angle in radians whose tangent is x, in (-pi/2, pi/2).', Math.atan, [
    { sql: 'atan(0)', result: 0 },
    { sql: 'degrees(atan(1))', result: 45 },
  ]),
  {
    kind: 'scalar',
    name: 'atan2',
    family: 'math',
    parameters: [{ name: 'y', kind: 'number' }, X],
    returns: 'float',
    summary:
      'The angle in radians, in (-pi, pi], between the x axis and the line from the origin to the point (x, y). y comes first.',
    nulls: 'null',
    examples: [
      { sql: 'atan2(0, 1)', result: 0 },
      { sql: 'degrees(atan2(1, -1))', result: 135 },
    ],
    call: (y: Value, x: Value) => finite(Math.atan2(floatOf(y), floatOf(x))),
  },
  ofNumber(
    'cot',
    'The cotangent of an angle in radians: one over its tangent. An error where that is infinite, as at 0.',
    cotangent,
    [
      { sql: 'cot(1)', result: 0.6420926159343306 },
      { sql: 'cot(0)', error: 'out-of-range error' },
    ],
  ),
  ofNumber('radians', 'An angle in degrees turned into radians.', x => (x * Math.PI) / 180, [
    { sql: 'radians(180)', result: Math.PI },
    { sql: 'radians(x)', row: { x: null }, result: null },
  ]),
  ofNumber('degrees', 'An angle in radians turned into degrees.', x => (x * 180) / Math.PI, [
    { sql: 'degrees(pi())', result: 180 },
    { sql: 'degrees(x)', row: { x: 0 }, result: 0 },
  ]),
  {
    kind: 'scalar',
    name: 'pi',
    family: 'math',
    parameters: [],
    returns: 'float',
    summary: 'The number pi: what the circumference of a circle is to its diameter.',
    nulls: 'own',
    examples: [
      { sql: 'pi()', result: Math.PI },
      { sql: 'pi() * r * r', row: { r: 2 }, result: 4 * Math.PI },
    ],
    call: () => Math.PI,
  },
]

function cotangent(x: number): number {
  const result = 1 / Math.tan(x)
  if (!Number.isFinite(result)) throw new RowError('out-of-range error')
  return result
}

const powers: readonly FunctionDefinition[] = [
  ofNumber('exp', 'The number e raised to x; null where the result is too large for a float.', Math.exp, [
    { sql: 'exp(0)', result: 1 },
    { sql: 'exp(1000)', result: null },
  ]),
  ofNumber(
    'ln',
    'The natural logarithm (base e) of x; null for 0, an error for a negative number.',
    strictlyPositive(Math.log),
    [
      { sql: 'ln(1)', result: 0 },
      { sql: 'ln(0)', result: null },
      { sql: 'ln(-1)', error: 'The argument must be a strictly positive number but got -1' },
    ],
  ),
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
      'With two arguments the logarithm of x to the given base; with one argument its logarithm to base 10. Null for 0, an error for a negative number.',
    nulls: 'null',
    examples: [
      { sql: 'log(100)', result: 2 },
      { sql: 'log(2, 4)', result: 2 },
      { sql: 'log(-10)', error: 'strictly positive' },
    ],
    call: logarithm,
  },
  ofNumber('sqrt', 'The square root of x; an error for a negative number.', squareRoot, [
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
    summary: 'The remainder of a divided by b, as a float with the sign of a; null when b is 0.',
    nulls: 'null',
    examples: [
      { sql: 'mod(7, 3)', result: 1 },
      { sql: 'mod(x, 3)', row: { x: -7 }, result: -1 },
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
    summary: 'The base raised to the exponent, as a float; null where no number is the result.',
    nulls: 'null',
    examples: [
      { sql: 'power(2, 3)', result: 8 },
      { sql: 'power(4, -0.5)', result: 0.5 },
      { sql: 'power(-1, 0.5)', result: null },
    ],
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
    examples: [
      { sql: 'rand() < 1', result: true },
      { sql: 'floor(rand() * 6) + 1 BETWEEN 1 AND 6', result: true },
    ],
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
      'A number written in one base, rewritten in another, in capital letters. Bases are 2 to 36, negative for signed numbers; another base gives null. Only the beginning of n that is a number in its base is read; without one the result is "0". A number of more than 64 bits is an error.',
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
