// What a row costs by statement: one line for each thing that SQL can do, compiled and run as in the appliance. All are
// warmed up before the first is measured, as in a process that runs many rules.
//
//   node bench/statements.ts [--only TEXT] [--rounds 4] [--ms 250] [--accept]
//
// The table shows the change of the CPU seconds against accepted.json; `--accept` writes the new ones there. They are those
// of one machine, and a few percent are noise, so no test looks at them.

import { parseArgs } from 'node:util'
import type { Values } from '../src/core/value.ts'
import { streamsOf } from '../test/support/rules.ts'
import { accept, acceptedFigures, whyIncomparable } from './accepted.ts'
import { compare, type Figures, tableRow, type Workload } from './harness.ts'
import { byHand, compiled, type Feed, ingested, repeat, warmUp } from './pipeline.ts'

const MESSAGES_OF_FEED = 100
const ROWS_A_MESSAGE = 100
const WIDE_COLUMNS = 20

/** Reads `c0` to `c19`: texts, integers and floats in turns. */
const WIDE = Array.from({ length: WIDE_COLUMNS }, (_, i) => `c${i} ${['STRING', 'BIGINT', 'FLOAT'][i % 3]}`).join(', ')

const STREAMS = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush")',
  'CREATE STREAM other () WITH (TYPE="httppush")',
  'CREATE STREAM ints (deviceId STRING, i BIGINT, j BIGINT) WITH (TYPE="httppush")',
  `CREATE STREAM wide (${WIDE}) WITH (TYPE="httppush")`,
  `CREATE STREAM checked (${WIDE}) WITH (TYPE="httppush", STRICT_VALIDATION="true")`,
  'CREATE TABLE devices () WITH (TYPE="httppush", RETAIN_SIZE="1000")',
)

/** Through JSON, because texts and objects that it makes are not quite those that a program puts together. */
function feed(row: (n: number) => Values): readonly (readonly Values[])[] {
  return Array.from({ length: MESSAGES_OF_FEED }, (_, m) =>
    JSON.parse(JSON.stringify(Array.from({ length: ROWS_A_MESSAGE }, (_, r) => row(m * ROWS_A_MESSAGE + r)))),
  )
}

/** Without a schema, so numbers are floats. 1,000 devices. */
const READINGS = feed(n => ({
  deviceId: `dev${n % 1000}`,
  site: `hall ${n % 7}`,
  temperature: (n * 37) % 100,
  humidity: (n % 60) + 0.5,
  ts: 1_700_000_000_000 + n * 100,
  at: new Date(1_700_000_000_000 + n * 100).toISOString(),
  ok: n % 2 === 0,
  place: { building: { floor: { room: n % 90 } } },
  samples: [n % 10, n % 20, n % 30],
}))

const INTS = feed(n => ({ deviceId: `dev${n % 1000}`, i: n, j: n % 97 }))
const WIDE_ROWS = feed(n =>
  Object.fromEntries(
    Array.from({ length: WIDE_COLUMNS }, (_, i) => [`c${i}`, [`text ${n % 50}`, n, n / 4 + 0.1][i % 3]!]),
  ),
)

function bodies(messages: readonly (readonly Values[])[]): readonly Buffer[] {
  return messages.map(rows => Buffer.from(JSON.stringify(rows)))
}

interface Extra extends Omit<Feed, 'messages'> {
  readonly rows?: readonly (readonly Values[])[]
  /** the same by hand, row by row */
  readonly hand?: (row: any) => Values | undefined
}

/** Rows that are ready, through the pipeline alone. */
/** 10,000 rows that have no key in common. */
const DISTINCT = Array.from({ length: 100 }, (_, i) =>
  Array.from({ length: 100 }, (_, j) => ({ id: `device ${i * 100 + j}`, n: j })),
)

function statement(name: string, sql: string, { rows = READINGS, hand, ...rest }: Extra = {}): Workload {
  const given = { ...rest, messages: rows }
  return { name, sluice: repeat(compiled(sql, STREAMS), given), hand: hand && repeat(byHand(hand), given) }
}

/** A stream and a table of 1,000 devices, filled once. */
function tableJoin(name: string, sql: string): Workload {
  const push = compiled(sql, STREAMS)
  for (const message of READINGS.slice(0, 10)) {
    push(
      message.map(({ deviceId }) => ({ id: deviceId!, label: `the ${String(deviceId)}` })),
      0,
      1,
    )
  }
  return { name, sluice: repeat(push, { messages: READINGS }) }
}

const EVERY_SECOND = 'TUMBLINGWINDOW(ss, 1)'

