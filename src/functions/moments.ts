// Numbers one by one in, their mean and variance out, without keeping them.

/**
 * @see Welford, Note on a Method for Calculating Corrected Sums of Squares, Technometrics 1962
 * @see Chan, Golub, LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979, for `merge`
 */
export class Moments {
  #count = 0
  #mean = 0
  #squares = 0

  add(value: number): void {
    this.#count++
    const before = value - this.#mean
    this.#mean += before / this.#count
    this.#squares += before * (value - this.#mean)
  }

  merge(other: Moments): void {
    if (other.#count === 0) return
    const count = this.#count + other.#count
    const apart = other.#mean - this.#mean
    const share = other.#count / count
    this.#mean += apart * share
    // From left to right: `apart` squared may be beyond all doubles when the product is not.
    this.#squares += other.#squares + apart * (this.#count * share) * apart
    this.#count = count
  }

  /** @returns NaN without values, and for a sample of one */
  variance(sample: boolean): number {
    const divisor = sample ? this.#count - 1 : this.#count
    return divisor > 0 ? this.#squares / divisor : Number.NaN
  }

  snapshot(): [number, number, number] {
    return [this.#count, this.#mean, this.#squares]
  }

  restore(state: readonly [number, number, number]): void {
    ;[this.#count, this.#mean, this.#squares] = state
  }
}
