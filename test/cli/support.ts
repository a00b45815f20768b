// A stream that a command prints to, which keeps what was printed.

import { EventEmitter } from 'node:events'
import type { Output } from '../../src/cli/output.ts'

export class Collector extends EventEmitter implements Output {
  text = ''
  /** true: it says that it is full after each write */
  full = false

  write(text: string): boolean {
    this.text += text
    return !this.full
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1)
  }
}
