// What windows cost and hold: CPU time and bytes of state, for each kind of window over few and many keys, beside Sluice
// told to keep the rows, and beside the same by hand (buffering.ts), which keeps them too. All must have sent the same before
// they are measured.
//
//   node bench/windows.ts [--only TEXT] [--quick]
//
// State is what the heap has grown by, after a collection, at the moment before a full window closes; the snapshot is what
// v8.serialize makes of it. Rows hold no more than the statement reads, and all share the texts of the device names, so
// that keeping rows looks no worse than it must. A device sends 1,000 rows a second, but 1,000 devices and more together
// 10,000: buffering could not hold more. A sliding window of 60 s is sent for one row a second (OVER WHEN); for every row it
// would be 100,000 rows out for one in. A count window holds 1,000 rows, however many keys there are.

import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { serialize, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Emission } from '../src/core/row.ts'
import {
  type Buffering,
  bufferedCount,
  bufferedHopping,
  bufferedSession,
  bufferedSliding,
  type EmitFigures,
  type Figures,
  type Reading,
} from './buffering.ts'
import { compile } from './pipeline.ts'

interface Shape {
  readonly name: string
  readonly window: string
  readonly buffering: (emit: EmitFigures) => Buffering
  /** once there have been so many, a full window is about to close */
  readonly full: Amount
  /** from then on one closes each time that there have been so many more */
  readonly period: Amount
  /** rows come for so long, then none for as long as ends a session */
  readonly burstMs?: number
  /** one row in so long has a tick; default each */
  readonly tickMs?: number
  /** none before; default 0 */
  readonly tickFromMs?: number
  /** default all */
  readonly keys?: readonly number[]
  /** a quick run is spared it */
  readonly isSpared?: true
}

/** Of time, or of rows. */
type Amount = { readonly ms: number } | { readonly rows: number }

interface Pace {
  readonly keys: number
  readonly rowsPerSecond: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const ROWS_A_MESSAGE = 10
const SILENCE_MS = 2 * SECOND
const BURST_MS = 30 * SECOND
/** What a collection leaves behind, now more, now less: less than this is no figure. */
const NOISE_BYTES = 10_000
/** Now and then a window has more to do when it closes than at other times. */
const LEAST_PERIODS = 3
const GOAL = { shape: 'hopping 60 s by 1 s', rowsPerKey: 1000, timesSmaller: 20 }

const SHAPES: readonly Shape[] = [
  {
    name: 'tumbling 10 s',
    window: 'TUMBLINGWINDOW(ss, 10)',
    buffering: emit => bufferedHopping(10 * SECOND, 10 * SECOND, emit),
    full: { ms: 20 * SECOND },
    period: { ms: 10 * SECOND },
  },
  {
    name: GOAL.shape,
    window: 'HOPPINGWINDOW(ss, 60, 1)',
    buffering: emit => bufferedHopping(MINUTE, SECOND, emit),
    full: { ms: MINUTE + SECOND },
    period: { ms: SECOND },
  },
  {
    name: 'sliding 60 s',
    window: 'SLIDINGWINDOW(ss, 60) OVER (WHEN tick = true)',
    buffering: emit => bufferedSliding(MINUTE, emit),
    full: { ms: MINUTE + SECOND },
    period: { ms: SECOND },
    tickMs: SECOND,
    tickFromMs: 55 * SECOND,
  },
  {
    name: 'sliding 1 s, each row',
    window: 'SLIDINGWINDOW(ss, 1) OVER (WHEN tick = true)',
    buffering: emit => bufferedSliding(SECOND, emit),
    full: { ms: 2 * SECOND },
    period: { ms: SECOND },
    keys: [1],
  },
  {
    name: 'sliding 5 s, seldom',
    window: 'SLIDINGWINDOW(ss, 5) OVER (WHEN tick = true)',
    buffering: emit => bufferedSliding(5 * SECOND, emit),
    full: { ms: 20 * SECOND + 100 },
    period: { ms: 10 * SECOND },
    tickMs: 10 * SECOND,
    isSpared: true,
  },
  {
    name: 'session of 30 s',
    window: 'SESSIONWINDOW(ss, 60, 1)',
    buffering: emit => bufferedSession(SECOND, emit),
    full: { ms: 2 * BURST_MS + SILENCE_MS },
    period: { ms: BURST_MS + SILENCE_MS },
    burstMs: BURST_MS,
  },
  {
    name: 'count 1,000',
    window: 'COUNTWINDOW(1000)',
    buffering: emit => bufferedCount(1000, 1000, emit),
    full: { rows: 3000 },
    period: { rows: 1000 },
    isSpared: true,
  },
  {
    name: 'count 1,000 by 100',
    window: 'COUNTWINDOW(1000, 100)',
    buffering: emit => bufferedCount(1000, 100, emit),
    full: { rows: 3000 },
    period: { rows: 100 },
  },
]

const PACES: readonly Pace[] = [
  { keys: 1, rowsPerSecond: 1000 },
  { keys: 10, rowsPerSecond: 10_000 },
  { keys: 1000, rowsPerSecond: 10_000 },
  { keys: 100_000, rowsPerSecond: 10_000 },
]

/** Messages without end, the same for whoever asks; each row is new, as one from a decoder. */
class Feed {
  readonly #names: readonly string[]
  readonly #everyMs: number
  readonly #burstMs: number | undefined
  readonly #tickMs: number | undefined
  readonly #tickFromMs: number
  #time = 0
  rows = 0

