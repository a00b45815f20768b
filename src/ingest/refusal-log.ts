// Refused pushes in; a line for the first of a kind and then one a minute, out: a fleet of broken devices must not
// write the log full, and one broken device must not go unseen.

import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Problem } from './answer.ts'

const EVERY_MS = 60_000
/** Kinds are few; paths that nobody knows are not told apart. */
const SHOWN_LENGTH = 200

export class RefusalLog {
  readonly #log: Log
  readonly #clock: Clock
  readonly #kinds = new Map<string, { lastAt: number; unsaid: number }>()

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** @param url request target: its query is left out, it may hold a token */
  note(problem: Problem, instance: string, method: string, url: string, remoteAddress: string | undefined): void {
    const now = this.#clock.now()
    const kind = this.#kinds.get(problem.type)
    if (kind && now - kind.lastAt < EVERY_MS && now >= kind.lastAt) {
      kind.unsaid++
      return
    }
    const fields = {
      status: problem.status,
      type: problem.type,
      method,
      path: url.split('?', 1)[0]!.slice(0, SHOWN_LENGTH),
      remoteAddress,
      detail: problem.detail,
      instance,
      ...(kind && kind.unsaid > 0 ? { alsoSince: kind.unsaid } : {}),
    }
    this.#kinds.set(problem.type, { lastAt: now, unsaid: 0 })
    // 503 means that we are behind; the others are the client's to mend.
    if (problem.status >= 500) this.#log.warn(fields, 'push refused')
    else this.#log.info(fields, 'push refused')
  }
}
