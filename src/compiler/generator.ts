// A bound expression in, a JavaScript function out. The text of generated functions is built only from fixed pieces,
// numbers and JSON.stringify: nothing that a file says is ever pasted into it.

import { RowError } from '../core/errors.ts'
import type { Row } from '../core/row.ts'
import type { Value } from '../core/value.ts'
import type { FunctionContext, ScalarFunction } from '../functions/definition.ts'
import type { Condition, Evaluate, Group, Hits } from '../operators/evaluate.ts'
import type { BinaryOperator } from '../sql/ast.ts'
import type {
  AliasDefinition,
  AnalyticCall,
  BoundColumn,
  BoundExpression,
  BoundIntrinsic,
  BoundWildcard,
} from '../sql/bound.ts'
import { likeMatcher } from './like.ts'
import * as operations from './operations.ts'
import { wildcardValues } from './wildcard.ts'

/** What the functions of one rule share. */
export interface GeneratorContext {
  readonly context: FunctionContext
  readonly hits: Hits
  readonly sourceCount: number
  /** the sources of a joined row, first the one whose column wins when names clash */
  readonly precedence: readonly number[]
}

const ARITHMETIC: Partial<Record<BinaryOperator, readonly [name: string, sign: string]>> = {
  '+': ['add', '+'],
  '-': ['subtract', '-'],
  '*': ['multiply', '*'],
}

const COMPARISON: Partial<Record<BinaryOperator, readonly [name: string, sign: string]>> = {
  '=': ['equal', '==='],
  '!=': ['unequal', '!=='],
  '<': ['less', '<'],
  '<=': ['lessOrEqual', '<='],
  '>': ['greater', '>'],
  '>=': ['greaterOrEqual', '>='],
}

const OTHER_OPERATORS: Partial<Record<BinaryOperator, string>> = {
  '/': 'divide',
  '%': 'modulo',
  '&': 'bitAnd',
  '|': 'bitOr',
  '^': 'bitXor',
}

/** Builds the functions of one rule; constants are shared between them. */
export class Generator {
  readonly #shared: GeneratorContext
  readonly #aliases = new Map<AliasDefinition, Evaluate>()
  readonly #scalars = new Map<ScalarFunction, (...args: Value[]) => Value>()

  constructor(shared: GeneratorContext) {
    this.#shared = shared
  }

  /** A function of one expression. */
  evaluate(expression: BoundExpression): Evaluate {
    const unit = this.unit()
    const value = unit.expression(expression)
    return unit.build(`return ${value}`) as Evaluate
  }

  /** A function that says whether a condition holds; it throws RowError when the condition is no boolean. */
  condition(expression: BoundExpression): Condition {
    const unit = this.unit()
    return unit.build(`return ${unit.test(expression)}`) as Condition
  }

  /** A condition that must be true or false: null is an error too (HAVING, spec/sql.md 4.8). */
  strictCondition(expression: BoundExpression): Condition {
    const unit = this.unit()
    return unit.build(`return X.isTrueStrictly(${unit.expression(expression)})`) as Condition
  }

