// Bytes of a text/event-stream in, its events out (HTML standard, server-sent events).

export interface ServerEvent {
  /** `message` when it has no name */
  readonly name: string
  readonly data: string
}

/** Lines end in LF or CRLF; comments give nothing. An event without its closing blank line is not given. */
export class EventParser {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #name = ''
  #data: string[] = []

  push(bytes: Uint8Array): ServerEvent[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n')
    this.#rest = lines.pop()!
    return lines.flatMap(line => this.#line(line.endsWith('\r') ? line.slice(0, -1) : line))
  }

  #line(line: string): ServerEvent[] {
    if (line === '') return this.#end()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#name = value
    if (field === 'data') this.#data.push(value)
    return []
  }

  #end(): ServerEvent[] {
    const event = { name: this.#name || 'message', data: this.#data.join('\n') }
    const isEmpty = this.#data.length === 0
    this.#name = ''
    this.#data = []
    return isEmpty ? [] : [event]
  }
}
