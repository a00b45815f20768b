// What stands behind a function's name: arguments, FILTER, OVER; and wildcards, which are arguments or select items.

import type { CallExpression, Expression, Name, OrderItem, OverClause, WildcardExpression } from './ast.ts'
import { parseExpression, parseExpressionList } from './expression-parser.ts'
import type { TokenStream } from './token-stream.ts'
import { isWindowName } from './window-parser.ts'

/** Whether a name with a parenthesis stands next. */
export function isCall(t: TokenStream): boolean {
  const after = t.peek(1)
  return t.current.kind === 'name' && after?.kind === 'symbol' && after.symbol === '('
}

/** `name(arguments) [FILTER (WHERE …)] [OVER (…)]` */
export function parseCall(t: TokenStream): CallExpression {
  const { name: written, span: nameSpan } = t.expectName('a function')
  const name = written.toLowerCase()
  if (isWindowName(name)) {
    const fix = 'Make it one of the items of GROUP BY.'
    throw t.error({
      code: 'SQL_WINDOW',
      what: `The window ${written}() can stand only in GROUP BY.`,
      fix,
      span: nameSpan,
    })
  }
  t.expectSymbol('(', 'after a function')
  const args = t.isSymbol(')') ? [] : parseArguments(t, name)
  t.expectSymbol(')', `or a comma after an argument of ${written}()`)
  const filter = parseFilter(t)
  const over = t.isKeyword('OVER') ? parseOver(t, name) : undefined
  return { kind: 'call', name, arguments: args, filter, over, span: t.spanFrom({ span: nameSpan }), nameSpan }
}

function parseArguments(t: TokenStream, name: string): Expression[] {
  const args: Expression[] = []
  do {
    const argument = isWildcard(t) ? parseWildcard(t) : parseExpression(t)
    if (argument.kind === 'wildcard' && name === 'meta' && argument.except.length + argument.replace.length > 0) {
      throw t.error({ what: 'meta(*) takes no EXCEPT and no REPLACE.', span: argument.span })
    }
    args.push(argument)
  } while (t.acceptSymbol(','))
  return args
}

/** Whether `*` or `s.*` stands next. */
export function isWildcard(t: TokenStream): boolean {
  if (t.isSymbol('*')) return true
  const [dot, star] = [t.peek(1), t.peek(2)]
  return (
    t.current.kind === 'name' &&
    dot?.kind === 'symbol' &&
    dot.symbol === '.' &&
    star?.kind === 'symbol' &&
    star.symbol === '*'
  )
}

/** `[s.]* { EXCEPT(a, b) | REPLACE(e AS a) }` */
export function parseWildcard(t: TokenStream): WildcardExpression {
  const start = t.current
  const qualifier = t.isSymbol('*') ? undefined : t.expectName('a source').name
  if (qualifier !== undefined) t.next()
  t.next()
  const except: Name[] = []
  const replace: { expression: Expression; name: Name }[] = []
  for (;;) {
    if (t.acceptKeyword('EXCEPT')) {
      t.expectSymbol('(', 'after EXCEPT')
      do except.push(t.expectName('a column'))
      while (t.acceptSymbol(','))
      t.expectSymbol(')', 'or a comma after a column of EXCEPT')
    } else if (t.acceptKeyword('REPLACE')) {
      t.expectSymbol('(', 'after REPLACE')
      do replace.push(parseReplacement(t))
      while (t.acceptSymbol(','))
      t.expectSymbol(')', 'or a comma after an item of REPLACE')
    } else {
      return { kind: 'wildcard', qualifier, except, replace, span: t.spanFrom(start) }
    }
  }
}

function parseReplacement(t: TokenStream): { expression: Expression; name: Name } {
  const expression = parseExpression(t)
  t.expectKeyword('AS', 'after an expression of REPLACE')
  return { expression, name: t.expectName('a column') }
}

/** `FILTER (WHERE condition)`, if it stands next */
export function parseFilter(t: TokenStream): Expression | undefined {
  if (!t.acceptKeyword('FILTER')) return undefined
  t.expectSymbol('(', 'after FILTER')
  t.expectKeyword('WHERE', 'in FILTER')
  const filter = parseExpression(t)
  t.expectSymbol(')', 'to close FILTER')
  return filter
}

/** `OVER ([PARTITION BY …] [WHEN … | ORDER BY …])`; only `row_number` may leave all of it out. */
function parseOver(t: TokenStream, name: string): OverClause {
  const start = t.next()
  t.expectSymbol('(', 'after OVER')
  if (t.isSymbol(')') && name !== 'row_number') {
    throw t.error({ what: 'OVER () is empty.', fix: 'Write PARTITION BY or WHEN in it, or leave it out.' })
  }
  const partitionBy = parsePartitionBy(t)
  const when = t.acceptKeyword('WHEN') ? parseExpression(t) : undefined
  if (when && t.isKeyword('PARTITION')) {
    throw t.error({ what: 'PARTITION BY stands before WHEN.', fix: 'Write OVER (PARTITION BY … WHEN …).' })
  }
  if (when && t.isKeyword('ORDER')) throw t.error({ what: 'OVER takes WHEN or ORDER BY, not both.' })
  const orderBy = t.isKeyword('ORDER') ? parseOverOrder(t) : []
  t.expectSymbol(')', 'to close OVER')
  return { partitionBy, when, orderBy, span: t.spanFrom(start) }
}

/** `PARTITION BY a, b`, if it stands next */
export function parsePartitionBy(t: TokenStream): Expression[] {
  if (!t.acceptKeyword('PARTITION')) return []
  t.expectKeyword('BY', 'after PARTITION')
  return parseExpressionList(t)
}

function parseOverOrder(t: TokenStream): OrderItem[] {
  t.next()
  t.expectKeyword('BY', 'after ORDER')
  const items = [parseOrderItem(t)]
  while (t.acceptSymbol(',')) items.push(parseOrderItem(t))
  return items
}

/** `expr [ASC | DESC]`; the expression begins with a name. */
export function parseOrderItem(t: TokenStream): OrderItem {
  const start = t.current
  if (start.kind !== 'name') {
    if (start.kind === 'keyword') throw t.reserved(start)
    const why = 'Numbers, strings and parentheses cannot stand first in it.'
    const fix = 'Give the expression an alias in the select list and sort by that.'
    throw t.error({ what: 'What ORDER BY sorts by begins with a name.', why, fix })
  }
  const expression = parseExpression(t)
  const descending = t.acceptKeyword('DESC')
  if (!descending) t.acceptKeyword('ASC')
  return { expression, descending, span: t.spanFrom(start) }
}
