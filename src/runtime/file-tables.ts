// Scan tables of TYPE="file": their definitions in, the rows of their files out, shared by all rules that read them.
// A new content takes the place of the old in one turn, and no rule is restarted for it.

import { isAbsolute, relative, resolve } from 'node:path'
import type { StreamDefinition } from '../catalog/definition.ts'
import { type Clock, doneWithin } from '../core/clock.ts'
import { errorLine, UserError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { makeRow, type Row } from '../core/row.ts'
import type { Values } from '../core/value.ts'
import type { TableRows } from '../operators/join.ts'
import { type Decompression, type FileFault, FileSource } from '../sources/file.ts'
import type { ContentOptions } from '../sources/file-content.ts'

export interface FileTablesOptions {
  readonly clock: Clock
  readonly log: Log
  /** the repository's folder: relative paths start from it */
  readonly rootDir: string
  /** IANA zone of dates without one */
  readonly zone: string
}

/** What is the matter with a table although its definition is sound. */
export interface TableFault extends FileFault {
  /** ms since 1970 UTC */
  readonly since: number
  /** how many rows the table has all the same: those of the last good content */
  readonly rows: number
}

/** A scan table of TYPE="file". */
function isFileTable({ kind, options }: StreamDefinition): boolean {
  return kind === 'table' && options.kind === 'scan' && options.type === 'file'
}

const LONGEST_OPEN_MS = 10_000

export class FileTables {
  readonly #options: FileTablesOptions
  /** by definition: while a table is being replaced there are two of one name */
  readonly #tables = new Map<string, FileTable>()

  constructor(options: FileTablesOptions) {
    this.#options = options
  }

  /**
   * The rows that the table holds now, and will hold: the object stays the same.
   * @returns undefined when it is no table of TYPE="file"
   */
  rowsOf(definition: StreamDefinition): TableRows | undefined {
    return isFileTable(definition) ? this.#table(definition) : undefined
  }

  /** Resolves when every file of these tables has been read, or cannot be; a disk that hangs holds nothing up for long. */
  async open(definitions: Iterable<StreamDefinition>): Promise<void> {
    const { clock, log } = this.#options
    const tables = [...definitions].filter(isFileTable).map(definition => this.#table(definition))
    const opened = Promise.all(tables.map(table => table.open()))
    if (await doneWithin(clock, LONGEST_OPEN_MS, opened)) return
    log.warn({}, 'the files of tables are slow to read: rules start without waiting for them')
  }

  /** Opens those that are not open yet, and closes those that are not among them. */
  retain(definitions: Iterable<StreamDefinition>): void {
    const kept = new Set<string>()
    for (const definition of definitions) {
      if (!isFileTable(definition)) continue
      kept.add(identityOf(definition))
      void this.#table(definition).open()
    }
    for (const [identity, table] of this.#tables) {
      if (kept.has(identity)) continue
      table.close()
      this.#tables.delete(identity)
    }
  }

  faultOf(definition: StreamDefinition): TableFault | undefined {
    return this.#tables.get(identityOf(definition))?.fault
  }

  close(): void {
    this.retain([])
  }

  #table(definition: StreamDefinition): FileTable {
    const identity = identityOf(definition)
    let table = this.#tables.get(identity)
    if (!table) this.#tables.set(identity, (table = new FileTable(definition, this.#options)))
    return table
  }
}

/** What was read of a file, once. */
export interface ReadTable extends TableRows {
  readonly fault: TableFault | undefined
}

/** For those who do not run: reads the files of these tables, by name. Definitions of other kinds are passed over. */
export async function readFileTables(
  definitions: Iterable<StreamDefinition>,
  options: FileTablesOptions,
): Promise<ReadonlyMap<string, ReadTable>> {
  const tables = new Map<string, FileTable>()
  for (const definition of definitions) {
    if (isFileTable(definition)) tables.set(definition.name, new FileTable(definition, options))
  }
  await Promise.all([...tables.values()].map(table => table.open()))
  for (const table of tables.values()) table.close()
  return tables
}

/** Everything that makes a difference to the rows. */
function identityOf({ name, text, properties }: StreamDefinition): string {
  return JSON.stringify([name, text, properties])
}

class FileTable implements TableRows {
  version = 0
  rows: readonly Row[] = []
  #fault: TableFault | undefined
  #surplus: TableFault | undefined
  readonly #clock: Clock
  readonly #log: Log
  readonly #retain: number
  readonly #source: FileSource
  readonly #shownPath: string
  #opened: Promise<void> | undefined

  constructor(definition: StreamDefinition, { clock, log, rootDir, zone }: FileTablesOptions) {
    this.#clock = clock
    this.#log = log.child({ table: definition.name })
    this.#retain = definition.options.retainSize ?? Number.POSITIVE_INFINITY
    const { path, shownPath } = pathOf(definition, rootDir)
    this.#shownPath = shownPath
    this.#source = new FileSource({
      path,
      shownPath,
      content: contentOptions(definition, zone),
      decompression: (definition.properties['decompression'] ?? '') as Decompression,
      intervalMs: Number(definition.properties['interval'] ?? 0),
      clock,
      log: this.#log,
      onFault: fault => this.#report(fault),
    })
  }

  get fault(): TableFault | undefined {
    return this.#fault ?? this.#surplus
  }

  open(): Promise<void> {
    this.#opened ??= this.#source.start(rows => this.#replace(rows))
    return this.#opened
  }

  close(): void {
    this.#source.stop()
  }

  #replace(content: readonly Values[]): void {
    const kept = content.length > this.#retain ? content.slice(-this.#retain) : content
    const now = this.#clock.now()
    // A table's rows are reached by their place in a joined row, so that no rule asks which of its sources they are.
    this.rows = kept.map(values => makeRow(values, now, 0))
    this.version++
    this.#log.info({ rows: kept.length, file: this.#shownPath }, 'table read')
    this.#surplus = undefined
    if (kept.length === content.length) return
    const error = new UserError({
      code: 'FILE_CONTENT',
      what: `The file has ${content.length} rows, of which the table keeps the last ${this.#retain}.`,
      fix: 'Raise RETAIN_SIZE, or shorten the file.',
      location: { path: this.#shownPath, line: 1, column: 1 },
    })
    this.#surplus = { severity: 'warning', error, since: now, rows: kept.length }
    this.#log.warn({}, errorLine(error))
  }

  #report(fault: FileFault | undefined): void {
    const before = this.#fault
    this.#fault = fault && { ...fault, since: this.#clock.now(), rows: this.rows.length }
    if (!fault) {
      if (before) this.#log.info({ was: errorLine(before.error) }, 'mended')
      return
    }
    const fields = { rowsKept: this.rows.length }
    for (const error of fault.error.all()) {
      if (fault.severity === 'warning') this.#log.warn(fields, errorLine(error))
      else this.#log.error(fields, errorLine(error))
    }
  }
}

function pathOf({ properties }: StreamDefinition, rootDir: string): { path: string; shownPath: string } {
  const path = resolve(rootDir, String(properties['path'] ?? 'data'), String(properties['datasource'] ?? ''))
  const fromRoot = relative(rootDir, path)
  const isInside = fromRoot !== '' && !fromRoot.startsWith('..') && !isAbsolute(fromRoot)
  return { path, shownPath: isInside ? fromRoot.replaceAll('\\', '/') : path }
}

function contentOptions({ options, properties, fields }: StreamDefinition, zone: string): ContentOptions {
  const columns = (properties['columns'] ?? []) as readonly string[]
  return {
    fileType: (properties['fileType'] ?? 'json') as ContentOptions['fileType'],
    format: options.format === 'delimited' ? 'delimited' : 'json',
    delimiter: options.delimiter ?? String(properties['delimiter'] ?? ','),
    hasHeader: properties['hasHeader'] === true,
    columns: columns.length > 0 ? columns : undefined,
    ignoreStartLines: Number(properties['ignoreStartLines'] ?? 0),
    ignoreEndLines: Number(properties['ignoreEndLines'] ?? 0),
    fields,
    strict: options.strictValidation,
    timestampFormat: options.timestampFormat,
    zone,
  }
}
