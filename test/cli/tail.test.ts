import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventParser } from '../../src/cli/event-stream.ts'
import { runTail, type TailOptions } from '../../src/cli/tail.ts'
import { FILES, HOT, openRig, type Rig, until } from '../status/support.ts'
import { Collector } from './support.ts'

interface Run {
  readonly code: Promise<number>
  readonly out: Collector
  readonly err: Collector
  readonly abort: AbortController
}

function start(rig: Rig, rule: string, options: Partial<TailOptions> = {}): Run {
  const [out, err, abort] = [new Collector(), new Collector(), new AbortController()]
  const { url, clock } = rig
  return { code: runTail(rule, { url, clock, out, err, signal: abort.signal, ...options }), out, err, abort }
}

/** Feeds the rule until the tail shows something, so that the test need not know when it has attached. */
async function feed(rig: Rig, run: Run, deviceId: string): Promise<void> {
  const before = run.out.lines.length
  await until(() => {
    const full = rig.journal.append('sensors', {
      rows: [{ deviceId, temperature: 90 }],
      time: rig.clock.now(),
      meta: undefined,
      sizeBytes: 10,
    })
    assert.notEqual(full, 'closed')
    return run.out.lines.length > before
  }, 'an emission')
}

test('each emission is one line of JSON, and the count ends it', async () => {
  await using rig = await openRig(FILES)
  const run = start(rig, 'hot', { count: 2 })
  await feed(rig, run, 'a')
  rig.append('sensors', { deviceId: 'a', temperature: 90 })
  assert.equal(await run.code, 0)
  const row = '[{"deviceId":"a","temperature":90}]'
  assert.deepEqual(run.out.lines, [row, row])
  assert.equal(run.err.text, '')
})

test('the signal ends it with exit code 0', async () => {
  await using rig = await openRig(FILES)
  const run = start(rig, 'hot')
  await feed(rig, run, 'a')
  run.abort.abort()
  assert.equal(await run.code, 0)
  const early = start(rig, 'hot')
  early.abort.abort()
  assert.equal(await early.code, 0)
})

test('SIGINT ends it when no signal was passed in', async () => {
  await using rig = await openRig(FILES)
  const [out, err] = [new Collector(), new Collector()]
  const before = process.listenerCount('SIGINT')
  const code = runTail('hot', { url: rig.url, clock: rig.clock, out, err })
  await feed(rig, { code, out, err, abort: new AbortController() }, 'a')
  process.emit('SIGINT')
  assert.equal(await code, 0)
  assert.equal(process.listenerCount('SIGINT'), before)
})

test('errors that the rule sends on go to stderr, and with --json to stdout', async () => {
  await using rig = await openRig({ ...FILES, 'rules/hot.yaml': HOT + 'options: {sendError: true}\n' })
  const plain = start(rig, 'hot')
  const json = start(rig, 'hot', { json: true })
  await feed(rig, plain, 'a')
  await until(() => json.out.text !== '', 'the other one')
  rig.append('sensors', { temperature: 'warm' })
  await until(() => plain.err.text !== '', 'the error in words')
  assert.match(plain.err.text, /^sluice tail: error: .*temperature/)
  assert.ok(!plain.out.text.includes('error'))
  await until(() => json.out.text.includes('error'), 'the error as JSON')
  assert.equal(typeof JSON.parse(json.out.lines.at(-1)!).error, 'string')
  plain.abort.abort()
  json.abort.abort()
  assert.deepEqual(await Promise.all([plain.code, json.code]), [0, 0])
})

test('a rule that is not there gives the nearest name, or what is wrong with its file', async () => {
  const bad = HOT.replace('hot', 'bad').replace('temperature >', 'temprature >')
  await using rig = await openRig({ ...FILES, 'rules/bad.yaml': bad })
  const cases = [
    ['hto', /^sluice tail: there is no rule "hto"\. Did you mean "hot"\?$/m],
    ['something/else', /^sluice tail: there is no rule "something\/else"\. There are: hot\.$/m],
    [
      'bad',
      /^sluice tail: there is no rule "bad"\. It is defined but cannot run: rules\/bad\.yaml:6:\d+ SQL_UNKNOWN_COLUMN/m,
    ],
  ] as const
  for (const [rule, message] of cases) {
    const run = start(rig, rule)
    assert.equal(await run.code, 1)
    assert.match(run.err.text, message)
  }
})

