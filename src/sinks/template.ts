// Data templates: the text of a Go text/template in, a function from data to text out (spec/rules-and-sinks.md 4).
// The tree becomes closures once; nothing is parsed or generated per message.

import { RowError } from '../core/errors.ts'
import { type Cell, compareText, getOwn, isArray, isStruct, type Value, type Values } from '../core/value.ts'
import { goText, goType } from './go-format.ts'
import {
  builtInFunctions,
  define,
  isTrue,
  MOST_TEXT,
  type TemplateFunction,
  type TemplateSettings,
} from './template-functions.ts'
import { placeIn } from './template-lexer.ts'
import { type Branch, type Node, type Operand, type Pipe, parseTemplate } from './template-parser.ts'
import { sprigFunctions } from './template-sprig.ts'

export type { TemplateSettings }

/** A run of one template over one message. `undefined` is a missing key, null is nil. */
interface Run {
  out: string
  /** loop rounds so far: a template must not hold the process */
  rounds: number
  readonly variables: Cell[]
}

/** What a step of the body says to the loop around it. */
type Signal = 'next' | 'break' | 'continue'
type Step = (run: Run, dot: Cell) => Signal
type Evaluate = (run: Run, dot: Cell) => Cell

const MOST_ROUNDS = 5_000_000

const functions: ReadonlyMap<string, TemplateFunction> = new Map([
  ...Object.entries({ ...builtInFunctions, ...sprigFunctions }),
  // Their arguments are evaluated one by one by `deciding`.
  ...['and', 'or'].map(name => [name, define(1, Number.POSITIVE_INFINITY, () => undefined)] as const),
])

/** Names that a template may call, for docs. */
export function templateFunctionNames(): readonly string[] {
  return [...functions.keys()].sort()
}

/**
 * Compiles a template.
 * @returns renders it; throws a RowError with line and column inside the template when the data does not fit
 * @throws {UserError} TEMPLATE_SYNTAX with line and column inside the text
 */
export function compileTemplate(
  text: string,
  settings: TemplateSettings = {},
): (data: Values | readonly Values[]) => string {
  const tree = parseTemplate(text, functions)
  const body = new Compiler(text, settings).nodes(tree.nodes)
  return data => {
    const variables: Cell[] = new Array(tree.slots)
    variables[0] = data
    const run: Run = { out: '', rounds: 0, variables }
    body(run, data)
    return run.out
  }
}

class Compiler {
  readonly #text: string
  readonly #settings: TemplateSettings

  constructor(text: string, settings: TemplateSettings) {
    this.#text = text
    this.#settings = settings
  }

  nodes(nodes: readonly Node[]): Step {
    const steps = nodes.map(node => this.#node(node))
    if (steps.length === 1) return steps[0]!
    return (run, dot) => {
      for (const step of steps) {
        const signal = step(run, dot)
        if (signal !== 'next') return signal
      }
      return 'next'
    }
  }

  #node(node: Node): Step {
    switch (node.kind) {
      case 'text': {
        const { text } = node
        return run => write(run, text)
      }
      case 'print':
        return this.#print(node.pipe)
      case 'range':
        return this.#range(node)
      case 'if':
      case 'with':
        return this.#if(node)
      default: {
        const signal = node.kind
        return () => signal
      }
    }
  }

