import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Values } from '../../src/core/value.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { streamsOf } from '../support/rules.ts'

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ a: from + i }))

/** A topic whose subscriber never takes anything; the returned function lets it take all. */
function hang(run: EngineRun, topic: string, taken: Values[] = []): () => void {
  const waiting: (() => void)[] = []
  let isOpen = false
  run.topics.subscribe(topic, rows => {
    if (isOpen) return void taken.push(...rows)
    return new Promise<void>(resolve =>
      waiting.push(() => {
        taken.push(...rows)
        resolve()
      }),
    )
  })
  return () => {
    isOpen = true
    for (const take of waiting.splice(0)) take()
  }
}

const hanging = { actions: [['memory', { topic: 'hang', bufferLength: 2 }]] } as const

test('a rule that fails on every row does not disturb its neighbour', async () => {
  const run = new EngineRun().apply([
    ['bad', 'SELECT a + "x" AS b FROM s'],
    ['good', 'SELECT a FROM s'],
  ])
  for (const row of numbers(0, 5)) run.append('s', row)
  await turns()
  assert.deepEqual(run.of('good'), numbers(0, 5))
  assert.deepEqual(run.of('bad'), [])
  const status = run.runner('bad').status()
  assert.equal(status['status'], 'running')
  assert.equal(status['op_2_project_0_exceptions_total'], 5)
  assert.match(String(status['op_2_project_0_last_exception']), /^run Select error: .*err:invalid operation/)
  await run.engine.stop(1000)
  assert.ok(run.lines.some(line => line['rule'] === 'bad' && line.msg.includes('invalid operation')))
})

test('a sink that hangs stops its own rule only, then the ring fills up, and room comes back', async () => {
  const streams = streamsOf('CREATE STREAM s () WITH (TYPE="httppush", EXTRA="{\\"bufferLength\\": 20}")')
  const run = new EngineRun(streams)
  const taken: Values[] = []
  const release = hang(run, 'hang', taken)
  run.apply([
    ['stuck', 'SELECT a FROM s', hanging],
    ['good', 'SELECT a FROM s'],
  ])
  let accepted = 0
  for (; accepted < 1000 && run.append('s', { a: accepted }) !== 'full'; accepted++) await turns(3)
  // 20 in the ring, and what the stuck rule has taken in before its action had no room.
  assert.ok(accepted >= 20 && accepted <= 30, `${accepted} accepted`)
  assert.deepEqual(run.of('good'), numbers(0, accepted))
  assert.equal(run.append('s', { a: -1 }), 'full')
  release()
  await turns()
  assert.notEqual(run.append('s', { a: accepted }), 'full')
  await turns()
  assert.deepEqual(taken, numbers(0, accepted + 1))
  assert.deepEqual(run.of('good'), numbers(0, accepted + 1))
  await run.engine.stop(1000)
})

test('what comes in while a rule is replaced is worked on by the old rule or the new one, once', async () => {
  const run = new EngineRun().apply([['r', 'SELECT a FROM s']])
  run.append('s', { a: 0 })
  await turns()
  run.append('s', { a: 1 })
  run.append('s', { a: 2 })
  run.apply([['r', 'SELECT a, 1 AS version FROM s']])
  run.append('s', { a: 3 })
  await turns()
  assert.deepEqual(
    run.of('r').map(row => row['a']),
    [0, 1, 2, 3],
  )
  assert.deepEqual(run.of('r').at(-1), { a: 3, version: 1n })
  await run.engine.stop(1000)
})

test('a rule that waits for a hung sink is replaced, and what it had not read is not lost', async () => {
  const run = new EngineRun()
  const taken: Values[] = []
  const release = hang(run, 'hang', taken)
  run.apply([['r', 'SELECT a FROM s', hanging]])
  for (const row of numbers(0, 10)) run.append('s', row)
  await turns()
  run.apply([['r', 'SELECT a FROM s']])
  await turns()
  release()
  await turns()
  assert.deepEqual([...taken, ...run.of('r')], numbers(0, 10))
  await run.engine.stop(1000)
})

