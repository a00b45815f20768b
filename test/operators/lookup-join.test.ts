import '../support/seed.ts'
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import type { LookupQuery } from '../../src/core/lookup-query.ts'
import { makeRow, type Row } from '../../src/core/row.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { LookupJoin, type LookupJoinOptions } from '../../src/operators/lookup-join.ts'
import type { Output } from '../../src/operators/operator.ts'
import { Pipeline } from '../../src/operators/pipeline.ts'
import { turns } from '../support/engine.ts'

/** A question that has been put, to be answered when the test likes. */
interface Asked {
  readonly key: Value
  answer(...rows: readonly Values[]): void
  fail(text: string): void
}

/** A lookup join in a pipeline, between what feeds it and a last stage that writes down what comes. */
class Bench {
  readonly lines: string[] = []
  readonly asked: Asked[] = []
  readonly pipeline: Pipeline
  readonly operator: LookupJoin
  progress = 0

  constructor(options: Partial<LookupJoinOptions> = {}) {
    this.operator = new LookupJoin({
      sources: 2,
      source: 1,
      isLeft: false,
      keys: [{ column: 'id', value: row => row.parts![0]!.values['k'] }],
      before: undefined,
      after: undefined,
      decode: undefined,
      ask: question => this.#ask(question),
      ...options,
    })
    const { lines } = this
    const last = {
      onRow: () => assert.fail('joined rows leave as windows'),
      onWindow: ({ rows, isOfOneRow }: { rows: readonly Row[]; isOfOneRow?: true }) => {
        lines.push(`${isOfOneRow ? 'row' : 'window'} ${rows.map(text).join(' ')}`)
      },
      onWatermark: (time: number) => void lines.push(`watermark ${time}`),
    }
    this.pipeline = new Pipeline({
      inputs: [{ name: 's', decode: undefined, eventTime: undefined, table: undefined }],
      stages: [
        { name: 'lookup', prefix: '', operator: this.operator },
        { name: 'last', prefix: '', operator: last },
      ],
      onErrorText: error => lines.push(`error ${error}`),
      onError: () => {},
      now: () => 0,
      onProgress: () => this.progress++,
    })
  }

  #ask({ values: [key] }: LookupQuery): Promise<readonly Values[]> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        key: key!,
        answer: (...rows) => resolve(rows),
        fail: reason => reject(new RowError(reason)),
      })
    })
  }

  push(...keys: (Value | undefined)[]): this {
    for (const k of keys) this.pipeline.push(0, [k === undefined ? {} : { k }], 0, undefined)
    return this
  }

  async answer(at: number, ...rows: readonly Values[]): Promise<void> {
    this.asked[at]!.answer(...rows)
    await turns(1)
  }
}

/** For what has to stand in line: nothing may go out in the call. */
const fail = () => assert.fail('it had to wait')
const NOBODY: Output = { row: fail, window: fail, watermark: fail, error: fail }

function text(row: Row): string {
  const [left, right] = row.parts!
  return `${left!.values['k']}+${right ? String(right.values['v']) : '-'}`
}

test('answers that are there at once go out in the very call, and nothing ever waits', () => {
  const bench = new Bench({ ask: ({ values: [id] }) => (id === 2 ? [] : [{ id: id!, v: 'x' }]) })
  bench.push(1, 2, 3)
  assert.deepEqual(bench.lines, ['row 1+x', 'row 3+x'])
  assert.equal(bench.pipeline.unanswered(), 0)
})

test('a row without match stays with LEFT only, and so does one whose key is null, of which nothing is asked', () => {
  const asked: unknown[] = []
  const ask = ({ values }: LookupQuery) => {
    asked.push(values[0])
    return []
  }
  assert.deepEqual(new Bench({ ask }).push(1, null, undefined).lines, [])
  assert.deepEqual(new Bench({ ask, isLeft: true }).push(1, null, undefined).lines, [
    'row 1+-',
    'row null+-',
    'row undefined+-',
  ])
  assert.deepEqual(asked, [1, 1])
})

