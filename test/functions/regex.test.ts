import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import { checkRegex, compileRegex } from '../../src/functions/regex.ts'
import { call } from './call.ts'

interface Case {
  readonly pattern: string
  readonly matches?: readonly string[]
  readonly not?: readonly string[]
}

const cases: readonly Case[] = [
  { pattern: '[0-9]+', matches: ['x12'], not: ['x'] },
  { pattern: '^(?i)error|warn', matches: ['ERROR', 'a WARN'], not: ['a error'] },
  { pattern: '(a(?i)b|c)d', matches: ['aBd', 'Cd'], not: ['ABd', 'CD'] },
  { pattern: '(?i:a)b', matches: ['Ab'], not: ['aB'] },
  { pattern: '(?i)a(?-i)b|c', matches: ['Ab', 'c'], not: ['aB', 'C'] },
  { pattern: '\\Aab\\z', matches: ['ab'], not: ['ab\n', 'xab'] },
  { pattern: '^b$', matches: ['b'], not: ['a\nb', 'b\n'] },
  { pattern: '(?m)^b$', matches: ['a\nb\nc'], not: ['a\rb'] },
  { pattern: 'a.c', matches: ['a\rc', 'a\u2028c', 'a😀c'], not: ['a\nc'] },
  { pattern: '(?s)a.c', matches: ['a\nc'] },
  { pattern: '^\\s$', matches: [' ', '\t'], not: ['\u00a0', '\v'] },
  { pattern: '^[\\S]$', matches: ['\u00a0'], not: [' '] },
  { pattern: '^\\d\\w\\W$', matches: ['1_-'], not: ['٣a-'] },
  { pattern: '^[[:alpha:]_]+$', matches: ['a_Z'], not: ['é'] },
  { pattern: '^[[:^digit:]]$', matches: ['a'], not: ['1'] },
  { pattern: '^\\pL\\p{Greek}\\P{Lu}$', matches: ['éαa'], not: ['éaa', 'éαA'] },
  { pattern: '^\\p{^Greek}$', matches: ['a'], not: ['α'] },
  { pattern: '^[]a^-]+$', matches: ['a]^-'], not: ['b'] },
  { pattern: '^[^]]$', matches: ['a'], not: [']'] },
  { pattern: '^[a&&b]+$', matches: ['a&b'] },
  { pattern: '^[a-c-e]+$', matches: ['b-e'], not: ['d'] },
  { pattern: '^\\Qa.b\\E+$', matches: ['a.bb'], not: ['axb'] },
  { pattern: '^\\x41\\x{1F600}\\101\\a$', matches: ['A😀A\x07'] },
  { pattern: '^a{2}b{,2}c{$', matches: ['aab{,2}c{'] },
  { pattern: '^a{2,3}$', matches: ['aa', 'aaa'], not: ['aaaa'] },
  { pattern: '^\\.\\_\\/-$', matches: ['._/-'] },
  { pattern: '^(?P<year>\\d{4})-(?<month>\\d\\d)$', matches: ['2024-01'] },
  { pattern: '\\bfoo\\B', matches: ['a foox'], not: ['a foo'] },
  { pattern: '', matches: [''] },
]

for (const { pattern, matches = [], not = [] } of cases) {
  test(`pattern ${JSON.stringify(pattern)} matches as in RE2`, () => {
    for (const text of matches) assert.equal(call('regexp_matches', text, pattern), true, text)
    for (const text of not) assert.equal(call('regexp_matches', text, pattern), false, text)
  })
}

const bad = [
  '(?=a)',
  '(?<!a)',
  '(a)\\1',
  'a**',
  '(',
  'a)',
  '[a',
  '[z-a]',
  '[[:foo:]]',
  '\\',
  '\\k',
  '*a',
  'a{1001}',
  'a{3,2}',
  '\\p{Nonsense}',
  '(?P<a>x)(?P<a>y)',
  '(?x)a',
  '\\x{110000}',
  '[a-\\d]',
]
for (const pattern of bad) {
  test(`pattern ${pattern} is no RE2 pattern`, () => {
    assert.match(checkRegex(pattern) ?? 'accepted', /error parsing regexp/)
    assert.throws(() => call('regexp_matches', 'a', pattern), RowError)
  })
}

test('regexp_replace expands groups by number and name', () => {
  assert.equal(call('regexp_replace', '-ab-axxb-', 'a(x*)b', '${1}W'), '-W-xxW-')
  assert.equal(call('regexp_replace', '-ab-axxb-', 'a(x*)b', '$1W'), '---')
  assert.equal(call('regexp_replace', '2024-01', '(?P<y>\\d+)-(?P<m>\\d+)', '$m/${y}$$ $'), '01/2024$ $')
  assert.equal(call('regexp_replace', 'a1b2', '[0-9]', '#'), 'a#b#')
})

test('regexp_replace passes over an empty match behind a match', () => {
  assert.equal(call('regexp_replace', 'baaac', 'a*', 'X'), 'XbXcX')
  assert.equal(call('regexp_replace', 'a😀b', '', '-'), '-a-😀-b-')
})

test('regexp_substr gives the first match, leftmost branch first, or nothing', () => {
  assert.equal(call('regexp_substr', 'seafood', 'foo.*'), 'food')
  assert.equal(call('regexp_substr', 'seafood', 'x'), '')
  assert.equal(call('regexp_substr', 'xaaa', '(?U)a+'), 'a')
  assert.equal(call('regexp_substr', 'xaaa', '(?U)a+?'), 'aaa')
})

test('thousands of patterns from data still match right', () => {
  for (let i = 0; i < 1200; i++) assert.equal(compileRegex(`^a${i}$`).source.includes(`a${i}`), true)
  assert.equal(call('regexp_matches', 'a3', '^a3$'), true)
})
