// Tokens in, a SELECT statement out.

import type {
  Expression,
  JoinClause,
  JoinKind,
  OrderItem,
  SelectItem,
  SelectStatement,
  SourceReference,
  WindowClause,
} from './ast.ts'
import { isWildcard, parseOrderItem, parseWildcard } from './call-parser.ts'
import { parseWholeExpression } from './expression-parser.ts'
import { type TokenStream, tokenText } from './token-stream.ts'
import type { Token } from './tokenizer.ts'
import { checkHeight } from './tree-height.ts'
import { isWindow, parseWindow } from './window-parser.ts'

/** One SELECT up to its `;`, which is left unread. @see spec/sql.md 4 */
export function parseSelectStatement(t: TokenStream): SelectStatement {
  const start = t.current
  t.expectKeyword('SELECT', 'at the start of a statement')
  const items = parseItems(t)
  if (!t.acceptKeyword('FROM')) throw itemError(t)
  const from = parseSource(t)
  const joins = parseJoins(t)
  const where = t.acceptKeyword('WHERE') ? parseWholeExpression(t) : undefined
  const { groupBy, window } = parseGroupBy(t)
  const having = t.acceptKeyword('HAVING') ? parseWholeExpression(t) : undefined
  const orderBy = parseOrderBy(t)
  const limit = t.acceptKeyword('LIMIT') ? parseLimit(t) : undefined
  const span = t.spanFrom(start)
  if (t.current.kind !== 'end' && !t.isSymbol(';')) throw clauseError(t)
  return { kind: 'select', items, from, joins, where, groupBy, window, having, orderBy, limit, span }
}

function parseItems(t: TokenStream): SelectItem[] {
  const items = [parseItem(t)]
  while (t.acceptSymbol(',')) items.push(parseItem(t))
  return items
}

function parseItem(t: TokenStream): SelectItem {
  const start = t.current
  if (isWildcard(t)) {
    const expression = parseWildcard(t)
    checkHeight(t, expression)
    if (t.isKeyword('AS') || t.isKeyword('INVISIBLE')) {
      throw t.error({ what: `${tokenText(t.current)} cannot follow *.`, why: 'A wildcard stands for many columns.' })
    }
    return { expression, alias: undefined, invisible: false, span: t.spanFrom(start) }
  }
  const expression = parseWholeExpression(t)
  const alias = t.acceptKeyword('AS') ? t.expectName('an alias') : undefined
  const invisible = t.acceptKeyword('INVISIBLE')
  return { expression, alias, invisible, span: t.spanFrom(start) }
}

/** What stands behind a select item is neither a comma nor FROM. */
function itemError(t: TokenStream) {
  const token = t.current
  const error = t.expected('a comma or FROM', 'after a column of SELECT')
  if (error.fix !== undefined) return error
  if (token.kind === 'name' && t.peek(-1)?.kind !== 'symbol') {
    return t.error({ what: error.what, fix: `If ${token.name} is an alias, write AS ${token.name}.` })
  }
  if (token.kind === 'keyword' && token.word === 'OVER') {
    return t.error({ what: error.what, why: 'OVER stands only behind a call, after its FILTER.' })
  }
  return error
}

function parseSource(t: TokenStream): SourceReference {
  const start = t.current
  const name = parseSourceName(t)
  const alias = t.acceptKeyword('AS') ? t.expectName('an alias').name : undefined
  const reference = { name, alias, span: t.spanFrom(start) }
  const token = t.current
  if (token.kind !== 'name' && !(token.kind === 'symbol' && token.symbol === ',')) return reference
  const error = t.expected('a clause or the end', 'after a source')
  if (error.fix !== undefined) throw error
  if (token.kind === 'symbol') {
    const what = 'FROM names one source.'
    throw t.error({ what, fix: 'Join the others: FROM a INNER JOIN b ON a.x = b.x, in a window.' })
  }
  const what = alias === undefined ? `An alias needs AS.` : error.what
  throw t.error({ what, fix: alias === undefined ? `Write ${shown(name)} AS ${token.name}.` : undefined })
}

/**
 * A source's name. Written without blanks it may hold `/`, `#`, `+` and `-`, as MQTT topics do: `topic/+/state`.
 * @see spec/sql.md 4.1
 */
