// The joins of a statement in, one join operator out; the equalities that ON begins with become hash keys.

import { RowError } from '../core/errors.ts'
import { counted, keyText } from '../core/key-text.ts'
import type { Row } from '../core/row.ts'
import type { Cell, Value } from '../core/value.ts'
import type { Evaluate } from '../operators/evaluate.ts'
import { Join, TableJoin, type TableRows } from '../operators/join.ts'
import type { JoinKey, JoinKeys, JoinStep } from '../operators/joining.ts'
import type { Operator, RowFunction } from '../operators/operator.ts'
import type { BoundJoin } from '../sql/bound.ts'
import { type JoinPiece, joinPieces } from './conjuncts.ts'
import type { Generator } from './generator.ts'

export function compileJoin(
  joins: readonly BoundJoin[],
  /** number of sources in FROM and JOIN */
  sources: number,
  generator: Generator,
  tables: ReadonlyMap<number, TableRows>,
): Operator {
  const steps = joins.map(({ kind, source, on }): JoinStep => {
    if (kind === 'cross' || !on) return { kind, source }
    return { kind, source, on: generator.condition(on), keys: joinKeys(joinPieces(on, source), generator) }
  })
  const options = { sources, steps, tables }
  return tables.size > 0 ? new TableJoin(options) : new Join(options)
}

/** undefined: there is no equality to look partners up with */
function joinKeys(pieces: readonly JoinPiece[], generator: Generator): JoinKeys | undefined {
  const equalities = pieces.filter(piece => piece.kind === 'equality')
  if (equalities.length === 0) return undefined
  const swapped = equalities.map(e => e.swapped)
  return {
    left: sideKey(pieces, 'left', generator),
    right: sideKey(pieces, 'right', generator),
    comparable: remembered((left, right) => {
      const length = Math.min(left.length, right.length)
      for (let i = 0; i < length; i++) {
        const pair = swapped[i] ? right[i]! + left[i]! : left[i]! + right[i]!
        if (!HASHABLE.has(pair)) return false
      }
      return true
    }),
  }
}

/** Asked for every row that meets a table, and nearly always the same. */
function remembered(compute: JoinKeys['comparable']): JoinKeys['comparable'] {
  let known: { readonly left: string; readonly right: string; readonly answer: boolean } | undefined
  return (left, right) => {
    if (known?.left !== left || known.right !== right) known = { left, right, answer: compute(left, right) }
    return known.answer
  }
}

/**
 * Pairs of kinds, in the order of the equality's operands, that compare without an error and are equal only if their
 * key texts are. A null has no partner, yet with an array or object to its left it is an error.
 */
const HASHABLE: ReadonlySet<string> = new Set('nn ss bb dd dn __ n_ s_ b_ d_ _n _s _b _d _o'.split(' '))

/** Works through the pieces of one side in order, as far as AND would. */
function sideKey(pieces: readonly JoinPiece[], side: 'left' | 'right', generator: Generator): RowFunction<JoinKey> {
  const parts = pieces.flatMap((piece): { evaluate: Evaluate; isCondition: boolean }[] => {
    if (piece.kind === 'equality') return [{ evaluate: generator.evaluate(piece[side]), isCondition: false }]
    return piece.kind === side ? [{ evaluate: generator.evaluate(piece.condition), isCondition: true }] : []
  })
  const isSingle = parts.filter(part => !part.isCondition).length === 1
  return (row: Row) => {
    let kinds = ''
    let text: string | undefined = ''
    for (const { evaluate, isCondition } of parts) {
      const value = evaluate(row)
      if (isCondition) {
        if (value === true) continue
        // After a null AND goes on, in the end to no avail.
        if (value != null && value !== false) throw new RowError('a condition of ON is not true or false')
        text = undefined
        if (value === false) break
        continue
      }
      kinds += kindLetter(value)
      if (value == null) return { kinds, text: undefined }
      if (text === undefined) continue
      const part = keyText(joinValue(value))
      // One value needs nothing to keep it apart from the next.
      text = isSingle ? part : text + counted(part)
    }
    return { kinds, text }
  }
}

function kindLetter(value: Cell): string {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return 'n'
    case 'string':
      return 's'
    case 'boolean':
      return 'b'
    default:
      if (value == null) return '_'
      return value instanceof Temporal.ZonedDateTime ? 'd' : 'o'
  }
}

/** ON compares numbers of two kinds as floats, and a datetime with the number of its milliseconds. */
function joinValue(value: NonNullable<Value>): Value {
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Temporal.ZonedDateTime ? value.epochMilliseconds : value
}
