// What a row costs in the engine: compiled rules against JavaScript written by hand for the same query, in one process,
// rounds alternating. Rows are ready; decoding and delivery are not in it, the journal only where it says so.
//
//   node bench/engine.ts [--rounds 5] [--ms 250]

import { parseArgs } from 'node:util'
import type { Values } from '../src/core/value.ts'
import { compare, tableRow, type Workload } from './harness.ts'
import { byHand, compiled, emit, journaled, type Push, repeat, warmUp } from './pipeline.ts'

interface Reading extends Values {
  readonly deviceId: string
  readonly temperature: number
  readonly humidity: number
}

const KEYS = 1000
const ROWS_A_MESSAGE = 100

/** One a millisecond: a window of a second then holds 100,000 rows. */
const MESSAGES: readonly (readonly Reading[])[] = Array.from({ length: 100 }, (_, m) =>
  Array.from({ length: ROWS_A_MESSAGE }, (_, r) => {
    const n = m * ROWS_A_MESSAGE + r
    return { deviceId: `dev${n % KEYS}`, temperature: (n * 37) % 100, humidity: (n % 60) + 0.5, ts: n, ok: n % 2 === 0 }
  }),
)

function run(push: Push) {
  return repeat(push, { messages: MESSAGES })
}

function windowByHand(): Push {
  let groups = new Map<string, { first: Reading; count: number; sum: number; max: number }>()
  let end = 1000
  return (rows: readonly Reading[], time) => {
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

const fahrenheit = (row: Reading) => ({ f: row.temperature * 1.8 + 32, deviceId: row.deviceId })
const isHot = (row: Reading) => row.temperature > 50 && row.deviceId.startsWith('dev')

const WORKLOADS: readonly Workload[] = [
  {
    name: 'filter',
    sluice: run(compiled(`SELECT * FROM s WHERE ${FILTER}`)),
    hand: run(byHand(row => (isHot(row) ? row : undefined))),
  },
  { name: 'projection', sluice: run(compiled(`SELECT ${ITEMS} FROM s`)), hand: run(byHand(fahrenheit)) },
  {
    name: 'filter + projection',
    sluice: run(compiled(`SELECT ${ITEMS} FROM s WHERE ${FILTER}`)),
    hand: run(byHand(row => (isHot(row) ? fahrenheit(row) : undefined))),
  },
  {
    name: `tumbling count, avg, max of ${KEYS} keys`,
    sluice: run(
      compiled(
        'SELECT deviceId, count(*) AS c, avg(temperature) AS a, max(temperature) AS m FROM s GROUP BY deviceId, TUMBLINGWINDOW(ss, 1)',
      ),
    ),
    hand: run(windowByHand()),
  },
  {
    name: '1 rule behind the journal',
    sluice: journaled([`SELECT ${ITEMS} FROM s WHERE ${FILTER}`], MESSAGES),
    hand: run(byHand(row => (isHot(row) ? fahrenheit(row) : undefined))),
  },
  {
    name: '10 rules on one stream, behind the journal',
    sluice: journaled(
      TEN.map(i => `SELECT ${ITEMS} FROM s WHERE temperature > ${50 + i} AND deviceId LIKE 'dev%'`),
      MESSAGES,
    ),
    hand: run(rows => {
      for (const i of TEN) {
        for (const row of rows) {
          if (row.temperature > 50 + i && row.deviceId.startsWith('dev')) emit({ rows: [fahrenheit(row)] })
        }
      }
    }),
  },
]

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, ms: { type: 'string', default: '250' } },
  })
  const rounds = Number(values.rounds)
  const ms = Number(values.ms)
  const table = []
  for (const workload of WORKLOADS) {
    await warmUp(workload, ms)
    table.push(tableRow(workload.name, await compare(workload, rounds, ms)))
  }
  console.table(table)
}

await main()
