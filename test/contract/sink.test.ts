// What every sink must do, whatever it sends to. A new sink needs one entry in `settings` below.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ActionRunner } from '../../src/sinks/action-runner.ts'
import { checkAction, sinkKinds } from '../../src/sinks/registry.ts'
import { type Outgoing, SinkError } from '../../src/sinks/sink.ts'
import { startServer, type TestServer } from '../services/http-server.ts'
import { type Mosquitto, mosquittoMissing, startMosquitto } from '../services/mosquitto.ts'
import { NEVER, type TestContext, testContext } from '../sinks/support.ts'

let folder: string
let server: TestServer
let mosquitto: Mosquitto | undefined

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sink-contract-'))
  server = await startServer()
  if (!mosquittoMissing) mosquitto = await startMosquitto()
})
after(async () => {
  await server.close()
  await mosquitto?.remove()
  await rm(folder, { recursive: true, force: true })
})

interface Setting {
  readonly skip?: string | false
  /** options that work */
  options(): object
  /** options with which the message `data: { bad: true }` fails and others do not; absent: none can fail */
  failing?(): object
  /** whether the message arrived */
  arrived?(context: TestContext): boolean | Promise<boolean>
}

const TOPIC = '{{if .bad}}a/#{{else}}a{{end}}'
const settings: { readonly [kind: string]: Setting } = {
  log: {
    options: () => ({}),
    arrived: context => context.lines.some(l => l.msg === 'sink result for rule r1: {"a":1}'),
  },
  nop: {
    options: () => ({ log: true }),
    arrived: context => context.lines.some(l => l.msg.endsWith('{"a":1}')),
  },
  memory: {
    options: () => ({ topic: 'a' }),
    failing: () => ({ topic: TOPIC }),
    arrived: context => context.published.some(p => p.topic === 'a' && p.rows[0]!['a'] === 1),
  },
  file: {
    options: () => ({ path: 'out.txt' }),
    failing: () => ({ path: '{{if .bad}}../out{{else}}out.txt{{end}}' }),
    arrived: async () => (await readFile(path.join(folder, 'out.txt'), 'utf8')).includes('{"a":1}\n'),
  },
  rest: {
    options: () => ({ url: server.url, method: 'POST' }),
    failing: () => ({ url: `{{if .bad}}x{{else}}${server.url}{{end}}`, method: 'POST', allowPrivateNetwork: true }),
    arrived: () => server.received.some(r => r.body === '{"a":1}'),
  },
  mqtt: {
    skip: mosquittoMissing,
    options: () => ({ server: mosquitto?.url, topic: 'a', qos: 1 }),
    failing: () => ({ server: mosquitto?.url, topic: TOPIC, qos: 1 }),
  },
}

const good: Outgoing = { payload: '{"a":1}', rows: [{ a: 1 }], data: { a: 1 }, isError: false }
const bad: Outgoing = { ...good, data: { a: 1, bad: true } }

for (const kind of sinkKinds()) {
  const setting = settings[kind.name]
  describe(`sink ${kind.name}`, { skip: setting?.skip ?? false }, () => {
    const make = (options = setting!.options()) => {
      const context = testContext({ dataDir: folder })
      return { sink: kind.create(checkAction(kind.name, options).own, context), context }
    }

    it('has an entry here, a summary and a closed schema', () => {
      assert.ok(setting, 'add it to settings')
      assert.match(kind.summary, /^[A-Z].*\.$/)
      const schema = kind.schema as { additionalProperties: unknown; properties: object }
      assert.equal(schema.additionalProperties, false)
      for (const [name, property] of Object.entries(schema.properties)) {
        assert.ok((property as { description?: string }).description, `option ${name} has a description`)
      }
      for (const name of kind.dynamic ?? []) assert.ok(Object.hasOwn(schema.properties, name), name)
    })

    it('delivers', async () => {
      const { sink, context } = make()
      await sink.open(NEVER)
      await sink.write(good, NEVER)
      if (setting!.arrived) assert.equal(await setting!.arrived(context), true)
      await sink.close()
    })

    it('can be closed twice, without open, and opened again', async () => {
      const { sink } = make()
      await sink.close()
      await sink.open(NEVER)
      await sink.close()
      await sink.close()
      await sink.open(NEVER)
      await sink.open(NEVER)
      await sink.write(good, NEVER)
      await sink.close()
    })

    it('lets go when open is aborted', async () => {
      const { sink } = make()
      const abort = new AbortController()
      const opening = sink.open(abort.signal)
      abort.abort()
      await opening.catch(error => assert.ok(error instanceof Error))
      await sink.close()
    })

    it('stays usable after a write that failed', { skip: !setting?.failing }, async () => {
      const { sink, context } = make(setting!.failing!())
      await sink.open(NEVER)
      await assert.rejects(
        async () => sink.write(bad, NEVER),
        (error: unknown) => error instanceof SinkError && error.retryable === false,
      )
      await sink.write(good, NEVER)
      if (setting!.arrived) assert.equal(await setting!.arrived(context), true)
      await sink.close()
    })

    it('works as an action, and counts what it delivered', async () => {
      const context = testContext({ dataDir: folder })
      const runner = new ActionRunner({ kind, options: { ...setting!.options(), sendSingle: true }, context })
      runner.open()
      for (let i = 0; i < 20; i++) runner.send({ rows: [{ i: BigInt(i) }] })
      runner.send({ rows: [], error: 'a fault' })
      await runner.close(5000)
      const status = runner.status()
      assert.deepEqual([status.records_in_total, status.records_out_total, status.messages_lost_total], [21, 21, 0])
    })
  })
}
