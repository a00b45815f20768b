// What a sink with a lasting connection tells about it, beyond the contract that every sink keeps.

import type { Sink } from './sink.ts'

/** 1 connected, 0 connecting, -1 disconnected (spec/rules-and-sinks.md 8) */
export type ConnectionStatus = 1 | 0 | -1

/** A sink whose library connects again by itself, so that an open sink may be cut off for a while. */
export interface ConnectedSink extends Sink {
  connection(): { readonly status: ConnectionStatus; readonly problem: string }
}

export function hasConnection(sink: Sink): sink is ConnectedSink {
  return 'connection' in sink && typeof sink.connection === 'function'
}
