// A parsed SELECT and the streams it reads in, a checked tree out; every error that needs no row is found here
// (spec/sql.md 4 and 6, spec/windows-and-time.md 1).

import { errorLine, UserError } from '../core/errors.ts'
import type { SourceText, Span } from '../core/location.ts'
import { UNIT_MS } from '../core/time-unit.ts'
import type { CallExpression, Expression, SelectItem, SelectStatement, WindowClause } from './ast.ts'
import { Binder } from './binder.ts'
import type {
  AliasDefinition,
  AnalyzedSelect,
  BoundExpression,
  BoundJoin,
  BoundWindow,
  BoundWindowShape,
  OutputItem,
} from './bound.ts'
import { boundChildren, hasAggregate, isNeverBoolean, some } from './bound-walk.ts'
import { cautionsOf } from './cautions.ts'
import { bindLookups } from './lookup-join.ts'
import type { Clause, Place } from './place.ts'
import { printExpression } from './printer.ts'
import { Fault, Scope, type SourceResolver } from './scope.ts'
import { checkEventTime, checkSources } from './source-checks.ts'
import { typeCautions } from './type-cautions.ts'
import { checkWindowOptions, type WindowOptions } from './window-options.ts'

/** Faults of one statement that are told at once. */
const MOST_FAULTS = 100

export interface AnalyzeOptions extends WindowOptions {
  readonly isEventTime: boolean
}

/**
 * Checks one SELECT.
 * @throws {UserError} the first fault, with its place in the text and the others beside it
 */
export function analyzeSelect(
  statement: SelectStatement,
  source: SourceText,
  resolver: SourceResolver,
  options: AnalyzeOptions,
): AnalyzedSelect {
  return new Analyzer(statement, source, resolver, options).analyze()
}

class Analyzer {
  readonly #statement: SelectStatement
  readonly #source: SourceText
  readonly #resolver: SourceResolver
  readonly #options: AnalyzeOptions
  readonly #fault: Fault
  readonly #scope: Scope
  readonly #binder: Binder
  /** by what they say: an alias that failed is met again wherever it is used */
  readonly #faults = new Map<string, UserError>()

  constructor(statement: SelectStatement, source: SourceText, resolver: SourceResolver, options: AnalyzeOptions) {
    this.#statement = statement
    this.#source = source
    this.#resolver = resolver
    this.#options = options
    this.#fault = new Fault(source)
    this.#scope = new Scope(statement, resolver, this.#fault)
    this.#binder = new Binder(this.#scope, this.#fault, statement.items)
  }

