import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SystemClock } from '../../src/core/clock.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import { type DirtyReason, type TreeWatch, type WatchOptions, watchTree } from '../../src/reconciler/watch.ts'
import { type Folder, makeFolder } from './folder.ts'

interface Watched {
  readonly watch: TreeWatch
  readonly reasons: DirtyReason[]
  /** resolves at the next call of onDirty */
  dirty(): Promise<DirtyReason>
}

async function watched(t: TestContext, dir: string, options: Partial<WatchOptions> = {}): Promise<Watched> {
  const emitter = new EventEmitter()
  const reasons: DirtyReason[] = []
  const watch = watchTree(dir, {
    mode: 'events',
    log: silentLog,
    clock: new SystemClock(),
    quietMs: 30,
    ...options,
    onDirty: async reason => {
      reasons.push(reason)
      emitter.emit('dirty', reason)
      return (await options.onDirty?.(reason)) ?? { changed: false }
    },
  })
  t.after(() => watch.close())
  await watch.ready
  return { watch, reasons, dirty: async () => (await once(emitter, 'dirty', { signal: AbortSignal.timeout(8000) }))[0] }
}

const FILES = { 'rules/a.yaml': '1', 'streams/a.sql': '1', 'etc/sluice.yaml': '' }

const CHANGES: readonly [name: string, change: (folder: Folder) => void][] = [
  ['an edit in place', f => f.write('rules/a.yaml', '2')],
  ['a rename over the old file', f => f.replace('rules/a.yaml', '2')],
  ['a new file', f => f.write('streams/b.sql', '2')],
  ['a deletion', f => f.remove('streams/a.sql')],
  ['a new folder with a file', f => f.write('etc/sources/httppush.yaml', '2')],
  ['a folder moved away', f => renameSync(join(f.path, 'rules'), join(f.path, 'rulez'))],
]

for (const [name, change] of CHANGES) {
  test(`noticed: ${name}`, async t => {
    const folder = makeFolder(t, FILES)
    const { dirty } = await watched(t, folder.path)
    const seen = dirty()
    change(folder)
    assert.equal(await seen, 'event')
  })
}

test('a second rename over the same file is noticed as well', async t => {
  const folder = makeFolder(t, FILES)
  const { dirty } = await watched(t, folder.path)
  for (const text of ['2', '3', '4']) {
    const seen = dirty()
    folder.replace('rules/a.yaml', text)
    await seen
  }
})

test('what is none of ours makes nothing dirty', async t => {
  const folder = makeFolder(t, { ...FILES, 'data/x': '1', '.git/HEAD': 'x' })
  const { dirty, reasons } = await watched(t, folder.path)
  const seen = dirty()
  folder.write('data/x', '2')
  folder.write('data/y/z', '2')
  folder.write('.git/index', '2')
  folder.write('README.md', '2')
  folder.write('rules/a.yaml', '2')
  await seen
  assert.deepEqual(reasons, ['event'])
})

test('500 files at once are one call, after quiet', async t => {
  const folder = makeFolder(t, FILES)
  const { dirty, reasons } = await watched(t, folder.path, { quietMs: 200 })
  const seen = dirty()
  for (let i = 0; i < 500; i++) folder.write(`rules/r${i}.yaml`, `${i}`)
  await seen
  const again = dirty()
  folder.write('rules/r0.yaml', 'changed')
  await again
  assert.deepEqual(reasons, ['event', 'event'])
})

test('a writer that never rests is looked at all the same', async t => {
  const folder = makeFolder(t, FILES)
  const { dirty } = await watched(t, folder.path, { quietMs: 200, maxWaitMs: 400 })
  const seen = dirty()
  let count = 0
  const writer = setInterval(() => folder.write('rules/a.yaml', `${count++}`), 20)
  t.after(() => clearInterval(writer))
  await seen
  assert.ok(count > 5)
})

test('a ConfigMap swap of ..data is noticed each time', async t => {
  const folder = makeFolder(t, { 'rules/..1/a.yaml': '1', 'rules/..2/a.yaml': '2' })
  const swap = (to: string) => {
    symlinkSync(to, join(folder.path, 'rules/..data_tmp'))
    renameSync(join(folder.path, 'rules/..data_tmp'), join(folder.path, 'rules/..data'))
  }
  swap('..1')
  symlinkSync('..data/a.yaml', join(folder.path, 'rules/a.yaml'))
  const { dirty } = await watched(t, folder.path)
  for (const to of ['..2', '..1', '..2']) {
    const seen = dirty()
    swap(to)
    await seen
  }
})

