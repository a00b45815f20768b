import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { EventParser, type ServerEvent } from '../../src/cli/event-stream.ts'
import { MOST_TAILS } from '../../src/status/tail.ts'
import { FILES, HOT, openRig, type Rig, STREAMS, until } from './support.ts'

/** Reads the events of a tail one by one. */
class Reader {
  readonly #bytes: AsyncIterator<Uint8Array>
  readonly #parser = new EventParser()
  #events: ServerEvent[] = []
  text = ''

  constructor(response: Response) {
    this.#bytes = response.body![Symbol.asyncIterator]()
  }

  /** undefined: the stream has ended */
  async next(): Promise<ServerEvent | undefined> {
    while (this.#events.length === 0) {
      const { value, done } = await this.#bytes.next()
      if (done) return undefined
      this.text += Buffer.from(value).toString()
      this.#events = this.#parser.push(value)
    }
    return this.#events.shift()
  }

  async close(): Promise<void> {
    await this.#bytes.return?.()
  }
}

async function tail(rig: Rig, rule: string): Promise<Reader> {
  const response = await rig.get(`/rules/${rule}/tail`)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = new Reader(response)
  assert.deepEqual(await reader.next(), {
    name: 'state',
    data: `{"rule":"${rule}","state":"running","reason":"attached"}`,
  })
  return reader
}

test('a tail gives each emission as one event of JSON rows', async () => {
  await using rig = await openRig(FILES)
  const reader = await tail(rig, 'hot')
  rig.append('sensors', { deviceId: 'a', temperature: 90.5 }, { deviceId: 'b', temperature: 20 })
  rig.append('sensors', { deviceId: 'c\n', temperature: 99 })
  assert.deepEqual(await reader.next(), { name: 'message', data: '[{"deviceId":"a","temperature":90.5}]' })
  assert.deepEqual(await reader.next(), { name: 'message', data: '[{"deviceId":"c\\n","temperature":99}]' })
  await reader.close()
})

test('integers that a double cannot hold come out as they went in', async () => {
  const sql = 'id: big\nsql: SELECT at->x AS x FROM sensors\nactions: [nop: {}]\n'
  await using rig = await openRig({ ...FILES, 'rules/big.yaml': sql })
  const reader = await tail(rig, 'big')
  rig.append('sensors', { at: { x: 9007199254740993n } })
  assert.deepEqual(await reader.next(), { name: 'message', data: '[{"x":9007199254740993}]' })
  await reader.close()
})

test('errors that a rule sends on are events of their own', async () => {
  await using rig = await openRig({
    ...FILES,
    'rules/e.yaml': HOT.replace('hot', 'e') + 'options: {sendError: true}\n',
  })
  const reader = await tail(rig, 'e')
  rig.append('sensors', { temperature: 'warm' })
  const event = await reader.next()
  assert.equal(event?.name, 'error')
  assert.match(JSON.parse(event!.data).error, /temperature/)
  await reader.close()
})

test('a tail follows its rule over a change, and ends when the rule is deleted', async () => {
  await using rig = await openRig(FILES)
  const reader = await tail(rig, 'hot')
  const before = rig.engine.rules.get('hot')!.runner
  await rig.edit({ 'rules/hot.yaml': HOT.replace('> 80', '> 10') })
  assert.notEqual(rig.engine.rules.get('hot')!.runner, before)
  assert.deepEqual(await reader.next(), { name: 'state', data: '{"rule":"hot","state":"running","reason":"replaced"}' })
  rig.append('sensors', { deviceId: 'mild', temperature: 20 })
  assert.equal((await reader.next())!.data, '[{"deviceId":"mild","temperature":20}]')

  await rig.edit({ 'rules/hot.yaml': HOT + 'triggered: false\n' })
  assert.match((await reader.next())!.data, /"state":"stopped"/)
  await rig.edit({ 'rules/hot.yaml': HOT })
  assert.match((await reader.next())!.data, /"state":"running"/)

  await rig.edit({ 'rules/hot.yaml': undefined, 'rules/other.yaml': HOT.replace('hot', 'other') })
  assert.deepEqual(await reader.next(), { name: 'deleted', data: '{"rule":"hot"}' })
  assert.equal(await reader.next(), undefined)
})

