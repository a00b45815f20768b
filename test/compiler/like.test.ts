import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { likeMatcher } from '../../src/compiler/like.ts'
import { evaluate } from '../support/rules.ts'

const CASES: readonly (readonly [text: string, pattern: string, matches: boolean])[] = [
  ['', '', true],
  ['', '%', true],
  ['', '_', false],
  ['a', '', false],
  ['abc', 'a%', true],
  ['abc', '%c', true],
  ['abc', '%b%', true],
  ['abc', 'a_c', true],
  ['abc', 'A%', false],
  ['abc', 'ab', false],
  ['aab', '%ab', true],
  ['abab', 'ab%ab', true],
  ['ab', 'ab%ab', false],
  ['aba', 'ab%ba', false],
  ['a😀c', 'a_c', true],
  ['a😀c', 'a__c', false],
  ['😀', '%_', true],
  ['😀', '%__', false],
  // regular expression signs are only characters
  ['a.c', 'a.c', true],
  ['abc', 'a.c', false],
  ['a+(b)[c]{d}^$|\\e', 'a+(b)[c]{d}^$|\\e', true],
  ['aaa', 'a*', false],
  // escapes
  ['5%', '5\\%', true],
  ['5x', '5\\%', false],
  ['a\\_b', 'a\\_b', true],
  ['a_b', 'a\\_b', false],
  ['axb', 'a\\_b', false],
  // line feeds, and only those, end a run
  ['a\nb', 'a%b', false],
  ['a\nb', 'a_b', false],
  ['a\nb', 'a\n%', true],
  ['a\rb', 'a%b', true],
  ['a\u2028b', 'a_b', true],
  ['x\ny\nz', '%\ny\n%', true],
]

for (const [text, pattern, matches] of CASES) {
  test(`${JSON.stringify(text)} LIKE ${JSON.stringify(pattern)} is ${matches}`, () => {
    assert.equal(likeMatcher(pattern)(text), matches)
  })
}

test('the matcher agrees with a regular expression', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '%', '\\', '\n', '\r', '😀', '\ud83d', '\ude00'),
    maxLength: 10,
  })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '%', '%', '_', '\\', '\n', '😀'), maxLength: 8 })
  const reference = (p: string) => {
    const source = p.replace(/\\%|\\_|[%_]|[\s\S]/gu, part => {
      if (part === '%') return '[^\\n]*'
      if (part === '_') return '[^\\n]'
      return RegExp.escape(part === '\\%' ? '%' : part)
    })
    return new RegExp(`^(?:${source})$`, 'u')
  }
  fc.assert(
    fc.property(text, pattern, (t, p) => {
      assert.equal(likeMatcher(p)(t), reference(p).test(t))
    }),
    { numRuns: 20_000 },
  )
})

test('a text that nearly matches a hundred thousand times takes no time', () => {
  const started = performance.now()
  assert.equal(likeMatcher('%error%timeout%')('error'.repeat(200_000)), false)
  assert.equal(likeMatcher('%a%a%a%a%a%a%a%b')('a'.repeat(200_000)), false)
  assert.ok(performance.now() - started < 1000, 'it went over the text again and again')
})

test('LIKE and NOT LIKE take texts only, patterns may be columns', () => {
  assert.equal(evaluate('a LIKE p', { a: 'abc', p: 'a%' }), true)
  assert.equal(evaluate('a NOT LIKE p', { a: 'abc', p: 'a%' }), false)
  assert.match(String(evaluate('a LIKE "x%"', { a: null })), /err:invalid operation null LIKE string\(x%\)$/)
  assert.match(String(evaluate('a NOT LIKE p', { a: 'x' })), /err:invalid operation string\(x\) NOT LIKE null$/)
})
