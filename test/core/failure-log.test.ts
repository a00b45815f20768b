import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock } from '../../src/core/clock.ts'
import { FailureLog } from '../../src/core/failure-log.ts'

function setUp() {
  const clock = new ManualClock()
  const lines: string[] = []
  const log = new FailureLog(clock, (failures, text) => lines.push(`${clock.now()}: ${failures} ${text}`), 10_000)
  return { clock, lines, log }
}

test('the first failure is told at once, those that follow together when the interval is over', () => {
  const { clock, lines, log } = setUp()
  for (const text of ['a', 'b', 'c']) log.add(text)
  clock.advanceTo(9_999)
  assert.deepEqual(lines, ['0: 1 a'])
  clock.advanceTo(60_000)
  assert.deepEqual(lines, ['0: 1 a', '10000: 2 c'])
})

test('there are never two lines in one interval, and after a quiet one the next failure is told at once', () => {
  const { clock, lines, log } = setUp()
  for (const at of [0, 5_000, 10_001, 19_999, 20_000, 31_000]) {
    clock.advanceTo(at)
    log.add(`at ${at}`)
  }
  clock.advanceTo(100_000)
  assert.deepEqual(lines, [
    '0: 1 at 0',
    '10000: 1 at 5000',
    '20000: 2 at 19999',
    '30000: 1 at 20000',
    '40000: 1 at 31000',
  ])
})

test('a flush tells what was held back, and nothing is told of twice', () => {
  const { clock, lines, log } = setUp()
  log.add('a')
  log.add('b')
  clock.advanceTo(2_000)
  log.flush()
  log.flush()
  clock.advanceTo(100_000)
  assert.deepEqual(lines, ['0: 1 a', '2000: 1 b'])
})
