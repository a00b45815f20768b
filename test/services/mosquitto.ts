// A real MQTT broker for tests: starts `mosquitto` on a free port of the loopback, with a temporary configuration.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

const PROGRAM = [
  '/usr/sbin/mosquitto',
  '/usr/local/sbin/mosquitto',
  '/usr/bin/mosquitto',
  '/opt/homebrew/sbin/mosquitto',
]
  .concat((process.env['PATH'] ?? '').split(path.delimiter).map(folder => path.join(folder, 'mosquitto')))
  .find(existsSync)

/** For node:test's `skip`: false, or how to get the program. */
export const mosquittoMissing: string | false = PROGRAM
  ? false
  : 'install mosquitto (Debian: apt-get install mosquitto)'

export interface MosquittoSettings {
  /** name and password that clients must give; default: anyone may connect */
  readonly user?: { readonly name: string; readonly password: string }
  /** further lines of the configuration */
  readonly config?: readonly string[]
}

export interface Mosquitto {
  readonly port: number
  readonly url: string
  /** what the broker has said so far */
  log(): string
  /** ends the process; `start` brings it back on the same port */
  stop(): Promise<void>
  start(): Promise<void>
  /** stops it for good */
  remove(): Promise<void>
}

export async function startMosquitto(settings: MosquittoSettings = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mosquitto-'))
  const port = await freePort()
  const config = path.join(folder, 'mosquitto.conf')
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', `allow_anonymous ${settings.user === undefined}`]
  if (settings.user) {
    const passwords = path.join(folder, 'passwords')
    await writeFile(passwords, `${settings.user.name}:${settings.user.password}\n`, { mode: 0o600 })
    execFileSync('mosquitto_passwd', ['-U', passwords], { stdio: 'ignore' })
    lines.push(`password_file ${passwords}`)
  }
  // Started by root it would become another user, who may not read the temporary folder.
  if (process.getuid?.() === 0) lines.push('user root')
  await writeFile(config, [...lines, ...(settings.config ?? [])].join('\n') + '\n')
  let broker: ChildProcess | undefined
  let log = ''
  const stop = async () => {
    const running = broker
    broker = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    running.kill('SIGTERM')
    await once(running, 'exit')
  }
  const start = async () => {
    broker = spawn(PROGRAM!, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
    broker.stderr?.on('data', chunk => {
      log += chunk
    })
    await listening(port, broker, () => log)
  }
  await start()
  return {
    port,
    url: `tcp://127.0.0.1:${port}`,
    log: () => log,
    stop,
    start,
    remove: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves when the port takes connections. */
async function listening(port: number, broker: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (broker.exitCode !== null) throw new Error(`mosquitto ended: ${log()}`)
    if (await takes(port)) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error(`mosquitto does not listen on port ${port}: ${log()}`)
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
