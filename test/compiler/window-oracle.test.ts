// Windows of every kind, in both clocks, against an oracle that was written from the specification: which rows each
// holds, its bounds, and what becomes of those without rows. Rows that are kept, folded, and folded group by group.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { TIME_UNITS, type TimeUnit, UNIT_MS } from '../../src/core/time-unit.ts'
import type { Values } from '../../src/core/value.ts'
import { type ClosedWindow, type Course, type WindowKind, windowsOf } from '../support/oracle-windows.ts'
import { type RunOptions, SqlRun } from '../support/rules.ts'
import '../support/seed.ts'

interface Reading {
  readonly time: number
  readonly n: number
  readonly k: string
  readonly x: number
}

interface Subject {
  readonly sql: string
  readonly kind: WindowKind<Reading>
  readonly options?: RunOptions
}

const small = fc.integer({ min: 1, max: 8 })
const isHigh = ({ x }: Reading) => x > 2
const isLow = ({ x }: Reading) => x < 2

function slidingIn(unit: TimeUnit): Arbitrary<Subject> {
  const form = fc.constantFrom('v1', 'v1', 'v2', 'twice')
  return fc.tuple(small, fc.constantFrom(0, 0, 1, 2, 5), fc.boolean(), form).map(([length, delay, isChosen, form]) => ({
    sql: `SLIDINGWINDOW(${unit}, ${length}${delay ? `, ${delay}` : ''})#${isChosen ? ' OVER (WHEN x > 2)' : ''}`,
    kind: {
      kind: 'sliding',
      lengthMs: length * UNIT_MS[unit],
      delayMs: delay * UNIT_MS[unit],
      when: isChosen ? isHigh : () => true,
      form,
    },
    options: {
      strategy: {
        windowVersion: form === 'v2' ? 'v2' : 'v1',
        sendSlidingWindowTwice: form === 'twice',
        countsInEventTime: false,
        pushesDown: true,
      },
    },
  }))
}

/** `#` in the SQL is where FILTER may stand. */
function subjectIn(unit: TimeUnit, isEventTime: boolean): Arbitrary<Subject> {
  const timed: Arbitrary<Subject>[] = [
    small.map(length => ({ sql: `TUMBLINGWINDOW(${unit}, ${length})#`, kind: { kind: 'tumbling', unit, length } })),
    fc.tuple(small, small).map(([length, hop]) => ({
      sql: `HOPPINGWINDOW(${unit}, ${length}, ${hop})#`,
      kind: { kind: 'hopping', unit, length, hop },
    })),
    fc.tuple(small, small).map(([max, gap]) => ({
      sql: `SESSIONWINDOW(${unit}, ${max}, ${gap})#`,
      kind: { kind: 'session', unit, max, gap },
    })),
    slidingIn(unit),
    fc.tuple(fc.boolean(), fc.boolean()).map(([hasEmit, isParted]) => ({
      sql: `STATEWINDOW(x > 2${hasEmit ? ', x < 2' : ''})#${isParted ? ' OVER (PARTITION BY k)' : ''}`,
      kind: {
        kind: 'state',
        begin: isHigh,
        emit: hasEmit ? isLow : undefined,
        partition: isParted ? ({ k }) => k : () => '',
      },
    })),
  ]
  const counted: Arbitrary<Subject> = fc.tuple(small, small).map(([a, b]) => ({
    sql: `COUNTWINDOW(${Math.max(a, b)}, ${Math.min(a, b)})#`,
    kind: { kind: 'count', length: Math.max(a, b), interval: Math.min(a, b) },
  }))
  return fc.oneof(...timed, ...(isEventTime ? [] : [counted]))
}

const scenes = fc
  .record({ unit: fc.constantFrom(...TIME_UNITS, 'SS' as const), isEventTime: fc.boolean() })
  .chain(({ unit, isEventTime }) =>
    fc.record({
      unit: fc.constant(unit),
      isEventTime: fc.constant(isEventTime),
      subject: subjectIn(unit, isEventTime),
      /** from a full day, so that windows begin on their grid as well as off it */
      startSteps: fc.oneof(fc.constant(0), fc.nat(80)),
      readings: fc.array(fc.record({ wait: fc.nat(10), k: fc.constantFrom('a', 'b'), x: fc.nat(4) }), {
        minLength: 1,
        maxLength: 14,
      }),
      endSteps: fc.integer({ min: 1, max: 50 }),
      /** event time: rows come in any order, and a tolerance waits for them */
      shuffle: fc.option(fc.array(fc.nat(), { minLength: 14, maxLength: 14 })),
      form: fc.constantFrom('rows', 'all', 'groups'),
      hasFilter: fc.boolean(),
      hasWhere: fc.boolean(),
    }),
  )

type Scene = typeof scenes extends Arbitrary<infer S> ? S : never

const DAY = Date.UTC(2024, 4, 1)
const LONG_MS = 1000 * UNIT_MS.DD
const SELECTED = {
  rows: 'n',
  all: 'n, collect(n) AS ns, count(*) AS c, sum(x) AS s, max(x) AS m, last_value(x, true) AS l',
  groups: 'k, n, collect(n) AS ns, count(*) AS c, sum(x) AS s, max(x) AS m, last_value(x, true) AS l',
}

