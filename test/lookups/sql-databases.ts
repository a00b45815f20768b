// The databases that lookup tables know, each with real tables of its own: what a test loops over.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { Daemon } from '../services/daemon.ts'
import * as mariadb from '../services/mariadb.ts'
import * as postgres from '../services/postgres.ts'

export interface TestDatabase {
  readonly dburl: string
  /** a program of its own, that can be stopped; absent: it is a file */
  readonly daemon?: Daemon
  run(...statements: readonly string[]): Promise<void>
  remove(): Promise<void>
}

export interface DatabaseKind {
  readonly name: string
  readonly skip: string | false
  readonly quote: '"' | '`'
  start(): Promise<TestDatabase>
}

export const POSTGRES: DatabaseKind = {
  name: 'PostgreSQL',
  skip: postgres.postgresMissing,
  quote: '"',
  start: async () => {
    const daemon = await postgres.startPostgres()
    const dburl = `postgres://sluice:${encodeURIComponent(postgres.PASSWORD)}@127.0.0.1:${daemon.port}/postgres`
    const run = async (...statements: readonly string[]) => {
      const client = new pg.Client(dburl)
      await client.connect()
      for (const statement of statements) await client.query(statement)
      await client.end()
    }
    return { dburl, daemon, run, remove: () => daemon.remove() }
  },
}

export const MARIADB: DatabaseKind = {
  name: 'MariaDB',
  skip: mariadb.mariadbMissing,
  quote: '`',
  start: async () => {
    const daemon = await mariadb.startMariadb()
    const dburl = `mysql://sluice:${encodeURIComponent(mariadb.PASSWORD)}@127.0.0.1:${daemon.port}/test`
    const run = async (...statements: readonly string[]) => {
      const client = await mysql.createConnection({ uri: dburl, charset: 'utf8mb4' })
      for (const statement of statements) await client.query(statement)
      await client.end()
    }
    return { dburl, daemon, run, remove: () => daemon.remove() }
  },
}

export const SQLITE: DatabaseKind = {
  name: 'SQLite',
  skip: false,
  quote: '`',
  start: async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sqlite-'))
    const file = path.join(folder, 'a.db')
    const run = async (...statements: readonly string[]) => {
      const database = new DatabaseSync(file)
      for (const statement of statements) database.exec(statement)
      database.close()
    }
    return { dburl: `sqlite:///${file}`, run, remove: () => rm(folder, { recursive: true, force: true }) }
  },
}
