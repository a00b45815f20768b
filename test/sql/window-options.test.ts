// What a rule's options ask of its window, from the option to what is sent.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlanStrategy } from '../../src/catalog/definition.ts'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { DEFAULT_RULE_OPTIONS } from '../../src/config/rule-options.ts'
import { errorLine, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { SqlRun, STREAMS } from '../support/rules.ts'

function withStrategy(strategy: Partial<PlanStrategy>) {
  return { strategy: { ...DEFAULT_RULE_OPTIONS.strategy, ...strategy } }
}

/** @returns what is refused or warned of, a line each */
function said(sql: string, strategy: Partial<PlanStrategy>, isEventTime = false): string[] {
  try {
    const { analyzed } = prepareSelect(new FileText('r.sql', sql), STREAMS, isEventTime, withStrategy(strategy))
    return analyzed.cautions.map(errorLine)
  } catch (error) {
    if (error instanceof UserError) return error.all().map(each => `refused ${errorLine(each)}`)
    throw error
  }
}

const BOUNDS = 'window_start() AS s, window_end() AS e, window_trigger() AS t'

test('a window that has no other version is refused with v2', () => {
  for (const window of [
    'TUMBLINGWINDOW(ss, 1)',
    'HOPPINGWINDOW(ss, 2, 1)',
    'SESSIONWINDOW(ss, 9, 1)',
    'COUNTWINDOW(2)',
  ]) {
    assert.match(
      said(`SELECT count(*) AS c FROM s GROUP BY ${window}`, { windowVersion: 'v2' }).join('\n'),
      /^refused r\.sql:1:38 RULE_OPTION The option "planOptimizeStrategy\.windowOption\.windowVersion" cannot be v2 with this window\. Only sliding windows .* Leave the option out\.$/,
    )
  }
})

test('sliding and state windows take v2', () => {
  for (const window of ['SLIDINGWINDOW(ss, 1)', 'STATEWINDOW(a = 1, a = 2)']) {
    assert.deepEqual(said(`SELECT count(*) AS c FROM s GROUP BY ${window}`, { windowVersion: 'v2' }), [])
  }
})

test('options that find no window to work on are warned of', () => {
  assert.match(
    said('SELECT a FROM s', { windowVersion: 'v2' }).join('\n'),
    /^r\.sql:1:1 RULE_OPTION .*windowVersion" has no effect: the rule has no window\./,
  )
  for (const rest of ['', ' GROUP BY SLIDINGWINDOW(ss, 1)', ' GROUP BY TUMBLINGWINDOW(ss, 1)']) {
    assert.match(
      said(`SELECT a FROM s${rest}`, { sendSlidingWindowTwice: true }).join('\n'),
      /^r\.sql:1:\d+ RULE_OPTION .*enableSendSlidingWindowTwice" has no effect: the rule has no sliding window with a delay\. Add a delay/,
    )
  }
  assert.deepEqual(said('SELECT a FROM s GROUP BY SLIDINGWINDOW(ss, 1, 1)', { sendSlidingWindowTwice: true }), [])
})

test('v2 leaves out the start and holds the end of the delay', () => {
  const options = withStrategy({ windowVersion: 'v2' })
  const run = new SqlRun(
    `SELECT sum(a) AS a, ${BOUNDS} FROM s GROUP BY SLIDINGWINDOW(ms, 10, 5) OVER (WHEN w)`,
    options,
  )
  run.push({ a: 1n }, 0).push({ a: 2n }, 1).push({ a: 4n, w: true }, 10).push({ a: 8n }, 15).push({ a: 16n }, 16)
  assert.deepEqual(run.rows, [{ a: 14n, s: 0n, e: 15n, t: 15n }])
})

test('sent twice, both parts have the time of the row as their trigger', () => {
  const options = withStrategy({ sendSlidingWindowTwice: true })
  const run = new SqlRun(
    `SELECT sum(a) AS a, ${BOUNDS} FROM s GROUP BY SLIDINGWINDOW(ms, 10, 5) OVER (WHEN w)`,
    options,
  )
  run.push({ a: 1n }, 0).push({ a: 2n }, 1).push({ a: 4n, w: true }, 10)
  assert.deepEqual(run.rows, [{ a: 6n, s: 0n, e: 10n, t: 10n }], 'at once')
  run.push({ a: 8n }, 15).push({ a: 16n }, 16)
  assert.deepEqual(run.rows.slice(1), [{ a: 8n, s: 10n, e: 15n, t: 10n }])
})

test('a count window is used in event time when the option lets it, and counts rows in the order of their times', () => {
  const sql = 'SELECT collect(ts) AS all FROM s GROUP BY COUNTWINDOW(2)'
  assert.match(
    said(sql, {}, true).join('\n'),
    /^refused .* SQL_WINDOW A count window cannot run on event time.*enableIncrementalWindow/,
  )
  const run = new SqlRun(sql, { ...withStrategy({ countsInEventTime: true }), isEventTime: true, lateToleranceMs: 10 })
  run.push({ ts: 5 }).push({ ts: 3 }).push({ ts: 40 }).push({ ts: 90 })
  assert.deepEqual(run.rows, [{ all: [3, 5] }])
})

test('WHERE that is not pushed down works on what the window holds', () => {
  const sql = 'SELECT a FROM s WHERE a > 2 GROUP BY STATEWINDOW(a = 1, a = 3)'
  const sent = (pushesDown: boolean) =>
    new SqlRun(sql, withStrategy({ pushesDown })).push([{ a: 1 }, { a: 2 }, { a: 3 }]).results
  assert.deepEqual(sent(true), [])
  assert.deepEqual(sent(false), [[{ a: 3 }]])
})
