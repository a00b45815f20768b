import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scheduleWords } from '../../src/compiler/schedule-words.ts'

const last = 'each run begins with nothing kept'

test('a schedule reads as a person would say it', () => {
  const none = { cron: undefined, durationMs: undefined, ranges: [] }
  assert.deepEqual(scheduleWords(undefined), [])
  assert.deepEqual(scheduleWords({ ...none, durationMs: 90_000 }), ['runs for 90 s, once', last])
  assert.deepEqual(
    scheduleWords({
      cron: '0 6 * * *',
      durationMs: 600_000,
      ranges: [{ begin: '2026-01-01 00:00:00', end: '2026-02-01 00:00:00' }],
    }),
    [
      'runs for 10 min from each time on that 0 6 * * * names',
      'starts only from 2026-01-01 00:00:00 to before 2026-02-01 00:00:00',
      last,
    ],
  )
  assert.deepEqual(scheduleWords({ ...none, ranges: [{ beginTimestamp: 0, endTimestamp: 1000 }] }), [
    'runs only from 1970-01-01T00:00:00.000Z to before 1970-01-01T00:00:01.000Z',
    last,
  ])
})
