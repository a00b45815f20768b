// Text functions (spec/functions.md 5). Arguments are taken as loose text; `substring` and `indexof` count UTF-8 bytes.

import { RowError } from '../core/errors.ts'
import { looseText } from '../core/text.ts'
import { isArray, isStruct, type Value } from '../core/value.ts'
import { countOf } from './arguments.ts'
import type { Example, FunctionDefinition, Parameter, ScalarFunction } from './definition.ts'
import { formatNumber } from './number-format.ts'
import { checkRegex, firstMatch, matchesRegex, replaceMatches } from './regex.ts'

const S: Parameter = { name: 's', kind: 'string' }
const PATTERN: Parameter = { name: 'pattern', kind: 'string', doubt: pattern => checkRegex(String(pattern)) }

/** A function of one text. */
function ofText(
  name: string,
  summary: string,
  compute: (s: string) => string,
  examples: readonly Example[],
): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: 'string',
    parameters: [S],
    returns: 'string',
    summary,
    nulls: 'null',
    examples,
    call: (s: Value) => compute(looseText(s)),
  }
}

function ofTwoTexts(
  name: string,
  summary: string,
  compute: (s: string, t: string) => boolean,
  examples: readonly Example[],
): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: 'string',
    parameters: [S, { name: 't', kind: 'string' }],
    returns: 'boolean',
    summary,
    nulls: 'false',
    examples,
    call: (s: Value, t: Value) => compute(looseText(s), looseText(t)),
  }
}

const MOST_BLANKS = 1_000_000

function blanks(n: Value): string {
  const count = countOf(n, 'the number of blanks')
  if (count < 0) throw new RowError(`the number of blanks should not be negative but got ${count}`)
  if (count > MOST_BLANKS) throw new RowError(`more than ${MOST_BLANKS} blanks asked for: ${count}`)
  return ' '.repeat(count)
}

/** Unicode white space as Go sees it: JavaScript's trim also takes U+FEFF and leaves U+0085. */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  if (code < 0x85) return false
  return code === 0x85 || (code !== 0xfeff && String.fromCharCode(code).trim() === '')
}

function trimmed(text: string, left: boolean, right: boolean): string {
  let start = 0
  let end = text.length
  if (left) while (start < end && isSpace(text.charCodeAt(start))) start++
  if (right) while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function length(x: Value): bigint {
  if (isArray(x)) return BigInt(x.length)
  if (isStruct(x)) return BigInt(Object.keys(x).length)
  let count = 0
  for (const _ of looseText(x)) count++
  return BigInt(count)
}

function substring(s: Value, start: Value, end?: Value): string {
  const text = looseText(s)
  const from = countOf(start, 'start')
  const to = end === undefined ? Number.POSITIVE_INFINITY : countOf(end, 'end')
  if (from < 0 || to < 0) throw new RowError(`substring: negative index, start ${from}, end ${to}`)
  if (from > to) throw new RowError(`substring: start ${from} is after end ${to}`)
  // Where all characters are of one byte, bytes need not be made to be counted.
  if (isAscii(text)) return text.slice(from, to)
  const bytes = Buffer.from(text)
  return bytes.toString('utf8', Math.min(from, bytes.length), Math.min(to, bytes.length))
}

const NOT_ASCII = /[^\x00-\x7f]/

function isAscii(text: string): boolean {
  return !NOT_ASCII.test(text)
}

function indexOf(s: Value, t: Value): bigint {
  if (s === null || t === null) return -1n
  const text = looseText(s)
  const at = text.indexOf(looseText(t))
  return at < 0 ? -1n : BigInt(Buffer.byteLength(text.slice(0, at)))
}

function splitValue(s: Value, separator: Value, i: Value): string {
  const text = looseText(s)
  const by = looseText(separator)
  const parts = by === '' ? Array.from(text) : text.split(by)
  const index = countOf(i, 'the index')
  const part = parts.at(index)
  if (part === undefined) throw new RowError(`${index} out of index array (size = ${parts.length})`)
  return part
}

const parts: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'concat',
    family: 'string',
    parameters: [{ name: 's', kind: 'string', variadic: true }],
    returns: 'string',
    summary: 'The texts of all arguments, one after the other.',
    nulls: 'own',
    whenNull: 'adds nothing; the result is never null.',
    examples: [
      { sql: 'concat("a", id, "b")', row: { id: 12 }, result: 'a12b' },
      { sql: 'concat(zzz)', row: {}, result: '' },
    ],
    call: (...texts: Value[]) => {
      let result = ''
      for (const text of texts) result += looseText(text)
      return result
    },
  },
  {
    kind: 'scalar',
    name: 'indexof',
    family: 'string',
    parameters: [S, { name: 't', kind: 'string' }],
    returns: 'int',
    summary:
      'Where t begins in s for the first time, counted from 0 in bytes of UTF-8 (not in characters); -1 when it does not occur.',
    nulls: 'own',
    whenNull: 'either argument null gives -1.',
    examples: [
      { sql: 'indexof("hello", "l")', result: 2 },
      { sql: 'indexof("é-", "-")', result: 2 },
      { sql: 'indexof("hello", zzz)', result: -1 },
    ],
    call: indexOf,
  },
  {
    kind: 'scalar',
    name: 'substring',
    family: 'string',
    parameters: [S, { name: 'start', kind: 'int' }, { name: 'end', kind: 'int', optional: true }],
    returns: 'string',
    summary:
      'The part of the text from start up to, not including, end; without end to the end of the text. Both are positions from 0, in bytes of UTF-8: end is no length. Positions beyond the text are taken as its end; a negative one, or a start after the end, is an error.',
    nulls: 'null',
    examples: [
      { sql: 'substring("pressure", 1, 3)', result: 're' },
      { sql: 'substring("pressure", 5)', result: 'ure' },
      { sql: 'substring("pressure", 5, 100)', result: 'ure' },
      { sql: 'substring("pressure", x, 1)', row: { x: 3 }, error: 'start 3 is after end 1' },
    ],
    checks: 'start and end as literals must not be negative, and start must not be after end.',
    check: args => {
      const [start, end] = args.slice(1).map(a => (typeof a.value === 'bigint' ? a.value : undefined))
      if ((start ?? 0n) < 0n || (end ?? 0n) < 0n) return 'The offsets should not be negative.'
      return start !== undefined && end !== undefined && start > end
        ? `The end offset ${end} should not be before the start offset ${start}.`
        : undefined
    },
    call: substring,
  },
  {
    kind: 'scalar',
    name: 'split_value',
    family: 'string',
    parameters: [S, { name: 'separator', kind: 'string' }, { name: 'i', kind: 'int' }],
    returns: 'string',
    summary:
      'The part with the index i, from 0, of s cut at every separator. A negative i, which only a column can give, counts from the end; an i outside the parts is an error.',
    nulls: 'null',
    examples: [
      { sql: 'split_value("n1:t:7", ":", 2)', result: '7' },
      { sql: 'split_value("n1:t", ":", x)', row: { x: 3 }, error: '3 out of index array (size = 2)' },
    ],
    checks: 'i as a literal must not be negative.',
    check: args => {
      const i = args[2]?.value
      return typeof i === 'bigint' && i < 0n ? 'The index should not be a negative literal.' : undefined
    },
    call: splitValue,
  },
]

