// Runs the demo once and stops it, for the Dockerfile: takes the folder of the demo, leaves compiled code in
// NODE_COMPILE_CACHE (Node writes it at a clean exit). Fails when Sluice does not start, take a reading, or stop.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const LONGEST_START_MS = 60_000
const LONGEST_STOP_MS = 15_000

const main = join(import.meta.dirname, '..', 'src', 'main.ts')
const dir = process.argv[2] ?? '.'
const data = mkdtempSync(join(tmpdir(), 'sluice-prime-'))

/** Starts Sluice with a command; its messages go through to the build's output. */
function sluice(...args: string[]) {
  return spawn(process.execPath, [main, ...args, '--dir', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function exitsCleanly(child: ReturnType<typeof sluice>, what: string, withinMs: number): Promise<void> {
  child.stdout.resume()
  const late = setTimeout(() => child.kill('SIGKILL'), withinMs)
  const [code, signal] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode, null]
  clearTimeout(late)
  if (code !== 0) throw new Error(`${what} ended with ${signal ?? `code ${code}`}`)
}

async function ready(child: ReturnType<typeof sluice>): Promise<void> {
  const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_START_MS)
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line)
    if (line.includes('"msg":"ready"')) {
      clearTimeout(late)
      return
    }
  }
  throw new Error('Sluice ended before it was ready')
}

async function answers(url: string, init?: RequestInit): Promise<void> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`)
}

try {
  const running = sluice('run', '--data', data)
  await ready(running)
  const reading = JSON.stringify({ deviceId: 'press-7', temperature: 91.5, humidity: 40 })
  for (let i = 0; i < 50; i++) {
    await answers('http://127.0.0.1:10081/api/data', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: reading,
    })
  }
  for (const path of ['/readyz', '/status', '/metrics']) await answers(`http://127.0.0.1:9081${path}`)
  running.kill('SIGTERM')
  await exitsCleanly(running, 'sluice run', LONGEST_STOP_MS)
  for (const command of ['validate', 'test']) await exitsCleanly(sluice(command), `sluice ${command}`, LONGEST_START_MS)
} finally {
  rmSync(data, { recursive: true, force: true })
}
