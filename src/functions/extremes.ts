// Accumulators of which one of the values is the result: max, min, last_value.
//
// Where rows come and go, only those values are kept that can still become the result: a value that is no better than a
// later one never can, because it leaves first.

import { RowError } from '../core/errors.ts'
import { packValue, unpackValue } from '../core/snapshot.ts'
import { describe } from '../core/text.ts'
import { compareText, type Value, widen } from '../core/value.ts'
import { booleanOf } from './arguments.ts'
import type { Accumulator, SlidingAccumulator } from './definition.ts'

type Comparable = number | bigint | string

/** 1 for the largest, -1 for the smallest */
type Sign = 1 | -1

/** @returns null for what is passed over: null, and NaN, which is neither larger nor smaller than anything */
function comparable(value: Value): Comparable | null {
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? null : value
    case 'bigint':
    case 'string':
      return value
    default:
      if (value === null) return null
      throw new RowError(`found invalid arg ${describe(value)}`)
  }
}

/**
 * Of an integer and a float of the same value the float wins, so that the order of the rows makes no difference.
 * @param b of the same kind: numbers, or texts
 */
function beats(a: Comparable, b: Comparable, sign: Sign): boolean {
  if (typeof a === 'string' || typeof b === 'string') return compareText(a as string, b as string) * sign > 0
  if (sign > 0 ? a > b : a < b) return true
  return typeof a === 'number' && typeof b === 'bigint' && a >= b && a <= b
}

function areMixed(a: Comparable, b: Comparable): boolean {
  return (typeof a === 'string') !== (typeof b === 'string')
}

/** @param first decides on the kind */
function mixed(first: Comparable, other: Comparable): RowError {
  return new RowError(`requires ${typeof first === 'string' ? 'string' : 'number'} but found ${describe(other)}`)
}

/** A float among integers makes the result a float; of the two zeros it is always the same. */
function resultOf(best: Comparable, hasFloat: boolean): Value {
  if (typeof best === 'number') return best + 0
  return hasFloat && typeof best === 'bigint' ? widen(best) : best
}

/** The largest or smallest of numbers, or of texts. */
export class Extreme implements Accumulator {
  readonly #sign: Sign
  #best: Comparable | null = null
  /** what an error says of values that come first elsewhere */
  #first: Comparable | null = null
  #hasFloat = false

  constructor(sign: Sign) {
    this.#sign = sign
  }

  add(value: Value): void {
    const given = comparable(value)
    if (given === null) return
    const best = this.#best
    if (best === null) {
      this.#first = given
      this.#best = given
    } else {
      if (areMixed(best, given)) throw mixed(best, given)
      if (beats(given, best, this.#sign)) this.#best = given
    }
    if (typeof given === 'number') this.#hasFloat = true
  }

  merge(later: Extreme): void {
    const given = later.#best
    if (given === null) return
    const best = this.#best
    if (best !== null && areMixed(best, given)) throw mixed(best, later.#first!)
    if (best === null || beats(given, best, this.#sign)) this.#best = given
    this.#first ??= later.#first
    this.#hasFloat ||= later.#hasFloat
  }

  result(): Value {
    return this.#best === null ? null : resultOf(this.#best, this.#hasFloat)
  }

  snapshot(): unknown {
    return [this.#best, this.#first, this.#hasFloat]
  }

  restore(state: [Comparable | null, Comparable | null, boolean]): void {
    ;[this.#best, this.#first, this.#hasFloat] = state
  }
}

type SavedRun = readonly [first: Comparable, values: readonly Comparable[], places: readonly number[]]

/** Values of one kind that came one after the other; of them those that no later one is as good as, best first. */
class Run {
  readonly first: Comparable
  #values: Comparable[]
  /** of each value, how many rows came before it */
  #places: number[]
  /** what lies before has left; a queue that shifted each time would move all the others */
  #head = 0

  constructor([first, values, places]: SavedRun) {
    this.first = first
    this.#values = values.slice()
    this.#places = places.slice()
  }

  get best(): Comparable {
    return this.#values[this.#head]!
  }

  add(value: Comparable, place: number, sign: Sign): void {
    while (this.#values.length > this.#head && !beats(this.#values.at(-1)!, value, sign)) {
      this.#values.pop()
      this.#places.pop()
    }
    this.#values.push(value)
    this.#places.push(place)
  }

  /** @returns whether any is left */
  dropBefore(place: number): boolean {
    while (this.#head < this.#places.length && this.#places[this.#head]! < place) this.#head++
    if (this.#head * 2 > this.#places.length) {
      this.#values.splice(0, this.#head)
      this.#places.splice(0, this.#head)
      this.#head = 0
    }
    return this.#places.length > this.#head
  }

  save(): SavedRun {
    return [this.first, this.#values.slice(this.#head), this.#places.slice(this.#head)]
  }
}

/** Extreme over rows that come and go. Both kinds at once are an error for as long as both are held. */
export class SlidingExtreme implements SlidingAccumulator {
  readonly #sign: Sign
  #added = 0
  #removed = 0
  #floats = 0
  /** oldest first, texts and numbers in turns; all but one are gone when the values that are held are of one kind */
  #runs: Run[] = []

  constructor(sign: Sign) {
    this.#sign = sign
  }

  add(value: Value): void {
    const given = comparable(value)
    if (given !== null) {
      let run = this.#runs.at(-1)
      if (run === undefined || areMixed(run.first, given)) {
        run = new Run([given, [], []])
        this.#runs.push(run)
      }
      run.add(given, this.#added, this.#sign)
      if (typeof given === 'number') this.#floats++
    }
    this.#added++
  }

  remove(value: Value): void {
    if (typeof comparable(value) === 'number') this.#floats--
    this.#removed++
    if (this.#runs[0]?.dropBefore(this.#removed) === false) this.#runs.shift()
  }

  result(): Value {
    const [run, other] = this.#runs
    if (run === undefined) return null
    if (other) throw mixed(run.first, other.first)
    return resultOf(run.best, this.#floats > 0)
  }

  snapshot(): unknown {
    return [this.#added, this.#removed, this.#floats, this.#runs.map(run => run.save())]
  }

  restore([added, removed, floats, runs]: [number, number, number, readonly SavedRun[]]): void {
    this.#added = added
    this.#removed = removed
    this.#floats = floats
    this.#runs = runs.map(run => new Run(run))
  }
}

/** The value of the last row, or of the last that is not null. */
export class LastValue implements SlidingAccumulator {
  #rows = 0
  #last: Value = null
  /** rows since the one that the value is of: all of them when it is of none */
  #since = 0

  add(value: Value, ignoreNull: Value): void {
    const isPassedOver = value === null && booleanOf(ignoreNull, 'the second argument of last_value')
    this.#rows++
    if (isPassedOver) {
      this.#since++
    } else {
      this.#last = value
      this.#since = 0
    }
  }

  remove(): void {
    this.#rows--
    if (this.#since < this.#rows) return
    this.#last = null
    this.#since = this.#rows
  }

  merge(later: LastValue): void {
    this.#rows += later.#rows
    if (later.#since < later.#rows) {
      this.#last = later.#last
      this.#since = later.#since
    } else {
      this.#since += later.#rows
    }
  }

  result(): Value {
    return this.#last
  }

  snapshot(): unknown {
    return [this.#rows, this.#since, packValue(this.#last)]
  }

  restore([rows, since, last]: [number, number, unknown]): void {
    this.#rows = rows
    this.#since = since
    this.#last = unpackValue(last)
  }
}
