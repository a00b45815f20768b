// Windows that fold their rows on arrival against windows that keep them: random statements over random feeds, with rows
// that are late or that something in the statement cannot take. What goes out must be the same, errors and order too.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { planSelect } from '../../src/compiler/plan.ts'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { FileText } from '../../src/core/location.ts'
import { UNIT_MS } from '../../src/core/time-unit.ts'
import type { Values } from '../../src/core/value.ts'
import { type RunOptions, SqlRun, STREAMS } from '../support/rules.ts'
import '../support/seed.ts'

type Unit = 'SS' | 'HH' | 'DD'

interface Scene {
  readonly unit: Unit
  readonly zone: string
  readonly startMs: number
}

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds

/** The clock is put forward or back soon after some of them. */
const scene: Arbitrary<Scene> = fc.oneof(
  fc.record({ unit: fc.constant<Unit>('SS'), zone: fc.constant('UTC'), startMs: fc.nat(9_000) }),
  fc.record({
    unit: fc.constantFrom<Unit>('HH', 'DD'),
    zone: fc.constantFrom('Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kolkata'),
    startMs: fc
      .constantFrom('2024-03-30T22:10:00Z', '2024-10-26T20:40:00Z', '2018-11-03T14:00:00Z', '2018-02-16T23:30:00Z')
      .map(at),
  }),
)

const small = fc.integer({ min: 1, max: 6 })

/** Of every kind that folds, but sliding ones. */
function windowIn(unit: Unit, isEventTime: boolean): Arbitrary<string> {
  const timed = [
    small.map(n => `TUMBLINGWINDOW(${unit}, ${n})`),
    fc
      .tuple(fc.integer({ min: 1, max: 10 }), small)
      .map(([length, hop]) => `HOPPINGWINDOW(${unit}, ${length}, ${hop})`),
    fc.tuple(small, small).map(([max, gap]) => `SESSIONWINDOW(${unit}, ${max}, ${gap})`),
    fc.constantFrom(
      'STATEWINDOW(open)',
      'STATEWINDOW(open, b)',
      'STATEWINDOW(open, b) OVER (PARTITION BY k)',
      'STATEWINDOW(x > 2) OVER (PARTITION BY k)',
    ),
  ]
  const counted = [
    small.map(n => `COUNTWINDOW(${n})`),
    fc
      .tuple(fc.integer({ min: 1, max: 24 }), small)
      .map(([n, k]) => `COUNTWINDOW(${Math.max(n, k)}, ${Math.min(n, k)})`),
  ]
  const kinds = fc.oneof(...(isEventTime ? timed : [...timed, ...counted]))
  return fc
    .tuple(kinds, fc.constantFrom('', '', ' FILTER (WHERE k != "b")'))
    .map(([kind, filter]) => (kind.includes('OVER') ? kind : kind + filter))
}

const AGGREGATES = [
  'count(*) AS c',
  'count(x) AS cx',
  'sum(x) AS s',
  'avg(x) AS a',
  'min(x) AS lo',
  'max(m) AS hi',
  'last_value(x, true) AS l',
  'last_value(m, false) AS lm',
  'merge_agg(o) AS o',
  'collect(x) AS xs',
  'median(x) AS md',
  'deduplicate(k, true) AS u',
  'percentile_cont(x, 0.3) AS p',
  'sum(d) AS sd',
  'sum(x) FILTER (WHERE k = "a") AS fa',
  'count(*) FILTER (WHERE m > 1) AS fm',
]
const PLAIN = ['k', 'x * 2 AS d', 'm AS first', 'window_start() AS ws', 'window_end() AS we', 'event_time() AS et']

interface Statement {
  readonly sql: string
  readonly isEventTime: boolean
}

function statementIn(unit: Unit): Arbitrary<Statement> {
  return fc.boolean().chain(isEventTime =>
    fc
      .record({
        aggregates: fc.subarray(AGGREGATES, { minLength: 1, maxLength: 4 }),
        plain: fc.subarray(PLAIN, { maxLength: 3 }),
        window: windowIn(unit, isEventTime),
        group: fc.constantFrom('', '', 'k', 'k', 'k, b', 'm + 1', 'k, x'),
        where: fc.constantFrom('', '', '', 'x > 1', 'k != "c"', 'm > 1', 'x > 1 OR m > 2', 'count(*) > 2'),
        having: fc.constantFrom('', '', '', 'count(*) > 1', 'sum(x) > 3'),
        order: fc.constantFrom('', '', '', 'k', 'k DESC, x'),
      })
      .map(({ aggregates, plain, window, group, where, having, order }) => {
        const items = [...new Set([...plain, ...(aggregates.includes('sum(d) AS sd') ? ['x * 2 AS d'] : [])])]
        const sql = [
          `SELECT ${[...items, ...aggregates].join(', ')} FROM s`,
          where && `WHERE ${where}`,
          `GROUP BY ${group && `${group}, `}${window}`,
          having && `HAVING ${having}`,
          order && `ORDER BY ${order}`,
        ]
        return { sql: sql.filter(Boolean).join(' '), isEventTime }
      }),
  )
}

