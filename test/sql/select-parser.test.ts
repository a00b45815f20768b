// SELECT statements: which tree a text means, beside the round trips, which cannot see a wrong precedence.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileText } from '../../src/core/location.ts'
import type { Expression, SelectStatement } from '../../src/sql/ast.ts'
import { parseSelect } from '../../src/sql/parser.ts'
import { printSelect } from '../../src/sql/printer.ts'
import { stripSpans } from '../support/trees.ts'

function select(text: string): SelectStatement {
  return parseSelect(new FileText('rules/r.sql', text))
}

function expression(text: string): Expression {
  return select(`SELECT ${text} FROM demo`).items[0]!.expression
}

/** Every node in parentheses, so that the structure shows: `(a + (b * c))`. */
function structure(e: Expression): string {
  switch (e.kind) {
    case 'literal':
      return typeof e.value === 'bigint'
        ? `${e.value}`
        : typeof e.value === 'number'
          ? `f${e.value}`
          : JSON.stringify(e.value)
    case 'column':
      return e.qualifier === undefined ? e.name : `${e.qualifier}.${e.name}`
    case 'field':
      return `(${structure(e.object)} -> ${e.name})`
    case 'index':
      return `(${structure(e.array)} [${structure(e.index)}])`
    case 'slice':
      return `(${structure(e.array)} [${e.from ? structure(e.from) : ''}:${e.to ? structure(e.to) : ''}])`
    case 'call':
      return `${e.name}(${e.arguments.map(structure).join(', ')})`
    case 'binary':
      return `(${structure(e.left)} ${e.operator} ${structure(e.right)})`
    case 'in': {
      const set = e.list ? `(${e.list.map(structure).join(', ')})` : structure(e.array!)
      return `(${structure(e.operand)} ${e.negated ? 'NOT ' : ''}IN ${set})`
    }
    case 'between':
      return `(${structure(e.operand)} ${e.negated ? 'NOT ' : ''}BETWEEN ${structure(e.low)} AND ${structure(e.high)})`
    case 'like':
      return `(${structure(e.operand)} ${e.negated ? 'NOT ' : ''}LIKE ${structure(e.pattern)})`
    case 'case': {
      const whens = e.whens.map(w => ` WHEN ${structure(w.when)} THEN ${structure(w.then)}`).join('')
      return `CASE${e.operand ? ` ${structure(e.operand)}` : ''}${whens}${e.otherwise ? ` ELSE ${structure(e.otherwise)}` : ''}`
    }
    default:
      return e.qualifier === undefined ? '*' : `${e.qualifier}.*`
  }
}

