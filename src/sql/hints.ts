// The place where a parser got stuck in, the usual mistake behind it out: what people write who come from other SQLs.

import { nearest } from '../core/errors.ts'
import type { Span } from '../core/location.ts'
import type { TokenStream } from './token-stream.ts'
import type { Token } from './tokenizer.ts'

export interface Mistake {
  readonly what: string
  readonly fix: string
  /** when not the current token */
  readonly span?: Span
}

type Rule = (t: TokenStream, current: Token, previous: Token | undefined) => Mistake | undefined

/** The usual mistake at the current token, if it looks like one. */
export function usualMistake(t: TokenStream): Mistake | undefined {
  const previous = t.peek(-1)
  for (const rule of RULES) {
    const mistake = rule(t, t.current, previous)
    if (mistake) return mistake
  }
  return undefined
}

const RULES: readonly Rule[] = [
  missingSemicolon,
  doubledSymbol,
  decimalComma,
  dashedMinus,
  doubleColon,
  castAs,
  windowOfAnotherName,
  allElements,
  adjacentStrings,
  (_t, current) => wordHint(current),
  distinct,
  keywordHint,
  trailingComma,
]

/** `==`, `<>`, `||`, `&&`, `=>`, `=<`: two tokens that other dialects read as one */
function doubledSymbol(_t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (current.kind !== 'symbol' || previous?.kind !== 'symbol') return undefined
  const span = { start: previous.span.start, end: current.span.end }
  switch (previous.symbol + current.symbol) {
    case '==':
      return { what: 'There is no operator ==.', fix: 'Write =.', span }
    case '<>':
      return { what: 'There is no operator <>.', fix: 'Write !=.', span }
    case '||':
      return {
        what: 'There is no operator ||.',
        fix: 'To join strings write concat(a, b); for a condition write OR.',
        span,
      }
    case '&&':
      return { what: 'There is no operator &&.', fix: 'Write AND.', span }
    case '=>':
      return { what: 'There is no operator =>.', fix: 'Write >=.', span }
    case '=<':
      return { what: 'There is no operator =<.', fix: 'Write <=.', span }
    default:
      return undefined
  }
}

/** `80,5` */
function decimalComma(t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (current.kind !== 'symbol' || current.symbol !== ',' || previous?.kind !== 'integer') return undefined
  const next = t.peek(1)
  const touching = previous.span.end === current.span.start && next?.span.start === current.span.end
  if (next?.kind !== 'integer' || !touching) return undefined
  const span = { start: previous.span.start, end: next.span.end }
  return { what: 'A number has no comma in it.', fix: 'Write a decimal with a point, such as 80.5.', span }
}

/** `5 - -1`: two dashes begin a comment, and a blank between them changes nothing. */
function dashedMinus(t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (current.kind !== 'end' || previous === undefined) return undefined
  const start = previous.span.end
  const dashes = /^\s*(-[ \t]*-)\s*[\d.]/.exec(t.source.text.slice(start, current.span.start))
  if (!dashes) return undefined
  const at = start + dashes[0].indexOf('-')
  const span = { start: at, end: at + dashes[1]!.length }
  const fix = 'To subtract a negative number put it in parentheses: 5 - (-1).'
  return { what: 'Two dashes begin a comment: the rest of the line is not read.', fix, span }
}

/** `a::float` stops at the first colon, behind a complete expression. */
function doubleColon(t: TokenStream, current: Token): Mistake | undefined {
  const next = t.peek(1)
  if (current.kind !== 'symbol' || current.symbol !== ':') return undefined
  if (next?.kind !== 'symbol' || next.symbol !== ':' || next.span.start !== current.span.end) return undefined
  const span = { start: current.span.start, end: next.span.end }
  return { what: 'There is no operator ::.', fix: 'Write cast(x, "bigint").', span }
}

/** `CAST(a AS bigint)` */
function castAs(t: TokenStream, current: Token): Mistake | undefined {
  if (current.kind !== 'keyword' || current.word !== 'AS') return undefined
  const head = enclosingCall(t)
  if (head?.kind !== 'name' || head.name.toLowerCase() !== 'cast') return undefined
  const type = t.peek(1)
  const written = type?.kind === 'name' ? type.name.toLowerCase() : 'bigint'
  return { what: 'CAST takes a comma and the type in quotes.', fix: `Write cast(x, "${written}").` }
}