/** Numbers that add up exactly; seldom what aggregates, keys and conditions cannot take. */
const number = fc.oneof(
  { arbitrary: fc.integer({ min: -8, max: 24 }).map(n => n / 4), weight: 8 },
  { arbitrary: fc.bigInt({ min: -3n, max: 9n }), weight: 3 },
  { arbitrary: fc.constantFrom(null, undefined), weight: 2 },
)
const sometimes = (text: number) =>
  fc.oneof({ arbitrary: number, weight: 40 }, { arbitrary: fc.constantFrom('bad', 'worse'), weight: text })

/** @param text how often it stands where a number is wanted */
function valuesWith(text: number) {
  return fc.record({
    k: fc.constantFrom('a', 'b', 'c', null, 1),
    b: fc.boolean(),
    open: fc.boolean(),
    x: sometimes(text),
    m: sometimes(3 * text),
    o: fc.constantFrom({ p: 1 }, { p: 2, q: 'x' }, null, 7),
    /** how much earlier it happened than it came, in quarters of the unit */
    age: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, { arbitrary: fc.integer({ min: 0, max: 9 }), weight: 1 }),
  })
}

interface Step {
  /** since the step before, in quarters of the unit */
  readonly wait: number
  /** none: the clock only moves */
  readonly rows: readonly (ReturnType<typeof valuesWith> extends Arbitrary<infer V> ? V : never)[]
  /** before it, what the rule keeps is saved, and restored into a new one */
  readonly isCut: boolean
}

const steps: Arbitrary<readonly Step[]> = fc.constantFrom(0, 0, 1, 3).chain(text =>
  fc.array(
    fc.record({
      wait: fc.oneof(
        { arbitrary: fc.integer({ min: 0, max: 4 }), weight: 19 },
        { arbitrary: fc.integer({ min: 0, max: 90 }), weight: 1 },
      ),
      rows: fc.array(valuesWith(text), { maxLength: 3 }),
      isCut: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40, size: 'max' },
  ),
)

const runs = fc
  .record({ scene, tolerance: fc.nat(4), steps })
  .chain(fixed => statementIn(fixed.scene.unit).map(statement => ({ ...fixed, statement })))

type Run = typeof runs extends Arbitrary<infer R> ? R : never

function play({ scene: { unit, zone, startMs }, tolerance, statement, steps }: Run, keepRows: boolean, cuts: boolean) {
  const quarter = UNIT_MS[unit] / 4
  const { sql, isEventTime } = statement
  const options: RunOptions = { isEventTime, zone, keepRows, lateToleranceMs: tolerance * quarter }
  let run = new SqlRun(sql, { ...options, startMs })
  const emissions = [...run.emissions]
  let now = startMs
  const restart = () => {
    const saved = structuredClone(run.pipeline.snapshot())
    emissions.push(...run.emissions)
    run = new SqlRun(sql, { ...options, startMs: now })
    run.pipeline.restore(structuredClone(saved))
  }
  for (const { wait, rows, isCut } of steps) {
    if (cuts && isCut) restart()
    now += wait * quarter
    if (rows.length === 0) run.moveTo(now)
    else
      run.push(
        rows.map(({ age, ...columns }) => present({ ...columns, ts: now - age * quarter })),
        now,
      )
  }
  if (cuts) restart()
  // Everything that is open is closed, in event time by a row from long after.
  now += 100 * quarter
  run.moveTo(now)
  if (isEventTime) run.push({ ts: now, k: 'end' }, now)
  return [...emissions, ...run.emissions]
}

/** Without the columns that are missing. */
function present(columns: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)) as Values
}

function whatIsKept({ sql, isEventTime }: Statement): string {
  const { analyzed } = prepareSelect(new FileText('rule.sql', sql), STREAMS, isEventTime)
  const steps = planSelect(analyzed, { isEventTime, lateToleranceMs: 0 })
  const window = steps.find(step => step.kind === 'window')!
  return window.keeps.kind
}

const seen = new Map<string, number>()

test('a window that folds its rows sends what one that keeps them sends', () => {
  fc.assert(
    fc.property(runs, run => {
      const kept = whatIsKept(run.statement)
      seen.set(kept, (seen.get(kept) ?? 0) + 1)
      assert.deepEqual(play(run, false, false), play(run, true, false))
    }),
    { numRuns: 400 },
  )
})

test('a window that folds its rows survives restarts at any moment, and so does one that keeps them', () => {
  fc.assert(
    fc.property(runs, run => {
      const whole = play(run, true, false)
      assert.deepEqual(play(run, false, true), whole)
      assert.deepEqual(play(run, true, true), whole)
    }),
    { numRuns: 200 },
  )
})

after(() => {
  for (const kind of ['groups', 'panes', 'rows']) assert.ok(seen.get(kind)! > 20, `${kind}: ${seen.get(kind)} runs`)
})
