// Errors that an author or a caller can mend, the closed list of their codes, and how they are printed.

import type { Location } from './location.ts'
import { markedLine, withoutSecrets } from './source-line.ts'

/** Every code a UserError may carry, with the one-line meaning that docs/errors.md prints. */
export const ERROR_CODES = {
  SQL_SYNTAX: 'The text is not a statement of the dialect.',
  SQL_UNKNOWN_SOURCE: 'FROM or JOIN names a stream or table that no file defines.',
  SQL_UNKNOWN_COLUMN: 'The schema has no such column.',
  SQL_AMBIGUOUS_COLUMN: 'The column exists in more than one source.',
  SQL_UNKNOWN_FUNCTION: 'No function has this name.',
  SQL_ARGUMENT: 'A function was given the wrong number or type of arguments.',
  SQL_ALIAS: 'Aliases clash or refer to each other in a circle.',
  SQL_AGGREGATE: 'An aggregate stands where none may, or a plain column where only aggregates may.',
  SQL_WINDOW: 'A window is missing, doubled, or has impossible arguments.',
  SQL_JOIN: 'A join cannot be run as written.',
  SQL_TYPE: 'An expression can never have the type its place needs.',
  SQL_NOT_BUILT: 'The dialect has this construct, this version of Sluice does not.',
  DDL_OPTION: 'A WITH option is unknown, doubled, or has a value it cannot have.',
  DDL_FIELD: 'A column definition cannot be used.',
  DDL_NAME: 'A stream or table name is malformed or taken twice.',
  CONFIG_SYNTAX: 'The file is not valid YAML or JSON.',
  CONFIG_UNKNOWN_KEY: 'The key means nothing here.',
  CONFIG_VALUE: 'The value does not fit its key.',
  CONFIG_REFERENCE: 'A ${env:…} or ${file:…} reference cannot be resolved.',
  RULE_ID: 'A rule id is malformed, missing or taken twice.',
  RULE_OPTION: 'A rule option is unknown, malformed or not built yet.',
  RULE_ACTION: 'An action names an unknown sink or gives it options it cannot take.',
  TEMPLATE_SYNTAX: 'A data template does not parse.',
  ENDPOINT: 'An endpoint path is malformed or clashes with another.',
  FILE_READ: 'The file cannot be read or written, is too large, or leads out of the folder.',
  FILE_CONTENT: 'The file of a table cannot be understood, or does not fit the columns that the table declares.',
  TEST_FILE: 'A test file cannot be understood.',
} as const
export type ErrorCode = keyof typeof ERROR_CODES

export interface UserErrorParts {
  readonly code: ErrorCode
  /** what is wrong, one sentence */
  readonly what: string
  /** why it is wrong, when that is not plain */
  readonly why?: string
  /** how to mend it */
  readonly fix?: string
  readonly location?: Location
  readonly cause?: unknown
  /** further faults of the same text, found in one go with this one */
  readonly others?: readonly UserError[]
}

/** A fault that the author of a file, or a caller, can mend. Never holds a secret. */
export class UserError extends Error {
  readonly code: ErrorCode
  readonly what: string
  readonly why: string | undefined
  readonly fix: string | undefined
  readonly location: Location | undefined
  /** further faults of the same text, found in one go with this one */
  readonly others: readonly UserError[]

  constructor(parts: UserErrorParts) {
    super(parts.what, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.name = 'UserError'
    this.code = parts.code
    this.what = parts.what
    this.why = parts.why
    this.fix = parts.fix
    this.location = parts.location
    this.others = parts.others ?? []
  }

  /** This fault and those found with it. */
  all(): readonly UserError[] {
    return [this, ...this.others]
  }

  /** The same error with a place, when it has none yet. */
  at(location: Location): UserError {
    return this.location ? this : this.with({ location })
  }

  /** Several faults as one to be thrown: the first, with the others beside it. At least one. */
  static together(errors: readonly UserError[]): UserError {
    const [first, ...others] = errors.flatMap(error => error.all())
    if (!first) throw new Error('no fault to be thrown')
    return others.length === 0 ? first : first.with({ others })
  }

  /** The same error with other parts. */
  with(parts: Partial<UserErrorParts>): UserError {
    const { code, what, why, fix, location, cause, others } = this
    return new UserError({
      ...{ code, what, cause, others },
      ...(why === undefined ? {} : { why }),
      ...(fix === undefined ? {} : { fix }),
      ...(location === undefined ? {} : { location }),
      ...parts,
    })
  }
}

/** `path:line:column CODE` and the sentence, on one line: for logs and status. */
export function errorLine(error: UserError): string {
  return `${place(error.location)}${error.code} ${sentence(error)}`
}

/**
 * The long form for people: place and code, the sentence, the source line (secrets in it hidden) with a caret, then why
 * and how.
 * @see style.md "Errors"
 */
export function errorText(error: UserError): string {
  const lines = [`${place(error.location)}${error.code}`, `  ${error.what}`]
  const source = error.location?.sourceLine
  if (error.location && source !== undefined && source.trim() !== '') {
    const marked = markedLine(withoutSecrets(source), error.location.column, error.location.length ?? 1)
    lines.push(...marked.map(line => `    ${line}`))
  }
  const hint = [error.why, error.fix].filter(part => part !== undefined).join(' ')
  if (hint) lines.push(`  ${hint}`)
  return lines.join('\n')
}

function place(location: Location | undefined): string {
  return location ? `${location.path}:${location.line}:${location.column} ` : ''
}

function sentence(error: UserError): string {
  return [error.what, error.why, error.fix].filter(part => part !== undefined).join(' ')
}

/** What is thrown while a row is worked on: it discards the row (or window), is counted, and the rule goes on. */
export class RowError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RowError'
  }
}

/**
 * The known name nearest to a mistyped one, by edit distance, or undefined when none is near.
 * Case differences count as nearly nothing: `temperature` for `Temperature`.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  // Any other sign is one edit away from a name of one sign: that is no likeness.
  let bestDistance = name.length < 2 ? 1 : Math.max(1, Math.floor(name.length / 3)) + 1
  const lower = name.toLowerCase()
  for (const candidate of known) {
    const distance = candidate.toLowerCase() === lower ? 0 : editDistance(lower, candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Optimal string alignment distance: a swap of two neighbours is one edit. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1)
      current.push(best)
    }
    before = previous
    previous = current
  }
  return previous[b.length]!
}

/** `Did you mean "x"?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const near = nearest(name, known)
  return near === undefined ? undefined : `Did you mean "${near}"?`
}
