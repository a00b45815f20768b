// Whatever text comes in, the parser answers with a tree or a UserError, and soon.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { parseSelect, parseStatements } from '../../src/sql/parser.ts'
import { printStatement } from '../../src/sql/printer.ts'
import { stripSpans } from '../support/trees.ts'

const goldens = new URL('../golden/parse/', import.meta.url)
const statements = readdirSync(goldens, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.sql'))
  .flatMap(name => readFileSync(new URL(name, goldens), 'utf8').trimEnd().split('\n'))

/** Parses both ways; what parses must print and read back. */
function check(text: string): void {
  const source = new FileText('random.sql', text)
  try {
    parseSelect(source)
  } catch (error) {
    assert(error instanceof UserError, `not a UserError but ${String(error)}`)
    assert(error.location && error.location.line >= 1 && error.location.column >= 1)
  }
  const parsed = parseStatements(source)
  const again = parseStatements(new FileText('again.sql', parsed.statements.map(printStatement).join(';')))
  assert.deepEqual(again.errors, [])
  assert.deepEqual(stripSpans(again.statements), stripSpans(parsed.statements))
}

test('no text makes the parser fail', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), text => check(text)),
    { numRuns: 2000 },
  )
})

const PIECES =
  ' \t\n;:,.()[]+-*/%&|^#=<>!\'"`\\ab1 SELECT FROM WHERE GROUP BY CASE WHEN END IN NOT OVER AS CREATE STREAM WITH'
const piece = fc.constantFrom(...PIECES.split(/(?=[^A-Z])|(?<=[^A-Z])/))

test('no run of words and signs makes the parser fail', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => check(pieces.join(' '))),
    { numRuns: 2000 },
  )
})

/** A statement with a stretch of it removed, doubled or overwritten. */
const mutated: Arbitrary<string> = fc
  .record({
    text: fc.constantFrom(...statements),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 12 }),
    other: fc.oneof(fc.constant(''), piece, fc.string({ maxLength: 3 }), fc.constantFrom(...statements)),
    doubled: fc.boolean(),
  })
  .map(({ text, at, length, other, doubled }) => {
    const start = Math.floor(at * text.length)
    const cut = text.slice(start, start + length)
    return text.slice(0, start) + (doubled ? cut + cut : other) + text.slice(start + length)
  })

test('no damaged statement makes the parser fail', () => {
  fc.assert(
    fc.property(mutated, text => check(text)),
    { numRuns: 3000 },
  )
})

const DEEP: readonly (readonly [name: string, text: (n: number) => string])[] = [
  ['parentheses', n => `SELECT ${'('.repeat(n)}a${')'.repeat(n)} FROM demo`],
  ['open parentheses', n => `SELECT ${'('.repeat(n)}`],
  ['calls', n => `SELECT ${'f('.repeat(n)}a${')'.repeat(n)} FROM demo`],
  ['CASEs', n => `SELECT ${'CASE '.repeat(n)}`],
  ['indexes', n => `SELECT ${'a['.repeat(n)}1${']'.repeat(n)} FROM demo`],
  ['IN lists', n => `SELECT ${'a IN ('.repeat(n)}1${')'.repeat(n)} FROM demo`],
  ['BETWEENs', n => `SELECT a FROM demo WHERE ${'a BETWEEN ('.repeat(n)}1`],
  ['REPLACEs', n => `SELECT ${'f(* REPLACE('.repeat(n)}a`],
  ['OVERs', n => `SELECT ${'f(a) OVER (WHEN '.repeat(n)}a`],
  ['sums', n => `SELECT a${' + a'.repeat(n)} FROM demo`],
  ['ORs', n => `SELECT a FROM demo WHERE a${' OR a'.repeat(n)}`],
  ['paths', n => `SELECT a${'->b'.repeat(n)} FROM demo`],
  ['LIKEs', n => `SELECT a FROM demo GROUP BY a${' LIKE b'.repeat(n)}`],
  ['types', n => `CREATE STREAM s (a ${'ARRAY('.repeat(n)}BIGINT${')'.repeat(n)}) WITH ()`],
  ['structs', n => `CREATE STREAM s (${'a STRUCT('.repeat(n)}a BIGINT`],
]

for (const [name, text] of DEEP) {
  test(`10,000 nested ${name} are refused, 50 are not a matter of depth`, () => {
    const { errors } = parseStatements(new FileText('deep.sql', text(10_000)))
    assert.match(errors[0]?.what ?? '', /nests deeper than 200 levels|more than 500 operators tall/)
    for (const error of parseStatements(new FileText('deep.sql', text(50))).errors) {
      assert.doesNotMatch(error.what, /nests deeper|operators tall/)
    }
  })
}

test('long flat statements are fine', () => {
  const values = Array.from({ length: 20_000 }, (_, i) => String(i)).join(', ')
  check(`SELECT f(${values}) FROM demo WHERE a IN (${values})`)
  check(Array.from({ length: 2_000 }, (_, i) => `CREATE STREAM s${i} (a BIGINT) WITH (TYPE="mqtt")`).join(';\n'))
})
