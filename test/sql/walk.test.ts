// Walking, mapping and comparing trees.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FileText } from '../../src/core/location.ts'
import type { Expression } from '../../src/sql/ast.ts'
import { parseSelect } from '../../src/sql/parser.ts'
import { printExpression } from '../../src/sql/printer.ts'
import { children, walk } from '../../src/sql/walk.ts'
import { needsQuotes, RESERVED_WORDS } from '../../src/sql/words.ts'
import { arbitraryExpression } from '../support/arbitrary-ast.ts'
import { mapExpression, stripSpans } from '../support/trees.ts'

function expression(text: string): Expression {
  return parseSelect(new FileText('t.sql', `SELECT ${text} FROM demo`)).items[0]!.expression
}

const EVERYTHING =
  'f(a, * REPLACE(b AS x)) FILTER (WHERE c) OVER (PARTITION BY d WHEN e) + ' +
  'CASE g WHEN h THEN i ELSE j END - k->x * l[m] / n[o:p] + r IN (s, t) OR u BETWEEN v AND w AND y LIKE z OR aa IN bb ' +
  'OR row_number() OVER (ORDER BY cc)'

test('walk visits every column in the order of the text', () => {
  const names: string[] = []
  walk(expression(EVERYTHING), e => {
    if (e.kind === 'column') names.push(e.name)
  })
  assert.equal(names.join(' '), 'a b c d e g h i j k l m n o p r s t u v w y z aa bb cc')
})

test('walk leaves out what is below a node that answers false', () => {
  const kinds: string[] = []
  walk(expression('f(a) + b[c]'), e => {
    kinds.push(e.kind)
    return e.kind !== 'call'
  })
  assert.deepEqual(kinds, ['binary', 'call', 'index', 'column', 'column'])
})

test('mapExpression reaches every column', () => {
  const mapped = mapExpression(expression(EVERYTHING), e =>
    e.kind === 'column' ? { ...e, name: e.name.toUpperCase() } : e,
  )
  const expected = printExpression(expression(EVERYTHING)).replace(/(?<![a-z_>])\b[a-z]{1,2}\b(?!\()/g, name =>
    name === 'x' ? name : name.toUpperCase(),
  )
  assert.equal(printExpression(mapped), expected)
})

test('a map that changes nothing answers the same object', () => {
  fc.assert(
    fc.property(arbitraryExpression, e =>
      assert.equal(
        mapExpression(e, x => x),
        e,
      ),
    ),
  )
})

test('a map of every node to itself by children is the same tree', () => {
  fc.assert(
    fc.property(arbitraryExpression, e => {
      let nodes = 0
      walk(e, () => nodes++)
      const count = (x: Expression): number => 1 + children(x).reduce((sum, child) => sum + count(child), 0)
      assert.equal(nodes, count(e))
      assert.deepEqual(
        mapExpression(e, x => ({ ...x })),
        e,
      )
    }),
  )
})

test('trees of texts that differ only in blanks are equal without their places', () => {
  const [one, other] = [expression('a  +  f( b )'), expression('a+f(b)')]
  assert.notDeepEqual(one, other)
  assert.deepEqual(stripSpans(one), stripSpans(other))
})

test('reserved words and names out of the ordinary need back-ticks', () => {
  for (const word of RESERVED_WORDS) assert(needsQuotes(word) && needsQuotes(word.toLowerCase()))
  for (const name of ['', '_a', '1a', 'a-b', 'a b', 'é', 'a.b']) assert(needsQuotes(name), name)
  for (const name of ['a', 'Z9_', 'stream', 'create', 'null']) assert(!needsQuotes(name), name)
})
