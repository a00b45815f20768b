// Tokens in, definitions out: CREATE with its columns and types, and the statements that only administer.

import { didYouMean } from '../core/errors.ts'
import type { Field, FieldType } from '../core/schema.ts'
import { SCALAR_TYPES } from '../core/schema.ts'
import type { AdminStatement, CreateStatement, Name } from './ast.ts'
import { parseOptions } from './ddl-options.ts'
import { convertDefault, type Literal, takesDefault } from './default-literal.ts'
import { parseOperand } from './expression-parser.ts'
import type { TokenStream } from './token-stream.ts'

/** What streams and tables may be called. @see spec/sql.md 2 */
const NAME = /^[A-Za-z0-9_-]+$/

/** `CREATE STREAM|TABLE name (columns) WITH (options)`. @see spec/sql.md 2 */
export function parseCreate(t: TokenStream): CreateStatement {
  const start = t.next()
  const what = parseWhat(t, 'CREATE')
  const name = parseDefinitionName(t, what)
  if (!t.acceptSymbol('(')) throw columnsExpected(t, what)
  const fields = t.acceptSymbol(')') ? [] : parseFields(t, true)
  if (!t.acceptWord('WITH')) throw t.expected('WITH', 'after the columns')
  if (!t.acceptSymbol('(')) throw t.expected('(', 'after WITH')
  const options = parseOptions(t)
  const span = t.spanFrom(start)
  expectEnd(t)
  return { kind: 'create', what, name, fields, options, span }
}

function columnsExpected(t: TokenStream, what: string): Error {
  const error = t.expected('(', `after the name of a ${what}`)
  if (error.fix !== undefined || !t.isWord('WITH')) return error
  return t.error({ what: error.what, fix: 'Without declared columns write ().' })
}

const VERBS = ['SHOW', 'DESCRIBE', 'EXPLAIN', 'DROP'] as const

/** SHOW STREAMS|TABLES, or DESCRIBE, EXPLAIN, DROP STREAM|TABLE name; undefined when none of them stands next. */
export function parseAdmin(t: TokenStream): AdminStatement | undefined {
  const start = t.current
  const verb = VERBS.find(word => t.isWord(word))
  if (!verb) return undefined
  t.next()
  const what = verb === 'SHOW' ? parseWhats(t) : parseWhat(t, verb)
  const name = verb === 'SHOW' ? undefined : parseDefinitionName(t, what).name
  const span = t.spanFrom(start)
  expectEnd(t)
  return { kind: 'admin', verb, what, name, span }
}

function parseWhat(t: TokenStream, verb: string): 'stream' | 'table' {
  if (t.acceptWord('STREAM')) return 'stream'
  if (t.acceptWord('TABLE')) return 'table'
  throw t.expected('STREAM or TABLE', `after ${verb}`)
}

function parseWhats(t: TokenStream): 'stream' | 'table' {
  if (t.acceptWord('STREAMS')) return 'stream'
  if (t.acceptWord('TABLES')) return 'table'
  throw t.expected('STREAMS or TABLES', 'after SHOW')
}

