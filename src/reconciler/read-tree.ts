// A folder in, the text of every file that may define something out: one consistent look, nothing parsed yet.

import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { SLUICE_PATH } from '../config/sluice.ts'
import { SOURCE_PATHS } from '../config/source-sections.ts'
import { UserError } from '../core/errors.ts'
import { FileText, normalised } from '../core/location.ts'
import { unreadSettings } from './unread-settings.ts'

export interface TreeFile {
  /** relative to the root, with `/` */
  readonly path: string
  readonly text: FileText
  readonly sizeBytes: number
  readonly hash: string
}

/** A file or a whole folder that could not be read. */
export interface TreeFault {
  readonly path: string
  readonly error: UserError
}

export interface Tree {
  /** hash of all paths, normalised contents and faults */
  readonly revision: string
  readonly files: readonly TreeFile[]
  readonly faults: readonly TreeFault[]
  readonly warnings: readonly UserError[]
  /** files that somebody is writing at this moment */
  readonly unsettled: readonly string[]
}

export interface ReadTreeOptions {
  /** ms since 1970 UTC; a file changed less than settleMs before it is unsettled */
  readonly now?: number
  readonly settleMs?: number
}

const LARGEST_FILE_BYTES = 1024 * 1024
const MOST_FILES = 10_000
const READERS = 16
const CASE_FIX = 'Rename one of them: where disks do not tell case apart, one hides the other.'
const RIGHTS_FIX = 'It must be there, and readable for the user that Sluice runs as.'
const FOLDER_FIX = 'Mounting a file that the host does not have makes such a folder.'

/**
 * Positive patterns, so that swap files, backups and whatever editors invent next are not configuration. Names that
 * begin with `..` are the insides of a ConfigMap mount: the same files again.
 */
