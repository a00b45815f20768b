import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import { LookupTables } from '../../src/lookups/tables.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { type Streams, streamsOf } from '../support/rules.ts'
import { lookupContext } from './support.ts'

/** Takes questions as a redis server does, and answers when the test says so. */
class SlowRedis {
  readonly #server: net.Server
  /** who waits for the value of a key */
  readonly #asking: net.Socket[] = []
  #onAsked: () => void = () => {}

  private constructor() {
    this.#server = net.createServer(socket => {
      socket.on('error', () => {})
      socket.setEncoding('latin1').on('data', (text: string) => this.#take(socket, text))
    })
  }

  static async start(t: TestContext): Promise<SlowRedis> {
    const slow = new SlowRedis()
    await once(slow.#server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => slow.#server.close())
    return slow
  }

  #take(socket: net.Socket, text: string): void {
    for (const [, command] of text.matchAll(/\*\d+\r\n\$\d+\r\n([A-Z]+)/g)) {
      if (command !== 'GET') socket.write('+OK\r\n')
      else {
        this.#asking.push(socket)
        this.#onAsked()
      }
    }
  }

  /** A stream `s` and a table `t` that asks this server. */
  streams(): Streams {
    const { port } = this.#server.address() as net.AddressInfo
    const extra = JSON.stringify({ addr: `127.0.0.1:${port}`, queryTimeout: '1h' }).replaceAll('"', '\\"')
    return streamsOf(
      'CREATE STREAM s () WITH (TYPE="httppush")',
      `CREATE TABLE t () WITH (TYPE="redis", KIND="lookup", KEY="id", EXTRA="${extra}")`,
    )
  }

  /** Resolves when so many questions wait. */
  async asked(count: number): Promise<void> {
    while (this.#asking.length < count) await new Promise<void>(resolve => (this.#onAsked = resolve))
  }

  answer(text: string): void {
    this.#asking.shift()!.write(`$${Buffer.byteLength(text)}\r\n${text}\r\n`)
  }
}

const SQL = 'SELECT s.a, t.v FROM s INNER JOIN t ON s.a = t.id'
const ask = (tables: LookupTables, id: string) => tables.find('t', { columns: ['id'], values: [id] })

test('a rule that stops has the answers that it waits for', async t => {
  const slow = await SlowRedis.start(t)
  const run = new EngineRun(slow.streams()).apply([['r', SQL]])
  run.append('s', { a: 'x' })
  await slow.asked(1)
  const stopped = run.engine.stop(60_000)
  await run.moveTo(900)
  slow.answer('{"v":1}')
  await stopped
  assert.deepEqual(run.of('r'), [{ a: 'x', v: 1 }])
})

test('a server that hangs holds up the end for a second, and its rows are counted as errors', async t => {
  const slow = await SlowRedis.start(t)
  const run = new EngineRun(slow.streams()).apply([['r', SQL]])
  const runner = run.runner('r')
  run.append('s', { a: 'x' }, { a: 'y' })
  await slow.asked(2)
  const stopped = run.engine.stop(60_000)
  await run.moveTo(999)
  assert.equal(runner.status()['op_2_lookup_0_exceptions_total'], 0)
  await run.moveTo(1000)
  await stopped
  const status = runner.status()
  assert.equal(status['op_2_lookup_0_exceptions_total'], 2)
  assert.equal(status['op_2_lookup_0_last_exception'], 'run Lookup error: the lookup table t does not answer')
  assert.equal(run.lines.filter(({ msg }) => msg.includes('its questions are given up')).length, 1)
})

test('a server that is slow has twice the time that it took of late', async t => {
  const slow = await SlowRedis.start(t)
  const context = lookupContext()
  const { clock } = context
  const tables = new LookupTables(context)
  tables.apply(slow.streams().values())
  for (const tookMs of [60_000, 10, 10, 10, 10, 2000]) {
    const answered = ask(tables, 'x')
    await slow.asked(1)
    clock.advanceTo(clock.now() + tookMs)
    slow.answer('{"v":1}')
    assert.equal((await answered).length, 1)
  }
  let failure = ''
  const last = Promise.resolve(ask(tables, 'x')).catch((error: Error) => {
    failure = error.message
  })
  const closed = tables.close()
  const begin = clock.now()
  clock.advanceTo(begin + 3999)
  await turns()
  assert.equal(failure, '')
  clock.advanceTo(begin + 4000)
  await last
  assert.equal(failure, 'the lookup table t does not answer')
  await closed
})

test('a table that was given up answers nothing any more, not even at its next silence', async t => {
  const slow = await SlowRedis.start(t)
  const context = lookupContext()
  const tables = new LookupTables(context)
  tables.apply(slow.streams().values())
  const asked = assert.rejects(async () => ask(tables, 'x'), /does not answer/)
  await slow.asked(1)
  tables.giveUpSilent()
  context.clock.advanceTo(1000)
  await asked
  await assert.rejects(async () => ask(tables, 'y'), { name: 'RowError', message: /does not answer/ })
  assert.equal(tables.status()[0]?.errors, 2)
  await tables.close()
})

test('a table that changes is closed when it has given the answers that it owes, however long that takes', async t => {
  const slow = await SlowRedis.start(t)
  const context = lookupContext()
  const tables = new LookupTables(context)
  tables.apply(slow.streams().values())
  const asked = ask(tables, 'x')
  await slow.asked(1)
  tables.apply([])
  context.clock.advanceTo(60_000)
  slow.answer('{"v":1}')
  assert.equal((await asked).length, 1)
  await tables.close()
})
