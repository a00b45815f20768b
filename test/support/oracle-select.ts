// Whole statements once more, slow and plain: a parsed SELECT over one source and its rows in, what each row or window
// gives out. Written from spec/sql.md 4.4, 4.5, 4.8 and 5.4, not from the compiler. Only the functions are shared.

import { isDeepStrictEqual } from 'node:util'
import { setOwn, type Value, type Values } from '../../src/core/value.ts'
import type { AnalyticState, FunctionContext } from '../../src/functions/definition.ts'
import { lookup } from '../../src/functions/registry.ts'
import type { CallExpression, Expression, SelectItem, SelectStatement } from '../../src/sql/ast.ts'
import { children } from '../../src/sql/walk.ts'
import { holds, isNull, OracleError, oracle, type Scope, star } from './oracle.ts'

/** An analytic call with the values that stand for its partitions and the state of each. */
interface Analytic {
  readonly call: CallExpression
  readonly partitions: { readonly key: readonly Value[]; readonly state: AnalyticState }[]
}

export class SelectOracle {
  readonly #statement: SelectStatement
  readonly #context: FunctionContext
  readonly #sendNilField: boolean
  readonly #aliases: ReadonlyMap<string, Expression>
  readonly #analytics: Analytic[] = []
  #aggregates: CallExpression[] = []
  /** those that WHERE looks at: they are of the whole window */
  readonly #whereAggregates: ReadonlySet<CallExpression>
  /** the alias in whose definition a call stands: there the name means the column */
  readonly #owns = new Map<CallExpression, string | undefined>()
  /** results of the analytic calls, by row */
  readonly #results = new Map<Values, Map<CallExpression, Value>>()

  constructor(statement: SelectStatement, context: FunctionContext, sendNilField: boolean) {
    this.#statement = statement
    this.#context = context
    this.#sendNilField = sendNilField
    this.#aliases = new Map(
      statement.items.flatMap(({ alias, expression }) => (alias ? [[alias.name, expression]] : [])),
    )
    const seen = new Set<string>()
    for (const { alias, expression } of statement.items) {
      if (!alias) this.#collect(expression, undefined, seen)
      else if (!seen.has(alias.name)) this.#collect(expression, alias.name, seen.add(alias.name))
    }
    const before = [...this.#aggregates]
    const whereSeen = new Set<string>()
    if (statement.where) this.#collect(statement.where, undefined, whereSeen)
    this.#whereAggregates = new Set(this.#aggregates.slice(before.length))
    this.#aggregates = [...new Set(this.#aggregates)]
    if (statement.having) this.#collect(statement.having, undefined, seen)
  }

  /** WHERE has to wait for the window. */
  get looksAtWindow(): boolean {
    return this.#whereAggregates.size > 0
  }

  /** Inner calls before outer ones, and an alias where it is first met. */
  #collect(e: Expression, own: string | undefined, seen: Set<string>): void {
    if (e.kind === 'column') {
      const name = e.qualifier === undefined ? e.name : e.qualifier
      const definition = name === own || e.qualifier === 's' ? undefined : this.#aliases.get(name)
      if (definition && !seen.has(name)) this.#collect(definition, name, seen.add(name))
      return
    }
    const parts = e.kind === 'slice' ? [e.from, e.to, e.array].filter(part => part !== undefined) : children(e)
    for (const part of parts) this.#collect(part, own, seen)
    if (e.kind !== 'call') return
    this.#owns.set(e, own)
    const kind = lookup(e.name)?.kind
    if (kind === 'analytic' && !this.#analytics.some(a => a.call === e))
      this.#analytics.push({ call: e, partitions: [] })
    if (kind === 'aggregate') this.#aggregates.push(e)
  }