  analyze(): AnalyzedSelect {
    const statement = this.#statement
    const binder = this.#binder
    const items = this.#attempt(() => this.#items()) ?? []
    const where = this.#attempt(() => this.#condition(statement.where, 'WHERE'))
    const groupBy = this.#attemptAll(statement.groupBy, e => this.#groupItem(e))
    const window = this.#attempt(() => statement.window && this.#window(statement.window))
    this.#attempt(() => {
      for (const warning of checkWindowOptions(statement, this.#options, this.#fault)) this.#binder.caution(warning)
    })
    const joins = this.#attempt(() => this.#joins()) ?? []
    const having = this.#attempt(() => this.#having())
    const orderBy = this.#attemptAll(statement.orderBy, o => binder.order(o, { clause: 'ORDER BY' }))
    this.#throwFaults()
    const isAggregate = groupBy.length > 0 || items.some(item => itemExpressions(item).some(isOfGroup))
    this.#checkSources()
    const everywhere = [
      ...items.flatMap(itemExpressions),
      ...joins.map(join => join.on),
      where,
      having,
      ...groupBy,
      ...orderBy.map(o => o.expression),
    ].filter(e => e !== undefined)
    this.#checkHits(everywhere, isAggregate)
    for (const warning of typeCautions(everywhere, this.#fault)) binder.caution(warning)
    const aliases = binder.aliasDefinitions().filter(alias => alias.uses > 0)
    for (const alias of aliases) if (isKept(alias.expression)) alias.slot = binder.newSlot()
    return {
      sources: this.#scope.sources,
      items,
      joins,
      where,
      groupBy,
      window,
      having,
      orderBy,
      limit: statement.limit,
      aggregates: binder.aggregates,
      analytics: binder.analytics,
      rowNumbers: binder.rowNumbers,
      aliases,
      isAggregate,
      usesMeta: binder.usesMeta,
      columns: this.#scope.columnsRead(),
      slotCount: binder.slotCount,
      cautions: [...cautionsOf(statement, this.#source), ...binder.cautions],
    }
  }

  /** Goes on after a fault, so that an author hears of all of them at once. */
  #attempt<T>(analyze: () => T): T | undefined {
    // Whoever has mended a hundred will hear of the rest, and no text takes longer for being all wrong.
    if (this.#faults.size >= MOST_FAULTS) return undefined
    try {
      return analyze()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const line = errorLine(error)
      if (!this.#faults.has(line)) this.#faults.set(line, error)
      this.#binder.startAnew()
      return undefined
    }
  }

  #attemptAll<T, R>(parts: readonly T[], analyze: (part: T) => R): R[] {
    return parts.flatMap(part => {
      const analyzed = this.#attempt(() => analyze(part))
      return analyzed === undefined ? [] : [analyzed]
    })
  }

  #throwFaults(): void {
    if (this.#faults.size > 0) throw UserError.together([...this.#faults.values()])
  }

  #items(): OutputItem[] {
    const names = new Map<string, Span>()
    const items: OutputItem[] = []
    let nameless = 0
    let setReturning: Span | undefined
    for (const item of this.#statement.items) {
      const expression = item.expression
      if (expression.kind === 'wildcard') {
        const wildcard = this.#attempt(() => this.#binder.wildcard(expression, { clause: 'SELECT' }))
        if (wildcard) items.push({ kind: 'wildcard', wildcard })
        continue
      }
      const name = item.alias?.name ?? this.#defaultName(expression) ?? `kuiper_field_${nameless++}`
      const output = this.#attempt(() => this.#item(item, name))
      if (!output) continue
      if (output.kind === 'rows') {
        if (setReturning) {
          throw this.#fault.error(
            'SQL_SYNTAX',
            item.span,
            'The select list can hold only one set-returning function.',
            {
              fix: 'Send its rows to a memory topic, and open the other in a rule that reads it.',
            },
          )
        }
        setReturning = item.span
      }
      if (output.kind !== 'changes' && !item.invisible) {
        if (names.has(name)) {
          throw this.#fault.error('SQL_ALIAS', item.span, `Two items of the select list are both called "${name}".`, {
            fix: 'Give one of them another name with AS.',
          })
        }
        names.set(name, item.span)
      }
      if (!item.invisible) items.push(output)
      else if (output.kind === 'value') items.push({ ...output, kind: 'hidden' })
    }
    return items
  }

