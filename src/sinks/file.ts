// Sink `file`: every message becomes a line at the end of a file.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type DynamicText, dynamicText } from './delivery.ts'
import { LineFile } from './line-file.ts'
import { type OptionSchema, optionError } from './options.ts'
import { type Outgoing, type Sink, type SinkContext, SinkError, type SinkKind } from './sink.ts'

export interface FileOptions {
  readonly path?: string
  readonly fileType?: string
}

const schema: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    path: {
      type: 'string',
      minLength: 1,
      default: 'cache',
      description: 'file to append to, relative to the data folder',
    },
    fileType: {
      type: 'string',
      enum: ['lines', 'json', 'csv'],
      default: 'lines',
      description: 'with lines one message a line; json and csv are not built yet',
    },
  },
  'x-notBuilt': {
    rollingInterval: 0,
    rollingCount: 1000000,
    rollingSize: 0,
    rollingNamePattern: 'none',
    rollingHook: '',
    rollingHookProps: undefined,
    checkInterval: '5m',
    compression: '',
    encryption: '',
    hasHeader: false,
    delimiter: ',',
  },
}

export const fileSink: SinkKind = {
  name: 'file',
  summary: 'Appends every message as a line to a file.',
  takes: 'bytes',
  schema,
  dynamic: ['path'],
  create(options: FileOptions, context: SinkContext): Sink {
    const fileType = options.fileType ?? 'lines'
    if (fileType !== 'lines') {
      throw optionError(undefined, ['fileType'], `Sink "file": fileType "${fileType}" is not built yet.`, 'Use lines.')
    }
    return new FileSink(new FilePath(options.path ?? 'cache', context))
  },
}

/** Files open at one time; a path per device must not use up the process's file descriptors. */
const MOST_OPEN = 64

class FileSink implements Sink {
  readonly #path: FilePath
  /** in order of use, the longest unused first */
  readonly #files = new Map<string, LineFile>()

  constructor(path: FilePath) {
    this.#path = path
  }

  async open(): Promise<void> {
    if (!this.#path.isDynamic) await this.#file(this.#path.of(NO_DATA))
  }

  async write(message: Outgoing): Promise<void> {
    const file = await this.#file(this.#path.of(message.data))
    try {
      await file.append(message.payload ?? '')
    } catch (error) {
      throw failure(error, file.path)
    }
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()]
    this.#files.clear()
    await Promise.all(files.map(file => file.close()))
  }

  async #file(name: string): Promise<LineFile> {
    const known = this.#files.get(name)
    this.#files.delete(name)
    if (known && !(await known.isGone())) {
      this.#files.set(name, known)
      return known
    }
    await known?.close()
    try {
      await mkdir(path.dirname(name), { recursive: true })
      const file = await LineFile.open(name)
      this.#files.set(name, file)
      const [oldest] = this.#files.values()
      if (this.#files.size > MOST_OPEN && oldest) {
        this.#files.delete(oldest.path)
        await oldest.close()
      }
      return file
    } catch (error) {
      throw failure(error, name)
    }
  }
}
const NO_DATA = {}

/** Errors of a path or its rights stay until somebody acts; a full disk may have room in a moment. */
const LASTING = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP', 'EEXIST']

function failure(cause: unknown, name: string): SinkError {
  if (cause instanceof SinkError) return cause
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new SinkError(`cannot write to ${name}: ${code}`, !LASTING.includes(code), { cause })
}

/** The path option. One that data takes part in never leads out of the folder that its fixed beginning names. */
class FilePath {
  readonly #text: DynamicText
  readonly #dataDir: string
  /** up to the last slash before the first `{{`: written by the file's author */
  readonly #fixed: string

  constructor(option: string, context: SinkContext) {
    this.#text = dynamicText(option, ['path'], { property: name => context.property(name) })
    this.#dataDir = context.dataDir
    const literal = option.slice(0, Math.max(0, option.indexOf('{{')))
    this.#fixed = literal.slice(0, literal.lastIndexOf('/') + 1)
  }

  get isDynamic(): boolean {
    return this.#text.isDynamic
  }

  of(data: Outgoing['data']): string {
    const text = this.#text.of(data)
    if (text.includes('\0')) throw new SinkError('a path cannot hold a NUL character', false)
    const full = path.resolve(this.#dataDir, text)
    if (!this.isDynamic) return full
    const folder = path.resolve(this.#dataDir, this.#fixed)
    const isBelow = full.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep)
    if (!isBelow || !text.startsWith(this.#fixed) || text.slice(this.#fixed.length).split(/[\\/]/).includes('..')) {
      throw new SinkError(`the path ${JSON.stringify(text.slice(0, 100))} leads out of its folder`, false)
    }
    return full
  }
}
