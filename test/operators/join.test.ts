import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import type { Row } from '../../src/core/row.ts'
import { Join, TableJoin } from '../../src/operators/join.ts'
import { JOIN_KINDS, type JoinKeys, type JoinKind, type JoinStep } from '../../src/operators/joining.ts'
import { name, type RowInput, row, run } from '../support/operator-runs.ts'

const cell = (joined: Row, source: number) => joined.parts?.[source]?.values['k']
const keyOf = (source: number) => (joined: Row) => {
  const value = cell(joined, source)
  return value == null ? undefined : String(value)
}
const keys = (left: number, right: number, comparable = () => true): JoinKeys => ({
  left: joined => ({ kinds: 'n', text: keyOf(left)(joined) }),
  right: joined => ({ kinds: 'n', text: keyOf(right)(joined) }),
  comparable,
})
const equal = (left: number, right: number) => (joined: Row) => {
  const key = keyOf(left)(joined)
  return key !== undefined && key === keyOf(right)(joined)
}
const input = (source: number) => (v: string, k?: number) =>
  (k === undefined ? { v, source, at: 0 } : { v, source, k, at: 0 }) as RowInput
const [a, b, c] = [input(0), input(1), input(2)]

function joined(sources: number, steps: readonly JoinStep[], rows: readonly RowInput[]): string[] {
  return run(new Join({ sources, steps }), [{ window: rows, bounds: [0, 10] }])
}
const step = (kind: JoinKind, left = 0, source = 1): JoinStep => ({ kind, source, on: equal(left, source) })

// Arrivals of both streams are mixed: what counts is the order within each.
const WINDOW = [b('x1', 1), a('a2', 2), a('a1', 1), b('x2', 2), a('a3', 3), b('y2', 2), b('x4', 4), a('n'), b('m')]
const EXPECTED = {
  inner: 'a2+x2 a2+y2 a1+x1',
  left: 'a2+x2 a2+y2 a1+x1 a3+- n+-',
  right: 'a1+x1 a2+x2 a2+y2 -+x4 -+m',
  full: 'a2+x2 a2+y2 a1+x1 a3+- n+- -+x4 -+m',
} as const
for (const kind of ['inner', 'left', 'right', 'full'] as const) {
  test(`a ${kind} join pairs rows in the order of its leading side`, () => {
    assert.deepEqual(joined(2, [step(kind)], WINDOW), [`0..10 ${EXPECTED[kind]}`])
  })
}

test('a cross join pairs all with all in left order', () => {
  const rows = [b('x'), a('1'), b('y'), a('2')]
  assert.deepEqual(joined(2, [{ kind: 'cross', source: 1 }], rows), ['0..10 1+x 1+y 2+x 2+y'])
})

test('a join without ON pairs all', () => {
  assert.deepEqual(joined(2, [{ kind: 'inner', source: 1 }], [a('1'), b('x')]), ['0..10 1+x'])
})

test('nothing joined, nothing emitted', () => {
  assert.deepEqual(joined(2, [step('inner')], [a('a1', 1), b('x2', 2)]), [])
  assert.deepEqual(joined(2, [step('inner')], [a('a1', 1)]), [])
  assert.deepEqual(joined(2, [step('full')], []), [])
})

test('an outer join works with only one side', () => {
  assert.deepEqual(joined(2, [step('left')], [a('a1', 1)]), ['0..10 a1+-'])
  assert.deepEqual(joined(2, [step('right')], [b('x1', 1)]), ['0..10 -+x1'])
  assert.deepEqual(joined(2, [step('full')], [b('x1', 1)]), ['0..10 -+x1'])
})

test('joins are made from left to right', () => {
  const rows = [a('a1', 1), a('a3', 3), b('b1', 1), b('b4', 4), c('c1', 1), c('c5', 5)]
  assert.deepEqual(joined(3, [step('left'), step('left', 1, 2)], rows), ['0..10 a1+b1+c1 a3+-+-'])
  assert.deepEqual(joined(3, [step('left'), step('right', 1, 2)], rows), ['0..10 a1+b1+c1 -+-+c5'])
  assert.deepEqual(joined(3, [step('full'), step('full', 0, 2)], [b('b1', 1), c('c1', 1)]), ['0..10 -+b1+- -+-+c1'])
})

test('joined rows have the time of the trigger', () => {
  const times: number[] = []
  const out = {
    row() {},
    watermark() {},
    error() {},
    window: (w: { rows: readonly Row[] }) => times.push(w.rows[0]!.time),
  }
  new Join({ sources: 2, steps: [step('full')] }).onWindow(
    { rows: [a('a1', 1)].map(row), start: 0, end: 9, trigger: 9 },
    out,
  )
  assert.deepEqual(times, [9])
})

