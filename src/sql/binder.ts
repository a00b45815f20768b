// Expressions: parsed tree in, bound tree out. Names become columns or aliases, calls become functions, aggregates
// and analytic calls get their numbers (spec/sql.md 4.2, 4.5, 4.6; spec/functions.md 2).

import { didYouMean, errorLine, type UserError } from '../core/errors.ts'
import type { Span } from '../core/location.ts'
import type { IntrinsicFunction } from '../functions/definition.ts'
import { lookup } from '../functions/registry.ts'
import type { CallExpression, ColumnExpression, Expression, SelectItem, WildcardExpression } from './ast.ts'
import type {
  AggregateCall,
  AliasDefinition,
  AnalyticCall,
  BoundExpression,
  BoundOrder,
  BoundWildcard,
  RowNumberCall,
} from './bound.ts'
import { isNeverBoolean, some, sourcesOf } from './bound-walk.ts'
import { type CallableFunction, definitionOf, doubtsOf } from './call-checks.ts'
import { canonical } from './canonical.ts'
import { metaPath } from './meta-path.ts'
import { checkAggregatePlace, checkAliasPlace, checkNumberingPlace, clauseOfAggregate, type Place } from './place.ts'
import { printExpression } from './printer.ts'
import type { Fault, Scope } from './scope.ts'

/** As tall as two expressions on top of each other (MAX_HEIGHT of tree-height.ts): aliases put in place add up. */
const MAX_HEIGHT = 1000

interface AliasEntry {
  readonly item: SelectItem
  state: 'unbound' | 'binding' | 'bound' | 'failed'
  definition: AliasDefinition | undefined
  /** of its expression, with the aliases in it put in place */
  height: number
  /** why it could not be bound */
  fault?: unknown
}

export class Binder {
  readonly #scope: Scope
  readonly #fault: Fault
  readonly #aliases = new Map<string, AliasEntry>()
  readonly aggregates: AggregateCall[] = []
  readonly analytics: AnalyticCall[] = []
  readonly rowNumbers: RowNumberCall[] = []
  readonly #aggregatesByText = new Map<string, AggregateCall>()
  readonly #aliasTexts = new Map<AliasDefinition, string>()
  usesMeta = false
  /** warnings: what is valid, and cannot work */
  readonly #cautions = new Map<string, UserError>()
  #slots = 0
  /** of the expression that is being bound, and the most that was reached under it */
  #height = 0
  #reached = 0

  constructor(scope: Scope, fault: Fault, items: readonly SelectItem[]) {
    this.#scope = scope
    this.#fault = fault
    for (const item of items) {
      if (!item.alias) continue
      if (this.#aliases.has(item.alias.name)) {
        throw fault.error('SQL_ALIAS', item.alias.span, `The alias "${item.alias.name}" is given twice.`, {
          fix: 'Give each select item a name of its own.',
        })
      }
      this.#aliases.set(item.alias.name, { item, state: 'unbound', definition: undefined, height: 0 })
    }
  }

  get slotCount(): number {
    return this.#slots
  }

  newSlot(): number {
    return this.#slots++
  }

