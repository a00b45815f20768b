import assert from 'node:assert/strict'
import test from 'node:test'
import type { Value, Values } from '../../src/core/value.ts'
import type { LookupTable } from '../../src/lookups/lookup.ts'
import { memoryLookup } from '../../src/lookups/memory.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'
import { testContext } from '../sinks/support.ts'
import { streamsOf } from '../support/rules.ts'
import { lookupContext } from './support.ts'

function open(columns = '', datasource = 'devices') {
  const context = lookupContext()
  const [table] = streamsOf(
    `CREATE TABLE t (${columns}) WITH (TYPE="memory", DATASOURCE="${datasource}", KIND="lookup", KEY="id")`,
  ).values()
  return { ...context, table: memoryLookup.open(table!, context) }
}

const find = (table: LookupTable, columns: Readonly<Record<string, Exclude<Value, null>>>) =>
  table.find({ columns: Object.keys(columns), values: Object.values(columns) })

test('a row replaces the one with its key; rows without key are left out, and told of together', async () => {
  const { table, topics, lines } = open()
  topics.publish('devices', [{ id: 'a', v: 1 }, { v: 0 }, { id: null, v: 0 }, {}, { id: 'b', v: 2 }])
  topics.publish('devices', [{ id: 'a', v: 3 }])
  assert.deepEqual(find(table, { id: 'a' }), [{ id: 'a', v: 3 }])
  assert.deepEqual(find(table, { id: 'c' }), [])
  assert.equal(table.size, 2)
  await table.close()
  assert.deepEqual(
    lines.map(({ msg, rows }) => [msg, rows]),
    [
      ['rows for a lookup table are left out: no value for the key id', 1],
      ['rows for a lookup table are left out: no value for the key id', 2],
    ],
  )
})

test('other columns are looked through, in the order in which the keys came', () => {
  const { table, topics } = open()
  topics.publish('devices', [
    { id: 2, room: 'x', v: 1 },
    { id: 1, room: 'x', v: 2 },
    { id: 3, room: 'y', v: 1 },
  ])
  topics.publish('devices', [{ id: 2, room: 'x', v: 9 }])
  assert.deepEqual(find(table, { room: 'x' }), [
    { id: 2, room: 'x', v: 9 },
    { id: 1, room: 'x', v: 2 },
  ])
  assert.deepEqual(find(table, { room: 'x', v: 2 }), [{ id: 1, room: 'x', v: 2 }])
  assert.deepEqual(find(table, { v: 1, id: 3 }), [{ id: 3, room: 'y', v: 1 }])
  assert.deepEqual(find(table, { v: 2, id: 3 }), [])
})

test('kinds count: 1 is not 1.0, and neither is "1"', () => {
  const { table, topics } = open()
  topics.publish('devices', [
    { id: 1n, v: 'int' },
    { id: 1, v: 'float' },
    { id: '1', v: 'text' },
  ])
  for (const [id, v] of [
    [1n, 'int'],
    [1, 'float'],
    ['1', 'text'],
  ] as const) {
    assert.deepEqual(find(table, { id }), [{ id, v }])
    assert.deepEqual(find(table, { v, id }), [{ id, v }])
  }
})

test('names that objects inherit are only names', () => {
  const { table, topics } = open()
  topics.publish('devices', [JSON.parse('{"id":"__proto__","constructor":"x"}') as Values])
  assert.equal((find(table, { id: '__proto__' }) as readonly Values[]).length, 1)
  assert.deepEqual(find(table, { id: 'toString' }), [])
  assert.deepEqual(find(table, { toString: 'x' }), [])
  assert.equal((find(table, { constructor: 'x' }) as readonly Values[]).length, 1)
})

test('declared columns give rows their kinds; a row that does not fit is left out, and told of', () => {
  const { table, topics, lines } = open('id BIGINT, v STRING')
  topics.publish('devices', [
    { id: 1, v: 5, more: true },
    { id: 'x', v: 'y' },
  ])
  assert.deepEqual(find(table, { id: 1n }), [{ id: 1n, v: '5' }])
  assert.deepEqual(find(table, { id: 1 }), [])
  assert.match(String(lines[0]?.msg), /left out: id has wrong type/)
})

test('a key that is not among the declared columns tells rows apart all the same', () => {
  const { table, topics } = open('v STRING')
  topics.publish('devices', [
    { id: 1, v: 'a' },
    { id: 2, v: 'b' },
    { id: 1, v: 'c' },
  ])
  assert.equal(table.size, 2)
  assert.equal((find(table, { v: 'c' }) as readonly Values[]).length, 1)
})

test('a pattern of topics feeds it, and a table that is closed hears nothing any more', async () => {
  const { table, topics } = open('', 'plant/+/devices')
  topics.publish('plant/a/devices', [{ id: 1 }])
  topics.publish('plant/b/other', [{ id: 2 }])
  assert.equal(table.size, 1)
  await table.close()
  topics.publish('plant/c/devices', [{ id: 3 }])
  assert.equal(table.size, 1)
})

test('a sink with rowkindField says what each row does; without the column it is written', () => {
  for (const columns of ['', 'id BIGINT, op STRING, v STRING']) {
    const { table, topics } = open(columns)
    const context = testContext({ publish: (topic, rows, changes) => topics.publish(topic, rows, changes) })
    const sink = memorySink.create({ topic: 'devices', rowkindField: 'op', keyField: 'id' }, context)
    const write = (...rows: readonly Values[]) =>
      sink.write({ payload: undefined, rows, data: rows, isError: false }, new AbortController().signal)
    const has = () => [1n, 2n, 3n].filter(id => (find(table, { id }) as readonly Values[]).length > 0)
    write({ id: 1n, op: 'insert' }, { id: 2n, op: 'update' }, { id: 3n })
    assert.deepEqual(has(), [1n, 2n, 3n])
    write({ id: 2n, op: 'delete' }, { id: 9n, op: 'delete' }, { id: 3n, op: 'upsert', v: 'new' })
    assert.deepEqual(has(), [1n, 3n])
    assert.deepEqual(find(table, { id: 3n }), [{ id: 3n, op: 'upsert', v: 'new' }])
    assert.throws(
      () => write({ id: 1n, op: 'drop' }),
      /op says string\(drop\); it takes insert, update, upsert, delete/,
    )
    assert.throws(() => write({ op: 'delete' }), /id holds no key/)
    assert.deepEqual(has(), [1n, 3n])
  }
})

test('a stream on the topic reads such rows as they are', () => {
  const topics = new TopicHub()
  const seen: Values[] = []
  topics.subscribe('devices', rows => void seen.push(...rows))
  topics.publish('devices', [{ id: 1, op: 'delete' }], [{ kind: 'delete', key: 1 }])
  assert.deepEqual(seen, [{ id: 1, op: 'delete' }])
})
