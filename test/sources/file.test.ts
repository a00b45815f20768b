// The file source on real files: what it delivers as they change, and what it says when they cannot be read.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { ManualClock } from '../../src/core/clock.ts'
import { errorLine } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Values } from '../../src/core/value.ts'
import { type FileFault, FileSource, type FileSourceOptions, LARGEST_FILE_BYTES } from '../../src/sources/file.ts'
import type { ContentOptions } from '../../src/sources/file-content.ts'

const CONTENT: ContentOptions = {
  fileType: 'json',
  format: 'json',
  delimiter: ',',
  hasHeader: true,
  columns: undefined,
  ignoreStartLines: 0,
  ignoreEndLines: 0,
  fields: [],
  strict: false,
  timestampFormat: undefined,
  zone: 'UTC',
}

/** Tells when somebody waits for it: then a look is over. */
class WatchedClock extends ManualClock {
  #armed: () => void = () => {}

  override at(at: number, fire: () => void): () => void {
    const cancel = super.at(at, fire)
    this.#armed()
    return cancel
  }

  /** Moves, and resolves when the look that this caused is over. */
  async look(ms: number): Promise<void> {
    const over = new Promise<void>(resolve => {
      this.#armed = resolve
    })
    this.advanceTo(this.now() + ms)
    await over
  }
}

class Bench {
  readonly path: string
  readonly clock: WatchedClock
  readonly delivered: (readonly Values[])[] = []
  readonly told: (string | undefined)[] = []
  readonly source: FileSource

  constructor(path: string, options: Partial<FileSourceOptions> = {}, now = 0) {
    this.path = path
    this.clock = new WatchedClock(now)
    this.source = new FileSource({
      path,
      shownPath: 'data/t.json',
      content: CONTENT,
      decompression: '',
      intervalMs: 0,
      clock: this.clock,
      log: silentLog,
      onFault: fault => this.told.push(fault && textOf(fault)),
      ...options,
    })
  }

  start(): Promise<void> {
    return this.source.start(rows => void this.delivered.push(rows))
  }

  look(): Promise<void> {
    return this.clock.look(1000)
  }
}

function textOf({ severity, error }: FileFault): string {
  return `${severity} ${errorLine(error)}`
}

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-file-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function bench(t: TestContext, content?: string | Buffer, options: Partial<FileSourceOptions> = {}) {
  const path = join(await folder(t), 't.json')
  if (content !== undefined) await writeFile(path, content)
  const made = new Bench(path, options)
  t.after(() => made.source.stop())
  return made
}

test('a change is delivered whole, at the next look', async t => {
  const b = await bench(t, '[{"a":1},{"a":2}]')
  await b.start()
  assert.deepEqual(b.delivered, [[{ a: 1 }, { a: 2 }]])
  await writeFile(b.path, '[{"a":3}]')
  await b.look()
  assert.deepEqual(b.delivered.slice(1), [[{ a: 3 }]])
  assert.deepEqual(b.told, [])
})

test('what is equal in content is no change', async t => {
  const b = await bench(t, '[{"a":1}]')
  await b.start()
  await utimes(b.path, 1, 1)
  await b.look()
  await writeFile(`${b.path}.new`, '[{"a":1}]')
  await rename(`${b.path}.new`, b.path)
  await b.look()
  assert.equal(b.delivered.length, 1)
})

test('a rename over the file, older than what it replaces, is noticed', async t => {
  const b = await bench(t, '[{"a":1}]')
  await b.start()
  await writeFile(`${b.path}.new`, '[{"a":2}]')
  await utimes(`${b.path}.new`, 0, 0)
  await rename(`${b.path}.new`, b.path)
  await b.look()
  assert.deepEqual(b.delivered[1], [{ a: 2 }])
})

test('a swap of the link to its folder is noticed', async t => {
  const dir = await folder(t)
  for (const [name, a] of [
    ['..1', 1],
    ['..2', 2],
  ] as const) {
    await mkdir(join(dir, name))
    await writeFile(join(dir, name, 't.json'), JSON.stringify({ a }))
  }
  await symlink('..1', join(dir, '..data'))
  await symlink(join('..data', 't.json'), join(dir, 't.json'))
  const b = new Bench(join(dir, 't.json'))
  t.after(() => b.source.stop())
  await b.start()
  await symlink('..2', join(dir, '..data_tmp'))
  await rename(join(dir, '..data_tmp'), join(dir, '..data'))
  await b.look()
  assert.deepEqual(b.delivered, [[{ a: 1 }], [{ a: 2 }]])
})