const WORKLOADS: readonly Workload[] = [
  statement('filter: number', 'SELECT * FROM s WHERE temperature > 50', {
    hand: row => (row.temperature > 50 ? row : undefined),
  }),
  statement('filter: text =', "SELECT * FROM s WHERE site = 'hall 3'", {
    hand: row => (row.site === 'hall 3' ? row : undefined),
  }),
  statement('filter: LIKE', "SELECT * FROM s WHERE site LIKE '%3'", {
    hand: row => (row.site.endsWith('3') ? row : undefined),
  }),
  statement('filter: IN', "SELECT * FROM s WHERE site IN ('hall 1', 'hall 2', 'hall 9', 'hall 10')", {
    hand: row => (['hall 1', 'hall 2', 'hall 9', 'hall 10'].includes(row.site) ? row : undefined),
  }),
  statement(
    'filter: BETWEEN, AND, OR',
    "SELECT * FROM s WHERE temperature BETWEEN 20 AND 30 AND humidity > 10 OR ok = false AND site = 'hall 1'",
    {
      hand: row =>
        (row.temperature >= 20 && row.temperature <= 30 && row.humidity > 10) || (!row.ok && row.site === 'hall 1')
          ? row
          : undefined,
    },
  ),
  statement(
    'arithmetic: FLOAT',
    'SELECT deviceId, temperature * 1.8 + 32 AS f, temperature - humidity / 2 AS d FROM s',
    {
      hand: row => ({
        deviceId: row.deviceId,
        f: row.temperature * 1.8 + 32,
        d: row.temperature - row.humidity / 2,
      }),
    },
  ),
  statement('arithmetic: BIGINT, with decoding', 'SELECT deviceId, i * 3 + 7 AS a, i - j / 2 AS b FROM ints', {
    rows: INTS,
    hand: row => {
      const i = BigInt(row.i)
      const j = BigInt(row.j)
      return { deviceId: row.deviceId, a: BigInt.asIntN(64, i * 3n + 7n), b: BigInt.asIntN(64, i - j / 2n) }
    },
  }),
  statement(
    'CASE',
    "SELECT CASE WHEN temperature > 80 THEN 'hot' WHEN temperature > 20 THEN 'fine' ELSE 'cold' END AS c FROM s",
    { hand: row => ({ c: row.temperature > 80 ? 'hot' : row.temperature > 20 ? 'fine' : 'cold' }) },
  ),
  statement(
    'text functions',
    "SELECT concat(deviceId, '/', site) AS a, upper(site) AS b, substring(deviceId, 0, 3) AS c FROM s",
    {
      hand: row => ({ a: `${row.deviceId}/${row.site}`, b: row.site.toUpperCase(), c: row.deviceId.slice(0, 3) }),
    },
  ),
  statement('date and time: format', "SELECT format_time(ts, 'yyyy-MM-dd HH:mm:ss') AS t FROM s", {
    hand: row => ({ t: new Date(row.ts).toISOString().slice(0, 19).replace('T', ' ') }),
  }),
  statement('date and time: cast of text, part', "SELECT hour(cast(at, 'datetime')) AS h FROM s", {
    hand: row => ({ h: BigInt(new Date(row.at).getUTCHours()) }),
  }),
  statement('nested: -> and [ ]', 'SELECT place->building->floor->room AS room, samples[0] AS first FROM s', {
    hand: row => ({ room: row.place.building.floor.room, first: row.samples[0] }),
  }),
  statement('JSON path', "SELECT json_path_query(place, '$.building.floor.room') AS room FROM s"),
  statement('*', 'SELECT * FROM s', { hand: row => row }),
  statement('* and a column', 'SELECT *, temperature * 1.8 + 32 AS f FROM s', {
    hand: row => ({ ...row, f: row.temperature * 1.8 + 32 }),
  }),
  statement('* EXCEPT, REPLACE', 'SELECT * EXCEPT(samples, at) REPLACE(temperature * 1.8 + 32 AS temperature) FROM s', {
    hand: ({ samples: _, at: __, ...row }) => ({ ...row, temperature: row.temperature * 1.8 + 32 }),
  }),
  statement(
    'lag OVER (PARTITION BY, WHEN)',
    'SELECT deviceId, temperature - lag(temperature, 1, 0) OVER (PARTITION BY deviceId WHEN ok = true) AS d FROM s',
  ),
  statement('had_changed', 'SELECT had_changed(true, site, ok) OVER (PARTITION BY deviceId) AS c FROM s'),
  statement('changed_cols', "SELECT changed_cols('c_', true, site, ok, temperature) FROM s"),
  statement('acc_sum', 'SELECT acc_sum(temperature) AS total FROM s'),
  statement('unnest', 'SELECT deviceId, unnest(samples) AS sample FROM s'),
  statement(
    'tumbling: 1,000 groups, avg, max, count',
    `SELECT deviceId, avg(temperature) AS a, max(temperature) AS m, count(*) AS c FROM s GROUP BY deviceId, ${EVERY_SECOND}`,
  ),
  statement(
    'tumbling: 7 x 2 groups by two columns, FILTER',
    `SELECT site, ok, count(*) FILTER (WHERE temperature > 50) AS hot, avg(humidity) AS h FROM s GROUP BY site, ok, ${EVERY_SECOND}`,
  ),
  statement(
    'tumbling: HAVING, ORDER BY, LIMIT',
    `SELECT deviceId, avg(temperature) AS a FROM s GROUP BY deviceId, ${EVERY_SECOND} HAVING avg(temperature) > 10 ORDER BY a DESC LIMIT 10`,
  ),
  statement(
    'tumbling: stddev, collect',
    `SELECT site, stddev(temperature) AS d, collect(humidity) AS all FROM s GROUP BY site, ${EVERY_SECOND}`,
  ),
  statement(
    'hopping: each row in two windows',
    'SELECT deviceId, max(temperature) AS m FROM s GROUP BY deviceId, HOPPINGWINDOW(ms, 200, 100)',
  ),
  statement(
    'sliding: 1 row in 100 triggers, 1,000 rows a window',
    'SELECT avg(temperature) AS a FROM s GROUP BY SLIDINGWINDOW(ms, 10) OVER (WHEN temperature > 98)',
  ),
  statement('session: 10,000 rows a window', 'SELECT count(*) AS c FROM s GROUP BY SESSIONWINDOW(ss, 10, 1)', {
    pauseMs: 2000,
  }),
  statement('count window of 10', 'SELECT avg(temperature) AS a FROM s GROUP BY COUNTWINDOW(10)'),
  statement(
    'join of two streams, 1,000 rows each a window',
    'SELECT s.deviceId, other.temperature AS t FROM s INNER JOIN other ON s.deviceId = other.deviceId GROUP BY TUMBLINGWINDOW(ms, 10)',
    { sources: 2 },
  ),
  statement(
    'join of two streams, 10,000 rows each a window, all with keys of their own',
    'SELECT s.id, other.n FROM s INNER JOIN other ON s.id = other.id GROUP BY TUMBLINGWINDOW(ms, 100)',
    { sources: 2, rows: DISTINCT },
  ),
  tableJoin(
    'join with a table of 1,000 rows',
    'SELECT s.deviceId, devices.label FROM s INNER JOIN devices ON s.deviceId = devices.id',
  ),
  statement('schema: 3 of 20 columns', 'SELECT c0, c1, c2 FROM wide', {
    rows: WIDE_ROWS,
    hand: ({ c0, c1, c2 }) => ({ c0, c1: BigInt(c1), c2 }),
  }),
  statement('schema: 3 of 20 columns, STRICT_VALIDATION', 'SELECT c0, c1, c2 FROM checked', { rows: WIDE_ROWS }),
  statement('schema: all of 20 columns', 'SELECT * FROM wide', { rows: WIDE_ROWS }),
  {
    name: 'from JSON, journaled: filter',
    sluice: ingested('SELECT deviceId, temperature FROM s WHERE temperature > 50', '/s', STREAMS, bodies(READINGS)),
    hand: parsed(READINGS),
  },
  {
    name: 'from JSON, journaled: 3 of 20 columns',
    sluice: ingested('SELECT c0, c1, c2 FROM wide', '/wide', STREAMS, bodies(WIDE_ROWS)),
    hand: parsed(WIDE_ROWS),
  },
  {
    name: 'from JSON, journaled: STRICT_VALIDATION',
    sluice: ingested('SELECT c0, c1, c2 FROM checked', '/checked', STREAMS, bodies(WIDE_ROWS)),
    hand: parsed(WIDE_ROWS),
  },
]

