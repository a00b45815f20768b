// A plan by which windows fold their rows, whose results show which rows went in, and in which order.

import { RowError } from '../../src/core/errors.ts'
import type { Row } from '../../src/core/row.ts'
import type { AggregatePlan, RunningAggregate } from '../../src/operators/evaluate.ts'
import type { FoldPlan } from '../../src/operators/windows/contents.ts'
import { TwoStacks } from '../../src/operators/windows/two-stacks.ts'

/** The names of the rows. Those whose name begins with `bad` it cannot take, and after `x` nothing that begins with `y`. */
class Names implements RunningAggregate {
  /** how often any of them was merged, in all tests of a file */
  static merges = 0
  #names: string[] = []

  add(name: string): void {
    if (name.startsWith('bad')) throw new RowError(name)
    this.#check(name)
    this.#names.push(name)
  }

  #check(name: string): void {
    if (name.startsWith('y') && this.#names.some(other => other.startsWith('x'))) throw new RowError(`${name} after x`)
  }

  merge(later: Names): void {
    Names.merges++
    for (const name of later.#names) this.#check(name)
    this.#names.push(...later.#names)
  }

  result(): string {
    return this.#names.join(',')
  }

  snapshot(): unknown {
    return this.#names.slice()
  }

  restore(names: readonly string[]): void {
    this.#names = names.slice()
  }
}

export function mergesSoFar(): number {
  return Names.merges
}

const nameOf = (row: Row) => String(row.values['v'])

function names(ignored: string): AggregatePlan {
  const take = (aggregate: RunningAggregate, name: unknown) => {
    if (name !== ignored) aggregate.add(name)
  }
  return {
    begin: () => new Names(),
    empty: '',
    read: nameOf,
    take,
    add: (aggregate, row) => take(aggregate, nameOf(row)),
    merge: (aggregate, later) => aggregate.merge!(later),
  }
}

/** Groups by the first letter, or by column `group` where a row has one. Two aggregates; the second passes over `bad1`. */
export const byLetter: FoldPlan = {
  where: undefined,
  groupKey: row => {
    if (row.values['v'] === 'keyless') throw new RowError('no key')
    return String(row.values['group'] ?? nameOf(row)[0])
  },
  aggregates: [names('bad2'), names('bad1')],
  areBare: true,
}

export const allInOne: FoldPlan = { ...byLetter, groupKey: undefined, aggregates: [names('')] }

/** Lets in what is no `no`, and cannot decide on `odd`. */
export const withWhere: FoldPlan = {
  ...byLetter,
  where: row => {
    if (row.values['v'] === 'odd') throw new RowError('odd row')
    return row.values['v'] !== 'no'
  },
}

/** The same for rows that come and go; names that begin with `unread` cannot even be read. */
export function sliding(plan: FoldPlan): FoldPlan {
  return { ...plan, aggregates: plan.aggregates.map(following) }
}

function following(names: AggregatePlan): AggregatePlan {
  const read = (row: Row) => {
    const name = nameOf(row)
    if (name.startsWith('unread')) throw new RowError(`${name} by anybody`)
    return name
  }
  const plan: AggregatePlan = { ...names, read, add: (aggregate, row) => names.take(aggregate, read(row)) }
  return { ...plan, beginSliding: rows => new TwoStacks(plan, rows) }
}