const EXPRESSIONS: readonly (readonly [text: string, tree: string])[] = [
  ['a + b * c', '(a + (b * c))'],
  ['a - b - c', '((a - b) - c)'],
  ['a / b * c % d', '(((a / b) * c) % d)'],
  ['a | b & c ^ d', '((a | (b & c)) ^ d)'],
  ['a = 1 OR b = 2 AND c = 3', '((a = 1) OR ((b = 2) AND (c = 3)))'],
  ['a + 1 > b * 2', '((a + 1) > (b * 2))'],
  ['a = b = c', '((a = b) = c)'],
  ['(a + b) * c', '((a + b) * c)'],
  ['2 * a[0]', '(2 * (a [0]))'],
  ['2 * a->b', '(2 * (a -> b))'],
  ['a[0] * 2', '((a [0]) * 2)'],
  ['s.a', 's.a'],
  ['s.a.b', '(s.a -> b)'],
  ['a->b.c', '((a -> b) -> c)'],
  ['a.b->c[1][2].d', '((((a.b -> c) [1]) [2]) -> d)'],
  ['f(x).y', '(f(x) -> y)'],
  ['a[]', '(a [:])'],
  ['a[:]', '(a [:])'],
  ['a[1:]', '(a [1:])'],
  ['a[:-1]', '(a [:-1])'],
  ['a[x:y+1]', '(a [x:(y + 1)])'],
  ['all[poi[-1] + 1]->ts', '((all [((poi [-1]) + 1)]) -> ts)'],
  ['-3', '-3'],
  ['- 3', '-3'],
  ['-3.5', 'f-3.5'],
  ['-. 3', 'f-0.3'],
  ['. 3', 'f0.3'],
  ['-.3', 'f-0.3'],
  ['a -1', '(a - 1)'],
  ['a - (-1)', '(a - -1)'],
  ['a * -1', '(a * -1)'],
  ['count(*)-10', '(count(*) - 10)'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['-99999999999999999999', '-9223372036854775808'],
  ['99999999999999999999', '9223372036854775807'],
  ['1.', 'f1'],
  ['a IN (1, 2)', '(a IN (1, 2))'],
  ['a IN (b)', '(a IN (b))'],
  ['a NOT IN b->c AND d', '((a NOT IN (b -> c)) AND d)'],
  ['abc[0] IN children[2:].first', '((abc [0]) IN ((children [2:]) -> first))'],
  ['a + 1 IN (1)', '((a + 1) IN (1))'],
  ['x IN (1) = TRUE', '((x IN (1)) = true)'],
  ['x BETWEEN 1 AND 2 AND y', '((x BETWEEN 1 AND 2) AND y)'],
  ['x NOT BETWEEN -1 AND (2 + 3)', '(x NOT BETWEEN -1 AND (2 + 3))'],
  ['a LIKE b + c', '(a LIKE (b + c))'],
  ['a NOT LIKE "x%" OR b', '((a NOT LIKE "x%") OR b)'],
  ['CASE a WHEN 1 THEN 2 END', 'CASE a WHEN 1 THEN 2'],
  ['CASE WHEN (a > 1) THEN 2 WHEN f(b) THEN 3 ELSE 4 END', 'CASE WHEN (a > 1) THEN 2 WHEN f(b) THEN 3 ELSE 4'],
  ['NULL', 'NULL'],
  ['CONCAT(a, B)', 'concat(a, B)'],
  ['count ( * )', 'count(*)'],
  ['count(s.*)', 'count(s.*)'],
  ['s.*', 's.*'],
  ['`from`.`order`', 'from.order'],
  ['true', 'true'],
  ['"x"', '"x"'],
]

for (const [text, tree] of EXPRESSIONS) {
  test(`${text} is read as ${tree}`, () => assert.equal(structure(expression(text)), tree))
}

const CANONICAL: readonly (readonly [text: string, printed: string])[] = [
  ['select a from demo;', 'SELECT a FROM demo'],
  ['SELECT a FROM demo; this is not read "', 'SELECT a FROM demo'],
  ['SELECT name FROM tbl/*SELECT comment*/', 'SELECT name FROM tbl'],
  ['SELECT a FROM demo -- the end', 'SELECT a FROM demo'],
  ['SELECT count(a) invisible, b FROM demo', 'SELECT count(a) INVISIBLE, b FROM demo'],
  ['SELECT * REPLACE(a AS b) EXCEPT(c) EXCEPT(d) FROM demo', 'SELECT * EXCEPT(c, d) REPLACE(a AS b) FROM demo'],
  ['SELECT a FROM topic/sensor1 AS t1', 'SELECT a FROM `topic/sensor1` AS t1'],
  ['SELECT a FROM /dev/+/x-1/on/# WHERE a', 'SELECT a FROM `/dev/+/x-1/on/#` WHERE a'],
  ['SELECT a FROM my-stream INNER JOIN b ON c', 'SELECT a FROM `my-stream` INNER JOIN b ON c'],
  ['SELECT a FROM demo ORDER BY a ASC b DESC, c', 'SELECT a FROM demo ORDER BY a, b DESC, c'],
  ['SELECT a FROM demo LIMIT 007', 'SELECT a FROM demo LIMIT 7'],
  [
    'SELECT a FROM demo GROUP BY a, TumblingWindow(ss, 10), b',
    'SELECT a FROM demo GROUP BY a, b, TUMBLINGWINDOW(SS, 10)',
  ],
  [
    'SELECT a FROM demo GROUP BY slidingwindow(Mi, 1, 0) filter( where a ) over( when b partition by c, d )',
    'SELECT a FROM demo GROUP BY SLIDINGWINDOW(MI, 1) FILTER (WHERE a) OVER (PARTITION BY c, d WHEN b)',
  ],
  ['SELECT is, offset, distinct, union FROM demo', 'SELECT is, offset, distinct, union FROM demo'],
  ['SELECT a FROM demo ORDER BY offset, mod', 'SELECT a FROM demo ORDER BY offset, mod'],
]

for (const [text, printed] of CANONICAL) {
  test(`${text} is printed as ${printed}`, () => assert.equal(printSelect(select(text)), printed))
}

test('the parts of a window are in the tree', () => {
  const { window, groupBy } = select('SELECT a FROM s GROUP BY b, SESSIONWINDOW(hh, 5, 1) OVER (WHEN c), d')
  assert.deepEqual(stripSpans(window?.shape), { kind: 'session', unit: 'HH', max: 5, gap: 1 })
  assert.equal(groupBy.length, 2)
  assert.deepEqual(stripSpans(window?.when), { kind: 'column', name: 'c' })
})

test('nodes know their places', () => {
  const text = 'SELECT a + f(b) AS c FROM demo AS d WHERE x IN (1)'
  const { items, from, where } = select(text)
  const cut = (node: { span: { start: number; end: number } } | undefined) =>
    text.slice(node?.span.start, node?.span.end)
  assert.equal(cut(items[0]), 'a + f(b) AS c')
  assert.equal(cut(items[0]?.alias), 'c')
  assert(items[0]?.expression.kind === 'binary' && items[0].expression.right.kind === 'call')
  assert.equal(cut(items[0].expression), 'a + f(b)')
  assert.equal(cut(items[0].expression.right), 'f(b)')
  assert.equal(cut({ span: items[0].expression.right.nameSpan }), 'f')
  assert.equal(cut(from), 'demo AS d')
  assert.equal(cut(where), 'x IN (1)')
  assert.equal(cut(select(text)), text)
})
