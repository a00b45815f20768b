// Generated code against the oracle, and against names and texts that try to become code.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Generator } from '../../src/compiler/generator.ts'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { RowError, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { joinRows, makeRow } from '../../src/core/row.ts'
import type { Value, Values } from '../../src/core/value.ts'
import type { FunctionContext } from '../../src/functions/definition.ts'
import type { Evaluate } from '../../src/operators/evaluate.ts'
import type { Expression } from '../../src/sql/ast.ts'
import { printExpression } from '../../src/sql/printer.ts'
import { arbitraryRow, arbitraryScalar, HOSTILE_NAMES } from '../support/arbitrary-scalar.ts'
import { OracleError, oracle, rowScope } from '../support/oracle.ts'
import { runSql, STREAMS } from '../support/rules.ts'
import { mapExpression } from '../support/trees.ts'
import '../support/seed.ts'

const context: FunctionContext = { now: () => 0, zone: 'UTC', ruleId: 'r1', ruleStart: 0, property: () => undefined }

const ONE = 'FROM s'
const TWO = 'FROM s LEFT JOIN t ON TRUE GROUP BY COUNTWINDOW(1)'

/** Printed, parsed, analyzed, compiled; undefined when the analyzer refuses it. */
function compile(e: Expression, from: string): Evaluate | undefined {
  try {
    const sql = `SELECT ${printExpression(e)} AS out ${from}`
    const { analyzed } = prepareSelect(new FileText('r', sql), STREAMS, false)
    const [item] = analyzed.items
    const hits = { count: 0, time: 0, aggregateCount: 0, aggregateTime: 0 }
    const { length } = analyzed.sources
    const generator = new Generator({ context, hits, sourceCount: length, precedence: [0, 1].slice(0, length) })
    return item?.kind === 'value' ? generator.evaluate(item.expression) : undefined
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

type Outcome = { readonly value: Value } | 'error'

function outcome(work: () => Value | undefined): Outcome {
  try {
    return { value: work() ?? null }
  } catch (error) {
    if (error instanceof RowError || error instanceof OracleError) return 'error'
    throw error
  }
}

const ROWS = 250
const EXPRESSIONS = 800

test(`generated code and the oracle agree on ${EXPRESSIONS} expressions, ${ROWS} rows each`, () => {
  const rows = fc.sample(arbitraryRow, ROWS)
  let evaluations = 0
  let values = 0
  fc.assert(
    fc.property(arbitraryScalar, e => {
      const evaluate = compile(e, ONE)
      // Literals of the wrong type and always empty slices are refused: nothing to compare.
      if (!evaluate) return
      for (const values_ of rows) {
        const got = outcome(() => evaluate(makeRow(values_, 0, 0)))
        const wanted = outcome(() => oracle(e, rowScope(values_, context)))
        evaluations++
        if (wanted !== 'error') values++
        if (!isDeepStrictEqual(got, wanted))
          assert.deepStrictEqual({ got, row: values_ }, { got: wanted, row: values_ })
      }
    }),
    { numRuns: EXPRESSIONS },
  )
  assert.ok(evaluations >= 100_000, `only ${evaluations} evaluations`)
  assert.ok(values >= evaluations / 4, `only ${values} of ${evaluations} gave a value`)
})

test('generated code and the oracle agree on rows joined of two sources, either of which may be missing', () => {
  const part = fc.option(arbitraryRow, { nil: undefined, freq: 5 })
  const pairs = fc.sample(fc.tuple(part, part), 60)
  let evaluations = 0
  // Some of the columns are the right source's, or say so.
  const ofBoth = fc
    .tuple(arbitraryScalar, fc.array(fc.constantFrom('s', 't', undefined), { minLength: 3 }))
    .map(([tree, qualifiers]) => {
      let met = 0
      return mapExpression(tree, e =>
        e.kind === 'column' ? { ...e, qualifier: qualifiers[met++ % qualifiers.length] } : e,
      )
    })
  fc.assert(
    fc.property(ofBoth, e => {
      const evaluate = compile(e, TWO)
      if (!evaluate) return
      for (const [left, right] of pairs) {
        const parts = [left, right].map((values, i) => values && makeRow(values, 0, i))
        const sources = new Map([
          ['s', left],
          ['t', right],
        ] as const)
        const got = outcome(() => evaluate(joinRows(parts, 0)))
        const wanted = outcome(() => oracle(e, { context, sources }))
        evaluations++
        if (!isDeepStrictEqual(got, wanted)) assert.deepStrictEqual({ got, left, right }, { got: wanted, left, right })
      }
    }),
    { numRuns: 500 },
  )
  assert.ok(evaluations > 15_000, `only ${evaluations} evaluations`)
})

/** Own enumerable names and values: `__proto__` is one of them when it is data. */
function entries(row: Values | string | undefined): [string, Value][] {
  assert.ok(typeof row === 'object')
  return Object.entries(row)
}

function quoted(name: string): string {
  return `\`${name}\``
}

test('names that look like code are columns, aliases, keys and nothing else', () => {
  for (const name of HOSTILE_NAMES) {
    const n = quoted(name)
    const sql = `SELECT ${n}, o->${n} AS ${quoted(`x${name}`)}, s.${n} + 1 AS ${quoted(`y${name}`)} FROM s WHERE ${n} = 5`
    const row = Object.fromEntries([
      [name, 5],
      ['o', Object.fromEntries([[name, 7]])],
    ])
    // fromEntries defines own properties, also `__proto__`.
    assert.deepEqual(
      entries(runSql(sql, [row])[0]),
      Object.entries(
        Object.fromEntries([
          [name, 5],
          [`x${name}`, 7],
          [`y${name}`, 6],
        ]),
      ),
      name,
    )
  }
})

test('names that every object inherits are missing, not functions, when a row lacks them', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    const sql = `SELECT ${quoted(name)} AS v, o->${quoted(name)} AS w, isnull(${quoted(name)}) AS missing FROM s`
    assert.deepEqual(runSql(sql, [{ o: {} }]), [{ missing: true }])
  }
})

