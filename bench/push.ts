// What a push costs: the real PushServer with a MemoryJournal and one reader that reads and releases, against a bare
// node:http server that only collects and parses the body. Both in children of their own, rounds alternate, medians.
//
//   node bench/push.ts [--rounds 4] [--seconds 1.5] [--connections 64]
//
// Trust the CPU seconds first, then the ratio; the absolute rates are those of the machine at that moment.

import { type ChildProcess, fork } from 'node:child_process'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { parseArgs } from 'node:util'
import { SystemClock } from '../src/core/clock.ts'
import { silentLog } from '../src/core/log.ts'
import { PushServer } from '../src/ingest/server.ts'
import { MemoryJournal } from '../src/journal/memory.ts'

const VARIANTS = ['bare node:http', 'sluice'] as const
type Variant = (typeof VARIANTS)[number]

/** about 120 bytes, as devices send them */
const row = (n: number) =>
  `{"deviceId":"device-${1000 + n}","temperature":21.${n % 10},"humidity":40.25,"pressure":1013.2,"ts":17000000000${10 + (n % 90)},"ok":true}`

const WORKLOADS = [
  { name: 'one row a request', rows: 1, body: row(1) },
  { name: '100 rows a request', rows: 100, body: `[${Array.from({ length: 100 }, (_, n) => row(n)).join(',')}]` },
]

interface Sample {
  readonly requests: number
  readonly seconds: number
  readonly cpuSeconds: number
}

async function serveBare(): Promise<number> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      const value = JSON.parse(body.toString())
      res.writeHead(value ? 200 : 400, ['Content-Type', 'text/plain', 'Content-Length', '2'])
      res.end('ok')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function serveSluice(): Promise<number> {
  const journal = new MemoryJournal()
  journal.define('s', { bufferLength: 10_000, bufferBytes: 64_000_000 })
  const reader = journal.reader('s')
  reader.onData(() => {
    while (reader.read(1000).length > 0) reader.release(reader.position)
  })
  const server = new PushServer({ journal, clock: new SystemClock(), log: silentLog })
  server.configure({ ip: '127.0.0.1', port: 0 })
  const route = { stream: 's', path: '/in', method: 'POST', format: 'json', maxBodyBytes: 1_000_000 } as const
  server.setRoutes([{ ...route, needsMeta: false, exactNumbers: false }])
  await server.ready()
  return Number(new URL(server.status().address!).port)
}

/** Keeps every connection busy with one request at a time. @returns requests that were answered `ok` */
async function load(port: number, body: string, connections: number, ms: number): Promise<number> {
  const request = Buffer.from(
    `POST /in HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  let answered = 0
  let running = true
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request))
      socket.setNoDelay(true)
      socket.on('error', reject)
      socket.on('close', () => resolve())
      socket.on('data', (answer: Buffer) => {
        // Answers are small and come whole; their last two bytes are the body.
        if (answer.toString('latin1', answer.length - 2) !== 'ok') return reject(new Error(answer.toString()))
        if (!running) return socket.destroy()
        answered++
        socket.write(request)
      })
    })
  setTimeout(() => {
    running = false
  }, ms)
  await Promise.all(Array.from({ length: connections }, one))
  return answered
}

function child(role: string): ChildProcess {
  return fork(import.meta.filename, [], {
    env: { ...process.env, BENCH_ROLE: role },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

function ask<T>(process: ChildProcess, question: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a child ended with ${code}`))
    process.once('exit', ended)
    process.once('message', answer => {
      process.removeListener('exit', ended)
      resolve(answer as T)
    })
    process.send(question as object)
  })
}

async function measure(
  server: ChildProcess,
  generator: ChildProcess,
  body: string,
  connections: number,
  ms: number,
): Promise<Sample> {
  const { port } = await ask<{ port: number }>(server, { kind: 'port' })
  const before = await ask<{ cpu: number }>(server, { kind: 'usage' })
  const start = performance.now()
  const requests = await ask<number>(generator, { port, body, connections, ms })
  const seconds = (performance.now() - start) / 1000
  const after = await ask<{ cpu: number }>(server, { kind: 'usage' })
  return { requests, seconds, cpuSeconds: after.cpu - before.cpu }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '4' },
      seconds: { type: 'string', default: '1.5' },
      connections: { type: 'string', default: '64' },
    },
  })
  const rounds = Number(values.rounds)
  const ms = Number(values.seconds) * 1000
  const connections = Number(values.connections)
  const generator = child('load')
  const servers = Object.fromEntries(VARIANTS.map(variant => [variant, child(variant)])) as Record<
    Variant,
    ChildProcess
  >
  const table = []
  for (const { name, rows, body } of WORKLOADS) {
    const samples: Record<Variant, Sample[]> = { 'bare node:http': [], sluice: [] }
    for (const variant of VARIANTS) await measure(servers[variant], generator, body, connections, 700) // warms up
    for (let round = 0; round < rounds; round++) {
      for (const variant of round % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
        samples[variant].push(await measure(servers[variant], generator, body, connections, ms))
      }
    }
    const cpu = (s: Sample) => (s.cpuSeconds / (s.requests * rows)) * 1e6
    const rate = (s: Sample) => s.requests / s.seconds
    for (const variant of VARIANTS) {
      const paired = (of: (s: Sample) => number) =>
        median(samples[variant].map((sample, i) => of(sample) / of(samples['bare node:http'][i]!))).toFixed(2)
      table.push({
        workload: name,
        server: variant,
        'requests/s': Math.round(median(samples[variant].map(rate))),
        'rows/s': Math.round(median(samples[variant].map(rate)) * rows),
        'rate ratio': paired(rate),
        'CPU s/M rows': Number(median(samples[variant].map(cpu)).toFixed(2)),
        'CPU ratio': paired(cpu),
      })
    }
  }
  for (const process of [generator, ...Object.values(servers)]) process.disconnect()
  console.table(table)
}

/** A child answers questions until its parent disconnects. */
async function serve(role: string): Promise<void> {
  process.once('disconnect', () => process.exit(0))
  if (role === 'load') {
    process.on(
      'message',
      async ({ port, body, connections, ms }: { port: number; body: string; connections: number; ms: number }) => {
        process.send!(await load(port, body, connections, ms))
      },
    )
    return
  }
  const port = role === 'sluice' ? serveSluice() : serveBare()
  process.on('message', async ({ kind }: { kind: 'port' | 'usage' }) => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    process.send!(kind === 'port' ? { port: await port } : { cpu: (userCPUTime + systemCPUTime) / 1e6 })
  })
}

const role = process.env['BENCH_ROLE']
await (role === undefined ? main() : serve(role))
