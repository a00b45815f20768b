// A table's definition and the columns that are asked for in, the text of a query with places for the values out. Names
// are quoted and values bound: nothing that a row or a file says becomes SQL, but the author's own query.

import type { StreamDefinition } from '../catalog/definition.ts'
import { lookupColumnsProblem, TEMPLATE_PLACE, templateOf } from '../catalog/lookup-columns.ts'
import { RowError, UserError } from '../core/errors.ts'

/** How a database writes names and places for values. */
export interface Dialect {
  /** what stands around names, doubled within them */
  readonly quote: '"' | '`'
  /** `$1`, where a value may stand twice; else `?` for each */
  readonly numbered: boolean
}

export const POSTGRES: Dialect = { quote: '"', numbered: true }
/** SQLite takes a name that it does not know, in double quotes, for a text. */
export const BACKTICKS: Dialect = { quote: '`', numbered: false }

export interface SqlStatement {
  readonly text: string
  /** the columns whose values stand at the places, in their order */
  readonly parameters: readonly string[]
  /** a query that gives no rows, but the types of these columns; absent: the author's own query may ask anything */
  readonly probe?: string
}

/** One answer is not larger than that: a condition that fits a whole table would be the end of the process. */
export const MOST_ROWS = 10_000

/** @throws {RowError} when the table cannot be asked by these columns */
export function statementFor(definition: StreamDefinition, columns: readonly string[], dialect: Dialect): SqlStatement {
  const problem = lookupColumnsProblem(definition, columns)
  if (problem !== undefined) throw new RowError(problem)
  const template = templateOf(definition)
  if (template !== undefined) return fromTemplate(template, dialect)
  const name = (text: string) => quoted(text, dialect)
  const table = String(definition.properties['datasource']).split('.').map(name).join('.')
  const fields = definition.fields.length === 0 ? '*' : definition.fields.map(field => name(field.name)).join(', ')
  const conditions = columns.map((column, i) => `${name(column)} = ${dialect.numbered ? `$${i + 1}` : '?'}`)
  return {
    text: `SELECT ${fields} FROM ${table} WHERE ${conditions.join(' AND ')} LIMIT ${MOST_ROWS + 1}`,
    parameters: columns,
    probe: `SELECT ${columns.map(name).join(', ')} FROM ${table} LIMIT 0`,
  }
}

function quoted(name: string, { quote }: Dialect): string {
  return quote + name.replaceAll(quote, quote + quote) + quote
}

function fromTemplate(template: string, { numbered }: Dialect): SqlStatement {
  const parameters: string[] = []
  const text = template.replace(TEMPLATE_PLACE, (_, inQuotes: string | undefined, bare: string | undefined) => {
    const column = inQuotes ?? bare!
    const known = parameters.indexOf(column)
    if (numbered && known >= 0) return `$${known + 1}`
    parameters.push(column)
    return numbered ? `$${parameters.length}` : '?'
  })
  return { text, parameters }
}

/**
 * What a definition must say before it can be asked.
 * @throws {UserError} DDL_OPTION, SQL_NOT_BUILT
 */
export function checkStatement(definition: StreamDefinition): void {
  const { location } = definition
  const template = templateOf(definition)
  if (template === undefined) {
    const { datasource } = definition.properties
    if (typeof datasource === 'string' && datasource !== '' && !datasource.split('.').includes('')) return
    const what = 'A table of TYPE "sql" needs DATASOURCE: the table of the database.'
    throw new UserError({ code: 'DDL_OPTION', what, fix: 'Add DATASOURCE="devices", or "schema.devices".', location })
  }
  const rest = template.replace(TEMPLATE_PLACE, '?')
  if (/\{\{|\}\}/.test(rest)) {
    const what = 'In TemplateSql, only {{.column}} is built, which stands for the value of that column.'
    const fix = 'Anything else of templates has no place in a query with bound parameters.'
    throw new UserError({ code: 'SQL_NOT_BUILT', what, fix, location })
  }
  if (isSplit(template)) {
    const what = 'In TemplateSql, {{.column}} stands within a longer text: as a bound parameter it is a whole value.'
    const fix = "Put the text together in SQL: CONCAT('%', {{.column}}, '%')."
    throw new UserError({ code: 'DDL_OPTION', what, fix, location })
  }
}

/** Whether a place stands inside the quotes of a longer text. */
function isSplit(template: string): boolean {
  const texts = template
    .replace(TEMPLATE_PLACE, place => (place.startsWith("'") ? '0' : place))
    .match(/'(?:[^']|'')*'/g)
  return texts?.some(text => text.includes('{{')) ?? false
}
