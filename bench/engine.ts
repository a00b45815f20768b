// What a row costs in the engine: compiled rules against JavaScript written by hand for the same query, in one process,
// rounds alternating, medians. Rows are ready; decoding and delivery are not in it, the journal only where it says so.
//
//   node bench/engine.ts [--rounds 5] [--ms 250]
//
// Trust the ratios and the CPU seconds; the absolute rates are those of the machine at that moment.

import { parseArgs } from 'node:util'
import { decodingOf, prepareSelect } from '../src/compiler/prepare.ts'
import { compileSelect } from '../src/compiler/select.ts'
import { FileText } from '../src/core/location.ts'
import type { Emission } from '../src/core/row.ts'
import type { Values } from '../src/core/value.ts'
import { EngineRun } from '../test/support/engine.ts'
import { ruleOf, STREAMS } from '../test/support/rules.ts'

interface Reading extends Values {
  readonly deviceId: string
  readonly temperature: number
  readonly humidity: number
}

const KEYS = 1000
const ROWS_A_MESSAGE = 100
/** a window of a second then holds 100,000 rows */
const MS_A_MESSAGE = 1

const MESSAGES: readonly (readonly Reading[])[] = Array.from({ length: 100 }, (_, m) =>
  Array.from({ length: ROWS_A_MESSAGE }, (_, r) => {
    const n = m * ROWS_A_MESSAGE + r
    return { deviceId: `dev${n % KEYS}`, temperature: (n * 37) % 100, humidity: (n % 60) + 0.5, ts: n, ok: n % 2 === 0 }
  }),
)

let emitted = 0
let last: Emission | undefined
function emit(emission: Emission): void {
  emitted += emission.rows.length
  last = emission
}

/** Takes one message at an instant. */
type Push = (rows: readonly Reading[], time: number) => void

function compiled(sql: string): Push {
  const { options } = ruleOf(sql)
  const prepared = prepareSelect(new FileText('bench.sql', sql), STREAMS, false)
  const pipeline = compileSelect(prepared.analyzed, {
    ...options,
    sources: prepared.streams.map(decodingOf),
    context: { now: () => 0, zone: 'UTC', ruleId: 'bench', ruleStart: 0, property: () => undefined },
    sendMeta: false,
    emit,
    onError: error => {
      throw error
    },
  })
  return (rows, time) => pipeline.push(0, rows, time, undefined)
}

function byHand(out: (row: Reading) => Values | undefined): Push {
  return rows => {
    for (const row of rows) {
      const values = out(row)
      if (values) emit({ rows: [values] })
    }
  }
}

function windowByHand(): Push {
  let groups = new Map<string, { first: Reading; count: number; sum: number; max: number }>()
  let end = 1000
  return (rows, time) => {
    if (time >= end) {
      const out: Values[] = []
      for (const g of groups.values()) {
        out.push({ deviceId: g.first.deviceId, c: BigInt(g.count), a: g.sum / g.count, m: g.max })
      }
      emit({ rows: out })
      groups = new Map()
      end += 1000
    }
    for (const row of rows) {
      const group = groups.get(row.deviceId)
      if (group) {
        group.count++
        group.sum += row.temperature
        if (row.temperature > group.max) group.max = row.temperature
      } else groups.set(row.deviceId, { first: row, count: 1, sum: row.temperature, max: row.temperature })
    }
  }
}

const FILTER = `temperature > 50 AND deviceId LIKE 'dev%'`
const ITEMS = 'temperature * 1.8 + 32 AS f, deviceId'
const TEN = Array.from({ length: 10 }, (_, i) => i)

/** Runs for about so long. @returns rows worked on */
type Run = (ms: number) => number | Promise<number>

function repeat(push: Push): Run {
  let time = 0
  return ms => {
    const end = performance.now() + ms
    let rows = 0
    while (performance.now() < end) {
      for (const message of MESSAGES) {
        time += MS_A_MESSAGE
        push(message, time)
        rows += message.length
      }
    }
    return rows
  }
}