  /** A fresh function body. */
  unit(): Unit {
    return new Unit(this, this.#shared)
  }

  /** An alias whose value is kept in the row: computed by whoever asks first. */
  alias(alias: AliasDefinition): Evaluate {
    let evaluate = this.#aliases.get(alias)
    if (!evaluate) {
      const inner = this.evaluate(alias.expression)
      const { slot } = alias
      evaluate = (row, group) => {
        const kept = row.slots?.[slot]
        // A null that was kept is not computed again: the next rand() might think otherwise.
        return kept !== undefined ? kept : operations.keepSlot(row, slot, inner(row, group))
      }
      this.#aliases.set(alias, evaluate)
    }
    return evaluate
  }

  /** A scalar function with its context bound and its name put before its errors. */
  scalar(definition: ScalarFunction): (...args: Value[]) => Value {
    let call = this.#scalars.get(definition)
    if (!call) {
      call = named(definition, this.#shared.context)
      this.#scalars.set(definition, call)
    }
    return call
  }
}

/** Fixed parameter counts, so that the engine inlines the usual calls. */
function named(definition: ScalarFunction, context: FunctionContext): (...args: Value[]) => Value {
  const { call, callWith, name } = definition
  const f: (...args: any[]) => Value = call ?? ((...args) => callWith!(context, ...args))
  const fail = (error: unknown): never => {
    throw error instanceof RowError ? new RowError(`call func ${name} error: ${error.message}`) : error
  }
  return (a?: Value, b?: Value, c?: Value, ...rest: Value[]) => {
    try {
      if (rest.length > 0) return f(a, b, c, ...rest)
      if (c !== undefined) return f(a, b, c)
      if (b !== undefined) return f(a, b)
      return a !== undefined ? f(a) : f()
    } catch (error) {
      return fail(error)
    }
  }
}

/** The body of one generated function while it grows: its temporaries, constants and aliases. */
export class Unit {
  readonly #generator: Generator
  readonly #shared: GeneratorContext
  readonly #constants: unknown[] = []
  /** aliases computed once in this function: name of the local function, by alias */
  readonly #locals = new Map<AliasDefinition, string>()
  #localCode = ''
  #temps = 0

  constructor(generator: Generator, shared: GeneratorContext) {
    this.#generator = generator
    this.#shared = shared
  }

  temp(): string {
    return `t${this.#temps++}`
  }

  /** A value that the text cannot hold. @returns its name */
  constant(value: unknown): string {
    return `k${this.#constants.push(value) - 1}`
  }

  /** Closes the function. `row` and `group` are its parameters, `X` the operations, `C` the clock, `k0`, `k1` … the constants. */
  build(body: string): (...args: any[]) => unknown {
    const temps = Array.from({ length: this.#temps }, (_, i) => `t${i}`)
    const declared = temps.length > 0 ? `let ${temps.join(', ')};` : ''
    const make = new Function(
      'X',
      'C',
      ...this.#constants.map((_, i) => `k${i}`),
      `"use strict"; return (row, group) => { ${declared} ${this.#localCode} ${body} }`,
    )
    return make(operations, this.#shared.context, ...this.#constants)
  }

  /** An alias that the row cannot keep, because it depends on the group: kept while this function runs. */
  #local(alias: AliasDefinition): string {
    let name = this.#locals.get(alias)
    if (!name) {
      name = `a${this.#locals.size}`
      this.#locals.set(alias, name)
      const temp = this.temp()
      const value = this.expression(alias.expression)
      this.#localCode += `const ${name} = () => ${temp} !== undefined ? ${temp} : (${temp} = ${value} ?? null);`
    }
    return `${name}()`
  }

  /** JavaScript that is true or false as a condition says; see X.isTrue for one that says neither. */
  test(e: BoundExpression): string {
    const value = this.expression(e)
    if (isBoolean(e)) return value
    const temp = this.temp()
    return `((${temp} = ${value}) === true || (${temp} !== false && X.isTrue(${temp})))`
  }

  /** JavaScript for an expression; null may come as undefined. */
  expression(e: BoundExpression): string {
    switch (e.kind) {
      case 'literal':
        return literal(e.value)
      case 'column':
        return this.#column(e)
      case 'alias':
        return this.#alias(e.alias)
      case 'field':
        return this.#field(e)
      case 'index':
        return `X.index(${this.expression(e.array)}, ${this.expression(e.index)})`
      case 'slice':
        return `X.slice(${this.expression(e.array)}, ${this.#optional(e.from)}, ${this.#optional(e.to)})`
      case 'binary':
        return this.#binary(e.operator, e.left, e.right)
      case 'in':
        return this.#in(e)
      case 'between':
        return this.#between(e)
      case 'like':
        return this.#like(e)
      case 'case':
        return this.#case(e)
      case 'call':
        return this.#call(e.definition, e.arguments)
      case 'intrinsic':
        return this.#intrinsic(e)
      case 'aggregate':
        return `group.aggregates[${e.call.index}]`
      case 'analytic':
        return this.#analytic(e.call)
      case 'rownumber':
        return `row.slots[${e.call.slot}]`
      case 'wildcard':
        return this.wildcard(e)
      default:
        return e satisfies never
    }
  }

  #alias(alias: AliasDefinition): string {
    if (alias.slot >= 0) return `${this.constant(this.#generator.alias(alias))}(row, group)`
    return alias.uses === 0 || isCheap(alias.expression) ? `(${this.expression(alias.expression)})` : this.#local(alias)
  }

  #optional(e: BoundExpression | undefined): string {
    // A bound that is there but null is an error, so it must not look like an absent one.
    return e ? `(${this.expression(e)} ?? null)` : 'undefined'
  }

  #column(e: BoundColumn): string {
    const name = JSON.stringify(e.name)
    if (this.#shared.sourceCount === 1) {
      return e.name in Object.prototype ? `X.own(row.values, ${name})` : `row.values[${name}]`
    }
    if (e.source === undefined) return `X.anyColumn(row, ${name})`
    if (e.name in Object.prototype) return `X.column(row, ${e.source}, ${name})`
    return `X.part(row, ${e.source})?.values[${name}]`
  }

  /** Read in place, where it costs least, from the plain objects that JSON makes. */
  #field(e: Extract<BoundExpression, { kind: 'field' }>): string {
    const object = this.expression(e.object)
    const name = JSON.stringify(e.name)
    if (e.name in Object.prototype) return `X.field(${object}, ${name})`
    const temp = this.temp()
    return `(${temp} = ${object}, X.isPlain(${temp}) ? ${temp}[${name}] : X.field(${temp}, ${name}))`
  }

