// What is printed reads back as the same tree, for random trees and for the goldens, which print back to themselves.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { FileText } from '../../src/core/location.ts'
import { parseSelect, parseStatements } from '../../src/sql/parser.ts'
import { printCreate, printExpression, printSelect, printStatement } from '../../src/sql/printer.ts'
import { stripSpans } from '../../src/sql/walk.ts'
import { arbitraryCreate, arbitraryExpression, arbitrarySelect } from '../support/arbitrary-ast.ts'

const goldens = new URL('../golden/parse/', import.meta.url)

for (const file of readdirSync(goldens).filter(name => name.endsWith('.sql'))) {
  test(`every statement of golden/parse/${file} prints back unchanged`, () => {
    const lines = readFileSync(new URL(file, goldens), 'utf8').trimEnd().split('\n')
    for (const line of lines) {
      const { statements, errors } = parseStatements(new FileText(file, line))
      assert.deepEqual(errors, [], line)
      assert.deepEqual(statements.map(printStatement), [line])
    }
  })
}

test('a printed SELECT reads back as the same tree', () => {
  fc.assert(
    fc.property(arbitrarySelect, select => {
      const text = printSelect(select)
      assert.deepEqual(stripSpans(parseSelect(new FileText('random.sql', text))), stripSpans(select), text)
    }),
    { numRuns: 1000 },
  )
})

test('a printed expression reads back as the same tree', () => {
  fc.assert(
    fc.property(arbitraryExpression, expression => {
      const text = `SELECT ${printExpression(expression)} FROM demo`
      const parsed = parseSelect(new FileText('random.sql', text)).items[0]?.expression
      assert.deepEqual(stripSpans(parsed), stripSpans(expression), text)
    }),
    { numRuns: 2000 },
  )
})

test('a printed CREATE reads back as the same definition', () => {
  fc.assert(
    fc.property(arbitraryCreate, create => {
      const text = printCreate(create)
      const { statements, errors } = parseStatements(new FileText('random.sql', text))
      assert.deepEqual(errors, [], text)
      assert.deepEqual(stripSpans(statements), stripSpans([create]), text)
    }),
    { numRuns: 1000 },
  )
})
