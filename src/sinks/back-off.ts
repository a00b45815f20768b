// How long to wait before trying again: attempt number in, jittered capped exponential delay out.

import { setTimeout as delay } from 'node:timers/promises'

export interface BackOff {
  readonly firstMs: number
  readonly mostMs: number
}

/** Half of the delay is fixed and half is random, so that a thousand rules do not knock at one moment. */
export function backOffMs({ firstMs, mostMs }: BackOff, attempt: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30))
  return full / 2 + Math.random() * (full / 2)
}

/** @returns false when the signal ended the wait */
export async function wait(timeMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(timeMs, undefined, { signal })
    return true
  } catch {
    return false
  }
}

/** Resolves with the promise, or when the time is over. */
export async function within(ms: number, done: Promise<unknown>): Promise<void> {
  const timeout = new AbortController()
  await Promise.race([done, wait(ms, timeout.signal)])
  timeout.abort()
}
