// A real PostgreSQL for tests: a cluster in a temporary folder, on a free port of the loopback. User and password: sluice
// and `PASSWORD`; database: postgres.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Daemon, findProgram, freePort, temporaryFolder } from './daemon.ts'

const DEBIAN = '/usr/lib/postgresql'
const FOLDERS = existsSync(DEBIAN)
  ? readdirSync(DEBIAN)
      .sort((a, b) => Number(b) - Number(a))
      .map(version => path.join(DEBIAN, version, 'bin'))
  : []
// A folder of one version has all its programs; the PATH may have some of another.
const PROGRAM = findProgram('postgres', FOLDERS)
const INITDB = findProgram('initdb', FOLDERS)
const ISREADY = findProgram('pg_isready', FOLDERS)

/** For node:test's `skip`: false, or how to get the program. */
export const postgresMissing: string | false =
  PROGRAM && INITDB && ISREADY ? false : 'install postgresql (Debian: apt-get install postgresql)'

export const PASSWORD = 'sécret/%'

export async function startPostgres(): Promise<Daemon> {
  const [folder, port] = [await temporaryFolder('postgres'), await freePort()]
  // It will not run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  const passwords = path.join(folder, 'password')
  await writeFile(passwords, PASSWORD)
  if (user.uid !== undefined) {
    await chown(folder, user.uid, user.gid)
    await chown(passwords, user.uid, user.gid)
  }
  const data = path.join(folder, 'data')
  const options = ['-D', data, '-U', 'sluice', '--auth=scram-sha-256', `--pwfile=${passwords}`, '-E', 'UTF8']
  execFileSync(INITDB!, [...options, '--locale=C', '--no-sync', '--no-instructions'], {
    ...{ cwd: folder, stdio: 'ignore' as const },
    ...user,
  })
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1']
  const daemon = new Daemon({
    program: PROGRAM!,
    args: ['-D', data, '-p', String(port), '-k', folder, ...settings.flatMap(setting => ['-c', setting])],
    ...{ port, folder },
    // Without waiting for those who are connected.
    signal: 'SIGINT',
    // It takes connections before it answers.
    isReady: async () => spawnSync(ISREADY!, ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0,
    ...user,
  })
  await daemon.start()
  return daemon
}

function idOf(which: '-u' | '-g'): number {
  try {
    return Number(execFileSync('id', [which, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return 65534
  }
}
