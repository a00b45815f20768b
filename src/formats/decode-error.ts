// Why the bytes of a message are not rows: what an HTTP client is answered and what a rule reports with sendError.

export const DECODE_FAULTS = ['empty-body', 'bad-encoding', 'bad-json', 'wrong-shape'] as const
export type DecodeFault = (typeof DECODE_FAULTS)[number]

export interface DecodePlace {
  /** from 1, counted at line feeds */
  readonly line?: number
  /** from 1, in characters (UTF-16 units) of that line */
  readonly column?: number
  /** bytes from the beginning of the body */
  readonly offset?: number
  /** position of the faulty element in a top-level array, from 0 */
  readonly index?: number
}

/** A message that cannot be decoded. The sender can mend it, and sending it again as it is never helps. */
export class DecodeError extends Error {
  readonly status = 400
  readonly type: DecodeFault
  /** one sentence; quotes at most one character of the message */
  readonly detail: string
  readonly line: number | undefined
  readonly column: number | undefined
  readonly offset: number | undefined
  readonly index: number | undefined

  constructor(type: DecodeFault, detail: string, place: DecodePlace = {}) {
    super(place.line === undefined ? detail : `line ${place.line}, column ${place.column}: ${detail}`)
    this.name = 'DecodeError'
    this.type = type
    this.detail = detail
    this.line = place.line
    this.column = place.column
    this.offset = place.offset
    this.index = place.index
  }
}
