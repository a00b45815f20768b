import assert from 'node:assert/strict'
import test from 'node:test'
import { prepareRule } from '../../src/compiler/prepare.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { RowError, UserError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { MemoryJournal } from '../../src/journal/memory.ts'
import { RuleRunner } from '../../src/runtime/rule-runner.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { ruleOf, streamsOf } from '../support/rules.ts'

const STREAM = 'CREATE STREAM s () WITH (TYPE="httppush")'
const tableOf = (datasource = 'devices', columns = '') =>
  `CREATE TABLE t (${columns}) WITH (TYPE="memory", DATASOURCE="${datasource}", KIND="lookup", KEY="id")`
const STREAMS = streamsOf(STREAM, tableOf())
const SQL = 'SELECT s.a, t.v FROM s LEFT JOIN t ON s.a = t.id'

test('a table is there before its rules, and outlives them and their edits', async () => {
  const run = new EngineRun(STREAMS).apply([])
  run.topics.publish('devices', [{ id: 1, v: 'kept' }])
  run.apply([['r', SQL]])
  run.append('s', { a: 1 })
  await turns()
  run.apply([['r', SQL.replace('s.a,', 's.a AS b,')]])
  run.append('s', { a: 1 })
  await turns()
  run.apply([], ['r']).apply([['other', SQL]])
  run.append('s', { a: 1 })
  await turns()
  assert.deepEqual(run.of('r'), [
    { a: 1, v: 'kept' },
    { b: 1, v: 'kept' },
  ])
  assert.deepEqual(run.of('other'), [{ a: 1, v: 'kept' }])
  const [status] = run.engine.lookups()
  assert.deepEqual(status, { table: 't', type: 'memory', questions: 3, cacheHits: 0, errors: 0, held: 1 })
})

test('one rule feeds a table that another asks, and takes rows out of it', async () => {
  const streams = streamsOf(STREAM, 'CREATE STREAM feed () WITH (TYPE="httppush")', tableOf())
  const memory = { topic: 'devices', rowkindField: 'op', keyField: 'id' }
  const run = new EngineRun(streams).apply([
    ['feeder', 'SELECT * FROM feed', { actions: [['memory', memory]] }],
    ['r', SQL],
  ])
  run.append('feed', { id: 1, v: 'one' }, { id: 2, v: 'two' })
  await turns()
  run.append('feed', { id: 1, op: 'delete' })
  await turns()
  run.append('s', { a: 1 }, { a: 2 })
  await turns()
  assert.deepEqual(run.of('r'), [{ a: 1 }, { a: 2, v: 'two' }])
})

test('a table whose definition changes is opened anew; one that is gone hears nothing any more', async () => {
  const run = new EngineRun(STREAMS).apply([['r', SQL]])
  run.topics.publish('devices', [{ id: 1, v: 'old' }])
  const moved = streamsOf(`${STREAM};\n${tableOf()}`)
  run.apply([], [], moved)
  assert.equal(run.engine.lookups()[0]?.held, 1)
  run.apply([['r', SQL]], [], streamsOf(STREAM, tableOf('other')))
  assert.equal(run.engine.lookups()[0]?.held, 0)
  run.topics.publish('devices', [{ id: 1, v: 'old' }])
  run.topics.publish('other', [{ id: 1, v: 'new' }])
  run.append('s', { a: 1 })
  await turns()
  assert.deepEqual(run.of('r'), [{ a: 1, v: 'new' }])
  run.apply([], ['r'], streamsOf(STREAM))
  assert.deepEqual(run.engine.lookups(), [])
})

test('what is published for a lookup table is in no stream, and no row of it is counted as one', async () => {
  const run = new EngineRun(STREAMS).apply([['r', SQL]])
  run.topics.publish('devices', [{ id: 1 }])
  await turns()
  const keys = Object.keys(run.runner('r').status())
  assert.ok(keys.some(key => key.startsWith('source_s_')))
  assert.ok(!keys.some(key => key.startsWith('source_t_')))
  assert.equal(run.runner('r').lag(), 0)
})

test('a table that cannot be opened is told of before it is in place; its questions fail, row by row', async () => {
  const streams = streamsOf(STREAM, tableOf('a/#/b'))
  const run = new EngineRun(streams)
  assert.throws(
    () => run.engine.prepareTable(streams.get('t')!),
    error => error instanceof UserError && /no topic pattern/.test(error.what),
  )
  run.apply([['r', SQL, { options: { sendError: true }, actions: [['memory', { topic: 'out/r' }]] }]])
  run.append('s', { a: 1 }, { a: null })
  await turns()
  const [failed, passed] = run.of('r')
  assert.match(String(failed?.['error']), /run Lookup error: the lookup table cannot be asked: DATASOURCE/)
  assert.deepEqual(passed, { a: null })
  assert.equal(run.engine.lookups()[0]?.errors, 1)
})

