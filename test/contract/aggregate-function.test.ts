// What every aggregate must do whose rows are folded as they come: parts merge to the whole, rows that leave were never
// there, a restart changes nothing. Read from the registry, so that a new aggregate is held to it by being there.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { serialize } from 'node:v8'
import fc, { type Arbitrary } from 'fast-check'
import { RowError } from '../../src/core/errors.ts'
import type { Value } from '../../src/core/value.ts'
import type { Accumulator, AggregateFunction, SlidingAccumulator } from '../../src/functions/definition.ts'
import { allFunctions } from '../../src/functions/registry.ts'
import { context } from '../functions/call.ts'
import '../support/seed.ts'

type Args = readonly Value[]
/** a result, or the text of the RowError in its place */
interface Outcome {
  readonly value?: unknown
  readonly error?: string
}

const aggregates = allFunctions.filter(f => f.kind === 'aggregate')
const merging = aggregates.filter(f => f.begin(context).merge)
const sliding = aggregates.filter(f => f.sliding)

/** Their parts come together with other roundings than their rows do. */
const ROUNDED = ['stddev', 'stddevs', 'var', 'vars']
/** The same sum can be held in several ways. */
const IN_MANY_FORMS = ['sum', 'avg', ...ROUNDED]
const RELATIVE_ERROR = 1e-9
const RUNS = { numRuns: 300 }

const int = fc.oneof(
  fc.bigInt(-5n, 5n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n) - 1n, 2n ** 60n, -(2n ** 63n)),
)
const float = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }),
  fc.double(),
  fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -60, max: 60 })).map(([m, e]) => m * 10 ** e),
  fc.constantFrom(0, -0, 0.1, 2 ** 53, 2 ** 60, 1e16, 1e308, -1e308, Number.MAX_VALUE, Number.MIN_VALUE, Infinity),
)
/** Not so much alike that their variance is mostly rounding. */
const apart = fc.oneof(
  fc.bigInt(-100n, 100n),
  fc.integer({ min: -102_400, max: 102_400 }).map(n => n / 1024),
  fc.constant(1e150),
)
const text = fc.constantFrom('', 'a', 'ab', 'b', 'ä', '\uffee', '\u{1f600}')
const never = fc.constantFrom<Value>(true, [1], { a: 1n }, Uint8Array.of(1))
const noon = Temporal.ZonedDateTime.from('2026-07-27T12:00:00+02:00[Europe/Berlin]')
const struct = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.oneof(int, fc.constant(noon)), {
  noNullPrototype: true,
})

function mostly(kinds: readonly Arbitrary<Value>[], rarely: readonly Arbitrary<Value>[]): Arbitrary<Value> {
  return fc.oneof(
    ...kinds.map(arbitrary => ({ arbitrary, weight: 12 })),
    { arbitrary: fc.constant(null), weight: 6 },
    ...rarely.map(arbitrary => ({ arbitrary, weight: 1 })),
  )
}

function argumentsOf(name: string): Arbitrary<Args[]> {
  // Runs of one kind, too, or nearly all that max saw would be errors.
  const lists = (...of: Arbitrary<Value>[]) => fc.oneof(...of.map(x => fc.array(x, { maxLength: 24 })))
  const alone = (list: Arbitrary<Value[]>) => list.map(values => values.map(value => [value]))
  switch (name) {
    case 'max':
    case 'min':
      return alone(
        lists(
          mostly([int], []),
          mostly([int, float], []),
          mostly([text], []),
          mostly([float], [text, never, fc.constant(NaN)]),
          mostly([text], [int, never]),
        ),
      )
    case 'last_value':
      return fc
        .tuple(lists(mostly([int, struct], [])), fc.boolean())
        .map(([values, ignoreNull]) => values.map(value => [value, ignoreNull]))
    case 'merge_agg':
      return alone(lists(mostly([struct], [int])))
    case 'count':
      return alone(lists(mostly([int, text, struct], [])))
    default:
      if (ROUNDED.includes(name)) return alone(lists(mostly([apart], []), mostly([apart], [text])))
      return alone(
        lists(mostly([int], []), mostly([float], []), mostly([int, float], []), mostly([int, float], [never])),
      )
  }
}

function outcomeOf(work: () => Value): Outcome {
  try {
    return { value: comparable(work()) }
  } catch (error) {
    assert.ok(error instanceof RowError, String(error))
    return { error: error.message }
  }
}

