// A file in, its lines out, one at a time: a corpus may be larger than memory.

import { createReadStream } from 'node:fs'

export interface Line {
  /** from 1 */
  readonly number: number
  readonly text: string
}

/**
 * Lines end with LF or CR LF. Unlike node:readline this leaves U+2028 alone, which JSON texts may hold as it is.
 * @throws what reading the file throws
 */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  let number = 0
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of createReadStream(path)) {
    const text = rest + decoder.decode(chunk as Buffer, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n', rest.length); end >= 0; end = text.indexOf('\n', start)) {
      yield { number: ++number, text: withoutReturn(text.slice(start, end)) }
      start = end + 1
    }
    rest = text.slice(start)
  }
  rest += decoder.decode()
  if (rest !== '') yield { number: ++number, text: withoutReturn(rest) }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
