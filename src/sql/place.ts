// A place in a statement in; why an aggregate or row_number() cannot stand there out (spec/sql.md 4.8, spec/functions.md 20).

import type { Span } from '../core/location.ts'
import type { AggregateCall, AliasDefinition } from './bound.ts'
import { hasAggregate, some } from './bound-walk.ts'
import type { Fault } from './scope.ts'

export const CLAUSES = ['SELECT', 'WHERE', 'GROUP BY', 'HAVING', 'ORDER BY', 'ON', 'OVER', 'FILTER', 'window'] as const
export type Clause = (typeof CLAUSES)[number]

/** Where an expression stands, as far as that decides what is allowed in it. */
export interface Place {
  readonly clause: Clause
  /** the alias that is being defined: inside its own definition the name means the column */
  readonly own?: string
  /** inside an aggregate's arguments */
  readonly inAggregate?: boolean
  /** inside an analytic call's arguments */
  readonly inAnalytic?: boolean
}

const AGGREGATE_CLAUSES: { readonly [C in Clause]?: AggregateCall['clause'] } = {
  WHERE: 'Where',
  HAVING: 'Having',
  'ORDER BY': 'Order By',
}

/** The clause that errors of an aggregate name. */
export function clauseOfAggregate(place: Place): AggregateCall['clause'] {
  return AGGREGATE_CLAUSES[place.clause] ?? 'Select'
}

/** @throws {UserError} when what the alias stands for cannot stand here */
export function checkAliasPlace(fault: Fault, alias: AliasDefinition, place: Place, span: Span): void {
  const name = `"${alias.name}"`
  if (some(alias.expression, e => e.kind === 'rownumber')) {
    // The numbers are there when the rows are put in order (spec/sql.md 5.4), so the name of one may stand there.
    checkNumberingPlace(fault, place.clause === 'ORDER BY' ? { ...place, clause: 'SELECT' } : place, span, name)
  }
  if (hasAggregate(alias.expression)) checkAggregatePlace(fault, place, span, name)
}

/** @throws {UserError} when no aggregate can stand here */
export function checkAggregatePlace(fault: Fault, place: Place, span: Span, what: string): void {
  if (place.inAggregate) {
    throw fault.error('SQL_AGGREGATE', span, 'An aggregate cannot take an aggregate as its argument.', {
      why: `${what} is an aggregate itself.`,
    })
  }
  if (place.inAnalytic) {
    throw fault.error('SQL_AGGREGATE', span, `${what} is an aggregate; an analytic function cannot take it.`, {
      why: 'Analytic functions see every row as it arrives, before the window is complete.',
      fix: 'Send the aggregate to a memory topic and apply the analytic function in a rule that reads it.',
    })
  }
  const { clause } = place
  if (clause === 'GROUP BY' || clause === 'ON' || clause === 'window' || clause === 'FILTER') {
    const where = clause === 'window' ? 'the window' : clause
    throw fault.error('SQL_AGGREGATE', span, `${what} is an aggregate and cannot stand in ${where}.`, {
      why: 'The rows of a group are only known after that.',
    })
  }
}

/** @throws {UserError} when row_number() cannot stand here */
export function checkNumberingPlace(fault: Fault, place: Place, span: Span, what: string): void {
  if (place.clause === 'SELECT' && !place.inAggregate && !place.inAnalytic) return
  throw fault.error(
    'SQL_SYNTAX',
    span,
    `${what} numbers the rows of an emission and can only stand in the select list, outside aggregates and analytic functions.`,
    { why: 'Rows are numbered last, when all of them are there and in their order.' },
  )
}
