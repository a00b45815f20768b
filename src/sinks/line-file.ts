// A file that only grows, line by line: texts or bytes in, whole lines out, also after a crash or a full disk.

import { type FileHandle, open, stat } from 'node:fs/promises'

const NEWLINE = 0x0a
/** How often to look whether the file was moved or deleted under us (log rotation by rename). */
const LOOK_MS = 1000

export class LineFile {
  readonly path: string
  readonly #handle: FileHandle
  /** true: what stands at the end is a broken line of a crash or a failed write */
  #isTorn: boolean
  #lookedMs = performance.now()

  private constructor(path: string, handle: FileHandle, isTorn: boolean) {
    this.path = path
    this.#handle = handle
    this.#isTorn = isTorn
  }

  /** Opens for appending; makes the file when there is none. */
  static async open(path: string): Promise<LineFile> {
    const handle = await open(path, 'a+')
    try {
      return new LineFile(path, handle, await endsInLine(handle))
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Resolves when the operating system has the whole line. */
  async append(payload: string | Uint8Array): Promise<void> {
    if (this.#isTorn) this.#isTorn = await endsInLine(this.#handle)
    const text = typeof payload === 'string' ? Buffer.from(payload) : payload
    const line = Buffer.allocUnsafe(text.length + (this.#isTorn ? 2 : 1))
    if (this.#isTorn) line[0] = NEWLINE
    line.set(text, line.length - text.length - 1)
    line[line.length - 1] = NEWLINE
    this.#isTorn = true
    await this.#handle.appendFile(line)
    this.#isTorn = false
  }

  /** True when the path no longer names this file: it must be opened again. */
  async isGone(lookEveryMs = LOOK_MS): Promise<boolean> {
    const nowMs = performance.now()
    if (nowMs - this.#lookedMs < lookEveryMs) return false
    this.#lookedMs = nowMs
    const [mine, there] = await Promise.all([this.#handle.stat(), stat(this.path).catch(() => undefined)])
    return there === undefined || there.ino !== mine.ino || there.dev !== mine.dev
  }

  /** What was appended is on the disk afterwards, as far as the disk is honest. */
  async close(): Promise<void> {
    try {
      await this.#handle.datasync()
    } catch (error) {
      // Pipes and terminals (/dev/stdout) have nothing to sync.
      if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    } finally {
      await this.#handle.close()
    }
  }
}

async function endsInLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return false
  const last = Buffer.alloc(1)
  const { bytesRead } = await handle.read(last, 0, 1, size - 1)
  return bytesRead === 1 && last[0] !== NEWLINE
}
