// Joins of two to four sources against nested loops that were written from the specification.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FileText } from '../../src/core/location.ts'
import type { Value, Values } from '../../src/core/value.ts'
import type { FunctionContext } from '../../src/functions/definition.ts'
import { parseSelect } from '../../src/sql/parser.ts'
import { joinOracle } from '../support/oracle-join.ts'
import { SqlRun, streamsOf } from '../support/rules.ts'
import '../support/seed.ts'

const NAMES = ['s', 't', 'u', 'v'] as const
type Name = (typeof NAMES)[number]
const KINDS = ['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS'] as const

const ALL_STREAMS = streamsOf(...NAMES.map(name => `CREATE STREAM ${name} () WITH (TYPE="httppush")`))
const WITH_TABLES = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush")',
  ...NAMES.slice(1).map(name => `CREATE TABLE ${name} () WITH (TYPE="httppush", RETAIN_SIZE="100")`),
)
const CONTEXT: FunctionContext = { now: () => 0, zone: 'UTC', ruleId: 'r1', ruleStart: 0, property: () => undefined }

/** A piece of ON that joins the newest of these sources: mostly an equality with one that was joined before. */
function piece(known: readonly Name[]): fc.Arbitrary<string> {
  const right = known.at(-1)!
  const cell = fc.constantFrom('a', 'b')
  return fc
    .tuple(fc.constantFrom(...known.slice(0, -1)), cell, cell, fc.constantFrom('=', '=', '=', '=', '<', '!='))
    .chain(([left, l, r, operator]) =>
      fc.constantFrom(
        ...[`${left}.${l} ${operator} ${right}.${r}`, `${right}.${r} ${operator} ${left}.${l}`],
        ...[`${left}.${l} + 1 = ${right}.${r}`, `${right}.b > 0`, `${left}.b > 0`, `${right}.c`, `${left}.c`, 'TRUE'],
        `${left}.${l} = 6 / ${right}.${r}`,
        `(${left}.${l} = ${right}.${r} OR ${right}.b = 2)`,
      ),
    )
}

function statement(hasTables: boolean): fc.Arbitrary<string> {
  const join = (i: number) =>
    fc.tuple(fc.constantFrom(...KINDS), fc.array(piece(NAMES.slice(0, i + 2)), { minLength: 1, maxLength: 3 }))
  return fc
    .integer({ min: 2, max: 4 })
    .chain(width => fc.tuple(...Array.from({ length: width - 1 }, (_, i) => join(i))))
    .map(joins => {
      const clauses = joins.map(([kind, pieces], i) => {
        const on = kind === 'CROSS' ? '' : ` ON ${pieces.join(' AND ')}`
        return ` ${kind} JOIN ${NAMES[i + 1]}${on}`
      })
      const items = NAMES.slice(0, joins.length + 1).map(name => `${name}.n AS ${name}`)
      const window = hasTables ? '' : ' GROUP BY TUMBLINGWINDOW(ss, 10)'
      return `SELECT ${items.join(', ')} FROM s${clauses.join('')}${window}`
    })
}

const usual = fc.constantFrom<Value>(1, 2, 3, 2n)
const odd = fc.constantFrom<Value>(1, 'x', '1', true, null, [], [1], { k: 1 }, 0, -0, 2n ** 60n, 2 ** 60)
const value = fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: odd })
const record = fc.record(
  { a: value, b: value, c: fc.constantFrom<Value>(true, true, true, false, null) },
  { requiredKeys: [] },
) as fc.Arbitrary<Values>
const records = fc
  .tuple(...NAMES.map(() => fc.array(record, { maxLength: 5 })))
  .map(all => new Map(NAMES.map((name, i) => [name as string, all[i]!.map((row, n) => ({ ...row, n }))])))

type Rows = ReadonlyMap<string, readonly Values[]>
type Outcome = readonly Values[] | 'error'

function expected(sql: string, rows: Rows): Outcome[] {
  let joined: readonly ReadonlyMap<string, Values>[]
  try {
    joined = joinOracle(parseSelect(new FileText('r', sql)), rows, CONTEXT)
  } catch {
    return ['error']
  }
  if (joined.length === 0) return []
  return [joined.map(row => Object.fromEntries([...row].map(([name, { n }]) => [name, n!])))]
}

function outcomes(run: SqlRun): Outcome[] {
  return run.results.map(result => (typeof result === 'string' ? 'error' : result))
}

function pushed(sql: string, rows: Rows, names: readonly string[], streams: typeof ALL_STREAMS): SqlRun {
  const run = new SqlRun(sql, { streams })
  for (const name of names) for (const row of rows.get(name)!) run.push(row, 0, name)
  return run
}

test('streams of a window are joined as nested loops join them', () => {
  let errors = 0
  let joined = 0
  fc.assert(
    fc.property(statement(false), records, (sql, rows) => {
      const names = NAMES.filter(name => sql.includes(` ${name}.n AS`))
      const wanted = expected(sql, rows)
      if (wanted[0] === 'error') errors++
      else if (wanted[0]) joined++
      assert.deepEqual(outcomes(pushed(sql, rows, names, ALL_STREAMS).moveTo(10_000)), wanted, sql)
    }),
    { numRuns: 1000 },
  )
  assert.ok(errors > 20 && joined > 300, `${errors} errors, ${joined} joined: the cases say too little`)
})

test('each row of a stream is joined with tables as nested loops join it', () => {
  fc.assert(
    fc.property(statement(true), records, (sql, rows) => {
      const names = NAMES.filter(name => sql.includes(` ${name}.n AS`))
      const run = pushed(
        sql,
        rows,
        names.filter(name => name !== 's'),
        WITH_TABLES,
      )
      const wanted = rows.get('s')!.flatMap(row => expected(sql, new Map([...rows, ['s', [row]]])))
      for (const row of rows.get('s')!) run.push(row, 0, 's')
      assert.deepEqual(outcomes(run), wanted, sql)
    }),
    { numRuns: 1000 },
  )
})