/** deepEqual tells no two instants apart, nor who owns a name. */
function comparable(value: Value): unknown {
  if (value instanceof Temporal.ZonedDateTime) return `DATETIME ${value}`
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value).map(([name, item]) => [name, comparable(item as Value)])
}

function assertSame(name: string, actual: Outcome, expected: Outcome): void {
  if (ROUNDED.includes(name) && typeof expected.value === 'number') {
    const difference = Math.abs((actual.value as number) - expected.value)
    assert.ok(difference <= RELATIVE_ERROR * expected.value, `${actual.value} for ${expected.value}`)
  } else {
    assert.deepEqual(actual, expected)
  }
}

function added(definition: AggregateFunction, rows: readonly Args[]): Accumulator {
  const accumulator = definition.begin(context)
  for (const row of rows) accumulator.add(...row)
  return accumulator
}

function takes(accumulator: Accumulator, row: Args): boolean {
  const outcome = outcomeOf(() => {
    accumulator.add(...row)
    return null
  })
  return outcome.error === undefined
}

/** Those of the rows that an accumulator takes one after the other. */
function accepted(definition: AggregateFunction, rows: readonly Args[]): Args[] {
  const accumulator = definition.begin(context)
  return rows.filter(row => takes(accumulator, row))
}

function restarted<A extends Accumulator>(accumulator: A, begin: () => A): A {
  const fresh = begin()
  fresh.restore!(structuredClone(accumulator.snapshot!()))
  assert.deepEqual(fresh.snapshot!(), accumulator.snapshot!())
  return fresh
}

/** Pieces of a list, in order; some may be empty. */
function pieces(rows: readonly Args[], cuts: readonly number[]): Args[][] {
  const ends = [...cuts.map(cut => cut % (rows.length + 1)).sort((a, b) => a - b), rows.length]
  return ends.map((end, i) => rows.slice(ends[i - 1] ?? 0, end))
}

const cuts = fc.array(fc.nat({ max: 30 }), { maxLength: 5 })

test('all merge but those that hold what grows with the rows', () => {
  assert.deepEqual(
    aggregates.filter(f => !merging.includes(f)),
    aggregates.filter(f => f.holds),
  )
})

describe('what an accumulator holds grows with the rows where it says so, and only there', () => {
  const sizeAfter = ({ name, begin }: AggregateFunction, rows: number) => {
    const accumulator = begin(context)
    const second = name.startsWith('percentile') ? 0.5 : true
    for (let i = 0; i < rows; i++) accumulator.add(name === 'merge_agg' ? { a: i } : i / 8, second, { row: i })
    return serialize(accumulator.snapshot!()).length
  }
  for (const definition of aggregates) {
    test(definition.name, () => {
      const grown = sizeAfter(definition, 1000) - sizeAfter(definition, 100)
      assert.ok(definition.holds ? grown > 1000 : grown < 20, `${grown} bytes more for 900 rows more`)
    })
  }
})

describe('parts that are merged give what all rows give', () => {
  for (const definition of merging) {
    const { name } = definition
    const begin = () => definition.begin(context)
    test(name, () => {
      fc.assert(
        fc.property(argumentsOf(name), cuts, fc.boolean(), fc.boolean(), (rows, at, restarts, fromTheEnd) => {
          const whole = outcomeOf(() => added(definition, rows).result())
          const parts = pieces(rows, at).map(piece => outcomeOf(() => added(definition, piece).result()))
          // The error of a part need not be the first of all rows.
          if (parts.some(part => 'error' in part)) return assert.ok('error' in whole)
          const merged = outcomeOf(() => {
            const accumulators = pieces(rows, at).map(piece => added(definition, piece))
            let all = fromTheEnd ? accumulators.pop()! : begin()
            while (accumulators.length > 0) {
              if (fromTheEnd) {
                const earlier = accumulators.pop()!
                earlier.merge!(all)
                all = earlier
              } else {
                all.merge!(accumulators.shift()!)
              }
              if (restarts) all = restarted(all, begin)
            }
            if (!IN_MANY_FORMS.includes(name)) assert.deepEqual(all.snapshot!(), added(definition, rows).snapshot!())
            return all.result()
          })
          // From the end, other kinds meet first.
          if (fromTheEnd && 'error' in whole) return assert.ok('error' in merged)
          assertSame(name, merged, whole)
        }),
        RUNS,
      )
    })
  }
})

