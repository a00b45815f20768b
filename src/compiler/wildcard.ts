// `*`, `s.*`, EXCEPT and REPLACE: a row's columns as one object (spec/sql.md 4.4).

import type { Row } from '../core/row.ts'
import { setOwn, type Value, type Values } from '../core/value.ts'
import type { Evaluate, Group } from '../operators/evaluate.ts'
import { part } from './operations.ts'

export interface WildcardSpec {
  /** undefined: all sources */
  readonly source: number | undefined
  readonly except: ReadonlySet<string>
  readonly replace: readonly { readonly name: string; readonly evaluate: Evaluate }[]
  /** of a joined row: first the source whose column wins when names clash */
  readonly precedence: readonly number[]
  /** a REPLACE that gives null leaves its column out (spec/sql.md 5.1) */
  readonly omitNull: boolean
}

/** The columns that the wildcard stands for. A new object unless nothing is to be changed. */
export function wildcardValues(row: Row, group: Group | undefined, spec: WildcardSpec): Values {
  const all = allValues(row, spec.source, spec.precedence)
  if (spec.except.size === 0 && spec.replace.length === 0) return all
  const values: Record<string, Value> = {}
  for (const name of Object.keys(all)) if (!spec.except.has(name)) setOwn(values, name, all[name]!)
  for (const { name, evaluate } of spec.replace) {
    const value = evaluate(row, group) ?? null
    if (value === null && spec.omitNull) delete values[name]
    else setOwn(values, name, value)
  }
  return values
}

/**
 * Whose column wins when joined sources share a name: the left one, in a RIGHT JOIN the right one. Also in a chain: the
 * tuple of a RIGHT JOIN begins with its right side (spec/windows-and-time.md 10).
 */
export function precedenceOf(
  joins: readonly { readonly kind: string; readonly source: number; readonly lookup?: unknown }[],
): readonly number[] {
  const order = [0]
  // Lookup tables are joined last, to the right.
  const asked: number[] = []
  for (const { kind, source, lookup } of joins) {
    if (lookup) asked.push(source)
    else if (kind === 'right') order.unshift(source)
    else order.push(source)
  }
  return [...order, ...asked]
}

/** All columns of a row, or of one source of it. */
export function allValues(row: Row, source: number | undefined, precedence: readonly number[]): Values {
  if (source !== undefined) return part(row, source)?.values ?? {}
  if (row.parts === undefined) return row.values
  const values: Record<string, Value> = {}
  for (let i = precedence.length - 1; i >= 0; i--) {
    const p = row.parts[precedence[i]!]
    if (p === undefined) continue
    for (const name of Object.keys(p.values)) setOwn(values, name, p.values[name]!)
  }
  return values
}
