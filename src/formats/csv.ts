// The text of a CSV file in, its records out, each with the line it stands on. The only file that imports csv-parse.

import { CsvError, parse } from 'csv-parse/sync'

/** One record: its values as text, and the line (from 1) where it begins. */
export interface CsvRecord {
  readonly values: readonly string[]
  readonly line: number
}

/** A text that is no CSV. */
export class CsvFault extends Error {
  /** from 1 */
  readonly line: number
  /** the value at fault, from 0 */
  readonly index: number

  constructor(message: string, line: number, index: number) {
    super(message)
    this.name = 'CsvFault'
    this.line = line
    this.index = index
  }
}

/** What the parser's codes mean to the author of a file. */
const FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'A value begins with a quote that is never closed.',
  INVALID_OPENING_QUOTE: 'A quote stands in the middle of a value that does not begin with one.',
  CSV_INVALID_CLOSING_QUOTE: 'A quote closes a value, and yet something follows it.',
}

/**
 * Reads records as RFC 4180 has them; blank lines are none.
 * @param delimiter one sign or several, not empty
 * @throws {CsvFault}
 */
export function readCsv(text: string, delimiter: string): readonly CsvRecord[] {
  try {
    const found = parse(text, { ...FORM, delimiter })
    return (found as unknown as Found[]).map(({ record, info }) => {
      // The parser counts the line where a record ends; a quoted value may hold line breaks.
      const inside = record.reduce((sum, value) => sum + value.split('\n').length - 1, 0)
      return { values: record, line: info.lines - inside }
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { lines = 1, column = 0 } = error as CsvError & { lines?: number; column?: number | string }
    // Of a quote that is never closed it says where the text ends.
    const line = error.code === 'CSV_QUOTE_NOT_CLOSED' ? lineOfOpenQuote(text) : lines
    throw new CsvFault(FAULTS[error.code] ?? error.message, line, typeof column === 'number' ? column : 0)
  }
}

/** Doubled quotes inside of a value close and open it again: that comes to the same. */
function lineOfOpenQuote(text: string): number {
  let line = 1
  let opened = 1
  let isOpen = false
  for (const sign of text) {
    if (sign === '\n') line++
    if (sign !== '"') continue
    isOpen = !isOpen
    if (isOpen) opened = line
  }
  return opened
}

const FORM = {
  info: true,
  record_delimiter: ['\r\n', '\n'],
  relax_column_count: true,
  skip_empty_lines: true,
}

interface Found {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}
