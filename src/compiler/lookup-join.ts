// A join with a lookup table in, its operator out.

import type { Values } from '../core/value.ts'
import { LookupJoin } from '../operators/lookup-join.ts'
import type { Ask } from '../operators/lookup-questions.ts'
import type { Operator } from '../operators/operator.ts'
import type { AnalyzedSelect, BoundExpression } from '../sql/bound.ts'
import { conjunction } from './conjuncts.ts'
import type { Generator } from './generator.ts'
import type { LookupJoinPlan } from './plan.ts'

export interface LookupParts {
  readonly analyzed: AnalyzedSelect
  readonly generator: Generator
  /** fits the table's rows to its declared columns; undefined: it has none */
  readonly decode: ((values: Values, nowMs: number) => Values) | undefined
  readonly ask: Ask
}

export function compileLookup({ kind, source, lookup }: LookupJoinPlan, parts: LookupParts): Operator {
  const { analyzed, generator, decode, ask } = parts
  const condition = (pieces: readonly BoundExpression[]) => {
    const all = conjunction(pieces)
    return all && generator.condition(all)
  }
  return new LookupJoin({
    sources: analyzed.sources.length,
    source,
    // Nobody can list the rows of the table that have no partner.
    isLeft: kind === 'left',
    keys: lookup.keys.map(({ column, value }) => ({ column, value: generator.evaluate(value) })),
    before: condition(lookup.before),
    after: condition(lookup.after),
    decode,
    ask,
  })
}