test('a rule whose text did not change keeps its window while others come and go', async () => {
  const count = 'SELECT count(*) AS c FROM s GROUP BY TUMBLINGWINDOW(ss, 10)'
  const run = new EngineRun().apply([
    ['kept', count],
    ['other', 'SELECT a FROM s'],
  ])
  run.append('s', { a: 1 })
  await turns()
  run.apply([['third', 'SELECT a FROM s']], ['other'])
  run.append('s', { a: 2 })
  await turns()
  await run.moveTo(10_000)
  assert.deepEqual(run.of('kept'), [{ c: 2n }])
  assert.deepEqual(run.of('third'), [{ a: 2 }])
  assert.equal(run.engine.rules.has('other'), false)
  await run.engine.stop(1000)
})

const PIPE = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush")',
  'CREATE STREAM mid () WITH (TYPE="memory", DATASOURCE="mid")',
  'CREATE STREAM loop () WITH (TYPE="memory", DATASOURCE="loop")',
)
const toMid = { actions: [['memory', { topic: 'mid', bufferLength: 4 }]] } as const

test('a rule reads what another publishes to a topic', async () => {
  const run = new EngineRun(PIPE).apply([
    ['a', 'SELECT a * 2 AS a FROM s', toMid],
    ['b', 'SELECT a + 1 AS a, meta(topic) AS t FROM mid'],
  ])
  run.append('s', { a: 1 }, { a: 2 })
  await turns()
  assert.deepEqual(run.of('b'), [
    { a: 3, t: 'mid' },
    { a: 5, t: 'mid' },
  ])
  await run.engine.stop(1000)
})

test('a hung rule at the end of a chain is felt at its beginning, and nothing is lost on the way', async () => {
  const small = (name: string, rest: string) =>
    `CREATE STREAM ${name} () WITH (${rest}, EXTRA="{\\"bufferLength\\": 8}")`
  const run = new EngineRun(streamsOf(small('s', 'TYPE="httppush"'), small('mid', 'TYPE="memory", DATASOURCE="mid"')))
  const taken: Values[] = []
  const release = hang(run, 'hang', taken)
  run.apply([
    ['a', 'SELECT a FROM s', toMid],
    ['b', 'SELECT a FROM mid', hanging],
  ])
  let accepted = 0
  for (; accepted < 5000 && run.append('s', { a: accepted }) !== 'full'; accepted++) await turns(3)
  assert.ok(accepted < 2000, 'the first stream never filled up')
  release()
  await turns(100)
  assert.deepEqual(taken, numbers(0, accepted))
  await run.engine.stop(1000)
})

test('a rule that feeds itself leaves the others their turn, and stopping ends at its deadline', async () => {
  const run = new EngineRun(PIPE).apply([
    ['loop', 'SELECT a + 1 AS a FROM loop', { actions: [['memory', { topic: 'loop' }]] }],
    ['good', 'SELECT a FROM s'],
  ])
  void run.topics.publish('loop', [{ a: 0 }])
  run.append('s', { a: 1 })
  await turns()
  assert.deepEqual(run.of('good'), [{ a: 1 }])
  assert.ok(Number(run.runner('loop').status()['op_2_project_0_records_in_total']) > 10)
  const started = performance.now()
  await run.engine.stop(100)
  assert.ok(performance.now() - started < 3000)
})

test('a rule that makes two rows of each it reads is held back by its own ring, not by the memory', async () => {
  const run = new EngineRun(PIPE).apply([
    ['loop', 'SELECT unnest(a) AS x, a FROM loop', { actions: [['memory', { topic: 'loop', bufferLength: 10 }]] }],
    ['good', 'SELECT a FROM s'],
  ])
  void run.topics.publish('loop', [{ a: [1, 2] }])
  await turns(500)
  run.append('s', { a: 1 })
  await turns()
  assert.deepEqual(run.of('good'), [{ a: 1 }])
  assert.ok(run.journal.status().every(stream => stream.held <= stream.limits.bufferLength))
  await run.engine.stop(100)
})

test('stop() works off the journal and every topic on the way before it closes', async () => {
  const run = new EngineRun(PIPE).apply([
    ['a', 'SELECT a FROM s', toMid],
    ['b', 'SELECT a FROM mid'],
  ])
  for (const row of numbers(0, 1000)) run.append('s', row)
  await run.engine.stop(5000)
  assert.deepEqual(run.of('b'), numbers(0, 1000))
  assert.equal(run.runner('a').state, 'stopped')
})

test('stop() waits for rows that an action has still to publish when all that was published is worked on', async () => {
  const run = new EngineRun(PIPE)
  run.topics.subscribe('mid', () => turns(3))
  run.apply([
    ['a', 'SELECT a FROM s', { actions: [['memory', { topic: 'mid' }]] }],
    ['b', 'SELECT a FROM mid'],
  ])
  for (const row of numbers(0, 50)) run.append('s', row)
  await run.engine.stop(5000)
  assert.deepEqual(run.of('b'), numbers(0, 50))
})