test('the same names in a join are read from their own stream', () => {
  const sql = 'SELECT s.`__proto__` AS a, t.`constructor` AS b, `toString` AS c FROM s INNER JOIN t ON s.k = t.k'
  const { analyzed } = prepareSelect(new FileText('r', `${sql} GROUP BY TUMBLINGWINDOW(ss, 10)`), STREAMS, false)
  assert.deepEqual([...analyzed.columns[0]!].sort(), ['__proto__', 'k', 'toString'])
})

const HOSTILE_TEXTS = [
  ...HOSTILE_NAMES,
  '\\"',
  "'",
  '"',
  '`',
  '${7}',
  '*/',
  '\u2028',
  '\u2029',
  '\0',
  '\r\n',
  '</script>',
  '\ud800',
]

test('texts that look like code come out of literals, LIKE, IN and CASE as they went in', () => {
  for (const text of HOSTILE_TEXTS) {
    const e: Expression = { kind: 'literal', value: text, span: { start: 0, end: 0 } }
    const t = printExpression(e)
    const sql = `SELECT ${t} AS a, s IN (${t}, "z") AS b, CASE s WHEN ${t} THEN "hit" END AS c, s = ${t} AS d FROM s`
    assert.deepEqual(runSql(sql, [{ s: text }]), [{ a: text, b: true, c: 'hit', d: true }], JSON.stringify(text))
  }
})

test('any text is a literal, a column and an alias', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 })
  const name = text.map(t => t.replaceAll('`', ''))
  fc.assert(
    fc.property(text, name, (value, column) => {
      const t = printExpression({ kind: 'literal', value, span: { start: 0, end: 0 } })
      const out = runSql(`SELECT concat(${t}, ${quoted(column)}) AS ${quoted(column)} FROM s`, [
        Object.fromEntries([[column, 'x']]),
      ])
      assert.deepEqual(entries(out[0]), [[column, `${value}x`]])
    }),
    { numRuns: 300 },
  )
})

test('IN with literals finds texts, floats and integers, also where one number is written as the other', () => {
  const out = (sql: string, row: Values) => runSql(`SELECT ${sql} AS out FROM n`, [row])
  for (const [value, numbers] of [
    [1, true],
    [2, false],
    [2.5, true],
    [7, true],
  ] as const) {
    assert.deepEqual(out('f IN (1, 2.5, 7)', { f: value }), [{ out: numbers }])
    assert.deepEqual(out('f NOT IN (1, 2.5, 7)', { f: value }), [{ out: !numbers }])
    if (Number.isInteger(value)) assert.deepEqual(out('i IN (1, 2.5, 7)', { i: value }), [{ out: numbers }])
  }
  assert.deepEqual(out('t IN ("a", "")', { t: '' }), [{ out: true }])
  assert.deepEqual(out('t IN ("a", "")', { t: 'A' }), [{ out: false }])
})

test('a condition that is no boolean is an error, null is false', () => {
  assert.deepEqual(runSql('SELECT a FROM s WHERE a', [{ a: true }, { a: false }, { a: null }, { b: 1 }]), [{ a: true }])
  assert.deepEqual(runSql('SELECT a FROM s WHERE a', [{ a: 5 }]), [
    'run Where error: invalid condition that returns non-bool value float(5)',
  ])
})

test('expressions as tall as the parser and the analyzer take them run', () => {
  const sum = `a${' + 1'.repeat(490)}`
  const nested = `${'abs('.repeat(190)}a${')'.repeat(190)}`
  assert.deepEqual(runSql(`SELECT ${sum} AS x, ${nested} AS y FROM s`, [{ a: 1 }]), [{ x: 491, y: 1 }])
  const tower = `a${' + 1'.repeat(480)} AS p, p${' + 1'.repeat(480)} AS q, concat(q, "") AS r`
  assert.deepEqual(runSql(`SELECT ${tower} FROM s WHERE r = "961"`, [{ a: 1 }]), [{ p: 481, q: 961, r: '961' }])
  assert.deepEqual(runSql(`SELECT max(a) + 0 AS a, ${tower} FROM s`, [{ a: 1 }]), [{ a: 1, p: 481, q: 961, r: '961' }])
})
