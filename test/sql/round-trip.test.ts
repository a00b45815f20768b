// What is printed reads back as the same tree, for random trees and for the goldens, which print back to themselves.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { FileText } from '../../src/core/location.ts'
import { BINARY_OPERATORS, DDL_OPTIONS } from '../../src/sql/ast.ts'
import { parseSelect, parseStatements } from '../../src/sql/parser.ts'
import { printCreate, printExpression, printSelect, printStatement } from '../../src/sql/printer.ts'
import { arbitraryCreate, arbitraryExpression, arbitrarySelect, arbitraryStatement } from '../support/arbitrary-ast.ts'
import { stripSpans } from '../support/trees.ts'
import '../support/seed.ts'

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

test('the statements of a printed file read back as they were, whatever their names and texts hold', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryStatement, { maxLength: 4 }),
      fc.constantFrom(';', ';\n', ' ; ; '),
      (list, between) => {
        const text = list.map(printStatement).join(between)
        const { statements, errors } = parseStatements(new FileText('random.sql', text))
        assert.deepEqual(errors, [], text)
        assert.deepEqual(stripSpans(statements), stripSpans(list), text)
        assert.equal(statements.map(printStatement).join(between), text)
      },
    ),
    { numRuns: 1000 },
  )
})

test('every kind of node, window, join and statement is among the random trees', () => {
  const met = new Set<string>()
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of node instanceof Map ? node : Object.entries(node)) {
      if (key === 'kind' || key === 'operator' || key === 'verb') met.add(String(value))
      // A part that may be left out, and lists that may be empty.
      if (value !== undefined && (!Array.isArray(value) || value.length > 0)) met.add(String(key))
      look(value)
    }
  }
  fc.sample(arbitraryStatement, 1500).forEach(look)
  const kinds = `literal column field index slice call binary in between like case wildcard select create admin
    tumbling hopping sliding session count state inner left right full cross array struct bigint float string datetime boolean bytea
    qualifier filter over partitionBy when orderBy list array operand otherwise from to except replace alias invisible joins on where
    groupBy window having limit delay interval emit default fields options SHOW DESCRIBE EXPLAIN DROP`
  const missing = [...kinds.split(/\s+/), ...BINARY_OPERATORS, ...DDL_OPTIONS].filter(kind => !met.has(kind))
  assert.deepEqual(missing, [])
})

test('a name with a back-tick is refused by the printer: no text means it', () => {
  const span = { start: 0, end: 0 }
  assert.throws(() => printExpression({ kind: 'column', qualifier: undefined, name: 'a`b', span }), /back-tick/)
})
