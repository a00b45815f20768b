// Tokens in, expression trees out: operators by precedence, postfix paths, calls, CASE.

import type { BinaryOperator, CaseExpression, Expression, LiteralExpression } from './ast.ts'
import { isCall, parseCall } from './call-parser.ts'
import { usualMistake } from './hints.ts'
import { BINARY_PRECEDENCE, PRECEDENCE } from './precedence.ts'
import { type TokenStream, tokenText } from './token-stream.ts'
import { clampInteger, type Token } from './tokenizer.ts'
import { checkHeight } from './tree-height.ts'

/** A whole expression, checked not to be too tall for those who walk it. */
export function parseWholeExpression(t: TokenStream): Expression {
  const expression = parseExpression(t)
  checkHeight(t, expression)
  return expression
}

/** An expression inside another one. */
export function parseExpression(t: TokenStream): Expression {
  return t.nested(() => parseLevel(t, PRECEDENCE.or))
}

/** `expr { "," expr }` */
export function parseExpressionList(t: TokenStream): Expression[] {
  const list = [parseExpression(t)]
  while (t.acceptSymbol(',')) list.push(parseExpression(t))
  return list
}

/** Operators of at least the given strength; equal ones associate to the left. */
function parseLevel(t: TokenStream, level: number): Expression {
  let left = parseOperand(t)
  for (;;) {
    const operator = binaryOperator(t.current)
    if (operator) {
      if (BINARY_PRECEDENCE[operator] < level) return left
      t.next()
      const right = parseLevel(t, BINARY_PRECEDENCE[operator] + 1)
      left = { kind: 'binary', operator, left, right, span: t.spanFrom(left) }
      continue
    }
    if (level > PRECEDENCE.comparison) return left
    const condition = parseWordCondition(t, left)
    if (!condition) return left
    left = condition
  }
}

function binaryOperator(token: Token): BinaryOperator | undefined {
  if (token.kind === 'keyword') return token.word === 'AND' || token.word === 'OR' ? token.word : undefined
  if (token.kind !== 'symbol' || !Object.hasOwn(BINARY_PRECEDENCE, token.symbol)) return undefined
  return token.symbol as BinaryOperator
}

/** `[NOT] IN`, `[NOT] BETWEEN`, `[NOT] LIKE` behind an operand */
function parseWordCondition(t: TokenStream, operand: Expression): Expression | undefined {
  const negated = t.acceptKeyword('NOT')
  const token = t.current
  const word = token.kind === 'keyword' ? token.word : undefined
  if (word !== 'IN' && word !== 'BETWEEN' && word !== 'LIKE') {
    if (negated) throw t.expected('IN, BETWEEN or LIKE', 'after NOT')
    return undefined
  }
  t.next()
  if (word === 'IN') return parseIn(t, operand, negated)
  if (word === 'BETWEEN') return parseBetween(t, operand, negated)
  const pattern = parseLevel(t, PRECEDENCE.additive)
  return { kind: 'like', negated, operand, pattern, span: t.spanFrom(operand) }
}

function parseIn(t: TokenStream, operand: Expression, negated: boolean): Expression {
  let list: Expression[] | undefined
  let array: Expression | undefined
  if (t.acceptSymbol('(')) {
    if (t.isSymbol(')'))
      throw t.error({ what: 'IN () has no values.', fix: 'Write at least one, or leave the condition out.' })
    list = parseExpressionList(t)
    t.expectSymbol(')', 'or a comma after a value of IN')
  } else {
    array = parseOperand(t)
  }
  refuseArithmetic(t, 'IN', 'The right side of IN is a list or one operand.')
  return { kind: 'in', negated, operand, list, array, span: t.spanFrom(operand) }
}

function parseBetween(t: TokenStream, operand: Expression, negated: boolean): Expression {
  const why = 'The bounds of BETWEEN are single operands.'
  const low = parseOperand(t)
  refuseArithmetic(t, 'BETWEEN', why)
  t.expectKeyword('AND', 'after the lower bound of BETWEEN')
  const high = parseOperand(t)
  refuseArithmetic(t, 'BETWEEN', why)
  return { kind: 'between', negated, operand, low, high, span: t.spanFrom(operand) }
}

/** Without this `x BETWEEN 1 AND 2 + 3` would mean `(x BETWEEN 1 AND 2) + 3`, which no one means. */
function refuseArithmetic(t: TokenStream, word: string, why: string): void {
  const operator = binaryOperator(t.current)
  if (!operator || BINARY_PRECEDENCE[operator] <= PRECEDENCE.comparison) return
  const fix = `Put the arithmetic in parentheses: (a ${operator} b).`
  throw t.error({ what: `The operator ${operator} cannot follow here, after ${word}.`, why, fix })
}

/** A primary and the path behind it. */
export function parseOperand(t: TokenStream): Expression {
  let operand = parsePrimary(t)
  for (;;) {
    if (t.isSymbol('->') || t.isSymbol('.')) {
      t.next()
      const { name } = t.expectName('the name of a field')
      operand = { kind: 'field', object: operand, name, span: t.spanFrom(operand) }
    } else if (t.acceptSymbol('[')) {
      operand = parseIndex(t, operand)
    } else {
      return operand
    }
  }
}

