// Lookup table `sql`: a table of PostgreSQL, MySQL, MariaDB or SQLite, asked row by row (spec/windows-and-time.md 12).

import type { StreamDefinition } from '../catalog/definition.ts'
import type { LookupContext, LookupKind, LookupTable } from './lookup.ts'
import { openMysql } from './mysql.ts'
import { openPostgres } from './postgres.ts'
import { ServerTable } from './server-table.ts'
import { checkStatement } from './sql-statement.ts'
import { databaseAddress } from './sql-url.ts'
import { SqliteTable } from './sqlite.ts'

export const sqlLookup: LookupKind = {
  type: 'sql',
  check: definition => {
    databaseAddress(definition, '')
    checkStatement(definition)
  },
  open: openSql,
}

interface SqlProperties {
  readonly maxConnections: number
  readonly connectTimeout: number
  readonly queryTimeout: number
}

function openSql(definition: StreamDefinition, context: LookupContext): LookupTable {
  checkStatement(definition)
  const address = databaseAddress(definition, context.rootDir)
  if (address.kind === 'sqlite') return new SqliteTable(definition, context, address.path)
  const { maxConnections, connectTimeout, queryTimeout } = definition.properties as unknown as SqlProperties
  const settings = {
    ...{ address, zone: context.zone, maxConnections },
    ...{ connectTimeoutMs: connectTimeout, queryTimeoutMs: queryTimeout },
  }
  return new ServerTable(definition, context, settings, address.kind === 'postgres' ? openPostgres : openMysql)
}
