// Steps that failed in, which of them may be tried again now out.

import type { ObjectKey } from '../catalog/catalog.ts'

interface Failure {
  /** of the object as it was tried: another one is a new chance */
  readonly fingerprint: string
  readonly attempts: number
  /** ms since 1970 UTC; Infinity: only a new file helps */
  readonly nextAt: number
  readonly message: string
}

export interface BackOff {
  readonly firstMs: number
  readonly mostMs: number
}

export class Retries {
  readonly #backOff: BackOff
  readonly #failures = new Map<ObjectKey, Failure>()

  constructor(backOff: BackOff) {
    this.#backOff = backOff
  }

  failed(key: ObjectKey, fingerprint: string, message: string, retry: boolean, now: number): void {
    const before = this.#failures.get(key)
    const attempts = before?.fingerprint === fingerprint ? before.attempts + 1 : 1
    const delayMs = Math.min(this.#backOff.firstMs * 2 ** (attempts - 1), this.#backOff.mostMs)
    this.#failures.set(key, { fingerprint, attempts, nextAt: retry ? now + delayMs : Infinity, message })
  }

  succeeded(key: ObjectKey): void {
    this.#failures.delete(key)
  }

  /** Whether a step must wait. Half a millisecond of grace: a timer may fire a hair early. */
  waits(key: ObjectKey, fingerprint: string, now: number): boolean {
    const failure = this.#failures.get(key)
    return failure !== undefined && failure.fingerprint === fingerprint && now < failure.nextAt - 0.5
  }

  get(key: ObjectKey): Failure | undefined {
    return this.#failures.get(key)
  }

  /** Forgets objects that no plan mentions any more. */
  retain(keys: ReadonlySet<ObjectKey>): void {
    for (const key of this.#failures.keys()) if (!keys.has(key)) this.#failures.delete(key)
  }

  /** ms since 1970 UTC of the next try; undefined: none is due */
  get nextAt(): number | undefined {
    const next = Math.min(...[...this.#failures.values()].map(failure => failure.nextAt))
    return Number.isFinite(next) ? next : undefined
  }
}