test('a file that is missing is waited for, and one that goes leaves its rows', async t => {
  const b = await bench(t)
  await b.start()
  const missing =
    'warning data/t.json:1:1 FILE_READ The file does not exist. The table keeps the rows that it has, and takes those of the file as soon as it is there.'
  assert.deepEqual([b.delivered, b.told], [[], [missing]])
  await b.look()
  assert.equal(b.told.length, 1, 'it is told once')
  await writeFile(b.path, '{"a":1}')
  await b.look()
  assert.deepEqual([b.delivered, b.told], [[[{ a: 1 }]], [missing, undefined]])
  await unlink(b.path)
  await b.look()
  assert.deepEqual([b.delivered.length, b.told.slice(2)], [1, [missing]])
  await writeFile(b.path, '{"a":1}')
  await b.look()
  assert.deepEqual([b.delivered.length, b.told.slice(3)], [1, [undefined]])
})

test('content that cannot be read is told with its place until it is mended, and nothing is delivered', async t => {
  const b = await bench(t, '[{"a":1}]')
  await b.start()
  await writeFile(b.path, '[{"a":1},\n{"a":]')
  await b.look()
  assert.equal(b.delivered.length, 1)
  assert.match(b.told[0]!, /^error data\/t\.json:2:6 FILE_CONTENT Unexpected "]"/)
  await writeFile(b.path, '[{"a":1},\n\n{"a":]')
  await b.look()
  assert.match(b.told[1]!, /^error data\/t\.json:3:6 /, 'the same fault elsewhere')
  await unlink(b.path)
  await b.look()
  assert.match(b.told[2]!, /^warning .* does not exist/)
  await writeFile(b.path, '[{"a":1}]')
  await b.look()
  assert.deepEqual([b.told[3], b.told.length], [undefined, 4])
  assert.deepEqual(b.delivered.at(-1), [{ a: 1 }])
})

test('a file in motion is read when it rests, within bounds', async t => {
  const path = join(await folder(t), 't.json')
  await writeFile(path, '[{"a":1}]')
  const b = new Bench(path, {}, 1_000_000)
  t.after(() => b.source.stop())
  await b.start()
  const write = async (text: string) => {
    await writeFile(path, text)
    await utimes(path, b.clock.now() / 1000 + 0.9, b.clock.now() / 1000 + 0.9)
  }
  await write('[{"a":')
  await b.clock.look(1000)
  assert.deepEqual([b.delivered.length, b.told], [1, []], 'half of it is not looked at')
  await write('[{"a":2}]')
  await b.clock.look(1300)
  assert.deepEqual(b.delivered[1], [{ a: 2 }])
  for (let i = 0; i < 8; i++) {
    await write(`[{"a":${i}}]${' '.repeat(i)}`)
    await b.clock.look(1000)
  }
  assert.ok(b.delivered.length > 2, 'a writer that never rests keeps its file out for a while only')
})

test('what is no file, or too large, is refused', async t => {
  const b = await bench(t)
  await mkdir(b.path)
  await b.start()
  assert.match(b.told[0]!, /^error data\/t\.json:1:1 FILE_READ It is a folder\./)
  await rm(b.path, { recursive: true })
  await writeFile(b.path, Buffer.alloc(LARGEST_FILE_BYTES + 1, 0x20))
  await b.look()
  assert.match(b.told[1]!, /larger than 16 MiB/)
  await writeFile(b.path, Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]))
  await b.look()
  assert.match(b.told[2]!, /^error data\/t\.json:1:3 FILE_CONTENT The file is not UTF-8/)
  assert.deepEqual(b.delivered, [])
})

test('gzip and zstd are decompressed, and bombs are not', async t => {
  const json = Buffer.from('[{"a":1}]')
  const zipped = await bench(t, gzipSync(json), { decompression: 'gzip' })
  await zipped.start()
  assert.deepEqual(zipped.delivered, [[{ a: 1 }]])
  await writeFile(zipped.path, gzipSync(Buffer.alloc(LARGEST_FILE_BYTES + 1, 0x20)))
  await zipped.look()
  assert.match(zipped.told[0]!, /FILE_CONTENT Decompressed the file is larger than 16 MiB/)
  await writeFile(zipped.path, json)
  await zipped.look()
  assert.match(zipped.told[1]!, /FILE_CONTENT The file is no gzip file/)
  const packed = await bench(t, zstdCompressSync(json), { decompression: 'zstd' })
  await packed.start()
  assert.deepEqual(packed.delivered, [[{ a: 1 }]])
})

test('a source that was stopped delivers nothing more, and can be started again', async t => {
  const b = await bench(t, '[{"a":1}]', { intervalMs: 10_000 })
  await b.start()
  b.source.stop()
  b.clock.advanceTo(60_000)
  assert.equal(b.delivered.length, 1)
  await b.start()
  assert.deepEqual(b.delivered[1], [{ a: 1 }])
  await writeFile(b.path, '[{"a":2}]')
  b.clock.advanceTo(b.clock.now() + 9_999)
  await b.clock.look(1)
  assert.deepEqual(b.delivered[2], [{ a: 2 }])
})
