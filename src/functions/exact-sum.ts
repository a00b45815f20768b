// Numbers in, in any order, and out again; their exact sum, rounded once.

/** What two doubles cannot carry. Few sums ever have it. */
interface Overflow {
  /** integers beyond the safe ones, and doubles that would make the sum infinite on the way */
  whole: bigint
  /** what is left below: doubles of which no two have a bit in the same place, smallest first */
  rest: number[]
  /** how many of the numbers are infinite or none at all */
  nonFinite: number
}

export type SavedSum = readonly [
  high: number,
  low: number,
  whole?: bigint,
  rest?: readonly number[],
  nonFinite?: number,
]

/** Every double is a multiple of 2 ** -1074. */
const SMALLEST_EXPONENT = 1074
/** A double has 53; one more tells on which side of the middle the rest is, and one whether there is any. */
const ROUNDED_BITS = 55
const BITS_OF_A_DIGIT = 4

/**
 * A sum that is what the numbers come to, whatever their order and whatever came and went before: windows may add them
 * up by parts and take them away again, and still give bit for bit what adding the rows held gives.
 *
 * Why it is exact: for two doubles `a + b` is a double `sum`, and what rounding cut off is a double too, which six
 * additions find (Knuth's TwoSum). The sum goes to `high`, what was cut off to `low` by the same step, and what that
 * cuts off to `rest`, where each new part runs through all the others (Shewchuk's Grow-Expansion, as in Python's fsum).
 * Nothing is ever lost, so `high + low + rest + whole` is the sum itself. Numbers of like size never get beyond `low`,
 * and those without fraction not even there: that is a handful of additions for each, and no allocation.
 *
 * @see Shewchuk, Adaptive Precision Floating-Point Arithmetic, 1997, theorems 7 and 10
 */
export class ExactSum {
  #high = 0
  #low = 0
  #overflow: Overflow | undefined

  addFloat(value: number): void {
    const high = this.#high
    const sum = high + value
    const share = sum - high
    const error = high - (sum - share) + (value - share)
    if (error !== 0) {
      if (!Number.isFinite(error)) return this.#addHuge(value)
      this.#addLow(error)
    }
    this.#high = sum
  }

  #addLow(value: number): void {
    const low = this.#low
    const sum = low + value
    const share = sum - low
    const error = low - (sum - share) + (value - share)
    this.#low = sum
    if (error !== 0) grow(this.#overflowing().rest, error)
  }

  /** The value is not finite; or their sum would not be, which takes two of at least 2 ** 969, so without a fraction. */
  #addHuge(value: number): void {
    const overflow = this.#overflowing()
    if (Number.isFinite(value)) overflow.whole += BigInt(value)
    else overflow.nonFinite++
  }

  removeFloat(value: number): void {
    if (Number.isFinite(value)) this.addFloat(-value)
    else this.#overflowing().nonFinite--
  }

  /** Safe integers are added as doubles, which is far cheaper than BigInt. */
  addInteger(value: bigint): void {
    const double = Number(value)
    if (Number.isSafeInteger(double)) this.addFloat(double)
    else this.#overflowing().whole += value
  }

  /** Adds all that another sum holds, which stays as it is. */
  addSum(other: ExactSum): void {
    const overflow = other.#overflow
    this.addFloat(other.#high)
    this.addFloat(other.#low)
    if (!overflow) return
    const own = this.#overflowing()
    for (const part of overflow.rest) grow(own.rest, part)
    own.whole += overflow.whole
    own.nonFinite += overflow.nonFinite
  }

  /** The sum of what is none any more: nothing is left of it, nor of the parts it had. */
  clear(): void {
    this.#high = 0
    this.#low = 0
    this.#overflow = undefined
  }

  /** @returns the double that is nearest, of two the even one; infinite beyond all, NaN when one of the numbers is not finite */
  toDouble(): number {
    const overflow = this.#overflow
    if (overflow === undefined) return this.#high + this.#low
    if (overflow.nonFinite > 0) return Number.NaN
    this.#settle(overflow)
    return this.#overflow === undefined ? this.#high + this.#low : nearestDouble(this.#units())
  }

  /** The sum as it is, of numbers without fraction. */
  toInteger(): bigint {
    const near = this.#high + this.#low
    if (this.#overflow === undefined && Number.isSafeInteger(near)) return BigInt(near)
    return this.#units() >> BigInt(SMALLEST_EXPONENT)
  }

  /** Parts that outlived the numbers they came from cancel out. */
  #settle({ whole, rest }: Overflow): void {
    if (whole !== 0n) return
    const parts = rest.slice()
    grow(parts, this.#low)
    grow(parts, this.#high)
    if (parts.length > 2 || !parts.every(Number.isFinite)) return
    this.#high = parts.at(-1) ?? 0
    this.#low = parts.length > 1 ? parts[0]! : 0
    this.#overflow = undefined
  }

  /** The sum in multiples of 2 ** -1074. */
  #units(): bigint {
    const units = unitsOf(this.#high) + unitsOf(this.#low)
    const overflow = this.#overflow
    if (!overflow) return units
    return overflow.rest.reduce(
      (all, part) => all + unitsOf(part),
      units + (overflow.whole << BigInt(SMALLEST_EXPONENT)),
    )
  }

  #overflowing(): Overflow {
    this.#overflow ??= { whole: 0n, rest: [], nonFinite: 0 }
    return this.#overflow
  }

  protected saveSum(): SavedSum {
    const overflow = this.#overflow
    if (!overflow) return [this.#high, this.#low]
    return [this.#high, this.#low, overflow.whole, overflow.rest.slice(), overflow.nonFinite]
  }

  protected loadSum([high, low, whole, rest, nonFinite]: SavedSum): void {
    this.#high = high
    this.#low = low
    this.#overflow = whole === undefined ? undefined : { whole, rest: rest!.slice(), nonFinite: nonFinite! }
  }
}

/** Adds to parts of which no two have a bit in the same place, and keeps them so. */
function grow(parts: number[], value: number): void {
  let carried = value
  let kept = 0
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    const sum = carried + part
    const share = sum - carried
    const error = carried - (sum - share) + (part - share)
    if (error !== 0) parts[kept++] = error
    carried = sum
  }
  parts.length = kept
  if (carried !== 0) parts.push(carried)
}

const double = new Float64Array(1)
const bits = new BigUint64Array(double.buffer)

function unitsOf(value: number): bigint {
  double[0] = Math.abs(value)
  const exponent = bits[0]! >> 52n
  const fraction = bits[0]! & 0xf_ffff_ffff_ffffn
  // Below the normal numbers there is no leading one, and the exponent counts from 1 all the same.
  const units = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return value < 0 ? -units : units
}

/** @param units multiples of 2 ** -1074 */
function nearestDouble(units: bigint): number {
  if (units < 0n) return -nearestDouble(-units)
  // The first digit may stand for one bit only.
  const surplus = (units.toString(16).length - 1) * BITS_OF_A_DIGIT + 1 - ROUNDED_BITS
  if (surplus <= 0) return Number(units) * Number.MIN_VALUE
  const kept = units >> BigInt(surplus)
  const isCut = kept << BigInt(surplus) !== units
  return Number(isCut ? kept | 1n : kept) * 2 ** (surplus - SMALLEST_EXPONENT)
}