test('an error in ON discards the whole window and leaves the next one alone', () => {
  const on = (joined: Row) => {
    if (cell(joined, 1) === 13) throw new RowError('unlucky')
    return true
  }
  const operator = new Join({ sources: 2, steps: [{ kind: 'inner', source: 1, on }] })
  const lines = run(operator, [
    { window: [a('a'), b('x', 1), b('y', 13)], bounds: [0, 10] },
    { window: [a('a'), b('x', 1)], bounds: [10, 20] },
  ])
  assert.deepEqual(lines, ['error unlucky', '10..20 a+x'])
})

test('what a pair computed once for all is not used for the next pair', () => {
  const on = (joined: Row) => {
    joined.slots ??= [joined.parts![1]!.values['v']!]
    return joined.slots[0] === 'y'
  }
  assert.deepEqual(joined(2, [{ kind: 'inner', source: 1, on }], [a('a'), b('x'), b('y'), b('z')]), ['0..10 a+y'])
})

test('a hash join gives what the nested loop gives', () => {
  const key = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined })
  const side = fc.array(key, { maxLength: 12 })
  fc.assert(
    fc.property(side, side, side, fc.tuple(kinds(), kinds()), (first, second, third, [one, two]) => {
      const rows = [
        ...first.map((k, i) => a(`a${i}`, k)),
        ...second.map((k, i) => b(`b${i}`, k)),
        ...third.map((k, i) => c(`c${i}`, k)),
      ]
      // A condition beside the equality, so that equal keys alone do not make a pair.
      const odd = (joined: Row) => name(joined).length % 2 === 1
      const loop = [step(one), step(two, 1, 2)].map(s => ({ ...s, on: (r: Row) => s.on!(r) && odd(r) }))
      const hashed = loop.map((s, i) => ({ ...s, on: odd, keys: keys(i, s.source) }))
      assert.deepEqual(joined(3, hashed, rows), joined(3, loop, rows))
    }),
  )
})
function kinds() {
  return fc.constantFrom(...JOIN_KINDS)
}

test('without keys that can be computed and compared, every pair is tested', () => {
  const rows = [a('a', 1), b('x', 2)]
  const on = () => {
    throw new RowError('of other kinds')
  }
  const fails = (joined: Row): never => {
    throw new RowError(`no key for ${name(joined)}`)
  }
  const inner = (with_: JoinKeys): JoinStep => ({ kind: 'inner', source: 1, on, keys: with_ })
  assert.deepEqual(joined(2, [inner(keys(0, 1))], rows), [])
  assert.deepEqual(joined(2, [inner(keys(0, 1, () => false))], rows), ['error of other kinds'])
  assert.deepEqual(joined(2, [inner({ ...keys(0, 1), left: fails })], rows), ['error of other kinds'])
  assert.deepEqual(joined(2, [inner({ ...keys(0, 1), right: fails })], rows), ['error of other kinds'])
  assert.deepEqual(joined(2, [{ ...inner({ ...keys(0, 1), left: fails }), kind: 'left' }], [a('a', 1)]), ['0..10 a+-'])
})

test('a stream row meets what the table holds when it comes', () => {
  const table = { version: 0, rows: [] as Row[] }
  const operator = new TableJoin({ sources: 2, tables: new Map([[1, table]]), steps: [hashedStep('left')] })
  const put = (...rows: RowInput[]) => {
    table.rows = [...table.rows, ...rows.map(row)]
    table.version++
  }
  assert.deepEqual(run(operator, [{ v: 'a', k: 1, at: 5 }]), ['5..5 a+-'])
  put(b('x', 1), b('y', 2), b('z', 1))
  assert.deepEqual(
    run(operator, [
      { v: 'b', k: 1, at: 6 },
      { v: 'c', k: 3, at: 7 },
    ]),
    ['6..6 b+x b+z', '7..7 c+-'],
  )
  put(b('w', 3))
  assert.deepEqual(run(operator, [{ v: 'd', k: 3, at: 8 }]), ['8..8 d+w'])
})
function hashedStep(kind: JoinKind): JoinStep {
  return { kind, source: 1, on: equal(0, 1), keys: keys(0, 1) }
}

test('an inner join with an empty table gives nothing', () => {
  const tables = new Map([[1, { version: 0, rows: [] }]])
  assert.deepEqual(run(new TableJoin({ sources: 2, tables, steps: [step('inner')] }), [{ v: 'a', at: 5 }]), [])
})

test('a window of two streams joins a table as well', () => {
  const tables = new Map([[2, { version: 1, rows: [c('t1', 1), c('t2', 2)].map(row) }]])
  const operator = new Join({ sources: 3, tables, steps: [step('inner'), step('inner', 0, 2)] })
  const rows = [a('a1', 1), b('b1', 1), a('a2', 2), b('b2', 2)]
  assert.deepEqual(run(operator, [{ window: rows, bounds: [0, 10] }]), ['0..10 a1+b1+t1 a2+b2+t2'])
})
