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

test('regexp_replace passes over an empty match after a match', () => {
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
  for (let i = 0; i < 1200; i++) assert.equal(compileRegex(`^a${i}$`).pattern(), `^a${i}$`)
  assert.equal(call('regexp_matches', 'a3', '^a3$'), true)
})

const LONG = 'a'.repeat(50_000)
for (const hostile of ['(a+)+$', '(a|a)*b', '(.*)*x', '(x+x+)+y', 'a*a*a*a*a*a*b', '[a-z]+[0-9]', '(a|aa)+!']) {
  test(`no text holds up the pattern ${hostile}`, { timeout: 20_000 }, () => {
    assert.equal(call('regexp_matches', `${LONG}?`, hostile), false)
  })
}

test('the groups of a long text are found as those of a short one', () => {
  const long = `${LONG}=${LONG};`
  assert.equal(call('regexp_replace', long, '(?P<k>\\w+)=(\\w+)', '<${k}|$2>'), `<${LONG}|${LONG}>;`)
  assert.equal(call('regexp_substr', `${LONG}12`, '(b|\\d)+$'), '12')
  assert.equal(call('regexp_replace', 'k=v', '(?P<k>\\w+)=(\\w+)', '<${k}|$2>'), '<k|v>')
})

test('a repeat of what may be empty is content with nothing, as in RE2', () => {
  assert.equal(call('regexp_replace', 'aa', '^(|a)*', '-'), '-aa')
  assert.equal(call('regexp_replace', 'é', '^([^a]*?a?)?', '-'), '-é')
  assert.equal(call('regexp_replace', 'abab', '^(a*b*)*', '-'), '-')
})

test('nothing is found within a surrogate pair', () => {
  assert.equal(call('regexp_matches', '😀', '^$'), false)
  assert.equal(call('regexp_replace', '😀a', '$', '-'), '😀a-')
  assert.equal(call('regexp_replace', '😀😀', '^', '-'), '-😀😀')
  assert.equal(call('regexp_replace', 'a😀', '\\B', '-'), 'a😀-')
})

test('what RE2 refuses as too large is refused', () => {
  assert.match(checkRegex('(a{100}){100}')!, /invalid repeat count/)
  assert.match(checkRegex('(?:(?:(?:){1000}){1000}){1000}')!, /invalid repeat count/)
  assert.match(checkRegex('('.repeat(2000) + ')'.repeat(2000))!, /nests too deeply/)
  assert.match(checkRegex('[a-z]{1000}'.repeat(11))!, /too large/)
  assert.equal(checkRegex('(a{100}){10}'), undefined)
  assert.equal(checkRegex('^*\\b+a'), undefined)
})

for (const hostile of ['a+b|a', '\\w+=|\\w', '(a+)b|(a)', 'a(?:.*z)?']) {
  test(`regexp_replace gives up on ${hostile} rather than read a long text over and over`, { timeout: 20_000 }, () => {
    assert.equal(call('regexp_replace', LONG.slice(0, 100), hostile, ''), '')
    assert.throws(() => call('regexp_replace', LONG, hostile, ''), {
      name: RowError.name,
      message: /looks too far ahead at each match in a text of 50000 characters/,
    })
  })
}

test('regexp_replace takes the same long text whatever an ordinary pattern finds in it', { timeout: 20_000 }, () => {
  const line = 'k=v; error 12 <b>\n'
  const long = line.repeat(10_000)
  for (const [pattern, once] of [
    ['.', '!'.repeat(line.length - 1) + '\n'],
    ['<[^>]*>|=', 'k!v; error 12 !\n'],
    ['error|warn', 'k=v; ! 12 <b>\n'],
    ['(\\d)(\\d)', 'k=v; error ! <b>\n'],
    ['.*zzz|\\d+', 'k=v; error ! <b>\n'],
  ] as const) {
    assert.equal(call('regexp_replace', long, pattern, '!'), once.repeat(10_000), pattern)
  }
})