test('rows leave in the order in which they came, however their answers come', async () => {
  const bench = new Bench().push('a', 'b', 'c')
  await bench.answer(2, { v: 3 })
  await bench.answer(1, { v: 2 })
  assert.deepEqual(bench.lines, [])
  assert.equal(bench.pipeline.unanswered(), 3)
  await bench.answer(0, { v: 1 })
  assert.deepEqual(bench.lines, ['row a+1', 'row b+2', 'row c+3'])
  assert.equal(bench.pipeline.unanswered(), 0)
  assert.ok(bench.progress > 0)
})

test('watermarks and errors stand in the line like rows', async () => {
  const bench = new Bench()
  bench.push('a')
  bench.operator.onWatermark(5, NOBODY)
  bench.operator.onError(new Error('from before'), NOBODY)
  bench.push('b')
  await bench.answer(1, { v: 2 })
  await bench.answer(0, { v: 1 })
  assert.deepEqual(bench.lines, ['row a+1', 'watermark 5', 'error from before', 'row b+2'])
})

test('a question that fails discards its row, in its turn, and is counted at the stage', async () => {
  const bench = new Bench().push('a', 'b', 'c')
  bench.asked[1]!.fail('no connection')
  await bench.answer(2, { v: 3 })
  assert.deepEqual(bench.lines, [])
  await bench.answer(0, { v: 1 })
  assert.deepEqual(bench.lines, ['row a+1', 'error no connection', 'row c+3'])
  const [lookup] = bench.pipeline.status().operators
  assert.deepEqual(
    [lookup!.recordsIn, lookup!.recordsOut, lookup!.exceptions, lookup!.lastException, lookup!.waiting],
    [3, 2, 1, 'no connection', 0],
  )
})

test('a key that cannot be computed is an error behind the rows before it', async () => {
  const value = (row: Row) => {
    const k = row.parts![0]!.values['k']
    if (k === 'bad') throw new RowError('bad key')
    return k
  }
  const bench = new Bench({ keys: [{ column: 'id', value }] }).push('a', 'bad', 'b')
  await bench.answer(1, { v: 2 })
  await bench.answer(0, { v: 1 })
  assert.deepEqual(bench.lines, ['row a+1', 'error bad key', 'row b+2'])
})

test('a window asks once for equal keys, and leaves whole', async () => {
  const bench = new Bench({ isLeft: true })
  const rows = ['x', 'y', 'x', null, 'z'].map(k => makeRow({ k }, 0, 0))
  bench.operator.onWindow({ rows, start: 0, end: 10, trigger: 10 }, NOBODY)
  assert.deepEqual(
    bench.asked.map(asked => asked.key),
    ['x', 'y', 'z'],
  )
  await bench.answer(0, { v: 1 }, { v: 2 })
  await bench.answer(2)
  assert.deepEqual(bench.lines, [])
  await bench.answer(1, { v: 3 })
  assert.deepEqual(bench.lines, ['window x+1 x+2 y+3 x+1 x+2 null+- z+-'])
})

test('one failed question discards its window, though others are still under way', async () => {
  const bench = new Bench()
  const rows = ['x', 'y'].map(k => makeRow({ k }, 0, 0))
  bench.operator.onWindow({ rows, start: 0, end: 10, trigger: 10 }, NOBODY)
  bench.asked[1]!.fail('gone')
  await turns(1)
  assert.deepEqual(bench.lines, ['error gone'])
  await bench.answer(0, { v: 1 })
  assert.deepEqual(bench.lines, ['error gone'])
})

test('a window that would be joined to millions of rows is an error, not the end of the process', async () => {
  const partners = Array.from({ length: 1001 }, (_, v) => ({ v }))
  const bench = new Bench({ ask: () => Promise.resolve(partners) })
  const rows = Array.from({ length: 1000 }, () => makeRow({ k: 'x' }, 0, 0))
  bench.operator.onWindow({ rows, start: 0, end: 10, trigger: 10 }, NOBODY)
  await turns(1)
  assert.deepEqual(bench.lines, ['error the join makes more than 1000000 rows at once'])
})