/** A rule over `s` whose table answers when the test says so. */
class SlowTable {
  readonly journal = new MemoryJournal()
  readonly topics = new TopicHub()
  readonly out: Values[] = []
  readonly runner: RuleRunner
  readonly #asked: { readonly key: Value; settle(rows: readonly Values[] | Error): void }[] = []

  constructor() {
    this.topics.subscribe('out', rows => void this.out.push(...rows))
    this.journal.define('s', { bufferLength: 10_000, bufferBytes: 2 ** 30 })
    const rule = ruleOf(SQL, { actions: [['memory', { topic: 'out' }]] })
    this.runner = new RuleRunner(rule, prepareRule(rule, STREAMS), {
      journal: this.journal,
      clock: new ManualClock(),
      log: silentLog,
      topics: this.topics,
      zone: 'UTC',
      dataDir: '/nonexistent',
      rootDir: '/nonexistent',
      resolve: options => options,
      property: () => undefined,
      lookUp: (_table, { values: [key] }) =>
        new Promise((resolve, reject) => {
          this.#asked.push({ key: key!, settle: rows => (rows instanceof Error ? reject(rows) : resolve(rows)) })
        }),
    })
    this.runner.start()
  }

  get asked(): readonly Value[] {
    return this.#asked.map(({ key }) => key)
  }

  append(...keys: readonly Value[]): this {
    for (const a of keys) this.journal.append('s', { rows: [{ a }], time: 0, meta: undefined, sizeBytes: 10 })
    return this
  }

  /** Answers all that was asked so far, each with its own key. */
  answer(): void {
    for (const { key, settle } of this.#asked.splice(0)) settle([{ v: key }])
  }

  fail(): void {
    for (const { settle } of this.#asked.splice(0)) settle(new RowError('no connection'))
  }
}

const joined = (...keys: readonly Value[]) => keys.map(key => ({ a: key, v: key }))

test('rows wait for their answers in the rule, which says how many; others may fail meanwhile', async () => {
  const slow = new SlowTable().append(1, 2)
  await turns()
  assert.deepEqual(slow.asked, [1, 2])
  assert.equal(slow.runner.lag(), 0)
  assert.equal(slow.runner.status()['op_2_lookup_0_buffer_length'], 2)
  slow.fail()
  slow.append(3)
  await turns()
  slow.answer()
  await turns()
  assert.deepEqual(slow.out, joined(3))
  const status = slow.runner.status()
  assert.equal(status['op_2_lookup_0_exceptions_total'], 2)
  assert.equal(status['op_2_lookup_0_last_exception'], 'run Lookup error: no connection')
  await slow.runner.close(0)
})

test('while too many rows wait nothing is read, so that the journal fills; then it goes on', async () => {
  const keys = Array.from({ length: 2500 }, (_, i) => i)
  const slow = new SlowTable().append(...keys)
  await turns()
  assert.equal(slow.runner.lag(), 1500)
  while (slow.out.length < keys.length) {
    slow.answer()
    await turns(2)
  }
  assert.deepEqual(slow.out, joined(...keys))
  assert.equal(slow.runner.lag(), 0)
  await slow.runner.close(0)
})

test('draining takes in what waits for answers, and idle does', async () => {
  const slow = new SlowTable().append(1, 2)
  await turns()
  let isIdle = false
  const idle = slow.runner.idle().then(() => {
    isIdle = true
  })
  const drained = slow.runner.drain(60_000)
  await turns()
  assert.equal(isIdle, false)
  slow.append(3)
  slow.answer()
  await turns()
  slow.answer()
  await Promise.all([drained, idle])
  assert.deepEqual(slow.out, joined(1, 2, 3))
  await slow.runner.close(0)
})

test('a rule that is stopped reads nothing more, and still delivers what waited', async () => {
  const slow = new SlowTable().append(1, 2)
  await turns()
  const closed = slow.runner.close(60_000)
  slow.append(3)
  await turns()
  assert.deepEqual(slow.out, [])
  slow.answer()
  await closed
  assert.deepEqual(slow.out, joined(1, 2))
})

test('no answer holds a rule longer than its deadline', async () => {
  const slow = new SlowTable().append(1)
  await turns()
  await slow.runner.close(1)
  slow.answer()
  await turns()
  assert.deepEqual(slow.out, [])
})
