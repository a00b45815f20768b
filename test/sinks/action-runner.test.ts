import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../src/core/clock.ts'
import { ActionRunner, type ActionRunnerParts } from '../../src/sinks/action-runner.ts'
import { type Emission, type Outgoing, type Sink, SinkError, type SinkKind } from '../../src/sinks/sink.ts'
import { testContext } from './support.ts'

const FAST = { firstMs: 1, mostMs: 2 }

function kindOf(sink: Partial<Sink>): SinkKind {
  return {
    name: 'test',
    summary: 'a sink made by hand',
    takes: 'bytes',
    schema: { type: 'object', properties: {}, additionalProperties: false },
    create: () => ({ open: async () => {}, write: () => {}, close: async () => {}, ...sink }),
  }
}

function runnerOf(sink: Partial<Sink>, parts: Partial<ActionRunnerParts> = {}) {
  const context = testContext()
  const clock = new ManualClock(1000)
  const runner = new ActionRunner({
    ...{ kind: kindOf(sink), options: { sendSingle: true }, context, clock, openBackOff: FAST, writeBackOff: FAST },
    ...parts,
  })
  return { runner, context, clock }
}

/** A write that is answered by hand. */
class Gate {
  readonly waiting: { message: Outgoing; pass: () => void; fail: (error: Error) => void }[] = []
  #arrived: (() => void) | undefined

  readonly write = (message: Outgoing): Promise<void> =>
    new Promise((pass, fail) => {
      this.waiting.push({ message, pass, fail })
      this.#arrived?.()
    })