/** The name in front of the innermost parenthesis that is open at the current token. */
function enclosingCall(t: TokenStream): Token | undefined {
  let open = 1
  for (let back = -1; ; back--) {
    const token = t.peek(back)
    if (token === undefined) return undefined
    if (token.kind !== 'symbol') continue
    if (token.symbol === ')') open++
    if (token.symbol === '(') open--
    if (open === 0) return t.peek(back - 1)
  }
}

/** `TUMBLE(ss, 10)`: a unit of time stands only in the windows, and this is none. */
function windowOfAnotherName(t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (current.kind !== 'keyword' || !/^(DD|HH|MI|SS|MS)$/.test(current.word)) return undefined
  const head = previous?.kind === 'symbol' && previous.symbol === '(' ? t.peek(-2) : undefined
  if (head?.kind !== 'name') return undefined
  const start = head.name.slice(0, 3).toLowerCase()
  const window = ['TUMBLINGWINDOW', 'HOPPINGWINDOW', 'SLIDINGWINDOW', 'SESSIONWINDOW'].find(known =>
    known.toLowerCase().startsWith(start),
  )
  if (window === undefined) return undefined
  return { what: `There is no window ${head.name}.`, fix: `Write ${window}.`, span: head.span }
}

/** `friends[*]->first`, `ops->*->n`: projections, which JSON paths can do. */
function allElements(_t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (current.kind !== 'symbol' || current.symbol !== '*' || previous?.kind !== 'symbol') return undefined
  if (!['[', '->'].includes(previous.symbol)) return undefined
  const fix = 'Write json_path_query(x, "$[*].name").'
  return { what: `* cannot stand behind ${previous.symbol}: a path leads to one value.`, fix }
}

function adjacentStrings(_t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (current.kind !== 'string' || previous?.kind !== 'string' || previous.span.end !== current.span.start)
    return undefined
  return {
    what: 'A doubled quote is not an escape.',
    fix: `Write the quote inside the string as \\${current.quote}.`,
    span: { start: previous.span.end - 1, end: current.span.start + 1 },
  }
}

/** Unreserved words that are keywords elsewhere. */
const WORD_HINTS: Readonly<Record<string, Mistake>> = {
  IS: { what: 'There is no IS NULL.', fix: 'Write isnull(x), or isnull(x) = FALSE.' },
  ILIKE: { what: 'There is no ILIKE.', fix: 'Write lower(x) LIKE "…".' },
  RLIKE: { what: 'There is no RLIKE.', fix: 'Write regexp_matches(x, "…").' },
  REGEXP: { what: 'There is no REGEXP operator.', fix: 'Write regexp_matches(x, "…").' },
  OFFSET: { what: 'There is no OFFSET.', fix: 'LIMIT n takes the first n rows of what is sent; none can be skipped.' },
  UNION: { what: 'There is no UNION.', fix: 'Write one rule for each SELECT and let both send to the same place.' },
  INTERSECT: { what: 'There is no INTERSECT.', fix: 'Join the streams in a window.' },
  OUTER: {
    what: 'There is no OUTER JOIN.',
    fix: 'Leave OUTER out: LEFT JOIN, RIGHT JOIN and FULL JOIN are outer joins.',
  },
  NATURAL: { what: 'There is no NATURAL JOIN.', fix: 'Write INNER JOIN … ON a.x = b.x.' },
  USING: { what: 'There is no USING.', fix: 'Write ON a.x = b.x.' },
  DIV: { what: 'There is no operator DIV.', fix: 'Write /: between two integers it cuts toward zero.' },
  MOD: { what: 'There is no operator MOD.', fix: 'Write %, or mod(a, b).' },
  XOR: { what: 'There is no operator XOR.', fix: 'Write ^ between booleans or integers.' },
}