test('stop() does not wait longer than it may for a sink that hangs', async () => {
  const run = new EngineRun()
  hang(run, 'hang')
  run.apply([['r', 'SELECT a FROM s', hanging]])
  for (const row of numbers(0, 10)) run.append('s', row)
  const started = performance.now()
  await run.engine.stop(50)
  assert.ok(performance.now() - started < 3000)
  assert.ok(Number(run.runner('r').status()['sink_memory_0_0_messages_lost_total']) > 0)
})

const METHODS = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush", DATASOURCE="/a")',
  'CREATE STREAM t () WITH (TYPE="httppush", DATASOURCE="/b", EXTRA="{\\"method\\": \\"PUT\\"}")',
  'CREATE STREAM n (i ARRAY(STRUCT(x BIGINT))) WITH (TYPE="httppush", DATASOURCE="/n")',
  'CREATE STREAM unread () WITH (TYPE="httppush", DATASOURCE="/unread")',
  'CREATE STREAM mid () WITH (TYPE="memory", DATASOURCE="mid")',
)

test('endpoints are the pushed streams that a running rule reads', () => {
  const run = new EngineRun(METHODS).apply([
    ['a', 'SELECT a FROM s'],
    ['b', 'SELECT meta(path) AS p FROM t'],
    ['c', 'SELECT i FROM n'],
    ['d', 'SELECT a FROM mid'],
    ['e', 'SELECT a FROM unread', { triggered: false }],
  ])
  assert.deepEqual(
    run.endpoints.map(e => [e.stream, e.method, e.path, e.needsMeta, e.exactNumbers]),
    [
      ['s', 'POST', '/a', false, false],
      ['t', 'PUT', '/b', true, false],
      ['n', 'POST', '/n', false, true],
    ],
  )
  run.apply([['a2', 'SELECT a FROM s', { options: { sendMetaToSink: true } }]], ['b', 'c'])
  assert.deepEqual(
    run.endpoints.map(e => [e.stream, e.needsMeta]),
    [['s', true]],
  )
  run.apply([], ['a', 'a2', 'd', 'e'])
  assert.deepEqual(run.endpoints, [])
})

test('a rule that is not triggered is compiled, kept and does not run', async () => {
  const run = new EngineRun()
  assert.throws(() => run.apply([['bad', 'SELECT nosuch() FROM s', { triggered: false }]]), {
    code: 'SQL_UNKNOWN_FUNCTION',
  })
  run.apply([['off', 'SELECT a FROM s', { triggered: false }]])
  assert.equal(run.engine.rules.get('off')?.runner, undefined)
  assert.equal(run.append('s', { a: 1 }), 'closed')
  run.apply([['off', 'SELECT a FROM s']])
  run.append('s', { a: 2 })
  await turns()
  assert.deepEqual(run.of('off'), [{ a: 2 }])
  run.apply([['off', 'SELECT a FROM s', { triggered: false }]])
  assert.equal(run.append('s', { a: 3 }), 'closed')
  await run.engine.stop(1000)
})

test('a stream that is gone takes nothing more, and its topic is let go', async () => {
  const run = new EngineRun(PIPE).apply([['b', 'SELECT a FROM mid']])
  run.apply([], ['b'], new Map([...PIPE].filter(([name]) => name !== 'mid')))
  void run.topics.publish('mid', [{ a: 1 }])
  await turns()
  assert.deepEqual(run.of('b'), [])
  assert.equal(run.append('mid', { a: 1 }), 'closed')
  await run.engine.stop(1000)
})

test('an endpoint is made anew only where its stream or the rules that read it change', () => {
  const run = new EngineRun().apply([
    ['r1', 'SELECT a FROM s'],
    ['r2', 'SELECT a FROM t'],
  ])
  const [s, t] = run.endpoints
  run.apply([['r3', 'SELECT meta(topic) AS m FROM t']])
  assert.equal(run.endpoints[0], s)
  assert.deepEqual([t?.needsMeta, run.endpoints[1]?.needsMeta], [false, true])
  run.apply([['r2', 'SELECT a AS b FROM t']], ['r3'])
  assert.equal(run.endpoints[0], s)
  assert.equal(run.endpoints[1]?.needsMeta, false)
})
