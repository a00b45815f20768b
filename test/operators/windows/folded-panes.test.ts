import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { FoldPlan } from '../../../src/operators/windows/contents.ts'
import { OverlappingCountWindow } from '../../../src/operators/windows/count.ts'
import { FoldedPanes } from '../../../src/operators/windows/folded-panes.ts'
import { HoppingWindow } from '../../../src/operators/windows/hopping.ts'
import { PanedRows } from '../../../src/operators/windows/row-contents.ts'
import { allInOne, byLetter, mergesSoFar, withWhere } from '../../support/folding.ts'
import { assertSurvivesRestarts, heldText, name, row, rows, run } from '../../support/operator-runs.ts'
import '../../support/seed.ts'

const add = (panes: FoldedPanes, pane: number, ...names: readonly string[]) => {
  for (const v of names) panes.add(row({ v, at: pane }), pane)
}
const look = (panes: FoldedPanes) => {
  const held = panes.look()
  return held && heldText(held)
}

function filled(plan: FoldPlan, ...panes: readonly (readonly string[])[]): FoldedPanes {
  const contents = new FoldedPanes(plan)
  for (const [i, names] of panes.entries()) add(contents, i + 1, ...names)
  return contents
}

test('what is looked at stays, and goes with its pane', () => {
  const panes = filled(allInOne, ['a', 'b'], [], ['c'], ['d', 'e'])
  assert.equal(look(panes), 'a=a,b,c,d,e')
  panes.dropBefore(2)
  assert.equal(look(panes), 'c=c,d,e')
  add(panes, 4, 'f')
  add(panes, 5, 'g')
  panes.dropBefore(4)
  assert.equal(look(panes), 'd=d,e,f,g')
  panes.dropBefore(6)
  assert.equal(look(panes), '')
})

test('the first row of a group is the first that is still there, and groups stand in the order of these', () => {
  const panes = filled(byLetter, ['a1', 'b1'], ['b2', 'a2'], ['a3'])
  assert.equal(look(panes), 'a1=a1,a2,a3|a1,a2,a3 b1=b1,b2|b1,b2')
  panes.dropBefore(2)
  assert.equal(look(panes), 'b2=b2|b2 a2=a2,a3|a2,a3')
  panes.dropBefore(3)
  assert.equal(look(panes), 'a3=a3|a3')
})

test('rows that WHERE drops count as long as their pane is there', () => {
  const panes = filled(withWhere, ['no', 'a'], ['no'])
  assert.deepEqual([panes.size, look(panes)], [3, 'a=a|a'])
  panes.dropBefore(2)
  assert.deepEqual([panes.size, look(panes)], [1, undefined])
})

test('a bad row discards the windows that it is in and no other', () => {
  for (const bad of ['bad', 'keyless', 'odd']) {
    const panes = filled(withWhere, ['a1'], [bad, 'a2'], ['a3'])
    const text = { bad: 'bad', keyless: 'no key', odd: 'run Where error: odd row' }[bad]
    assert.equal(look(panes), `!${text}`)
    panes.dropBefore(2)
    assert.equal(look(panes), `!${text}`)
    panes.dropBefore(3)
    assert.equal(look(panes), 'a3=a3|a3')
  }
})

test('of several errors the one goes out that rows would give when the window closes', () => {
  assert.equal(look(filled(withWhere, ['bad'], ['keyless'], ['odd'])), '!run Where error: odd row')
  assert.equal(look(filled(withWhere, ['bad'], ['keyless'], ['a'])), '!no key')
  assert.equal(look(filled(byLetter, ['bad2'], ['bad1'])), '!bad1')
})

test('rows that only do not go together discard the windows that they are in together', () => {
  const panes = filled(allInOne, ['x1', 'a'], ['b', 'y1'], ['c', 'y2'])
  assert.equal(look(panes), '!y1 after x')
  panes.dropBefore(2)
  assert.equal(look(panes), 'b=b,y1,c,y2')
})

test('what does not go with the panes before comes before what spoilt its own pane later', () => {
  const panes = filled(allInOne, ['x1', 'a'], ['b', 'y1', 'bad'], ['c'])
  assert.equal(look(panes), '!y1 after x')
  panes.dropBefore(2)
  assert.equal(look(panes), '!bad')
  panes.dropBefore(3)
  assert.equal(look(panes), 'c=c')
})

test('each pane is merged a few times, however many windows it is in', () => {
  const panes = new FoldedPanes(allInOne)
  const [count, kept] = [2_000, 500]
  const before = mergesSoFar()
  for (let pane = 1; pane <= count; pane++) {
    add(panes, pane, 'a', 'b')
    panes.dropBefore(pane - kept + 1)
  }
  assert.ok(mergesSoFar() - before <= 2 * count, `${mergesSoFar() - before} merges`)
  const looks = mergesSoFar()
  panes.look()
  assert.ok(mergesSoFar() - looks <= 3)
})