  #analytic(call: AnalyticCall): string {
    if (this.#shared.sourceCount === 1) return `row.slots[${call.slot}]`
    return call.source === undefined ? `X.anySlot(row, ${call.slot})` : `X.slotOf(row, ${call.source}, ${call.slot})`
  }

  /** @param omitNull columns whose REPLACE gives null are left out, as in a select list without sendNilField */
  wildcard(e: BoundWildcard, omitNull = false): string {
    const single = this.#shared.sourceCount === 1
    if (single && e.except.length === 0 && e.replace.length === 0) return 'row.values'
    const replace = e.replace.map(r => ({ name: r.name, evaluate: this.#generator.evaluate(r.expression) }))
    const spec = {
      source: single ? undefined : e.source,
      except: new Set(e.except),
      replace,
      precedence: this.#shared.precedence,
      omitNull,
    }
    return `${this.constant((row: Row, group?: Group) => wildcardValues(row, group, spec))}(row, group)`
  }

  #binary(operator: BinaryOperator, left: BoundExpression, right: BoundExpression): string {
    if (operator === 'AND' || operator === 'OR') {
      if (isBoolean(left) && isBoolean(right)) {
        return `(${this.expression(left)} ${operator === 'AND' ? '&&' : '||'} ${this.expression(right)})`
      }
      const temp = this.temp()
      const stop = operator === 'AND' ? 'false' : 'true'
      const l = this.expression(left)
      return `((${temp} = ${l}) === ${stop} ? ${stop} : X.${operator.toLowerCase()}(${temp}, ${this.expression(right)}))`
    }
    const fast = ARITHMETIC[operator] ?? COMPARISON[operator]
    if (fast) return this.#numeric(fast[0], fast[1], left, right, operator in COMPARISON ? ', C' : '')
    return `X.${OTHER_OPERATORS[operator]}(${this.expression(left)}, ${this.expression(right)})`
  }

  /** Two floats (or a float and a numeric literal, or text and a literal) are worked on in place; the rest is called. */
  #numeric(name: string, sign: string, left: BoundExpression, right: BoundExpression, clock: string): string {
    const l = this.temp()
    const leftText = this.expression(left)
    if (right.kind === 'literal') {
      const { value } = right
      const slow = `X.${name}(${l}, ${literal(value)}${clock})`
      if (typeof value === 'number' || typeof value === 'bigint') {
        return `(${l} = ${leftText}, typeof ${l} === 'number' ? ${l} ${sign} ${number(Number(value))} : ${slow})`
      }
      if (typeof value === 'string' && (name === 'equal' || name === 'unequal')) {
        return `(${l} = ${leftText}, typeof ${l} === 'string' ? ${l} ${sign} ${literal(value)} : ${slow})`
      }
      return `X.${name}(${leftText}, ${literal(value)}${clock})`
    }
    const r = this.temp()
    const rightText = this.expression(right)
    const both = `typeof ${l} === 'number' && typeof ${r} === 'number'`
    return `(${l} = ${leftText}, ${r} = ${rightText}, ${both} ? ${l} ${sign} ${r} : X.${name}(${l}, ${r}${clock}))`
  }

  #in(e: Extract<BoundExpression, { kind: 'in' }>): string {
    const operand = this.expression(e.operand)
    if (!e.list) return `X.inList(${operand}, ${this.expression(e.array!)}, ${e.negated}, C)`
    const literals = e.list.flatMap(item => (item.kind === 'literal' ? [item.value] : []))
    if (literals.length === e.list.length) return this.#inLiterals(operand, literals, e.negated)
    const list = `[${e.list.map(item => `(${this.expression(item)} ?? null)`).join(', ')}]`
    return `X.inList(${operand}, ${list}, ${e.negated}, C)`
  }

