// The topics inside this process: rows published to a name in, the same rows handed to everyone whose pattern fits.

import type { Meta } from '../core/row.ts'
import type { RowChange } from '../core/row-change.ts'
import { levelsMatch } from '../core/topic.ts'
import type { Values } from '../core/value.ts'
import type { Deliver } from './source.ts'

interface Subscriber {
  readonly levels: readonly string[]
  readonly deliver: Deliver
}

const MOST_TOPICS_KEPT = 1000

/**
 * Patterns are MQTT's: `+` stands for one level, a last `#` for all that follow, the level above included.
 * Rows are shared with every subscriber, never copied.
 */
export class TopicHub {
  readonly #exact = new Map<string, Set<Subscriber>>()
  readonly #patterns = new Set<Subscriber>()
  /** who gets what is published to a topic; forgotten when a subscription comes or goes */
  readonly #matched = new Map<string, readonly Subscriber[]>()

  /**
   * Hands the rows to every subscriber there is at this moment.
   * @param changes what each row does to a table of them, for lookup tables
   * @returns a promise when a subscriber has no room at once; it resolves when all have taken the rows, and rejects
   *   with the first refusal after all have answered
   */
  publish(topic: string, rows: readonly Values[], changes?: readonly RowChange[]): Promise<void> | void {
    const subscribers = this.#matched.get(topic) ?? this.#match(topic)
    if (subscribers.length === 0) return
    const meta: Meta = { topic }
    const waits: Promise<void>[] = []
    let failure: unknown
    for (const subscriber of subscribers) {
      try {
        const pending = subscriber.deliver(rows, meta, changes)
        if (pending) waits.push(pending)
      } catch (error) {
        // One subscriber's fault must not keep the rows from the others.
        failure ??= error
      }
    }
    if (waits.length > 0) return settled(waits, failure)
    if (failure !== undefined) throw failure
  }

  /** @returns ends the subscription; harmless twice */
  subscribe(pattern: string, deliver: Deliver): () => void {
    const subscriber = { levels: pattern.split('/'), deliver }
    this.#matched.clear()
    if (subscriber.levels.some(level => level === '+' || level === '#')) {
      this.#patterns.add(subscriber)
      return () => {
        this.#patterns.delete(subscriber)
        this.#matched.clear()
      }
    }
    let group = this.#exact.get(pattern)
    if (group === undefined) this.#exact.set(pattern, (group = new Set()))
    group.add(subscriber)
    return () => {
      group.delete(subscriber)
      this.#matched.clear()
      if (group.size === 0 && this.#exact.get(pattern) === group) this.#exact.delete(pattern)
    }
  }

  /** A list of its own, not a live view: a subscriber may unsubscribe while it is called. */
  #match(topic: string): readonly Subscriber[] {
    const found = [...(this.#exact.get(topic) ?? [])]
    if (this.#patterns.size > 0) {
      const levels = topic.split('/')
      for (const subscriber of this.#patterns) if (levelsMatch(subscriber.levels, levels)) found.push(subscriber)
    }
    // Topics may be made from data, without end.
    if (this.#matched.size >= MOST_TOPICS_KEPT) this.#matched.clear()
    this.#matched.set(topic, found)
    return found
  }
}

async function settled(waits: readonly Promise<void>[], failure: unknown): Promise<void> {
  for (const result of await Promise.allSettled(waits)) if (result.status === 'rejected') failure ??= result.reason
  if (failure !== undefined) throw failure
}
