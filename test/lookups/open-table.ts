// A CREATE TABLE and a section in, the lookup table that they define out, open, with what it logs.

import type { SourceProperties, StreamDefinition } from '../../src/catalog/definition.ts'
import { BUILT_IN_SOURCES, type PlainType, readSourceSections } from '../../src/config/source-sections.ts'
import { defineStream } from '../../src/config/stream-definition.ts'
import { type Clock, SystemClock } from '../../src/core/clock.ts'
import { UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import type { Value, Values } from '../../src/core/value.ts'
import type { LookupTable } from '../../src/lookups/lookup.ts'
import { lookupKind } from '../../src/lookups/registry.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'
import type { CreateStatement } from '../../src/sql/ast.ts'
import { parseStatements } from '../../src/sql/parser.ts'

export interface TableParts {
  readonly type: Extract<PlainType, 'redis' | 'sql'>
  /** section default of its file */
  readonly properties?: SourceProperties
  /** columns as CREATE TABLE writes them */
  readonly columns?: string
  /** further WITH options: `KEY="id"` */
  readonly options?: string
  readonly rootDir?: string
  readonly zone?: string
  readonly clock?: Clock
}

export function defineTable({ type, properties = {}, columns = '', options }: TableParts): StreamDefinition {
  const more = options === undefined ? '' : `, ${options}`
  const sql = `CREATE TABLE devices (${columns}) WITH (TYPE="${type}", KIND="lookup"${more})`
  const source = new FileText('streams/devices.sql', sql)
  const { statements, errors: faults } = parseStatements(source)
  const section = new FileText(`etc/sources/${type}.yaml`, JSON.stringify({ default: properties }))
  const sources = { ...BUILT_IN_SOURCES, [type]: readSourceSections(type, section).config }
  if (faults[0]) throw faults[0]
  const { definition, errors } = defineStream(statements[0] as CreateStatement, source, sources)
  if (!definition) throw UserError.together([...errors])
  return definition
}

export interface OpenedTable {
  readonly table: LookupTable
  /** `level message` of every line */
  readonly lines: string[]
  find(where: Readonly<Record<string, Exclude<Value, null>>>): Promise<readonly Values[]>
}

export function openTable(parts: TableParts): OpenedTable {
  const lines: string[] = []
  const note = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`)
  const log: Log = { ...silentLog, debug: () => {}, info: note('info'), warn: note('warn'), error: note('error') }
  const { rootDir = '', zone = 'UTC', clock = new SystemClock() } = parts
  const context = { log, clock, topics: new TopicHub(), zone, rootDir }
  const table = lookupKind(parts.type)!.open(defineTable(parts), context)
  return {
    table,
    lines,
    find: async where => table.find({ columns: Object.keys(where), values: Object.values(where) }),
  }
}

/** Keys that are SQL, or no text at all, to whoever pastes them. */
export const HOSTILE_KEYS = [
  "' OR '1'='1",
  '" OR ""="',
  "\\' OR 1=1 -- ",
  '`; DROP TABLE devices; --',
  'a\0b',
  '%',
  '$1',
  '{{.id}}',
  '漢字 🌡️ é',
  '\ud800',
]
