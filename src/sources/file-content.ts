// The text of a file in, its rows out: JSON, a JSON a line, or CSV, fitted to the declared columns. A fault of the
// content says where in the file it is, so that its author can mend it.

import { RowError, UserError } from '../core/errors.ts'
import { parseJsonLossless, parseJsonOrText } from '../core/json.ts'
import type { FileText } from '../core/location.ts'
import type { Field, FieldType } from '../core/schema.ts'
import { booleanOfText, integerOfDigits, realOfText } from '../core/text.ts'
import { isStruct, setOwn, type Value, type Values } from '../core/value.ts'
import { CsvFault, readCsv } from '../formats/csv.ts'
import { findJsonFault } from '../formats/json-fault.ts'
import { makeSchemaDecoder } from '../formats/schema.ts'
import { mayHoldWholeReals, parseMarkingWholeReals } from '../formats/whole-reals.ts'

export const FILE_TYPES = ['json', 'lines', 'csv'] as const
export type FileType = (typeof FILE_TYPES)[number]

export interface ContentOptions {
  readonly fileType: FileType
  /** what a line of a `lines` file is */
  readonly format: 'json' | 'delimited'
  readonly delimiter: string
  /** the first record names the columns; it wins over `columns` */
  readonly hasHeader: boolean
  /** names of the values of a record; undefined: col0, col1 … */
  readonly columns: readonly string[] | undefined
  /** lines that are passed over; blank ones do not count */
  readonly ignoreStartLines: number
  readonly ignoreEndLines: number
  /** declared columns; empty: values stay as they come, those of CSV as text */
  readonly fields: readonly Field[]
  readonly strict: boolean
  readonly timestampFormat: string | undefined
  /** IANA zone of dates without one */
  readonly zone: string
}

/** A row as it stands in the file, and where: the offset of its first sign. */
interface Found {
  readonly values: Values
  readonly at: number
}

const MOST_ERRORS = 10

/**
 * All rows of the file, or none.
 * @param nowMs for strict DATETIME texts that name no date
 * @throws {UserError} FILE_CONTENT, with a place, and further ones beside it
 */
export function decodeContent(file: FileText, options: ContentOptions, nowMs: number): readonly Values[] {
  return fitted(file, found(file, options), options, nowMs)
}

function found(file: FileText, options: ContentOptions): readonly Found[] {
  const text = withoutIgnored(file.text, options)
  if (options.fileType === 'json') return jsonRows(file, text, options)
  const isCsv = options.fileType === 'csv' || options.format === 'delimited'
  return isCsv ? csvRows(file, text, options) : lineRows(file, text, options)
}

/** Blank in place of what is passed over, so that everything else stays where it is. */
function withoutIgnored(text: string, { ignoreStartLines, ignoreEndLines }: ContentOptions): string {
  if (ignoreStartLines === 0 && ignoreEndLines === 0) return text
  const lines = text.split('\n')
  const written = lines.flatMap((line, i) => (line.trim() === '' ? [] : [i]))
  const ignored = [
    ...written.slice(0, ignoreStartLines),
    ...(ignoreEndLines === 0 ? [] : written.slice(-ignoreEndLines)),
  ]
  for (const i of ignored) lines[i] = ' '.repeat(lines[i]!.length)
  return lines.join('\n')
}

function jsonRows(file: FileText, text: string, options: ContentOptions): readonly Found[] {
  const value = parseJson(file, text, 0, options)
  if (isStruct(value)) return [{ values: value, at: Math.max(0, text.indexOf('{')) }]
  if (!Array.isArray(value)) {
    const what = `The file holds ${nameOf(value)}; expected an object or an array of objects.`
    throw fault(file, Math.max(0, text.search(/\S/)), what, 'A JSON a line is fileType "lines".')
  }
  const wrong = value.findIndex(item => !isStruct(item))
  const starts = elementStarts(text)
  if (wrong >= 0) {
    const what = `Element ${wrong} of the array is ${nameOf(value[wrong]!)}; expected an object.`
    throw fault(file, starts[wrong] ?? 0, what)
  }
  return value.map((item, i) => ({ values: item as Values, at: starts[i] ?? 0 }))
}

/** Where the elements of a JSON array begin; the text is known to be one. */
function elementStarts(text: string): number[] {
  const starts: number[] = []
  let depth = 0
  let expects = false
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!
    if (expects && !/[\s\]]/.test(sign)) {
      starts.push(i)
      expects = false
    }
    if (sign === '"') while (text[++i] !== '"') if (text[i] === '\\') i++
    if (sign === '[' || sign === '{') expects = ++depth === 1
    else if (sign === ']' || sign === '}') depth--
    else if (sign === ',' && depth === 1) expects = true
  }
  return starts
}

function lineRows(file: FileText, text: string, options: ContentOptions): readonly Found[] {
  const rows: Found[] = []
  let start = 0
  for (const line of text.split('\n')) {
    const at = start + Math.max(0, line.search(/\S/))
    if (line.trim() !== '') {
      const value = parseJson(file, line, start, options)
      if (!isStruct(value)) throw fault(file, at, `The line is ${nameOf(value)}; expected a JSON object.`)
      rows.push({ values: value, at })
    }
    start += line.length + 1
  }
  return rows
}