test('where nothing listens it says so and exits with 1; a count that is none is a usage error', async () => {
  await using rig = await openRig({})
  await rig.server.stop()
  const run = start(rig, 'hot')
  assert.equal(await run.code, 1)
  assert.match(run.err.text, /Nothing listens at/)
  for (const count of [0, -1, 1.5, Number.NaN]) assert.equal(await start(rig, 'hot', { count }).code, 2)
})

test('it connects again when the instance restarts, also while that has not read its files yet', async () => {
  const first = await openRig(FILES)
  const port = Number(new URL(first.url).port)
  const run = start(first, 'hot')
  await feed(first, run, 'before')
  await first[Symbol.asyncDispose]()
  await until(() => run.err.text.includes('lost'), 'the loss')
  first.clock.advanceTo(first.clock.now() + 1000)

  await using second = await openRig({}, { port, reconcile: false })
  for (let tries = 0; tries < 3; tries++) {
    first.clock.advanceTo(first.clock.now() + 1000)
    await new Promise(resolve => setImmediate(resolve))
  }
  await second.edit(FILES)
  await until(() => {
    first.clock.advanceTo(first.clock.now() + 1000)
    return run.err.text.includes('connected again')
  }, 'the second connection')
  await feed(second, run, 'after')
  assert.deepEqual(run.err.lines, [
    'sluice tail: the connection was lost; trying again',
    'sluice tail: connected again',
  ])
  assert.match(run.out.lines.at(-1)!, /after/)
  run.abort.abort()
  assert.equal(await run.code, 0)
})

test('an instance that says nothing for long is taken for gone', async () => {
  await using rig = await openRig(FILES)
  // A clock of its own: the instance's heartbeat stands still.
  await using other = await openRig({})
  const run = start(rig, 'hot', { clock: other.clock })
  await feed(rig, run, 'a')
  await until(() => {
    other.clock.advanceTo(other.clock.now() + 45_000)
    return run.err.text.includes('lost')
  }, 'the loss')
  run.abort.abort()
  assert.equal(await run.code, 0)
})

test('a replaced rule is told, a deleted one ends it', async () => {
  await using rig = await openRig(FILES)
  const run = start(rig, 'hot')
  const counted = start(rig, 'hot', { count: 1000_000 })
  await feed(rig, run, 'a')
  await until(() => counted.out.text !== '', 'the other one')
  await rig.edit({ 'rules/hot.yaml': HOT.replace('> 80', '> 10') })
  await rig.edit({ 'rules/hot.yaml': undefined, 'rules/other.yaml': HOT.replace('hot', 'other') })
  assert.equal(await run.code, 0)
  assert.deepEqual(run.err.lines, [
    'sluice tail: the rule "hot" was replaced',
    'sluice tail: the rule "hot" was deleted',
  ])
  assert.equal(await counted.code, 1)
})

test('a reader of stdout who leaves ends it, and one who is slow is waited for', async () => {
  await using rig = await openRig(FILES)
  const slow = start(rig, 'hot')
  slow.out.full = true
  await feed(rig, slow, 'a')
  await until(() => slow.out.listenerCount('drain') === 1, 'the wait')
  const shown = slow.out.lines.length
  rig.append('sensors', { deviceId: 'last', temperature: 90 })
  for (let turns = 0; turns < 50; turns++) await new Promise(resolve => setImmediate(resolve))
  assert.equal(slow.out.lines.length, shown)
  slow.out.full = false
  slow.out.emit('drain')
  await until(() => slow.out.text.includes('last'), 'the rest')
  slow.out.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  assert.equal(await slow.code, 0)
})

test('events are read however the bytes are cut', () => {
  const text =
    ': hello\nretry: 1000\n\nevent: state\ndata: {"a":"ä"}\n\r\ndata: one\ndata: two\r\n\n\nevent: empty\n\ndata:x\n\n'
  const bytes = Buffer.from(text)
  const whole = new EventParser().push(bytes)
  assert.deepEqual(whole, [
    { name: 'state', data: '{"a":"ä"}' },
    { name: 'message', data: 'one\ntwo' },
    { name: 'message', data: 'x' },
  ])
  for (let cut = 1; cut < bytes.length; cut++) {
    const parser = new EventParser()
    assert.deepEqual([...parser.push(bytes.subarray(0, cut)), ...parser.push(bytes.subarray(cut))], whole)
  }
})
