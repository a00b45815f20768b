// A real MQTT broker for tests: starts `mosquitto` on a free port of the loopback, with a temporary configuration.

import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Daemon, findProgram, freePort, temporaryFolder } from './daemon.ts'

const PROGRAM = findProgram('mosquitto', ['/opt/homebrew/sbin'])

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

export class Mosquitto extends Daemon {
  get url(): string {
    return `tcp://127.0.0.1:${this.port}`
  }
}

export async function startMosquitto({ user, config = [] }: MosquittoSettings = {}): Promise<Mosquitto> {
  const [folder, port] = [await temporaryFolder('mosquitto'), await freePort()]
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', `allow_anonymous ${user === undefined}`]
  if (user) {
    const passwords = path.join(folder, 'passwords')
    await writeFile(passwords, `${user.name}:${user.password}\n`, { mode: 0o600 })
    execFileSync('mosquitto_passwd', ['-U', passwords], { stdio: 'ignore' })
    lines.push(`password_file ${passwords}`)
  }
  // Started by root it would become another user, who may not read the temporary folder.
  if (process.getuid?.() === 0) lines.push('user root')
  const file = path.join(folder, 'mosquitto.conf')
  await writeFile(file, [...lines, ...config].join('\n') + '\n')
  const broker = new Mosquitto({ program: PROGRAM!, args: ['-c', file], port, folder })
  await broker.start()
  return broker
}
