// The select list in, one generated function out that makes an output row (spec/sql.md 4.4, 5.1).

import { RowError } from '../core/errors.ts'
import type { Row } from '../core/row.ts'
import { packValue, unpackValue } from '../core/snapshot.ts'
import { describe } from '../core/text.ts'
import { type Cell, deepEqual, isArray, isStruct, setOwn, type Value, type Values } from '../core/value.ts'
import { ClauseError, type EmissionState, type Evaluate, type Group, type Project } from '../operators/evaluate.ts'
import type { OutputItem } from '../sql/bound.ts'
import type { Generator, Unit } from './generator.ts'

type Changes = Extract<OutputItem, { kind: 'changes' }>
type Named = Extract<OutputItem, { kind: 'column' | 'value' }>

export interface Projection {
  readonly project: Project
  readonly expand: ((values: Values, row: Row, group: Group | undefined) => Values[]) | undefined
  /** what changed_cols compares with */
  readonly states: readonly EmissionState[]
}

export function compileProjection(
  items: readonly OutputItem[],
  generator: Generator,
  sendNilField: boolean,
): Projection {
  const states: ChangedColumns[] = []
  const unit = generator.unit()
  const named = items.filter(item => item.kind === 'column' || item.kind === 'value')
  const spreads = items.filter(item => item.kind === 'wildcard' || item.kind === 'changes')
  const faults = new Faults(unit)
  const hidden = items.filter(item => item.kind === 'hidden')
  const body = hidden.map(item => `${faults.mark(item)} void ${unit.expression(item.expression)};`)
  if (spreads.length === 0) {
    body.push(fixedShape(unit, faults, named, sendNilField))
  } else if (named.length === 0 && spreads.length === 1 && spreads[0]!.kind === 'wildcard') {
    body.push(`return ${unit.wildcard(spreads[0]!.wildcard, !sendNilField)}`)
  } else {
    const out = unit.temp()
    body.push(`${out} = {};`)
    for (const [i, item] of spreads.entries()) {
      if (item.kind === 'wildcard') {
        // A single spread copies the whole shape of the row; a second one in the literal would go name by name.
        const before = i === 0 ? '' : `...${out}, `
        body.push(`${out} = {${before}...${unit.wildcard(item.wildcard, !sendNilField)}};`)
      }
      if (item.kind === 'changes') {
        const changes = new ChangedColumns(item, generator)
        states.push(changes)
        body.push(`${unit.constant(changes.into.bind(changes))}(${out}, row, group);`)
      }
    }
    for (const item of named) body.push(`${faults.mark(item)} ${assign(unit, out, item, sendNilField)}`)
    body.push(`return ${out}`)
  }
  const project = unit.build(faults.guard(body.join(' '))) as Project
  const srf = items.find(item => item.kind === 'rows')
  return {
    project,
    expand: srf && expansion(srf, generator.evaluate(srf.argument)),
    states,
  }
}

/** Keeps, in the generated function, which item is being computed, so that an error can name it (spec/sql.md 7). */
class Faults {
  readonly #unit: Unit
  readonly #texts: string[] = []

  constructor(unit: Unit) {
    this.#unit = unit
  }

  /** Code that says: from here on this item is computed. */
  mark(item: OutputItem): string {
    return item.kind === 'value' || item.kind === 'hidden' ? `at = ${this.#texts.push(item.text) - 1};` : ''
  }

  /** The body with its errors named. Wildcards come before all items that are marked, and have no name. */
  guard(body: string): string {
    const texts = this.#texts
    if (texts.length === 0) return body
    const named = this.#unit.constant((error: unknown, at: number) =>
      error instanceof RowError && !(error instanceof ClauseError) && at >= 0
        ? new RowError(`${texts[at]} meet error, err:${error.message}`)
        : error,
    )
    return `let at = -1; try { ${body} } catch (error) { throw ${named}(error, at) }`
  }
}

/** All values present (the usual case): one object literal, so that output rows share a hidden class. */
function fixedShape(unit: Unit, faults: Faults, items: readonly Named[], sendNilField: boolean): string {
  const temps = items.map(() => unit.temp())
  const set = items.map((item, i) => `${faults.mark(item)} ${temps[i]} = ${unit.expression(item.expression)};`)
  const literal = (suffix: string) =>
    `{${items.map((item, i) => `${key(item.name)}: ${temps[i]}${suffix}`).join(', ')}}`
  if (sendNilField) return `${set.join(' ')} return ${literal(' ?? null')}`
  const present = items.map((item, i) => (item.kind === 'column' ? `${temps[i]} !== undefined` : `${temps[i]} != null`))
  const out = unit.temp()
  const some = items.map((item, i) => `if (${present[i]}) ${put(unit, out, item.name, temps[i]!)}`)
  if (items.length === 0) return 'return {}'
  return `${set.join(' ')} if (${present.join(' && ')}) return ${literal('')}; ${out} = {}; ${some.join(' ')} return ${out}`
}

