import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Row } from '../../../src/core/row.ts'
import type { FoldPlan } from '../../../src/operators/windows/contents.ts'
import { FoldedContents } from '../../../src/operators/windows/folded-contents.ts'
import { FoldedSliding } from '../../../src/operators/windows/folded-sliding.ts'
import { allInOne, byLetter, sliding, withWhere } from '../../support/folding.ts'
import { heldText, row } from '../../support/operator-runs.ts'
import '../../support/seed.ts'

interface Step {
  /** rows that come, one each ms */
  readonly names: readonly string[]
  /** so many ms are held after it */
  readonly heldMs: number
}

const names = fc.array(
  fc.oneof(
    { weight: 400, arbitrary: fc.constantFrom('a', 'b', 'c', 'x') },
    { weight: 1, arbitrary: fc.constantFrom('bad1', 'bad2', 'keyless', 'odd', 'no', 'unread', 'unread2', 'y') },
  ),
  { maxLength: 90, size: 'max' },
)

/** Looked at after each row or after many, so that more or less has come and gone since. */
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ names: fc.oneof(names, fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 })), heldMs: fc.nat(200) }),
  { minLength: 1, maxLength: 30, size: 'max' },
)

/** What folding the rows that are there comes to. */
function text(plan: FoldPlan, rows: readonly Row[]): string | undefined {
  const contents = new FoldedContents(plan)
  for (const row of rows) contents.add(row)
  const held = contents.take()
  return held && heldText(held)
}

test('a look shows what folding the rows that are there comes to, whatever came and went before', () => {
  const plans = [allInOne, byLetter, withWhere].map(sliding)
  fc.assert(
    fc.property(fc.constantFrom(...plans), fc.boolean(), fc.boolean(), steps, (plan, areBare, restarts, given) => {
      let contents = new FoldedSliding({ ...plan, areBare })
      let held: Row[] = []
      let at = 0
      for (const { names, heldMs } of given) {
        for (const v of names) {
          const next = row({ v, at: at++ })
          contents.add(next)
          held.push(next)
        }
        contents.dropBefore(at - heldMs)
        held = held.filter(({ time }) => time >= at - heldMs)
        if (restarts) {
          const saved = structuredClone(contents.snapshot())
          contents = new FoldedSliding({ ...plan, areBare })
          contents.restore(saved)
        }
        const look = contents.look()
        assert.equal(look && heldText(look), held.length === 0 ? undefined : text(plan, held))
      }
    }),
    { numRuns: 300 },
  )
})

test('another one takes over what is held, rows that are kept whole or not', () => {
  const plan = sliding(byLetter)
  for (const areBare of [true, false]) {
    const contents = new FoldedSliding({ ...plan, areBare: true })
    for (let i = 0; i < 300; i++) {
      contents.add(row({ v: 'abc'[i % 3]!, at: i }))
      // From the second on, the aggregates follow the rows.
      if (i >= 290) contents.look()
    }
    contents.dropBefore(50)
    const next = new FoldedSliding({ ...plan, areBare })
    next.restore(contents.snapshot('live') as FoldedSliding)
    next.add(row({ v: 'd', at: 300 }))
    next.dropBefore(150)
    const rows = Array.from({ length: 151 }, (_, i) => row({ v: i === 150 ? 'd' : 'abc'[i % 3]!, at: i + 150 }))
    const look = next.look()!
    assert.equal(heldText(look), text(plan, rows))
    assert.equal(look.groups![0]!.first === next.look()!.groups![0]!.first, !areBare)
  }
})
