import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventTimeOptions, eventTimeOf, watermarkWords } from '../../src/compiler/event-time.ts'
import { RowError } from '../../src/core/errors.ts'
import type { Value } from '../../src/core/value.ts'
import type { BoundSource } from '../../src/sql/bound.ts'

const SUMMER = Date.UTC(2024, 6, 1, 10)

test('a text without a zone is in the zone of the configuration, one with a zone in its own', () => {
  const read = eventTimeOf({ timestamp: 'ts', timestampFormat: undefined }, 'Europe/Berlin')!
  assert.equal(read({ ts: '2024-07-01 12:00:00' }, 0), SUMMER)
  assert.equal(read({ ts: '2024-07-01T12:00:00' }, 0), SUMMER)
  assert.equal(read({ ts: '2024-07-01T10:00:00Z' }, 0), SUMMER)
  assert.equal(read({ ts: '2024-07-01T19:00:00+09:00' }, 0), SUMMER)
  const pattern = eventTimeOf({ timestamp: 'ts', timestampFormat: 'dd.MM.yyyy HH:mm' }, 'Europe/Berlin')!
  assert.equal(pattern({ ts: '01.07.2024 12:00' }, 0), SUMMER)
})

test('a text without a date is of the day of its arrival', () => {
  const read = eventTimeOf({ timestamp: 'ts', timestampFormat: undefined }, 'UTC')!
  assert.equal(read({ ts: '10:00:00' }, Date.UTC(2024, 6, 1, 23)), SUMMER)
})

test('a time so near the end of all dates that a window would end beyond it is none', () => {
  const read = eventTimeOf({ timestamp: 'ts', timestampFormat: undefined }, 'UTC')!
  for (const ts of [8.64e15, -8.64e15, 8_640_000_000_000_000n, '+275760-09-13T00:00:00Z']) {
    assert.throws(() => read({ ts }, 0), RowError)
  }
  assert.equal(read({ ts: 8.6e15 }, 0), 8.6e15)
  assert.equal(read({ ts: -8_600_000_000_000_000n }, 0), -8.6e15)
})

test('names that every object inherits are no columns', () => {
  const read = eventTimeOf({ timestamp: 'constructor', timestampFormat: undefined }, 'UTC')!
  assert.throws(() => read({ a: 1 }, 0), RowError)
  assert.equal(read({ constructor: 5 } as never, 0), 5)
})

test('a time in the future is named with its column, as it was written, and with the clock', () => {
  const read = eventTimeOf({ timestamp: 'ts', timestampFormat: undefined }, 'Europe/Berlin', 60_000)!
  const text = (ts: Value) => {
    try {
      return read({ ts }, SUMMER)
    } catch (error) {
      assert.ok(error instanceof RowError)
      return error.message
    }
  }
  assert.equal(text(SUMMER + 60_000), SUMMER + 60_000)
  assert.equal(text(-1), -1)
  const clock = 'ahead of the clock, which shows 2024-07-01T12:00:00+02:00'
  assert.equal(text(BigInt(SUMMER + 60_001)), `timestamp field ts: ${SUMMER + 60_001} is 1m ${clock}`)
  assert.equal(text('2026-07-01T10:00:00Z'), `timestamp field ts: "2026-07-01T10:00:00Z" is 17520h ${clock}`)
  assert.equal(
    text(SUMMER * 1000),
    `timestamp field ts: ${SUMMER * 1000} is ${Math.round((SUMMER * 999) / 3.6e6)}h ${clock}`,
  )
})

test('explain tells the options that have an effect, and no others', () => {
  const source = (index: number, kind: 'stream' | 'table') => ({ index, kind }) as BoundSource
  const [one, two] = [
    [source(0, 'stream'), source(1, 'table')],
    [source(0, 'stream'), source(1, 'stream')],
  ]
  const all: EventTimeOptions = {
    lateToleranceMs: 2_000,
    idleTimeoutMs: 30_000,
    futureToleranceMs: 60_000,
    lateTopic: 'late/x',
    maxWaitingRows: 500,
  }
  assert.deepEqual(watermarkWords(two, all), {
    does: [
      'rows leave in the order of their time; those that come more than 2 s late are dropped and sent to topic late/x',
      'a stream that is silent for 30 s is not waited for',
      'rows more than 1 min ahead of the clock are refused',
    ],
    keeps: ['rows until every stream has come 2 s further; from 500 on only the slowest stream is read'],
  })
  assert.deepEqual(watermarkWords(one, { ...all, futureToleranceMs: 0, lateTopic: '' }), {
    does: ['rows leave in the order of their time; those that come more than 2 s late are dropped'],
    keeps: ['rows until none that is earlier can come, 2 s behind the newest'],
  })
})