const sizes: readonly FunctionDefinition[] = [
  {
    kind: 'scalar',
    name: 'length',
    family: 'string',
    // A literal must be text, as for the other functions here; arrays and objects come from columns.
    parameters: [{ name: 'x', kind: 'string' }],
    returns: 'int',
    summary:
      'The number of characters (code points) of a text, of elements of an array, or of entries of an object. A number is measured as its text.',
    nulls: 'zero',
    examples: [
      { sql: 'length("héllo")', result: 5 },
      { sql: 'length(arr)', row: { arr: [1, 2, 3] }, result: 3 },
      { sql: 'length(zzz)', result: 0 },
    ],
    call: length,
  },
  {
    kind: 'scalar',
    name: 'numbytes',
    family: 'string',
    parameters: [S],
    returns: 'int',
    summary: 'The number of bytes of the text in UTF-8.',
    nulls: 'zero',
    examples: [
      { sql: 'numbytes("é")', result: 2 },
      { sql: 'numbytes(zzz)', result: 0 },
    ],
    call: (s: Value) => BigInt(Buffer.byteLength(looseText(s))),
  },
]

function pad(name: string, side: string, compute: (s: string, pad: string) => string, result: string): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: 'string',
    parameters: [S, { name: 'n', kind: 'int' }],
    returns: 'string',
    summary: `The text with n blanks more on the ${side}, however long it is; it is not padded to a length. A negative n is an error, and so is one above 1000000.`,
    nulls: 'null',
    examples: [
      { sql: `${name}("ab", 2)`, result },
      { sql: `${name}("ab", n)`, row: { n: -1 }, error: 'should not be negative' },
    ],
    call: (s: Value, n: Value) => compute(looseText(s), blanks(n)),
  }
}

