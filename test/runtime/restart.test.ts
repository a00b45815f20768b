import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Restarts } from '../../src/runtime/restart.ts'

const STRATEGY = { attempts: 5, delayMs: 1000, multiplier: 3, maxDelayMs: 10_000, jitterFactor: 0.1 }
const middle = () => 0.5

test('waits longer each time, up to the longest wait, then gives up', () => {
  const restarts = new Restarts(STRATEGY, middle)
  const waits = [0, 1, 2, 3, 4, 5].map(i => restarts.failed(i * 20_000))
  assert.deepEqual(waits, [1000, 3000, 9000, 10_000, 10_000, undefined])
})

test('no delay stays none, however often it fails', () => {
  const restarts = new Restarts({ ...STRATEGY, attempts: 2000, delayMs: 0 }, middle)
  for (let i = 0; i < 2000; i++) assert.equal(restarts.failed(i), 0)
})

test('a wait is longer or shorter by the jitter', () => {
  assert.equal(new Restarts(STRATEGY, () => 0).failed(0), 900)
  assert.equal(new Restarts(STRATEGY, () => 0.999999).failed(0), 1100)
})

test('a rule that ran well for a while may fail as often again', () => {
  const restarts = new Restarts({ ...STRATEGY, attempts: 1 }, middle)
  assert.equal(restarts.failed(0), 1000)
  assert.equal(restarts.failed(30_000), undefined)
  assert.equal(restarts.failed(100_000), 1000)
  assert.equal(restarts.attempts, 1)
})

test('without attempts it is never started again', () => {
  assert.equal(new Restarts({ ...STRATEGY, attempts: 0 }, middle).failed(0), undefined)
})