test('many panes survive a restart', () => {
  const panes = new FoldedPanes(allInOne)
  for (let pane = 1; pane <= 300; pane++) {
    add(panes, pane, `${pane}`, ...(pane % 3 === 0 ? ['a'] : []))
    panes.dropBefore(pane - 99)
    if (pane % 20 !== 0) continue
    const after = new FoldedPanes(allInOne)
    after.restore(structuredClone(panes.snapshot()))
    assert.equal(look(after), look(panes))
    for (const contents of [after, panes]) contents.dropBefore(pane - 50)
    assert.equal(look(after), look(panes))
  }
})

test('a group that is gone leaves nothing behind', () => {
  const panes = new FoldedPanes(byLetter)
  for (let pane = 1; pane <= 50; pane++) {
    add(panes, pane, `${String.fromCodePoint(0x4e00 + pane)}`)
    panes.dropBefore(pane)
  }
  assert.equal(panes.snapshot().groups.length, 1)
})

test('panes give what their rows give, whatever comes and goes', () => {
  const names = fc.oneof(
    { arbitrary: fc.constantFrom('a1', 'a2', 'b', 'c', 'd', 'no'), weight: 60 },
    { arbitrary: fc.constantFrom('x', 'y', 'bad1', 'bad2', 'keyless', 'odd'), weight: 1 },
  )
  const step = fc.record({
    names: fc.array(names, { maxLength: 3 }),
    drop: fc.boolean(),
    isCut: fc.nat(9).map(n => n === 0),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), fc.integer({ min: 1, max: 40 }), (steps, kept) => {
      let panes = new FoldedPanes(withWhere)
      let rowsKept = new PanedRows()
      for (const [pane, { names, drop, isCut }] of steps.entries()) {
        if (isCut) {
          const [saved, savedRows] = structuredClone([panes.snapshot(), rowsKept.snapshot()] as const)
          panes = new FoldedPanes(withWhere)
          panes.restore(saved)
          rowsKept = new PanedRows()
          rowsKept.restore(savedRows)
        }
        for (const v of names) rowsKept.add(row({ v, at: pane }), pane)
        add(panes, pane, ...names)
        if (drop) for (const contents of [panes, rowsKept]) contents.dropBefore(pane - kept)
        assert.equal(panes.size, rowsKept.size)
        const anew = filled(withWhere, rowsKept.look().rows.map(name))
        assert.equal(look(panes), look(anew))
      }
    }),
    { numRuns: 300 },
  )
})

test('a restart finds room for a group in very many panes', () => {
  const plan = { ...allInOne, aggregates: [] }
  const panes = new FoldedPanes(plan)
  for (let pane = 1; pane <= 200_000; pane++) add(panes, pane, `${pane}`)
  const restored = new FoldedPanes(plan)
  restored.restore(structuredClone(panes.snapshot()))
  panes.dropBefore(1000)
  restored.dropBefore(1000)
  assert.equal(look(restored), look(panes))
})

test('a folded hopping or count window survives a restart between any two inputs', () => {
  const contents = () => new FoldedPanes(withWhere)
  const options = { unit: 'SS', zone: 'UTC', startMs: 0, lengthMs: 4_000, hopMs: 1_000, contents } as const
  const inputs = rows(
    ...['a1', 100, 'b1', 200, 'b2', 1_200, 'no', 1_300, 'a2', 2_500, 'bad', 2_600, 'a3', 5_000, 'keyless', 5_100],
    ...['b3', 9_100, 'b4', 10_200, 'odd', 10_300, 'a4', 13_000, 'b5', 14_700, 'a5', 15_900],
  )
  assertSurvivesRestarts(() => new HoppingWindow({ ...options, eventTime: false }), [...inputs, { time: 20_000 }])
  assertSurvivesRestarts(() => new HoppingWindow({ ...options, eventTime: true }), [...inputs, { watermark: 20_000 }])
  assertSurvivesRestarts(() => new OverlappingCountWindow({ length: 5, interval: 2, contents }), inputs)
})

test('folded count windows give the rows of their window', () => {
  const operator = new OverlappingCountWindow({ length: 5, interval: 2, contents: () => new FoldedPanes(allInOne) })
  const inputs = rows('a', 1, 'b', 2, 'c', 3, 'd', 4, 'e', 5, 'f', 6, 'g', 7, 'h', 8)
  assert.deepEqual(run(operator, inputs), ['6..6 b=b,c,d,e,f', '8..8 d=d,e,f,g,h'])
})
