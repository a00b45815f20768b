import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock } from '../../src/core/clock.ts'
import { RowError } from '../../src/core/errors.ts'
import type { LookupQuery } from '../../src/core/lookup-query.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { CachedTable } from '../../src/lookups/cache.ts'
import type { LookupTable } from '../../src/lookups/lookup.ts'

/** A table whose rows are far away; it counts what it is asked. */
class FarTable implements LookupTable {
  readonly asked: Value[] = []
  readonly rows = new Map<Value, readonly Values[]>()
  fails = false

  async find({ values: [key] }: LookupQuery): Promise<readonly Values[]> {
    this.asked.push(key!)
    if (this.fails) throw new RowError('no connection')
    return this.rows.get(key!) ?? []
  }

  async close(): Promise<void> {}
}

function cached(options: Partial<{ cacheTtlMs: number; cacheMissingKey: boolean }> = {}, mostRows?: number) {
  const far = new FarTable()
  const clock = new ManualClock()
  const table = new CachedTable(far, {
    options: { cache: true, cacheTtlMs: 0, cacheMissingKey: false, ...options },
    clock,
    ...(mostRows === undefined ? {} : { mostRows }),
  })
  const find = async (key: Exclude<Value, null>) => table.find({ columns: ['id'], values: [key] })
  return { far, clock, table, find }
}

test('an answer is remembered, for ever without a time to live', async () => {
  const { far, clock, table, find } = cached()
  far.rows.set('a', [{ v: 1 }])
  assert.deepEqual(await find('a'), [{ v: 1 }])
  clock.advanceTo(1e12)
  assert.deepEqual(await find('a'), [{ v: 1 }])
  assert.deepEqual(far.asked, ['a'])
  assert.equal(table.hits, 1)
})

test('an answer is asked for again when its time is over, to the millisecond', async () => {
  const { far, clock, find } = cached({ cacheTtlMs: 100 })
  far.rows.set('a', [{ v: 1 }])
  await find('a')
  clock.advanceTo(99)
  await find('a')
  assert.equal(far.asked.length, 1)
  clock.advanceTo(100)
  far.rows.set('a', [{ v: 2 }])
  assert.deepEqual(await find('a'), [{ v: 2 }])
})

test('that there is no match is remembered only where it is asked for', async () => {
  const forgets = cached()
  await forgets.find('a')
  await forgets.find('a')
  assert.equal(forgets.far.asked.length, 2)
  const remembers = cached({ cacheMissingKey: true })
  await remembers.find('a')
  await remembers.find('a')
  assert.equal(remembers.far.asked.length, 1)
})

test('equal questions at one time are one question, and an error is that of all and of nobody later', async () => {
  const { far, table, find } = cached()
  far.fails = true
  const failed = await Promise.allSettled([find('a'), find('a')])
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.deepEqual(far.asked, ['a'])
  far.fails = false
  far.rows.set('a', [{ v: 1 }])
  assert.deepEqual(await Promise.all([find('a'), find('a')]), [[{ v: 1 }], [{ v: 1 }]])
  assert.deepEqual(far.asked, ['a', 'a'])
  assert.equal(table.hits, 2)
})

test('values of two kinds, and of two columns, are two questions', async () => {
  const { far, table } = cached({ cacheMissingKey: true })
  for (const values of [[1n], [1], ['1'], [true]] as const) await table.find({ columns: ['id'], values })
  await table.find({ columns: ['other'], values: [1] })
  await table.find({ columns: ['a', 'b'], values: ['x', 'yz'] })
  await table.find({ columns: ['a', 'b'], values: ['xy', 'z'] })
  assert.equal(far.asked.length, 7)
})

test('when it is full, what was wanted longest ago goes first; rows count, not answers', async () => {
  const { far, table, find } = cached({ cacheMissingKey: true }, 4)
  far.rows.set('two', [{ v: 1 }, { v: 2 }])
  await find('two')
  await find('b')
  await find('c')
  assert.equal(table.size, 3)
  await find('two')
  await find('d')
  assert.deepEqual(far.asked, ['two', 'b', 'c', 'd'])
  await find('two')
  assert.equal(far.asked.length, 4)
  await find('b')
  assert.equal(far.asked.length, 5)
})

test('an answer that would fill it alone is not kept', async () => {
  const { far, table, find } = cached({}, 2)
  far.rows.set('many', [{ v: 1 }, { v: 2 }, { v: 3 }])
  far.rows.set('one', [{ v: 1 }])
  await find('one')
  await find('many')
  assert.equal(table.size, 1)
  await find('one')
  assert.deepEqual(far.asked, ['one', 'many'])
})
