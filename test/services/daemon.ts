// What the real servers of tests share: a free port of the loopback, a temporary folder, a process that comes and goes.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

const LONGEST_START_MS = 20_000

/** A program in one of these folders, or on the PATH. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  return [...folders, ...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin']
    .map(folder => path.join(folder, name))
    .find(existsSync)
}

export async function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(path.join(tmpdir(), `${name}-`))
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface DaemonParts {
  readonly program: string
  readonly args: readonly string[]
  readonly port: number
  /** removed with the daemon */
  readonly folder: string
  readonly uid?: number
  readonly gid?: number
  /** what ends it at once; default SIGTERM */
  readonly signal?: NodeJS.Signals
  /** whether it answers; default: its port takes connections */
  readonly isReady?: () => Promise<boolean>
}

export class Daemon {
  readonly port: number
  readonly #parts: DaemonParts
  #process: ChildProcess | undefined
  #log = ''

  constructor(parts: DaemonParts) {
    this.#parts = parts
    this.port = parts.port
  }

  /** What it has said so far. */
  log(): string {
    return this.#log
  }

  async start(): Promise<void> {
    const { program, args, folder, uid, gid } = this.#parts
    const user = uid === undefined ? {} : { uid, gid: gid ?? uid }
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, ...user })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (this.#log += chunk))
    this.#process = child
    const isReady = this.#parts.isReady ?? (() => takes(this.port))
    for (const end = Date.now() + LONGEST_START_MS; Date.now() < end; ) {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${this.#log}`)
      if (await isReady()) return
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    await this.stop()
    throw new Error(`${program} does not listen on port ${this.port}: ${this.#log}`)
  }

  async stop(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill(this.#parts.signal ?? 'SIGTERM')
    await ended
  }

  /** Stops it for good. */
  async remove(): Promise<void> {
    await this.stop()
    await rm(this.#parts.folder, { recursive: true, force: true })
  }
}

async function takes(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