test('conditions drop rows before they are asked for, and joined rows afterwards', async () => {
  const bench = new Bench({
    isLeft: true,
    before: row => row.parts![0]!.values['k'] !== 'never',
    after: row => row.parts![1]?.values['v'] !== 2,
  }).push('never', 'a', 'b')
  assert.equal(bench.asked.length, 2)
  await bench.answer(0, { v: 1 }, { v: 2 })
  await bench.answer(1)
  assert.deepEqual(bench.lines, ['row a+1', 'row b+-'])
})

test('only so many questions are under way at once, and reading stops while too many rows wait', async () => {
  const bench = new Bench()
  bench.push(...Array.from({ length: 999 }, (_, i) => i))
  assert.equal(bench.asked.length, 64)
  assert.equal(bench.pipeline.reads(0), true)
  bench.push(999)
  assert.equal(bench.pipeline.reads(0), false)
  for (let i = 0; i < 1000; i++) await bench.answer(i, { v: 'x' })
  assert.equal(bench.lines.length, 1000)
  assert.equal(bench.lines[999], 'row 999+x')
  assert.equal(bench.pipeline.reads(0), true)
})

test('rows that wait are in the snapshot, and are asked for again by who goes on', async () => {
  const bench = new Bench().push('a', 'b')
  bench.operator.onWatermark(7, NOBODY)
  await bench.answer(1, { v: 2 })
  const state = structuredClone(bench.pipeline.snapshot())
  const next = new Bench()
  next.pipeline.restore(state)
  assert.equal(next.pipeline.unanswered(), 3)
  next.push('c')
  assert.deepEqual(
    next.asked.map(asked => asked.key),
    ['a', 'b', 'c'],
  )
  for (const i of [2, 1, 0]) await next.answer(i, { v: i })
  assert.deepEqual(next.lines, ['row a+0', 'row b+1', 'watermark 7', 'row c+2'])
})

test('what is answered at once does not go out while somebody still restores', async () => {
  const bench = new Bench().push('a')
  const next = new Bench({ ask: () => [{ v: 1 }] })
  next.pipeline.restore(structuredClone(bench.pipeline.snapshot()))
  next.push('b')
  assert.deepEqual(next.lines, [])
  await turns(1)
  assert.deepEqual(next.lines, ['row a+1', 'row b+1'])
})

test('the order is that of the rows for any mix of answers at once, late, failed, and none', async () => {
  const kind = fc.constantFrom('now', 'later', 'fails', 'none', 'watermark')
  await fc.assert(
    fc.asyncProperty(fc.array(kind, { maxLength: 30 }), fc.infiniteStream(fc.nat()), async (kinds, draws) => {
      const late: (() => void)[] = []
      const bench = new Bench({
        isLeft: true,
        ask: ({ values: [key] }) => {
          const row = { v: key! }
          const how = kinds[Number(key)]
          if (how === 'now') return [row]
          if (how === 'none') return []
          return new Promise((resolve, reject) => {
            late.push(how === 'fails' ? () => reject(new RowError(`e${key}`)) : () => resolve([row]))
          })
        },
      })
      const out = bench.pipeline
      for (const [i, how] of kinds.entries()) {
        if (how !== 'watermark') bench.push(i)
        else if (out.unanswered() > 0) bench.operator.onWatermark(i, NOBODY)
        else bench.lines.push(`watermark ${i}`)
        // Some are answered between two rows.
        if (late.length > 0 && draws.next().value! % 3 === 0) {
          late.splice(draws.next().value! % late.length, 1)[0]!()
          await turns(1)
        }
      }
      while (late.length > 0) late.splice(draws.next().value! % late.length, 1)[0]!()
      await turns(1)
      const expected = kinds.map((how, i) =>
        how === 'watermark'
          ? `watermark ${i}`
          : how === 'fails'
            ? `error e${i}`
            : `row ${i}+${how === 'none' ? '-' : i}`,
      )
      assert.deepEqual(bench.lines, expected)
      assert.equal(out.unanswered(), 0)
    }),
    { numRuns: 100 },
  )
})
