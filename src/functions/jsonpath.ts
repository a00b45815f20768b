// A JSONPath and a value in, what the path leads to out (spec/functions.md 8).

import { RowError } from '../core/errors.ts'
import { rememberByText } from '../core/remember.ts'
import { describe } from '../core/text.ts'
import { type Cell, compareText, deepEqual, getOwn, isArray, isStruct, type Value } from '../core/value.ts'
import { type Expression, type Operator, parsePath, type Segment, type Selector } from './jsonpath-parser.ts'

export interface JsonPath {
  /** It leads to one place: only names and indexes, no `*`, filter, slice, union or `..`. */
  readonly definite: boolean
  /**
   * @returns the value at a definite path; an array of all values found for any other
   * @throws {RowError} when a definite path leads nowhere, or too many values are passed
   */
  query(value: Value): Value
}

/** @returns the compiled path, or a sentence that says what is wrong with it */
export const compileJsonPath = rememberByText((path): JsonPath | string => {
  const segments = parsePath(path)
  return typeof segments === 'string' ? segments : makePath(segments)
})

/** Whether a well-formed path leads to one place at most. */
export function definite(path: string): boolean {
  const compiled = compileJsonPath(path)
  return typeof compiled !== 'string' && compiled.definite
}

function makePath(segments: readonly Segment[]): JsonPath {
  if (isDefinite(segments)) return { definite: true, query: value => walk(value, segments) }
  const find = finderOf(segments)
  return { definite: false, query: value => find(value, { root: value, left: MOST_VISITS }) }
}

function isDefinite(segments: readonly Segment[]): boolean {
  return segments.every(({ descend, selectors: [first, second] }) => {
    return !descend && second === undefined && (first!.kind === 'name' || first!.kind === 'index')
  })
}

function walk(root: Value, segments: readonly Segment[]): Value {
  let value = root
  let place = '$'
  for (const { selectors, text } of segments) {
    const next = child(value, selectors[0]!)
    if (next === undefined) throw new RowError(nowhere(value, selectors[0]!, place))
    value = next
    place += text
  }
  return value
}

function nowhere(value: Value, selector: Selector, place: string): string {
  if (selector.kind === 'name' && isStruct(value)) return `unknown key ${selector.name} at ${place}`
  if (selector.kind === 'index' && isArray(value)) {
    return `index ${selector.index} is out of range at ${place} (${value.length} elements)`
  }
  const wanted = selector.kind === 'name' ? `key ${selector.name}` : 'index'
  return `${describe(value)} at ${place} has no ${wanted}`
}

/** The one value that a name or an index leads to. */
function child(value: Value, selector: Selector): Cell {
  if (selector.kind === 'name') return isStruct(value) ? getOwn(value, selector.name) : undefined
  return selector.kind === 'index' && isArray(value) ? value.at(selector.index) : undefined
}

/** What one query carries along. `left` stops a `$..*..*` that would pass the values of a large document over and over. */
interface Scope {
  readonly root: Value
  left: number
}
const MOST_VISITS = 1_000_000

function visit(scope: Scope): void {
  if (--scope.left < 0) throw new RowError(`the JSON path passes more than ${MOST_VISITS} values`)
}

type Step = (value: Value, found: Value[], scope: Scope) => void

function finderOf(segments: readonly Segment[]): (value: Value, scope: Scope) => Value[] {
  const steps = segments.map(({ descend, selectors }) => ({ descend, steps: selectors.map(stepOf) }))
  return (value, scope) => {
    let nodes: Value[] = [value]
    for (const segment of steps) {
      const found: Value[] = []
      for (const node of nodes) {
        const starts = segment.descend ? withDescendants(node, scope) : [node]
        for (const start of starts) for (const step of segment.steps) step(start, found, scope)
      }
      nodes = found
    }
    return nodes
  }
}

function stepOf(selector: Selector): Step {
  switch (selector.kind) {
    case 'name':
    case 'index':
      return (value, found, scope) => {
        visit(scope)
        const next = child(value, selector)
        if (next !== undefined) found.push(next)
      }
    case 'all':
      return (value, found, scope) => {
        for (const item of childrenOf(value)) {
          visit(scope)
          found.push(item)
        }
      }
    case 'slice':
      return (value, found, scope) => {
        if (!isArray(value)) return
        for (const i of sliceIndexes(selector, value.length)) {
          visit(scope)
          found.push(value[i]!)
        }
      }
    case 'filter': {
      const test = evaluatorOf(selector.condition)
      return (value, found, scope) => {
        for (const item of childrenOf(value)) {
          visit(scope)
          if (isTrue(test(item, scope))) found.push(item)
        }
      }
    }
  }
}

