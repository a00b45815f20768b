import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Value } from '../../src/core/value.ts'
import { HOSTILE_KEYS, type OpenedTable, openTable, type TableParts } from './open-table.ts'
import { type DatabaseKind, MARIADB, POSTGRES, SQLITE, type TestDatabase } from './sql-databases.ts'
import { KIND_CASES } from './sql-kinds.ts'

for (const kind of [POSTGRES, MARIADB, SQLITE]) {
  describe(kind.name, { skip: kind.skip }, () => suite(kind))
}

function suite({ name, quote, start }: DatabaseKind): void {
  const id = (text: string) => quote + text.replaceAll(quote, quote + quote) + quote
  let database: TestDatabase
  before(async () => {
    database = await start()
    await database.run(
      `CREATE TABLE devices (${id('deviceId')} VARCHAR(200), slot INTEGER, serial BIGINT, ${id('we"ird`n')} FLOAT)`,
      `INSERT INTO devices VALUES ('d1', 1, 9007199254740993, 0.5), ('d1', 2, 9007199254740992, NULL), ('0', 3, 1, 1), ('abc', 0, 2, 2)`,
    )
  })
  after(() => database?.remove())

  function open(parts: Omit<TableParts, 'type'> = {}): OpenedTable {
    const properties = { dburl: database.dburl, ...parts.properties }
    return openTable({ type: 'sql', options: 'DATASOURCE="devices"', ...parts, properties })
  }
  const D1 = { deviceId: 'd1', slot: 1n, serial: 9007199254740993n, 'we"ird`n': 0.5 }
  const D1_2 = { deviceId: 'd1', slot: 2n, serial: 9007199254740992n, 'we"ird`n': null }

  test('rows by one column, by several, and none', async () => {
    const { find, table, lines } = open()
    const found = await find({ deviceId: 'd1' })
    assert.deepEqual(
      found.toSorted((a, b) => Number(a['slot']) - Number(b['slot'])),
      [D1, D1_2],
    )
    assert.deepEqual(await find({ deviceId: 'd1', slot: 2n }), [D1_2])
    assert.deepEqual(await find({ deviceId: 'd2' }), [])
    assert.deepEqual(await find({ 'we"ird`n': 0.5 }), [D1])
    assert.deepEqual(lines, [])
    await table.close()
  })

  test('integers are told apart to their last digit', async () => {
    const { find, table } = open()
    assert.deepEqual(await find({ serial: 9007199254740993n }), [D1])
    assert.deepEqual(await find({ serial: 9007199254740992n }), [D1_2])
    assert.deepEqual(await find({ serial: 2n ** 62n }), [])
    await table.close()
  })

  test('only declared columns are asked for', async () => {
    const { find, table } = open({ columns: 'slot BIGINT, serial STRING' })
    assert.deepEqual(await find({ deviceId: 'd1', slot: 1n }), [{ slot: 1n, serial: 9007199254740993n }])
    await table.close()
  })

  test('a value of another kind meets its equal, and nothing else', async () => {
    const { find, table } = open({ columns: 'slot BIGINT' })
    assert.deepEqual(await find({ deviceId: 0n }), [{ slot: 3n }])
    assert.deepEqual(await find({ slot: '3' }), [{ slot: 3n }])
    assert.deepEqual(await find({ slot: 3 }), [{ slot: 3n }])
    assert.deepEqual(await find({ slot: true, deviceId: 'd1' }), name === 'PostgreSQL' ? [] : [{ slot: 1n }])
    for (const other of ['abc', '3abc', '', 2.5, 2n ** 40n, 'NaN']) assert.deepEqual(await find({ slot: other }), [])
    await table.close()
  })

  test('every kind of column comes out as the kind that it is, and finds its row again', async () => {
    const cases = KIND_CASES[name]!
    await database.run(
      `CREATE TABLE kinds (one INTEGER, ${cases.map(({ type }, i) => `c${i} ${type}`).join(', ')})`,
      `INSERT INTO kinds VALUES (1, ${cases.map(({ literal }) => literal).join(', ')})`,
      'INSERT INTO kinds (one) VALUES (2)',
    )
    const { find, table } = open({ options: 'DATASOURCE="kinds"', zone: 'Europe/Berlin' })
    const [row] = await find({ one: 1n })
    for (const [i, { type, value }] of cases.entries()) assert.deepEqual(shown(row![`c${i}`]), shown(value), type)
    const [nothing] = await find({ one: 2n })
    for (const [i, { type }] of cases.entries()) assert.equal(nothing![`c${i}`], null, type)
    for (const [i, { type, value, asks }] of cases.entries()) {
      if (asks === false) continue
      assert.equal((await find({ [`c${i}`]: value! })).length, 1, `${type} asked`)
    }
    await table.close()
  })

  test('a key is a value, whatever it is made of', async () => {
    const { find, table, lines } = open({ columns: 'deviceId STRING' })
    for (const key of HOSTILE_KEYS) assert.deepEqual(await find({ deviceId: key }), [], key)
    const kept = HOSTILE_KEYS.filter(key => key.isWellFormed() && !key.includes('\0'))
    const literal = (text: string) =>
      `'${(name === 'MariaDB' ? text.replaceAll('\\', '\\\\') : text).replaceAll("'", "''")}'`
    await database.run(`INSERT INTO devices VALUES ${kept.map(key => `(${literal(key)}, 9, 9, 9)`).join(', ')}`)
    for (const key of kept) assert.deepEqual(await find({ deviceId: key }), [{ deviceId: key }])
    assert.deepEqual(lines, [])
    await database.run('DELETE FROM devices WHERE slot = 9')
    await table.close()
  })

  test('a name is a name, whatever it is made of', async () => {
    const { find, table } = open({ options: 'DATASOURCE="devices WHERE 1=1; --"' })
    await assert.rejects(find({ deviceId: 'd1' }), { name: 'RowError', message: /devices cannot be asked: / })
    await table.close()
    const other = open()
    await assert.rejects(other.find({ 'nope" OR `1`=`1': 'x' }), { name: 'RowError', message: /nope/ })
    // The server has answered: nothing is away.
    if (name !== 'SQLite') assert.deepEqual(other.lines, [])
    assert.equal((await other.find({ slot: 2n })).length, 1)
    await other.table.close()
  })

  test('a query of its own has bound values in its places', async () => {
    const column = id('deviceId')
    const where = `${column} = '{{.deviceId}}' AND slot < {{ .most }} AND ${column} = {{.deviceId}}`
    const TemplateSql = `SELECT slot FROM devices WHERE ${where} ORDER BY slot DESC`
    const { find, table } = open({ properties: { templateSqlQueryCfg: { TemplateSql } } })
    assert.deepEqual(await find({ most: 9n, deviceId: 'd1' }), [{ slot: 2n }, { slot: 1n }])
    assert.deepEqual(await find({ most: 2n, deviceId: 'd1' }), [{ slot: 1n }])
    assert.deepEqual(await find({ most: 9n, deviceId: "' OR 1=1 --" }), [])
    await assert.rejects(find({ deviceId: 'd1' }), /needs most, which ON does not compare/)
    await assert.rejects(find({ deviceId: 'd1', most: 1n, slot: 1n }), /no place for slot, which ON compares/)
    await table.close()
  })

  test('a condition that fits too many rows is a row error, not the end of the process', async () => {
    const values = Array.from({ length: 10_001 }, () => '(1)').join(', ')
    await database.run('CREATE TABLE many (one INTEGER)', `INSERT INTO many VALUES ${values}`)
    const { find, table } = open({ options: 'DATASOURCE="many"' })
    await assert.rejects(find({ one: 1n }), { name: 'RowError', message: /more than 10000 rows/ })
    await table.close()
  })

  test('once closed it answers nothing', async () => {
    const { find, table } = open()
    await find({ slot: 1n })
    await table.close()
    await table.close()
    await assert.rejects(find({ slot: 1n }), { name: 'RowError', message: /is closed/ })
  })

  if (name !== 'SQLite') serverSuite({ name, open, database: () => database })
}

