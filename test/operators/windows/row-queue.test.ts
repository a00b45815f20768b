import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { makeRow, type Row } from '../../../src/core/row.ts'
import { RowQueue } from '../../../src/operators/windows/row-queue.ts'
import '../../support/seed.ts'

const row = (n: number) => makeRow({ n: BigInt(n) }, 2 ** 40 + n, 3)

/** rows that come, then rows that go */
const steps = fc.array(fc.tuple(fc.nat({ max: 900 }), fc.nat({ max: 900 })), { maxLength: 12 })
/** numbers go around at 2 ** 31 and at 0 */
const first = fc.constantFrom(0, 2 ** 31 - 1024, -1024)

test('rows come out in the order in which they went in, however many are there', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), first, (given, areBare, first) => {
      const queue = new RowQueue<object>(areBare, first)
      const held: Row[] = []
      let came = 0
      for (const [coming, going] of given) {
        for (let i = 0; i < coming; i++) {
          const next = row(came++)
          queue.push(next)
          held.push(next)
        }
        for (let i = 0; i < going && held.length > 0; i++) {
          assert.equal(queue.firstTime, held.shift()!.time)
          queue.shift()
        }
        assert.equal(queue.size, held.length)
      }
      assert.deepEqual(queue.toArray(), held)
    }),
  )
})

test('a row has an owner, and a next one of the same, until all are disowned', () => {
  for (const first of [0, 2 ** 31 - 1024, -1024]) {
    const queue = new RowQueue<string>(true, first)
    const number = (n: number) => (first + n) | 0
    for (let n = 0; n < 2000; n++) {
      queue.push(row(n))
      queue.own(number(n), `owner${n % 3}`)
      if (n >= 3) queue.follow(number(n - 3), number(n))
    }
    for (let n = 0; n < 700; n++) queue.shift()
    assert.equal(queue.begin, number(700))
    for (let n = 700; n < 1997; n++) {
      assert.equal(queue.owner(number(n)), `owner${n % 3}`)
      assert.equal(queue.next(number(n)), number(n + 3))
    }
    queue.disown()
    assert.equal(queue.owner(number(1000)), undefined)
    assert.deepEqual(queue.row(number(1000)), row(1000))
  }
})

test('bare rows are no more than their values and their time; others are there as they came', () => {
  const came = makeRow({ v: 1n }, 5, 0, { topic: 'a' })
  for (const areBare of [true, false]) {
    const queue = new RowQueue<object>(areBare)
    queue.push(came)
    if (areBare) assert.deepEqual(queue.row(0), makeRow({ v: 1n }, 5, 0))
    else assert.equal(queue.row(0), came)
  }
})
