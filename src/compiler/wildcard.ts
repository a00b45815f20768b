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
  readonly preferRight: boolean
}

/** The columns that the wildcard stands for. A new object unless nothing is to be changed. */
export function wildcardValues(row: Row, group: Group | undefined, spec: WildcardSpec): Values {
  const all = allValues(row, spec.source, spec.preferRight)
  if (spec.except.size === 0 && spec.replace.length === 0) return all
  const values: Record<string, Value> = {}
  for (const name of Object.keys(all)) if (!spec.except.has(name)) setOwn(values, name, all[name]!)
  for (const { name, evaluate } of spec.replace) setOwn(values, name, evaluate(row, group) ?? null)
  return values
}

/** All columns of a row. Where joined sources share a name, the left one wins (the right one in a RIGHT JOIN). */
export function allValues(row: Row, source: number | undefined, preferRight: boolean): Values {
  if (source !== undefined) return part(row, source)?.values ?? {}
  if (row.parts === undefined) return row.values
  const values: Record<string, Value> = {}
  const parts = preferRight ? row.parts : row.parts.toReversed()
  for (const p of parts) {
    if (p === undefined) continue
    for (const name of Object.keys(p.values)) setOwn(values, name, p.values[name]!)
  }
  return values
}