  /** Aliases that have been bound, for the compiler to decide which values to keep. */
  aliasDefinitions(): AliasDefinition[] {
    return [...this.#aliases.values()].flatMap(entry => (entry.definition ? [entry.definition] : []))
  }

  /** The bound select item behind an alias. */
  alias(name: string, span: Span): AliasDefinition {
    const entry = this.#aliases.get(name)!
    if (entry.definition) {
      this.#reach(this.#height + entry.height, span)
      return entry.definition
    }
    if (entry.state === 'failed') throw entry.fault
    if (entry.state === 'binding') {
      throw this.#fault.error('SQL_ALIAS', span, `The alias "${name}" is defined by itself, in a circle.`, {
        why: 'Each alias may use other aliases, but not one that uses it.',
      })
    }
    this.#checkSingle(entry.item, span)
    entry.state = 'binding'
    const reached = this.#reached
    this.#reached = this.#height
    const expression = this.#bindAlias(entry, name)
    entry.height = this.#reached - this.#height
    this.#reached = Math.max(reached, this.#reached)
    entry.definition = { name, expression, uses: 0, slot: -1 }
    entry.state = 'bound'
    return entry.definition
  }

  #bindAlias(entry: AliasEntry, name: string): BoundExpression {
    try {
      return this.bind(entry.item.expression, { clause: 'SELECT', own: name })
    } catch (error) {
      // Whoever refers to it is told of this fault, not of one that follows from it.
      entry.state = 'failed'
      entry.fault = error
      throw error
    }
  }

  /** Ready for the next expression, after one that failed half way. */
  startAnew(): void {
    this.#height = 0
    this.#reached = 0
  }

  /** unnest(), extract() and changed_cols() are items of their own; a name for them leads to no value. */
  #checkSingle({ expression, alias }: SelectItem, span: Span): void {
    const definition = expression.kind === 'call' ? lookup(expression.name) : undefined
    if (definition?.kind !== 'intrinsic' || (definition.role !== 'rows' && definition.role !== 'columns')) return
    throw this.#fault.error('SQL_ALIAS', span, `"${alias?.name}" cannot be used by other expressions.`, {
      why: `${definition.name}() makes several rows or columns, last of all.`,
      fix: 'Send them to a memory topic and go on in a rule that reads it.',
    })
  }

  bind(expression: Expression, place: Place): BoundExpression {
    this.#reach(++this.#height, expression.span)
    const bound = this.#bind(expression, place)
    this.#height--
    return bound
  }

  /** Whoever walks the bound tree may recurse, so aliases of aliases must not make it endlessly tall. */
  #reach(height: number, span: Span): void {
    if (height > MAX_HEIGHT) {
      throw this.#fault.error('SQL_ALIAS', span, 'Too many aliases are defined by one another here.', {
        why: `With their definitions in place the expression is more than ${MAX_HEIGHT} operators tall.`,
        fix: 'Split the rule in two, joined by a memory topic.',
      })
    }
    if (height > this.#reached) this.#reached = height
  }

  #bind(expression: Expression, place: Place): BoundExpression {
    const { span } = expression
    switch (expression.kind) {
      case 'literal':
        return { kind: 'literal', value: expression.value, span }
      case 'column':
        return this.#column(expression, place)
      case 'field':
        return { kind: 'field', object: this.bind(expression.object, place), name: expression.name, span }
      case 'index':
        return {
          kind: 'index',
          array: this.bind(expression.array, place),
          index: this.bind(expression.index, place),
          span,
        }
      case 'slice':
        return this.#slice(expression, place)
      case 'binary':
        return {
          kind: 'binary',
          operator: expression.operator,
          left: this.bind(expression.left, place),
          right: this.bind(expression.right, place),
          span,
        }
      case 'in':
        return {
          kind: 'in',
          negated: expression.negated,
          operand: this.bind(expression.operand, place),
          list: expression.list?.map(item => this.bind(item, place)),
          array: expression.array && this.bind(expression.array, place),
          span,
        }
      case 'between':
        return {
          kind: 'between',
          negated: expression.negated,
          operand: this.bind(expression.operand, place),
          low: this.bind(expression.low, place),
          high: this.bind(expression.high, place),
          span,
        }
      case 'like':
        return {
          kind: 'like',
          negated: expression.negated,
          operand: this.bind(expression.operand, place),
          pattern: this.bind(expression.pattern, place),
          span,
        }
      case 'case':
        return this.#case(expression, place)
      case 'call':
        return this.#call(expression, place)
      case 'wildcard':
        throw new Error('the parser takes * only where #argument or the analyzer asks for it')
      default:
        return expression satisfies never
    }
  }

  #column(expression: ColumnExpression, place: Place, beforeDot = false): BoundExpression {
    const { qualifier, name, span } = expression
    if (qualifier !== undefined) {
      const source = this.#scope.source(qualifier)
      if (source) return this.#scope.qualified(source, name, span)
      // Not a source, so a path: `a.b` means `a->b`.
      const column: ColumnExpression = { kind: 'column', qualifier: undefined, name: qualifier, span }
      return { kind: 'field', object: this.#column(column, place, true), name, span }
    }
    if (name !== place.own && this.#aliases.has(name)) {
      const alias = this.alias(name, span)
      this.#checkAliasUse(alias, place, span)
      alias.uses++
      return { kind: 'alias', alias, span }
    }
    return this.#scope.unqualified(name, span, beforeDot)
  }

  #checkAliasUse(alias: AliasDefinition, place: Place, span: Span): void {
    checkAliasPlace(this.#fault, alias, place, span)
  }

  #slice(expression: Extract<Expression, { kind: 'slice' }>, place: Place): BoundExpression {
    const from = expression.from && this.bind(expression.from, place)
    const to = expression.to && this.bind(expression.to, place)
    const bounds = [from, to].map(b => (b?.kind === 'literal' && typeof b.value === 'bigint' ? b.value : undefined))
    const [low, high] = bounds
    if (low !== undefined && high !== undefined && low >= high && low < 0n === high < 0n) {
      throw this.#fault.error('SQL_TYPE', expression.span, `The slice [${low}:${high}] is always empty.`, {
        why: 'The start must be below the end, which is not included.',
      })
    }
    return { kind: 'slice', array: this.bind(expression.array, place), from, to, span: expression.span }
  }

  #case(expression: Extract<Expression, { kind: 'case' }>, place: Place): BoundExpression {
    const operand = expression.operand && this.bind(expression.operand, place)
    const whens = expression.whens.map(({ when, then }) => ({
      when: this.bind(when, place),
      then: this.bind(then, place),
    }))
    for (const { when } of whens) {
      if (!operand && isNeverBoolean(when)) {
        throw this.#fault.error('SQL_TYPE', when.span, 'WHEN needs a condition that is true or false.', {
          fix: 'Write a comparison, or CASE value WHEN value THEN … to compare with values.',
        })
      }
    }
    const otherwise = expression.otherwise && this.bind(expression.otherwise, place)
    return { kind: 'case', operand, whens, otherwise, span: expression.span }
  }

  /** Warns of it, once however often it is met. */
  caution(warning: UserError): void {
    this.#cautions.set(errorLine(warning), warning)
  }

  get cautions(): readonly UserError[] {
    return [...this.#cautions.values()]
  }

  /** The function of a call, after the checks that need no binding. */
  definitionOf(call: CallExpression): CallableFunction {
    return definitionOf(call, this.#fault)
  }

  #call(call: CallExpression, place: Place): BoundExpression {
    const definition = this.definitionOf(call)
    for (const warning of doubtsOf(call, definition, this.#fault)) this.caution(warning)
    switch (definition.kind) {
      case 'scalar':
        return {
          kind: 'call',
          definition,
          arguments: call.arguments.map(a => this.#argument(a, place)),
          span: call.span,
        }
      case 'aggregate':
        return this.#aggregate(call, definition, place)
      case 'analytic':
        return this.#analytic(call, definition, place)
      case 'intrinsic':
        return this.#intrinsic(call, definition, place)
      default:
        return definition satisfies never
    }
  }

  #argument(expression: Expression, place: Place): BoundExpression {
    return expression.kind === 'wildcard' ? this.wildcard(expression, place) : this.bind(expression, place)
  }

  /** `*` and `s.*` with EXCEPT and REPLACE. */
  wildcard(expression: WildcardExpression, place: Place): BoundWildcard {
    const { qualifier, span } = expression
    const source = qualifier === undefined ? undefined : this.#scope.source(qualifier)
    if (qualifier !== undefined && !source) {
      const names = this.#scope.sources.map(s => s.alias ?? s.name)
      const what = `"${qualifier}" is not among the sources of this statement.`
      throw this.#fault.error('SQL_UNKNOWN_SOURCE', span, what, {
        why: `Its sources are ${names.join(', ')}.`,
        fix: didYouMean(qualifier, names),
      })
    }
    this.#scope.readAll(source?.index)
    for (const { name, span } of expression.except) {
      const warning = this.#scope.idleExcept(source, name, span)
      if (warning) this.caution(warning)
    }
    return {
      kind: 'wildcard',
      source: source?.index,
      except: expression.except.map(e => e.name),
      replace: expression.replace.map(r => ({ name: r.name.name, expression: this.bind(r.expression, place) })),
      span,
    }
  }

  #aggregate(call: CallExpression, definition: AggregateCall['definition'], place: Place): BoundExpression {
    checkAggregatePlace(this.#fault, place, call.nameSpan, `${call.name}()`)
    const inside: Place = { ...place, inAggregate: true }
    const aggregate: AggregateCall = {
      index: this.aggregates.length,
      definition,
      arguments: call.arguments.map((a, i) =>
        // Any value but null says the same, and reads nothing of the row.
        definition.parameters[i]?.wildcard === 'each' && isBareStar(a)
          ? { kind: 'literal', value: true, span: a.span }
          : this.#argument(a, inside),
      ),
      filter: call.filter && this.bind(call.filter, { ...inside, clause: 'FILTER' }),
      text: printExpression(call),
      clause: clauseOfAggregate(place),
    }
    if (definition.takesRow) this.#scope.readAll(undefined)
    const known = this.#sameAggregate(aggregate)
    if (known === aggregate) this.aggregates.push(aggregate)
    return { kind: 'aggregate', call: known, span: call.span }
  }

  /** One result serves all equal calls. WHERE may need its own before any other is worked out, and chance falls twice. */
  #sameAggregate(aggregate: AggregateCall): AggregateCall {
    const isChance = (e: BoundExpression) => some(e, x => x.kind === 'call' && x.definition.pure === false)
    if ([...aggregate.arguments, ...(aggregate.filter ? [aggregate.filter] : [])].some(isChance)) return aggregate
    const text = `${aggregate.clause === 'Where'} ${canonical(aggregate, this.#aliasTexts)}`
    const known = this.#aggregatesByText.get(text)
    if (!known) this.#aggregatesByText.set(text, aggregate)
    return known ?? aggregate
  }

  #analytic(call: CallExpression, definition: AnalyticCall['definition'], place: Place): BoundExpression {
    const inside: Place = { ...place, inAnalytic: true }
    const args = call.arguments.map(a => this.#argument(a, inside))
    const over: Place = { ...inside, clause: 'OVER' }
    const partitionBy = call.over?.partitionBy.map(e => this.bind(e, over)) ?? []
    const when = call.over?.when && this.bind(call.over.when, over)
    const read = new Set<number>()
    for (const e of [...args, ...partitionBy, ...(when ? [when] : [])]) sourcesOf(e, read)
    const [only] = read
    // A bare name of schemaless sources (-1) may be a column of any: the call runs on all rows.
    const isOfOne = read.size === 1 && only !== -1 && this.#scope.sources.length > 1
    const isOfTable = isOfOne && this.#scope.sources[only!]?.kind === 'table'
    if (isOfTable) this.caution(this.#neverComputed(call))
    const analytic: AnalyticCall = {
      slot: this.newSlot(),
      definition,
      arguments: args,
      partitionBy,
      when,
      source: isOfOne ? only : undefined,
      text: printExpression(call),
    }
    this.analytics.push(analytic)
    return { kind: 'analytic', call: analytic, span: call.span }
  }

  #neverComputed(call: CallExpression): UserError {
    const what = `${call.name}() looks at a table only, so it has no value ever.`
    return this.#fault.error('SQL_ARGUMENT', call.span, what, {
      why: 'Analytic functions see the rows of streams as they arrive, before a table is joined.',
      fix: 'Apply it to a column of the stream, or in a rule that reads the joined rows from a memory topic.',
    })
  }

  #intrinsic(call: CallExpression, definition: IntrinsicFunction, place: Place): BoundExpression {
    const intrinsic = { kind: 'intrinsic' as const, definition, path: [], source: undefined, span: call.span }
    switch (definition.role) {
      case 'rows':
      case 'columns':
        throw this.#fault.error(
          'SQL_SYNTAX',
          call.nameSpan,
          `${call.name}() can only stand alone as an item of the select list.`,
          { why: 'It makes several rows or columns out of one value.' },
        )
      case 'numbering':
        return this.#rowNumber(call, place)
      case 'hits':
        return { ...intrinsic, arguments: [] }
      case 'value':
        if (place.clause === 'ON' && definition.name.startsWith('window_')) {
          throw this.#fault.error('SQL_WINDOW', call.nameSpan, `${call.name}() cannot stand in ON.`, {
            why: 'Partners are looked up by what their rows hold.',
            fix: 'Put the condition into WHERE.',
          })
        }
        if (definition.name !== 'meta' && definition.name !== 'mqtt') return { ...intrinsic, arguments: [] }
        this.usesMeta = true
        return { ...intrinsic, ...metaPath(call, this.#scope, this.#fault), arguments: [] }
      default:
        return definition.role satisfies never
    }
  }

  #rowNumber(call: CallExpression, place: Place): BoundExpression {
    checkNumberingPlace(this.#fault, place, call.nameSpan, 'row_number()')
    const over: Place = { ...place, clause: 'OVER' }
    const numbering: RowNumberCall = {
      slot: this.newSlot(),
      partitionBy: call.over?.partitionBy.map(e => this.bind(e, over)) ?? [],
      orderBy: call.over?.orderBy.map(o => this.order(o, over)) ?? [],
    }
    this.rowNumbers.push(numbering)
    return { kind: 'rownumber', call: numbering, span: call.span }
  }

  order(item: { expression: Expression; descending: boolean }, place: Place): BoundOrder {
    return { expression: this.bind(item.expression, place), descending: item.descending }
  }
}

function isBareStar(e: Expression): boolean {
  return e.kind === 'wildcard' && e.qualifier === undefined && e.except.length === 0 && e.replace.length === 0
}