/** Rules behind the journal, as in the appliance; the action publishes to a topic that nobody reads. */
function engine(rules: readonly string[]): Run {
  const run = new EngineRun()
  run.apply(rules.map((sql, i) => [`r${i}`, sql, { actions: [['memory', { topic: 'nobody' }]] }]))
  let next = 0
  return async ms => {
    const end = performance.now() + ms
    let rows = 0
    while (performance.now() < end) {
      const message = MESSAGES[next++ % MESSAGES.length]!
      if (typeof run.append('s', ...message) === 'number') rows += message.length
      else await new Promise(resolve => setImmediate(resolve))
    }
    while (run.journal.status().some(s => s.held > 0)) await new Promise(resolve => setImmediate(resolve))
    return rows
  }
}

const fahrenheit = (row: Reading) => ({ f: row.temperature * 1.8 + 32, deviceId: row.deviceId })
const isHot = (row: Reading) => row.temperature > 50 && row.deviceId.startsWith('dev')

const WORKLOADS: readonly { readonly name: string; readonly sluice: Run; readonly hand: Run }[] = [
  {
    name: 'filter',
    sluice: repeat(compiled(`SELECT * FROM s WHERE ${FILTER}`)),
    hand: repeat(byHand(row => (isHot(row) ? row : undefined))),
  },
  { name: 'projection', sluice: repeat(compiled(`SELECT ${ITEMS} FROM s`)), hand: repeat(byHand(fahrenheit)) },
  {
    name: 'filter + projection',
    sluice: repeat(compiled(`SELECT ${ITEMS} FROM s WHERE ${FILTER}`)),
    hand: repeat(byHand(row => (isHot(row) ? fahrenheit(row) : undefined))),
  },
  {
    name: `tumbling count, avg, max of ${KEYS} keys`,
    sluice: repeat(
      compiled(
        'SELECT deviceId, count(*) AS c, avg(temperature) AS a, max(temperature) AS m FROM s GROUP BY deviceId, TUMBLINGWINDOW(ss, 1)',
      ),
    ),
    hand: repeat(windowByHand()),
  },
  {
    name: '1 rule behind the journal',
    sluice: engine([`SELECT ${ITEMS} FROM s WHERE ${FILTER}`]),
    hand: repeat(byHand(row => (isHot(row) ? fahrenheit(row) : undefined))),
  },
  {
    name: '10 rules on one stream, behind the journal',
    sluice: engine(TEN.map(i => `SELECT ${ITEMS} FROM s WHERE temperature > ${50 + i} AND deviceId LIKE 'dev%'`)),
    hand: repeat(rows => {
      for (const i of TEN) {
        for (const row of rows) {
          if (row.temperature > 50 + i && row.deviceId.startsWith('dev')) emit({ rows: [fahrenheit(row)] })
        }
      }
    }),
  },
]

interface Sample {
  readonly rowsPerSecond: number
  readonly cpuPerMillion: number
}

async function measure(run: Run, ms: number): Promise<Sample> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const rows = await run(ms)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { rowsPerSecond: rows / seconds, cpuPerMillion: (user + system) / rows }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, ms: { type: 'string', default: '250' } },
  })
  const rounds = Number(values.rounds)
  const ms = Number(values.ms)
  const table = []
  for (const { name, sluice, hand } of WORKLOADS) {
    for (const run of [sluice, hand]) await run(ms) // warms up
    const samples: { sluice: Sample; hand: Sample }[] = []
    for (let round = 0; round < rounds; round++) {
      // Whoever goes first now goes last then: the machine's mood is shared.
      const first = await measure(round % 2 === 0 ? sluice : hand, ms)
      const second = await measure(round % 2 === 0 ? hand : sluice, ms)
      samples.push(round % 2 === 0 ? { sluice: first, hand: second } : { sluice: second, hand: first })
    }
    const of = (pick: (s: (typeof samples)[number]) => number) => median(samples.map(pick))
    const millions = (rate: number) => Number((rate / 1e6).toFixed(2))
    table.push({
      workload: name,
      'M rows/s': millions(of(s => s.sluice.rowsPerSecond)),
      'by hand': millions(of(s => s.hand.rowsPerSecond)),
      ratio: Number(of(s => s.sluice.rowsPerSecond / s.hand.rowsPerSecond).toFixed(2)),
      'CPU s/M rows': Number(of(s => s.sluice.cpuPerMillion).toFixed(3)),
      'CPU ratio': Number(of(s => s.sluice.cpuPerMillion / s.hand.cpuPerMillion).toFixed(2)),
    })
  }
  if (emitted === 0 || !last) throw new Error('nothing came out: the figures would be of idling')
  console.table(table)
}

await main()
