// What a statement becomes, as a person reads it, and that it is what runs.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { planText } from '../../src/cli/explain.ts'
import { explainSelect } from '../../src/compiler/explain.ts'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { type RunOptions, SqlRun, streamsOf } from '../support/rules.ts'

const STREAMS = streamsOf(
  'CREATE STREAM sensors (deviceId STRING, temperature FLOAT, room STRING, ts BIGINT) WITH (TYPE="httppush", DATASOURCE="/s", TIMESTAMP="ts")',
  'CREATE STREAM doors (room STRING, ts BIGINT) WITH (TYPE="httppush", DATASOURCE="/d", TIMESTAMP="ts")',
  'CREATE STREAM open () WITH (TYPE="httppush", DATASOURCE="/o")',
  'CREATE STREAM later () WITH (TYPE="memory", DATASOURCE="t")',
  'CREATE TABLE floors (room STRING, floor BIGINT) WITH (TYPE="memory", DATASOURCE="f/#", KIND="lookup", KEY="room")',
  'CREATE TABLE owners () WITH (TYPE="sql", DATASOURCE="o", KIND="lookup")',
  `CREATE TABLE units () WITH (TYPE="redis", DATASOURCE="0", KIND="lookup", KEY="deviceId", EXTRA="{\\"lookup\\":{\\"cache\\":true,\\"cacheTtl\\":\\"10s\\"}}")`,
  'CREATE TABLE places (room STRING, name STRING) WITH (DATASOURCE="places.json")',
  'CREATE TABLE labels (deviceId STRING, label STRING, more STRING) WITH (TYPE="memory", DATASOURCE="l", RETAIN_SIZE="100")',
)

const goldens = new URL('../golden/explain/', import.meta.url)
const NO_OPTIONS = { isEventTime: false, lateToleranceMs: 0 }

function planOf(sql: string, options: { isEventTime: boolean; lateToleranceMs: number }, streams = STREAMS) {
  const prepared = prepareSelect(new FileText('r.sql', sql), streams, options.isEventTime)
  return explainSelect(prepared, options, [{ sink: 'log' }, { sink: 'mqtt' }])
}

for (const [name, options] of [
  ['statements', NO_OPTIONS],
  ['event-time', { isEventTime: true, lateToleranceMs: 5000 }],
] as const) {
  test(`golden/explain/${name}.sql is explained as a person would`, t => {
    const lines = readFileSync(new URL(`${name}.sql`, goldens), 'utf8')
      .trimEnd()
      .split('\n')
    const texts = lines.map(line => planText(planOf(line, options)))
    const expected = fileURLToPath(new URL(`${name}.txt`, goldens))
    t.assert.fileSnapshot(texts.join('\n'), expected, { serializers: [text => text] })
  })
}

test('the operators that are named are those that run, under their names in status', () => {
  for (const file of ['statements.sql', 'event-time.sql']) {
    const options: RunOptions = { isEventTime: file === 'event-time.sql', lateToleranceMs: 0, streams: STREAMS }
    for (const sql of readFileSync(new URL(file, goldens), 'utf8').trimEnd().split('\n')) {
      const { operators, sources } = new SqlRun(sql, options).pipeline.status()
      const plan = planOf(sql, { isEventTime: options.isEventTime!, lateToleranceMs: 0 })
      assert.deepEqual(
        plan.operators.map(o => o.name),
        operators.map(o => o.name),
        sql,
      )
      assert.deepEqual(
        plan.sources.filter(s => s.kind !== 'lookup').map(s => s.name),
        sources.map(s => s.name),
        sql,
      )
    }
  }
})

test('every statement of the specification that compiles can be explained in full', () => {
  const folder = new URL('../spec/', import.meta.url)
  let count = 0
  for (const file of readdirSync(folder).filter(name => name.endsWith('.jsonl'))) {
    for (const line of readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n')) {
      const { streams, sql, options = {} } = JSON.parse(line)
      if (typeof sql !== 'string') continue
      try {
        const plan = planOf(
          sql,
          { isEventTime: options.isEventTime ?? false, lateToleranceMs: 0 },
          streamsOf(...streams),
        )
        assert.ok(!JSON.stringify(plan.operators).includes('…'), sql)
        count++
      } catch (error) {
        if (!(error instanceof UserError)) throw error
      }
    }
  }
  assert.ok(count > 3000, `${count} statements`)
})

test('a table of this process that remembers its answers is said to, because they grow old', () => {
  const extra = '{\\"lookup\\":{\\"cache\\":true,\\"cacheTtl\\":\\"10s\\"}}'
  const streams = streamsOf(
    'CREATE STREAM s () WITH (TYPE="httppush")',
    `CREATE TABLE t () WITH (TYPE="memory", DATASOURCE="t", KIND="lookup", KEY="id", EXTRA="${extra}")`,
  )
  const { operators } = planOf('SELECT * FROM s INNER JOIN t ON s.id = t.id', NO_OPTIONS, streams)
  assert.match(JSON.stringify(operators), /answers of t are remembered for 10 s/)
})
