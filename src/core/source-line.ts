// A line of a file and a stretch of it in, the two lines that show the place to a person out: the text, and carets below.

/** Terminal columns: of a longer line only the neighbourhood of the place is shown, or the carets would be lost in its folds. */
const WIDEST = 160
const BEFORE = 100

const WIDE =
  /^(?:\p{Emoji_Presentation}|.*\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u
const INVISIBLE = /^[\p{Mark}\p{Format}]+$/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * @param line the whole line, without its end
 * @param column where the stretch begins, in UTF-16 units from 1
 * @param length UTF-16 units; at least one caret is drawn
 * @returns the line without its indentation, and the carets, which fit under it in a terminal: tabs stay tabs, wide signs
 *   count as two columns
 */
export function markedLine(line: string, column: number, length: number): readonly [text: string, carets: string] {
  const indent = line.length - line.trimStart().length
  const text = line.trim()
  const start = Math.min(Math.max(0, column - 1 - indent), text.length)
  const before = Array.from(graphemes.segment(text.slice(0, start)), sign => sign.segment)
  const marked = Array.from(graphemes.segment(text.slice(start, start + Math.max(1, length))), sign => sign.segment)
  const after = Array.from(graphemes.segment(text.slice(start + Math.max(1, length))), sign => sign.segment)
  const head = clip(before.toReversed(), BEFORE).toReversed()
  const body = clip(marked, WIDEST - widthOf(head))
  const tail = body.length < marked.length ? [] : clip(after, WIDEST - widthOf(head) - widthOf(body))
  return [
    [...head, ...body, ...tail].map(visible).join(''),
    head.map(blank).join('') + '^'.repeat(Math.max(1, widthOf(body))),
  ]
}

const SECRET =
  /((?:password|passwd|passphrase|secret|token|api_?key|private_?key|authorization)\w*["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|(?:bearer|basic)\s+[^\s,}]+|[^\s,}]+)/gi

/**
 * A line of a file may hold a secret that its author wrote out against all advice; quoted in a report it would be in
 * the log of a build. A reference is none. The line stays as long as it was.
 */
export function withoutSecrets(line: string): string {
  return line.replace(SECRET, (whole, key: string, value: string) =>
    /^["']?\$\{/.test(value) ? whole : key + '*'.repeat(value.length),
  )
}

/** As many signs as fit; an ellipsis stands for the rest. */
function clip(signs: readonly string[], width: number): string[] {
  if (widthOf(signs) <= width) return [...signs]
  const kept: string[] = []
  let used = 1
  for (const sign of signs) {
    used += widthOf([sign])
    if (used > width) break
    kept.push(sign)
  }
  return [...kept, '…']
}

function widthOf(signs: readonly string[]): number {
  return signs.reduce((sum, sign) => sum + (INVISIBLE.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1), 0)
}

function blank(sign: string): string {
  return sign === '\t' ? sign : ' '.repeat(widthOf([sign]))
}

/** Control characters, which a terminal would obey, as the pictures that Unicode has of them. */
function visible(sign: string): string {
  return sign.replace(/[\0-\x08\x0a-\x1f\x7f]/g, control =>
    control === '\x7f' ? '\u2421' : String.fromCharCode(0x2400 + control.charCodeAt(0)),
  )
}