  #item(item: SelectItem, name: string): OutputItem {
    const { expression } = item
    const place = { clause: 'SELECT' as const, ...(item.alias ? { own: item.alias.name } : {}) }
    if (expression.kind === 'call') {
      const definition = this.#binder.definitionOf(expression)
      if (definition.kind === 'intrinsic' && (definition.role === 'rows' || definition.role === 'columns')) {
        return definition.role === 'columns' ? this.#changes(expression, place) : this.#rows(expression, name, place)
      }
    }
    if (item.alias) {
      const alias = this.#binder.alias(item.alias.name, item.alias.span)
      // Bound before the uses are counted: one more use means that the value is wanted twice.
      return { kind: 'value', name, expression: { kind: 'alias', alias, span: item.span }, text: errorName(item) }
    }
    const bound = this.#binder.bind(expression, place)
    if (bound.kind === 'column') return { kind: 'column', name, expression: bound }
    return { kind: 'value', name, expression: bound, text: errorName(item) }
  }

  #rows(call: CallExpression, name: string, place: Place): OutputItem {
    const argument = this.#binder.bind(call.arguments[0]!, place)
    return { kind: 'rows', name, function: call.name as 'unnest' | 'extract', argument }
  }

  #changes(call: CallExpression, place: Place): OutputItem {
    const [prefix, ignoreNull, ...rest] = call.arguments
    let nameless = 0
    const columns = rest.map(e => {
      if (e.kind === 'wildcard') return { name: '*', expression: this.#binder.wildcard(e, place) as BoundExpression }
      return { name: this.#defaultName(e) ?? `kuiper_field_${nameless++}`, expression: this.#binder.bind(e, place) }
    })
    return {
      kind: 'changes',
      prefix: this.#binder.bind(prefix!, place),
      ignoreNull: this.#binder.bind(ignoreNull!, place),
      columns,
    }
  }

  /** The output name of an item without alias; undefined: `kuiper_field_N` (spec/sql.md 4.4). */
  #defaultName(expression: Expression): string | undefined {
    if (expression.kind === 'call') return expression.name
    if (expression.kind !== 'column') return undefined
    const { qualifier, name } = expression
    return qualifier === undefined || this.#scope.source(qualifier) ? name : undefined
  }

  #condition(expression: Expression | undefined, clause: Clause): BoundExpression | undefined {
    if (!expression) return undefined
    const bound = this.#binder.bind(expression, { clause })
    const isWindow = clause === 'window'
    const isWrong = isWindow && bound.kind === 'literal' && typeof bound.value !== 'boolean'
    if (!isWrong && !isNeverBoolean(bound)) return bound
    const what = `${isWindow ? 'The window' : clause} needs a condition that is true or false.`
    const error = this.#fault.error('SQL_TYPE', bound.span, what, {
      ...(isWrong ? {} : { why: isWindow ? 'It is true for no row.' : 'It fails on every row.' }),
      fix: 'Write a comparison, such as x > 0.',
    })
    if (isWrong) throw error
    this.#binder.caution(error)
    return bound
  }

  #groupItem(expression: Expression): BoundExpression {
    if (!this.#statement.window) {
      throw this.#fault.error('SQL_WINDOW', expression.span, 'GROUP BY needs a window.', {
        why: 'A stream never ends, so a group is only complete when a window closes.',
        fix: 'Add one to the list, for example TUMBLINGWINDOW(ss, 10).',
      })
    }
    return this.#binder.bind(expression, { clause: 'GROUP BY' })
  }

  #having(): BoundExpression | undefined {
    const having = this.#condition(this.#statement.having, 'HAVING')
    if (!having) return undefined
    const outside = columnOutsideAggregate(having)
    if (outside) {
      throw this.#fault.error('SQL_AGGREGATE', outside.span, 'HAVING can only look at aggregates of the group.', {
        why: 'A column has many values in a group.',
        fix: 'Put conditions on single rows into WHERE, or wrap the column in an aggregate such as max().',
      })
    }
    return having
  }

  #joins(): BoundJoin[] {
    const { joins } = this.#statement
    const { sources } = this.#scope
    const bound = joins.map((join, i) => ({ kind: join.kind, source: i + 1, on: this.#condition(join.on, 'ON') }))
    if (sources[0]!.kind === 'table') return bound
    const caution = (warning: UserError) => this.#binder.caution(warning)
    return bindLookups(bound, joins, { sources, fault: this.#fault, caution })
  }

  #checkSources(): void {
    const check = {
      statement: this.#statement,
      sources: this.#scope.sources,
      resolver: this.#resolver,
      fault: this.#fault,
      caution: (warning: UserError) => this.#binder.caution(warning),
    }
    checkSources(check)
    if (this.#options.isEventTime) checkEventTime(check, this.#options.countsInEventTime ?? false)
  }

  #checkHits(expressions: readonly BoundExpression[], isAggregate: boolean): void {
    if (!isAggregate && !this.#statement.window && this.#statement.joins.length === 0) return
    for (const e of expressions) {
      some(e, x => {
        if (x.kind === 'intrinsic' && x.definition.name.startsWith('last_hit_')) {
          throw this.#fault.error(
            'SQL_AGGREGATE',
            x.span,
            `${x.definition.name}() cannot be used in an aggregate query.`,
            {
              fix: `Use ${x.definition.name.replace('last_', 'last_agg_')}() in HAVING.`,
            },
          )
        }
        return false
      })
    }
  }

  #window(window: WindowClause): BoundWindow {
    const { shape } = window
    if (window.when && shape.kind !== 'sliding') {
      throw this.#fault.error('SQL_WINDOW', window.when.span, 'OVER (WHEN …) belongs to sliding windows only.', {
        fix: 'Leave it out, or choose the rows of the window with FILTER (WHERE …).',
      })
    }
    if (window.partitionBy.length > 0 && shape.kind !== 'state') {
      throw this.#fault.error(
        'SQL_WINDOW',
        window.partitionBy[0]!.span,
        'OVER (PARTITION BY …) belongs to state windows only.',
        {
          fix: 'Put the expression into GROUP BY beside the window.',
        },
      )
    }
    const condition = (e: Expression | undefined) => this.#windowCondition(e)
    return {
      shape: this.#shape(shape),
      filter: condition(window.filter),
      when: condition(window.when),
      partitionBy: window.partitionBy.map(e => this.#binder.bind(e, { clause: 'window' })),
    }
  }

  #windowCondition(e: Expression | undefined): BoundExpression | undefined {
    return this.#condition(e, 'window')
  }

  #shape(shape: WindowClause['shape']): BoundWindowShape {
    switch (shape.kind) {
      case 'tumbling':
        return { kind: 'tumbling', unit: shape.unit, length: shape.length }
      case 'hopping':
        return { kind: 'hopping', unit: shape.unit, length: shape.length, hop: shape.hop }
      case 'sliding': {
        const unit = UNIT_MS[shape.unit]
        const { windowVersion, sendSlidingWindowTwice } = this.#options
        return {
          kind: 'sliding',
          lengthMs: shape.length * unit,
          delayMs: shape.delay === undefined ? undefined : shape.delay * unit,
          ...(windowVersion === 'v2' ? { isLeftOpen: true } : {}),
          ...(sendSlidingWindowTwice && shape.delay !== undefined ? { isSentTwice: true } : {}),
        }
      }
      case 'session':
        return { kind: 'session', unit: shape.unit, max: shape.max, gapMs: shape.gap * UNIT_MS[shape.unit] }
      case 'count':
        return { kind: 'count', length: shape.length, interval: shape.interval }
      case 'state':
        return {
          kind: 'state',
          begin: this.#windowCondition(shape.begin)!,
          emit: this.#windowCondition(shape.emit),
        }
      default:
        return shape satisfies never
    }
  }
}