/** assert sees nothing in an instant. */
function shown(value: Value | undefined): unknown {
  return value instanceof Temporal.ZonedDateTime ? value.toString() : value
}

interface ServerSuite {
  readonly name: string
  open(parts?: Omit<TableParts, 'type'>): OpenedTable
  database(): TestDatabase
}

function serverSuite({ name, open, database }: ServerSuite): void {
  const one = { columns: 'slot BIGINT' }

  test('a server that goes and comes back: two lines, and the first question is answered', async () => {
    const { find, table, lines } = open(one)
    const ask = () => find({ slot: 3n })
    // Several connections, all of which will be dead.
    assert.equal((await Promise.all([ask(), ask(), ask(), ask(), ask(), ask()])).length, 6)
    await database().daemon!.stop()
    await assert.rejects(ask(), { name: 'RowError' })
    await assert.rejects(ask(), /ECONNREFUSED/)
    await database().daemon!.start()
    assert.deepEqual(await ask(), [{ slot: 3n }])
    assert.match(lines[0]!, /^warn a lookup table cannot be asked: /)
    assert.deepEqual(lines.slice(1), ['info a lookup table answers again'])
    assert.equal((await Promise.all([ask(), ask(), ask(), ask()])).length, 4)
    // Stopped and started between two questions: nothing was seen of it.
    await database().daemon!.stop()
    await database().daemon!.start()
    assert.deepEqual(await ask(), [{ slot: 3n }])
    assert.equal(lines.length, 2)
    await table.close()
  })

  test('a wrong password is a row error that shows none', async () => {
    const url = new URL(database().dburl)
    url.password = 'battery%20staple'
    const { find, table, lines } = open({ ...one, properties: { dburl: url.href } })
    await assert.rejects(find({ slot: 3n }), error => {
      assert.equal((error as Error).name, 'RowError')
      assert.match((error as Error).message, /password authentication failed|Access denied/)
      assert.doesNotMatch(`${(error as Error).message} ${lines.join()}`, /staple|battery/)
      return true
    })
    await table.close()
  })

  test('a question that takes too long is given up, and the next one is answered', async () => {
    const sleep = name === 'PostgreSQL' ? 'pg_sleep(2)::text' : 'SLEEP(2)'
    const TemplateSql = `SELECT ${sleep} AS a FROM devices WHERE slot = {{.slot}}`
    const properties = { queryTimeout: 100, maxConnections: 1, templateSqlQueryCfg: { TemplateSql } }
    const { find, table } = open({ properties })
    const slow = find({ slot: 3n })
    const next = find({ slot: 77n })
    await assert.rejects(slow, { name: 'RowError', message: /timeout/i })
    assert.deepEqual(await next, [])
    const closing = performance.now()
    await table.close()
    assert.ok(performance.now() - closing < 1000)
  })

  test('closing does not wait for a server that is silent', async () => {
    const sleep = name === 'PostgreSQL' ? 'pg_sleep(3)::text' : 'SLEEP(3)'
    const TemplateSql = `SELECT ${sleep} AS a FROM devices WHERE slot = {{.slot}}`
    const { find, table } = open({ properties: { templateSqlQueryCfg: { TemplateSql } } })
    await find({ slot: 77n })
    const asked = assert.rejects(find({ slot: 3n }), { name: 'RowError', message: /is closed/ })
    const closing = performance.now()
    await table.close()
    assert.ok(performance.now() - closing < 1000)
    await asked
  })
}
