// A real MariaDB for tests: a server in a temporary folder, on a free port of the loopback. User and password: sluice and
// `PASSWORD`; database: test.

import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Daemon, findProgram, freePort, temporaryFolder } from './daemon.ts'

const PROGRAM = findProgram('mariadbd')
const INSTALL = findProgram('mariadb-install-db')

/** For node:test's `skip`: false, or how to get the program. */
export const mariadbMissing: string | false =
  PROGRAM && INSTALL ? false : 'install mariadb-server (Debian: apt-get install mariadb-server)'

export const PASSWORD = 'sécret/%'

export async function startMariadb(): Promise<Daemon> {
  const [folder, port] = [await temporaryFolder('mariadb'), await freePort()]
  const data = path.join(folder, 'data')
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  execFileSync(
    INSTALL!,
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user],
    { stdio: 'ignore' },
  )
  const init = path.join(folder, 'init.sql')
  await writeFile(
    init,
    'CREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n' +
      `CREATE USER IF NOT EXISTS sluice@'%' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO sluice@'%';\n`,
  )
  const daemon = new Daemon({
    program: PROGRAM!,
    args: [
      ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', `--init-file=${init}`],
      ...[`--socket=${path.join(folder, 'socket')}`, `--pid-file=${path.join(folder, 'pid')}`, '--skip-name-resolve'],
      ...['--innodb-flush-log-at-trx-commit=0', '--innodb-flush-method=nosync', '--innodb-buffer-pool-size=16M'],
      ...['--performance-schema=OFF', '--character-set-server=utf8mb4', ...user],
    ],
    ...{ port, folder },
    signal: 'SIGKILL',
  })
  await daemon.start()
  return daemon
}
