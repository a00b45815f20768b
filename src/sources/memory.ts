// Source `memory`: rows that memory sinks publish to a topic in, the same rows for a stream out.

import { UserError } from '../core/errors.ts'
import { patternProblem } from '../core/topic.ts'
import type { Deliver, Source } from './source.ts'
import type { TopicHub } from './topic-hub.ts'

export class MemorySource implements Source {
  readonly #hub: TopicHub
  readonly #pattern: string
  #unsubscribe: (() => void) | undefined

  /**
   * @param pattern the stream's DATASOURCE: a topic, or a pattern with `+` and `#`
   * @throws {UserError} DDL_OPTION when the pattern cannot be
   */
  constructor(hub: TopicHub, pattern: string) {
    const problem = patternProblem(pattern)
    if (problem !== undefined) {
      const fix = '+ stands for one part, # at the end for all further ones: a/+/c, a/#.'
      throw new UserError({ code: 'DDL_OPTION', what: `DATASOURCE "${pattern}" is no topic pattern: ${problem}.`, fix })
    }
    this.#hub = hub
    this.#pattern = pattern
  }

  /** Publishers wait for `deliver`: a full journal slows them down instead of losing rows. */
  start(deliver: Deliver): void {
    this.stop()
    this.#unsubscribe = this.#hub.subscribe(this.#pattern, deliver)
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }
}
