import assert from 'node:assert/strict'
import test from 'node:test'
import { prepareRule } from '../../src/compiler/prepare.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { RowError, UserError } from '../../src/core/errors.ts'
import { makeLog } from '../../src/core/log.ts'
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
  readonly lines: string[] = []
  runner: RuleRunner
  readonly #asked: { readonly key: Value; settle(rows: readonly Values[] | Error): void }[] = []

  constructor() {
    this.topics.subscribe('out', rows => void this.out.push(...rows))
    this.journal.define('s', { bufferLength: 10_000, bufferBytes: 2 ** 30 })
    this.runner = this.#make(SQL)
    this.runner.start()
  }

  #make(sql: string): RuleRunner {
    const rule = ruleOf(sql, { actions: [['memory', { topic: 'out' }]] })
    return new RuleRunner(rule, prepareRule(rule, STREAMS), {
      journal: this.journal,
      clock: new ManualClock(),
      log: makeLog({ level: 'info' }, { write: line => void this.lines.push(JSON.parse(line).msg) }),
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
  }

  /** As an edit does. @returns the version before, which is closed by whoever asks for that */
  edit(sql: string): RuleRunner {
    const before = this.runner
    this.runner = this.#make(sql)
    this.runner.takeOver(before)
    this.runner.start(before.positions())
    before.halt()
    return before
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

test('rows that wait while the rule is edited ask again in the new version, in their order and once each', async () => {
  const slow = new SlowTable().append(1, 2)
  await turns()
  const first = slow.edit(SQL.replace('s.a,', 's.a, 1 AS edit,'))
  await first.close(60_000)
  slow.append(3)
  const second = slow.edit(SQL.replace('s.a,', 's.a, 2 AS edit,'))
  await second.close(60_000)
  await turns()
  assert.deepEqual(slow.asked, [1, 2, 1, 2, 1, 2, 3])
  slow.answer()
  await turns()
  const [one, two, three] = joined(1, 2, 3).map(row => ({ ...row, edit: 2n }))
  assert.deepEqual(slow.out, [one, two, three])
  await slow.runner.close(0)
  assert.deepEqual(slow.lines, [])
})

test('rows that wait for what the new version does not ask are finished before it reads on', async () => {
  const slow = new SlowTable().append(1, 2)
  await turns()
  const before = slow.edit('SELECT s.a, s.b, t.v FROM s LEFT JOIN t ON s.a + 10 = t.id')
  const between = slow.append(3).edit('SELECT s.a, t.v FROM s LEFT JOIN t ON s.a + 20 = t.id')
  await between.close(0)
  await turns()
  assert.deepEqual(slow.asked, [1, 2])
  assert.equal(slow.runner.lag(), 1)
  const drained = slow.runner.drain(60_000)
  slow.answer()
  await before.close(60_000)
  await turns()
  assert.deepEqual(slow.asked, [23])
  slow.answer()
  await drained
  await slow.runner.idle()
  assert.deepEqual(slow.out, [...joined(1, 2), { a: 3, v: 23 }])
  await slow.runner.close(0)
  assert.deepEqual(slow.lines, [])
})

test('the log says how many rows were lost when a rule ends without their answers, or without having read them', async () => {
  const keys = Array.from({ length: 1500 }, (_, i) => i)
  const slow = new SlowTable().append(...keys)
  await turns()
  slow.runner.tellUnread()
  await slow.runner.close(0)
  assert.deepEqual(slow.lines, [
    '500 messages that had been accepted are lost: there was no time to work on them',
    '1000 rows that waited for a lookup table are lost: no answer came in time',
  ])
})
