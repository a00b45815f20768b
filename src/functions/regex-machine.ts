// A program and a text in, the leftmost match out, in a time that grows with text times program and no faster: all ways
// through the pattern are walked at once, character by character, the preferred ones first.
// @see Russ Cox, Regular Expression Matching: the Virtual Machine Approach, 2009 (Pike's machine)

import type { Assertion, RegexProgram } from './regex-program.ts'

/** Where groups begin and end, two numbers for each, the whole match first; -1: the group took no part. */
export type Places = readonly number[]

interface Thread {
  readonly at: number
  readonly places: Places
}

export class RegexMachine {
  readonly #program: RegexProgram
  /** the step at which an instruction was last reached */
  readonly #reached: Float64Array
  #step = 0

  constructor(program: RegexProgram) {
    this.#program = program
    this.#reached = new Float64Array(program.instructions.length)
  }

  /** @param from where to begin to look; what stands before it still counts for `^` and `\b` */
  match(text: string, from: number): Places | undefined {
    const { instructions, slots } = this.#program
    const nowhere: Places = new Array(slots).fill(-1)
    let found: Places | undefined
    let threads: Thread[] = []
    this.#step++
    for (let place = from; place <= text.length; ) {
      // A later start counts less than all that are under way.
      if (!found) this.#follow(text, place, { at: 0, places: nowhere }, threads)
      if (threads.length === 0 && found) break
      const code = text.codePointAt(place)
      const next = place + (code !== undefined && code > 0xffff ? 2 : 1)
      const following: Thread[] = []
      this.#step++
      for (const { at, places } of threads) {
        const instruction = instructions[at]!
        if (instruction.kind === 'match') {
          found = places
          break
        }
        if (instruction.kind === 'character' && code !== undefined && instruction.fits(code)) {
          this.#follow(text, next, { at: at + 1, places }, following)
        }
      }
      threads = following
      place = next
    }
    return found
  }

  /** Adds the characters to compare next, and the matches, that can be reached without taking a character. */
  #follow(text: string, place: number, thread: Thread, threads: Thread[]): void {
    const { instructions } = this.#program
    const waiting: Thread[] = [thread]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { at, places } = next
      if (this.#reached[at] === this.#step) continue
      this.#reached[at] = this.#step
      const instruction = instructions[at]!
      switch (instruction.kind) {
        case 'split':
          waiting.push({ at: instruction.second, places }, { at: instruction.first, places })
          break
        case 'jump':
          waiting.push({ at: instruction.to, places })
          break
        case 'save':
          waiting.push({ at: at + 1, places: places.with(instruction.slot, place) })
          break
        case 'assertion':
          if (holds(instruction.assertion, text, place)) waiting.push({ at: at + 1, places })
          break
        case 'character':
        case 'match':
          threads.push(next)
      }
    }
  }
}

function holds(assertion: Assertion, text: string, place: number): boolean {
  switch (assertion) {
    case 'start':
      return place === 0
    case 'end':
      return place === text.length
    case 'lineStart':
      return text[place - 1] === '\n'
    case 'lineEnd':
      return text[place] === '\n'
    case 'word':
      return isWord(text, place - 1) !== isWord(text, place)
    case 'inside':
      return isWord(text, place - 1) === isWord(text, place)
  }
}

function isWord(text: string, place: number): boolean {
  return /^\w$/.test(text.charAt(place))
}