  /** A text among texts and a float among numbers are looked up. */
  #inLiterals(operand: string, literals: readonly (bigint | number | string | boolean)[], negated: boolean): string {
    const temp = this.temp()
    const slow = `X.inList(${temp}, ${this.constant(literals)}, ${negated}, C)`
    const known = literals.every(v => typeof v === 'string')
      ? { type: 'string', set: new Set<unknown>(literals) }
      : literals.every(v => typeof v === 'number' || typeof v === 'bigint')
        ? { type: 'number', set: new Set<unknown>(literals.map(Number)) }
        : undefined
    if (!known) return `(${temp} = ${operand}, ${slow})`
    const quick = `${negated ? '!' : ''}${this.constant(known.set)}.has(${temp})`
    return `(${temp} = ${operand}, typeof ${temp} === '${known.type}' ? ${quick} : ${slow})`
  }

  /** Floats are compared in place with floats and numeric literals; two literals, which may be BIGINTs, are not. */
  #between(e: Extract<BoundExpression, { kind: 'between' }>): string {
    const parts = [e.operand, e.low, e.high]
    const temps = parts.map(() => this.temp())
    const set = parts.map((part, i) => `${temps[i]} = ${this.expression(part)}`)
    const [x, low, high] = parts.map((part, i) => numericLiteral(part) ?? temps[i]!)
    const floats = parts.flatMap((part, i) => (numericLiteral(part) ? [] : [`typeof ${temps[i]} === 'number'`]))
    const slow = `X.between(${temps.join(', ')}, ${e.negated}, C)`
    if (floats.length === 0 || x !== temps[0]) return `(${set.join(', ')}, ${slow})`
    const quick = `${e.negated ? '!' : ''}(${x} >= ${low} && ${x} <= ${high})`
    return `(${set.join(', ')}, ${floats.join(' && ')} ? ${quick} : ${slow})`
  }

  #like(e: Extract<BoundExpression, { kind: 'like' }>): string {
    const operand = this.expression(e.operand)
    if (e.pattern.kind === 'literal' && typeof e.pattern.value === 'string') {
      const { value } = e.pattern
      const temp = this.temp()
      const quick = `${e.negated ? '!' : ''}${this.constant(likeMatcher(value))}(${temp})`
      const slow = `X.like(${temp}, ${literal(value)}, ${e.negated})`
      return `(${temp} = ${operand}, typeof ${temp} === 'string' ? ${quick} : ${slow})`
    }
    return `X.like(${operand}, ${this.expression(e.pattern)}, ${e.negated})`
  }

  #case(e: Extract<BoundExpression, { kind: 'case' }>): string {
    const otherwise = e.otherwise ? this.expression(e.otherwise) : 'null'
    const operand = this.temp()
    const arms = e.whens.map(({ when, then }) => {
      const test = e.operand ? `X.equal(${operand}, ${this.expression(when)}, C)` : this.test(when)
      return `${test} ? ${this.expression(then)} : `
    })
    const chosen = `${arms.join('')}${otherwise}`
    return e.operand ? `(${operand} = ${this.expression(e.operand)}, ${chosen})` : `(${chosen})`
  }

  #call(definition: ScalarFunction, args: readonly BoundExpression[]): string {
    const f = this.constant(this.#generator.scalar(definition))
    if (definition.nulls === 'own' || args.length === 0) {
      return `${f}(${args.map(a => `(${this.expression(a)} ?? null)`).join(', ')})`
    }
    const temps = args.map(() => this.temp())
    const set = args.map((a, i) => `${temps[i]} = ${this.expression(a)}`)
    const checks = args.flatMap((a, i) => (a.kind === 'literal' ? [] : [nullTest(temps[i]!)]))
    const nothing = { null: 'null', false: 'false', zero: '0n' }[definition.nulls]
    const guard = checks.length > 0 ? `${checks.join(' || ')} ? ${nothing} : ` : ''
    return `(${set.join(', ')}, ${guard}${f}(${temps.join(', ')}))`
  }

  #intrinsic(e: BoundIntrinsic): string {
    const { context, hits } = this.#shared
    switch (e.definition.name) {
      case 'meta':
      case 'mqtt':
        return `X.meta(row, ${e.source ?? 'undefined'}, ${this.constant(e.path)})`
      case 'event_time':
        return 'BigInt(group !== undefined && group.isAggregate && group.bounds !== undefined ? group.bounds.trigger : row.time)'
      case 'window_start':
      case 'window_end':
      case 'window_trigger':
        return `(group === undefined || group.bounds === undefined ? null : BigInt(group.bounds.${e.definition.name.slice(7)}))`
      case 'rule_id':
        return JSON.stringify(context.ruleId)
      case 'rule_start':
        return literal(BigInt(context.ruleStart))
      case 'last_hit_count':
        return `BigInt(${this.constant(hits)}.count)`
      case 'last_hit_time':
        return `BigInt(${this.constant(hits)}.time)`
      case 'last_agg_hit_count':
        return `BigInt(${this.constant(hits)}.aggregateCount)`
      case 'last_agg_hit_time':
        return `BigInt(${this.constant(hits)}.aggregateTime)`
      default:
        throw new Error(`intrinsic ${e.definition.name} has no code`)
    }
  }
}