function childrenOf(value: Value): readonly Value[] {
  if (isArray(value)) return value
  return isStruct(value) ? Object.values(value) : []
}

/** The value, then what is below it, a parent always before its children. No recursion: data may be deep. */
function withDescendants(value: Value, scope: Scope): readonly Value[] {
  const found: Value[] = []
  const waiting: Value[] = [value]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    visit(scope)
    found.push(node)
    const children = childrenOf(node)
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]!)
  }
  return found
}

/** As in Python: negative bounds count from the end, bounds outside are cut. */
function* sliceIndexes(slice: Selector & { kind: 'slice' }, length: number): Generator<number> {
  const { step } = slice
  const bound = (index: number | undefined, otherwise: number) => {
    if (index === undefined) return otherwise
    const counted = index < 0 ? index + length : index
    return step > 0 ? Math.min(Math.max(counted, 0), length) : Math.min(Math.max(counted, -1), length - 1)
  }
  const start = bound(slice.start, step > 0 ? 0 : length - 1)
  const end = bound(slice.end, step > 0 ? length : -1)
  for (let i = start; step > 0 ? i < end : i > end; i += step) yield i
}

/** @returns undefined where a part is missing or kinds do not fit: then nothing matches, as in the original */
type Evaluator = (current: Value, scope: Scope) => Cell

function evaluatorOf(expression: Expression): Evaluator {
  switch (expression.kind) {
    case 'literal':
      return () => expression.value
    case 'path':
      return pathEvaluator(expression)
    case 'not': {
      const operand = evaluatorOf(expression.operand)
      return (current, scope) => !isTrue(operand(current, scope))
    }
    case 'negative': {
      const operand = evaluatorOf(expression.operand)
      return (current, scope) => {
        const value = operand(current, scope)
        return isNumber(value) ? -Number(value) : undefined
      }
    }
    case 'match': {
      const operand = evaluatorOf(expression.operand)
      return (current, scope) => {
        const value = operand(current, scope)
        return typeof value === 'string' ? expression.pattern.test(value) : undefined
      }
    }
    case 'binary':
      return binaryEvaluator(expression.operator, evaluatorOf(expression.left), evaluatorOf(expression.right))
  }
}

function pathEvaluator({ from, segments }: Expression & { kind: 'path' }): Evaluator {
  if (isDefinite(segments)) {
    const selectors = segments.map(segment => segment.selectors[0]!)
    return (current, scope) => {
      let value: Cell = from === '@' ? current : scope.root
      for (const selector of selectors) if (value !== undefined) value = child(value, selector)
      return value
    }
  }
  const find = finderOf(segments)
  return (current, scope) => {
    const found = find(from === '@' ? current : scope.root, scope)
    return found.length === 0 ? undefined : found
  }
}

function binaryEvaluator(operator: Operator, left: Evaluator, right: Evaluator): Evaluator {
  if (operator === '&&') return (current, scope) => isTrue(left(current, scope)) && isTrue(right(current, scope))
  if (operator === '||') return (current, scope) => isTrue(left(current, scope)) || isTrue(right(current, scope))
  return (current, scope) => {
    const a = left(current, scope)
    const b = right(current, scope)
    return a === undefined || b === undefined ? undefined : combine(operator, a, b)
  }
}

function combine(operator: Exclude<Operator, '&&' | '||'>, a: Value, b: Value): Cell {
  switch (operator) {
    case '==':
      return deepEqual(a, b)
    case '!=':
      return !deepEqual(a, b)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compare(operator, a, b)
    default:
      return calculate(operator, a, b)
  }
}

function compare(operator: '<' | '<=' | '>' | '>=', a: Value, b: Value): boolean | undefined {
  let order: number
  if (isNumber(a) && isNumber(b)) order = a < b ? -1 : a > b ? 1 : 0
  else if (typeof a === 'string' && typeof b === 'string') order = compareText(a, b)
  else return undefined
  if (order === 0) return operator === '<=' || operator === '>='
  return order < 0 === (operator === '<' || operator === '<=')
}

function calculate(operator: '+' | '-' | '*' | '/' | '%', a: Value, b: Value): Cell {
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b
  if (!isNumber(a) || !isNumber(b)) return undefined
  const x = Number(a)
  const y = Number(b)
  switch (operator) {
    case '+':
      return x + y
    case '-':
      return x - y
    case '*':
      return x * y
    case '/':
      return y === 0 ? undefined : x / y
    case '%':
      return y === 0 ? undefined : x % y
  }
}

function isNumber(value: Cell): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** A bare `@.key` asks whether there is one: only missing, null and false are not true. */
function isTrue(value: Cell): boolean {
  return value !== undefined && value !== null && value !== false
}
