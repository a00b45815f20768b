// Questions to a table in, answers out, so many under way at once. Those that are answered at once never wait.

import { isAnswered, type LookupAnswer, type LookupQuery } from '../core/lookup-query.ts'
import type { Row } from '../core/row.ts'
import type { Values } from '../core/value.ts'

/** Throws or rejects when the table cannot be asked. */
export type Ask = (query: LookupQuery) => LookupAnswer

/** What came of a question. */
export interface Found {
  /** undefined: no answer yet */
  rows: readonly Values[] | undefined
  /** the same, fitted to the table's columns; made when they are first wanted */
  partners?: readonly Row[]
}

export interface Asker {
  /** looked at before the question goes out */
  isWanted(): boolean
  /** may be called before `ask` returns, or never when `forget` was */
  answer(rows: readonly Values[]): void
  fail(error: unknown): void
}

interface Queued {
  readonly question: LookupQuery
  readonly asker: Asker
}

export class Questions {
  readonly #ask: Ask
  readonly #most: number
  #underWay = 0
  #queue: Queued[] = []
  /** what was asked before the last `forget` belongs to an older one */
  #age = 0

  /** @param most questions that are under way at once */
  constructor(ask: Ask, most: number) {
    this.#ask = ask
    this.#most = most
  }

  ask(question: LookupQuery, asker: Asker): void {
    if (this.#underWay >= this.#most) this.#queue.push({ question, asker })
    else this.#start(question, asker)
  }

  /** Those that wait are not asked any more, and answers under way reach nobody. */
  forget(): void {
    this.#queue = []
    this.#age++
  }

  #start(question: LookupQuery, asker: Asker): void {
    let answer: LookupAnswer
    try {
      answer = this.#ask(question)
    } catch (error) {
      return asker.fail(error)
    }
    if (isAnswered(answer)) return asker.answer(answer)
    this.#underWay++
    const age = this.#age
    answer.then(
      rows => this.#settled(age, () => asker.answer(rows)),
      error => this.#settled(age, () => asker.fail(error)),
    )
  }

  #settled(age: number, tell: () => void): void {
    this.#underWay--
    this.#next()
    if (age === this.#age) tell()
  }

  #next(): void {
    let at = 0
    while (at < this.#queue.length && this.#underWay < this.#most) {
      const { question, asker } = this.#queue[at++]!
      if (asker.isWanted()) this.#start(question, asker)
    }
    if (at > 0) this.#queue.splice(0, at)
  }
}
