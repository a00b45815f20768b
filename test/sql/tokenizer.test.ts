// The lexical rules: which text is which token, and what is none.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileText } from '../../src/core/location.ts'
import { quoteString } from '../../src/sql/string-literal.ts'
import { type Token, tokenize, tokenizeWithComments } from '../../src/sql/tokenizer.ts'

/** One word a token: `name:a keyword:FROM string:"x" 1n 1.5 ->`, and `bad` for what is none. */
function shown(text: string): string {
  return tokenize(new FileText('t.sql', text)).slice(0, -1).map(showToken).join(' ')
}

function showToken(token: Token): string {
  switch (token.kind) {
    case 'name':
      return `name:${token.name}`
    case 'keyword':
      return `keyword:${token.word}`
    case 'string':
      return `string:${JSON.stringify(token.value)}`
    case 'integer':
      return `${token.value}n`
    case 'float':
      return `float:${token.value}`
    case 'symbol':
      return token.symbol
    default:
      return token.kind
  }
}

const CASES: readonly { readonly name: string; readonly text: string; readonly tokens: string }[] = [
  {
    name: 'reserved words in any case',
    text: 'select Select frOM',
    tokens: 'keyword:SELECT keyword:SELECT keyword:FROM',
  },
  {
    name: 'words of other statements are names',
    text: 'CREATE stream Bigint',
    tokens: 'name:CREATE name:stream name:Bigint',
  },
  { name: 'unit names are reserved', text: 'ss Ms dd', tokens: 'keyword:SS keyword:MS keyword:DD' },
  { name: 'names keep their case', text: 'aB_1', tokens: 'name:aB_1' },
  { name: 'back-ticks hold anything', text: '`a b` `from` `中\n文`', tokens: 'name:a b name:from name:中\n文' },
  { name: 'white space of four kinds', text: ' \t\r\na', tokens: 'name:a' },
  { name: 'a byte order mark at the start', text: '\ufeffa', tokens: 'name:a' },
  { name: 'line comments', text: 'a -- b ; "\nc', tokens: 'name:a name:c' },
  { name: 'a minus and a minus are a comment', text: '5 - -1\n+ 2', tokens: '5n + 2n' },
  { name: 'block comments do not nest', text: 'a /* /* b */ c', tokens: 'name:a name:c' },
  { name: 'block comments with a blank inside', text: 'a / * b */ c', tokens: 'name:a name:c' },
  { name: 'two-character operators', text: '<=>=!=->', tokens: '<= >= != ->' },
  { name: 'blanks inside operators', text: '< = > = ! = - >', tokens: '<= >= != ->' },
  {
    name: 'single characters',
    text: '+ * / % & | ^ # ( ) [ ] , ; : . = < >',
    tokens: '+ * / % & | ^ # ( ) [ ] , ; : . = < >',
  },
  { name: 'integers', text: '0 007 42', tokens: '0n 7n 42n' },
  {
    name: 'integers beyond 64 bits are clamped',
    text: '9223372036854775807 9223372036854775808 99999999999999999999999',
    tokens: '9223372036854775807n 9223372036854775807n 9223372036854775807n',
  },
  { name: 'floats', text: '1.5 .5 1. 0.0', tokens: 'float:1.5 float:0.5 float:1 float:0' },
  { name: 'a point after a name', text: 'a.b a.1', tokens: 'name:a . name:b name:a float:0.1' },
  { name: 'slices', text: 'a[1:2]', tokens: 'name:a [ 1n : 2n ]' },
  { name: 'no exponents', text: '1e5 1.5E3', tokens: 'bad bad' },
  { name: 'no hexadecimal', text: '0x1F', tokens: 'bad' },
  { name: 'no second point', text: '1.2.3 a', tokens: 'bad name:a' },
  { name: 'names do not begin with a digit or _', text: '1a _a', tokens: 'bad bad' },
  { name: 'names have no letters beyond A to Z', text: 'größe é a', tokens: 'bad bad name:a' },
  { name: 'a lone exclamation mark', text: '!a', tokens: 'bad name:a' },
  {
    name: 'characters without meaning',
    text: '@ $ ? { } ~ \\ € \u00a0 \u0000 😀',
    tokens: Array(11).fill('bad').join(' '),
  },
  { name: 'typographic quotes', text: '“a”', tokens: 'bad name:a bad' },
  { name: 'both kinds of quotes', text: `"it's" 'say "x"'`, tokens: `string:"it's" string:"say \\"x\\""` },
  { name: 'doubled quotes are two literals', text: `'a''b'`, tokens: 'string:"a" string:"b"' },
  { name: 'an escaped single quote at the end', text: `'a\\''`, tokens: `string:"a'"` },
  {
    name: 'simple escapes',
    text: String.raw`"\a\b\f\n\r\t\v\\\""`,
    tokens: String.raw`string:"\u0007\b\f\n\r\t\u000b\\\""`,
  },
  { name: 'numeric escapes', text: String.raw`"\101\x41\u0041\U00000041"`, tokens: 'string:"AAAA"' },
  { name: 'byte escapes are UTF-8', text: String.raw`"\xe4\xb8\xad\344\270\255"`, tokens: 'string:"中中"' },
  { name: 'a code point beyond 16 bits', text: String.raw`"\U0001F600"`, tokens: 'string:"😀"' },
  { name: 'an escaped backslash before the quote', text: String.raw`"a\\" b`, tokens: String.raw`string:"a\\" name:b` },
  {
    name: 'illegal escapes',
    text: String.raw`"\d" '\e' "\1" "\400" "\x4" "\u12" "\ud800" "\U00110000"`,
    tokens: Array(8).fill('bad').join(' '),
  },
  { name: 'a single quote escaped in double quotes', text: String.raw`"\'"`, tokens: 'bad' },
  { name: 'bytes that are not UTF-8', text: String.raw`"\xff" "a\xe4\xb8" "\377x"`, tokens: 'bad bad bad' },
  { name: 'a string without end stops at the line', text: '"abc\nd', tokens: 'bad name:d' },
  { name: 'a backslash does not escape a line break', text: '"abc\\\nd', tokens: 'bad name:d' },
  { name: 'back-ticks without end stop at the line', text: '`abc\nd', tokens: 'bad name:d' },
  { name: 'a comment without end', text: 'a /* b\nc', tokens: 'name:a bad' },
]

