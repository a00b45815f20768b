// Operators chained into one: messages go in at the inputs, emissions and errors come out at the end.
// Here exceptions are caught and counted, so that one bad row or window never stops a rule.

import type { Meta } from '../core/row.ts'
import { makeRow, type Row, type WindowRows } from '../core/row.ts'
import type { Values } from '../core/value.ts'
import { ClauseError, type Resumable, type SnapshotForm } from './evaluate.ts'
import type { Operator, Output } from './operator.ts'

/** Counters of one stage, as the rule status shows them. */
export interface StageStatus {
  readonly name: string
  readonly recordsIn: number
  readonly recordsOut: number
  readonly exceptions: number
  readonly lastException: string
  readonly lastExceptionTime: number
  readonly lastInvocation: number
  /** rows that wait for answers from outside; absent: none ever does */
  readonly waiting?: number
  /** what this kind of stage counts besides */
  readonly counters?: Readonly<Record<string, number>> | undefined
}

/** A row or window was discarded at this stage. `error` that is no RowError is a fault of the program. */
export type OnError = (error: Error, stage: string) => void

/** One operator with its place in the chain: forwards, catches, counts. */
class Stage implements Output {
  readonly name: string
  readonly operator: Operator
  readonly #prefix: string
  readonly #onError: OnError
  next: Output | undefined
  recordsIn = 0
  exceptions = 0
  lastException = ''
  lastExceptionTime = 0
  readonly #now: () => number

  constructor(name: string, prefix: string, operator: Operator, onError: OnError, now: () => number) {
    this.name = name
    this.operator = operator
    this.#prefix = prefix
    this.#onError = onError
    this.#now = now
  }

  row(row: Row): void {
    this.recordsIn++
    try {
      this.operator.onRow(row, this.next!)
    } catch (error) {
      this.fail(error)
    }
  }

  window(window: WindowRows): void {
    this.recordsIn++
    try {
      if (this.operator.onWindow) this.operator.onWindow(window, this.next!)
      else this.next!.window(window)
    } catch (error) {
      this.fail(error)
    }
  }

  watermark(time: number): void {
    try {
      if (this.operator.onWatermark) this.operator.onWatermark(time, this.next!)
      else this.next!.watermark(time)
    } catch (error) {
      this.fail(error)
    }
  }

  time(time: number, now: number): void {
    try {
      this.operator.onTime?.(time, this.next!, now)
    } catch (error) {
      this.fail(error)
    }
  }

  error(error: Error): void {
    if (this.operator.onError) this.operator.onError(error, this.next!)
    else this.next!.error(error)
  }

  /** Counts what was discarded, and sends its error on in its place. */
  fail(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    this.exceptions++
    this.lastException = error instanceof ClauseError ? error.message : `${this.#prefix}${error.message}`
    this.lastExceptionTime = this.#now()
    this.#onError(error, this.name)
    // What travels on is the text that the sinks may be sent.
    this.next!.error(new Error(this.lastException))
  }
}

/** The last link: errors that nobody caught on the way. */
class End implements Output {
  readonly #onError: (text: string) => void

  constructor(onError: (text: string) => void) {
    this.#onError = onError
  }

  row(): void {
    throw new Error('a row left the pipeline without being selected')
  }

  window(): void {
    throw new Error('a window left the pipeline without being selected')
  }

  watermark(): void {}

  error(error: Error): void {
    this.#onError(error.message)
  }
}

/** One stream or table of the rule: how its messages become rows. */
export interface PipelineInput {
  readonly name: string
  /** converts and checks one record against the schema; throws RowError */
  readonly decode: ((values: Values, nowMs: number) => Values) | undefined
  /** a record that cannot be decoded is dropped alone (STRICT_VALIDATION); default: it takes its message along */
  readonly failsAlone?: boolean
  /** event time of a record, ms since 1970 UTC; throws RowError. Undefined: arrival time */
  readonly eventTime: ((values: Values, nowMs: number) => number) | undefined
  /** a lookup table: it sends nothing, and its rows come as answers. Default: false */
  readonly isAsked?: boolean
  /** rows of a table go here instead of into the chain */
  readonly table: Operator | undefined
  /** of a table: the rows that it holds, wherever they are kept */
  readonly holds?: { readonly rows: readonly Row[] } | undefined
}

export interface StageSpec {
  /** short kind for metric names: `filter`, `window` … */
  readonly name: string
  /** put before error texts: `run Where error: ` */
  readonly prefix: string
  readonly operator: Operator
}

export interface PipelineOptions {
  readonly inputs: readonly PipelineInput[]
  readonly stages: readonly StageSpec[]
  /** text of an error that reached the end: sent to the sinks with option sendError */
  readonly onErrorText: (text: string) => void
  /** every discarded row or window, for the log */
  readonly onError: OnError
  /** stamps last_exception_time */
  readonly now: () => number
  /** an answer from outside came: less waits than before */
  readonly onProgress?: (() => void) | undefined
}

