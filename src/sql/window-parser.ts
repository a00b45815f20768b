// A window among the items of GROUP BY: its shape with literal lengths, FILTER and OVER.

import { TIME_UNITS, type TimeUnit, UNIT_MS } from '../core/time-unit.ts'
import type { Expression, WindowClause, WindowShape } from './ast.ts'
import { isCall, parseFilter, parsePartitionBy } from './call-parser.ts'
import { parseExpression } from './expression-parser.ts'
import { type TokenStream, tokenText } from './token-stream.ts'
import type { Token } from './tokenizer.ts'

/** A hundred years: longer ones are mistakes, and end beyond what dates can say. */
const MAX_LENGTH_MS = 36_500 * UNIT_MS.DD

const SHAPES: Readonly<Record<string, (t: TokenStream) => WindowShape>> = {
  tumblingwindow: parseTumbling,
  hoppingwindow: parseHopping,
  slidingwindow: parseSliding,
  sessionwindow: parseSession,
  countwindow: parseCount,
  statewindow: parseState,
}

const FORMS: Readonly<Record<string, string>> = {
  tumblingwindow: 'TUMBLINGWINDOW(unit, length)',
  hoppingwindow: 'HOPPINGWINDOW(unit, length, hop)',
  slidingwindow: 'SLIDINGWINDOW(unit, length [, delay])',
  sessionwindow: 'SESSIONWINDOW(unit, maximum, gap)',
  countwindow: 'COUNTWINDOW(length [, interval])',
  statewindow: 'STATEWINDOW(begin [, emit])',
}

/** Whether a call of this name, in lower case, makes a window. */
export function isWindowName(name: string): boolean {
  return Object.hasOwn(SHAPES, name)
}

/** Whether a window stands next. */
export function isWindow(t: TokenStream): boolean {
  const token = t.current
  return token.kind === 'name' && isCall(t) && isWindowName(token.name.toLowerCase())
}

/** `XWINDOW(…) [FILTER (WHERE …)] [OVER ([WHEN …] [PARTITION BY …])]` */
export function parseWindow(t: TokenStream): WindowClause {
  const { name, span } = t.expectName('a window')
  const key = name.toLowerCase()
  t.expectSymbol('(', 'after a window')
  const shape = SHAPES[key]!(t)
  if (!t.acceptSymbol(')')) throw wrongArguments(t, key)
  const filter = parseFilter(t)
  const over = parseWindowOver(t)
  if (t.isKeyword('FILTER')) throw t.error({ what: 'FILTER of a window stands before its OVER, and once.' })
  return { shape, filter, ...over, span: t.spanFrom({ span }) }
}

function parseWindowOver(t: TokenStream): { when: Expression | undefined; partitionBy: Expression[] } {
  if (!t.acceptKeyword('OVER')) return { when: undefined, partitionBy: [] }
  t.expectSymbol('(', 'after OVER')
  let when: Expression | undefined
  let partitionBy: Expression[] = []
  for (;;) {
    if (!when && t.acceptKeyword('WHEN')) when = parseExpression(t)
    else if (partitionBy.length === 0 && t.isKeyword('PARTITION')) partitionBy = parsePartitionBy(t)
    else break
  }
  if (!when && partitionBy.length === 0) throw t.expected('WHEN or PARTITION BY', 'in OVER')
  t.expectSymbol(')', 'to close OVER')
  return { when, partitionBy }
}

function parseTumbling(t: TokenStream): WindowShape {
  const unit = parseUnit(t, 'tumblingwindow')
  const length = parseTime(t, 'tumblingwindow', unit, 'length')
  return { kind: 'tumbling', unit, length }
}

function parseHopping(t: TokenStream): WindowShape {
  const unit = parseUnit(t, 'hoppingwindow')
  const length = parseTime(t, 'hoppingwindow', unit, 'length')
  const hop = parseTime(t, 'hoppingwindow', unit, 'hop')
  return { kind: 'hopping', unit, length, hop }
}

/**
 * A delay of 0 is none: the window goes out with the row that triggers it. A length of 0 with a delay looks only ahead:
 * `SLIDINGWINDOW(ss, 0, 10) OVER (WHEN hot)` is how rules say "and it stays so for ten seconds".
 */
function parseSliding(t: TokenStream): WindowShape {
  const unit = parseUnit(t, 'slidingwindow')
  const place = t.peek(1)?.span
  const length = parseTime(t, 'slidingwindow', unit, 'length', 0)
  const delay = t.isSymbol(')') ? 0 : parseTime(t, 'slidingwindow', unit, 'delay', 0)
  if (length === 0 && delay === 0) {
    const what = 'The length of a window must be positive, unless it has a delay.'
    throw t.error({
      code: 'SQL_WINDOW',
      what,
      fix: `The form is ${FORMS['slidingwindow']}.`,
      ...(place && { span: place }),
    })
  }
  return { kind: 'sliding', unit, length, delay: delay === 0 ? undefined : delay }
}

