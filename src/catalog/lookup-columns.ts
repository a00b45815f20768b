// A lookup table and the columns that ON compares in, why it cannot be asked by them out; pure, for the compiler.

import type { StreamDefinition } from './definition.ts'

type Asked = Pick<StreamDefinition, 'name' | 'options' | 'properties'>

/**
 * redis knows nothing of a row but its key; a query of one's own has places for certain columns only
 * (spec/windows-and-time.md 12).
 * @param columns of the table, each compared with a value of the stream
 * @returns a sentence without its full stop; undefined: it can be asked
 */
export function lookupColumnsProblem(definition: Asked, columns: readonly string[]): string | undefined {
  const { name, options } = definition
  if (options.type === 'redis') {
    const { key } = options
    if (columns.length === 1 && (key === undefined || columns[0] === key)) return undefined
    const wanted = key === undefined ? 'one column, the key' : `its KEY, ${key}`
    return `redis finds rows of ${name} by ${wanted}, not by ${columns.join(' and ')}`
  }
  if (options.type !== 'sql') return undefined
  const wanted = templateColumns(definition)
  const missing = wanted?.filter(column => !columns.includes(column)) ?? []
  if (missing.length > 0) return `TemplateSql of ${name} needs ${missing.join(' and ')}, which ON does not compare`
  const unused = wanted ? columns.filter(column => !wanted.includes(column)) : []
  return unused.length > 0
    ? `TemplateSql of ${name} has no place for ${unused.join(' and ')}, which ON compares`
    : undefined
}

/** `{{.column}}`, alone or in quotes of its own: a bound parameter needs none. */
export const TEMPLATE_PLACE = /'\{\{\s*\.([\p{L}_][\p{L}\p{N}_]*)\s*\}\}'|\{\{\s*\.([\p{L}_][\p{L}\p{N}_]*)\s*\}\}/gu

/** @returns undefined: the table has no query of its own */
export function templateOf({ properties }: Pick<StreamDefinition, 'properties'>): string | undefined {
  const { TemplateSql } = (properties['templateSqlQueryCfg'] ?? {}) as Readonly<Record<string, unknown>>
  return typeof TemplateSql === 'string' ? TemplateSql : undefined
}

function templateColumns(definition: Asked): string[] | undefined {
  const template = templateOf(definition)
  return template === undefined
    ? undefined
    : [...new Set([...template.matchAll(TEMPLATE_PLACE)].map(match => match[1] ?? match[2]!))]
}
