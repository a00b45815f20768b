// A real `sluice run` on free ports over a temporary folder: its addresses, its log as it is written, its end.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const LONGEST_WAIT_MS = 15_000

/** Ports that nobody has to agree on. */
export const FREE_PORTS = {
  'etc/sources/httppush.yaml': 'source: {httpServerIp: 127.0.0.1, httpServerPort: 0}\n',
  'etc/sluice.yaml': 'status: {ip: 127.0.0.1, port: 0}\n',
}

export type LogLine = Readonly<Record<string, any>>

/** Writes files below a folder; a value of null is a folder. */
export function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const full = join(dir, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, text)
  }
}

/** A temporary folder with these files, gone when the test ends. */
export function temporaryFolder(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  writeFiles(dir, files)
  return dir
}

export class ApplianceProcess {
  readonly child: ChildProcess
  readonly lines: LogLine[] = []
  stderr = ''
  readonly #waiting = new Set<() => void>()
  readonly ended: Promise<number | null>
  push = ''
  status = ''

  constructor(dir: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [MAIN, 'run', '--dir', dir], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let rest = ''
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop()!
      for (const line of parts) this.lines.push(JSON.parse(line))
      for (const look of this.#waiting) look()
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = once(this.child, 'close').then(([code]) => {
      for (const look of this.#waiting) look()
      return code as number | null
    })
  }

  /** Resolves with the first line, from number `from` on, for which the test holds. */
  line(test: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const end = (done: () => void) => {
        clearTimeout(late)
        this.#waiting.delete(look)
        done()
      }
      const look = () => {
        const found = this.lines.slice(from).find(test)
        if (found) end(() => resolve(found))
        else if (this.child.exitCode !== null) end(() => reject(new Error(this.#story('it ended'))))
      }
      const late = setTimeout(() => end(() => reject(new Error(this.#story('the line did not come')))), LONGEST_WAIT_MS)
      this.#waiting.add(look)
      look()
    })
  }

  /** The messages of a log sink with this text in them. */
  result(text: string, from = 0): Promise<LogLine> {
    return this.line(line => String(line['msg']).startsWith('sink result') && line['msg'].includes(text), from)
  }

  #story(what: string): string {
    return `${what}; log:\n${this.lines.map(line => JSON.stringify(line)).join('\n')}\n${this.stderr}`
  }

  async ready(): Promise<this> {
    const ready = await this.line(line => line['msg'] === 'ready')
    this.push = ready['push']
    this.status = ready['status']
    return this
  }

  /** Where it listens after the push listener was opened again. */
  async reopened(from: number): Promise<string> {
    const line = await this.line(l => l['msg'] === 'push listener open', from)
    this.push = line['address']
    return this.push
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM')
    return this.ended
  }
}

/** Starts one and waits until it is ready; it is stopped when the test ends. */
export async function startAppliance(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
): Promise<ApplianceProcess & { dir: string }> {
  const dir = temporaryFolder(t, { ...FREE_PORTS, ...files })
  const appliance = new ApplianceProcess(dir, env)
  t.after(() => {
    appliance.child.kill('SIGKILL')
    return appliance.ended
  })
  await appliance.ready()
  return Object.assign(appliance, { dir })
}

export async function post(
  url: string,
  body: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' }, ...init })
  return { status: response.status, text: await response.text(), headers: response.headers }
}
