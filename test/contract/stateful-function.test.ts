// What every function with a memory must do: a restart between any two rows changes nothing, and what fails leaves
// nothing behind. The calls are made from the registry, so that a new function is held to it by being there.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import type { Value, Values } from '../../src/core/value.ts'
import type { FunctionDefinition, Parameter } from '../../src/functions/definition.ts'
import { allFunctions } from '../../src/functions/registry.ts'
import { SqlRun } from '../support/rules.ts'

/** A row and how long after the one before it comes. */
interface Step {
  readonly gapMs: number
  readonly row: Values
}

const SEED = 20260727
/** Runs of rows for a statement: a restart before each of them costs as many pipelines. */
const RUNS_WITH_RESTARTS = 6
const RUNS_WITHOUT = 25
/** Long after the last row: every window has closed. */
const QUIET_MS = 60_000

const anything: Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(null, 1, 2, 1n, 2n, 'a', 'b', '1', true, false),
  fc.constantFrom<Value>([], [1, null], [[1n]], {}, { a: 1 }, { a: { b: null } }),
  fc.constantFrom<Value>(Uint8Array.of(1, 2), Temporal.ZonedDateTime.from('2026-07-27T01:30:00Z[UTC]')),
)
const numeric: Arbitrary<Value> = fc.oneof(
  { arbitrary: fc.constantFrom<Value>(1, 2.5, -3, 4n, -5n, 2n ** 60n), weight: 8 },
  { arbitrary: fc.constantFrom<Value>(null, 'text', true), weight: 1 },
)
const flag: Arbitrary<Value> = fc.oneof(
  { arbitrary: fc.boolean(), weight: 8 },
  { arbitrary: fc.constantFrom<Value>(null, 'no', 1), weight: 1 },
)

/** `x` and `y` hold anything, `n` mostly numbers, `b` and `c` mostly flags, `w` never fails as a condition. */
const row = fc.record(
  {
    x: anything,
    y: anything,
    n: numeric,
    b: flag,
    c: flag,
    w: fc.constantFrom(true, true, false, null),
    k: fc.constantFrom('u', 'v', null),
  },
  { requiredKeys: ['n', 'b', 'c'] },
)
const steps: Arbitrary<Step[]> = fc.array(
  fc.record({ gapMs: fc.constantFrom(0, 400, 1000, 2500), row: row as Arbitrary<Values> }),
  { minLength: 8, maxLength: 14 },
)

/** The calls with as few arguments as can be, and with all. */
function callsOf({ name, parameters }: FunctionDefinition): string[] {
  const call = (args: readonly Parameter[]) => `${name}(${args.map(argument).join(', ')})`
  const calls = [call(parameters.filter(p => !p.optional)), call(parameters)]
  const star = parameters.findIndex(p => p.wildcard)
  if (star >= 0) calls.push(`${name}(${parameters.map((p, i) => (i === star ? '*' : argument(p, i))).join(', ')})`)
  if (parameters.at(-1)?.variadic) calls.push(call([...parameters, parameters.at(-1)!]))
  return [...new Set(calls)]
}

function argument({ kind, literal }: Parameter, place: number): string {
  switch (kind) {
    case 'any':
      return place % 2 === 0 ? 'x' : 'y'
    case 'number':
      return place === 0 ? 'n' : '0.5'
    case 'int':
      return '2'
    case 'boolean':
      return literal ? 'true' : place % 2 === 0 ? 'b' : 'c'
    case 'string':
      return '"c_"'
    default:
      throw new Error(`no argument of the kind ${kind} yet`)
  }
}

const of = (kind: FunctionDefinition['kind'], role?: string) =>
  allFunctions.filter(f => f.kind === kind && (role === undefined || ('role' in f && f.role === role))).flatMap(callsOf)

const WINDOWS = [
  'TUMBLINGWINDOW(ss, 3)',
  'HOPPINGWINDOW(ss, 4, 2)',
  'SLIDINGWINDOW(ss, 2)',
  'SLIDINGWINDOW(ss, 2, 1)',
  'SESSIONWINDOW(ss, 10, 2)',
  'COUNTWINDOW(3, 2)',
  'STATEWINDOW(w)',
]

/** Statements in which a call of this kind remembers something, by where it stands. */
function analyticStatements(call: string): string[] {
  return [
    `SELECT ${call} AS r FROM s`,
    `SELECT ${call} OVER (PARTITION BY k WHEN w) AS r FROM s`,
    `SELECT n, w FROM s WHERE isnull(${call})`,
    `SELECT collect(${call}) AS r, last_value(${call}, true) AS l FROM s GROUP BY COUNTWINDOW(3, 2)`,
    `SELECT w AS r, lag(${call}) AS l FROM s GROUP BY TUMBLINGWINDOW(ss, 3) FILTER (WHERE w)`,
  ]
}

function aggregateStatements(call: string): string[] {
  return [
    ...WINDOWS.map(window => `SELECT ${call} AS r, w, k FROM s GROUP BY ${window}`),
    `SELECT k, ${call} FILTER (WHERE w) AS r FROM s GROUP BY k, TUMBLINGWINDOW(ss, 3)`,
    `SELECT k, ${call} AS r FROM s GROUP BY k, HOPPINGWINDOW(ss, 4, 2) HAVING count(*) > 1`,
  ]
}

const ROW_HITS = of('intrinsic', 'hits').filter(call => !call.includes('_agg_'))
const WINDOW_HITS = of('intrinsic', 'hits').filter(call => call.includes('_agg_'))
const CHANGES = of('intrinsic', 'columns').map(call => call.replace('"c_", c', '"c_", true'))

