// A rule's file and a formatter of SQL in, the file with its `sql` laid out out: every byte outside of it as it was.

import { isDeepStrictEqual } from 'node:util'
import { UserError } from '../core/errors.ts'
import { FileText, type SourceText, type Span } from '../core/location.ts'
import { readYaml, type WrittenScalar, type YamlDocument } from './yaml.ts'

const SQL = ['sql']

/**
 * The text of a rule's file with its SQL formatted: on one line in the quotes that its author gave it, or without;
 * of several lines as a literal block. What is in flow style, as JSON is, stays in quotes.
 * @param file line breaks are LF
 * @throws {UserError} CONFIG_SYNTAX, CONFIG_VALUE, or what the formatter throws
 */
export function formatRule(file: FileText, format: (sql: SourceText) => string): string {
  const document = readYaml(file)
  const written = sqlOf(document)
  const source = document.textAt(SQL)
  const sql = format(source)
  if (sql === source.text.replace(/\n+$/, '')) return file.text
  for (const { span, text } of candidates(file, written, sql)) {
    const spliced = file.text.slice(0, span.start) + text + file.text.slice(span.end)
    if (saysTheSame(document, new FileText(file.path, spliced), sql)) return spliced
  }
  if (written.isAnchored) throw anchored(document)
  throw new Error('the formatted SQL cannot be written into the file')
}

function sqlOf(document: YamlDocument): WrittenScalar {
  const { value } = document
  const isBlock = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isBlock || !Object.hasOwn(value, 'sql') || typeof (value as { sql: unknown }).sql !== 'string') {
    const what = 'There is no text behind the key "sql".'
    throw new UserError({
      code: 'CONFIG_VALUE',
      what,
      fix: 'Write sql: with one SELECT.',
      location: document.locate(SQL),
    })
  }
  const written = document.writtenAt(SQL)
  if (written) return written
  const what = 'An alias stands in the place of the SQL, which is not formatted there.'
  throw new UserError({ code: 'CONFIG_VALUE', what, fix: ANCHOR_FIX, location: document.locate(SQL) })
}

const ANCHOR_FIX = 'Write the SQL out behind "sql".'

function anchored(document: YamlDocument): UserError {
  const what = 'The SQL has an anchor, and formatting it would change what refers to it.'
  return new UserError({ code: 'CONFIG_VALUE', what, fix: ANCHOR_FIX, location: document.locate(SQL) })
}

interface Splice {
  readonly span: Span
  readonly text: string
}

/** The ways to write it, the nicest first; the first one that reads back is taken. */
function* candidates(file: FileText, written: WrittenScalar, sql: string): Generator<Splice> {
  const { style, span } = written
  const isJson = /\.json$/i.test(file.path)
  if (style === 'literal' || style === 'folded') {
    yield inBlock(file.text, written, sql)
    return
  }
  if (!sql.includes('\n')) {
    if (style === 'plain') yield { span, text: sql }
    if (style === 'single' || (style === 'plain' && !isJson)) yield { span, text: `'${sql.replaceAll("'", "''")}'` }
  } else if (!isJson) yield newBlock(file.text, written, sql)
  yield { span, text: quoted(sql) }
}

/** The lines of a block are replaced, blank lines below them kept; a folded one becomes literal. */
function inBlock(text: string, { span, indent }: WrittenScalar, sql: string): Splice {
  const start = text.lastIndexOf('\n', span.start - 2) + 1
  const header = text.slice(start, span.start).replace(/(^|[ \t:])>([-+0-9]*[ \t]*(?:#.*)?\n)$/, '$1|$2')
  const below = /\n*$/.exec(text.slice(span.start, span.end).replace(/[ \t]+$/gm, ''))![0]
  return { span: { start, end: span.end }, text: header + indented(sql, indent ?? 0) + below }
}

/** What stands behind the value on its line, a comment perhaps, goes behind the header. */
function newBlock(text: string, { span, key }: WrittenScalar, sql: string): Splice {
  const newline = text.indexOf('\n', span.end)
  const end = newline < 0 ? text.length : newline
  const column = key ? key.start - (text.lastIndexOf('\n', key.start - 1) + 1) : 0
  return { span: { start: span.start, end }, text: `|${text.slice(span.end, end)}\n${indented(sql, column + 2)}` }
}

function indented(sql: string, indent: number): string {
  return sql.replace(/^(?=.)/gm, ' '.repeat(indent))
}

/** JSON, and YAML's double quotes: of what the two escape in different ways nothing is left bare. */
function quoted(sql: string): string {
  const escaped = JSON.stringify(sql)
  return escaped.replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, char => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function saysTheSame(before: YamlDocument, file: FileText, sql: string): boolean {
  let value: unknown
  try {
    value = readYaml(file).value
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return false
  }
  if (typeof value !== 'object' || value === null) return false
  const { sql: read, ...others } = value as Readonly<Record<string, unknown>>
  const { sql: _, ...othersBefore } = before.value as Readonly<Record<string, unknown>>
  return typeof read === 'string' && read.replace(/\n+$/, '') === sql && isDeepStrictEqual(others, othersBefore)
}