function parseDefinitionName(t: TokenStream, what: string): Name {
  const name = t.expectName(`the name of a ${what}`)
  const token = t.current
  const why = 'Names are made of the letters A to Z, digits, _ and -.'
  if (token.kind === 'symbol' && /^[-/#+.]$/.test(token.symbol) && token.span.start === name.span.end) {
    const [written] = /[\w/#+.-]*/.exec(t.source.text.slice(name.span.start)) as unknown as [string]
    const fix = NAME.test(written) ? `Write it in back-ticks: \`${written}\`.` : undefined
    throw t.error({ code: 'DDL_NAME', what: `${token.symbol} cannot stand in a bare name.`, why, fix })
  }
  if (NAME.test(name.name)) return name
  throw t.error({
    code: 'DDL_NAME',
    what: `A ${what} cannot be called ${JSON.stringify(name.name)}.`,
    why,
    span: name.span,
  })
}

/** Columns behind `(`, up to and with the closing parenthesis. */
function parseFields(t: TokenStream, trailingComma: boolean): Field[] {
  const fields: Field[] = []
  const seen = new Set<string>()
  for (;;) {
    const name = t.expectName(trailingComma ? 'a column or )' : 'a column')
    if (seen.has(name.name)) {
      throw t.error({
        code: 'DDL_FIELD',
        what: `The column ${name.name} stands twice.`,
        span: name.span,
        fix: 'Rename or remove one of the two.',
      })
    }
    seen.add(name.name)
    fields.push(parseField(t, name))
    const comma = t.acceptSymbol(',')
    if (!comma || (trailingComma && t.isSymbol(')'))) {
      t.expectSymbol(')', 'or a comma after a column')
      return fields
    }
  }
}

function parseField(t: TokenStream, name: Name): Field {
  const type = parseType(t, name.name)
  const word = t.current
  if (!t.acceptKeyword('DEFAULT')) return { name: name.name, type }
  if (!takesDefault(type)) {
    const what = `A column of the type ${type.kind.toUpperCase()} cannot have a DEFAULT.`
    throw t.error({ code: 'DDL_FIELD', what, fix: 'Only BIGINT, FLOAT, STRING and BOOLEAN can.', span: word.span })
  }
  return { name: name.name, type, default: parseDefault(t, type) }
}

function parseDefault(t: TokenStream, type: FieldType): Literal {
  const start = t.current
  const literal = start.kind === 'end' ? undefined : parseOperand(t)
  if (literal?.kind !== 'literal') {
    const fix = 'Write a number, a string, TRUE or FALSE.'
    throw t.error({ code: 'DDL_FIELD', what: 'DEFAULT takes a literal.', fix, span: literal?.span ?? start.span })
  }
  const value = convertDefault(literal.value, type)
  if (value !== undefined) return value
  const written = t.source.text.slice(literal.span.start, literal.span.end)
  const what = `${written} cannot be the DEFAULT of a ${type.kind.toUpperCase()}.`
  throw t.error({ code: 'DDL_FIELD', what, span: literal.span })
}

function parseType(t: TokenStream, column: string): FieldType {
  return t.nested(() => {
    const token = t.current
    if (token.kind !== 'name' || token.quoted) throw t.expected('a type', `after the column ${column}`)
    const kind = token.name.toLowerCase()
    const scalar = SCALAR_TYPES.find(known => known === kind)
    if (!scalar && kind !== 'array' && kind !== 'struct') throw unknownType(t, token.name)
    t.next()
    if (scalar) return { kind: scalar }
    t.expectSymbol('(', `after ${kind.toUpperCase()}`)
    if (kind === 'struct') return { kind, fields: parseFields(t, false) }
    const item = parseType(t, column)
    t.expectSymbol(')', 'after the type of the items')
    return { kind: 'array', item }
  })
}

/** What other databases call our types. */
const TYPE_HINTS: Readonly<Record<string, string>> = {
  BOOL: 'BOOLEAN',
  INT: 'BIGINT',
  INTEGER: 'BIGINT',
  LONG: 'BIGINT',
  SMALLINT: 'BIGINT',
  NUMBER: 'FLOAT',
  DOUBLE: 'FLOAT',
  REAL: 'FLOAT',
  DECIMAL: 'FLOAT',
  NUMERIC: 'FLOAT',
  TEXT: 'STRING',
  VARCHAR: 'STRING',
  CHAR: 'STRING',
  TIMESTAMP: 'DATETIME',
  DATE: 'DATETIME',
  TIME: 'DATETIME',
  BYTES: 'BYTEA',
  BLOB: 'BYTEA',
  BINARY: 'BYTEA',
  OBJECT: 'STRUCT(…)',
  MAP: 'STRUCT(…)',
  JSON: 'STRUCT(…)',
}

function unknownType(t: TokenStream, name: string): Error {
  const upper = name.toUpperCase()
  const hint = Object.hasOwn(TYPE_HINTS, upper) ? `Write ${TYPE_HINTS[upper]}.` : undefined
  const all = `The types are ${SCALAR_TYPES.join(', ').toUpperCase()}, ARRAY(…) and STRUCT(…).`
  const types = [...SCALAR_TYPES, 'array', 'struct'].map(type => type.toUpperCase())
  return t.error({
    code: 'DDL_FIELD',
    what: `There is no type ${upper}.`,
    fix: hint ?? didYouMean(upper, types) ?? all,
  })
}

function expectEnd(t: TokenStream): void {
  if (t.current.kind !== 'end' && !t.isSymbol(';')) throw t.expected('; or the end', 'after a statement')
}
