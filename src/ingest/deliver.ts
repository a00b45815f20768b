// A request's head, then its body, in; rows appended to the journal, or the reason why not, out. No sockets here:
// the listener and `sluice test` both come this way.

import { RowError } from '../core/errors.ts'
import type { Values } from '../core/value.ts'
import { DecodeError } from '../formats/decode-error.ts'
import type { Journal, Message } from '../journal/journal.ts'
import {
  type Answer,
  accepted,
  badBody,
  journalFull,
  type Problem,
  refused,
  schemaMismatch,
  tooLarge,
  unknownPath,
  wrongMethod,
} from './answer.ts'
import { contentFault, formFault } from './content.ts'
import { metaOf, type RequestFacts, withParameters } from './meta.ts'
import type { Match, RouteTable, Target } from './routes.ts'

export type TargetMatch = Extract<Match, { kind: 'target' }>

/** What can be said before the body is there. @returns undefined when it may come */
export function headFault(match: Match, request: RequestFacts): Problem | undefined {
  if (match.kind === 'none') return unknownPath(request.method, pathOf(request.url))
  if (match.kind === 'method') return wrongMethod(request.method, request.url, match.allow)
  const { headers } = request
  const length = headers['content-length']
  if (length !== undefined && Number(length) > match.target.maxBodyBytes) return tooLarge(match.target.maxBodyBytes)
  return contentFault(text(headers['content-type']), text(headers['content-encoding']))
}

/** Is a stream of this target full? Asked before a body is waited for or decoded: work for nothing, when we are behind. */
export function roomFault(journal: Journal, target: Target, sizeBytes: number): Problem | undefined {
  for (const { stream } of target.receivers) {
    if (journal.hasRoom(stream, sizeBytes) !== 'full') continue
    // Asked in earnest, so that the journal counts the refusal; a message without rows would do no harm.
    journal.append(stream, { rows: [], time: 0, meta: undefined, sizeBytes })
    return journalFull(stream)
  }
  return undefined
}

/**
 * Decodes a body and appends it for every stream of the target, or for none.
 * @param time ms since 1970 UTC at which the body was complete
 * @returns the number of rows taken
 */
export function deliver(
  journal: Journal,
  { target, captured }: TargetMatch,
  request: RequestFacts,
  body: Buffer,
  time: number,
): number | Problem {
  const fault = formFault(text(request.headers['content-type']), body) ?? roomFault(journal, target, body.length)
  if (fault) return fault
  const sizeBytes = body.length
  const meta = target.needsMeta ? metaOf(request) : undefined
  let rowCount = 0
  let taken = false
  try {
    // Decoded for all before the first append: with a fault in one format nobody gets anything.
    const decoded = target.decoders.map(({ decode }) => decode(body, target))
    rowCount = decoded[0]!.length
    const misfit = findMisfit(target, decoded, time)
    if (misfit) return misfit
    for (let i = 0; i < decoded.length; i++) {
      const rows = decoded[i]!
      for (const { stream, parameters } of target.decoders[i]!.receivers) {
        const own = meta && withParameters(meta, parameters, captured)
        const message: Message = { rows, time, meta: own, sizeBytes }
        const outcome = rows.length === 0 ? 0 : journal.append(stream, message)
        // There was room in this same turn; a journal that says otherwise now must not be answered with 200.
        if (outcome === 'full') return journalFull(stream)
        if (outcome !== 'closed') taken = true
      }
    }
  } catch (error) {
    if (error instanceof DecodeError) return badBody(error)
    throw error
  }
  return taken ? rowCount : unknownPath(request.method, pathOf(request.url))
}

/** The first record that a stream's rules would have to discard: nobody gets anything of such a body. */
function findMisfit(target: Target, decoded: readonly (readonly Values[])[], time: number): Problem | undefined {
  for (let i = 0; i < decoded.length; i++) {
    const rows = decoded[i]!
    for (const { stream, check } of target.decoders[i]!.receivers) {
      if (!check) continue
      for (let index = 0; index < rows.length; index++) {
        try {
          check(rows[index]!, time)
        } catch (error) {
          if (!(error instanceof RowError)) throw error
          return schemaMismatch(stream, error.message, rows.length > 1 ? index : undefined)
        }
      }
    }
  }
  return undefined
}

function text(header: string | readonly string[] | undefined): string | undefined {
  return header as string | undefined
}

export interface PushRequest {
  readonly method: string
  /** path and query */
  readonly url: string
  /** names in any case */
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Buffer | string
  /** ms since 1970 UTC */
  readonly time: number
  readonly remoteAddress?: string
}

export interface PushAnswer {
  readonly status: number
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One whole request without a socket: what `sluice test` does for `http:` steps, by the code that runs live. */
export function handlePush(table: RouteTable, journal: Journal, request: PushRequest): PushAnswer {
  const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value
  const facts: RequestFacts = {
    method: request.method,
    url: request.url,
    headers,
    remoteAddress: request.remoteAddress,
  }
  return plainAnswer(answerTo(table, journal, facts, body, request.time), request.method)
}

function answerTo(table: RouteTable, journal: Journal, facts: RequestFacts, body: Buffer, time: number): Answer {
  const match = table.find(facts.method, facts.url)
  const fault = headFault(match, facts)
  if (fault || match.kind !== 'target') return refused(fault!, false)
  if (body.length > match.target.maxBodyBytes) return refused(tooLarge(match.target.maxBodyBytes), false)
  const outcome = deliver(journal, match, facts, body, time)
  return typeof outcome === 'number' ? accepted(outcome, text(facts.headers['accept']), false) : refused(outcome, false)
}

function plainAnswer(answer: Answer, method: string): PushAnswer {
  const headers: Record<string, string> = {}
  for (let i = 0; i < answer.headers.length; i += 2) headers[answer.headers[i]!.toLowerCase()] = answer.headers[i + 1]!
  return { status: answer.status, headers, body: method === 'HEAD' ? '' : answer.body }
}

/** Without its query, which may hold a token: answers and log lines name the path. */
function pathOf(url: string): string {
  return url.split('?', 1)[0]!
}