const FOLDERS = [
  { folder: 'streams', pattern: /^[^.#].*\.sql$/i, except: undefined },
  { folder: 'rules', pattern: /^[^.#].*\.(?:ya?ml|json)$/i, except: /\.test\.[^.]+$/i },
] as const

/** Never throws for what is in the folder: faults are part of the answer. */
export async function readTree(dir: string, options: ReadTreeOptions = {}): Promise<Tree> {
  const reader = new TreeReader(dir, options)
  await reader.read()
  return reader.tree()
}

class TreeReader {
  readonly #dir: string
  readonly #options: ReadTreeOptions
  readonly #files: TreeFile[] = []
  readonly #faults: TreeFault[] = []
  readonly #warnings: UserError[] = []
  readonly #unsettled: string[] = []
  #root = ''

  constructor(dir: string, options: ReadTreeOptions) {
    this.#dir = dir
    this.#options = options
  }

  async read(): Promise<void> {
    try {
      this.#root = await realpath(this.#dir)
    } catch (error) {
      for (const path of ['streams', 'rules', 'etc'])
        this.#fault(path, unreadable(error, `The folder "${this.#dir}"`), RIGHTS_FIX)
      return
    }
    const paths: string[] = [SLUICE_PATH, ...SOURCE_PATHS]
    for (const rooms of FOLDERS) paths.push(...(await this.#list(rooms)))
    this.#warnings.push(...(await unreadSettings(this.#root)))
    if (paths.length > MOST_FILES) {
      for (const { folder } of FOLDERS)
        this.#fault(folder, `There are more than ${MOST_FILES} files.`, 'Put several CREATE statements into one file.')
      return
    }
    const queue = paths.values()
    await Promise.all(
      Array.from({ length: READERS }, async () => {
        for (const path of queue) await this.#readFile(path)
      }),
    )
  }

  tree(): Tree {
    const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1)
    this.#files.sort(byPath)
    this.#faults.sort(byPath)
    const hash = createHash('sha256')
    for (const file of this.#files) hash.update(`${file.path}\0${file.hash}\0`)
    for (const fault of this.#faults) hash.update(`${fault.path}\0${fault.error.what}\0`)
    for (const { location, what } of this.#warnings) hash.update(`${location?.path}\0${what}\0`)
    return {
      revision: hash.digest('hex').slice(0, 40),
      files: this.#files,
      faults: this.#faults,
      warnings: this.#warnings,
      unsettled: this.#unsettled,
    }
  }

  async #list({ folder, pattern, except }: (typeof FOLDERS)[number]): Promise<string[]> {
    let entries: { name: string; isDirectory(): boolean }[]
    try {
      if (!(await this.#isInside(folder))) return []
      entries = await readdir(join(this.#root, folder), { withFileTypes: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#fault(folder, unreadable(error, 'The folder'), RIGHTS_FIX)
      return []
    }
    const names = entries.filter(e => pattern.test(e.name) && !except?.test(e.name)).map(e => e.name)
    for (const entry of entries) {
      if (entry.isDirectory() && !/^[.#]/.test(entry.name) && !pattern.test(entry.name))
        await this.#warnOfSubfolder(folder, entry.name, pattern)
    }
    return this.#withoutClashes(folder, names)
  }

  /** A rule in a sub-folder is not read; its author should not have to guess why. */
  async #warnOfSubfolder(folder: string, name: string, pattern: RegExp): Promise<void> {
    const inside = await readdir(join(this.#root, folder, name)).catch(() => [])
    const missed = inside.filter(file => pattern.test(file)).length
    if (missed === 0) return
    this.#warnings.push(
      new UserError({
        code: 'FILE_READ',
        what: `${missed} file${missed === 1 ? ' is' : 's are'} not read: only files that stand in ${folder}/ itself are.`,
        fix: `Move ${missed === 1 ? 'it' : 'them'} there.`,
        location: { path: `${folder}/${name}`, line: 1, column: 1 },
      }),
    )
  }

  /** Two names that a case-insensitive disk takes for one would be one file there and two here. */
  #withoutClashes(folder: string, names: readonly string[]): string[] {
    const groups = Object.groupBy(names, name => name.normalize('NFC').toLowerCase())
    const alone: string[] = []
    for (const group of Object.values(groups)) {
      if (group!.length === 1) alone.push(`${folder}/${group![0]}`)
      else {
        for (const name of group!) {
          const others = group!.filter(other => other !== name).join(', ')
          this.#fault(`${folder}/${name}`, `The name differs from ${others} only in case.`, CASE_FIX)
        }
      }
    }
    return alone
  }

  async #readFile(path: string): Promise<void> {
    try {
      if (!(await this.#isInside(path))) return
      const bytes = await this.#readSettled(path)
      if (bytes === undefined) return
      const text = textOf(bytes)
      if (text === undefined) return this.#fault(path, 'The file is not UTF-8 text.', 'Save it as UTF-8.')
      const hash = createHash('sha256').update(text).digest('hex')
      this.#files.push({ path, text: new FileText(path, text), sizeBytes: bytes.length, hash })
    } catch (error) {
      // Gone between listing and reading: as if it had never been listed.
      if (isMissing(error)) return this.#checkDangling(path)
      this.#fault(path, unreadable(error, 'The file'), RIGHTS_FIX)
    }
  }

  /** Links may lead anywhere below the root (a ConfigMap's do), but not out of it. */
  async #isInside(path: string): Promise<boolean> {
    const target = await realpath(join(this.#root, path))
    if (target === this.#root || target.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep))
      return true
    const to = relative(this.#root, target)
    this.#fault(path, `It is a link that leads out of the folder, to ${to}.`, 'Put the file itself here.')
    return false
  }

  /** A link to nowhere is no deletion: whoever made it meant something. */
  async #checkDangling(path: string): Promise<void> {
    const target = await readlink(join(this.#root, path)).catch(() => undefined)
    if (target !== undefined)
      this.#fault(path, `It is a link to ${target}, which does not exist.`, 'Mend or remove it.')
  }

  /** Reads until the file stayed the same meanwhile; a file in motion is read again by the next pass. */
  async #readSettled(path: string): Promise<Buffer | undefined> {
    const full = join(this.#root, path)
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = await stat(full, { bigint: true })
      if (before.isDirectory()) return this.#fault(path, 'It is a folder, not a file.', FOLDER_FIX)
      if (!before.isFile()) return this.#fault(path, 'It is not a regular file.', 'Put a file here, or remove it.')
      if (before.size > LARGEST_FILE_BYTES) return this.#fault(path, 'The file is larger than 1 MiB.', 'Split it.')
      const bytes = await readFile(full)
      const after = await stat(full, { bigint: true })
      if (!same(before, after)) continue
      const ageMs = (this.#options.now ?? 0) - Number(after.mtimeMs)
      if (this.#options.settleMs && ageMs >= 0 && ageMs < this.#options.settleMs) this.#unsettled.push(path)
      return bytes
    }
    this.#unsettled.push(path)
    return this.#fault(path, 'The file changes while it is read.', 'It is read again as soon as it rests.')
  }

  #fault(path: string, what: string, fix: string): undefined {
    const location = { path, line: 1, column: 1 }
    this.#faults.push({ path, error: new UserError({ code: 'FILE_READ', what, fix, location }) })
  }
}

function same(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino && a.dev === b.dev
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function unreadable(error: unknown, subject: string): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  if (code === 'EACCES' || code === 'EPERM')
    return `${subject} cannot be read by uid ${process.getuid?.() ?? '?'} (${code}).`
  if (code === 'ENOENT') return `${subject} does not exist.`
  return `${subject} cannot be read (${code}).`
}

/** @returns undefined when it is not UTF-8 */
function textOf(bytes: Buffer): string | undefined {
  try {
    return normalised(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}
