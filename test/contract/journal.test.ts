// What every journal must do. A new implementation is one line in the table below.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Journal, JournalReader, Message, Refusal } from '../../src/journal/journal.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'

const implementations: Record<string, () => Journal> = {
  memory: () => new MemoryJournal(),
}

const roomy = { bufferLength: 1000, bufferBytes: 1_000_000 }

function message(n: number, sizeBytes = 10): Message {
  return { rows: [{ n }], time: n, meta: undefined, sizeBytes }
}

function numbers(messages: readonly Message[]): unknown[] {
  return messages.map(m => m.rows[0]!['n'])
}

/** Two turns of the event loop: whatever an append or a release has put off has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}

for (const [name, make] of Object.entries(implementations)) {
  describe(`journal contract: ${name}`, () => {
    const open = (limits = roomy): Journal => {
      const journal = make()
      journal.define('s', limits)
      return journal
    }

    test('messages come out in the order they went in, with positions from the append', () => {
      const journal = open()
      const reader = journal.reader('s')
      const positions = [1, 2, 3].map(n => journal.append('s', message(n)) as number)
      assert.equal(reader.lag, 3)
      assert.equal(reader.position, positions[0])
      assert.deepEqual(numbers(reader.read(2)), [1, 2])
      assert.equal(reader.position, positions[2])
      assert.deepEqual(numbers(reader.read(10)), [3])
      assert.deepEqual(reader.read(10), [])
      assert.equal(reader.lag, 0)
    })

    test('a message is handed on as it is', () => {
      const journal = open()
      const reader = journal.reader('s')
      const given: Message = { rows: [{ a: 1n }, {}], time: 7, meta: { path: '/x' }, sizeBytes: 0 }
      journal.append('s', given)
      assert.deepEqual(reader.read(1)[0], given)
    })

    test('an unknown stream and a stream without readers are closed', () => {
      const journal = open()
      assert.equal(journal.append('s', message(1)), 'closed')
      assert.equal(journal.hasRoom('s', 1), 'closed')
      assert.equal(journal.append('t', message(1)), 'closed')
      assert.equal(journal.hasRoom('t', 1), 'closed')
      assert.throws(() => journal.reader('t'), /no stream "t"/)
      journal.reader('s').close()
      assert.equal(journal.append('s', message(1)), 'closed')
    })

    test('the message bound holds for the slowest reader', () => {
      const journal = open({ bufferLength: 2, bufferBytes: 1000 })
      const slow = journal.reader('s')
      const fast = journal.reader('s')
      journal.append('s', message(1))
      journal.append('s', message(2))
      assert.equal(journal.hasRoom('s', 1), 'full')
      assert.equal(journal.append('s', message(3)), 'full')
      fast.read(2)
      fast.release(fast.position)
      assert.equal(journal.append('s', message(3)), 'full')
      slow.read(1)
      assert.equal(journal.append('s', message(3)), 'full', 'read is not released')
      slow.release(slow.position)
      assert.equal(typeof journal.append('s', message(3)), 'number')
      assert.deepEqual(numbers(slow.read(9)), [2, 3])
      assert.deepEqual(numbers(fast.read(9)), [3])
    })

    test('the byte bound holds, and a message larger than it passes when nothing is held', () => {
      const journal = open({ bufferLength: 100, bufferBytes: 30 })
      const reader = journal.reader('s')
      assert.equal(typeof journal.append('s', message(1, 31)), 'number')
      assert.equal(journal.append('s', message(2, 0)), 'full')
      reader.release(reader.position + 1)
      assert.equal(typeof journal.append('s', message(2, 20)), 'number')
      assert.equal(journal.append('s', message(3, 11)), 'full')
      assert.equal(typeof journal.append('s', message(3, 10)), 'number')
    })

    test('a closed reader holds nothing up and gives nothing', () => {
      const journal = open({ bufferLength: 1, bufferBytes: 1000 })
      const slow = journal.reader('s')
      const other = journal.reader('s')
      journal.append('s', message(1))
      other.release(other.position + 1)
      assert.equal(journal.hasRoom('s', 1), 'full')
      slow.close()
      slow.close()
      slow.release(99)
      assert.deepEqual(slow.read(9), [])
      assert.equal(slow.lag, 0)
      assert.equal(journal.hasRoom('s', 1), true)
    })

    test('a new reader starts after the newest message, or where another one has got to', () => {
      const journal = open()
      const old = journal.reader('s')
      for (const n of [1, 2, 3]) journal.append('s', message(n))
      old.read(1)
      old.release(old.position)
      const fresh = journal.reader('s')
      const successor = journal.reader('s', old.position)
      old.close()
      journal.append('s', message(4))
      assert.deepEqual(numbers(fresh.read(9)), [4])
      assert.deepEqual(numbers(successor.read(9)), [2, 3, 4])
    })

    test('a reader that is let in before what is held, or beyond it, starts at the nearest end', () => {
      const journal = open()
      const old = journal.reader('s')
      for (const n of [1, 2]) journal.append('s', message(n))
      old.release(old.position + 1)
      assert.deepEqual(numbers(journal.reader('s', 0).read(9)), [2])
      assert.deepEqual(numbers(journal.reader('s', 1e9).read(9)), [])
    })

    test('release is monotonic and skips what was not read', () => {
      const journal = open()
      const reader = journal.reader('s')
      const first = reader.position
      for (const n of [1, 2, 3]) journal.append('s', message(n))
      reader.release(first + 2)
      reader.release(first)
      assert.equal(reader.position, first + 2)
      assert.deepEqual(numbers(reader.read(9)), [3])
      reader.release(first + 1e9)
      assert.equal(reader.lag, 0)
      journal.append('s', message(4))
      assert.deepEqual(numbers(reader.read(9)), [4])
    })

    test('onData is called once a burst, later, and every reader gets its call', async () => {
      const journal = open()
      const calls: string[] = []
      const readers = ['a', 'b'].map(label => {
        const reader = journal.reader('s')
        reader.onData(() => {
          calls.push(`${label}${reader.read(100).length}`)
        })
        return reader
      })
      for (let n = 0; n < 5; n++) journal.append('s', message(n))
      assert.deepEqual(calls, [], 'not before the append has returned')
      await settled()
      assert.deepEqual(calls, ['a5', 'b5'])
      journal.append('s', message(5))
      await settled()
      assert.deepEqual(calls, ['a5', 'b5', 'a1', 'b1'])
      assert.equal(readers[0]!.lag, 0)
    })

    test('a callback set late hears of what is already there', async () => {
      const journal = open()
      const reader = journal.reader('s')
      journal.append('s', message(1))
      await settled()
      let called = 0
      reader.onData(() => called++)
      assert.equal(called, 0)
      await settled()
      assert.equal(called, 1)
    })

    test('a reader that takes a part is called again, one that takes nothing is not', async () => {
      const journal = open()
      const bit = journal.reader('s')
      const taken: unknown[] = []
      bit.onData(() => taken.push(...numbers(bit.read(1))))
      const busy = journal.reader('s')
      let calls = 0
      busy.onData(() => calls++)
      for (const n of [1, 2, 3]) journal.append('s', message(n))
      for (let i = 0; i < 5; i++) await settled()
      assert.deepEqual(taken, [1, 2, 3])
      assert.ok(calls <= 3, `called ${calls} times for one burst`)
    })

    test('an append from within a callback is heard of, and not re-entrantly', async () => {
      const journal = open()
      const reader = journal.reader('s')
      let depth = 0
      let seen = 0
      reader.onData(() => {
        assert.equal(depth++, 0)
        seen += reader.read(10).length
        if (seen < 5) journal.append('s', message(seen))
        depth--
      })
      journal.append('s', message(0))
      for (let i = 0; i < 5; i++) await settled()
      assert.equal(seen, 5)
    })

    test('a closed reader is not called any more', async () => {
      const journal = open()
      const reader = journal.reader('s')
      reader.onData(() => assert.fail('called'))
      journal.append('s', message(1))
      reader.close()
      await settled()
    })

    test('onRoom calls once, after a release has made room', async () => {
      const journal = open({ bufferLength: 1, bufferBytes: 1000 })
      const reader = journal.reader('s')
      journal.append('s', message(1))
      let calls = 0
      journal.onRoom('s', () => calls++)
      await settled()
      assert.equal(calls, 0)
      reader.release(reader.position + 1)
      assert.equal(calls, 0, 'not from within release')
      await settled()
      assert.equal(calls, 1)
      journal.append('s', message(2))
      reader.release(reader.position + 1)
      await settled()
      assert.equal(calls, 1)
    })

    test('onRoom also calls when waiting has become pointless', async () => {
      const journal = open({ bufferLength: 1, bufferBytes: 1000 })
      const calls: string[] = []
      journal.onRoom('s', () => calls.push('empty'))
      journal.onRoom('unknown', () => calls.push('unknown'))
      await settled()
      const reader = journal.reader('s')
      journal.append('s', message(1))
      journal.onRoom('s', () => calls.push('last reader closed'))
      reader.close()
      await settled()
      journal.reader('s')
      journal.append('s', message(1))
      journal.onRoom('s', () => calls.push('limits'))
      journal.define('s', roomy)
      await settled()
      journal.onRoom('s', () => calls.push('removed'))
      journal.remove('s')
      await settled()
      assert.deepEqual(calls, ['empty', 'unknown', 'last reader closed', 'limits', 'removed'])
    })

    test('new limits keep what is held', () => {
      const journal = open()
      const reader = journal.reader('s')
      for (const n of [1, 2, 3]) journal.append('s', message(n))
      journal.define('s', { bufferLength: 1, bufferBytes: 1 })
      assert.equal(journal.append('s', message(4)), 'full')
      assert.deepEqual(numbers(reader.read(9)), [1, 2, 3])
    })

    test('remove closes the readers and forgets the stream', () => {
      const journal = open()
      const reader = journal.reader('s')
      journal.append('s', message(1))
      journal.remove('s')
      journal.remove('s')
      assert.deepEqual(reader.read(9), [])
      assert.equal(journal.append('s', message(1)), 'closed')
      assert.deepEqual(journal.status(), [])
    })

    test('the status counts', () => {
      const journal = open({ bufferLength: 2, bufferBytes: 1000 })
      journal.append('s', message(0))
      const reader = journal.reader('s')
      journal.reader('s')
      for (const n of [1, 2, 3]) journal.append('s', message(n, 7))
      reader.release(reader.position + 1)
      const [status] = journal.status()
      assert.deepEqual(
        { ...status, head: undefined },
        {
          stream: 's',
          readers: 2,
          head: undefined,
          held: 2,
          heldBytes: 14,
          limits: { bufferLength: 2, bufferBytes: 1000 },
          appendedTotal: 2,
          refusedTotal: 2,
        },
      )
      assert.equal(status!.head, reader.position + 1)
    })

    test('any sequence of operations gives what a naive model gives', () => {
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 200 }), limitsArbitrary, (ops, limits) => {
          const journal = make()
          journal.define('s', limits)
          runAgainstModel(journal, ops, limits)
        }),
        { numRuns: 300 },
      )
    })
  })
}

const limitsArbitrary = fc.record({
  bufferLength: fc.integer({ min: 1, max: 40 }),
  bufferBytes: fc.integer({ min: 1, max: 200 }),
})

type Operation =
  | { readonly kind: 'append'; readonly sizeBytes: number }
  | { readonly kind: 'open'; readonly like: number | undefined }
  | { readonly kind: 'read'; readonly reader: number; readonly most: number }
  | { readonly kind: 'release'; readonly reader: number; readonly ahead: number }
  | { readonly kind: 'close'; readonly reader: number }

const index = fc.nat({ max: 7 })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), sizeBytes: fc.nat({ max: 60 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('open' as const), like: fc.option(index, { nil: undefined }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), reader: index, most: fc.nat({ max: 9 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('release' as const),
      reader: index,
      ahead: fc.integer({ min: -3, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), reader: index }) },
)

/** The model keeps every message for ever and works everything out anew. */
function runAgainstModel(journal: Journal, ops: readonly Operation[], limits: typeof roomy): void {
  const all: Message[] = []
  const readers: { real: JournalReader; position: number; released: number }[] = []
  const start = journal.status()[0]!.head
  const held = () => (readers.length === 0 ? [] : all.slice(Math.min(...readers.map(r => r.released))))
  const refusal = (sizeBytes: number): Refusal | true => {
    if (readers.length === 0) return 'closed'
    const bytes = held().reduce((sum, m) => sum + m.sizeBytes, 0)
    return held().length === 0 || (held().length < limits.bufferLength && bytes + sizeBytes <= limits.bufferBytes)
      ? true
      : 'full'
  }
  for (const op of ops) {
    const reader = op.kind === 'append' || op.kind === 'open' ? undefined : readers[op.reader]
    if (op.kind === 'append') {
      const expected = refusal(op.sizeBytes)
      const given = message(all.length, op.sizeBytes)
      assert.equal(journal.hasRoom('s', op.sizeBytes), expected)
      assert.equal(journal.append('s', given), expected === true ? start + all.length : expected)
      if (expected === true) all.push(given)
    } else if (op.kind === 'open') {
      const like = op.like === undefined ? undefined : readers[op.like]
      const position = like?.position ?? all.length
      readers.push({
        real: like ? journal.reader('s', like.real.position) : journal.reader('s'),
        position,
        released: position,
      })
    } else if (!reader) {
      continue
    } else if (op.kind === 'read') {
      const expected = all.slice(reader.position, reader.position + op.most)
      assert.deepEqual(reader.real.read(op.most), expected)
      reader.position += expected.length
    } else if (op.kind === 'release') {
      const to = reader.position + op.ahead
      reader.real.release(start + to)
      reader.released = Math.max(reader.released, Math.min(to, all.length))
      reader.position = Math.max(reader.position, reader.released)
    } else {
      reader.real.close()
      readers.splice(op.reader, 1)
    }
    const [status] = journal.status()
    assert.equal(status!.held, held().length)
    assert.equal(
      status!.heldBytes,
      held().reduce((sum, m) => sum + m.sizeBytes, 0),
    )
    assert.equal(status!.readers, readers.length)
    for (const r of readers) {
      assert.equal(r.real.position, start + r.position)
      assert.equal(r.real.lag, all.length - r.position)
    }
  }
}