/** Steps of time: a quarter of the unit, or of a ms as little as there is. */
function stepOf(unit: TimeUnit): number {
  return Math.max(1, UNIT_MS[unit] / 4)
}

function sqlOf({ subject, form, hasFilter, hasWhere }: Scene): string {
  const bounds = 'window_start() AS ws, window_end() AS we, window_trigger() AS wt, event_time() AS et'
  const window = subject.sql.replace('#', hasFilter ? ' FILTER (WHERE x > 0)' : '')
  const where = hasWhere ? ' WHERE x < 4' : ''
  return `SELECT ${SELECTED[form]}, ${bounds} FROM s${where} GROUP BY ${window}${form === 'groups' ? ', k' : ''}`
}

function play(scene: Scene) {
  const { unit, isEventTime, subject, shuffle } = scene
  const step = stepOf(unit)
  const startMs = DAY + scene.startSteps * step
  let time = startMs
  const isInOrder = isEventTime && !shuffle
  const readings = scene.readings.map(({ wait, k, x }, n): Reading => {
    // Without a tolerance the watermark reaches an instant with its first row, and does not wait for others.
    time += (isInOrder ? wait + 1 : wait) * step
    return { time, n, k, x }
  })
  const endMs = time + scene.endSteps * step
  const last: Reading = { time: endMs, n: 98, k: 'z', x: 3 }
  const lateToleranceMs = isEventTime && shuffle ? LONG_MS : 0
  const run = new SqlRun(sqlOf(scene), { startMs, isEventTime, lateToleranceMs, ...subject.options })
  if (!isEventTime) {
    for (const { time: at, ...columns } of readings) run.push(columns, at)
    run.moveTo(endMs)
    return { run, rows: readings, course: { isEventTime, startMs, endMs } }
  }
  const arriving = shuffle ? readings.toSorted((a, b) => shuffle[a.n]! - shuffle[b.n]!) : readings
  const end = lateToleranceMs > 0 ? [last, { ...last, time: endMs + lateToleranceMs }] : [last]
  for (const { time: ts, ...columns } of [...arriving, ...end]) run.push({ ...columns, ts }, startMs)
  const rows = [...arriving.toSorted((a, b) => a.time - b.time), last]
  return { run, rows, course: { isEventTime, startMs, endMs } }
}

function expected(scene: Scene, rows: readonly Reading[], course: Course): Values[][] {
  const { subject, hasFilter, hasWhere, isEventTime } = scene
  const passes = ({ x }: Reading) => !hasWhere || x < 4
  const isWhereLate = isEventTime || subject.kind.kind === 'sliding' || subject.kind.kind === 'count'
  const entering = rows.filter(row => (!hasFilter || row.x > 0) && (isWhereLate || passes(row)))
  // The first row begins event time.
  if (isEventTime && entering.length === 0) return []
  return windowsOf(subject.kind, entering, course).flatMap(window => {
    const kept = window.rows.filter(passes)
    return kept.length === 0 && hasWhere && isWhereLate ? [] : emission(scene, kept, window)
  })
}

/** None, or one. */
function emission({ form }: Scene, rows: readonly Reading[], { start, end, trigger }: ClosedWindow<Reading>) {
  const bounds = { ws: BigInt(start), we: BigInt(end), wt: BigInt(trigger) }
  if (form === 'rows') return [rows.map(({ n, time }): Values => ({ n, ...bounds, et: BigInt(time) }))]
  const et = BigInt(trigger)
  const of = (group: readonly Reading[]): Values => ({
    n: group[0]!.n,
    ns: group.map(({ n }) => n),
    c: BigInt(group.length),
    s: group.reduce((sum, { x }) => sum + x, 0),
    m: Math.max(...group.map(({ x }) => x)),
    l: group.at(-1)!.x,
    ...bounds,
    et,
  })
  if (form === 'all') return [[rows.length === 0 ? { ns: [], ...bounds, et } : of(rows)]]
  const groups = [...Map.groupBy(rows, ({ k }) => k)].map(([k, group]) => ({ k, ...of(group) }))
  return groups.length === 0 ? [] : [groups]
}

const seen = new Map<string, number>()

test('windows hold the rows and have the bounds that the specification says', () => {
  fc.assert(
    fc.property(scenes, scene => {
      const { run, rows, course } = play(scene)
      const wanted = expected(scene, rows, course)
      const what = `${scene.subject.kind.kind}, ${scene.isEventTime ? 'event' : 'processing'} time`
      seen.set(what, (seen.get(what) ?? 0) + wanted.length)
      assert.deepEqual(run.results, wanted, sqlOf(scene))
    }),
    { numRuns: 1500 },
  )
})

after(() => {
  const kinds = ['tumbling', 'hopping', 'sliding', 'session', 'state'].flatMap(kind =>
    ['event', 'processing'].map(clock => `${kind}, ${clock} time`),
  )
  for (const what of [...kinds, 'count, processing time']) {
    assert.ok((seen.get(what) ?? 0) > 50, `${what}: ${seen.get(what) ?? 0} windows say too little`)
  }
})
