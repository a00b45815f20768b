// The contract of every exit.

import type { Log } from '../core/log.ts'
import type { Emission } from '../core/row.ts'
import type { RowChange } from '../core/row-change.ts'
import type { Values } from '../core/value.ts'

/** One thing to deliver, after the common properties (sendSingle, fields, dataTemplate …) have been applied. */
export interface Outgoing {
  /** what a byte sink sends; undefined for tuple sinks */
  readonly payload: string | Uint8Array | undefined
  /** what a tuple sink stores: one row with sendSingle, else all of the emission */
  readonly rows: readonly Values[]
  /** what dynamic properties (`{{.topic}}`) are computed from: the row with sendSingle, else the array of rows */
  readonly data: Values | readonly Values[]
  /** true: the payload is the bare text of an error (option sendError) */
  readonly isError: boolean
}

/** What a sink may reach besides its options. */
export interface SinkContext {
  readonly ruleId: string
  readonly log: Log
  /**
   * publishes rows to a memory topic; resolves when every subscriber has room for them and took them
   * @param changes what each row does to a lookup table on the topic; absent: it is written
   */
  publish(topic: string, rows: readonly Values[], changes?: readonly RowChange[]): Promise<void> | void
  /** folder that relative file paths start from */
  readonly dataDir: string
  /** folder that relative paths of certificates start from: the repository's */
  readonly rootDir: string
  /** `${env:NAME}`-style property look-up for the template function `prop` */
  property(name: string): string | undefined
}

/** Making one has no effects; `open` may be tried again. */
export interface Sink {
  /** resolves when the sink is ready to send; rejects when it could not connect now (it is tried again) */
  open(signal: AbortSignal): Promise<void>
  /** returns (or resolves) when delivered, not when sent; throws or rejects with a SinkError or another Error */
  write(message: Outgoing, signal: AbortSignal): Promise<void> | void
  /** flushes, releases; harmless twice */
  close(): Promise<void>
}

/** A delivery that failed. `retryable`: the same message may succeed later. The text holds no secret. */
export class SinkError extends Error {
  readonly retryable: boolean
  constructor(message: string, retryable: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SinkError'
    this.retryable = retryable
  }
}

/** One kind of sink: its name in `actions`, what options it takes, how one is made. */
export interface SinkKind {
  /** case-sensitive key in `actions` */
  readonly name: string
  readonly summary: string
  /** tuple sinks take rows, byte sinks take an encoded payload (spec/rules-and-sinks.md 3) */
  readonly takes: 'rows' | 'bytes'
  /** JSON schema of its own options, beside the common ones; also for editors */
  readonly schema: object
  /** options that may hold a `{{…}}` template run per message */
  readonly dynamic?: readonly string[]
  /** further checks than the schema's; throws UserError */
  create(options: any, context: SinkContext): Sink
}

export type { Emission }
