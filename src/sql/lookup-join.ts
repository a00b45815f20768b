// The ON of a join with a lookup table in, what the table is asked and what is checked of its answers out
// (spec/windows-and-time.md 12).

import type { UserError } from '../core/errors.ts'
import type { JoinClause } from './ast.ts'
import type { BoundColumn, BoundExpression, BoundJoin, BoundLookup, BoundSource, LookupKey } from './bound.ts'
import { conjuncts, sourcesOf } from './bound-walk.ts'
import type { Fault } from './scope.ts'

/** What a join needs to be told apart from others. */
export interface LookupContext {
  readonly sources: readonly BoundSource[]
  readonly fault: Fault
  readonly caution: (warning: UserError) => void
}

/**
 * Takes the joins with lookup tables apart. They are asked in the order written, after all other sources are joined.
 * @param clauses of the same joins, for places
 * @throws {UserError} SQL_JOIN when a table cannot be asked
 */
export function bindLookups(
  joins: readonly BoundJoin[],
  clauses: readonly JoinClause[],
  context: LookupContext,
): BoundJoin[] {
  const { sources } = context
  const others = new Set(sources.filter(source => !source.isLookup).map(source => source.index))
  const known = new Set(others)
  return joins.map((join, i) => {
    const table = sources[join.source]!
    checkReach(join, table.isLookup ? known : others, context)
    if (!table.isLookup) return join
    known.add(table.index)
    return { ...join, lookup: bindLookup(join, clauses[i]!, table, context) }
  })
}

/** ON may look at what has been joined when its turn comes, and at its own source. */
function checkReach(join: BoundJoin, known: ReadonlySet<number>, { sources, fault }: LookupContext): void {
  const own = sources[join.source]!
  for (const piece of join.on ? conjuncts(join.on) : []) {
    const ahead = [...sourcesOf(piece, new Set())].find(i => i >= 0 && i !== own.index && !known.has(i))
    if (ahead === undefined) continue
    const { name } = sources[ahead]!
    throw fault.error('SQL_JOIN', piece.span, `ON of "${own.name}" cannot look at the lookup table "${name}".`, {
      why: own.isLookup
        ? `Lookup tables are asked in the order in which they are written, and "${name}" comes later.`
        : 'Lookup tables are asked when all other sources have been joined.',
      fix: own.isLookup ? `Join "${name}" first.` : 'Put the condition into WHERE.',
    })
  }
}

function bindLookup(join: BoundJoin, clause: JoinClause, table: BoundSource, context: LookupContext): BoundLookup {
  const keys: LookupKey[] = []
  const before: BoundExpression[] = []
  const after: BoundExpression[] = []
  for (const piece of join.on ? conjuncts(join.on) : []) {
    const key = lookupKey(piece, table)
    if (key && !keys.some(known => known.column === key.column)) keys.push(key)
    else if (isAnsweredBy(piece, i => i >= 0 && i !== table.index)) before.push(piece)
    else after.push(piece)
  }
  if (keys.length === 0) throw noKey(join, clause, table, context)
  for (const warning of cautionsOf(join, clause, [...before, ...after], table, context)) context.caution(warning)
  return { keys, before, after }
}

/** `stream-expr = table.column`, either way round; undefined: it is something else. */
function lookupKey(e: BoundExpression, table: BoundSource): LookupKey | undefined {
  if (e.kind !== 'binary' || e.operator !== '=') return undefined
  const isColumn = (side: BoundExpression): side is BoundColumn => side.kind === 'column' && side.source === table.index
  // A bare name that many sources may have is looked for in those that are there: the table is not, yet.
  const isOfOthers = (side: BoundExpression) => isAnsweredBy(side, i => i !== table.index)
  if (isColumn(e.right) && isOfOthers(e.left)) return { column: e.right.name, value: e.left }
  if (isColumn(e.left) && isOfOthers(e.right)) return { column: e.left.name, value: e.right }
  return undefined
}

/** It reads columns, and all of them are of such sources. */
function isAnsweredBy(e: BoundExpression, test: (source: number) => boolean): boolean {
  const read = [...sourcesOf(e, new Set())]
  return read.length > 0 && read.every(test)
}

function noKey(
  join: BoundJoin,
  { source }: JoinClause,
  table: BoundSource,
  { fault, sources }: LookupContext,
): UserError {
  const from = sources[0]!
  const [name, stream] = [table.alias ?? table.name, from.alias ?? from.name]
  const isCross = join.kind === 'cross'
  const what = isCross
    ? `A CROSS JOIN cannot ask the lookup table "${table.name}".`
    : `ON asks the lookup table "${table.name}" for no value of its columns.`
  const on = `ON ${stream}.column = ${name}.column`
  return fault.error('SQL_JOIN', join.on?.span ?? source.span, what, {
    why: 'A lookup table is asked for the rows that have certain values; it cannot be read as a whole.',
    fix: isCross ? `Write INNER JOIN with ${on}.` : `Write ${on}; further conditions may follow with AND.`,
  })
}

/** What runs, and hardly as its author thinks. */
function cautionsOf(
  { kind }: BoundJoin,
  { source }: JoinClause,
  filters: readonly BoundExpression[],
  table: BoundSource,
  { fault }: LookupContext,
): UserError[] {
  if (kind === 'right' || kind === 'full') {
    const what = `A ${kind.toUpperCase()} JOIN with the lookup table "${table.name}" is an INNER JOIN.`
    const why = 'The table is asked for the rows of one key; those that nobody asks for are not known.'
    const fix = 'Write INNER JOIN, or LEFT JOIN to keep stream rows that have no match.'
    return [fault.error('SQL_JOIN', source.span, what, { why, fix })]
  }
  const [filter] = filters
  if (kind !== 'left' || !filter) return []
  const what = 'This condition drops the row, though the join is a LEFT JOIN.'
  const why = 'Of a join with a lookup table, only the equalities with its columns look for partners.'
  return [fault.error('SQL_JOIN', filter.span, what, { why, fix: 'Put it into WHERE, where that is plain.' })]
}
