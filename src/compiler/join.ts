// The joins of a statement in, one join operator out; equalities in ON become hash keys.

import type { Row } from '../core/row.ts'
import type { Value } from '../core/value.ts'
import { Join, TableJoin } from '../operators/join.ts'
import type { JoinStep } from '../operators/joining.ts'
import type { Operator } from '../operators/operator.ts'
import type { ScanTable } from '../operators/scan-table.ts'
import type { AnalyzedSelect, BoundExpression } from '../sql/bound.ts'
import { joinEqualities } from './conjuncts.ts'
import type { Generator } from './generator.ts'
import { keyText } from './group-key.ts'

export function compileJoin(
  analyzed: AnalyzedSelect,
  generator: Generator,
  tables: ReadonlyMap<number, ScanTable>,
): Operator {
  const steps = analyzed.joins.map(({ kind, source, on }): JoinStep => {
    if (kind === 'cross' || !on) return { kind, source }
    const equalities = joinEqualities(on, source)
    const step: JoinStep = { kind, source, on: generator.condition(on) }
    if (equalities.length === 0) return step
    return {
      ...step,
      leftKey: joinKey(
        equalities.map(e => e.left),
        generator,
      ),
      rightKey: joinKey(
        equalities.map(e => e.right),
        generator,
      ),
    }
  })
  const names = analyzed.sources.map(s => s.name)
  const options = { sources: names.length, steps, tables, names }
  return tables.size > 0 ? new TableJoin(options) : new Join(options)
}

/** The text that both sides of an equality share when it holds; undefined when one value is null: no partner. */
function joinKey(expressions: readonly BoundExpression[], generator: Generator): (row: Row) => string | undefined {
  const evaluates = expressions.map(e => generator.evaluate(e))
  return row => {
    let key = ''
    for (const evaluate of evaluates) {
      const value = evaluate(row)
      if (value == null) return undefined
      const text = keyText(joinValue(value))
      key += `${text.length}:${text}`
    }
    return key
  }
}

/** ON compares numbers of two kinds as floats, and a datetime with the number of its milliseconds. */
function joinValue(value: NonNullable<Value>): Value {
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Temporal.ZonedDateTime ? value.epochMilliseconds : value
}