/** @param before offset of the text in the file */
function parseJson(file: FileText, text: string, before: number, { fields }: ContentOptions): Value {
  try {
    const value = parseJsonLossless(text)
    return fields.some(holdsBigint) && mayHoldWholeReals(text) ? parseMarkingWholeReals(text) : value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    if (text.trim() === '') throw fault(file, before, 'The file is empty.', 'An empty table is [].')
    const { at, what } = findJsonFault(text) ?? { at: 0, what: `${error.message}.` }
    const isCsv = /\.csv$/i.test(file.path)
    const hint = isCsv ? 'A CSV file is fileType "csv".' : undefined
    throw fault(file, before + at, what, hint)
  }
}

function holdsBigint({ type }: { readonly type: FieldType }): boolean {
  if (type.kind === 'array') return holdsBigint({ type: type.item })
  return type.kind === 'struct' ? type.fields.some(holdsBigint) : type.kind === 'bigint'
}

function csvRows(file: FileText, text: string, options: ContentOptions): readonly Found[] {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  const lineStart = (line: number) => starts[line - 1] ?? 0
  const records = recordsOf(file, text, options, lineStart)
  // Half of a file that is being written is no empty table.
  if (options.hasHeader && records.length === 0) {
    throw fault(file, 0, 'The file is empty.', 'An empty table is a line that names the columns.')
  }
  const [header] = options.hasHeader ? records : []
  const names = header ? header.values.map(name => name.trim()) : options.columns
  checkNames(file, names, options, header ? lineStart(header.line) : 0)
  const types = new Map(options.fields.map(field => [field.name, field.type]))
  return (header ? records.slice(1) : records).map(({ values, line }) => {
    const at = lineStart(line)
    if (names && values.length > names.length) {
      const what = `The line has ${values.length} values, and there are ${names.length} columns: ${names.join(', ')}.`
      throw fault(file, at, what, `Put a value that holds ${JSON.stringify(options.delimiter)} in quotes.`)
    }
    const row: Record<string, Value> = {}
    values.forEach((value, i) => {
      const name = names?.[i] ?? `col${i}`
      const type = types.get(name)
      const typed = type ? typedText(value, type) : value
      if (typed !== undefined) setOwn(row, name, typed)
    })
    return { values: row, at }
  })
}

function recordsOf(file: FileText, text: string, { delimiter }: ContentOptions, lineStart: (line: number) => number) {
  try {
    return readCsv(text, delimiter).filter(({ values }) => values.some(value => value.trim() !== ''))
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error
    const start = lineStart(error.line)
    const before = text.slice(start).split('\n')[0]!.split(delimiter).slice(0, error.index)
    throw fault(file, start + before.reduce((sum, part) => sum + part.length + delimiter.length, 0), error.message)
  }
}

function checkNames(file: FileText, names: readonly string[] | undefined, options: ContentOptions, at: number): void {
  const twice = names?.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw fault(file, at, `The column "${twice}" is there twice.`, 'Rename one of them.')
  const { fields } = options
  if (fields.length === 0 || fields.some(({ name }) => (names ? names.includes(name) : /^col\d+$/.test(name)))) return
  const declared = fields.map(field => field.name).join(', ')
  const what = `None of the declared columns (${declared}) is in the file: it has ${names?.join(', ') ?? 'col0, col1 …'}.`
  throw fault(file, at, what, 'Set hasHeader: true when its first line names them, else name them with columns.')
}

/** A text of CSV as a value of its declared type; what it cannot be stays text, which the schema then refuses. */
function typedText(text: string, type: FieldType): Value | undefined {
  switch (type.kind) {
    case 'string':
    case 'bytea':
      return text
    case 'bigint': {
      const digits = text.trim()
      return digits === '' ? undefined : /^[+-]?\d{1,40}$/.test(digits) ? integerOfDigits(digits) : text
    }
    case 'float': {
      const number = text.trim()
      return number === '' ? undefined : (realOfText(number) ?? text)
    }
    case 'boolean':
      return text.trim() === '' ? undefined : (booleanOfText(text.trim()) ?? text)
    case 'datetime':
      return text.trim() === '' ? undefined : text.trim()
    case 'array':
    case 'struct':
      return text.trim() === '' ? undefined : parseJsonOrText(text)
    default:
      return type satisfies never
  }
}
function fitted(file: FileText, rows: readonly Found[], options: ContentOptions, nowMs: number): readonly Values[] {
  const { fields, strict, zone, timestampFormat } = options
  if (fields.length === 0) return rows.map(({ values }) => values)
  const decode = makeSchemaDecoder(fields, {
    strict,
    zone,
    ...(timestampFormat === undefined ? {} : { timestampFormat }),
  })
  const errors: UserError[] = []
  const fitting: Values[] = []
  for (const { values, at } of rows) {
    try {
      fitting.push(decode(values, nowMs))
    } catch (error) {
      if (!(error instanceof RowError)) throw error
      errors.push(fault(file, at, `The row does not fit: ${error.message}.`))
      if (errors.length >= MOST_ERRORS) break
    }
  }
  if (errors.length > 0) throw UserError.together(errors)
  return fitting
}

function fault(file: FileText, at: number, what: string, fix?: string): UserError {
  const location = file.locate({ start: at, end: at + 1 })
  return new UserError({ code: 'FILE_CONTENT', what, ...(fix === undefined ? {} : { fix }), location })
}

function nameOf(value: Value): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'string' ? 'a string' : typeof value === 'boolean' ? 'a boolean' : 'a number'
}
