import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memorySink } from '../../src/sinks/memory.ts'
import { MemorySource } from '../../src/sources/memory.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'
import { NEVER, testContext } from '../sinks/support.ts'

const data = { id: 'd1' }
const outgoing = { payload: undefined, rows: [data], data, isError: false }

describe('source memory', () => {
  it('takes the rows that a memory sink publishes, with the topic as metadata', async () => {
    const hub = new TopicHub()
    const seen: unknown[] = []
    const source = new MemorySource(hub, 'devices/+')
    source.start((rows, meta) => void seen.push([rows[0] === data, meta]))
    const context = testContext({ publish: (topic, rows) => hub.publish(topic, rows) })
    const sink = memorySink.create({ topic: 'devices/{{.id}}' }, context)
    await sink.write(outgoing, NEVER)
    source.stop()
    source.stop()
    await sink.write(outgoing, NEVER)
    assert.deepEqual(seen, [[true, { topic: 'devices/d1' }]])
  })

  it('delivers once when it is started twice', () => {
    const hub = new TopicHub()
    let count = 0
    const source = new MemorySource(hub, 't')
    source.start(() => void count++)
    source.start(() => void count++)
    hub.publish('t', [])
    assert.equal(count, 1)
  })

  it('refuses a pattern that cannot be', () => {
    assert.throws(() => new MemorySource(new TopicHub(), 'a/#/b'), { code: 'DDL_OPTION' })
  })

  it('a computed topic with a wildcard fails its message', async () => {
    const sink = memorySink.create({ topic: '{{.id}}' }, testContext())
    assert.throws(() => void sink.write({ ...outgoing, data: { id: 'a/#' } }, NEVER), {
      name: 'SinkError',
      retryable: false,
    })
  })
})