for (const { name, text, tokens } of CASES) {
  test(`tokens: ${name}`, () => assert.equal(shown(text), tokens))
}

test('every token knows its place', () => {
  const text = 'SELECT `a b` ,"x\\n" - > 12'
  const tokens = tokenize(new FileText('t.sql', text))
  assert.deepEqual(
    tokens.map(({ span }) => text.slice(span.start, span.end)),
    ['SELECT', '`a b`', ',', '"x\\n"', '- >', '12', ''],
  )
})

test('a fault points at the escape, not at the whole literal', () => {
  const [token] = tokenize(new FileText('t.sql', String.raw`"abc\def"`))
  assert(token?.kind === 'bad')
  assert.deepEqual(token.fault.place, { start: 4, end: 6 })
  assert.equal(token.fault.fix, String.raw`For a backslash write two: \\d.`)
})

test('long runs of anything take no more than a moment', () => {
  for (const piece of ['"', "'a\\", '`', '-', '/', '9', '.', '_', 'é', '@', ' ', '(', '"\\x41"']) {
    const started = performance.now()
    tokenize(new FileText('t.sql', piece.repeat(300_000 / piece.length)))
    assert(performance.now() - started < 5_000, `${piece} repeated takes too long`)
  }
})

test('a quoted string is read back as it was', () => {
  for (const value of ['', 'a"b\\c', "it's", '\0\x01\x1f\x7f\n\r\t', '中文 😀 \u2028']) {
    assert.equal(shown(quoteString(value)), `string:${JSON.stringify(value)}`)
  }
})

test('comments are given to who asks for them, without their marks; the tokens are the same', () => {
  const source = new FileText('t.sql', "a -- b \n/* c\n*/ - - d\n'-- e' / * f */ g --")
  const { tokens, comments } = tokenizeWithComments(source)
  assert.deepEqual(tokens, tokenize(source))
  assert.deepEqual(
    comments.map(({ kind, body, span }) => [kind, body, source.text.slice(span.start, span.end)]),
    [
      ['line', ' b ', '-- b '],
      ['block', ' c\n', '/* c\n*/'],
      ['line', ' d', '- - d'],
      ['block', ' f ', '/ * f */'],
      ['line', '', '--'],
    ],
  )
})
