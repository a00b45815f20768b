// Devices that do not exist push readings to a running Sluice, so that there is something to watch. Stops by itself.

import { parseArgs } from 'node:util'

const DEFAULT_URL = `http://localhost:${process.env['SLUICE__SOURCE__HTTPSERVERPORT'] || 10081}/api/data`

const USAGE = `Usage: npm run demo:devices -- [--url URL] [--devices N] [--seconds N] [--rate N]

Pushes readings {deviceId, temperature, humidity} of simulated devices; one in ten runs hot from time to time.

  --url URL      where to push to   (default ${DEFAULT_URL})
  --devices N    how many devices   (default 20, at most 10000)
  --seconds N    stop after         (default 60, at most 86400)
  --rate N       readings a device sends each second (default 1, at most 100)`

interface Options {
  readonly url: string
  readonly devices: number
  readonly seconds: number
  readonly rate: number
}

/** A mistake on the command line: printed with the usage, exit 2. */
class UsageError extends Error {}

interface Counts {
  accepted: number
  /** 429 or 503: said to come back later */
  heldBack: number
  failed: number
  lastFailure: string
}

interface Reading {
  readonly deviceId: string
  readonly temperature: number
  readonly humidity: number
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', default: DEFAULT_URL },
      devices: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '60' },
      rate: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  if (!/^https?:\/\//.test(values.url) || !URL.canParse(values.url)) {
    throw new UsageError(`--url takes an http or https address, not "${values.url}"`)
  }
  return {
    url: values.url,
    devices: wholeNumber('--devices', values.devices, 10_000),
    seconds: wholeNumber('--seconds', values.seconds, 86_400),
    rate: wholeNumber('--rate', values.rate, 100),
  }
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new UsageError(`${option} takes a whole number from 1 to ${most}, not "${text}"`)
  }
  return value
}

/**
 * What a device measures at an instant: a slow wave with some noise. Every tenth device (the first among them) climbs
 * above 80 degrees for half of every 40 s, which is long enough to fill a 10 s window.
 */
function reading(device: number, elapsedMs: number): Reading {
  const phase = (elapsedMs / 40_000 + device * 0.37) % 1
  const runsHot = device % 10 === 0 && (elapsedMs / 40_000) % 1 < 0.5
  const temperature = (runsHot ? 88 : 45) + 8 * Math.sin(2 * Math.PI * phase) * (runsHot ? 0.5 : 1) + Math.random()
  return {
    deviceId: `device-${String(device + 1).padStart(2, '0')}`,
    temperature: Math.round(temperature * 10) / 10,
    humidity: Math.round(40 + 15 * Math.cos(2 * Math.PI * phase)),
  }
}

/** Sends one reading; resolves with the ms that the device has been asked to wait, 0 for none. */
async function push(url: string, body: Reading, counts: Counts): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (answer.ok) {
    counts.accepted++
    return 0
  }
  if (answer.status === 429 || answer.status === 503) {
    counts.heldBack++
    return retryAfterMs(answer.headers.get('retry-after'))
  }
  throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 300)}`)
}

/** Retry-After in whole seconds or as an HTTP date; without one, a second. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 1000
  const seconds = Number(header)
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000
  return Number.isFinite(waitMs) ? Math.max(1000, waitMs) : 1000
}

/** True when nothing listens at the address: the one failure that trying on does not mend by itself at the start. */
function nothingListens(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined
  return cause?.code === 'ECONNREFUSED'
}

function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause as { code?: string; message?: string } | undefined
  return cause ? (cause.code ?? cause.message ?? error.message) : error.message
}

/** One device's life: a reading every 1/rate s until the time is over, silent for as long as it was asked to be. */
async function runDevice(device: number, options: Options, counts: Counts, stop: AbortSignal, startedAt: number) {
  const intervalMs = 1000 / options.rate
  // Spread over the interval, so that not all devices push in the same millisecond.
  let due = startedAt + (device / options.devices) * intervalMs
  while (!stop.aborted) {
    await pause(due - performance.now(), stop)
    if (stop.aborted) return
    try {
      const waitMs = await push(options.url, reading(device, performance.now() - startedAt), counts)
      due = Math.max(due + intervalMs, performance.now() + waitMs)
    } catch (error) {
      if (stop.aborted) return
      if (counts.accepted + counts.heldBack === 0) throw error
      counts.failed++
      counts.lastFailure = why(error)
      due = performance.now() + Math.max(1000, intervalMs)
    }
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (ms <= 0 || stop.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    stop.addEventListener('abort', done)
  })
}

function report(startedAt: number, counts: Counts): void {
  const seconds = String(Math.round((performance.now() - startedAt) / 1000)).padStart(4)
  const trouble = counts.failed === 0 ? '' : `, ${counts.failed} failed (${counts.lastFailure})`
  console.log(`${seconds} s  ${counts.accepted} accepted, ${counts.heldBack} asked to wait${trouble}`)
}

async function run(options: Options): Promise<number> {
  const { url, devices, seconds, rate } = options
  console.log(`${devices} devices, ${rate} reading${rate === 1 ? '' : 's'} a second each, for ${seconds} s, to ${url}`)
  console.log(`For example ${JSON.stringify(reading(0, 0))}`)
  const counts: Counts = { accepted: 0, heldBack: 0, failed: 0, lastFailure: '' }
  const stop = new AbortController()
  const startedAt = performance.now()
  const end = setTimeout(() => stop.abort(), seconds * 1000)
  const every = setInterval(() => report(startedAt, counts), 5000)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
  try {
    const lives = Array.from({ length: devices }, (_, i) => runDevice(i, options, counts, stop.signal, startedAt))
    await Promise.all(lives)
  } catch (error) {
    stop.abort()
    console.error(
      nothingListens(error)
        ? `Nothing listens at ${url}. Start Sluice first (npm start); it listens once a rule reads a push stream.`
        : `The first reading was not taken: ${why(error)}`,
    )
    return 1
  } finally {
    clearTimeout(end)
    clearInterval(every)
  }
  report(startedAt, counts)
  return counts.accepted > 0 ? 0 : 1
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') console.log(USAGE)
  else process.exitCode = await run(options)
} catch (error) {
  const code = (error as { code?: string }).code ?? ''
  if (!(error instanceof UsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`demo-devices: ${(error as Error).message}\n\n${USAGE}`)
  process.exitCode = 2
}