/** What no engine can do without: JSON.parse of each body. */
function parsed(messages: readonly (readonly Values[])[]): Workload['sluice'] {
  const texts = bodies(messages)
  return ms => {
    const end = performance.now() + ms
    let rows = 0
    while (performance.now() < end) for (const body of texts) rows += JSON.parse(body.toString()).length
    return rows
  }
}

function change(now: Figures, before: number | undefined): string {
  if (before === undefined) return 'new'
  const percent = Math.round((now.cpuPerMillion / before - 1) * 100)
  return `${percent > 0 ? '+' : ''}${percent} %`
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '4' },
      ms: { type: 'string', default: '250' },
      accept: { type: 'boolean', default: false },
    },
  })
  const chosen = WORKLOADS.filter(workload => workload.name.includes(values.only))
  if (chosen.length === 0) throw new Error(`no statement has "${values.only}" in its name`)
  const accepted = acceptedFigures()
  // All, also of a run of some: code that has seen few statements is faster than it would be in the appliance.
  for (const workload of WORKLOADS) await warmUp(workload, 100)
  const measured = new Map<string, Figures>()
  const table = []
  for (const workload of chosen) {
    const figures = await compare(workload, Number(values.rounds), Number(values.ms))
    measured.set(workload.name, figures)
    const row = tableRow(workload.name, figures)
    table.push({ ...row, 'CPU change': change(figures, accepted.get(workload.name)) })
  }
  console.table(table)
  const incomparable = whyIncomparable()
  if (incomparable) console.log(`CPU change: ${incomparable}`)
  if (values.accept)
    accept(
      measured,
      WORKLOADS.map(workload => workload.name),
    )
}

await main()
