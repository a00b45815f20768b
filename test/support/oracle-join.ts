// Joins once more, slow and plain: every pair of rows is tested. Written from spec/windows-and-time.md 10 and not from
// the operators, so that the two can be held against each other.

import type { Value, Values } from '../../src/core/value.ts'
import type { FunctionContext } from '../../src/functions/definition.ts'
import type { Expression, SelectStatement } from '../../src/sql/ast.ts'
import { isNull, OracleError, oracle } from './oracle.ts'

/** The record of each source by name; absent where an outer join found no partner. */
export type Joined = ReadonlyMap<string, Values>

/**
 * @param records of each stream in one window, or what each table holds, by name
 * @throws {OracleError} and what functions throw: the window is discarded
 */
export function joinOracle(
  { from, joins }: SelectStatement,
  records: ReadonlyMap<string, readonly Values[]>,
  context: FunctionContext,
): readonly Joined[] {
  let joined: readonly Joined[] = records.get(from.name)!.map(record => new Map([[from.name, record]]))
  const names = [from.name]
  for (const { kind, source, on } of joins) {
    const right: readonly Joined[] = records.get(source.name)!.map(record => new Map([[source.name, record]]))
    names.push(source.name)
    const known = [...names]
    const fits = (pair: Joined) => kind === 'cross' || !on || isTrue(on, pair, known, context)
    joined = kind === 'right' ? byRight(joined, right, fits) : byLeft(joined, right, fits, kind)
  }
  return joined
}

function byLeft(left: readonly Joined[], right: readonly Joined[], fits: (pair: Joined) => boolean, kind: string) {
  const rows: Joined[] = []
  const met = new Set<Joined>()
  for (const l of left) {
    const partners = right.filter(r => fits(both(l, r)))
    for (const r of partners) {
      met.add(r)
      rows.push(both(l, r))
    }
    if (partners.length === 0 && (kind === 'left' || kind === 'full')) rows.push(l)
  }
  return kind === 'full' ? [...rows, ...right.filter(r => !met.has(r))] : rows
}

function byRight(left: readonly Joined[], right: readonly Joined[], fits: (pair: Joined) => boolean) {
  return right.flatMap(r => {
    const pairs = left.map(l => both(l, r)).filter(fits)
    return pairs.length > 0 ? pairs : [r]
  })
}

function both(left: Joined, right: Joined): Joined {
  return new Map([...left, ...right])
}

function isTrue(on: Expression, pair: Joined, names: readonly string[], context: FunctionContext): boolean {
  const value: Value = oracle(on, { context, sources: new Map(names.map(name => [name, pair.get(name)])) })
  if (isNull(value)) return false
  if (typeof value !== 'boolean') throw new OracleError('ON is not true or false')
  return value
}
