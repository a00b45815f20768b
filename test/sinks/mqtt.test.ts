import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import mqtt from 'mqtt'
import { ActionRunner } from '../../src/sinks/action-runner.ts'
import { makeMqttSink } from '../../src/sinks/mqtt.ts'
import { type Mosquitto, type MosquittoSettings, mosquittoMissing, startMosquitto } from '../services/mosquitto.ts'
import { testContext, until } from './support.ts'

interface Arrived {
  readonly topic: string
  readonly payload: string
  readonly qos: number
  readonly properties: unknown
}

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function broker(settings?: MosquittoSettings): Promise<Mosquitto> {
  const started = await startMosquitto(settings)
  cleanUps.push(() => started.remove())
  return started
}

/** Another client of the broker: what it subscribed to arrives in the list. */
async function listen(port: number, topic: string, protocolVersion: 4 | 5 = 4): Promise<Arrived[]> {
  const arrived: Arrived[] = []
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion, reconnectPeriod: 100 })
  client.on('message', (name, payload, packet) => {
    arrived.push({
      topic: name,
      payload: payload.toString(),
      qos: packet.qos,
      properties: packet.properties?.userProperties,
    })
  })
  await client.subscribeAsync(topic, { qos: 2 })
  cleanUps.push(() => client.endAsync(true))
  return arrived
}

function action(options: object, context = testContext()) {
  const runner = new ActionRunner({
    ...{ kind: makeMqttSink(50), options: { sendSingle: true, ...options }, context },
    openBackOff: { firstMs: 20, mostMs: 50 },
  })
  cleanUps.push(() => runner.close(0))
  runner.open()
  return { runner, context }
}

describe('sink mqtt', { skip: mosquittoMissing }, () => {
  it('publishes to the topic that data gives, with every qos', async () => {
    const { url, port } = await broker()
    const arrived = await listen(port, 'd/#')
    for (const qos of [0, 1, 2]) {
      const { runner } = action({ server: url, topic: 'd/{{.id}}', qos, fields: ['t'] })
      runner.send({ rows: [{ id: `q${qos}`, t: 1.5 }] })
      await runner.idle()
      assert.equal(runner.status().records_out_total, 1)
    }
    await until(() => arrived.length === 3, 'three messages')
    const expected = [0, 1, 2].map(qos => [`d/q${qos}`, '{"t":1.5}', qos])
    assert.deepEqual(arrived.map(a => [a.topic, a.payload, a.qos]).sort(), expected)
  })

  it('retains, speaks every version, and sends user properties with version 5', async () => {
    const { url, port } = await broker()
    const versions = ['3.1', '3.1.1', '5', 5]
    for (const [i, protocolVersion] of versions.entries()) {
      const properties = String(protocolVersion) === '5' ? { properties: { from: '{{.id}}' } } : {}
      const { runner } = action({
        server: url,
        topic: `r/${i}`,
        qos: 1,
        retained: true,
        protocolVersion,
        ...properties,
      })
      runner.send({ rows: [{ id: 'd1' }] })
      await runner.idle()
    }
    const arrived = await listen(port, 'r/#', 5)
    await until(() => arrived.length === versions.length, 'the retained messages')
    const properties = arrived
      .sort((a, b) => a.topic.localeCompare(b.topic))
      .map(a => ({ ...(a.properties as object) }))
    assert.deepEqual(properties, [{}, {}, { from: 'd1' }, { from: 'd1' }])
  })

  for (const qos of [0, 1]) {
    it(`messages wait while the broker is away and arrive in order (qos ${qos})`, async () => {
      const mosquitto = await broker()
      const { runner } = action({ server: mosquitto.url, topic: 'w', qos })
      runner.send({ rows: [{ n: 0n }] })
      await runner.idle()
      assert.equal(runner.status().connection_status, 1)
      await mosquitto.stop()
      await until(() => runner.status().connection_status !== 1, 'the broken connection is noticed')
      runner.send({ rows: [{ n: 1n }, { n: 2n }] })
      assert.notEqual(runner.status().connection_last_disconnected_message, '')
      await mosquitto.start()
      const arrived = await listen(mosquitto.port, 'w')
      await runner.idle()
      await until(() => arrived.length === 2, 'the messages that waited')
      assert.deepEqual(
        arrived.map(a => a.payload),
        ['{"n":1}', '{"n":2}'],
      )
      const status = runner.status()
      assert.deepEqual([status.connection_status, status.messages_lost_total], [1, 0])
    })
  }

  it('waits for a broker that is not there yet', async () => {
    const mosquitto = await broker()
    await mosquitto.stop()
    const { runner } = action({ server: mosquitto.url, topic: 'w', qos: 1 })
    runner.send({ rows: [{ n: 1n }] })
    await until(() => runner.status().exceptions_total > 0, 'a failed attempt')
    assert.match(runner.status().last_exception, /^cannot connect: tcp:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)
    await mosquitto.start()
    await runner.idle()
    assert.equal(runner.status().records_out_total, 1)
  })

  it('a wrong password shows in the status, and stays secret itself', async () => {
    const { url } = await broker({ user: { name: 'me', password: 'right' } })
    const wrong = 'tops3cret'
    const { runner, context } = action({ server: url, topic: 't', username: 'me', password: wrong })
    await until(() => runner.status().exceptions_total > 0, 'the refusal')
    assert.match(runner.status().last_exception, /Connection refused: (Not authorized|Bad username or password)/)
    const inUrl = action({ server: url.replace('//', `//me:${wrong}@`), topic: 't' }, context)
    await until(() => inUrl.runner.status().exceptions_total > 0, 'the refusal')
    const said = JSON.stringify([runner.status(), inUrl.runner.status(), context.lines])
    assert.doesNotMatch(said, new RegExp(wrong))
    const right = action({ server: url.replace('//', '//me:right@'), topic: 't', qos: 1 })
    right.runner.send({ rows: [{ n: 1n }] })
    await right.runner.idle()
    assert.equal(right.runner.status().records_out_total, 1)
  })

  it('gives up a message at which the broker breaks the connection again and again, and goes on', async () => {
    const mosquitto = await broker({ config: ['max_packet_size 200'] })
    const arrived = await listen(mosquitto.port, 'big')
    const { runner } = action({ server: mosquitto.url, topic: 'big', qos: 1 })
    runner.send({ rows: [{ a: 'x'.repeat(1000) }, { a: 'small' }] })
    await until(() => runner.status().messages_lost_total === 1, 'the message is given up', 20_000)
    assert.match(runner.status().last_exception, /the broker broke the connection 5 times at this message/)
    await runner.idle()
    await until(() => arrived.length === 1, 'the next message')
    assert.equal(arrived[0]!.payload, '{"a":"small"}')
    const connections = () => mosquitto.log().split('New client connected').length
    const before = connections()
    for (let i = 0; i < 200; i++) {
      runner.send({ rows: [{ i: BigInt(i) }] })
      await runner.idle()
    }
    assert.equal(connections(), before, 'the message that was given up is not sent again')
  })

  it('close does not wait for a broker that is gone', async () => {
    const mosquitto = await broker()
    const { runner } = action({ server: mosquitto.url, topic: 'w', qos: 1 })
    runner.send({ rows: [{ n: 0n }] })
    await runner.idle()
    await mosquitto.stop()
    runner.send({ rows: [{ n: 1n }] })
    await runner.close(10)
    assert.equal(runner.status().messages_lost_total, 1)
    assert.equal(runner.status().connection_status, -1)
  })
})