test('a tail follows its rule from one run to the next, and misses nothing that is finished after the end', async () => {
  const hourly = `${HOT}options: {cron: "0 * * * *", duration: 10m, bufferLength: 1}\n`
  // A rule behind it takes what it publishes, and not all at once.
  const behind = 'sql: SELECT * FROM behind\nactions: [nop: {}]\n'
  const stream = 'CREATE STREAM behind () WITH (TYPE="memory", DATASOURCE="hot", FORMAT="json");'
  const streams = { 'streams/all.sql': STREAMS + stream, 'rules/behind.yaml': behind }
  await using rig = await openRig({ ...streams, 'rules/hot.yaml': hourly })
  const start = rig.clock.now()
  const reader = await tail(rig, 'hot')
  const told = async (text: string) => {
    const seen: string[] = []
    while (!seen.at(-1)?.includes(text)) seen.push((await reader.next())!.data)
    return seen
  }
  rig.append('sensors', ...Array.from({ length: 1100 }, () => ({ deviceId: 'a', temperature: 90 })))
  rig.append('sensors', { deviceId: 'last', temperature: 90 })
  rig.clock.advanceTo(start + 600_000)
  await until(() => rig.journal.status().find(s => s.stream === 'sensors')!.readers === 0, 'the end of the run')
  rig.clock.advanceTo(start + 3_600_000)
  rig.append('sensors', { deviceId: 'next', temperature: 90 })
  const seen = await told('"next"')
  assert.deepEqual(seen.filter(data => !data.includes('"a"')).slice(-4), [
    '{"rule":"hot","state":"stopped: waiting for next schedule.","reason":"changed"}',
    '[{"deviceId":"last","temperature":90}]',
    '{"rule":"hot","state":"running","reason":"changed"}',
    '[{"deviceId":"next","temperature":90}]',
  ])
  await reader.close()
})

test('a silent rule is heard of every 15 seconds', async () => {
  await using rig = await openRig(FILES)
  const reader = await tail(rig, 'hot')
  for (let beats = 0; beats < 2; beats++) rig.clock.advanceTo(rig.clock.now() + 15_000)
  rig.append('sensors', { deviceId: 'a', temperature: 90 })
  await reader.next()
  assert.equal(reader.text.match(/^: still here$/gm)?.length, 2)
  await reader.close()
})

test('a reader that stands still loses the oldest, hears how many, and slows nobody', async () => {
  const sql = 'id: all\nsql: SELECT deviceId FROM sensors\nactions: [nop: {}]\n'
  await using rig = await openRig({ ...FILES, 'rules/all.yaml': sql })
  const port = Number(new URL(rig.url).port)
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /rules/all/tail HTTP/1.1\r\nHost: x\r\n\r\n')
  let received = ''
  socket.setEncoding('utf8').on('data', (text: string) => (received += text))
  await until(() => received.includes('event: state'), 'the answer')
  socket.pause()

  const runner = rig.engine.rules.get('all')!.runner!
  const padding = 'x'.repeat(10_000)
  const messages = 6000
  for (let i = 0; i < messages; i++) {
    rig.append('sensors', { deviceId: `${i} ${padding}` })
    if (i % 500 === 499) await until(() => runner.lag() === 0, 'the rule')
  }
  assert.equal(Number(runner.status()['source_sensors_0_records_in_total']), messages)

  socket.resume()
  await until(() => received.includes(`"${messages - 1} x`) && received.endsWith('\r\n'), 'the newest')
  const dropped = [...received.matchAll(/"count":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
  const got = [...received.matchAll(/"deviceId":"(\d+) x/g)].map(([, i]) => Number(i))
  assert.ok(dropped > 0)
  assert.equal(got.length + dropped, messages)
  assert.deepEqual(
    got,
    got.toSorted((a, b) => a - b),
  )
  assert.equal(got.at(-1), messages - 1)
  socket.destroy()
})

test('there is a bound on tails, and leaving makes room', async () => {
  await using rig = await openRig(FILES)
  const readers: Reader[] = []
  for (let i = 0; i < MOST_TAILS; i++) readers.push(await tail(rig, 'hot'))
  const refused = await rig.get('/rules/hot/tail')
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  await refused.text()
  await readers[0]!.close()
  for (;;) {
    const response = await rig.get('/rules/hot/tail')
    await response.body!.cancel()
    if (response.status === 200) break
  }
  for (const reader of readers) await reader.close()
})
