// Accumulators of what adds up: count, sum, avg. All can be merged, and rows can be taken out of them again.

import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import { toInt64, type Value } from '../core/value.ts'
import type { SlidingAccumulator } from './definition.ts'
import { ExactSum, type SavedSum } from './exact-sum.ts'

export class Count implements SlidingAccumulator {
  #rows = 0
  #count = 0

  add(value: Value): void {
    this.#rows++
    if (value !== null) this.#count++
  }

  remove(value: Value): void {
    this.#rows--
    if (value !== null) this.#count--
  }

  merge(later: Count): void {
    this.#rows += later.#rows
    this.#count += later.#count
  }

  result(): Value {
    return this.#rows === 0 ? null : BigInt(this.#count)
  }

  snapshot(): unknown {
    return [this.#rows, this.#count]
  }

  restore(state: [number, number]): void {
    ;[this.#rows, this.#count] = state
  }
}

/** @see spec/functions.md 14 kind rule: ints alone give an int, a float among them makes the result a float */
export class Sum extends ExactSum implements SlidingAccumulator {
  protected count = 0
  protected floats = 0

  add(value: Value): void {
    if (typeof value === 'number') {
      this.addFloat(value)
      this.floats++
    } else if (typeof value === 'bigint') {
      this.addInteger(value)
    } else {
      if (value === null) return
      throw new RowError(`found invalid arg ${describe(value)}`)
    }
    this.count++
  }

  remove(value: Value): void {
    if (typeof value === 'number') {
      this.removeFloat(value)
      this.floats--
    } else if (typeof value === 'bigint') {
      this.addInteger(-value)
    } else {
      return
    }
    this.count--
    if (this.count === 0) this.clear()
  }

  merge(later: Sum): void {
    this.addSum(later)
    this.count += later.count
    this.floats += later.floats
  }

  result(): Value {
    if (this.count === 0) return null
    if (this.floats === 0) return toInt64(this.toInteger())
    const sum = this.toDouble()
    return Number.isFinite(sum) ? sum : null
  }

  snapshot(): unknown {
    return [this.count, this.floats, ...this.saveSum()]
  }

  restore([count, floats, ...sum]: [number, number, ...SavedSum]): void {
    this.count = count
    this.floats = floats
    this.loadSum(sum)
  }
}

/** Integers alone divide as integers, toward zero. */
export class Average extends Sum {
  override result(): Value {
    if (this.count === 0) return null
    if (this.floats === 0) return toInt64(this.toInteger() / BigInt(this.count))
    const mean = this.toDouble() / this.count
    return Number.isFinite(mean) ? mean : null
  }
}