function wordHint(current: Token): Mistake | undefined {
  if (current.kind !== 'name' || current.quoted) return undefined
  const word = current.name.toUpperCase()
  return Object.hasOwn(WORD_HINTS, word) ? WORD_HINTS[word] : undefined
}

/** `DISTINCT a` and, because the star then reads as a product, `DISTINCT * FROM` */
function distinct(t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  const star = previous?.kind === 'symbol' && previous.symbol === '*' && current.kind === 'keyword'
  const word = star ? t.peek(-2) : previous
  if (word?.kind !== 'name' || word.quoted || word.name.toUpperCase() !== 'DISTINCT') return undefined
  if (!star && current.kind !== 'name' && current.kind !== 'string') return undefined
  const fix = 'Name the columns in GROUP BY; to send only changes use changed_cols().'
  return { what: 'There is no DISTINCT.', fix, span: word.span }
}

/** A statement begins where the one before has not ended. */
function missingSemicolon(t: TokenStream, current: Token): Mistake | undefined {
  const next = t.peek(1)
  const create = current.kind === 'name' && !current.quoted && current.name.toUpperCase() === 'CREATE'
  const what = next?.kind === 'name' && /^(stream|table)$/i.test(next.name)
  return create && what
    ? { what: 'A ; is missing before CREATE.', fix: 'End the statement before it with ;.' }
    : undefined
}

function keywordHint(_t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (current.kind !== 'keyword') return undefined
  if (current.word === 'NOT') {
    const fix = 'Write (…) = FALSE, or use !=, NOT IN, NOT LIKE, NOT BETWEEN.'
    return { what: 'NOT does not stand before a condition.', fix }
  }
  if (current.word === 'JOIN') return { what: 'There is no plain JOIN.', fix: 'Write INNER JOIN.' }
  if (current.word === 'SELECT' && previous?.kind === 'symbol' && previous.symbol === '(') {
    return {
      what: 'There are no sub-queries.',
      fix: 'Write a rule of its own that sends to a memory topic, and read that.',
    }
  }
  return undefined
}

function trailingComma(_t: TokenStream, current: Token, previous: Token | undefined): Mistake | undefined {
  if (previous?.kind !== 'symbol' || previous.symbol !== ',') return undefined
  const closes = current.kind === 'end' || (current.kind === 'symbol' && /^[)\];]$/.test(current.symbol))
  const clause = current.kind === 'keyword' && /^(FROM|WHERE|GROUP|HAVING|ORDER|LIMIT)$/.test(current.word)
  if (!closes && !clause) return undefined
  return { what: 'Nothing follows this comma.', fix: 'Remove the comma.', span: previous.span }
}

/** Keywords that a slip is looked for among, besides those that are wanted. Short ones are like everything. */
const KEYWORDS: readonly string[] = [
  ...['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'JOIN'],
  ...['AND', 'BETWEEN', 'LIKE', 'OVER', 'FILTER', 'PARTITION', 'WHEN', 'THEN', 'ELSE', 'EXCEPT', 'REPLACE'],
  ...['INVISIBLE', 'DEFAULT', 'WITH'],
]

/**
 * `FORM demo`, `WEHN`, `CREATE STREM`: where no name can stand, a name that is one slip away from a keyword.
 * @param wanted what could stand here, its keywords in capitals: `a comma or FROM`
 */
export function misspeltKeyword(t: TokenStream, wanted: string): string | undefined {
  const { current } = t
  if (current.kind !== 'name' || current.quoted || current.name.length < 3) return undefined
  const next = t.peek(1)
  const ends = next?.kind === 'symbol' ? next.symbol === ',' : next?.kind === 'keyword' && next.word === 'FROM'
  // `SELECT temp form, …`: rather an alias that lacks its AS.
  if (wanted.endsWith('FROM') && ends) return undefined
  // A keyword as it should be is no slip: it stands in the wrong place.
  if (KEYWORDS.includes(current.name.toUpperCase())) return undefined
  const near = nearest(current.name, [...(wanted.match(/\b[A-Z]{2,}\b/g) ?? []), ...KEYWORDS])
  return near === undefined ? undefined : `Did you mean ${near}?`
}