function assign(unit: Unit, out: string, item: Named, sendNilField: boolean): string {
  const temp = unit.temp()
  const set = `${temp} = ${unit.expression(item.expression)};`
  if (sendNilField) return `${set} ${put(unit, out, item.name, `${temp} ?? null`)}`
  const present = item.kind === 'column' ? `${temp} !== undefined` : `${temp} != null`
  return `${set} if (${present}) ${put(unit, out, item.name, temp)}`
}

/** A computed key where a plain one would set the prototype. */
function key(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}

function put(unit: Unit, out: string, name: string, value: string): string {
  if (name === '__proto__') return `${unit.constant(setOwn)}(${out}, "__proto__", ${value});`
  return `${out}[${JSON.stringify(name)}] = ${value};`
}

/** changed_cols(prefix, ignoreNull, …): the columns that differ from the emission before (spec/functions.md 18). */
class ChangedColumns implements EmissionState {
  readonly #prefix: Evaluate
  readonly #ignoreNull: Evaluate
  readonly #columns: readonly { name: string; key: string; isWildcard: boolean; evaluate: Evaluate }[]
  /** by argument and column: two arguments may have one name */
  #last = new Map<string, Value>()
  /** of the emission in the making, whose rows see each other; lost with it when one of them fails */
  readonly #next = new Map<string, Value>()

  constructor(item: Changes, generator: Generator) {
    this.#prefix = generator.evaluate(item.prefix)
    this.#ignoreNull = generator.evaluate(item.ignoreNull)
    this.#columns = item.columns.map(({ name, expression }, i) => {
      const isWildcard = expression.kind === 'wildcard'
      // A wildcard's columns have names that only the row knows.
      return { name, key: isWildcard ? `${i}:` : `${i}:${name}`, isWildcard, evaluate: generator.evaluate(expression) }
    })
  }

  into(out: Record<string, Value>, row: Row, group?: Group): void {
    const prefix = this.#prefix(row, group)
    if (typeof prefix !== 'string')
      throw new RowError(`changed_cols: the prefix must be text, found ${describe(prefix)}`)
    const ignoreNull = this.#ignoreNull(row, group)
    if (typeof ignoreNull !== 'boolean') {
      throw new RowError(`changed_cols: the second argument must be true or false, found ${describe(ignoreNull)}`)
    }
    for (const { name, key, isWildcard, evaluate } of this.#columns) {
      const value = evaluate(row, group)
      if (!isWildcard) {
        if (this.#isChange(key, value, ignoreNull)) setOwn(out, prefix + name, value ?? null)
        continue
      }
      for (const [column, cell] of Object.entries(value as Values)) {
        if (this.#isChange(key + column, cell, ignoreNull)) setOwn(out, prefix + column, cell)
      }
    }
  }

  #isChange(key: string, value: Cell, ignoreNull: boolean): boolean {
    if (value == null && ignoreNull) return false
    const pending = this.#next.get(key)
    const last = pending === undefined ? this.#last.get(key) : pending
    // The first value is a change unless it is null.
    if (deepEqual(value, last)) return false
    this.#next.set(key, value ?? null)
    return true
  }

  begin(): void {
    if (this.#next.size > 0) this.#next.clear()
  }

  commit(): void {
    for (const [key, value] of this.#next) this.#last.set(key, value)
    this.#next.clear()
  }

  snapshot(): unknown {
    return [...this.#last].map(([key, value]) => [key, packValue(value)] as const)
  }

  restore(state: readonly (readonly [key: string, value: unknown])[]): void {
    this.#last = new Map(state.map(([key, value]) => [key, unpackValue(value)]))
  }
}

/** unnest and extract (spec/functions.md 19). */
function expansion(item: Extract<OutputItem, { kind: 'rows' }>, argument: Evaluate): Projection['expand'] {
  return (values, row, group) => {
    const value = argument(row, group)
    if (item.function === 'extract') {
      // An object without entries counts as null, as an empty array does (section 2).
      if (!isStruct(value) || Object.keys(value).length === 0) {
        throw new RowError(`extract needs an object that is not empty, found ${describe(value)}`)
      }
      return [{ ...values, ...value }]
    }
    if (!isArray(value) || value.length === 0) {
      throw new RowError(`unnest needs an array that is not empty, found ${describe(value)}`)
    }
    return value.map(element => {
      if (isStruct(element)) return { ...values, ...element }
      const spread: Record<string, Value> = { ...values }
      setOwn(spread, item.name, element)
      return spread
    })
  }
}
