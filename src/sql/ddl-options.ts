// Tokens of a WITH clause in, its options by canonical name out, each with a value it can have.

import { didYouMean } from '../core/errors.ts'
import { DDL_OPTIONS, type DdlOption, type OptionValue } from './ast.ts'
import { type TokenStream, tokenText } from './token-stream.ts'
import type { Token } from './tokenizer.ts'

type Complain = (what: string, fix?: string) => Error
type Check = (text: string, complain: Complain) => string | boolean

/** How an option's text is checked and brought to its one spelling; the others are kept as written. */
const CHECKS: Readonly<Partial<Record<DdlOption, Check>>> = {
  FORMAT: text => text.toLowerCase(),
  VERSION: text => text.toLowerCase(),
  KIND: checkKind,
  EXTRA: checkExtra,
  RETAIN_SIZE: checkRetainSize,
  SHARED: checkBoolean,
  STRICT_VALIDATION: checkBoolean,
  TEMP: checkBoolean,
}

/**
 * The options behind `WITH (`, up to and with the closing parenthesis.
 * @see spec/sql.md 2 and 2.1
 */
export function parseOptions(t: TokenStream): Map<DdlOption, OptionValue> {
  const options = new Map<DdlOption, OptionValue>()
  while (!t.acceptSymbol(')')) {
    const name = parseOptionName(t, options)
    if (!t.acceptSymbol('=')) throw t.expected('=', `after the option ${name}`)
    options.set(name, parseValue(t, name))
    t.acceptSymbol(',')
  }
  return options
}

function parseOptionName(t: TokenStream, options: ReadonlyMap<DdlOption, OptionValue>): DdlOption {
  const token = t.current
  if (token.kind !== 'name' && token.kind !== 'keyword') throw t.expected('an option or )', 'in WITH')
  const written = token.kind === 'name' ? token.name : token.text
  const name = DDL_OPTIONS.find(known => known === written.toUpperCase())
  if (!name) {
    const fix = didYouMean(written, DDL_OPTIONS) ?? `The options are ${DDL_OPTIONS.join(', ')}.`
    throw t.error({ code: 'DDL_OPTION', what: `There is no option ${written}.`, fix })
  }
  if (options.has(name)) {
    throw t.error({ code: 'DDL_OPTION', what: `The option ${name} stands twice.`, fix: 'Remove one of the two.' })
  }
  t.next()
  return name
}

function parseValue(t: TokenStream, name: DdlOption): OptionValue {
  const token = t.current
  const complain: Complain = (what, fix) => t.error({ code: 'DDL_OPTION', what, fix, span: token.span })
  const value = optionValue(t, token, name, complain)
  t.next()
  return { value, span: token.span }
}

function optionValue(t: TokenStream, token: Token, name: DdlOption, complain: Complain): string | boolean {
  const check = CHECKS[name]
  if (token.kind === 'string') {
    if (token.quote === "'") {
      throw complain('Option values stand in double quotes.', `Write ${name}=${JSON.stringify(token.value)}.`)
    }
    return check ? check(token.value, complain) : token.value
  }
  if (token.kind === 'keyword' && (token.word === 'TRUE' || token.word === 'FALSE')) {
    if (check === checkBoolean) return token.word === 'TRUE'
    throw complain(`The option ${name} takes text, not ${token.text}.`, `Write ${name}="…".`)
  }
  if (token.kind === 'end' || token.kind === 'symbol') throw t.expected('a value in double quotes', `after ${name}=`)
  const fix = `Write ${name}="${tokenText(token)}".`
  throw complain(
    `The value of ${name} is not in double quotes.`,
    check === checkBoolean ? `Write ${name}="TRUE" or "FALSE".` : fix,
  )
}

function checkBoolean(text: string, complain: Complain): boolean {
  const upper = text.toUpperCase()
  if (upper === 'TRUE' || upper === 'FALSE') return upper === 'TRUE'
  throw complain(`${JSON.stringify(text)} is neither "TRUE" nor "FALSE".`)
}

function checkKind(text: string, complain: Complain): string {
  const kind = text.toLowerCase()
  if (kind === 'scan' || kind === 'lookup') return kind
  throw complain(`There is no table of the kind ${JSON.stringify(text)}.`, 'Write "scan" or "lookup".')
}

function checkRetainSize(text: string, complain: Complain): string {
  const size = /^[0-9]{1,16}$/.test(text) ? Number(text) : 0
  if (size >= 1 && Number.isSafeInteger(size)) return String(size)
  throw complain(`RETAIN_SIZE is a number of rows, 1 or more, not ${JSON.stringify(text)}.`, 'Write RETAIN_SIZE="100".')
}

function checkExtra(text: string, complain: Complain): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text
  throw complain('EXTRA is not the JSON text of an object.', 'Write EXTRA="{\\"key\\": \\"value\\"}".')
}
