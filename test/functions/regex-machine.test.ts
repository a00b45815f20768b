import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkRegex } from '../../src/functions/regex.ts'
import { RegexMachine } from '../../src/functions/regex-machine.ts'
import { regexProgram } from '../../src/functions/regex-program.ts'
import { translateRegex } from '../../src/functions/regex-syntax.ts'
import { call } from './call.ts'

const ATOMS =
  'a b . [ab] [^a] \\d \\w \\b \\B ^ $ (a) (?:ab) (a|b) (?i)a (?m)^ (?m)$ é 😀 (a*) [[:alpha:]] \\pL (?s). \\x61 (?:a|)'
const QUANTIFIERS = ['', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '+?', '??']

const piece = fc
  .tuple(fc.constantFrom(...ATOMS.split(' ')), fc.constantFrom(...QUANTIFIERS), fc.constantFrom('', '', '', '|'))
  .map(parts => parts.join(''))
const pattern = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '', '', ...QUANTIFIERS))
  .map(([pieces, quantifier]) => (quantifier === '' ? pieces.join('') : `(${pieces.join('')})${quantifier}`))
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '1', ' ', '\n', 'é', '😀', '_'), maxLength: 9 })

test('the machine finds what the matcher of JavaScript finds, where both may be asked', () => {
  let compared = 0
  fc.assert(
    fc.property(pattern, text, (written, subject) => {
      fc.pre(checkRegex(written) === undefined)
      const { source } = translateRegex(written)
      const program = regexProgram(source)
      fc.pre(program.longestForBacktracking >= 0)
      const expected = new RegExp(source, 'v').exec(subject)
      const places = new RegexMachine(program).match(subject, 0)
      assert.deepEqual(
        places?.slice(0, 2),
        expected ? [expected.index, expected.index + expected[0].length] : undefined,
      )
      compared++
    }),
    { numRuns: 3000, seed: 11 },
  )
  assert.ok(compared >= 3000)
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
