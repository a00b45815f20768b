import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { RowError } from '../../../src/core/errors.ts'
import type { Row } from '../../../src/core/row.ts'
import { makeRow } from '../../../src/core/row.ts'
import { type FoldedTumblingOptions, FoldedTumblingWindow } from '../../../src/operators/windows/folded-tumbling.ts'
import { TumblingWindow } from '../../../src/operators/windows/tumbling.ts'
import { assertSurvivesRestarts, type Input, rows, run, windows } from '../../support/operator-runs.ts'

type Names = { names: string[]; seen: Temporal.ZonedDateTime[] }

/** Groups by the first letter; each group comes out as one row: the key of the group and what was folded. */
function folded(options: Partial<FoldedTumblingOptions<Names>> = {}): FoldedTumblingWindow<Names> {
  return new FoldedTumblingWindow<Names>({
    unit: 'SS',
    zone: 'UTC',
    startMs: 0,
    eventTime: false,
    lengthMs: 10_000,
    groupKey: row => letter(row),
    fold: {
      begin: () => ({ names: [], seen: [] }),
      add(state, row) {
        if (row.values['v'] === 'bad') throw new RowError('bad row')
        state.names.push(String(row.values['v']))
        state.seen.push(Temporal.Instant.fromEpochMilliseconds(row.time).toZonedDateTimeISO('Europe/Berlin'))
      },
      save: state => ({ names: state.names.slice(), seen: state.seen.slice() }),
      load: saved => saved as Names,
    },
    emit(groups, bounds, out) {
      const made = groups.map(({ first, state }) => {
        assert.ok(state.seen.every(time => time instanceof Temporal.ZonedDateTime))
        return makeRow({ v: `${first.values['v']}=${state.names.join(',')}` }, bounds.trigger, 0)
      })
      out.window({ rows: made, ...bounds })
    },
    ...options,
  })
}
const letter = (row: Row) => String(row.values['v'])[0]!

test('groups come out in the order of their first rows', () => {
  const inputs = [...rows('b1', 0, 'a1', 1, 'b2', 2, 'c1', 9_999, 'a2', 10_000), { time: 20_000 }]
  assert.deepEqual(run(folded(), inputs), ['0..10000 b1=b1,b2 a1=a1 c1=c1', '10000..20000 a2=a2'])
})

test('without a group key all rows are one group, and an empty window has none', () => {
  const operator = folded({ groupKey: undefined })
  assert.deepEqual(run(operator, [...rows('a', 0, 'b', 1), { time: 20_000 }]), ['0..10000 a=a,b', '10000..20000'])
})

test('one bad row discards its window and no other', () => {
  const inputs = [...rows('a', 0, 'bad', 1, 'bad', 2, 'b', 3, 'c', 10_000), { time: 20_000 }]
  assert.deepEqual(run(folded(), inputs), ['error bad row', '10000..20000 c=c'])
})

test('a spoilt window holds nothing but its error', () => {
  const operator = folded()
  run(operator, rows('a', 0, 'bad', 1, 'b', 3))
  const { groups, error } = operator.snapshot()
  assert.deepEqual([groups, error], [[], 'bad row'])
})

test('a group key that fails discards the window', () => {
  const groupKey = (row: Row) => {
    if (row.values['v'] === 'x') throw new RowError('no key')
    return 'k'
  }
  assert.deepEqual(run(folded({ groupKey }), [...rows('a', 0, 'x', 1), { time: 10_000 }]), ['error no key'])
})

test('a spoilt window takes its error through a gap of many windows', () => {
  const operator = folded({ eventTime: true })
  const future = 1_000_000_000_000
  assert.deepEqual(windows(operator, [...rows('bad', 5), { watermark: future }]), ['error bad row'])
  assert.equal(operator.skippedEmptyWindows, future / 10_000 - 1)
})

test('a folded window has the bounds and the rows of the window that keeps rows', () => {
  const time = fc.integer({ min: 0, max: 60_000 })
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 20 }), fc.boolean(), (times, eventTime) => {
      const inputs: Input[] = times.sort((a, b) => a - b).map((at, i) => ({ v: `r${i}`, at }))
      inputs.push(eventTime ? { watermark: 70_000 } : { time: 70_000 })
      const options = { unit: 'SS', zone: 'UTC', startMs: 0, lengthMs: 7_000, eventTime } as const
      const kept = run(new TumblingWindow(options), inputs)
      const one = run(folded({ ...options, groupKey: undefined }), inputs)
      const expected = kept.map(line => {
        const [bounds, ...names] = line.split(' ')
        if (bounds === 'watermark' || names.length === 0) return line
        return `${bounds} ${names[0]}=${names.join(',')}`
      })
      assert.deepEqual(one, expected)
    }),
  )
})

test('a folded window survives a restart between any two inputs', () => {
  const inputs = [...rows('b1', 0, 'a1', 1, 'b2', 2, 'a2', 10_000, 'bad', 10_001, 'a3', 10_002, 'c', 20_000)]
  assertSurvivesRestarts(folded, [...inputs, { time: 40_000 }])
  assertSurvivesRestarts(() => folded({ eventTime: true }), [...inputs, { watermark: 40_000 }])
})
