// Objects that the files no longer give in, those whose deletion may be believed out.

import type { Catalog, ObjectKey } from '../catalog/catalog.ts'
import { keyOf } from '../catalog/catalog.ts'
import { isHurt, type LoadedState } from './load.ts'

/**
 * A file that is missing may be about to come back (a checkout, a save by rename), and a folder that is empty may be a
 * volume that is not mounted. So a deletion counts when a second look confirms it, and never for everything at once.
 */
export class Deletions {
  readonly #confirmMs: number
  readonly #missingSince = new Map<ObjectKey, number>()
  #blocked: readonly ('streams' | 'rules')[] = []

  constructor(confirmMs: number) {
    this.#confirmMs = confirmMs
  }

  /** Takes in one look at the files. */
  look(running: Catalog, desired: LoadedState, now: number): void {
    this.#blocked = (['rules', 'streams'] as const).filter(folder => {
      const vanished = running[folder].size > 1 && desired[folder].size === 0 && desired.fileCounts[folder] === 0
      return vanished
    })
    const missing = new Set<ObjectKey>()
    for (const [folder, name, definition] of entries(running)) {
      if (desired[folder].has(name)) continue
      const key = keyOf(definition)
      if (!isHurt(desired.errors, key, definition.location.path)) missing.add(key)
    }
    for (const key of this.#missingSince.keys()) if (!missing.has(key)) this.#missingSince.delete(key)
    for (const key of missing) if (!this.#missingSince.has(key)) this.#missingSince.set(key, now)
  }

  /** Whether a missing object goes on for now: its deletion is too young, or all of its kind would go. */
  holds(key: ObjectKey, now: number): boolean {
    if (this.isBlocked(key)) return true
    const since = this.#missingSince.get(key)
    return since !== undefined && now - since < this.#confirmMs
  }

  isBlocked(key: ObjectKey): boolean {
    return this.#missingSince.has(key) && this.#blocked.includes(key.startsWith('rule:') ? 'rules' : 'streams')
  }

  get blocked(): readonly ('streams' | 'rules')[] {
    return this.#blocked
  }

  /** ms since 1970 UTC when the next deletion may be confirmed; undefined: none waits */
  get nextAt(): number | undefined {
    const waiting = [...this.#missingSince].filter(([key]) => !this.isBlocked(key)).map(([, since]) => since)
    return waiting.length === 0 ? undefined : Math.min(...waiting) + this.#confirmMs
  }
}

function* entries(running: Catalog) {
  for (const [name, stream] of running.streams) yield ['streams', name, stream] as const
  for (const [id, rule] of running.rules) yield ['rules', id, rule] as const
}