  constructor({ keys, rowsPerSecond }: Pace, { burstMs, tickMs, tickFromMs = 0 }: Shape) {
    this.#names = Array.from({ length: keys }, (_, i) => `dev${i}`)
    this.#everyMs = (ROWS_A_MESSAGE * SECOND) / rowsPerSecond
    this.#burstMs = burstMs
    this.#tickMs = tickMs
    this.#tickFromMs = tickFromMs
  }

  /** Sends what comes before the message with which there would be so much since the beginning. */
  sendUpTo(amount: Amount, subject: Buffering): void {
    if ('ms' in amount) while (this.#time < amount.ms) this.#send(subject)
    else while (this.rows < amount.rows - ROWS_A_MESSAGE) this.#send(subject)
  }

  #send(subject: Buffering): void {
    const time = this.#time
    const rows = Array.from({ length: ROWS_A_MESSAGE }, (_, i) => this.#row(this.rows + i, this.#isTick(i)))
    this.rows += ROWS_A_MESSAGE
    this.#time += this.#everyMs
    if (this.#burstMs && this.#time % (this.#burstMs + SILENCE_MS) >= this.#burstMs) this.#time += SILENCE_MS
    subject.push(rows, time)
  }

  /** @param i place of the row in its message */
  #isTick(i: number): boolean {
    if (this.#tickMs === undefined) return true
    return i === 0 && this.#time >= this.#tickFromMs && this.#time % this.#tickMs === 0
  }

  /** Quarters, of which any sum is exact in any order. */
  #row(n: number, tick: boolean): Reading {
    return { deviceId: this.#names[n % this.#names.length]!, temperature: ((n * 37) % 399) / 4, tick }
  }
}

/** What came out so far, in short. */
class Tally {
  emissions = 0
  rows = 0
  counts = 0
  largest = 0
  means = 0

  readonly take: EmitFigures = rows => {
    this.emissions++
    this.rows += rows.length
    for (const { c, a, m } of rows) {
      this.counts += Number(c)
      this.largest += m
      this.means += Math.round(a * 1000)
    }
  }

  get text(): string {
    return `${this.emissions} emissions, ${this.rows} rows, sums ${this.counts}, ${this.largest}, ${this.means}`
  }
}

function sluice(window: string, emit: EmitFigures, keepRows: boolean): Buffering {
  const sql = `SELECT deviceId, count(*) AS c, avg(temperature) AS a, max(temperature) AS m FROM s GROUP BY deviceId, ${window}`
  const out = ({ rows, error }: Emission) => {
    if (error !== undefined) throw new Error(error)
    emit(rows as unknown as readonly Figures[])
  }
  const pipeline = compile(sql, undefined, { out, keepRows })
  return {
    push: (rows, time) => pipeline.push(0, rows as unknown as Parameters<typeof pipeline.push>[1], time, undefined),
    snapshot: () => pipeline.snapshot(),
  }
}

const run = promisify(execFile)

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function heapBytes(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

interface Measured {
  /** what came out until the state was measured */
  readonly sent: string
  readonly stateBytes: number
  readonly snapshotBytes: number
  readonly rowsPerSecond: number
  /** CPU seconds a million rows */
  readonly cpuPerMillion: number
}

/** Sluice; Sluice told to keep the rows; buffering.ts */
const SUBJECTS = ['sluice', 'kept', 'hand'] as const

/** One measurement, which has a process of its own: what another leaves behind would be in its figures. */
interface Task {
  readonly shape: number
  readonly pace: Pace
  readonly subject: (typeof SUBJECTS)[number]
  /** at least so long */
  readonly ms: number
}

function subjectOf(kind: Task['subject'], { window, buffering }: Shape, emit: EmitFigures): Buffering {
  return kind === 'hand' ? buffering(emit) : sluice(window, emit, kind === 'kept')
}

function measure({ shape: number, pace, subject: kind, ms }: Task): Measured {
  const shape = SHAPES[number]!
  const begin = (of: Pace) => {
    const tally = new Tally()
    const subject = subjectOf(kind, shape, tally.take)
    return { tally, subject, feed: new Feed(of, shape) }
  }
  const first = begin(PACES[0]!)
  first.feed.sendUpTo(shape.full, first.subject)
  const { tally, subject, feed } = begin(pace)
  const before = heapBytes()
  feed.sendUpTo(shape.full, subject)
  const stateBytes = Math.max(heapBytes() - before, NOISE_BYTES)
  const sent = tally.text
  const cost = speed(subject, feed, shape, ms)
  // Last, though it is of the same moment of a period: what it leaves behind would have to be collected meanwhile.
  const snapshotBytes = serialize(subject.snapshot()).byteLength
  return { sent, stateBytes, snapshotBytes, ...cost }
}

/** Whole periods, so that as many rows come as go. */
function speed(subject: Buffering, feed: Feed, { full, period }: Shape, ms: number) {
  const { rows } = feed
  const cpu = process.cpuUsage()
  const start = performance.now()
  let upTo = full
  let end = start
  for (let periods = 0; end < start + ms || periods < LEAST_PERIODS; periods++) {
    upTo = sum(upTo, period)
    feed.sendUpTo(upTo, subject)
    end = performance.now()
  }
  const { user, system } = process.cpuUsage(cpu)
  const worked = feed.rows - rows
  return { rowsPerSecond: (worked / (end - start)) * SECOND, cpuPerMillion: (user + system) / worked }
}

function sum(a: Amount, b: Amount): Amount {
  if ('ms' in a && 'ms' in b) return { ms: a.ms + b.ms }
  if ('rows' in a && 'rows' in b) return { rows: a.rows + b.rows }
  throw new Error('time and rows do not add up')
}

async function inItsOwnProcess(task: Task): Promise<Measured> {
  try {
    const { stdout } = await run(process.execPath, [import.meta.filename, '--task', JSON.stringify(task)])
    return JSON.parse(stdout)
  } catch (cause) {
    throw new Error(`${SHAPES[task.shape]!.name}, ${task.pace.keys} keys, ${task.subject}: no figures`, { cause })
  }
}

type Comparison = Readonly<Record<(typeof SUBJECTS)[number], Measured>>

/** Side by side they are in each other's way, which is quicker and less exact. */
async function compare(shape: number, pace: Pace, isQuick: boolean): Promise<Comparison> {
  const tasks = SUBJECTS.map(subject => ({ shape, pace, subject, ms: isQuick ? 50 : 200 }))
  const figures: Measured[] = []
  if (isQuick) figures.push(...(await Promise.all(tasks.map(inItsOwnProcess))))
  else for (const task of tasks) figures.push(await inItsOwnProcess(task))
  const [sluice, kept, hand] = figures as [Measured, Measured, Measured]
  const sent = new Set(figures.map(({ sent }) => sent))
  if (sent.size > 1) throw new Error(`${SHAPES[shape]!.name}, ${pace.keys} keys, sent apart: ${[...sent].join('; ')}`)
  return { sluice, kept, hand }
}

function size(bytes: number): string {
  if (bytes <= NOISE_BYTES) return `${NOISE_BYTES / 1000} kB or less`
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function ratio(a: number, b: number): number {
  return Number((a / b).toPrecision(2))
}

function tableRow({ name }: Shape, { keys, rowsPerSecond }: Pace, { sluice, kept, hand }: Comparison) {
  return {
    window: name,
    keys,
    'rows/s a key': rowsPerSecond / keys,
    'M rows/s': ratio(sluice.rowsPerSecond, 1e6),
    'CPU s/M rows': Number(sluice.cpuPerMillion.toFixed(2)),
    'rows kept': Number(kept.cpuPerMillion.toFixed(2)),
    'by hand': Number(hand.cpuPerMillion.toFixed(2)),
    state: size(sluice.stateBytes),
    'rows kept ': size(kept.stateBytes),
    'by hand ': size(hand.stateBytes),
    'times less': ratio(hand.stateBytes, sluice.stateBytes),
    snapshot: size(sluice.snapshotBytes),
    'rows kept  ': size(kept.snapshotBytes),
    'by hand  ': size(hand.snapshotBytes),
  }
}

/** Ten keys say the same as one, but where it is the point. */
function pacesOf(shape: Shape, isQuick: boolean): readonly Pace[] {
  if (isQuick) return shape.isSpared ? [] : PACES.slice(0, 1)
  return PACES.filter(({ keys }) => shape.keys?.includes(keys) ?? (keys !== 10 || shape.name === GOAL.shape))
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      task: { type: 'string' },
    },
  })
  if (values.task !== undefined) {
    console.log(JSON.stringify(measure(JSON.parse(values.task))))
    return
  }
  const table = []
  for (const [i, shape] of SHAPES.entries()) {
    if (!shape.name.includes(values.only)) continue
    for (const pace of pacesOf(shape, values.quick)) {
      table.push(tableRow(shape, pace, await compare(i, pace, values.quick)))
    }
  }
  console.log(LEGEND)
  console.table(table)
  judge(table)
}

const LEGEND = `First as it is (with its rows a second), then with the rows kept by Sluice, then by hand: CPU seconds for a million rows,
bytes held when a full window is about to close, bytes of a snapshot of that. Times less: state by hand to state.`

/** What was promised of windows that overlap. */
function judge(table: readonly ReturnType<typeof tableRow>[]): void {
  const { shape, rowsPerKey, timesSmaller } = GOAL
  const promised = table.filter(row => row.window === shape && row['rows/s a key'] === rowsPerKey)
  for (const row of promised) {
    const isMet = row['times less'] >= timesSmaller
    console.log(
      `${shape}, ${row.keys} ${row.keys === 1 ? 'key' : 'keys'} of ${rowsPerKey} rows/s: ${row['times less']} times less state than keeping the rows by hand; ${isMet ? 'promised' : 'MISSED: promised'} are ${timesSmaller}`,
    )
    if (!isMet) process.exitCode = 1
  }
}

await main()
