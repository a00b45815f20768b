import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fifo } from '../../src/core/fifo.ts'

test('whatever is pushed and shifted, it gives what a plain list gives', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('push'), count: fc.nat(40) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('shift'), count: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('fill'), count: fc.nat(40) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const fifo = new Fifo<number>()
      let list: number[] = []
      let next = 0
      for (const { do: what, count } of steps) {
        if (what === 'fill') {
          list = Array.from({ length: count }, () => next++)
          fifo.fill(list)
        }
        for (let i = 0; i < count; i++) {
          if (what === 'push') {
            list.push(next)
            fifo.push(next++)
          }
          if (what === 'shift') assert.equal(fifo.shift(), list.shift())
        }
        assert.deepEqual(fifo.toArray(), list)
        assert.deepEqual([fifo.size, fifo.first], [list.length, list[0]])
      }
    }),
  )
})
