// Every example of every function definition, from its text to its result, through the whole compiler.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rfc3339 } from '../../src/core/datetime.ts'
import type { Cell, Value, Values } from '../../src/core/value.ts'
import type { Example, FunctionDefinition } from '../../src/functions/definition.ts'
import { allFunctions } from '../../src/functions/registry.ts'
import { type RunOptions, SqlRun } from '../support/rules.ts'

/** What the clock shows in every example: Tuesday 2023-11-14T22:13:20.123Z. */
const START_MS = 1_700_000_000_123

/** An example's columns: JSON numbers are floats, those named in `ints` BIGINT at any depth. */
function columns(row: Readonly<Record<string, unknown>>, ints: readonly string[] = []): Values {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, ints.includes(name) ? integers(value) : (value as Value)]),
  )
}

function integers(value: unknown): Value {
  if (typeof value === 'number') return BigInt(value)
  if (Array.isArray(value)) return value.map(integers)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value as Value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, integers(v)]))
}

/** The JSON form of a value; -0 is 0 there. */
function json(value: Cell): unknown {
  if (value == null) return null
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return value + 0
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Temporal.ZonedDateTime) return rfc3339(value.withTimeZone('UTC'))
  if (Array.isArray(value)) return value.map(json)
  if (typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, json(v as Value)]))
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

/** A row as JSON, an error in its place as the text behind its stage. */
function text(row: Values | string): unknown {
  return typeof row === 'string' ? row.replace(/^run [A-Z][A-Za-z ]* error: /, '') : json(row)
}

/** What the rule sends for each row: the value, for items that stand alone the whole row. */
function run(definition: FunctionDefinition, example: Example): readonly unknown[] {
  const given = (example.rows ?? [example.row ?? {}]).map(row => columns(row, example.ints))
  const options = { sendNilField: true, startMs: START_MS }
  const meta = example.meta && columns(example.meta)
  const outputs = (sql: string, runOptions: RunOptions) => {
    const run = new SqlRun(sql, runOptions)
    for (const row of given) run.push(row, undefined, undefined, meta)
    return run.moveTo(START_MS + 10_000).rows
  }
  if (isShaped(definition)) return outputs(`SELECT ${example.sql} FROM s`, { startMs: START_MS }).map(text)
  const sql = `SELECT ${example.sql} AS out FROM s`
  const value = (row: Values | string) => (typeof row === 'string' ? text(row) : json(row['out']))
  if (example.clause !== undefined) return outputs(`${sql} ${example.clause}`, options).map(value)
  if (definition.kind !== 'aggregate' || !example.rows) return outputs(sql, options).map(value)
  // In a window, once with its rows kept and once folded as they come.
  const windows = [
    'TUMBLINGWINDOW(ss, 10)',
    given.length > 0 ? `COUNTWINDOW(${given.length})` : 'HOPPINGWINDOW(ss, 10, 10)',
  ]
  const results = windows.map(window => {
    const windowed = new SqlRun(`${sql} GROUP BY ${window}`, options)
    for (const row of given) windowed.push(row)
    return windowed.moveTo(START_MS + 10_000).rows.map(value)
  })
  assert.deepEqual(results[0], results[1], 'rows folded as they come or kept, the result is the same')
  return results[0]!
}

for (const definition of allFunctions) {
  for (const example of definition.examples) {
    test(`${example.sql} of ${JSON.stringify(example.rows ?? example.row ?? {}, (_, v) => plain(v))}`, () => {
      if (definition.kind === 'refused') {
        assert.throws(() => run(definition, example), { code: 'SQL_NOT_BUILT' })
        return
      }
      if (example.error !== undefined) {
        let text: string
        try {
          text = String(run(definition, example)[0])
        } catch (error) {
          text = String((error as { what?: string }).what)
        }
        assert.ok(text.includes(example.error), text)
        return
      }
      const results = run(definition, example)
      const perRow = definition.kind === 'analytic' || isShaped(definition) || example.clause !== undefined
      assert.deepEqual(perRow ? results : results[0], example.result)
    })
  }
}

/** A function that makes rows or columns: its examples show the rows that are sent. */
function isShaped(definition: FunctionDefinition): boolean {
  return definition.kind === 'intrinsic' && (definition.role === 'rows' || definition.role === 'columns')
}
