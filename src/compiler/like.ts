// A LIKE pattern in, a function that tells whether a text fits it out. Time grows with text times pattern at worst, so
// no text that a device sends can hold up the process, as it could with a regular expression.

export type LikeMatcher = (text: string) => boolean

/** What stands between two `%`: literal runs, and `null` for each `_`. */
type Segment = readonly (string | null)[]

/**
 * `%` any run, `_` one character, `\%` a percent sign, everything else literally; anchored, case-sensitive, neither `%`
 * nor `_` crosses a line feed. `\_` is no escape in the dialect: it means a backslash and an underscore (spec/sql.md 4.7;
 * the conformance cases hold it to that).
 */
export function likeMatcher(pattern: string): LikeMatcher {
  const [head, ...rest] = segments(pattern)
  const last = rest.pop()
  const quick = plainMatcher(head!, rest, last)
  if (quick) return quick
  if (!last) return text => matchAt(text, head!, 0) === text.length
  const middle = rest.filter(segment => segment.length > 0)
  return text => {
    let at = matchAt(text, head!, 0)
    if (at < 0) return false
    // The leftmost place is always good enough: whatever follows it can reach from there too.
    for (const segment of middle) {
      at = find(text, segment, at)
      if (at < 0) return false
    }
    const start = startOfLast(text, last)
    return start >= at && matchAt(text, last, start) === text.length && !hasLineFeed(text, at, start)
  }
}

/** What most patterns are: one text, or texts at both ends of one `%`. */
function plainMatcher(head: Segment, middle: readonly Segment[], last: Segment | undefined): LikeMatcher | undefined {
  const isPlain = (segment: Segment) => segment.length === 0 || (segment.length === 1 && segment[0] !== null)
  if (middle.length > 0 || !isPlain(head) || (last && !isPlain(last))) return undefined
  const start = head[0] ?? ''
  if (!last) return text => text === start
  const end = last[0] ?? ''
  if (end === '') return text => text.startsWith(start) && text.indexOf('\n', start.length) < 0
  const shortest = start.length + end.length
  return text =>
    text.length >= shortest &&
    text.startsWith(start) &&
    text.endsWith(end) &&
    !hasLineFeed(text, start.length, text.length - end.length)
}

function segments(pattern: string): Segment[] {
  const all: (string | null)[][] = []
  let parts: (string | null)[] = []
  let literal = ''
  const flush = () => {
    if (literal !== '') parts.push(literal)
    literal = ''
  }
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    const next = pattern[i + 1]
    if (c === '\\' && (next === '%' || next === '_')) literal += next === '%' ? pattern[++i] : c + pattern[++i]
    else if (c === '%') {
      flush()
      all.push(parts)
      parts = []
    } else if (c === '_') {
      flush()
      parts.push(null)
    } else literal += c
  }
  flush()
  return [...all, parts]
}

/** @returns where the segment ends when it stands at this place; -1: it does not */
function matchAt(text: string, segment: Segment, place: number): number {
  let at = place
  for (const part of segment) {
    if (part === null) {
      const code = text.codePointAt(at)
      if (code === undefined || code === 0x0a) return -1
      at += code > 0xffff ? 2 : 1
    } else {
      if (!text.startsWith(part, at)) return -1
      at += part.length
    }
  }
  return at
}

/** The end of the leftmost place that a `%` can reach from `from`; -1: there is none. */
function find(text: string, segment: Segment, from: number): number {
  const [first] = segment
  const lineEnd = text.indexOf('\n', from)
  const latest = lineEnd < 0 ? text.length : lineEnd
  for (let at = from; at <= latest; at++) {
    if (first != null) {
      at = text.indexOf(first, at)
      if (at < 0 || at > latest) return -1
    }
    const end = matchAt(text, segment, at)
    if (end >= 0) return end
  }
  return -1
}

/** Where the last segment must begin to end with the text. */
function startOfLast(text: string, segment: Segment): number {
  let at = text.length
  for (const part of segment.toReversed()) {
    if (part !== null) at -= part.length
    else at -= isPairBefore(text, at) ? 2 : 1
  }
  return at
}

function isPairBefore(text: string, end: number): boolean {
  return end >= 2 && text.codePointAt(end - 2)! > 0xffff
}

function hasLineFeed(text: string, from: number, to: number): boolean {
  const at = text.indexOf('\n', from)
  return at >= 0 && at < to
}
