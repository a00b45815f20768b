// The reserved words of the dialect, and which names must therefore stand in back-ticks.

/** @see spec/sql.md 1, the full list of the program, which is longer than the one in its manual */
export const RESERVED_WORDS = [
  'SELECT',
  'AS',
  'FROM',
  'WHERE',
  'AND',
  'OR',
  'GROUP',
  'HAVING',
  'ORDER',
  'BY',
  'DESC',
  'ASC',
  'FILTER',
  'INNER',
  'LEFT',
  'RIGHT',
  'FULL',
  'CROSS',
  'JOIN',
  'ON',
  'CASE',
  'WHEN',
  'THEN',
  'DEFAULT',
  'ELSE',
  'END',
  'IN',
  'NOT',
  'BETWEEN',
  'LIKE',
  'OVER',
  'PARTITION',
  'REPLACE',
  'EXCEPT',
  'INVISIBLE',
  'TRUE',
  'FALSE',
  'LIMIT',
  'DD',
  'HH',
  'MI',
  'SS',
  'MS',
] as const
export type ReservedWord = (typeof RESERVED_WORDS)[number]

const words: ReadonlySet<string> = new Set(RESERVED_WORDS)

/** The reserved word that a bare word is, in any case, or undefined. */
export function reservedWord(text: string): ReservedWord | undefined {
  const upper = text.toUpperCase()
  return words.has(upper) ? (upper as ReservedWord) : undefined
}

/** Whether a name can be written in SQL only inside back-ticks. */
export function needsQuotes(name: string): boolean {
  return !/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || reservedWord(name) !== undefined
}

/** A name as SQL writes it. */
export function quoteName(name: string): string {
  if (!needsQuotes(name)) return name
  if (name.includes('`'))
    throw new Error(`the dialect cannot write the name ${JSON.stringify(name)}: it holds a back-tick`)
  return '`' + name + '`'
}