  async next(): Promise<Gate['waiting'][number]> {
    if (this.waiting.length === 0) await new Promise<void>(resolve => (this.#arrived = resolve))
    return this.waiting.shift()!
  }
}

function one(n: number): Emission {
  return { rows: [{ n }] }
}

describe('an action of a running rule', () => {
  it('writes in order, also what came while the sink was opening', async () => {
    const written: unknown[] = []
    const { runner } = runnerOf({ write: message => void written.push(message.payload) })
    runner.send(one(1))
    runner.open()
    runner.send({ rows: [{ n: 2 }, { n: 3 }] })
    await runner.idle()
    runner.send(one(4))
    assert.deepEqual(
      written,
      ['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}'],
      'an open sink is written to in the same turn',
    )
    const status = runner.status()
    assert.deepEqual(
      [status.records_in_total, status.records_out_total, status.messages_processed_total, status.buffer_length],
      [4, 4, 4, 0],
    )
    assert.deepEqual([status.connection_status, status.last_invocation, status.exceptions_total], [1, 1000, 0])
    await runner.close()
  })

  it('has one write under way at a time and keeps order when writes are slow', async () => {
    const gate = new Gate()
    const { runner } = runnerOf({ write: gate.write })
    runner.open()
    for (const n of [1, 2, 3]) runner.send(one(n))
    for (const n of [1, 2, 3]) {
      const write = await gate.next()
      assert.equal(write.message.payload, `{"n":${n}}`)
      assert.equal(gate.waiting.length, 0)
      write.pass()
    }
    await runner.idle()
    assert.equal(runner.status().records_out_total, 3)
  })

  it('says that its queue is full, takes what comes all the same, and calls back when it is half empty', async () => {
    const gate = new Gate()
    const { runner } = runnerOf({ write: gate.write }, { queueLength: 4 })
    runner.open()
    assert.deepEqual(
      [1, 2, 3].map(n => runner.send(one(n))),
      [true, true, true],
    )
    assert.equal(runner.send(one(4)), false)
    assert.equal(runner.send(one(5)), false)
    assert.equal(runner.hasRoom(), false)
    let calls = 0
    runner.onRoom(() => calls++)
    const written: unknown[] = []
    for (let i = 0; i < 5; i++) {
      const write = await gate.next()
      written.push(write.message.payload)
      // The first message has left the queue for its write: with 2 of 4 places taken there is room.
      assert.equal(calls, i < 2 ? 0 : 1, `after ${i} writes`)
      write.pass()
    }
    await runner.idle()
    assert.deepEqual(
      written,
      [1, 2, 3, 4, 5].map(n => `{"n":${n}}`),
      'nothing was dropped',
    )
    runner.onRoom(() => calls++)
    assert.equal(calls, 2, 'with room at hand the callback comes at once')
  })

  it("takes the queue length from the action's bufferLength in any spelling, else from the rule", () => {
    for (const options of [{ bufferLength: 2 }, { bufferlength: 2 }]) {
      const { runner } = runnerOf({}, { options, queueLength: 4 })
      assert.deepEqual(
        [1, 2].map(n => runner.send(one(n))),
        [true, false],
      )
    }
  })

  it('tries to open again until it works; messages wait', async () => {
    let attempts = 0
    const written: unknown[] = []
    const { runner, context } = runnerOf({
      open: async () => {
        if (++attempts < 3) throw new SinkError('refused', true)
      },
      write: message => void written.push(message.payload),
    })
    runner.send(one(1))
    runner.open()
    assert.equal(runner.status().connection_status, 0)
    await runner.idle()
    assert.deepEqual([attempts, written], [3, ['{"n":1}']])
    const status = runner.status()
    assert.deepEqual([status.exceptions_total, status.last_exception], [2, 'cannot connect: refused'])
    assert.equal(status.connection_last_disconnected_message, 'refused')
    assert.equal(status.messages_lost_total, 0)
    assert.deepEqual(
      context.lines.map(l => [l.level, l['failures']]),
      [
        ['warn', 1],
        ['warn', 1],
      ],
      'the second with the recovery',
    )
  })

  it('retries a failure that may pass and drops one that cannot', async () => {
    const tries: unknown[] = []
    const { runner, context } = runnerOf({
      write: async message => {
        tries.push(message.payload)
        if (message.payload === '{"n":1}' && tries.length < 3) throw new SinkError('busy', true)
        if (message.payload === '{"n":2}') throw new SinkError('gone', false)
      },
    })
    runner.open()
    for (const n of [1, 2, 3]) runner.send(one(n))
    await runner.idle()
    assert.deepEqual(tries, ['{"n":1}', '{"n":1}', '{"n":1}', '{"n":2}', '{"n":3}'])
    const status = runner.status()
    assert.deepEqual([status.records_out_total, status.exceptions_total, status.messages_lost_total], [2, 3, 1])
    assert.deepEqual([status.last_exception, status.last_exception_time], ['message lost: gone', 1000])
    assert.equal(context.lines[0]!['msg'], 'sink: busy')
  })

  it('gives a message up after three attempts', async () => {
    let tries = 0
    const { runner } = runnerOf({
      write: async () => {
        tries++
        throw new SinkError('busy', true)
      },
    })
    runner.open()
    runner.send(one(1))
    await runner.idle()
    assert.deepEqual([tries, runner.status().messages_lost_total], [3, 1])
  })

  it('counts a thrown bug and a message that cannot be made, and goes on', async () => {
    const written: unknown[] = []
    const { runner } = runnerOf({
      write: message => {
        if (written.length === 0 && written.push('bug')) throw new TypeError('x is not a function')
        written.push(message.payload)
      },
    })
    runner.open()
    runner.send({ rows: [{ n: 1 }, { n: Number.NaN }, { n: 3 }] })
    await runner.idle()
    assert.deepEqual(written, ['bug', '{"n":3}'])
    assert.equal(runner.status().messages_lost_total, 2)
  })

  it('logs the first failure at once and the following as one line per ten seconds', async () => {
    const { runner, context, clock } = runnerOf({
      write: () => {
        throw new SinkError('gone', false)
      },
    })
    runner.open()
    await runner.idle()
    const sendAt = (time: number) => {
      clock.advanceTo(time)
      runner.send(one(time))
    }
    sendAt(1000)
    await runner.idle()
    for (const time of [1001, 5000, 10_999, 11_000, 11_001]) sendAt(time)
    assert.deepEqual(
      context.lines.map(l => [l.level, l['failures']]),
      [
        ['error', 1],
        ['error', 3],
      ],
    )
    await runner.close()
    assert.deepEqual(
      context.lines.map(l => l['failures']),
      [1, 3, 2],
      'the rest is told at the end',
    )
    assert.equal(context.lines.at(-1)!['sink'], 'test')
  })

  it('lets a memory loop come back to it while it writes', async () => {
    const written: unknown[] = []
    const { runner } = runnerOf({
      write: message => {
        written.push(message.payload)
        if (written.length === 1) runner.send(one(2))
        written.push('done')
      },
    })
    runner.open()
    runner.send(one(1))
    await runner.idle()
    assert.deepEqual(written, ['{"n":1}', 'done', '{"n":2}', 'done'])
  })
})

describe('closing an action', () => {
  it('delivers what waits before the deadline', async () => {
    const gate = new Gate()
    let isClosed = false
    const { runner } = runnerOf({ write: gate.write, close: async () => void (isClosed = true) })
    runner.open()
    runner.send(one(1))
    runner.send(one(2))
    const closing = runner.close(10_000)
    assert.equal(runner.send(one(3)), false)
    ;(await gate.next()).pass()
    assert.equal(isClosed, false)
    ;(await gate.next()).pass()
    await closing
    assert.equal(isClosed, true)
    const status = runner.status()
    assert.deepEqual([status.records_out_total, status.messages_lost_total, status.connection_status], [2, 1, -1])
  })

  it('gives up at the deadline and counts what is lost, also with a write that ignores its signal', async () => {
    const gate = new Gate()
    const { runner, context } = runnerOf({ write: gate.write })
    runner.open()
    for (const n of [1, 2, 3]) runner.send(one(n))
    await gate.next()
    await runner.close(5)
    await runner.idle()
    assert.equal(runner.status().messages_lost_total, 3)
    assert.equal(runner.status().buffer_length, 0)
    assert.ok(context.lines.some(l => l.level === 'error'))
  })

  it('a second close brings the deadline forward: a replaced rule must not hold up the stop', async () => {
    const gate = new Gate()
    const { runner } = runnerOf({ write: gate.write })
    runner.open()
    runner.send(one(1))
    await gate.next()
    const first = runner.close(60_000)
    await runner.close(5)
    await first
    assert.equal(runner.status().messages_lost_total, 1)
  })

  it('aborts an open that hangs', async () => {
    let signal: AbortSignal | undefined
    const { runner } = runnerOf({
      open: given => {
        signal = given
        return new Promise(() => {})
      },
    })
    runner.open()
    assert.equal(runner.status().connection_status, 0)
    await runner.close(60_000)
    assert.equal(signal?.aborted, true, 'with nothing waiting there is no deadline to sit out')
    assert.equal(runner.status().connection_status, -1)
  })

  it('ends the waiting between two attempts to open', async () => {
    const { runner } = runnerOf(
      { open: () => Promise.reject(new SinkError('refused', true)) },
      { openBackOff: { firstMs: 600_000, mostMs: 600_000 } },
    )
    runner.open()
    runner.send(one(1))
    await runner.close(5)
    assert.equal(runner.status().messages_lost_total, 1)
  })

  it('is harmless twice, before open, and with a close that fails', async () => {
    let closes = 0
    const { runner } = runnerOf({
      close: () => {
        closes++
        throw new Error('stuck')
      },
    })
    await Promise.all([runner.close(5), runner.close(5)])
    await runner.close(5)
    assert.equal(closes, 1)
    runner.open()
    assert.equal(runner.status().connection_status, -1)
    assert.equal(runner.status().last_exception, 'cannot close: stuck')
  })
})
