import assert from 'node:assert/strict'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { createClient } from 'redis'
import { lookupKind } from '../../src/lookups/registry.ts'
import type { Daemon } from '../services/daemon.ts'
import { redisMissing, startRedis } from '../services/redis.ts'
import { defineTable, HOSTILE_KEYS, openTable, type TableParts } from './open-table.ts'

const PASSWORD = 'correct horse'
const skip = redisMissing

let server: Daemon
before(async () => {
  if (skip) return
  server = await startRedis(PASSWORD)
})
after(() => server?.remove())

async function fill(commands: readonly (readonly string[])[], database = 0): Promise<void> {
  const client = createClient({ socket: { port: server.port }, password: PASSWORD, database })
  await client.connect()
  for (const command of commands) await client.sendCommand(command)
  client.destroy()
}

function open(properties: TableParts['properties'] = {}, options = 'KEY="id"') {
  const section = { addr: `127.0.0.1:${server.port}`, password: PASSWORD, ...properties }
  return openTable({ type: 'redis', properties: section, options })
}

test('a key of the KEY column is a row, without losing a digit', { skip }, async () => {
  await fill([['SET', 'd1', '{"id":"d1","n":9007199254740993,"f":1.5,"deep":{"a":[true,null]}}']])
  const { find, table } = open()
  const row = { id: 'd1', n: 9007199254740993n, f: 1.5, deep: { a: [true, null] } }
  assert.deepEqual(await find({ id: 'd1' }), [row])
  assert.deepEqual(await find({ id: 'd2' }), [])
  await table.close()
})

test('numbers and truths ask for the key that their text is', { skip }, async () => {
  await fill([
    ['SET', '9007199254740993', '{"a":1}'],
    ['SET', '1.5', '{"a":2}'],
    ['SET', 'true', '{"a":3}'],
  ])
  const { find, table } = open()
  assert.deepEqual(await find({ id: 9007199254740993n }), [{ a: 1 }])
  assert.deepEqual(await find({ id: 1.5 }), [{ a: 2 }])
  assert.deepEqual(await find({ id: true }), [{ a: 3 }])
  await table.close()
})

test('a list has a row in each entry, in a database of its own', { skip }, async () => {
  await fill([['RPUSH', 'line', '{"n":1}', '{"n":2}']], 3)
  const { find, table } = open({ dataType: 'list' }, 'DATASOURCE="3"')
  assert.deepEqual(await find({ any: 'line' }), [{ n: 1 }, { n: 2 }])
  assert.deepEqual(await find({ any: 'none' }), [])
  await table.close()
})

test('a key is a key, whatever it is made of', { skip }, async () => {
  const keys = HOSTILE_KEYS.filter(key => key.isWellFormed())
  await fill(keys.map(key => ['SET', key, JSON.stringify({ key })]))
  const { find, table } = open()
  for (const key of HOSTILE_KEYS) assert.deepEqual(await find({ id: key }), keys.includes(key) ? [{ key }] : [])
  await table.close()
})

test('it can be asked by its key only', { skip }, async () => {
  const { find, table } = open()
  await assert.rejects(find({ name: 'x' }), /redis finds rows of devices by its KEY, id, not by name/)
  await assert.rejects(find({ id: 'x', name: 'y' }), { name: 'RowError', message: /not by id and name/ })
  await table.close()
})

test('what is no row is a row error that names the key', { skip }, async () => {
  await fill([
    ['SET', 'text', 'hello'],
    ['SET', 'array', '[1]'],
    ['RPUSH', 'entries', '{}'],
  ])
  const { find, table, lines } = open()
  await assert.rejects(find({ id: 'text' }), { name: 'RowError', message: /redis key "text" is not JSON/ })
  await assert.rejects(find({ id: 'array' }), /redis key "array" is not a JSON object/)
  await assert.rejects(find({ id: 'entries' }), /WRONGTYPE.*dataType is string/)
  assert.deepEqual(lines, [])
  await table.close()
})

test('a wrong password is a row error that does not show it', { skip }, async () => {
  const { find, table, lines } = open({ password: 'battery staple' })
  await assert.rejects(find({ id: 'x' }), error => {
    assert.equal((error as Error).name, 'RowError')
    assert.match((error as Error).message, /devices cannot be asked: WRONGPASS/)
    assert.doesNotMatch((error as Error).message, /staple/)
    return true
  })
  assert.doesNotMatch(lines.join(), /staple/)
  await table.close()
})

test('a server that goes and comes back: two lines, and the first question is answered', { skip }, async () => {
  const own = await startRedis()
  try {
    const { find, table, lines } = openTable({ type: 'redis', properties: { addr: `127.0.0.1:${own.port}` } })
    assert.deepEqual(await find({ id: 'x' }), [])
    await own.stop()
    await assert.rejects(find({ id: 'x' }), { name: 'RowError', message: /ECONNREFUSED|Socket closed/ })
    await assert.rejects(find({ id: 'x' }), /ECONNREFUSED/)
    await own.start()
    assert.deepEqual(await Promise.all([find({ id: 'x' }), find({ id: 'y' })]), [[], []])
    assert.equal(lines.length, 2)
    assert.match(lines[0]!, /^warn a lookup table cannot be asked: 127\.0\.0\.1:\d+: /)
    assert.equal(lines[1], 'info a lookup table answers again')
    // Stopped and started between two questions: nothing was seen of it.
    await own.stop()
    await own.start()
    assert.deepEqual(await find({ id: 'x' }), [])
    await table.close()
  } finally {
    await own.remove()
  }
})

test('a server that is silent is given up, while it connects and while it is asked', { skip }, async () => {
  const silent = net.createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => silent.once('listening', resolve))
  const { port } = silent.address() as net.AddressInfo
  const properties = { addr: `127.0.0.1:${port}`, connectTimeout: 50 }
  const { find, table } = openTable({ type: 'redis', properties })
  await assert.rejects(find({ id: 'x' }), { name: 'RowError', message: /no answer within 50 ms|timeout/i })
  await table.close()
  silent.close()

  const paused = open({ queryTimeout: 50 })
  assert.deepEqual(await paused.find({ id: 'x' }), [])
  await fill([['CLIENT', 'PAUSE', '300', 'ALL']])
  await assert.rejects(paused.find({ id: 'x' }), { name: 'RowError', message: /no answer within 50 ms/ })
  await paused.table.close()
})

test('once closed it answers nothing, not even what was under way', { skip }, async () => {
  const { find, table } = open()
  await find({ id: 'x' })
  await fill([['CLIENT', 'PAUSE', '200', 'ALL']])
  const asked = assert.rejects(find({ id: 'x' }), { name: 'RowError', message: /is closed/ })
  await Promise.resolve()
  await table.close()
  await asked
  await table.close()
  await assert.rejects(find({ id: 'x' }), /is closed/)
})

test('options that cannot be are known without asking anyone', () => {
  const check = (parts: Omit<TableParts, 'type'>) =>
    lookupKind('redis')!.check!(defineTable({ type: 'redis', ...parts }))
  assert.throws(() => check({ options: 'DATASOURCE="devices"' }), {
    code: 'DDL_OPTION',
    message: /no number of a redis/,
  })
  assert.throws(() => check({ properties: { addr: 'h:99999' } }), { code: 'DDL_OPTION', message: /not host:port/ })
  check({ options: 'DATASOURCE="3"', properties: { addr: '[::1]:6379' } })
})
