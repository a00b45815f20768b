// What every type of lookup table must do, wherever its rows are. A new type needs one entry in `settings` below.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createClient } from 'redis'
import type { Value, Values } from '../../src/core/value.ts'
import type { LookupTable } from '../../src/lookups/lookup.ts'
import { lookupKind, lookupKinds } from '../../src/lookups/registry.ts'
import { openTable } from '../lookups/open-table.ts'
import { SQLITE, type TestDatabase } from '../lookups/sql-databases.ts'
import { lookupContext } from '../lookups/support.ts'
import type { Daemon } from '../services/daemon.ts'
import { redisMissing, startRedis } from '../services/redis.ts'
import { streamsOf } from '../support/rules.ts'

interface Setting {
  /** why it cannot be tried here */
  readonly skip?: string | false
  /** a table `t` that holds the rows, each with a text `id` of its own, a text `room` and a number `size` */
  open(rows: readonly Values[]): Promise<LookupTable> | LookupTable
  /** takes down what `open` needed */
  close?(): Promise<void>
}

let redis: Daemon | undefined
const databases: TestDatabase[] = []

const settings: Readonly<Record<string, Setting>> = {
  memory: {
    open(rows) {
      const context = lookupContext()
      const ddl = 'CREATE TABLE t () WITH (TYPE="memory", DATASOURCE="a", KIND="lookup", KEY="id")'
      const table = lookupKind('memory')!.open(streamsOf(ddl).get('t')!, context)
      context.topics.publish('a', rows)
      return table
    },
  },
  redis: {
    skip: redisMissing,
    async open(rows) {
      redis ??= await startRedis()
      const client = createClient({ socket: { port: redis.port } })
      await client.connect()
      for (const row of rows) await client.set(String(row['id']), JSON.stringify(row))
      client.destroy()
      return openTable({ type: 'redis', properties: { addr: `127.0.0.1:${redis.port}` }, options: 'KEY="id"' }).table
    },
    close: async () => redis?.remove(),
  },
  // Of its databases the one that is always there; test/lookups/sql.test.ts tries them all.
  sql: {
    async open(rows) {
      const database = await SQLITE.start()
      databases.push(database)
      const literal = (value: Value | undefined) => `'${String(value).replaceAll("'", "''")}'`
      const values = rows.map(row => `(${literal(row['id'])}, ${literal(row['room'])}, ${row['size']})`)
      await database.run(
        'CREATE TABLE rooms (id TEXT, room TEXT, size REAL)',
        `INSERT INTO rooms VALUES ${values.join(', ')}`,
      )
      const properties = { dburl: database.dburl }
      return openTable({ type: 'sql', properties, options: 'DATASOURCE="rooms"' }).table
    },
    async close() {
      for (const database of databases) await database.remove()
    },
  },
}

/** What a name or a value may be that is data to a table and something else to its server. */
const ODD = ["it's", '"x"', 'a;b', '--', '\\', '%', '_', '*', 'é', '🙂', ' ', '{}', '$1', '?']

const ROWS: readonly Values[] = [
  { id: 'a', room: 'x', size: 1.5 },
  { id: 'b', room: 'y', size: 2.5 },
  { id: 'c', room: 'x', size: 3.5 },
  ...ODD.map((id, i) => ({ id, room: 'odd', size: i + 0.25 })),
]

it('every type is tried', () => {
  assert.deepEqual(
    lookupKinds()
      .map(kind => kind.type)
      .sort(),
    Object.keys(settings).sort(),
  )
})

for (const [type, setting] of Object.entries(settings)) {
  describe(`lookup table ${type}`, { skip: setting.skip ?? false }, () => {
    let table: LookupTable
    before(async () => {
      table = await setting.open(ROWS)
    })
    after(async () => {
      await table.close()
      await setting.close?.()
    })
    const ids = async (columns: Readonly<Record<string, Exclude<Value, null>>>) => {
      const rows = await table.find({ columns: Object.keys(columns), values: Object.values(columns) })
      return rows.map(row => row['id'])
    }

    it('gives the row of a key, whole', async () => {
      const [row, ...others] = await table.find({ columns: ['id'], values: ['b'] })
      assert.deepEqual({ ...row }, ROWS[1])
      assert.deepEqual(others, [])
    })

    it('gives no row for a key that it does not have', async () => {
      assert.deepEqual(await ids({ id: 'nobody' }), [])
    })

    it('takes values as data, never as anything else', async () => {
      for (const id of ODD) assert.deepEqual(await ids({ id }), [id])
    })

    it('answers many questions at once, each with its own answer', async () => {
      const asked = ROWS.map(row => ids({ id: row['id'] as string }))
      assert.deepEqual(
        await Promise.all(asked),
        ROWS.map(row => [row['id']]),
      )
    })

    it('can be closed, and closed again', async () => {
      const other = await setting.open(ROWS.slice(0, 1))
      await other.close()
      await other.close()
    })
  })
}
