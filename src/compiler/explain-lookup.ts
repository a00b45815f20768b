// A join with a lookup table in, what is asked and what is remembered out, in words.

import type { StreamDefinition } from '../catalog/definition.ts'
import { cacheOptionsOf } from '../catalog/lookup-cache.ts'
import { lengthText } from '../core/time-unit.ts'
import type { BoundExpression } from '../sql/bound.ts'
import { conjunction } from './conjuncts.ts'
import type { LookupJoinPlan } from './plan.ts'

/** @param text of an expression, as its author wrote it */
export function lookupWords(
  { kind, lookup }: LookupJoinPlan,
  table: StreamDefinition,
  text: (e: BoundExpression) => string,
): { readonly does: readonly string[]; readonly keeps: readonly string[] } {
  const asked = lookup.keys.map(({ column, value }) => `${column} = ${text(value)}`).join(' and ')
  const all = (pieces: readonly BoundExpression[]) => text(conjunction(pieces)!)
  const does: string[] = []
  if (lookup.before.length > 0) does.push(`only rows with ${all(lookup.before)}`)
  does.push(`${kind === 'left' ? 'left' : 'inner'} join ${table.name}: asks for the rows with ${asked}`)
  if (lookup.after.length > 0) does.push(`then only rows with ${all(lookup.after)}`)
  does.push(cacheWords(table))
  const isAtOnce = table.options.type === 'memory'
  return { does, keeps: isAtOnce ? [] : ['rows until their answer is there, and those behind them'] }
}

function cacheWords(table: StreamDefinition): string {
  const { cache, cacheTtlMs, cacheMissingKey } = cacheOptionsOf(table)
  if (!cache && table.options.type === 'memory') {
    return `the answer is there at once: ${table.name} is kept in this process`
  }
  if (!cache) return `${table.name} is asked for each row: no cache`
  const ttl = cacheTtlMs > 0 ? `for ${lengthText(cacheTtlMs)}` : 'until there are too many'
  return `answers of ${table.name} are remembered ${ttl}${cacheMissingKey ? ', those without a match too' : ''}`
}
