// Where time comes from. The only file that reads the wall clock or sets a timer for the rules:
// everything else is handed a Clock, so a rule on a manual clock gives what the same rule gives live.

import { performance } from 'node:perf_hooks'
import { TimeHeap } from './time-heap.ts'

export interface Clock {
  /** ms since 1970 UTC; never smaller than before */
  now(): number
  /**
   * Calls `fire` once when the clock shows `at` (ms since 1970 UTC) or later; never within this call.
   * @returns cancels it; harmless when it has fired
   */
  at(at: number, fire: () => void): () => void
}

/**
 * Waits for something, but not for longer than so long. Rejects as it does.
 * @returns false when the time was over first
 */
export async function doneWithin(clock: Clock, ms: number, done: Promise<unknown>): Promise<boolean> {
  const { promise: over, resolve } = Promise.withResolvers<false>()
  const cancel = clock.at(clock.now() + ms, () => resolve(false))
  try {
    return await Promise.race([done.then(() => true), over])
  } finally {
    cancel()
  }
}

/** What a system clock is made of; tests bring their own. */
export interface TimeSource {
  /** ms since 1970 UTC as the machine believes; may jump */
  wall(): number
  /** ms since some moment; never jumps */
  monotonic(): number
  /** @returns cancels it */
  after(ms: number, fire: () => void): () => void
  /** when everything else that waits has had its turn */
  soon(fire: () => void): () => void
}

const MACHINE: TimeSource = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms)
    return () => clearTimeout(timer)
  },
  soon: fire => {
    const immediate = setImmediate(fire)
    return () => clearImmediate(immediate)
  },
}

/** The wall clock is looked at again after so long: it may have been put forward since the timer was set. */
const LONGEST_WAIT_MS = 1000
/** Timers that fire together give way to requests after so long. */
const SLICE_MS = 5

/**
 * The wall clock, with one timer for all who wait, so that thousands of windows cost no more than one. Whatever is
 * due after a stall fires in the order of its due times. Where the wall clock is put back, this one goes on at half
 * its pace until both are the same: windows keep closing and no instant comes twice.
 */
export class SystemClock implements Clock {
  readonly #source: TimeSource
  readonly #timers = new Timers()
  /** what was last shown, with its fraction of a ms, and when on the monotonic clock */
  #shown: number
  #readAt: number
  #cancel: (() => void) | undefined
  /** for which the one timer is set */
  #wakeAt = Number.POSITIVE_INFINITY

  constructor(source: TimeSource = MACHINE) {
    this.#source = source
    this.#shown = source.wall()
    this.#readAt = source.monotonic()
  }

  now(): number {
    const wall = this.#source.wall()
    const monotonic = this.#source.monotonic()
    this.#shown = wall >= this.#shown ? wall : this.#shown + (monotonic - this.#readAt) / 2
    this.#readAt = monotonic
    return Math.floor(this.#shown)
  }

  at(at: number, fire: () => void): () => void {
    const cancel = this.#timers.add(at, fire)
    if (at < this.#wakeAt) this.#wake()
    return () => {
      cancel()
      if (this.#timers.size === 0) this.#wake()
    }
  }

  /** Sets the one timer for the earliest of all. */
  #wake(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const earliest = this.#timers.earliest
    this.#wakeAt = earliest ?? Number.POSITIVE_INFINITY
    if (earliest === undefined) return
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(0, earliest - this.now()))
    this.#cancel = this.#source.after(wait, () => this.#fire())
  }

  #fire(): void {
    // Whoever sets a timer meanwhile need not set ours.
    this.#wakeAt = Number.NEGATIVE_INFINITY
    const sliceEnd = this.#source.monotonic() + SLICE_MS
    let isLate = false
    try {
      while (!isLate && (this.#timers.earliest ?? Number.POSITIVE_INFINITY) <= this.now()) {
        this.#timers.fireFirst()
        isLate = this.#source.monotonic() >= sliceEnd
      }
    } finally {
      // Also when one of them threw: the others must not wait for ever.
      if (isLate) this.#cancel = this.#source.soon(() => this.#fire())
      else this.#wake()
    }
  }
}

interface Timer {
  /** undefined: it has fired or is cancelled, and who set it is not held any longer */
  fire: (() => void) | undefined
}

/** Who waits for which instant. */
class Timers {
  readonly #heap = new TimeHeap<Timer>()
  #cancelled = 0

  /** timers that are neither fired nor cancelled */
  get size(): number {
    return this.#heap.size - this.#cancelled
  }

  /** due time of the next to fire */
  get earliest(): number | undefined {
    while (this.#heap.first && !this.#heap.first.fire) {
      this.#heap.pop()
      this.#cancelled--
    }
    return this.#heap.earliest
  }

  add(at: number, fire: () => void): () => void {
    const timer: Timer = { fire }
    this.#heap.push(at, timer)
    return () => {
      if (!timer.fire) return
      timer.fire = undefined
      this.#cancelled++
      // A window that each row puts off leaves one behind each time.
      if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.size) {
        this.#heap.retain(other => other.fire !== undefined)
        this.#cancelled = 0
      }
    }
  }

  fireFirst(): void {
    if (this.earliest === undefined) return
    const timer = this.#heap.pop()!
    const fire = timer.fire!
    // To cancel it now is harmless.
    timer.fire = undefined
    fire()
  }
}

/** A clock that stands still until it is moved: tests, `sluice test`, backtests. */
export class ManualClock implements Clock {
  #now: number
  readonly #timers = new Timers()

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  at(at: number, fire: () => void): () => void {
    return this.#timers.add(at, fire)
  }

  /** Moves to `to`, firing every timer due on the way in order of due time, each seeing its own due time as now. */
  advanceTo(to: number): void {
    for (;;) {
      const next = this.#timers.earliest
      if (next === undefined || next > to) break
      if (next > this.#now) this.#now = next
      this.#timers.fireFirst()
    }
    if (to > this.#now) this.#now = to
  }
}
