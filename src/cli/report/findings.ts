// Errors and warnings in, one sorted list without repetitions out, as text or as JSON.

import { errorText, type UserError } from '../../core/errors.ts'

export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly error: UserError
}

/** By path, line and column; a fault that several objects suffer from is one. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const distinct = new Map(findings.map(finding => [keyOf(finding), finding]))
  return [...distinct.values()].sort((a, b) => {
    const [x, y] = [a.error.location, b.error.location]
    return (
      compare(x?.path ?? '', y?.path ?? '') || (x?.line ?? 0) - (y?.line ?? 0) || (x?.column ?? 0) - (y?.column ?? 0)
    )
  })
}

function keyOf({ severity, error }: Finding): string {
  const { location } = error
  return [severity, location?.path, location?.line, location?.column, error.code, error.what].join('\0')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The long form of an error; a warning says that it is one. */
export function findingText({ severity, error }: Finding): string {
  const text = errorText(error)
  return severity === 'error' ? text : text.replace(/^.*/, first => `${first} (warning)`)
}

export function findingJson({ severity, error }: Finding): object {
  const { location } = error
  return {
    path: location?.path ?? null,
    line: location?.line ?? null,
    column: location?.column ?? null,
    code: error.code,
    severity,
    what: error.what,
    why: error.why ?? null,
    fix: error.fix ?? null,
  }
}