/** Behind `[`: `i]`, `from:to]` with either bound absent, or `]` alone, which is the whole array. */
function parseIndex(t: TokenStream, array: Expression): Expression {
  const first = t.isSymbol(':') || t.isSymbol(']') ? undefined : parseExpression(t)
  const slice = t.acceptSymbol(':')
  const to = slice && !t.isSymbol(']') ? parseExpression(t) : undefined
  t.expectSymbol(']', slice ? 'after the bounds of a slice' : 'or : after an index')
  const span = t.spanFrom(array)
  if (slice || first === undefined) return { kind: 'slice', array, from: first, to, span }
  return { kind: 'index', array, index: first, span }
}

function parsePrimary(t: TokenStream): Expression {
  const token = t.current
  switch (token.kind) {
    case 'string':
      t.next()
      return { kind: 'literal', value: token.value, span: token.span }
    case 'integer':
    case 'float':
      t.next()
      return { kind: 'literal', value: token.value, span: token.span }
    case 'name':
      return isCall(t) ? parseCall(t) : parseColumn(t)
    case 'keyword':
      return parseKeyword(t, token)
    case 'symbol':
      return parseSymbol(t, token)
    default:
      throw t.expected('an expression')
  }
}

/** `a`, or `s.a`: only the first dot makes a qualifier. */
function parseColumn(t: TokenStream): Expression {
  const first = t.expectName('a column')
  const after = t.peek(1)
  if (!t.isSymbol('.')) return { kind: 'column', qualifier: undefined, name: first.name, span: first.span }
  if (after?.kind === 'symbol' && after.symbol === '*') {
    const what = `${first.name}.* can stand only in the select list or as an argument.`
    throw t.error({ what, span: { start: first.span.start, end: after.span.end } })
  }
  t.next()
  const { name } = t.expectName('the name of a column')
  return { kind: 'column', qualifier: first.name, name, span: t.spanFrom(first) }
}

function parseKeyword(t: TokenStream, token: Extract<Token, { kind: 'keyword' }>): Expression {
  switch (token.word) {
    case 'TRUE':
    case 'FALSE':
      t.next()
      return { kind: 'literal', value: token.word === 'TRUE', span: token.span }
    case 'CASE':
      return parseCase(t)
    default:
      throw operandExpected(t, token)
  }
}

/** A reserved word where an operand must stand: either something was forgotten, or the word is a column's name. */
function operandExpected(t: TokenStream, token: Extract<Token, { kind: 'keyword' }>) {
  const error = t.expected('an expression')
  if (error.fix !== undefined) return error
  const what = `Expected an expression, but found the reserved word ${token.text}.`
  return t.error({ what, fix: `If a column is meant, write it in back-ticks: \`${token.text}\`.` })
}

function parseSymbol(t: TokenStream, token: Extract<Token, { kind: 'symbol' }>): Expression {
  switch (token.symbol) {
    case '(': {
      t.next()
      const inner = parseExpression(t)
      t.expectSymbol(')', 'to close a parenthesis')
      return inner
    }
    case '-':
      t.next()
      return parseNegative(t, token)
    case '.':
      return parseLooseFraction(t, token, false)
    case '+':
      throw t.error({ what: 'There is no sign +.', fix: 'Leave it out.' })
    case '*':
      if (usualMistake(t)) throw t.expected('an expression')
      throw t.error({
        what: '* cannot stand here.',
        fix: 'It stands alone in the select list, or as an argument: count(*).',
      })
    default:
      throw t.expected('an expression')
  }
}

/** `-` directly before a number, white space allowed. There is no minus before anything else. */
function parseNegative(t: TokenStream, minus: Token): LiteralExpression {
  const token = t.current
  if (token.kind === 'integer') {
    t.next()
    return { kind: 'literal', value: clampInteger(token.digits, true), span: t.spanFrom(minus) }
  }
  if (token.kind === 'float') {
    t.next()
    return { kind: 'literal', value: -token.value, span: t.spanFrom(minus) }
  }
  if (token.kind === 'symbol' && token.symbol === '.') return parseLooseFraction(t, minus, true)
  const fix = 'Write 0 - x, or x * -1.'
  throw t.error({ what: `A minus sign stands only before a number, not before ${tokenText(token)}.`, fix })
}

/** `. 3` is 0.3: the program lets blanks stand behind the point. */
function parseLooseFraction(t: TokenStream, start: Token, negative: boolean): LiteralExpression {
  const digits = t.peek(1)
  if (digits?.kind !== 'integer') throw t.expected('an expression')
  t.next()
  t.next()
  const value = Number(`0.${digits.digits}`)
  return { kind: 'literal', value: negative ? -value : value, span: t.spanFrom(start) }
}

function parseCase(t: TokenStream): CaseExpression {
  const start = t.next()
  const operand = t.isKeyword('WHEN') || t.isKeyword('ELSE') || t.isKeyword('END') ? undefined : parseExpression(t)
  const whens: { when: Expression; then: Expression }[] = []
  while (t.acceptKeyword('WHEN')) {
    const when = parseExpression(t)
    t.expectKeyword('THEN', 'after the condition of WHEN')
    whens.push({ when, then: parseExpression(t) })
  }
  if (whens.length === 0) {
    if (!t.isKeyword('ELSE') && !t.isKeyword('END')) throw t.expected('WHEN', 'after CASE')
    throw t.error({ what: 'This CASE has no WHEN.', fix: 'Write CASE WHEN condition THEN value … END.' })
  }
  const otherwise = t.acceptKeyword('ELSE') ? parseExpression(t) : undefined
  t.expectKeyword('END', 'to close CASE')
  return { kind: 'case', operand, whens, otherwise, span: t.spanFrom(start) }
}
