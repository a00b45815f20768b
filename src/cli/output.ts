// Where a command prints, and how it asks a running instance.

/** A stream that a command prints to: process.stdout, or a test's own. */
export interface Output {
  write(text: string): boolean
  once(event: 'drain' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  readonly isTTY?: boolean
}

/** How long an instance may take to answer; it is asked for what it has at hand. */
const ANSWER_MS = 10_000

/** @throws when nothing answers at the address */
export function ask(url: string, path: string, signal?: AbortSignal): Promise<Response> {
  const limit = AbortSignal.timeout(ANSWER_MS)
  return fetch(new URL(path, url), { signal: signal ? AbortSignal.any([signal, limit]) : limit, redirect: 'error' })
}

/** Why a request failed, in words for the one who typed the command. */
export function reachText(url: string, error: unknown): string {
  const { name, message, cause } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string }
  }
  if (name === 'TimeoutError') return `No answer from ${url} within ${ANSWER_MS / 1000} s.`
  if (cause?.code === 'ECONNREFUSED')
    return `Nothing listens at ${url}. Is "sluice run" running, with this status address?`
  return `${url} cannot be asked: ${cause?.message ?? message}`
}

/**
 * Waits for what `begin` starts, at most until the signal.
 * @param begin starts it; returns what cancels it
 */
export function until(signal: AbortSignal | undefined, begin: (resolve: () => void) => () => void): Promise<void> {
  return new Promise(resolve => {
    let cancel = () => {}
    const done = () => {
      signal?.removeEventListener('abort', done)
      cancel()
      resolve()
    }
    cancel = begin(done)
    signal?.addEventListener('abort', done)
    if (signal?.aborted) done()
  })
}