function parseSession(t: TokenStream): WindowShape {
  const unit = parseUnit(t, 'sessionwindow')
  const max = parseTime(t, 'sessionwindow', unit, 'maximum')
  const gap = parseTime(t, 'sessionwindow', unit, 'gap')
  return { kind: 'session', unit, max, gap }
}

function parseCount(t: TokenStream): WindowShape {
  const length = parseLength(t, 'countwindow', 'length', 1)
  if (t.isSymbol(')')) return { kind: 'count', length, interval: undefined }
  expectComma(t, 'countwindow')
  const place = t.current.span
  const interval = parseLength(t, 'countwindow', 'interval', 1)
  if (interval > length) {
    const what = `The interval of a count window, ${interval}, is larger than its length, ${length}.`
    throw t.error({ code: 'SQL_WINDOW', what, fix: `Write an interval from 1 to ${length}.`, span: place })
  }
  return { kind: 'count', length, interval }
}

function parseState(t: TokenStream): WindowShape {
  if (t.isSymbol(')')) throw wrongArguments(t, 'statewindow')
  const begin = parseExpression(t)
  const emit = t.acceptSymbol(',') ? parseExpression(t) : undefined
  return { kind: 'state', begin, emit }
}

/** What other dialects, and old manuals of this one, call the units. */
const OTHER_UNITS: Readonly<Record<string, TimeUnit>> = {
  ...{ D: 'DD', DAY: 'DD', DAYS: 'DD', H: 'HH', HOUR: 'HH', HOURS: 'HH', M: 'MI', MM: 'MI', MIN: 'MI' },
  ...{ MINUTE: 'MI', MINUTES: 'MI', S: 'SS', SEC: 'SS', SECOND: 'SS', SECONDS: 'SS' },
  ...{ MILLISECOND: 'MS', MILLISECONDS: 'MS' },
}

function unitMeant(token: Token): TimeUnit | undefined {
  const word = (token.kind === 'name' ? token.name : token.kind === 'string' ? token.value : '').toUpperCase()
  return TIME_UNITS.find(unit => unit === word) ?? (Object.hasOwn(OTHER_UNITS, word) ? OTHER_UNITS[word] : undefined)
}

function parseUnit(t: TokenStream, window: string): TimeUnit {
  const token = t.current
  const unit = TIME_UNITS.find(known => token.kind === 'keyword' && token.word === known)
  if (!unit) {
    const what = `The first argument of ${FORMS[window]} is a unit, but here stands ${tokenText(token)}.`
    const meant = unitMeant(token)
    const fix = meant
      ? `Write ${meant}${token.kind === 'string' ? ', without quotes' : ''}.`
      : 'Write DD, HH, MI, SS or MS, without quotes.'
    throw t.error({ code: 'SQL_WINDOW', what, fix })
  }
  t.next()
  return unit
}

function parseTime(t: TokenStream, window: string, unit: TimeUnit, role: string, least = 1): number {
  expectComma(t, window)
  const place = t.current.span
  const length = parseLength(t, window, role, least)
  if (length * UNIT_MS[unit] > MAX_LENGTH_MS) {
    throw t.error({
      code: 'SQL_WINDOW',
      what: `The ${role} of this window is longer than a hundred years.`,
      span: place,
    })
  }
  return length
}

/** A whole number written out, with nothing behind it but a comma or the parenthesis. */
function parseLength(t: TokenStream, window: string, role: string, least: number): number {
  const token = t.current
  if (token.kind === 'symbol' && token.symbol === ')') throw wrongArguments(t, window)
  const after = t.peek(1)
  const alone = after?.kind !== 'symbol' || after.symbol === ',' || after.symbol === ')'
  if (token.kind !== 'integer' || !alone) {
    const negative = token.kind === 'symbol' && token.symbol === '-'
    const what = negative
      ? `The ${role} of a window must be positive.`
      : `The ${role} of a window must be a whole number, written out.`
    throw t.error({ code: 'SQL_WINDOW', what, fix: `The form is ${FORMS[window]}.` })
  }
  const length = Number(token.value)
  if (length < least) throw t.error({ code: 'SQL_WINDOW', what: `The ${role} of a window must be positive.` })
  if (!Number.isSafeInteger(length))
    throw t.error({ code: 'SQL_WINDOW', what: `The ${role} of this window is too large.` })
  t.next()
  return length
}

function expectComma(t: TokenStream, window: string): void {
  if (!t.acceptSymbol(',')) throw wrongArguments(t, window)
}

function wrongArguments(t: TokenStream, window: string) {
  const token = t.current
  const known = token.kind === 'symbol' && (token.symbol === ')' || token.symbol === ',')
  if (!known) return t.expected(', or )', 'after an argument of a window')
  const count = token.symbol === ')' ? 'few' : 'many'
  const form = FORMS[window]!
  return t.error({ code: 'SQL_WINDOW', what: `This window has too ${count} arguments.`, fix: `The form is ${form}.` })
}