test('a swap of the link to the root is noticed, and the new folder is watched', async t => {
  const folder = makeFolder(t, { 'one/rules/a.yaml': '1', 'two/rules/a.yaml': '2' })
  const link = join(folder.path, 'current')
  const swap = (to: string) => {
    symlinkSync(to, `${link}.tmp`)
    renameSync(`${link}.tmp`, link)
  }
  swap('one')
  const { dirty } = await watched(t, link)
  const swapped = dirty()
  swap('two')
  assert.equal(await swapped, 'rearmed')
  const edited = dirty()
  folder.write('two/rules/a.yaml', '3')
  assert.equal(await edited, 'event')
  const back = dirty()
  swap('one')
  assert.equal(await back, 'rearmed')
})

test('a folder replaced by another of its name is watched after the next re-scan', async t => {
  const folder = makeFolder(t, { 'config/rules/a.yaml': '1' })
  const dir = join(folder.path, 'config')
  const { dirty } = await watched(t, dir, { rescanMs: 50 })
  renameSync(dir, `${dir}.old`)
  mkdirSync(join(dir, 'rules'), { recursive: true })
  while ((await dirty()) !== 'rearmed');
  writeFileSync(join(dir, 'rules/b.yaml'), '1')
  while ((await dirty()) !== 'event');
})

/** Tells when a timer of a certain length is set: what a watch is waiting for. */
class TellingClock extends SystemClock {
  readonly emitter = new EventEmitter()
  override at(at: number, fire: () => void): () => void {
    this.emitter.emit(`${Math.round(at - this.now())} ms`)
    return super.at(at, fire)
  }
}

test('nothing is read while git holds its lock', async t => {
  const folder = makeFolder(t, { ...FILES, '.git/HEAD': 'ref: refs/heads/main', '.git/index.lock': '' })
  const clock = new TellingClock()
  const looks: boolean[] = []
  const { dirty } = await watched(t, folder.path, {
    clock,
    onDirty: async () => {
      looks.push(existsSync(join(folder.path, '.git/index.lock')))
      return { changed: true }
    },
  })
  const held = once(clock.emitter, '100 ms')
  const seen = dirty()
  folder.write('rules/a.yaml', '2')
  await held
  unlinkSync(join(folder.path, '.git/index.lock'))
  await seen
  assert.deepEqual(looks, [false])
})

test('a lock that git forgot holds things up for a while only', async t => {
  const folder = makeFolder(t, { ...FILES, '.git/HEAD': 'ref: refs/heads/main', '.git/index.lock': '' })
  const { dirty } = await watched(t, folder.path, { lockMs: 150 })
  const seen = dirty()
  folder.write('rules/a.yaml', '3')
  await seen
})

test('the folder is looked at again and again without any event', async t => {
  const folder = makeFolder(t, FILES)
  const { dirty } = await watched(t, folder.path, { rescanMs: 20 })
  assert.equal(await dirty(), 'rescan')
  assert.equal(await dirty(), 'rescan')
})

test('a probe that is seen keeps the events, and leaves nothing behind', async t => {
  const folder = makeFolder(t, FILES)
  const { watch, reasons } = await watched(t, folder.path, { mode: 'auto' })
  await watch.probed
  assert.equal(watch.mode, 'events')
  assert.equal(existsSync(join(folder.path, '.sluice-watch-probe')), false)
  assert.deepEqual(reasons, [])
})

test('a probe that is not seen in time means polling, which notices changes too', async t => {
  const folder = makeFolder(t, FILES)
  // No event can come within 0 ms: to the watch it is a file system that sends none.
  const { watch, dirty } = await watched(t, folder.path, { mode: 'auto', probeMs: 0, pollMs: 20 })
  await watch.probed
  assert.equal(watch.mode, 'poll')
  assert.match(watch.degraded ?? '', /sends no events/)
  await dirty()
  const seen = dirty()
  folder.write('rules/a.yaml', 'changed')
  await seen
})

test('polling notices edits, new files and swapped links', async t => {
  const folder = makeFolder(t, { 'one/rules/a.yaml': '1', 'two/rules/a.yaml': '2' })
  const link = join(folder.path, 'current')
  symlinkSync('one', link)
  const { watch, dirty } = await watched(t, link, { mode: 'poll', pollMs: 20 })
  assert.equal(watch.mode, 'poll')
  let seen = dirty()
  folder.write('one/rules/b.yaml', 'new')
  await seen
  seen = dirty()
  rmSync(link)
  symlinkSync('two', link)
  await seen
})

test('a change that only the re-scan finds means that events do not come here', async t => {
  const folder = makeFolder(t, FILES)
  const emitter = new EventEmitter()
  const log = { ...QUIET, warn: (fields: object) => void emitter.emit('warn', fields) }
  const warned = once(emitter, 'warn')
  const onDirty = async () => ({ changed: true })
  const { watch } = await watched(t, folder.path, { mode: 'auto', rescanMs: 20, lateMs: 40, log, onDirty })
  assert.deepEqual(await warned, [{ why: 'a change came without an event' }])
  assert.equal(watch.mode, 'poll')
})

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => QUIET, level: 'silent' }