/** Whatever else of a statement outlives a row. */
const others = [
  ...ROW_HITS.flatMap(call => [
    `SELECT ${call} AS r, sqrt(n) AS q FROM s WHERE w`,
    `SELECT n FROM s WHERE ${call} < 3000 AND sqrt(n) > 0`,
    `SELECT count(*) AS r FROM s GROUP BY SLIDINGWINDOW(ss, 2) OVER (WHEN ${call} < 5000)`,
  ]),
  ...WINDOW_HITS.flatMap(call => [
    `SELECT ${call} AS r, sqrt(sum(n)) AS q FROM s GROUP BY COUNTWINDOW(2) HAVING ${call} < 8000`,
    `SELECT ${call} AS r, k FROM s GROUP BY k, TUMBLINGWINDOW(ss, 3)`,
  ]),
  ...CHANGES.flatMap(call => [
    `SELECT ${call}, sqrt(n) AS q FROM s WHERE w`,
    `SELECT ${call}, k FROM s GROUP BY COUNTWINDOW(3) LIMIT 2`,
  ]),
  ...of('intrinsic', 'numbering').map(call => `SELECT ${call} AS r, n FROM s GROUP BY HOPPINGWINDOW(ss, 4, 2)`),
]

/** What comes out after each step; the last entry is what the quiet at the end brings. */
function run(sql: string, given: readonly Step[], restarts: boolean): string[][] {
  let current = new SqlRun(sql)
  let at = 0
  const out = given.map(({ gapMs, row }) => {
    if (restarts) current = restarted(sql, current, at)
    at += gapMs
    return since(current, () => current.push(row, at))
  })
  if (restarts) current = restarted(sql, current, at)
  out.push(since(current, () => current.moveTo(at + QUIET_MS)))
  return out
}

function restarted(sql: string, before: SqlRun, at: number): SqlRun {
  const after = new SqlRun(sql)
  after.clock.advanceTo(at)
  after.pipeline.restore(structuredClone(before.pipeline.snapshot()))
  return after
}

function since(run: SqlRun, work: () => void): string[] {
  const { length } = run.emissions
  work()
  return run.results.slice(length).map(text)
}

const ERROR = 'error: '

/** Kinds told apart: a BIGINT that comes back as a FLOAT is another value. */
function text(result: readonly Values[] | string): string {
  if (typeof result === 'string') return ERROR + result
  return JSON.stringify(result, (_, value) => {
    if (typeof value === 'bigint') return `BIGINT ${value}`
    return value instanceof Uint8Array ? `BYTEA ${[...value]}` : value
  })
}

function holds(sql: string, numRuns: number, property: (given: readonly Step[]) => void): void {
  try {
    fc.assert(fc.property(steps, property), { seed: SEED, numRuns })
  } catch (error) {
    throw new Error(`${sql}\n${(error as Error).message}`, { cause: error })
  }
}

describe('a restart before every row changes nothing that comes out', () => {
  const groups = [
    ...of('analytic').map(call => [call, analyticStatements(call)] as const),
    ...of('aggregate').map(call => [call, aggregateStatements(call)] as const),
    ['what else outlives a row', others] as const,
  ]
  for (const [name, statements] of groups) {
    test(name, () => {
      for (const sql of statements) {
        holds(sql, RUNS_WITH_RESTARTS, given => assert.deepEqual(run(sql, given, true), run(sql, given, false)))
      }
    })
  }
})

describe('without the rows that fail all others give what they gave with them', () => {
  const alone = [
    ...of('analytic').flatMap(call => analyticStatements(call).slice(0, 2)),
    ...ROW_HITS.map(call => `SELECT ${call} AS r, sqrt(n) AS q FROM s WHERE w`),
    ...CHANGES.map(call => `SELECT ${call}, sqrt(n) AS q FROM s`),
  ]
  const inPairs = [
    ...of('aggregate').map(call => `SELECT ${call} AS r FROM s GROUP BY COUNTWINDOW(2)`),
    ...WINDOW_HITS.map(call => `SELECT ${call} AS r, sqrt(n) AS q FROM s GROUP BY COUNTWINDOW(2)`),
    ...CHANGES.map(call => `SELECT ${call}, sqrt(n) AS q FROM s GROUP BY COUNTWINDOW(2)`),
    'SELECT changed_cols("c_", true, max(k)), sum(n) AS q FROM s GROUP BY COUNTWINDOW(2)',
  ]
  for (const [name, size, statements] of [
    ['row by row', 1, alone],
    ['in windows of two', 2, inPairs],
  ] as const) {
    test(name, () => {
      let failures = 0
      for (const sql of statements) {
        holds(sql, RUNS_WITHOUT, given => {
          const emitted = run(sql, given, false)
          const isGood = (_: unknown, i: number) => !emitted.slice(i - (i % size), i - (i % size) + size).some(fails)
          const good = given.filter(isGood)
          failures += given.length - good.length
          // The hits carry times: the rows that are left come when they came before.
          assert.deepEqual(
            run(sql, inTheirTime(given, isGood), false).slice(0, -1),
            emitted.slice(0, -1).filter(isGood),
          )
        })
      }
      assert.ok(failures > 100, `only ${failures} rows failed`)
    })
  }
})

function fails(emitted: readonly string[]): boolean {
  return emitted.some(e => e.startsWith(ERROR))
}

function inTheirTime(given: readonly Step[], isKept: (step: Step, i: number) => boolean): Step[] {
  const kept: Step[] = []
  let waited = 0
  for (const [i, step] of given.entries()) {
    waited += step.gapMs
    if (!isKept(step, i)) continue
    kept.push({ ...step, gapMs: waited })
    waited = 0
  }
  return kept
}
