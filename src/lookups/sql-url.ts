// `dburl` of an SQL table in, which database it means out; what cannot be is refused without repeating its password.

import { isAbsolute, join } from 'node:path'
import type { StreamDefinition } from '../catalog/definition.ts'
import { didYouMean, UserError } from '../core/errors.ts'

export interface ServerAddress {
  readonly kind: 'postgres' | 'mysql'
  readonly url: URL
  /** what messages must not show */
  readonly secrets: readonly string[]
}

export interface FileAddress {
  readonly kind: 'sqlite'
  /** absolute */
  readonly path: string
}

export type DatabaseAddress = ServerAddress | FileAddress

const SCHEMES: Readonly<Record<string, DatabaseAddress['kind']>> = {
  ...{ postgres: 'postgres', postgresql: 'postgres', pgsql: 'postgres' },
  ...{ mysql: 'mysql', mariadb: 'mysql' },
  ...{ sqlite: 'sqlite', sqlite3: 'sqlite', file: 'sqlite' },
}
const OTHERS = ['sqlserver', 'mssql', 'oracle', 'clickhouse', 'snowflake', 'duckdb', 'db2', 'hive', 'trino', 'presto']
const EXAMPLES = 'Write postgres://user:password@host/name, mysql://user:password@host/name or sqlite:///data/file.db.'

/**
 * @param rootDir relative paths of files start there
 * @throws {UserError} DDL_OPTION
 */
export function databaseAddress(definition: StreamDefinition, rootDir: string): DatabaseAddress {
  const refuse = (what: string, fix: string) =>
    new UserError({ code: 'DDL_OPTION', what, fix, location: definition.location })
  const text = definition.properties['dburl']
  if (typeof text !== 'string' || text === '') {
    throw refuse(`The table "${definition.name}" has no dburl.`, 'Set dburl in its section of etc/sources/sql.yaml.')
  }
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? []
  const name = scheme.toLowerCase()
  const kind = Object.hasOwn(SCHEMES, name) ? SCHEMES[name]! : undefined
  if (kind === undefined) {
    if (OTHERS.includes(name)) {
      const what = `Databases of the kind "${name}" are not built yet.`
      throw new UserError({ code: 'SQL_NOT_BUILT', what, fix: EXAMPLES, location: definition.location })
    }
    const hint = didYouMean(name, Object.keys(SCHEMES))
    throw refuse('dburl does not begin with the kind of a database.', hint ?? EXAMPLES)
  }
  if (kind === 'sqlite') return { kind, path: filePath(rest, rootDir, refuse) }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.hostname === '' || url.pathname.length < 2) {
    throw refuse(`dburl of the kind ${name} needs a host and the name of a database.`, EXAMPLES)
  }
  try {
    for (const part of [url.username, url.pathname]) decodeURIComponent(part)
    return { kind, url, secrets: [text, url.password, decodeURIComponent(url.password)] }
  } catch {
    throw refuse('The user, password or database in dburl is not percent-encoded.', 'Write %25 for a % in it.')
  }
}

/** `///data/a.db` and `data/a.db` are relative, `////var/a.db` and `/var/a.db` absolute. */
function filePath(rest: string, rootDir: string, refuse: (what: string, fix: string) => UserError): string {
  const [path = '', query] = rest.split('?', 2)
  if (query !== undefined) throw refuse('dburl of the kind sqlite has no parameters.', 'Leave out what follows the ?.')
  const name = path.startsWith('///') ? path.slice(3) : path.startsWith('//') ? path.slice(2) : path
  if (name === '' || name.includes('\0')) throw refuse('dburl of the kind sqlite names no file.', EXAMPLES)
  return isAbsolute(name) ? name : join(rootDir, name)
}