describe('what was merged and what it was merged into go on apart from each other', () => {
  for (const definition of merging) {
    const { name } = definition
    test(name, () => {
      fc.assert(
        fc.property(argumentsOf(name), fc.nat({ max: 24 }), (given, cut) => {
          const rows = accepted(definition, given)
          const all = added(definition, rows.slice(0, cut))
          const part = added(definition, rows.slice(cut))
          all.merge!(part)
          const result = all.result()
          const snapshots = [all.snapshot!(), part.snapshot!()]
          const before = structuredClone([comparable(result), ...snapshots])
          for (const row of rows.toReversed()) all.add(...row)
          assert.deepEqual([comparable(result), ...snapshots], before, 'what was given out has changed')
          assert.deepEqual(part.snapshot!(), before[2], 'what was merged has changed')
          const allBefore = structuredClone(all.snapshot!())
          for (const row of rows.toReversed()) part.add(...row)
          assert.deepEqual(all.snapshot!(), allBefore, 'what it was merged into has changed')
        }),
        RUNS,
      )
    })
  }

  test('kinds that clash are refused, and leave it as it was', () => {
    for (const definition of aggregates.filter(f => f.name === 'max' || f.name === 'min')) {
      for (const [ours, theirs, message] of [
        [[['b'], ['a']], [[null], [7n], [9n], [5n]], 'requires string but found bigint(7)'],
        [[[1.5], [2n]], [['m'], ['z'], ['a']], 'requires number but found string(m)'],
      ] as const) {
        const all = added(definition, ours)
        const before = structuredClone(all.snapshot!())
        const part = definition.begin(context)
        part.merge!(added(definition, theirs))
        assert.throws(() => all.merge!(part), new RowError(message))
        assert.deepEqual(all.snapshot!(), before)
      }
    }
  })
})

describe('rows that left were never there', () => {
  /** a row, and how many of the oldest leave after it */
  const steps = (name: string) =>
    argumentsOf(name).chain(rows =>
      fc.tuple(...rows.map(row => fc.tuple(fc.constant(row), fc.constantFrom(0, 0, 0, 1, 1, 2, 5)))),
    )

  for (const definition of sliding) {
    const { name } = definition
    const begin = () => definition.sliding!.begin(context)
    test(name, () => {
      fc.assert(
        fc.property(steps(name), fc.boolean(), (given, restarts) => {
          let accumulator: SlidingAccumulator = begin()
          const held: Args[] = []
          const check = () => {
            const expected = outcomeOf(() => added(definition, held).result())
            if (restarts) accumulator = restarted(accumulator, begin)
            assert.deepEqual(
              outcomeOf(() => accumulator.result()),
              expected,
            )
          }
          for (const [row, leaving] of [...given, [undefined, Infinity] as const]) {
            if (row && add(accumulator, row)) held.push(row)
            if (leaving !== 1) check()
            for (let i = 0; i < leaving && held.length > 0; i++) {
              accumulator.remove(...held.shift()!)
              check()
            }
          }
          assert.deepEqual(
            outcomeOf(() => accumulator.result()),
            outcomeOf(() => begin().result()),
          )
        }),
        RUNS,
      )
    })
  }

  /** @returns false when the row was refused, which then has left no trace */
  function add(accumulator: SlidingAccumulator, row: Args): boolean {
    const before = structuredClone(accumulator.snapshot!())
    if (takes(accumulator, row)) return true
    assert.deepEqual(accumulator.snapshot!(), before)
    return false
  }

  test('both kinds are an error for max and min only while both are held', () => {
    for (const definition of aggregates.filter(f => f.name === 'max' || f.name === 'min')) {
      const accumulator = definition.sliding!.begin(context)
      for (const value of ['a', 1n, 2n, 'b', 'b']) accumulator.add(value)
      assert.throws(() => accumulator.result(), new RowError('requires string but found bigint(1)'))
      accumulator.remove('a')
      assert.throws(() => accumulator.result(), new RowError('requires number but found string(b)'))
      accumulator.remove(1n)
      accumulator.remove(2n)
      assert.equal(accumulator.result(), 'b')
    }
  })

  test('max and min of a long slide keep only what can still be the result', () => {
    for (const name of ['max', 'min']) {
      for (const step of [0, name === 'max' ? 1 : -1]) {
        const accumulator = aggregates.find(f => f.name === name)!.sliding!.begin(context)
        for (let i = 0; i < 3000; i++) {
          accumulator.add(i * step)
          if (i >= 1000) accumulator.remove((i - 1000) * step)
        }
        assert.equal(accumulator.result(), 2999 * step)
        assert.ok(JSON.stringify(accumulator.snapshot!()).length < 60)
      }
    }
  })
})
