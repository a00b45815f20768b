// A real Redis for tests: starts `redis-server` on a free port of the loopback, without a file of its own.

import { Daemon, findProgram, freePort, temporaryFolder } from './daemon.ts'

const PROGRAM = findProgram('redis-server')

/** For node:test's `skip`: false, or how to get the program. */
export const redisMissing: string | false = PROGRAM
  ? false
  : 'install redis-server (Debian: apt-get install redis-server)'

/** @param password that clients must give; default: anyone may connect */
export async function startRedis(password?: string): Promise<Daemon> {
  const [folder, port] = [await temporaryFolder('redis'), await freePort()]
  const daemon = new Daemon({
    program: PROGRAM!,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
      ...(password === undefined ? [] : ['--requirepass', password]),
    ],
    ...{ port, folder },
  })
  await daemon.start()
  return daemon
}