/** Everything that an output item computes. */
function itemExpressions(item: OutputItem): readonly BoundExpression[] {
  switch (item.kind) {
    case 'wildcard':
      return [item.wildcard]
    case 'column':
    case 'value':
    case 'hidden':
      return [item.expression]
    case 'rows':
      return [item.argument]
    case 'changes':
      return [item.prefix, item.ignoreNull, ...item.columns.map(c => c.expression)]
    default:
      return item satisfies never
  }
}

/** Asks for one value of many rows; last_agg_hit_count() and its kin count as aggregates (spec/functions.md 17). */
function isOfGroup(e: BoundExpression): boolean {
  return hasAggregate(e) || some(e, x => x.kind === 'intrinsic' && x.definition.name.startsWith('last_agg_'))
}

/** Longer expressions are cut in messages. */
const LONGEST_NAMED = 100

/** How run-time errors name an item of the select list (spec/sql.md 7). */
function errorName({ alias, expression }: SelectItem): string {
  const text = printExpression(expression)
  const shown = text.length > LONGEST_NAMED ? `${text.slice(0, LONGEST_NAMED)}…` : text
  return alias ? `alias: ${alias.name} expr: ${shown}` : `expr: ${shown}`
}

/** A column that stands outside every aggregate, or undefined. Each alias is looked into once, or chains explode. */
function columnOutsideAggregate(
  e: BoundExpression,
  seen: Set<AliasDefinition> = new Set(),
): BoundExpression | undefined {
  if (e.kind === 'aggregate' || e.kind === 'analytic') return undefined
  if (e.kind === 'column' || e.kind === 'wildcard') return e
  if (e.kind === 'alias') {
    if (seen.has(e.alias)) return undefined
    seen.add(e.alias)
    return columnOutsideAggregate(e.alias.expression, seen) && e
  }
  for (const child of boundChildren(e)) {
    const found = columnOutsideAggregate(child, seen)
    if (found) return found
  }
  return undefined
}

/**
 * Whether an alias' value is worth a place in the row: it must be computed once (rand() must not be drawn twice), or it
 * costs more than reading it back. What depends on the group or window is computed in place, from numbers kept there.
 */
function isKept(e: BoundExpression): boolean {
  if (
    some(
      e,
      x => x.kind === 'aggregate' || x.kind === 'rownumber' || (x.kind === 'intrinsic' && x.definition.name !== 'meta'),
    )
  ) {
    return false
  }
  return e.kind !== 'column' && e.kind !== 'literal' && e.kind !== 'analytic' && e.kind !== 'alias'
}