/** The name of a stage in status, metrics and explain: `op_2_filter`. eKuiper counts the source and its decoder before it. */
export function stageName(index: number, kind: string): string {
  return `op_${index + 2}_${kind}`
}

/** What a checkpoint holds of a pipeline: by the name of the part that it is the state of, structured-cloneable. */
export type PipelineState = Readonly<Record<string, unknown>>

export class Pipeline {
  readonly #inputs: readonly PipelineInput[]
  readonly #stages: readonly Stage[]
  readonly #timed: readonly Stage[]
  /** stages that may have enough of a source */
  readonly #choosy: readonly Stage[]
  /** stages that may wait for answers from outside */
  readonly #outside: readonly Stage[]
  readonly #decoders: InputStage[]
  /** all that has a state, by name */
  readonly #parts: ReadonlyMap<string, Resumable>
  readonly #first: Output
  #emitted = 0
  #lastTime = 0
  #reachedTime = Number.NEGATIVE_INFINITY
  #record: Values | undefined

  constructor(options: PipelineOptions) {
    this.#inputs = options.inputs
    const end = new End(options.onErrorText)
    this.#stages = options.stages.map(
      (spec, i) => new Stage(stageName(i, spec.name), spec.prefix, spec.operator, options.onError, options.now),
    )
    this.#stages.forEach((stage, i) => {
      stage.next = this.#stages[i + 1] ?? end
    })
    this.#first = this.#stages[0] ?? end
    const progress = () => options.onProgress?.()
    for (const stage of this.#stages) {
      stage.operator.attach?.({ out: stage.next!, fail: error => stage.fail(error), progress })
    }
    this.#outside = this.#stages.filter(stage => stage.operator.unanswered !== undefined)
    this.#timed = this.#stages.filter(stage => stage.operator.nextDue !== undefined)
    this.#choosy = this.#stages.filter(stage => stage.operator.reads !== undefined)
    this.#decoders = this.#inputs.map(input => new InputStage(input, options.onError, options.now))
    this.#parts = partsOf(options)
  }

  /** How far processing time has come for operators with timers, ms since 1970 UTC; at first minus infinity. */
  get time(): number {
    return this.#reachedTime
  }

  /** The record that the row being worked on was made of, as it came; undefined before the first. */
  get record(): Values | undefined {
    return this.#record
  }

  /** False while a message of this source would only have to wait inside for those of other sources. */
  reads(source: number): boolean {
    for (const stage of this.#choosy) if (!stage.operator.reads!(source)) return false
    return true
  }

  /** Takes one message: its rows stand or fall together when they do not fit the schema, unless it is checked strictly. */
  push(source: number, rows: readonly Values[], time: number, meta: Meta | undefined): void {
    this.#lastTime = time
    if (this.#timed.length > 0) this.advance(time)
    const input = this.#inputs[source]!
    const decoder = this.#decoders[source]!
    if (input.decode === undefined && input.eventTime === undefined) {
      // Nothing can be wrong with a row yet, so none has to wait for the others.
      decoder.count(rows.length, time)
      const first = this.#first
      if (input.table) for (const values of rows) input.table.onRow(makeRow(values, time, source, meta), first)
      else for (const values of rows) first.row(makeRow(values, time, source, meta))
      return
    }
    decoder.decode(rows, time, this.#first, (values, rowTime, record) => {
      this.#record = record
      this.#take(input, makeRow(values, rowTime, source, meta))
    })
  }

  #take(input: PipelineInput, row: Row): void {
    if (input.table) input.table.onRow(row, this.#first)
    else this.#first.row(row)
  }

  /** Processing time has reached `now`: everything that was due is done, in order, each at its own instant. */
  advance(now: number): void {
    if (now > this.#reachedTime) this.#reachedTime = now
    for (;;) {
      let earliest: Stage | undefined
      let due = Infinity
      for (const stage of this.#timed) {
        const at = stage.operator.nextDue!()
        if (at !== undefined && at < due) {
          due = at
          earliest = stage
        }
      }
      if (!earliest || due > now) return
      earliest.time(due, now)
    }
  }

  /** The next instant at which `advance` has something to do. */
  nextDue(): number | undefined {
    let due: number | undefined
    for (const stage of this.#timed) {
      const at = stage.operator.nextDue!()
      if (at !== undefined && (due === undefined || at < due)) due = at
    }
    return due
  }

  /** Rows that wait for answers from outside. */
  unanswered(): number {
    let rows = 0
    for (const stage of this.#outside) rows += stage.operator.unanswered!()
    return rows
  }

  /** Called by the owner for each emission, so that the last stage's output is counted. */
  countEmission(): void {
    this.#emitted++
  }

  /** What the tables of the rule hold at the moment, in the order of FROM and JOIN. */
  tables(): { readonly name: string; readonly rows: readonly Row[] }[] {
    return this.#inputs.flatMap(({ name, holds }) => (holds ? [{ name, rows: holds.rows }] : []))
  }

  /** Whether it has a state of this name. */
  keeps(part: string): boolean {
    return this.#parts.has(part)
  }

  /** @param only the parts that are asked for; default all */
  snapshot(only?: ReadonlySet<string>, form: SnapshotForm = 'plain'): PipelineState {
    const state: Record<string, unknown> = {}
    for (const [name, part] of this.#parts) if (!only || only.has(name)) state[name] = part.snapshot(form)
    return state
  }

  /** @param state parts that are not in it stay as they are */
  restore(state: PipelineState): void {
    for (const [name, part] of this.#parts) if (Object.hasOwn(state, name)) part.restore(state[name])
  }

  status(): { readonly sources: readonly StageStatus[]; readonly operators: readonly StageStatus[] } {
    return {
      sources: this.#decoders.filter((_, i) => !this.#inputs[i]!.isAsked).map(decoder => decoder.status()),
      operators: this.#stages.map((stage, i) => ({
        name: stage.name,
        recordsIn: stage.recordsIn,
        recordsOut: i + 1 < this.#stages.length ? this.#stages[i + 1]!.recordsIn : this.#emitted,
        exceptions: stage.exceptions,
        lastException: stage.lastException,
        lastExceptionTime: stage.lastExceptionTime,
        lastInvocation: this.#lastTime,
        ...(stage.operator.unanswered ? { waiting: stage.operator.unanswered() } : {}),
        counters: stage.operator.counters?.(),
      })),
    }
  }
}

/** Named by kind of stage; tables by the number of their source. */
function partsOf({ stages, inputs }: PipelineOptions): ReadonlyMap<string, Resumable> {
  const parts = new Map<string, Resumable>()
  const add = (name: string, part: Resumable) => {
    if (parts.has(name)) throw new Error(`two parts of a pipeline are called ${name}`)
    parts.set(name, part)
  }
  const addOperator = (name: string, operator: Operator) => {
    for (const [own, part] of operator.parts?.() ?? []) add(own, part)
    if (operator.snapshot && operator.restore) add(name, operator as Operator & Resumable)
  }
  inputs.forEach(({ table }, i) => table && addOperator(`table:${i}`, table))
  for (const { name, operator } of stages) addOperator(name, operator)
  return parts
}

/** Decodes the messages of one source and counts them. */
class InputStage {
  readonly #input: PipelineInput
  readonly #onError: OnError
  readonly #now: () => number
  #messagesIn = 0
  #rowsOut = 0
  #exceptions = 0
  #lastException = ''
  #lastExceptionTime = 0
  #lastInvocation = 0

  constructor(input: PipelineInput, onError: OnError, now: () => number) {
    this.#input = input
    this.#onError = onError
    this.#now = now
  }

  /** A message whose rows are as they came. */
  count(rows: number, time: number): void {
    this.#messagesIn++
    this.#rowsOut += rows
    this.#lastInvocation = time
  }

  /**
   * Hands on the rows of a message with their times, in order. What does not fit is an error that is sent on in its
   * place: one for the whole message when it does not fit the schema, else for the row.
   */
  decode(
    records: readonly Values[],
    time: number,
    errors: Output,
    take: (values: Values, time: number, record: Values) => void,
  ): void {
    this.#messagesIn++
    this.#lastInvocation = time
    const { decode, eventTime, failsAlone = false } = this.#input
    let decoded = records
    if (decode && !failsAlone) {
      try {
        decoded = records.map(record => decode(record, time))
      } catch (error) {
        this.#fail(error, errors)
        return
      }
    }
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!
      let values: Values
      let rowTime: number
      try {
        values = decode && failsAlone ? decode(record, time) : decoded[i]!
        rowTime = eventTime ? eventTime(record, time) : time
      } catch (error) {
        this.#fail(error, errors)
        continue
      }
      this.#rowsOut++
      take(values, rowTime, record)
    }
  }

  #fail(thrown: unknown, errors: Output): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    this.#exceptions++
    this.#lastException = error.message
    this.#lastExceptionTime = this.#now()
    this.#onError(error, `source_${this.#input.name}`)
    errors.error(error)
  }

  status(): StageStatus {
    return {
      name: `source_${this.#input.name}`,
      recordsIn: this.#messagesIn,
      recordsOut: this.#rowsOut,
      exceptions: this.#exceptions,
      lastException: this.#lastException,
      lastExceptionTime: this.#lastExceptionTime,
      lastInvocation: this.#lastInvocation,
    }
  }
}
