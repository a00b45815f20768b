import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/core/clock.ts'
import { Gate } from '../../src/lookups/gate.ts'
import { turns } from '../support/engine.ts'

function bench() {
  const clock = new ManualClock()
  const gate = new Gate(clock, 2, 100)
  const inside: string[] = []
  const leave = new Map<string, (error?: Error) => void>()
  const pass = (name: string) =>
    gate.pass(() => {
      inside.push(name)
      return new Promise<void>((resolve, reject) => leave.set(name, error => (error ? reject(error) : resolve())))
    })
  return { clock, inside, leave, pass }
}

test('so many are inside at once, and the others follow in the order in which they came', async () => {
  const { inside, leave, pass } = bench()
  const passed = ['a', 'b', 'c', 'd'].map(pass)
  assert.deepEqual(inside, ['a', 'b'])
  leave.get('b')!(new Error('refused'))
  await assert.rejects(passed[1]!, /refused/)
  assert.deepEqual(inside, ['a', 'b', 'c'])
  leave.get('a')!()
  await turns(1)
  assert.deepEqual(inside, ['a', 'b', 'c', 'd'])
  for (const name of ['c', 'd']) leave.get(name)!()
  await Promise.all([passed[0], passed[2], passed[3]])
  void pass('e')
  void pass('f')
  assert.deepEqual(inside.slice(4), ['e', 'f'])
})

test('who has no turn in time is told so, and takes no place', async () => {
  const { clock, inside, leave, pass } = bench()
  for (const name of ['a', 'b']) void pass(name)
  const late = assert.rejects(pass('c'), { name: 'RowError', message: /no turn within 100 ms/ })
  clock.advanceTo(50)
  void pass('d')
  clock.advanceTo(100)
  await late
  leave.get('a')!()
  await turns(1)
  assert.deepEqual(inside, ['a', 'b', 'd'])
})
