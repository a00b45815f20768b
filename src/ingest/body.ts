// A request's bytes in, one buffer out, by callback: a promise a body costs 8 % of a small push.

import type { IncomingMessage, ServerResponse } from 'node:http'

/** The whole body; or more than the limit has arrived and the rest is not listened to; or the client went away before the end. */
export type BodyOutcome = Buffer | 'too-large' | 'aborted'

const EMPTY = Buffer.alloc(0)

/** Reads a whole body of at most `limitBytes`. Calls back exactly once. */
export function collectBody(req: IncomingMessage, limitBytes: number, callback: (outcome: BodyOutcome) => void): void {
  let first: Buffer | undefined
  let chunks: Buffer[] | undefined
  let size = 0
  let done = false
  req.on('data', (chunk: Buffer) => {
    if (done) return
    size += chunk.length
    if (size > limitBytes) {
      done = true
      first = chunks = undefined
      callback('too-large')
    } else if (first === undefined) {
      // Nearly every body comes in one piece, and is not copied then.
      first = chunk
    } else if (chunks === undefined) {
      chunks = [first, chunk]
    } else {
      chunks.push(chunk)
    }
  })
  req.on('end', () => {
    if (done) return
    done = true
    callback(chunks ? Buffer.concat(chunks, size) : (first ?? EMPTY))
  })
  req.on('error', () => {
    if (done) return
    done = true
    callback('aborted')
  })
}

/** Bodies up to here are read to their end after a refusal, and the connection is kept. */
const WORTH_READING_BYTES = 64 * 1024
/** How much of a larger one is thrown away, and for how long, so that the client comes to read the answer. */
const DRAIN_BYTES = 1024 * 1024
const DRAIN_MS = 2000

/** May the rest of this request be read and thrown away, so that the connection stays usable? */
export function restIsSmall(req: IncomingMessage): boolean {
  if (req.complete || req.headers['transfer-encoding'] !== undefined) return req.complete
  return Number(req.headers['content-length'] ?? 0) <= WORTH_READING_BYTES
}

/**
 * Ends an answer whose head and body are written, while the client may still be sending. To close at once would reset
 * the connection, and the client would never see the answer (RFC 9112 9.6).
 */
export function endAfterDraining(req: IncomingMessage, res: ServerResponse): void {
  let drained = 0
  const end = () => {
    clearTimeout(timer)
    req.pause()
    res.end()
  }
  const timer = setTimeout(end, DRAIN_MS)
  timer.unref()
  req.on('data', (chunk: Buffer) => {
    drained += chunk.length
    if (drained > DRAIN_BYTES) end()
  })
  req.on('end', end)
  req.on('error', end)
  req.on('close', () => clearTimeout(timer))
}
