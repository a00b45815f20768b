// Random trees of the dialect for properties: any tree that some text means, with places that say nothing.

import fc, { type Arbitrary } from 'fast-check'
import type { Field, FieldType } from '../../src/core/schema.ts'
import { SCALAR_TYPES } from '../../src/core/schema.ts'
import { TIME_UNITS } from '../../src/core/time-unit.ts'
import {
  type AdminStatement,
  BINARY_OPERATORS,
  type CallExpression,
  type CreateStatement,
  type DdlOption,
  type Expression,
  JOIN_KINDS,
  type JoinClause,
  type Name,
  type OrderItem,
  type OverClause,
  type SelectItem,
  type SelectStatement,
  type SourceReference,
  type Statement,
  type WildcardExpression,
  type WindowClause,
  type WindowShape,
} from '../../src/sql/ast.ts'
import { RESERVED_WORDS } from '../../src/sql/words.ts'

const span = { start: 0, end: 0 }

/** As the parser makes them: with the usual prototype. */
function record<T extends object>(parts: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> {
  return fc.record(parts, { noNullPrototype: true }) as Arbitrary<T>
}

const COMMON_NAMES = ['a', 'b', 'temp', 'Temp', 'x1', 'from', 'Left', 'ss', 'NULL', 'distinct', 'is', 'with-dash']

/** Any name that back-ticks can hold. */
export const arbitraryName: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...COMMON_NAMES) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('_x', '1a', 'a.b', 'x y', '中文', 'é', '', 'tumblingwindow', '*', '->', '0'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('--', '/*', '*/', '/* x */', '-- x', ';', '"', "'", '\\', '\\n', '${x}', '</script>'),
  },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf') },
  { weight: 1, arbitrary: fc.constantFrom('a\nb', 'a\rb', '\t', '\0', '\u2028', '\u2029', '\ufeff', '\ud800', '😀') },
  { weight: 1, arbitrary: fc.constantFrom(...RESERVED_WORDS).map(word => word.toLowerCase()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...RESERVED_WORDS, 'CREATE', 'STREAM', 'SHOW', 'BIGINT', 'STRUCT', 'DATASOURCE'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map(s => s.replaceAll('`', '')) },
)

const nameNode: Arbitrary<Name> = arbitraryName.map(name => ({ name, span }))

/** Literals of all four kinds, among them the ends of their ranges. */
export const arbitraryLiteral: Arbitrary<Expression> = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, -0, 0.1, -1.5, 1e21, 5e-324, Number.MAX_VALUE),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.boolean(),
  )
  .map(value => ({ kind: 'literal', value, span }))

const column: Arbitrary<Expression> = record({
  qualifier: fc.option(arbitraryName, { nil: undefined, freq: 2 }),
  name: arbitraryName,
}).map(parts => ({ kind: 'column', ...parts, span }))

const callName = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('abs', 'count', 'lag', 'row_number', 'replace', 'hex2dec') },
  {
    weight: 1,
    arbitrary: arbitraryName.map(s => s.toLowerCase()).filter(s => !s.endsWith('window') && s !== 'meta'),
  },
)

// a type, not an interface: letrec wants the index signature that only types have
type Trees = {
  expression: Expression
  /** begins with a name: what ORDER BY takes */
  named: Expression
  wildcard: WildcardExpression
  call: CallExpression
  over: OverClause
}

const trees = fc.letrec<Trees>(tie => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expression' },
    { weight: 2, arbitrary: arbitraryLiteral },
    { weight: 2, arbitrary: column },
    { weight: 3, arbitrary: tie('named') },
    { weight: 3, arbitrary: path(tie('expression'), tie('expression')) },
    { weight: 6, arbitrary: binary(tie('expression'), tie('expression')) },
    { weight: 2, arbitrary: within(tie('expression'), tie('named')) },
    { weight: 2, arbitrary: between(tie('expression')) },
    { weight: 2, arbitrary: like(tie('expression')) },
    { weight: 2, arbitrary: cases(tie('expression')) },
  ),
  named: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expression' },
    { weight: 2, arbitrary: column },
    { weight: 2, arbitrary: tie('call') },
    { weight: 2, arbitrary: path(tie('named'), tie('expression')) },
  ),
  wildcard: record({
    qualifier: fc.option(arbitraryName, { nil: undefined }),
    except: fc.array(nameNode, { maxLength: 2 }),
    replace: fc.array(record({ expression: tie('expression'), name: nameNode }), { maxLength: 2 }),
  }).map((parts): WildcardExpression => ({ kind: 'wildcard', ...parts, span })),
  call: record({
    name: callName,
    arguments: fc.array(fc.oneof({ weight: 5, arbitrary: tie('expression') }, tie('wildcard')), { maxLength: 3 }),
    filter: fc.option(tie('expression'), { nil: undefined, freq: 2 }),
    over: fc.option(tie('over'), { nil: undefined, freq: 2 }),
  }).map(
    (parts): CallExpression => ({
      kind: 'call',
      ...parts,
      over: overOf(parts.name, parts.over),
      span,
      nameSpan: span,
    }),
  ),
  over: record({
    partitionBy: fc.array(tie('expression'), { maxLength: 2 }),
    when: fc.option(tie('expression'), { nil: undefined }),
    orderBy: orderItems(tie('named')),
  }).map((parts): OverClause => ({ ...parts, orderBy: parts.when ? [] : parts.orderBy, span })),
}))

