// What the YAML library found wrong in, words and a place for the author of the file out.

export interface SyntaxFault {
  /** without a full stop */
  readonly what: string
  readonly fix: string | undefined
  /** offset of the sign to look at */
  readonly start: number
}

/** The library's wording, where a plainer one exists. */
const REASONS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  'duplicated mapping key': ['this key stands twice in the same block', 'Keep one of the two.'],
  'bad indentation of a mapping entry': [
    'the indentation does not fit, or a text with ": " in it lacks quotes',
    'Begin the line below the keys that it belongs to, or put the text into quotes.',
  ],
  'end of the stream or a document separator is expected': [
    'something is left over here',
    'Mend the indentation, or remove it.',
  ],
  'missed comma between flow collection entries': ['a comma is missing before this', 'Add it.'],
}

/**
 * @param reason the library's words
 * @param position where the library stopped reading, which may be far behind the fault
 */
export function explainSyntax(text: string, reason: string, position: number): SyntaxFault {
  const start = Math.min(position, text.length)
  if (text[start] === '\t' || /(^|\n)[ ]*\t+$/.test(text.slice(0, start))) {
    return { what: 'a tab stands in the indentation', fix: 'YAML is indented with spaces, never with tabs.', start }
  }
  const opened = /deficient indentation|unexpected end|end of the/.test(reason) ? lastOpened(text, start) : undefined
  if (opened) {
    const what = `the ${opened.sign} that opens here is never closed`
    return { what, fix: `Add the closing ${CLOSING[opened.sign]}.`, start: opened.at }
  }
  const alias = /^unidentified alias "(.*)"$/.exec(reason)
  if (alias) {
    const what = `nothing before it is marked with &${alias[1]}`
    return { what, fix: 'Mark the value that is meant, or put the text into quotes.', start: Math.max(0, start - 1) }
  }
  const [what, fix] = REASONS[reason] ?? [reason, undefined]
  return { what, fix, start }
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}', '"': '"', "'": "'" }

/** The innermost bracket or quote that is still open at an offset. An apostrophe within a word opens nothing. */
function lastOpened(text: string, end: number): { readonly sign: string; readonly at: number } | undefined {
  const open: { sign: string; at: number }[] = []
  for (let at = 0; at < end; at++) {
    const sign = text[at]!
    const last = open.at(-1)
    if (last?.sign === '"' || last?.sign === "'") {
      if (last.sign === '"' && sign === '\\') at++
      else if (sign === last.sign) open.pop()
    } else if (sign === '#' && /(^|\s)$/.test(text.slice(Math.max(0, at - 1), at))) {
      const next = text.indexOf('\n', at)
      at = next < 0 || next > end ? end : next
    } else if (/["']/.test(sign) && /(^|[\s[{,:-])$/.test(text.slice(Math.max(0, at - 1), at))) {
      open.push({ sign, at })
    } else if (/[[{]/.test(sign) && (open.length > 0 || /(^|[\s-])$/.test(text.slice(Math.max(0, at - 1), at)))) {
      open.push({ sign, at })
    } else if (last && sign === CLOSING[last.sign]) {
      open.pop()
    }
  }
  return open.at(-1)
}
