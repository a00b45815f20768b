// Drives one operator by hand, as the runner of a rule would: named rows and instants in, its output as short lines out.

import assert from 'node:assert/strict'
import { makeRow, type Row, type WindowRows } from '../../src/core/row.ts'
import type { Values } from '../../src/core/value.ts'
import type { Operator, Output } from '../../src/operators/operator.ts'
import type { Held } from '../../src/operators/windows/contents.ts'

/** A row is told apart by `v` in the lines; all that is given but `at` and `source` is a column. */
export interface RowInput {
  readonly at: number
  readonly v: string
  readonly source?: number
  readonly [column: string]: Values[string] | undefined
}
/** a row · the clock stands at `time` · a watermark · a window from the operator before */
export type Input =
  | RowInput
  | { readonly time: number }
  | { readonly watermark: number }
  | { readonly window: readonly RowInput[]; readonly bounds: readonly [start: number, end: number] }

export function row(input: RowInput): Row {
  const { at, source = 0, ...columns } = input
  return makeRow(columns as Values, at, source)
}

/** Rows named by their letters, one each at the given instants: `rows('a', 0, 'b', 500)`. */
export function rows(...pairs: (string | number)[]): RowInput[] {
  const made: RowInput[] = []
  for (let i = 0; i < pairs.length; i += 2) made.push({ v: String(pairs[i]), at: Number(pairs[i + 1]) })
  return made
}

/**
 * @returns a line for each output: `0..10 a b` (a window and its rows, or as `heldText` says; ` @t` when the trigger is not the end),
 * `row a`, `watermark 5`, `error text`
 */
export function run(operator: Operator, inputs: readonly Input[]): string[] {
  const lines: string[] = []
  const out = collect(lines)
  for (const input of inputs) feed(operator, input, out)
  return lines
}

/** Only what `run` tells of windows. */
export function windows(operator: Operator, inputs: readonly Input[]): string[] {
  return run(operator, inputs).filter(line => !line.startsWith('watermark'))
}

/**
 * Cuts the run before every input: snapshot, through structuredClone, restore into a fresh operator. What comes out
 * must be what comes out without a cut.
 */
export function assertSurvivesRestarts(make: () => Operator, inputs: readonly Input[]): void {
  const whole = run(make(), inputs)
  assert.notEqual(whole.length, 0, 'the run must emit something, or the comparison says nothing')
  for (let cut = 0; cut <= inputs.length; cut++) {
    const lines: string[] = []
    const out = collect(lines)
    const before = make()
    for (const input of inputs.slice(0, cut)) feed(before, input, out)
    const state = structuredClone(before.snapshot!())
    // What the first operator does after the snapshot must not reach into it.
    for (const input of inputs.slice(cut)) feed(before, input, collect([]))
    const after = make()
    after.restore!(structuredClone(state))
    for (const input of inputs.slice(cut)) feed(after, input, out)
    assert.deepEqual(lines, whole, `cut before input ${cut}`)
  }
}

function feed(operator: Operator, input: Input, out: Output): void {
  if ('at' in input) {
    passTime(operator, input.at, out)
    attempt(() => operator.onRow(row(input), out), out)
  } else if ('time' in input) {
    passTime(operator, input.time, out)
  } else if ('watermark' in input) {
    const { watermark } = input
    attempt(() => (operator.onWatermark ? operator.onWatermark(watermark, out) : out.watermark(watermark)), out)
  } else {
    const [start, end] = input.bounds
    attempt(() => operator.onWindow!({ rows: input.window.map(row), start, end, trigger: end }, out), out)
  }
}

/** What an operator throws discards what it was given, as in a pipeline. */
function attempt(work: () => void, out: Output): void {
  try {
    work()
  } catch (error) {
    out.error(error as Error)
  }
}

function passTime(operator: Operator, now: number, out: Output): void {
  for (let calls = 0; ; calls++) {
    const due = operator.nextDue?.()
    if (due === undefined || due > now) return
    assert.ok(calls < 100_000, `nextDue does not move on from ${due}`)
    attempt(() => operator.onTime!(due, out, now), out)
  }
}

function collect(lines: string[]): Output {
  return {
    row: made => lines.push(`row ${name(made)}`),
    window: window => lines.push(windowLine(window)),
    watermark: time => lines.push(`watermark ${time}`),
    error: error => lines.push(`error ${error.message}`),
  }
}

function windowLine({ start, end, trigger, ...held }: WindowRows): string {
  const at = trigger === end ? '' : ` @${trigger}`
  return [`${start}..${end}${at}`, heldText(held)].join(' ').trimEnd()
}

/** Rows by their names, groups as `a=result`, what discards the window as `!text`. */
export function heldText({ rows, groups, fault }: Held): string {
  if (fault) return `!${fault.message}`
  const texts = groups
    ? groups.map(({ first, aggregates }) => `${name(first)}=${aggregates.join('|')}`)
    : rows.map(name)
  return texts.join(' ')
}

/** `a`, for a joined row `a+x`, with `-` where an outer join found no partner. */
export function name(made: Row): string {
  if (made.parts) return made.parts.map(part => (part ? name(part) : '-')).join('+')
  return String(made.values['v'])
}
