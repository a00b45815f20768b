// Sliding windows whose aggregates follow the rows, against those that keep them: the same emissions, also when the run is
// cut and goes on from a snapshot.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planSelect } from '../../src/compiler/plan.ts'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { DEFAULT_RULE_OPTIONS } from '../../src/config/rule-options.ts'
import { FileText } from '../../src/core/location.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { type RunOptions, SqlRun, STREAMS } from '../support/rules.ts'
import '../support/seed.ts'

/** `x` is a number or null, `o` an object, null or missing; `v` is anything, so that what reads it fails on some rows */
const AGGREGATES = [
  'count(*)',
  'count(v)',
  'sum(x)',
  'avg(x)',
  'max(x)',
  'min(v)',
  'max(v)',
  'sum(v)',
  'last_value(v, true)',
  'last_value(x, false)',
  'stddev(x)',
  'vars(x)',
  'merge_agg(o)',
  'count(*) FILTER (WHERE x > 2)',
  'sum(x) FILTER (WHERE v > 1)',
  "min(x) FILTER (WHERE d = 'a')",
  'max(x + v)',
]
const COLUMNS = ['d', 'x', 'v', 'window_start() AS ws', 'window_end() AS we', 'window_trigger() AS wt']
const GROUPS = ['', 'd, ', 'd, x, ', 'x + v, ']
const WHERES = ['', 'x > 1', 'v > 1', "d != 'c'", 'lag(x) > 1', "x > 0 OR v = 'p'", 'false']
const WHENS = ['', '', '', ' OVER (WHEN x = 2)', ' OVER (WHEN v > 1)', ' OVER (WHEN last_hit_count() < 5 AND x > 1)']
const TAILS = ['', '', '', ' HAVING count(*) > 1', ' HAVING max(v) > 1', ' ORDER BY d DESC', ' LIMIT 2']

const arbitrarySql = fc
  .record({
    aggregates: fc.uniqueArray(fc.constantFrom(...AGGREGATES), { minLength: 1, maxLength: 4 }),
    columns: fc.uniqueArray(fc.constantFrom(...COLUMNS), { maxLength: 3 }),
    group: fc.constantFrom(...GROUPS),
    where: fc.constantFrom(...WHERES),
    when: fc.constantFrom(...WHENS),
    tail: fc.constantFrom(...TAILS),
    filter: fc.constantFrom('', '', ' FILTER (WHERE x != 3)'),
    lengthMs: fc.constantFrom(0, 1, 10, 50, 200, 1_000, 5_000),
    delayMs: fc.constantFrom(0, 0, 1, 30, 100),
  })
  .map(({ aggregates, columns, group, where, when, tail, filter, lengthMs, delayMs }) => {
    const items = [...aggregates.map((text, i) => named(text, i)), ...columns]
    const length = delayMs === 0 ? Math.max(lengthMs, 1) : lengthMs
    const window = `SLIDINGWINDOW(ms, ${length}, ${delayMs})${filter}${when}`
    return `SELECT ${items.join(', ')} FROM s${where && ` WHERE ${where}`} GROUP BY ${group}${window}${tail}`
  })

function named(aggregate: string, i: number): string {
  return `${aggregate} AS a${i}`
}

const arbitraryOptions = fc.record({
  isEventTime: fc.boolean(),
  lateToleranceMs: fc.constantFrom(0, 20),
  strategy: fc.record({
    windowVersion: fc.constantFrom('v1' as const, 'v1' as const, 'v2' as const),
    sendSlidingWindowTwice: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    countsInEventTime: fc.constant(false),
    pushesDown: fc.boolean(),
  }),
})

const arbitraryNumber = fc.oneof(
  fc.bigInt({ min: 0n, max: 4n }),
  fc.integer({ min: -8, max: 16 }).map(n => n / 4),
)
/** Mostly numbers: a row that nothing can read spoils all windows that it is in. */
const arbitraryV = fc.oneof(
  { weight: 20, arbitrary: arbitraryNumber as fc.Arbitrary<Value> },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom('p', 'q', true) },
)

interface Step {
  /** ms since the step before */
  readonly wait: number
  readonly row: Values | undefined
  /** ms by which its own time is behind */
  readonly behind: number
  /** the run is cut before the step */
  readonly cut: boolean
}

const arbitraryStep: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 300 })),
  row: fc.option(
    fc.record(
      {
        d: fc.constantFrom<Value>('a', 'b', 'c', 1n, null),
        x: fc.oneof({ weight: 8, arbitrary: arbitraryNumber as fc.Arbitrary<Value> }, fc.constant(null)),
        v: arbitraryV,
        o: fc.constantFrom<Value>({ p: 1n }, { p: 2n, q: 'r' }, null),
      },
      { requiredKeys: ['d', 'x', 'v'] },
    ),
    { nil: undefined, freq: 12 },
  ),
  behind: fc.constantFrom(0, 0, 0, 5, 15),
  cut: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
})

/** What is sent, in order, one text each; a failure in its place. */
function run(sql: string, options: RunOptions, steps: readonly Step[], isCut = false): string[] {
  let run = new SqlRun(sql, options)
  const sent: string[] = []
  const collect = () => sent.push(...run.results.map(text))
  let at = 0
  for (const { wait, row, behind, cut } of steps) {
    if (cut && isCut) {
      collect()
      const state = structuredClone(run.pipeline.snapshot())
      // What the old one does after the snapshot must not reach into it.
      run.push({ x: 2n, v: 2n, ts: at }, at)
      run = new SqlRun(sql, options)
      run.clock.advanceTo(at)
      run.pipeline.restore(state)
    }
    at += wait
    if (row) run.push({ ...row, ts: Math.max(0, at - behind) }, at)
    else run.moveTo(at)
  }
  run.moveTo(at + 1000)
  collect()
  return sent
}

/** Variances are put together in another order, so their last digits differ. */
function text(result: readonly Values[] | string): string {
  if (typeof result === 'string') return result
  return JSON.stringify(result, (_, value) => {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value !== 'number') return value
    return Math.abs(value) < 1e-7 ? 0 : Number(value.toPrecision(9))
  })
}

function keeps(sql: string, options: RunOptions): string | undefined {
  const rule = { ...DEFAULT_RULE_OPTIONS, ...options }
  const { analyzed } = prepareSelect(new FileText('r.sql', sql), STREAMS, rule.isEventTime, rule)
  const step = planSelect(analyzed, rule).find(step => step.kind === 'window')
  return step?.kind === 'window' ? step.keeps.kind : undefined
}

test('sliding windows that fold send what those that keep their rows do, also from a snapshot', () => {
  const counted = { statements: 0, windows: 0, errors: 0, cuts: 0 }
  fc.assert(
    fc.property(
      arbitrarySql,
      arbitraryOptions,
      fc.array(arbitraryStep, { minLength: 10, maxLength: 60, size: 'max' }),
      (sql, options, steps) => {
        assert.equal(keeps(sql, options), 'sliding', sql)
        const want = run(sql, { ...options, keepRows: true }, steps)
        assert.deepEqual(run(sql, options, steps), want, sql)
        assert.deepEqual(run(sql, options, steps, true), want, `${sql} with cuts`)
        counted.statements++
        counted.windows += want.filter(result => result.startsWith('[')).length
        counted.errors += want.filter(result => !result.startsWith('[')).length
        counted.cuts += steps.filter(step => step.cut).length
      },
    ),
    { numRuns: 500 },
  )
  assert.ok(counted.windows > 2_000 && counted.errors > 800 && counted.cuts > 800, JSON.stringify(counted))
})
