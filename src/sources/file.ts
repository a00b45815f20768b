// Source `file`: the rows of one file, whole, each time that its content has changed. It looks by the clock, because
// events do not come from every mount, and a file may be replaced by a rename, a link or a checkout.

import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import type { Clock } from '../core/clock.ts'
import { errorLine, UserError } from '../core/errors.ts'
import { FileText, normalised } from '../core/location.ts'
import type { Log } from '../core/log.ts'
import { type ContentOptions, decodeContent } from './file-content.ts'
import type { Deliver, Source } from './source.ts'

export const DECOMPRESSIONS = ['', 'gzip', 'zstd'] as const
export type Decompression = (typeof DECOMPRESSIONS)[number]

/** Why the file's rows are not those that were delivered last. */
export interface FileFault {
  /** a file that is not there may come yet */
  readonly severity: 'error' | 'warning'
  /** with a place in the file, and further faults beside it */
  readonly error: UserError
}

export interface FileSourceOptions {
  /** absolute */
  readonly path: string
  /** how messages call it: relative to the repository's folder */
  readonly shownPath: string
  readonly content: ContentOptions
  readonly decompression: Decompression
  /** how often it looks; 0: every second */
  readonly intervalMs: number
  readonly clock: Clock
  readonly log: Log
  /** called when a fault comes, changes or goes; what was delivered before stays good meanwhile */
  readonly onFault: (fault: FileFault | undefined) => void
}

export const LARGEST_FILE_BYTES = 16 * 1024 * 1024
const LOOK_MS = 1000
/** Changed less than this ago, somebody may still be writing: half of a CSV file is a valid one. */
const SETTLE_MS = 300
/** A writer that never rests must not keep its file out for ever. */
const LONGEST_SETTLING_MS = 5000

const decompress: Readonly<Record<Exclude<Decompression, ''>, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: bytes => promisify<Buffer, object, Buffer>(gunzip)(bytes, { maxOutputLength: LARGEST_FILE_BYTES }),
  zstd: bytes => promisify<Buffer, object, Buffer>(zstdDecompress)(bytes, { maxOutputLength: LARGEST_FILE_BYTES }),
}

export class FileSource implements Source {
  readonly #options: FileSourceOptions
  #deliver: Deliver | undefined
  #cancelTimer: () => void = () => {}
  /** of the file that was read last: when it is equal, so is the content */
  #taken = ''
  /** of the bytes that were read last: a touch, or a checkout of the same, is no change */
  #digest = ''
  /** what is wrong with the content that was read last */
  #contentFault: FileFault | undefined
  #fault: FileFault | undefined
  #changedAt: number | undefined

  constructor(options: FileSourceOptions) {
    this.#options = options
  }

  /** Each delivery is the whole content and takes the place of the one before. Resolves when the file has been read. */
  async start(deliver: Deliver): Promise<void> {
    this.stop()
    this.#deliver = deliver
    this.#taken = ''
    this.#digest = ''
    const soon = await this.#look()
    // Before rows are joined with it, the table should be whole.
    if (soon) await this.#settle()
    this.#arm(false)
  }

  /** What was delivered stays good. */
  stop(): void {
    this.#deliver = undefined
    this.#cancelTimer()
  }

  async #settle(): Promise<void> {
    const { clock } = this.#options
    do await new Promise<void>(resolve => clock.at(clock.now() + SETTLE_MS, resolve))
    while (await this.#look())
  }