/** Only `row_number` may have an empty OVER. */
function overOf(name: string, over: OverClause | undefined): OverClause | undefined {
  const empty = over && over.partitionBy.length + over.orderBy.length === 0 && !over.when
  return empty && name !== 'row_number' ? undefined : over
}

function orderItems(named: Arbitrary<Expression>): Arbitrary<OrderItem[]> {
  return fc.array(record({ expression: named, descending: fc.boolean(), span: fc.constant(span) }), { maxLength: 2 })
}

export function path(object: Arbitrary<Expression>, inner: Arbitrary<Expression>): Arbitrary<Expression> {
  const bound = fc.option(inner, { nil: undefined })
  return fc.oneof(
    record({ object, name: arbitraryName }).map((p): Expression => ({ kind: 'field', ...p, span })),
    record({ array: object, index: inner }).map((p): Expression => ({ kind: 'index', ...p, span })),
    record({ array: object, from: bound, to: bound }).map((p): Expression => ({ kind: 'slice', ...p, span })),
  )
}

export function binary(left: Arbitrary<Expression>, right: Arbitrary<Expression>): Arbitrary<Expression> {
  return record({ operator: fc.constantFrom(...BINARY_OPERATORS), left, right }).map(parts => ({
    kind: 'binary',
    ...parts,
    span,
  }))
}

export function within(e: Arbitrary<Expression>, named: Arbitrary<Expression>): Arbitrary<Expression> {
  const head = { negated: fc.boolean(), operand: e }
  return fc.oneof(
    record({ ...head, list: fc.array(e, { minLength: 1, maxLength: 3 }) }).map(
      (p): Expression => ({ kind: 'in', ...p, array: undefined, span }),
    ),
    record({ ...head, array: named }).map((p): Expression => ({ kind: 'in', ...p, list: undefined, span })),
  )
}

export function between(e: Arbitrary<Expression>): Arbitrary<Expression> {
  return record({ negated: fc.boolean(), operand: e, low: e, high: e }).map(parts => ({
    kind: 'between',
    ...parts,
    span,
  }))
}

export function like(e: Arbitrary<Expression>): Arbitrary<Expression> {
  return record({ negated: fc.boolean(), operand: e, pattern: e }).map(parts => ({ kind: 'like', ...parts, span }))
}

export function cases(e: Arbitrary<Expression>): Arbitrary<Expression> {
  const optional = fc.option(e, { nil: undefined })
  return record({
    operand: optional,
    whens: fc.array(record({ when: e, then: e }), { minLength: 1, maxLength: 2 }),
    otherwise: optional,
  }).map(parts => ({ kind: 'case', ...parts, span }))
}

/** Any expression but a wildcard standing alone. */
export const arbitraryExpression: Arbitrary<Expression> = trees.expression

const source: Arbitrary<SourceReference> = record({
  name: arbitraryName,
  alias: fc.option(arbitraryName, { nil: undefined }),
  span: fc.constant(span),
})

const item: Arbitrary<SelectItem> = fc.oneof(
  {
    weight: 4,
    arbitrary: record({
      expression: trees.expression,
      alias: fc.option(nameNode, { nil: undefined }),
      invisible: fc.boolean(),
      span: fc.constant(span),
    }),
  },
  {
    weight: 1,
    arbitrary: trees.wildcard.map(expression => ({ expression, alias: undefined, invisible: false, span })),
  },
)

const join: Arbitrary<JoinClause> = record({
  kind: fc.constantFrom(...JOIN_KINDS),
  source,
  on: fc.option(trees.expression, { nil: undefined }),
}).map(parts => ({ ...parts, on: parts.kind === 'cross' ? undefined : parts.on, span }))

const unit = fc.constantFrom(...TIME_UNITS)
const length = fc.integer({ min: 1, max: 1000 })

const shape: Arbitrary<WindowShape> = fc.oneof(
  record({ kind: fc.constant('tumbling' as const), unit, length }),
  record({ kind: fc.constant('hopping' as const), unit, length, hop: length }),
  record({ kind: fc.constant('sliding' as const), unit, length, delay: fc.option(length, { nil: undefined }) }),
  record({ kind: fc.constant('session' as const), unit, max: length, gap: length }),
  record({ length, interval: fc.option(length, { nil: undefined }) }).map(({ length, interval }) => ({
    kind: 'count' as const,
    length,
    interval: interval && Math.min(length, interval),
  })),
  record({
    kind: fc.constant('state' as const),
    begin: trees.expression,
    emit: fc.option(trees.expression, { nil: undefined }),
  }),
)

