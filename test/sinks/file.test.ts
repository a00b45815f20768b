import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileSink } from '../../src/sinks/file.ts'
import { LineFile } from '../../src/sinks/line-file.ts'
import { SinkError } from '../../src/sinks/sink.ts'
import { message, NEVER, testContext } from './support.ts'

describe('sink file', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sink-file-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const sinkOf = (options: object) => fileSink.create(options, testContext({ dataDir: folder }))
  const text = (name: string) => readFile(path.join(folder, name), 'utf8')

  it('appends a line a message, relative to the data folder, and goes on after a restart', async () => {
    for (const payload of ['first', 'second']) {
      const sink = sinkOf({ path: 'a/b/out.txt' })
      await sink.open(NEVER)
      await sink.write(message(payload), NEVER)
      assert.equal((await text('a/b/out.txt')).endsWith(`${payload}\n`), true, 'written before close')
      await sink.close()
    }
    assert.equal(await text('a/b/out.txt'), 'first\nsecond\n')
  })

  it('writes to absolute paths and uses "cache" without one', async () => {
    const absolute = sinkOf({ path: path.join(folder, 'abs.txt') })
    await absolute.open(NEVER)
    await absolute.write(message('x'), NEVER)
    await absolute.close()
    const plain = sinkOf({})
    await plain.open(NEVER)
    await plain.close()
    assert.equal(await text('abs.txt'), 'x\n')
    assert.equal(await text('cache'), '')
  })

  it('ends a line that a crash left broken before the next one', async () => {
    await writeFile(path.join(folder, 'torn.txt'), 'whole\nbro')
    const sink = sinkOf({ path: 'torn.txt' })
    await sink.open(NEVER)
    await sink.write(message('next'), NEVER)
    await sink.close()
    assert.equal(await text('torn.txt'), 'whole\nbro\nnext\n')
  })

  it('tells that a file was moved away, as log rotation does', async () => {
    const name = path.join(folder, 'rotated.txt')
    const file = await LineFile.open(name)
    await file.append('before')
    assert.equal(await file.isGone(0), false)
    await rename(name, `${name}.1`)
    assert.equal(await file.isGone(0), true)
    await file.close()
  })

  it('opens one file a path and no more than it may', async () => {
    const sink = sinkOf({ path: 'many/{{.id}}.txt' })
    await sink.open(NEVER)
    for (const round of ['a', 'b']) {
      for (let id = 0; id < 100; id++) await sink.write(message(round, { id: BigInt(id) }), NEVER)
    }
    const open = (await readdir('/proc/self/fd').catch(() => [])).length
    await sink.close()
    assert.equal((await readdir(path.join(folder, 'many'))).length, 100)
    assert.equal(await text('many/99.txt'), 'a\nb\n')
    assert.ok(open < 120, `${open} files are open`)
  })

  it('keeps a path made from data inside its folder', async () => {
    const out = await mkdtemp(path.join(tmpdir(), 'outside-'))
    const cases: readonly (readonly [option: string, id: string])[] = [
      ['d/{{.id}}', '../x'],
      ['d/{{.id}}', 'a/../../x'],
      ['d/{{.id}}', 'a/../b'],
      ['d/{{.id}}', ''],
      ['d/{{.id}}', 'a\0b'],
      ['{{.id}}', path.join(out, 'x')],
      ['{{.id}}', '..'],
      ['../{{.id}}', '../x'],
    ]
    for (const [option, id] of cases) {
      const sink = sinkOf({ path: option })
      await sink.open(NEVER)
      await assert.rejects(
        async () => sink.write(message('x', { id }), NEVER),
        (error: unknown) => error instanceof SinkError && !error.retryable && /folder|NUL/.test(error.message),
        `${option} ${id}`,
      )
      await sink.close()
    }
    assert.deepEqual(await readdir(out), [])
    await rm(out, { recursive: true })
    const sink = sinkOf({ path: 'd/{{.id}}.txt' })
    await sink.open(NEVER)
    await sink.write(message('x', { id: '...hidden/a..b' }), NEVER)
    await sink.close()
    assert.equal(await text('d/...hidden/a..b.txt'), 'x\n', 'dots that lead nowhere are only dots')
  })

  it('says why a file cannot be written, and works when the reason is gone', async () => {
    await writeFile(path.join(folder, 'blocked'), 'a file where a folder should be')
    const sink = sinkOf({ path: 'blocked/out.txt' })
    await assert.rejects(sink.open(NEVER), (error: unknown) => {
      assert.ok(error instanceof SinkError)
      assert.match(error.message, /^cannot write to .*blocked\/out\.txt: (ENOTDIR|EEXIST)$/)
      return true
    })
    await rm(path.join(folder, 'blocked'))
    await sink.open(NEVER)
    await sink.write(message('x'), NEVER)
    await sink.close()
    assert.equal(await text('blocked/out.txt'), 'x\n')
  })

  it('a full disk may have room later: the failure is retryable', { skip: process.platform !== 'linux' }, async () => {
    const sink = sinkOf({ path: '/dev/full' })
    await sink.open(NEVER)
    await assert.rejects(
      async () => sink.write(message('x'), NEVER),
      (error: unknown) => error instanceof SinkError && error.retryable && /ENOSPC/.test(error.message),
    )
    await sink.close()
  })
})