  /**
   * Takes a row in: analytic calls see all of them, before any WHERE.
   * @throws {OracleError} the row is discarded
   */
  arrive(row: Values): void {
    const results = new Map<CallExpression, Value>()
    this.#results.set(row, results)
    for (const { call, partitions } of this.#analytics) {
      const scope = this.#scope(row, undefined, this.#owns.get(call))
      const definition = lookup(call.name)
      if (definition?.kind !== 'analytic') throw new Error(call.name)
      const key = (call.over?.partitionBy ?? []).map(e => oracle(e, scope))
      let partition = partitions.find(p => p.key.every((value, i) => isSame(value, key[i]!)))
      if (!partition) partitions.push((partition = { key, state: definition.begin(this.#context) }))
      const valid = call.over?.when === undefined || oracle(call.over.when, scope) !== false
      results.set(
        call,
        partition.state.next(
          call.arguments.map(a => oracle(a, scope)),
          valid,
        ),
      )
    }
  }

  /** Whether WHERE, which looks at no window, lets a row through. */
  passes(row: Values): boolean {
    const { where } = this.#statement
    return !where || holds(oracle(where, this.#scope(row)))
  }

  /** What is sent on for a row without a window; undefined: WHERE drops it. */
  row(row: Values): Values | undefined {
    return this.passes(row) ? this.#project(this.#scope(row)) : undefined
  }

  /** What is sent on for the rows of a window; undefined: nothing. */
  window(rows: readonly Values[]): readonly Values[] | undefined {
    const { where, groupBy, having, limit } = this.#statement
    const whole = this.#aggregated([...this.#whereAggregates], rows)
    const kept = rows.filter(row => !where || holds(oracle(where, this.#scope(row, whole))))
    if (where && kept.length === 0) return undefined
    const groups: { readonly key: readonly Value[]; readonly rows: Values[] }[] = []
    for (const row of kept) {
      const key = groupBy.map(e => oracle(e, this.#scope(row)))
      const group = groups.find(g => g.key.every((value, i) => isSame(value, key[i]!)))
      if (group) group.rows.push(row)
      else groups.push({ key, rows: [row] })
    }
    let scopes = groups.map(group => this.#groupScope(group.rows))
    if (having) {
      scopes = scopes.filter(scope => {
        const decision = oracle(having, scope)
        return typeof decision === 'boolean' ? decision : refuseCondition()
      })
      if (scopes.length === 0) return undefined
    }
    return scopes.slice(0, limit ?? Number.POSITIVE_INFINITY).map(scope => this.#project(scope))
  }

  #groupScope(rows: readonly Values[]): Scope {
    return this.#scope(rows[0]!, this.#aggregated(this.#aggregates, rows))
  }

  #aggregated(calls: readonly CallExpression[], rows: readonly Values[]): ReadonlyMap<CallExpression, Value> {
    return new Map(calls.map(call => [call, this.#aggregate(call, rows)]))
  }

  #aggregate(call: CallExpression, rows: readonly Values[]): Value {
    const definition = lookup(call.name)
    if (definition?.kind !== 'aggregate') throw new Error(call.name)
    const running = definition.begin(this.#context)
    for (const row of rows) {
      const scope = this.#scope(row, undefined, this.#owns.get(call))
      if (call.filter && !holds(oracle(call.filter, scope))) continue
      running.add(...call.arguments.map(a => oracle(a, scope)), ...(definition.takesRow ? [row] : []))
    }
    return running.result()
  }

  #scope(row: Values, aggregates?: ReadonlyMap<CallExpression, Value>, own?: string): Scope {
    return {
      context: this.#context,
      sources: new Map([['s', row]]),
      alias: name => {
        const definition = name === own ? undefined : this.#aliases.get(name)
        return definition && { value: oracle(definition, this.#scope(row, aggregates, name)) }
      },
      special: call => aggregates?.get(call) ?? this.#results.get(row)?.get(call) ?? null,
    }
  }

  /** Wildcards first, then what is named. */
  #project(scope: Scope): Values {
    const out: Record<string, Value> = {}
    for (const { expression } of this.#statement.items) {
      if (expression.kind !== 'wildcard') continue
      const replaced = new Set(expression.replace.map(r => r.name.name))
      for (const [name, value] of Object.entries(star(expression, scope))) {
        if (!replaced.has(name) || !isNull(value) || this.#sendNilField) setOwn(out, name, value)
      }
    }
    let nameless = 0
    for (const item of this.#statement.items) {
      if (item.expression.kind === 'wildcard') continue
      const name = item.alias?.name ?? nameOf(item.expression) ?? `kuiper_field_${nameless++}`
      const value = this.#item(item, scope)
      if (item.invisible) continue
      if (!isNull(value) || this.#sendNilField || (value === null && this.#isPlain(item, scope)))
        setOwn(out, name, value)
    }
    return out
  }

  #item({ alias, expression }: SelectItem, scope: Scope): Value {
    return alias ? scope.alias!(alias.name)!.value : oracle(expression, scope)
  }

  /** A column that stands for itself, and that the row has: it is sent on even when it is null. */
  #isPlain({ alias, expression: e }: SelectItem, scope: Scope): boolean {
    if (alias || e.kind !== 'column' || (e.qualifier !== undefined && e.qualifier !== 's')) return false
    if (e.qualifier === undefined && this.#aliases.has(e.name)) return false
    return Object.hasOwn(scope.sources.get('s')!, e.name)
  }
}

function refuseCondition(): never {
  throw new OracleError('no condition')
}

function nameOf(e: Expression): string | undefined {
  if (e.kind === 'call') return e.name
  return e.kind === 'column' && (e.qualifier === undefined || e.qualifier === 's') ? e.name : undefined
}

/** Whether two values are in one group: null and missing are one, and so are 1 and 1.0. */
function isSame(a: Value, b: Value): boolean {
  return isDeepStrictEqual(plain(a), plain(b))
}

function plain(value: Value): unknown {
  if (typeof value === 'number')
    return Number.isInteger(value) ? BigInt(value) : Number.isFinite(value) ? value : `${value}`
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Temporal.ZonedDateTime) return { at: value.toString() }
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return value
  return new Map(Object.entries(value).map(([name, v]) => [name, plain(v)]))
}