  #arm(soon: boolean): void {
    if (!this.#deliver) return
    const { clock, intervalMs } = this.#options
    this.#cancelTimer = clock.at(clock.now() + (soon ? SETTLE_MS : intervalMs || LOOK_MS), () => {
      void this.#look().then(next => this.#arm(next))
    })
  }

  /** @returns whether to look again soon: the file is in motion */
  async #look(): Promise<boolean> {
    try {
      return await this.#lookUp()
    } catch (error) {
      this.#options.log.error({ stack: (error as Error).stack }, 'a fault of the program kept a file from being read')
      return false
    }
  }

  async #lookUp(): Promise<boolean> {
    const { path, clock } = this.#options
    let before: BigIntStats
    let bytes: Buffer
    try {
      before = await stat(path, { bigint: true })
      const fault = this.#faultOf(before)
      if (fault) return this.#refuse(fault)
      const identity = identityOf(before)
      if (identity === this.#taken) {
        this.#changedAt = undefined
        this.#tell(this.#contentFault)
        return false
      }
      this.#changedAt ??= clock.now()
      const isPatient = clock.now() - this.#changedAt < LONGEST_SETTLING_MS
      const ageMs = clock.now() - Number(before.mtimeMs)
      if (isPatient && ageMs >= 0 && ageMs < SETTLE_MS) return true
      bytes = await readFile(path)
      if (identityOf(await stat(path, { bigint: true })) !== identity) return isPatient
      this.#changedAt = undefined
      this.#taken = identity
    } catch (error) {
      return this.#refuse(this.#unreadable(error as NodeJS.ErrnoException))
    }
    await this.#take(bytes)
    return false
  }

  async #take(bytes: Buffer): Promise<void> {
    const digest = hash('sha256', bytes)
    if (digest !== this.#digest) {
      this.#digest = digest
      this.#contentFault = undefined
      try {
        const rows = decodeContent(await this.#text(bytes), this.#options.content, this.#options.clock.now())
        await this.#deliver?.(rows, undefined)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        this.#contentFault = { severity: 'error', error }
      }
    }
    this.#tell(this.#contentFault)
  }

  async #text(bytes: Buffer): Promise<FileText> {
    const { shownPath, decompression } = this.#options
    const plain = decompression === '' ? bytes : await this.#decompressed(bytes, decompression)
    const file = new FileText(shownPath, normalised(plain.toString('utf8')))
    if (isUtf8(plain)) return file
    const at = Math.max(0, file.text.indexOf('\ufffd'))
    const location = file.locate({ start: at, end: at + 1 })
    throw new UserError({
      code: 'FILE_CONTENT',
      what: 'The file is not UTF-8 text.',
      fix: 'Save it as UTF-8.',
      location,
    })
  }

  async #decompressed(bytes: Buffer, kind: Exclude<Decompression, ''>): Promise<Buffer> {
    try {
      return await decompress[kind](bytes)
    } catch (cause) {
      const isLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      const what = isLarge ? `Decompressed the file is larger than ${MIB} MiB.` : `The file is no ${kind} file.`
      throw new UserError({ code: 'FILE_CONTENT', what, location: this.#location(), cause })
    }
  }

  #faultOf(at: BigIntStats): UserError | undefined {
    const fail = (what: string, fix: string) =>
      new UserError({ code: 'FILE_READ', what, fix, location: this.#location() })
    if (at.isDirectory()) return fail('It is a folder.', 'DATASOURCE names one file; write the rows into one.')
    if (!at.isFile()) return fail('It is not a regular file.', 'Put a file here.')
    if (at.size <= LARGEST_FILE_BYTES) return undefined
    return fail(`The file is larger than ${MIB} MiB.`, 'So large a table belongs in a lookup table (KIND="lookup").')
  }

  #unreadable(cause: NodeJS.ErrnoException): FileFault | UserError {
    const { code = String(cause) } = cause
    const location = this.#location()
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const what = 'The file does not exist.'
      const fix = 'The table keeps the rows that it has, and takes those of the file as soon as it is there.'
      return { severity: 'warning', error: new UserError({ code: 'FILE_READ', what, fix, location, cause }) }
    }
    const who = code === 'EACCES' || code === 'EPERM' ? ` by uid ${process.getuid?.() ?? '?'}` : ''
    return new UserError({ code: 'FILE_READ', what: `The file cannot be read${who} (${code}).`, location, cause })
  }

  /** @returns that there is nothing to look at again soon */
  #refuse(fault: FileFault | UserError): false {
    this.#changedAt = undefined
    this.#tell(fault instanceof UserError ? { severity: 'error', error: fault } : fault)
    return false
  }

  /** Once for each fault, however often it is met. */
  #tell(fault: FileFault | undefined): void {
    if (!this.#deliver || linesOf(fault) === linesOf(this.#fault)) return
    this.#fault = fault
    this.#options.onFault(fault)
  }

  #location() {
    return { path: this.#options.shownPath, line: 1, column: 1 }
  }
}
const MIB = LARGEST_FILE_BYTES / 1024 / 1024

function linesOf(fault: FileFault | undefined): string {
  return fault ? fault.error.all().map(errorLine).join('\n') : ''
}

function identityOf(at: BigIntStats): string {
  return [at.dev, at.ino, at.size, at.mtimeNs, at.ctimeNs].join(':')
}
