// The seam between the world and the rules: entrances append, rules read.
// Ingest and sources know only `append`; the runtime knows only `reader`.

import type { Meta } from '../core/row.ts'
import type { Values } from '../core/value.ts'

/** One message as it came in: one HTTP body, one memory publication. All of its rows stand or fall together. */
export interface Message {
  /** decoded JSON objects, not yet looked at against a schema */
  readonly rows: readonly Values[]
  /** ms since 1970 UTC at which it was complete */
  readonly time: number
  readonly meta: Meta | undefined
  /** size on the wire, for the ring's byte bound */
  readonly sizeBytes: number
}

/** Why an append was not taken. Nothing of the message is kept then. */
export type Refusal = 'full' | 'closed'

export interface StreamLimits {
  /** most messages held for the slowest reader */
  readonly bufferLength: number
  /** most bytes held for the slowest reader */
  readonly bufferBytes: number
}

export interface StreamStatus {
  readonly stream: string
  readonly readers: number
  /** position of the next message to be appended */
  readonly head: number
  /** messages that the slowest reader has still to take */
  readonly held: number
  readonly heldBytes: number
  readonly limits: StreamLimits
  readonly appendedTotal: number
  readonly refusedTotal: number
}

/** Append and read, by stream. Memory today; disk, replay and kafka behind the same words. */
export interface Journal {
  /** Makes the stream known or changes its limits; what it holds stays. */
  define(stream: string, limits: StreamLimits): void
  /** Forgets the stream and closes its readers. */
  remove(stream: string): void
  /** True when a message of this size would be taken now. A stream without readers takes nothing (`closed`). */
  hasRoom(stream: string, sizeBytes: number): Refusal | true
  /** Takes the whole message or nothing. @returns its position, or why it was refused */
  append(stream: string, message: Message): number | Refusal
  /** Calls back once when the stream has room again; how a memory sink waits instead of dropping. */
  onRoom(stream: string, callback: () => void): void
  /**
   * A new reader. Starts after the newest message, or at `from` (a position another reader of this stream has
   * reached): a replaced rule goes on where the old one stopped, with nothing lost between.
   */
  reader(stream: string, from?: number): JournalReader
  status(): readonly StreamStatus[]
}

/** One rule's place in one stream. Messages are held until every reader of the stream has released them. */
export interface JournalReader {
  readonly stream: string
  /** position of the next message `read` will give */
  readonly position: number
  /** the next messages in order, at most `most`; empty when there is none */
  read(most: number): readonly Message[]
  /** everything before `position` may be forgotten as far as this reader goes; monotonic */
  release(position: number): void
  /** called (never re-entrantly from `read`) when messages are there; one callback, set once */
  onData(callback: () => void): void
  /** messages not yet read */
  readonly lag: number
  close(): void
}
