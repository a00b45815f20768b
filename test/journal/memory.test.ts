import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '../../src/journal/journal.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'

const limits = { bufferLength: 100_000, bufferBytes: 1e9 }
const message: Message = { rows: [{}], time: 0, meta: undefined, sizeBytes: 2 }

/** A journal whose callbacks run when the test says so. */
function byHand(onError?: (stream: string, error: unknown) => void) {
  const queue: (() => void)[] = []
  const journal = new MemoryJournal({ schedule: run => void queue.push(run), ...(onError ? { onError } : {}) })
  const run = () => {
    for (const next of queue.splice(0)) next()
  }
  return { journal, queue, run }
}

test('a reader that throws in its callback does not hurt the others', () => {
  const errors: unknown[] = []
  const { journal, run } = byHand((stream, error) => errors.push(stream, error))
  journal.define('s', limits)
  journal.define('t', limits)
  const fault = new Error('broken rule')
  journal.reader('s').onData(() => {
    throw fault
  })
  const heard: string[] = []
  journal.reader('s').onData(() => heard.push('s'))
  journal.reader('t').onData(() => heard.push('t'))
  journal.append('s', message)
  journal.append('t', message)
  run()
  assert.deepEqual(heard, ['s', 't'])
  assert.deepEqual(errors, ['s', fault])
})

test('a burst over many streams and readers is one put-off call', () => {
  const { journal, queue } = byHand()
  for (const stream of ['a', 'b', 'c']) {
    journal.define(stream, limits)
    for (let i = 0; i < 3; i++) journal.reader(stream).onData(() => {})
  }
  for (let i = 0; i < 100; i++) for (const stream of ['a', 'b', 'c']) journal.append(stream, message)
  assert.equal(queue.length, 1)
})

test('a reader that closes its neighbour in a callback leaves the neighbour alone', () => {
  const { journal, run } = byHand()
  journal.define('s', limits)
  const first = journal.reader('s')
  const second = journal.reader('s')
  first.onData(() => second.close())
  second.onData(() => assert.fail('called after close'))
  journal.append('s', message)
  run()
})

test('the ring grows to its bound and holds no message after the release', () => {
  const { journal } = byHand()
  journal.define('s', limits)
  const reader = journal.reader('s')
  let taken = 0
  while (typeof journal.append('s', message) === 'number') taken++
  assert.equal(taken, limits.bufferLength)
  for (;;) {
    const some = reader.read(777)
    if (some.length === 0) break
    taken -= some.length
  }
  assert.equal(taken, 0)
  reader.release(reader.position)
  assert.deepEqual({ held: journal.status()[0]!.held, bytes: journal.status()[0]!.heldBytes }, { held: 0, bytes: 0 })
})