const forms: readonly FunctionDefinition[] = [
  ofText('lower', 'The text in lower case.', s => s.toLowerCase(), [
    { sql: 'lower("aB")', result: 'ab' },
    { sql: 'lower(zzz)', result: null },
  ]),
  ofText('upper', 'The text in upper case.', s => s.toUpperCase(), [
    { sql: 'upper("aB")', result: 'AB' },
    { sql: 'upper(x)', row: { x: true }, result: 'TRUE' },
  ]),
  ofText(
    'trim',
    'The text without the white space (blanks, tabs, line breaks and their like in Unicode) at both ends.',
    s => trimmed(s, true, true),
    [
      { sql: 'trim(" a ")', result: 'a' },
      { sql: 'trim(s)', row: { s: '\t a b\n' }, result: 'a b' },
    ],
  ),
  ofText('ltrim', 'The text without white space at its beginning.', s => trimmed(s, true, false), [
    { sql: 'ltrim(" a ")', result: 'a ' },
    { sql: 'ltrim(zzz)', result: null },
  ]),
  ofText('rtrim', 'The text without white space at its end.', s => trimmed(s, false, true), [
    { sql: 'rtrim(" a ")', result: ' a' },
    { sql: 'rtrim(zzz)', result: null },
  ]),
  ofText('reverse', 'The characters of the text, last first.', s => Array.from(s).reverse().join(''), [
    { sql: 'reverse("abc")', result: 'cba' },
    { sql: 'reverse(x)', row: { x: 12 }, result: '21' },
  ]),
  pad('lpad', 'left', (s, blank) => blank + s, '  ab'),
  pad('rpad', 'right', (s, blank) => s + blank, 'ab  '),
  {
    kind: 'scalar',
    name: 'format',
    family: 'string',
    parameters: [
      { name: 'x', kind: 'number' },
      { name: 'd', kind: 'int', literal: true },
      { name: 'locale', kind: 'string', optional: true, literal: true },
    ],
    returns: 'string',
    summary:
      'The number as text with exactly d decimals; a half goes to the even digit. Without a locale it is written plainly, with a decimal point; with one, which is a language and a country such as "en_US" or "de_DE", as they write it there.',
    nulls: 'null',
    examples: [
      { sql: 'format(9876.54321, 2)', result: '9876.54' },
      { sql: 'format(9876.54321, 2, "en_US")', result: '9,876.54' },
      { sql: 'format(9876.54321, 2, "de_DE")', result: '9.876,54' },
      { sql: 'format(1, 0, "en")', error: 'not support for the specific locale:en' },
    ],
    checks: 'd is from 0 to 100.',
    check: args => {
      const d = args[1]?.value
      return typeof d === 'bigint' && (d < 0n || d > 100n) ? 'The number of decimals should be 0 to 100.' : undefined
    },
    call: (x: Value, d: Value, locale?: Value) =>
      formatNumber(x, countOf(d, 'the number of decimals'), locale === undefined ? undefined : looseText(locale)),
  },
]

const matching: readonly FunctionDefinition[] = [
  ofTwoTexts(
    'startswith',
    'Whether the text s begins with t, upper and lower case told apart.',
    (s, t) => s.startsWith(t),
    [
      { sql: 'startswith("abc", "ab")', result: true },
      { sql: 'startswith(zzz, "ab")', result: false },
    ],
  ),
  ofTwoTexts('endswith', 'Whether the text s ends with t, upper and lower case told apart.', (s, t) => s.endsWith(t), [
    { sql: 'endswith("abc", "bc")', result: true },
    { sql: 'endswith("abc", "BC")', result: false },
  ]),
  {
    kind: 'scalar',
    name: 'regexp_matches',
    family: 'string',
    parameters: [S, PATTERN],
    returns: 'boolean',
    summary:
      'Whether the pattern, a regular expression of RE2, is found anywhere in the text; ^ and $ tie it to the ends of the text.',
    nulls: 'false',
    examples: [
      { sql: 'regexp_matches("x12", "[0-9]+")', result: true },
      { sql: 'regexp_matches("Error 7", "^(?i)error")', result: true },
    ],
    call: (s: Value, pattern: Value) => matchesRegex(looseText(s), looseText(pattern)),
  },
  {
    kind: 'scalar',
    name: 'regexp_replace',
    family: 'string',
    parameters: [S, PATTERN, { name: 'replacement', kind: 'string' }],
    returns: 'string',
    summary:
      'The text with every match of the pattern, a regular expression of RE2, replaced; in the replacement $1 and ${name} stand for groups. A pattern that looks far ahead for nothing at each match (`a+b|a`) is an error on long texts.',
    nulls: 'null',
    examples: [
      { sql: 'regexp_replace("a1b2", "[0-9]", "#")', result: 'a#b#' },
      { sql: 'regexp_replace("k=v", "(\\\\w+)=(\\\\w+)", "$2=$1")', result: 'v=k' },
    ],
    call: (s: Value, pattern: Value, replacement: Value) =>
      replaceMatches(looseText(s), looseText(pattern), looseText(replacement)),
  },
  {
    kind: 'scalar',
    name: 'regexp_substr',
    family: 'string',
    parameters: [S, PATTERN],
    returns: 'string',
    summary:
      'The first part of the text that the pattern, a regular expression of RE2, matches; the empty text when there is none.',
    nulls: 'null',
    examples: [
      { sql: 'regexp_substr("unit-42b", "[0-9]+")', result: '42' },
      { sql: 'regexp_substr("unit", "[0-9]+")', result: '' },
    ],
    call: (s: Value, pattern: Value) => firstMatch(looseText(s), looseText(pattern)),
  },
]

export const stringFunctions: readonly FunctionDefinition[] = [...parts, ...sizes, ...forms, ...matching]
