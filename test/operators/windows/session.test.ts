import assert from 'node:assert/strict'
import test from 'node:test'
import { RowContents } from '../../../src/operators/windows/row-contents.ts'
import { SessionWindow } from '../../../src/operators/windows/session.ts'
import { assertSurvivesRestarts, rows, run, windows } from '../../support/operator-runs.ts'

const contents = () => new RowContents()
const base = { unit: 'SS', zone: 'UTC', startMs: 0, maxMs: 2_000, gapMs: 1_000, contents } as const
const processing = (options = {}) => new SessionWindow({ ...base, eventTime: false, ...options })
const event = (options = {}) => new SessionWindow({ ...base, eventTime: true, ...options })

test('a session ends one gap after its last row', () => {
  const operator = processing()
  assert.equal(operator.nextDue(), undefined)
  assert.deepEqual(run(operator, rows('a', 100, 'b', 600)), [])
  assert.equal(operator.nextDue(), 1_600)
  assert.deepEqual(run(operator, [{ time: 5_000 }]), ['100..1600 a b'])
  assert.equal(operator.nextDue(), undefined)
})

test('a row exactly at the end of the gap opens a new session', () => {
  assert.deepEqual(run(processing(), [...rows('a', 100, 'b', 1_100), { time: 2_100 }]), ['100..1100 a', '1100..2100 b'])
})

test('a session is cut at the aligned instant at which it is max old, and goes on from there', () => {
  const steps = rows('a', 1_932, 'b', 2_442, 'c', 3_252, 'd', 4_062, 'e', 4_872, 'f', 5_682, 'g', 6_492, 'h', 7_202)
  const inputs = [...steps, ...rows('i', 8_112), { time: 20_000 }]
  assert.deepEqual(run(processing(), inputs), ['1932..4000 a b c', '4000..8000 d e f g h', '8000..9112 i'])
})

test('a session whose first row comes at an aligned instant is cut after exactly max', () => {
  const inputs = [...rows('a', 2_000, 'b', 2_900, 'c', 3_800), { time: 4_000 }]
  assert.deepEqual(run(processing(), inputs), ['2000..4000 a b c'])
})

test('after a cut, a row that comes when the gap has passed starts a session of its own', () => {
  const inputs = [...rows('a', 1_000, 'b', 1_900, 'c', 2_800, 'd', 3_700, 'e', 9_500), { time: 20_000 }]
  assert.deepEqual(run(processing(), inputs), ['1000..4000 a b c d', '9500..10500 e'])
})

test('after a cut, a row exactly at the end of the gap starts a session of its own', () => {
  const inputs = [...rows('a', 1_000, 'b', 1_900, 'c', 2_800, 'd', 3_700, 'e', 4_700), { time: 20_000 }]
  assert.deepEqual(run(processing(), inputs), ['1000..4000 a b c d', '4700..5700 e'])
})

test('a session ends by its gap when gap and cut fall together', () => {
  const inputs = [...rows('a', 1_500, 'b', 2_200, 'c', 3_000), { time: 4_000 }, ...rows('d', 4_100), { time: 9_000 }]
  assert.deepEqual(run(processing(), inputs), ['1500..4000 a b c', '4100..5100 d'])
})

test('the aligned instants follow the start of the rule', () => {
  const operator = processing({ startMs: 59_000, maxMs: 7_000, gapMs: 3_000 })
  // From 59 s on: 63, 70, 77 …; a session that starts at 64 s is cut at 77 s.
  const inputs = [
    ...rows('a', 64_000, 'b', 66_000, 'c', 68_000, 'd', 70_000, 'e', 72_000, 'f', 74_500),
    { time: 77_000 },
  ]
  assert.deepEqual(run(operator, inputs), ['64000..77000 a b c d e f'])
})

test('a session that lasts max days is cut at midnight of the zone', () => {
  const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds
  const startMs = at('2024-03-30T23:00:00Z')
  const day = 86_400_000
  const operator = processing({ unit: 'DD', maxMs: day, gapMs: day, zone: 'Europe/Berlin', startMs })
  const end = at('2024-03-31T22:00:00Z')
  assert.deepEqual(run(operator, [...rows('a', startMs, 'b', startMs + 3_600_000), { time: end }]), [
    `${startMs}..${end} a b`,
  ])
})

test('in event time sessions follow the watermark', () => {
  const inputs = [
    ...rows('a', 6_013),
    { watermark: 6_932 },
    ...rows('b', 7_932, 'c', 8_442, 'd', 9_252),
    { watermark: 9_100 },
    ...rows('e', 10_062, 'f', 10_872, 'g', 11_682, 'h', 12_492, 'i', 13_202, 'j', 14_112),
    { watermark: 15_112 },
    { watermark: 15_113 },
  ]
  assert.deepEqual(windows(event(), inputs), [
    '6013..7013 a',
    '7932..10000 b c d',
    '10000..14000 e f g h i',
    '14000..15112 j',
  ])
})

test('in event time a row exactly at the end of the gap is still in the session', () => {
  const inputs = [...rows('a', 100, 'b', 1_100), { watermark: 2_100 }, ...rows('c', 2_100), { watermark: 9_000 }]
  assert.deepEqual(windows(event({ maxMs: 60_000 }), inputs), ['100..3100 a b c'])
})

test('in event time a session is cut by the watermark without a further row', () => {
  const inputs = [...rows('a', 1_000, 'b', 1_900, 'c', 2_800, 'd', 3_700), { watermark: 4_000 }]
  assert.deepEqual(windows(event(), inputs), ['1000..4000 a b c d'])
})

test('in event time a session that starts at an aligned instant is older than max only at the next but one', () => {
  const inputs = [...rows('a', 2_000, 'b', 2_900, 'c', 3_800, 'd', 4_700, 'e', 5_600), { watermark: 6_000 }]
  assert.deepEqual(windows(event(), inputs), ['2000..6000 a b c d e'])
})

test('in event time a row at both the cut and the end of the gap goes on after the cut', () => {
  const inputs = [...rows('a', 1_500, 'b', 2_200, 'c', 3_000, 'd', 4_000), { watermark: 9_000 }]
  assert.deepEqual(windows(event(), inputs), ['1500..4000 a b c', '4000..5000 d'])
})

test('a watermark without a session passes', () => {
  assert.deepEqual(run(event(), [{ watermark: 4_000 }]), ['watermark 4000'])
})

test('a session window survives a restart between any two inputs', () => {
  const some = rows('a', 1_932, 'b', 2_442, 'c', 3_252, 'd', 4_062, 'e', 4_872, 'f', 8_112)
  assertSurvivesRestarts(processing, [...some, { time: 20_000 }])
  assertSurvivesRestarts(event, [...some, { watermark: 8_112 }, { watermark: 20_000 }])
})

test('after a restart the aligned instants are those of before', () => {
  const make = (startMs: number) => processing({ startMs, maxMs: 7_000, gapMs: 3_000 })
  const [before, after] = [make(59_000), make(60_000)]
  after.restore(before.snapshot())
  run(after, rows('a', 64_000, 'b', 66_000, 'c', 68_000, 'd', 70_000, 'e', 72_000, 'f', 74_500))
  assert.equal(after.nextDue(), 77_000)
})
