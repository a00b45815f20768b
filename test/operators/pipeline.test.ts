import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../../src/core/row.ts'
import type { Values } from '../../src/core/value.ts'
import { ClauseError } from '../../src/operators/evaluate.ts'
import type { Operator, Output } from '../../src/operators/operator.ts'
import { Pipeline, type PipelineInput, type StageSpec } from '../../src/operators/pipeline.ts'
import { RowContents } from '../../src/operators/windows/row-contents.ts'
import { TumblingWindow } from '../../src/operators/windows/tumbling.ts'

/** Throws what a row brings along, else hands the row on. */
class Fragile implements Operator {
  onRow(row: Row, out: Output): void {
    const thrown = row.values['throw'] as unknown
    if (thrown !== undefined) throw thrown
    out.row(row)
  }
}

class Collector implements Operator {
  readonly seen: string[] = []

  onRow(row: Row): void {
    this.seen.push(String(row.values['v']))
  }

  onWindow(window: { readonly end: number; readonly rows: readonly Row[] }): void {
    this.seen.push(`${window.end}: ${window.rows.map(row => row.values['v']).join(' ')}`)
  }
}

const tumbling = (lengthMs: number) =>
  new TumblingWindow({
    ...{ unit: 'SS', zone: 'UTC', startMs: 0, eventTime: false, lengthMs },
    contents: () => new RowContents(),
  })

function pipeline(stages: readonly StageSpec[], decode?: PipelineInput['decode']) {
  const texts: string[] = []
  const errors: string[] = []
  const made = new Pipeline({
    inputs: [{ name: 's', decode, eventTime: undefined, table: undefined }],
    stages,
    onErrorText: text => texts.push(text),
    onError: (error, stage) => errors.push(`${stage}: ${error.message}`),
    now: () => 77,
  })
  return { pipeline: made, texts, errors }
}

test('what a stage throws discards the row, is counted there, and its text reaches the end once', () => {
  const end = new Collector()
  const {
    pipeline: p,
    texts,
    errors,
  } = pipeline([
    { name: 'one', prefix: 'run One error: ', operator: new Fragile() },
    { name: 'two', prefix: 'run Two error: ', operator: new Fragile() },
    { name: 'end', prefix: '', operator: end },
  ])
  const thrown = [new Error('plain'), 'a string', new ClauseError('run Clause error: said')]
  p.push(0, [{ v: 'a' }, ...thrown.map(t => ({ throw: t as never })), { v: 'b' }], 5, undefined)
  assert.deepEqual(end.seen, ['a', 'b'])
  assert.deepEqual(texts, ['run One error: plain', 'run One error: a string', 'run Clause error: said'])
  assert.deepEqual(errors, ['op_2_one: plain', 'op_2_one: a string', 'op_2_one: run Clause error: said'])
  const { operators } = p.status()
  assert.deepEqual(
    operators.map(s => [s.name, s.recordsIn, s.recordsOut, s.exceptions, s.lastException, s.lastExceptionTime]),
    [
      ['op_2_one', 5, 2, 3, 'run Clause error: said', 77],
      ['op_3_two', 2, 2, 0, '', 0],
      ['op_4_end', 2, 0, 0, '', 0],
    ],
  )
})

test('rows of one message stand or fall together when one does not fit the schema', () => {
  const end = new Collector()
  const decode = (values: Values) => {
    if (values['v'] === 'bad') throw new Error('does not fit')
    return values
  }
  const { pipeline: p, texts } = pipeline([{ name: 'end', prefix: '', operator: end }], decode)
  p.push(0, [{ v: 'a' }, { v: 'bad' }], 1, undefined)
  p.push(0, [{ v: 'c' }], 2, undefined)
  assert.deepEqual(end.seen, ['c'])
  assert.deepEqual(texts, ['does not fit'])
  const [source] = p.status().sources
  assert.deepEqual([source!.name, source!.recordsIn, source!.recordsOut, source!.exceptions], ['source_s', 2, 1, 1])
})

test('what is due before a row comes is done first, in order of time', () => {
  const end = new Collector()
  const { pipeline: p } = pipeline([
    { name: 'window', prefix: '', operator: tumbling(10_000) },
    { name: 'end', prefix: '', operator: end },
  ])
  p.push(0, [{ v: 'a' }], 9_999, undefined)
  p.push(0, [{ v: 'b' }], 10_000, undefined)
  p.push(0, [{ v: 'c' }], 25_000, undefined)
  assert.equal(p.nextDue(), 30_000)
  p.advance(30_000)
  assert.deepEqual(end.seen, ['10000: a', '20000: b', '30000: c'])
})

test('a clock that is put far ahead does not close millions of empty windows', () => {
  const end = new Collector()
  const { pipeline: p } = pipeline([
    { name: 'window', prefix: '', operator: tumbling(1_000) },
    { name: 'end', prefix: '', operator: end },
  ])
  p.push(0, [{ v: 'a' }], 500, undefined)
  const today = 1_700_000_000_000
  p.advance(today + 300)
  p.push(0, [{ v: 'b' }], today + 400, undefined)
  p.advance(today + 1_000)
  assert.deepEqual(end.seen, ['1000: a', `${today + 1_000}: b`])
})

test('a snapshot holds what the stages hold, and goes into a pipeline of the same stages', () => {
  const make = () => {
    const end = new Collector()
    const operator = tumbling(10_000)
    return {
      end,
      ...pipeline([
        { name: 'window', prefix: '', operator },
        { name: 'end', prefix: '', operator: end },
      ]),
    }
  }
  const before = make()
  before.pipeline.push(0, [{ v: 'a' }], 1, undefined)
  const after = make()
  after.pipeline.restore(structuredClone(before.pipeline.snapshot()))
  after.pipeline.advance(10_000)
  assert.deepEqual(after.end.seen, ['10000: a'])
})
