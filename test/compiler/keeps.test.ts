// What a window keeps, and the reason that explain gives where it is the rows.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Keeps, keepsOf } from '../../src/compiler/keeps.ts'
import { planSelect } from '../../src/compiler/plan.ts'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { FileText } from '../../src/core/location.ts'
import { STREAMS } from '../support/rules.ts'

function analyzed(sql: string, isEventTime = false) {
  return prepareSelect(new FileText('rule.sql', sql), STREAMS, isEventTime).analyzed
}

function keeps(sql: string, isEventTime = false): Keeps {
  const steps = planSelect(analyzed(sql, isEventTime), { isEventTime, lateToleranceMs: 0 })
  return steps.find(step => step.kind === 'window')!.keeps
}

const FOLDED = [
  ['groups', 'TUMBLINGWINDOW(ss, 10)'],
  ['groups', 'SESSIONWINDOW(ss, 10, 5)'],
  ['groups', 'COUNTWINDOW(10)'],
  ['groups', 'COUNTWINDOW(10, 10)'],
  ['groups', 'STATEWINDOW(a > 1) OVER (PARTITION BY b)'],
  ['panes', 'HOPPINGWINDOW(ss, 10, 3)'],
  ['panes', 'COUNTWINDOW(10, 3)'],
] as const

for (const [kind, window] of FOLDED) {
  test(`${window} keeps ${kind} instead of rows, on both clocks and with a WHERE that waits`, () => {
    for (const where of ['', ' WHERE a > 1']) {
      const sql = `SELECT b, count(*) AS c, max(a + 1) AS m FROM s${where} GROUP BY b, ${window}`
      assert.equal(keeps(sql).kind, kind)
      if (!window.startsWith('COUNT')) assert.equal(keeps(sql, true).kind, kind)
    }
  })
}

test('aggregates that keep as much as the rows are folded where windows do not overlap', () => {
  assert.equal(keeps('SELECT median(a) AS m, collect(*) AS l FROM s GROUP BY SESSIONWINDOW(ss, 10, 5)').kind, 'groups')
})

test('rows are kept where they are asked for, and it is said by what', () => {
  for (const [why, sql] of [
    ['each of them goes out', 'SELECT a FROM s GROUP BY TUMBLINGWINDOW(ss, 1)'],
    ['the join pairs them', 'SELECT count(*) FROM s LEFT JOIN t ON s.a = t.a GROUP BY TUMBLINGWINDOW(ss, 1)'],
    ['WHERE looks at what the window comes to', 'SELECT a FROM s WHERE count(*) > 1 GROUP BY a, TUMBLINGWINDOW(ss, 1)'],
    ['median(a) needs them', 'SELECT count(*) AS c, median(a) FROM s GROUP BY HOPPINGWINDOW(ss, 2, 1)'],
    ['collect(a) needs them', 'SELECT collect(a) FROM s GROUP BY COUNTWINDOW(2, 1)'],
    ['the group looks at the bounds of the window', 'SELECT count(*) FROM s GROUP BY window_end(), COUNTWINDOW(2)'],
    ['max(e) looks at the bounds of the window', 'SELECT window_end() AS e, max(e) FROM s GROUP BY COUNTWINDOW(2)'],
    ['max(tstamp()) is worked out when the window closes', 'SELECT max(tstamp()) FROM s GROUP BY COUNTWINDOW(2)'],
    ['WHERE is worked out when the window closes', 'SELECT sum(a) FROM s WHERE tstamp() > 1 GROUP BY COUNTWINDOW(2)'],
  ] as const) {
    assert.deepEqual(keeps(sql), { kind: 'rows', why }, sql)
  }
})

test('where folding is measured, everything can be told to keep its rows', () => {
  const statement = analyzed('SELECT count(*) FROM s GROUP BY COUNTWINDOW(2)')
  assert.equal(keepsOf(statement, undefined, { keepRows: true }).kind, 'rows')
})