/** True or false, never null or anything else. */
function isBoolean(e: BoundExpression): boolean {
  switch (e.kind) {
    case 'literal':
      return typeof e.value === 'boolean'
    case 'in':
    case 'between':
    case 'like':
      return true
    case 'binary':
      return e.operator in COMPARISON || e.operator === 'AND' || e.operator === 'OR'
    default:
      return false
  }
}

/** A number that floats are compared with, as JavaScript. */
function numericLiteral(e: BoundExpression): string | undefined {
  if (e.kind !== 'literal' || (typeof e.value !== 'number' && typeof e.value !== 'bigint')) return undefined
  return number(Number(e.value))
}

/** Read as quickly as it could be kept. */
function isCheap(e: BoundExpression): boolean {
  return ['literal', 'column', 'alias', 'aggregate', 'analytic', 'rownumber'].includes(e.kind)
}

/** `[]` and `{}` count as null. */
function nullTest(temp: string): string {
  return `${temp} == null || (typeof ${temp} === 'object' && X.isEmpty(${temp}))`
}

function literal(value: bigint | number | string | boolean): string {
  switch (typeof value) {
    case 'bigint':
      return value < 0n ? `(${value}n)` : `${value}n`
    case 'number':
      return number(value)
    default:
      return JSON.stringify(value)
  }
}

function number(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.startsWith('-') ? `(${text})` : text
}