const window: Arbitrary<WindowClause> = record({
  shape,
  filter: fc.option(trees.expression, { nil: undefined }),
  when: fc.option(trees.expression, { nil: undefined }),
  partitionBy: fc.array(trees.expression, { maxLength: 2 }),
  span: fc.constant(span),
})

/** Any SELECT, whether or not the analyzer would take it. */
export const arbitrarySelect: Arbitrary<SelectStatement> = record({
  kind: fc.constant('select' as const),
  items: fc.array(item, { minLength: 1, maxLength: 3 }),
  from: source,
  joins: fc.array(join, { maxLength: 2 }),
  where: fc.option(trees.expression, { nil: undefined }),
  groupBy: fc.array(trees.expression, { maxLength: 2 }),
  window: fc.option(window, { nil: undefined }),
  having: fc.option(trees.expression, { nil: undefined }),
  orderBy: orderItems(trees.named),
  limit: fc.option(fc.nat(), { nil: undefined }),
  span: fc.constant(span),
})

const text = fc.string({ unit: 'binary', maxLength: 8 })

type TypeAndDefault = Omit<Field, 'name'>

const scalarField: Arbitrary<TypeAndDefault> = fc.oneof(
  fc.constantFrom(...SCALAR_TYPES).map(kind => ({ type: { kind } })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(v => ({ type: { kind: 'bigint' as const }, default: v })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map(value => ({ type: { kind: 'float' as const }, default: value })),
  text.map(value => ({ type: { kind: 'string' as const }, default: value })),
  fc.boolean().map(value => ({ type: { kind: 'boolean' as const }, default: value })),
)

const types = fc.letrec<{ type: FieldType; fields: Field[] }>(tie => ({
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'type' },
    fc.constantFrom(...SCALAR_TYPES).map((kind): FieldType => ({ kind })),
    tie('type').map((item): FieldType => ({ kind: 'array', item })),
    tie('fields').map((fields): FieldType => ({ kind: 'struct', fields })),
  ),
  fields: fc.uniqueArray(
    fc
      .tuple(
        arbitraryName,
        fc.oneof(
          scalarField,
          tie('type').map((type): TypeAndDefault => ({ type })),
        ),
      )
      .map(([name, rest]): Field => ({ name, ...rest })),
    { minLength: 1, maxLength: 3, selector: field => field.name, depthIdentifier: 'type' },
  ),
}))

const optionValues: Readonly<Record<DdlOption, Arbitrary<string | boolean>>> = {
  DATASOURCE: text,
  TYPE: text,
  FORMAT: text.map(value => value.toLowerCase()),
  SCHEMAID: text,
  DELIMITER: text,
  KEY: text,
  CONF_KEY: text,
  EXTRA: fc.dictionary(text, fc.jsonValue({ maxDepth: 1 })).map(value => JSON.stringify(value)),
  SHARED: fc.boolean(),
  STRICT_VALIDATION: fc.boolean(),
  TIMESTAMP: text,
  TIMESTAMP_FORMAT: text,
  RETAIN_SIZE: fc.integer({ min: 1 }).map(String),
  KIND: fc.constantFrom('scan', 'lookup'),
  VERSION: text.map(value => value.toLowerCase()),
  TEMP: fc.boolean(),
}

/** Any CREATE, whether or not its source and format exist. */
export const arbitraryCreate: Arbitrary<CreateStatement> = record({
  what: fc.constantFrom('stream' as const, 'table' as const),
  name: fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/).map(name => ({ name, span })),
  fields: fc.oneof(fc.constant([]), types.fields),
  options: fc.record(optionValues, { requiredKeys: [] }),
}).map(({ what, name, fields, options }) => {
  const entries = Object.entries(options) as [DdlOption, string | boolean][]
  const allowed = entries.filter(([key]) => what === 'table' || (key !== 'KIND' && key !== 'RETAIN_SIZE'))
  return {
    kind: 'create',
    what,
    name,
    fields,
    options: new Map(allowed.map(([k, value]) => [k, { value, span }])),
    span,
  }
})

/** Statements that only administer. */
export const arbitraryAdmin: Arbitrary<AdminStatement> = record({
  verb: fc.constantFrom('SHOW' as const, 'DESCRIBE' as const, 'EXPLAIN' as const, 'DROP' as const),
  what: fc.constantFrom('stream' as const, 'table' as const),
  name: fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
}).map(({ verb, what, name }) => ({ kind: 'admin', verb, what, name: verb === 'SHOW' ? undefined : name, span }))

/** Any statement of a file. */
export const arbitraryStatement: Arbitrary<Statement> = fc.oneof(arbitrarySelect, arbitraryCreate, arbitraryAdmin)