  #print(pipe: Pipe): Step {
    const value = this.#pipe(pipe)
    if (pipe.slots.length > 0) {
      return (run, dot) => {
        value(run, dot)
        return 'next'
      }
    }
    return (run, dot) => {
      const result = value(run, dot)
      return write(run, result == null ? '<no value>' : goText(result))
    }
  }

  #if(node: Branch): Step {
    const test = this.#pipe(node.pipe)
    const body = this.nodes(node.body)
    const otherwise = this.nodes(node.otherwise)
    const moves = node.kind === 'with'
    return (run, dot) => {
      const value = test(run, dot)
      return isTrue(value) ? body(run, moves ? value : dot) : otherwise(run, dot)
    }
  }

  #range(node: Branch): Step {
    const source = this.#pipe({ ...node.pipe, slots: [] })
    const [first, second] = node.pipe.slots
    const keySlot = second === undefined ? undefined : first
    const valueSlot = second ?? first
    const body = this.nodes(node.body)
    const otherwise = this.nodes(node.otherwise)
    const where = this.#where(node.at)
    return (run, dot) => {
      const over = source(run, dot)
      if (keySlot !== undefined && typeof over === 'bigint') {
        throw new RowError(`${where}range over a number has one variable, not two`)
      }
      const entries = entriesOf(over, where)
      let isEmpty = true
      for (const [key, value] of entries) {
        isEmpty = false
        if (++run.rounds > MOST_ROUNDS) throw new RowError(`${where}range: more than ${MOST_ROUNDS} rounds`)
        if (keySlot !== undefined) run.variables[keySlot] = key
        if (valueSlot !== undefined) run.variables[valueSlot] = value
        if (body(run, value) === 'break') break
      }
      return isEmpty ? otherwise(run, dot) : 'next'
    }
  }

  #pipe(pipe: Pipe): Evaluate {
    let value = this.#operand(pipe.first)
    for (const call of pipe.rest) value = this.#call(call, value)
    const slot = pipe.slots[0]
    if (slot === undefined) return value
    const compute = value
    return (run, dot) => (run.variables[slot] = compute(run, dot))
  }

  #operand(operand: Operand): Evaluate {
    switch (operand.kind) {
      case 'literal': {
        const { value } = operand
        return () => value
      }
      case 'dot':
        return this.#path((_, dot) => dot, operand.path, operand.at)
      case 'variable': {
        const { slot } = operand
        return this.#path(run => run.variables[slot], operand.path, operand.at)
      }
      case 'pipe':
        return this.#path(this.#pipe(operand.pipe), operand.path, operand.at)
      case 'call':
        return this.#call(operand, undefined)
    }
  }

  #path(start: Evaluate, path: readonly string[], at: number): Evaluate {
    if (path.length === 0) return start
    const where = this.#where(at)
    return (run, dot) => {
      let value = start(run, dot)
      for (const name of path) {
        if (value === undefined) return undefined
        value = field(value, name, where)
      }
      return value
    }
  }

  /** @param piped the value before `|`, which becomes the last argument */
  #call(call: Operand & { kind: 'call' }, piped: Evaluate | undefined): Evaluate {
    const args = call.args.map(arg => this.#operand(arg))
    if (piped) args.push(piped)
    if (call.name === 'and' || call.name === 'or') return deciding(args, call.name === 'or', piped)
    const where = `${this.#where(call.at)}${call.name}: `
    const settings = this.#settings
    const definition = functions.get(call.name)!
    return (run, dot) => {
      // Go evaluates a pipe from left to right, so the piped value is computed first.
      const last = piped?.(run, dot)
      const values: Cell[] = []
      for (const arg of args) values.push(arg === piped ? last : arg(run, dot))
      try {
        return definition.call(values, settings)
      } catch (error) {
        throw error instanceof RowError ? new RowError(where + error.message) : error
      }
    }
  }

  #where(at: number): string {
    return `template ${placeIn(this.#text, at)}: `
  }
}

function deciding(args: readonly Evaluate[], stopAt: boolean, piped: Evaluate | undefined): Evaluate {
  return (run, dot) => {
    const last = piped?.(run, dot)
    let value: Cell
    for (const arg of args) {
      value = arg === piped ? last : arg(run, dot)
      if (isTrue(value) === stopAt) break
    }
    return value
  }
}

function write(run: Run, text: string): Signal {
  run.out += text
  if (run.out.length > MOST_TEXT) throw new RowError('the output of the template is longer than 16 MiB')
  return 'next'
}

/** A missing key stays missing all the way down; nil and lists have no keys, which is an error (as in Go). */
function field(value: Value, name: string, where: string): Cell {
  if (isStruct(value)) return getOwn(value, name)
  if (value === null) throw new RowError(`${where}.${name} of nil`)
  if (isArray(value)) {
    throw new RowError(
      `${where}a list has no field "${name}": use index or range, or send rows one by one (sendSingle)`,
    )
  }
  throw new RowError(`${where}a ${goType(value)} has no field "${name}"`)
}

function* entriesOf(value: Cell, where: string): Generator<readonly [Cell, Cell]> {
  if (value == null) return
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) yield [BigInt(i), value[i]]
  } else if (value instanceof Uint8Array) {
    for (let i = 0; i < value.length; i++) yield [BigInt(i), BigInt(value[i]!)]
  } else if (isStruct(value)) {
    for (const name of Object.keys(value).sort(compareText)) yield [name, value[name]]
  } else if (typeof value === 'bigint') {
    for (let i = 0n; i < value; i++) yield [i, i]
  } else {
    throw new RowError(`${where}range cannot go over a ${goType(value)}`)
  }
}
