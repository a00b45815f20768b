// Whole statements against the oracle: each row or window gives what a walk over the tree gives, or both give an error.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { RowError, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import type { Values } from '../../src/core/value.ts'
import type { FunctionContext } from '../../src/functions/definition.ts'
import type { SelectStatement } from '../../src/sql/ast.ts'
import { parseSelect } from '../../src/sql/parser.ts'
import { printSelect } from '../../src/sql/printer.ts'
import { arbitraryRow } from '../support/arbitrary-scalar.ts'
import { arbitraryGroupSelect, arbitraryRowSelect, ordinaryRow } from '../support/arbitrary-statement.ts'
import { OracleError } from '../support/oracle.ts'
import { SelectOracle } from '../support/oracle-select.ts'
import { SqlRun } from '../support/rules.ts'
import '../support/seed.ts'

const context: FunctionContext = { now: () => 0, zone: 'UTC', ruleId: 'r1', ruleStart: 0, property: () => undefined }

type Outcome = readonly (readonly Values[] | 'error')[]

/** What a run sends on between two moments. */
function emitted(run: SqlRun, from: number): Outcome {
  return run.emissions.slice(from).map(e => (e.error === undefined ? e.rows : 'error'))
}

function wanted(work: () => readonly Values[] | undefined): Outcome {
  try {
    const rows = work()
    return rows === undefined ? [] : [rows]
  } catch (error) {
    if (error instanceof RowError || error instanceof OracleError) return ['error']
    throw error
  }
}

/** A tree of its own for each place of the text: the trees of a generator may share nodes, and with them state. */
function read(sql: string): SelectStatement {
  return parseSelect(new FileText('oracle.sql', sql))
}

/** undefined: the analyzer refuses it */
function compiled(sql: string, sendNilField: boolean): SqlRun | undefined {
  try {
    return new SqlRun(sql, { sendNilField })
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

function assertSame(sql: string, got: Outcome, want: Outcome, rows: unknown): void {
  if (!isDeepStrictEqual(got, want)) assert.deepStrictEqual({ got, rows, sql }, { got: want, rows, sql })
}

function assertRowErrors(run: SqlRun, sql: string): void {
  for (const { error } of run.failures) assert.ok(error instanceof RowError, `${sql}\n${error.stack}`)
}

const counted = { items: 0, values: 0, statements: 0 }

function count(statement: SelectStatement, outcome: Outcome): void {
  counted.items += statement.items.length
  if (outcome[0] !== undefined && outcome[0] !== 'error') counted.values += statement.items.length
}

test('select lists with aliases, wildcards, analytic calls and WHERE give each row what the oracle does', () => {
  Object.assign(counted, { items: 0, values: 0, statements: 0 })
  const rows = fc.sample(arbitraryRow, 60)
  fc.assert(
    fc.property(arbitraryRowSelect, fc.boolean(), (statement, sendNilField) => {
      const sql = printSelect(statement)
      const run = compiled(sql, sendNilField)
      if (!run) return
      counted.statements++
      const walker = new SelectOracle(read(sql), context, sendNilField)
      for (const row of rows) {
        const from = run.emissions.length
        run.push(row)
        const want = wanted(() => {
          walker.arrive(row)
          const out = walker.row(row)
          return out && [out]
        })
        count(statement, want)
        assertSame(sql, emitted(run, from), want, row)
      }
      assertRowErrors(run, sql)
    }),
    { numRuns: 900 },
  )
  assert.ok(counted.items > 50_000 && counted.values > counted.items / 5, JSON.stringify(counted))
})

const WINDOWS: readonly (readonly [name: string, clause: string])[] = [
  ['kept', 'COUNTWINDOW(6)'],
  ['folded', 'TUMBLINGWINDOW(ss, 10)'],
]

for (const [name, clause] of WINDOWS) {
  test(`groups of a window whose rows are ${name} give what the oracle does`, () => {
    Object.assign(counted, { items: 0, values: 0, statements: 0 })
    const rows = fc.sample(ordinaryRow, 120)
    fc.assert(
      fc.property(arbitraryGroupSelect, fc.boolean(), (statement, sendNilField) => {
        const sql = withWindow(statement, clause)
        const run = compiled(sql, sendNilField)
        if (!run) return
        counted.statements++
        const walker = new SelectOracle(read(sql), context, sendNilField)
        for (let at = 0; at < rows.length; at += 6) {
          const window = rows.slice(at, at + 6)
          const from = run.emissions.length
          const discarded: 'error'[] = []
          const accepted = window.filter(row => {
            const outcome = wanted(() => {
              walker.arrive(row)
              return name === 'folded' && !walker.looksAtWindow && !walker.passes(row) ? [] : undefined
            })
            if (outcome[0] === 'error') discarded.push('error')
            return outcome.length === 0
          })
          for (const row of window) run.push(row)
          run.moveTo(run.clock.now() + 10_000)
          // Windows that are not full, or empty ones, tick by rules of their own.
          if (name === 'folded' ? accepted.length === 0 : accepted.length < window.length) return
          const want = [...discarded, ...wanted(() => walker.window(accepted))]
          count(statement, want)
          assertSame(sql, emitted(run, from), want, window)
        }
        assertRowErrors(run, sql)
      }),
      { numRuns: 1000 },
    )
    assert.ok(counted.items > 20_000 && counted.values > counted.items / 4, JSON.stringify(counted))
  })
}

/** The window is no part of the statement for the oracle: it is told of the rows. */
function withWindow(statement: SelectStatement, clause: string): string {
  const marker = { kind: 'column', qualifier: undefined, name: 'the window', span: statement.span } as const
  return printSelect({ ...statement, groupBy: [...statement.groupBy, marker] }).replace('`the window`', clause)
}
