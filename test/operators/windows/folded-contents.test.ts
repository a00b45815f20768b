import assert from 'node:assert/strict'
import test from 'node:test'
import { RowError } from '../../../src/core/errors.ts'
import { ClauseError } from '../../../src/operators/evaluate.ts'
import type { FoldPlan } from '../../../src/operators/windows/contents.ts'
import { FoldedContents } from '../../../src/operators/windows/folded-contents.ts'
import { TumblingWindow } from '../../../src/operators/windows/tumbling.ts'
import { allInOne, byLetter, withWhere } from '../../support/folding.ts'
import { assertSurvivesRestarts, heldText, row, rows, run, windows } from '../../support/operator-runs.ts'

function filled(plan: FoldPlan, ...names: readonly string[]): FoldedContents {
  const contents = new FoldedContents(plan)
  for (const v of names) contents.add(row({ v, at: 0 }))
  return contents
}

function taken(plan: FoldPlan, ...names: readonly string[]): string | undefined {
  const held = filled(plan, ...names).take()
  return held && heldText(held)
}

test('groups come out in the order of their first rows', () => {
  assert.equal(taken(byLetter, 'b1', 'a1', 'b2', 'c1', 'a2'), 'b1=b1,b2|b1,b2 a1=a1,a2|a1,a2 c1=c1|c1')
})

test('without a group key all rows are one group, and no rows are none', () => {
  assert.equal(taken(allInOne, 'b1', 'a1'), 'b1=b1,a1')
  assert.equal(taken(allInOne), '')
})

test('what is taken is gone', () => {
  const contents = filled(allInOne, 'a', 'b')
  contents.take()
  assert.equal(contents.size, 0)
  contents.add(row({ v: 'c', at: 1 }))
  assert.equal(heldText(contents.take()!), 'c=c')
})

test('rows that WHERE drops count, but are in no group', () => {
  const contents = filled(withWhere, 'no', 'a', 'no')
  assert.equal(contents.size, 3)
  assert.equal(heldText(contents.take()!), 'a=a|a')
})

test('when WHERE has left no row nothing is sent, also when none came', () => {
  assert.equal(taken(withWhere, 'no', 'no'), undefined)
  assert.equal(taken(withWhere), undefined)
})

test('a row that an aggregate cannot take discards the window', () => {
  assert.equal(taken(byLetter, 'a1', 'bad', 'a2'), '!bad')
})

test('of several errors the one goes out that rows would give when the window closes', () => {
  // WHERE runs on all rows first, then they are put into groups, then come the groups and their aggregates in order.
  assert.equal(taken(withWhere, 'bad', 'keyless', 'odd'), '!run Where error: odd row')
  assert.equal(taken(withWhere, 'bad', 'keyless'), '!no key')
  assert.equal(taken(byLetter, 'a1', 'y1', 'bad2', 'bad1', 'a2'), '!bad1')
  const inGroup = (v: string, group: string) => row({ v, group, at: 0 })
  const contents = new FoldedContents(byLetter)
  for (const [v, group] of ['a g1', 'bad h g2', 'bad g g1'].map(text => text.split(/ (?=\w+$)/))) {
    contents.add(inGroup(v!, group!))
  }
  assert.equal(heldText(contents.take()!), '!bad g')
})

test('a row that WHERE drops cannot fail', () => {
  const plan: FoldPlan = { ...byLetter, where: made => made.values['v'] !== 'bad' && made.values['v'] !== 'keyless' }
  assert.equal(taken(plan, 'bad', 'a', 'keyless'), 'a=a|a')
})

test('a spoilt window keeps nothing but its error', () => {
  const { groups, fault, size } = filled(byLetter, 'a', 'keyless', 'b').snapshot()
  assert.deepEqual([groups, fault?.error.message, size], [[], 'no key', 3])
})

test('an error of any kind comes back from a checkpoint as what it was', () => {
  for (const [error, made] of [
    [new RowError('r'), RowError],
    [new ClauseError('c'), ClauseError],
    [new TypeError('t'), Error],
  ] as const) {
    const groupKey = () => {
      throw error
    }
    const contents = new FoldedContents({ ...byLetter, groupKey })
    contents.restore(structuredClone(filled({ ...byLetter, groupKey }, 'a').snapshot()))
    const { fault } = contents.take()!
    assert.equal(fault!.message, error.message)
    assert.equal(fault!.constructor, made)
  }
})

const options = { unit: 'SS', zone: 'UTC', startMs: 0, lengthMs: 10_000 } as const
const tumbling = (eventTime = false, plan = byLetter) =>
  new TumblingWindow({ ...options, eventTime, contents: () => new FoldedContents(plan) })

test('one bad row discards its window and no other', () => {
  const inputs = [...rows('a', 0, 'bad', 1, 'bad', 2, 'b', 3, 'c', 10_000), { time: 20_000 }]
  assert.deepEqual(run(tumbling(), inputs), ['0..10000 !bad', '10000..20000 c=c|c'])
})

test('a spoilt window takes its error through a gap of many windows', () => {
  const operator = tumbling(true)
  const future = 1_000_000_000_000
  assert.deepEqual(windows(operator, [...rows('bad', 5), { watermark: future }]), ['5..10000 !bad'])
  assert.equal(operator.skippedEmptyWindows, future / 10_000 - 1)
})

test('a window of rows that WHERE dropped is not empty: no others are stepped over with it', () => {
  const operator = tumbling(true, withWhere)
  const future = 1_000_000_000_000
  assert.deepEqual(windows(operator, [...rows('no', 5), { watermark: future }]), [])
  assert.equal(operator.skippedEmptyWindows, future / 10_000 - 1)
})

test('a folded window survives a restart between any two inputs', () => {
  const inputs = rows(
    'b1',
    0,
    'a1',
    1,
    'b2',
    2,
    'a2',
    10_000,
    'bad',
    10_001,
    'a3',
    10_002,
    'c',
    20_000,
    'keyless',
    30_000,
  )
  assertSurvivesRestarts(tumbling, [...inputs, { time: 50_000 }])
  assertSurvivesRestarts(() => tumbling(true), [...inputs, { watermark: 50_000 }])
  const where = rows('b1', 0, 'no', 1, 'a1', 2, 'no', 10_000, 'odd', 20_000, 'keyless', 20_001, 'c', 30_000)
  assertSurvivesRestarts(() => tumbling(false, withWhere), [...where, { time: 50_000 }])
})