function parseSourceName(t: TokenStream): string {
  const start = t.current
  if (start.kind === 'symbol' && start.symbol === '(') {
    throw t.error({ what: 'There are no sub-queries: FROM names a stream or a table.' })
  }
  if (start.kind === 'name' && start.quoted) return t.expectName('a source').name
  if (start.kind === 'keyword') throw t.reserved(start)
  if (sourcePart(start) === undefined || start.kind === 'integer')
    throw t.expected('a stream or a table', 'after FROM or JOIN')
  let name = ''
  let end = start.span.start
  for (;;) {
    const token = t.current
    const part = sourcePart(token)
    if (part === undefined || token.span.start !== end) return name
    name += part
    end = token.span.end
    t.next()
  }
}

function sourcePart(token: Token): string | undefined {
  switch (token.kind) {
    case 'name':
      return token.quoted ? undefined : token.name
    case 'keyword':
      return token.text
    case 'integer':
      return token.digits
    case 'symbol':
      return /^[/#+-]$/.test(token.symbol) ? token.symbol : undefined
    default:
      return undefined
  }
}

function shown(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name
}

function parseJoins(t: TokenStream): JoinClause[] {
  const joins: JoinClause[] = []
  for (;;) {
    const start = t.current
    if (start.kind !== 'keyword' || !/^(INNER|LEFT|RIGHT|FULL|CROSS)$/.test(start.word)) return joins
    const kind = start.word.toLowerCase() as JoinKind
    t.next()
    t.expectKeyword('JOIN', `after ${start.text}`)
    const source = parseSource(t)
    if (kind === 'cross' && t.isKeyword('ON')) {
      const fix = 'Leave ON out, or write INNER JOIN.'
      throw t.error({ code: 'SQL_JOIN', what: 'CROSS JOIN takes no ON.', fix })
    }
    const on = t.acceptKeyword('ON') ? parseWholeExpression(t) : undefined
    joins.push({ kind, source, on, span: t.spanFrom(start) })
  }
}

function parseGroupBy(t: TokenStream): { groupBy: Expression[]; window: WindowClause | undefined } {
  const groupBy: Expression[] = []
  let window: WindowClause | undefined
  if (!t.acceptKeyword('GROUP')) return { groupBy, window }
  t.expectKeyword('BY', 'after GROUP')
  do {
    if (!isWindow(t)) {
      groupBy.push(parseWholeExpression(t))
      continue
    }
    const next = parseWindow(t)
    if (window) throw t.error({ code: 'SQL_WINDOW', what: 'A statement has at most one window.', span: next.span })
    checkWindow(t, next)
    window = next
  } while (t.acceptSymbol(','))
  return { groupBy, window }
}

function checkWindow(t: TokenStream, { shape, filter, when, partitionBy }: WindowClause): void {
  const conditions = shape.kind === 'state' ? [shape.begin, shape.emit] : []
  for (const part of [...conditions, filter, when, ...partitionBy]) if (part) checkHeight(t, part)
}

/** The commas between the items may be left out. */
function parseOrderBy(t: TokenStream): OrderItem[] {
  const items: OrderItem[] = []
  if (!t.acceptKeyword('ORDER')) return items
  t.expectKeyword('BY', 'after ORDER')
  do {
    const item = parseOrderItem(t)
    checkHeight(t, item.expression)
    items.push(item)
  } while (t.acceptSymbol(',') || (t.current.kind === 'name' && !isOffset(t)))
  return items
}

/** Not a column to sort by, but a clause of other dialects: it is refused by name. */
function isOffset(t: TokenStream): boolean {
  return t.isWord('OFFSET') && t.peek(1)?.kind === 'integer'
}

function parseLimit(t: TokenStream): number {
  const token = t.current
  if (token.kind !== 'integer') {
    throw t.error({ what: `LIMIT takes a whole number of 0 or more, not ${tokenText(token)}.` })
  }
  t.next()
  if (t.isSymbol(','))
    throw t.error({ what: 'LIMIT takes one number.', fix: 'LIMIT n takes the first n rows; there is no offset.' })
  return Math.min(Number(token.value), Number.MAX_SAFE_INTEGER)
}

const CLAUSES: readonly string[] = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT']

/** Something stands behind the last clause. */
function clauseError(t: TokenStream) {
  const token = t.current
  const error = t.expected('the end of the statement')
  if (error.fix !== undefined || token.kind !== 'keyword') return error
  const why = 'The order of the clauses is FROM, joins, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, each once.'
  if (CLAUSES.includes(token.word)) return t.error({ what: `${token.text} cannot stand here.`, why })
  if (/^(INNER|LEFT|RIGHT|FULL|CROSS)$/.test(token.word)) return t.error({ what: `A join cannot stand here.`, why })
  return error
}
