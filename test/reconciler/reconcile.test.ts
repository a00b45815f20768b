import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { renameSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { DesiredState } from '../../src/catalog/catalog.ts'
import { ManualClock, SystemClock } from '../../src/core/clock.ts'
import { UserError } from '../../src/core/errors.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import type { Plan } from '../../src/reconciler/plan.ts'
import { type Applier, Reconciler, type ReconcilerOptions, type StepResult } from '../../src/reconciler/reconcile.ts'
import { type Folder, makeFolder, rule, stream } from './folder.ts'

/** Takes every step but those it is told to refuse, and remembers them. */
class Recorder implements Applier {
  readonly emitter = new EventEmitter()
  taken: string[] = []
  desired: DesiredState | undefined
  refuse: (key: string) => StepResult['error'] | undefined = () => undefined
  retry = true

  async apply(plan: Plan, desired: DesiredState): Promise<StepResult[]> {
    this.desired = desired
    const results = plan.steps.map(step => {
      const error = this.refuse(step.key)
      if (!error && step.kind !== 'config') this.taken.push(`${step.action} ${step.key}`)
      return error ? { step, ok: false, error, retry: this.retry } : { step, ok: true }
    })
    this.emitter.emit('applied')
    return results
  }

  /** The steps taken since the last call. */
  since(): string[] {
    const { taken } = this
    this.taken = []
    return taken
  }
}

const FILES = { 'streams/a.sql': stream('a') + stream('b'), 'rules/r.yaml': rule('a'), 'rules/q.yaml': rule('b') }

function make(t: TestContext, folder: Folder, options: Partial<ReconcilerOptions> = {}) {
  const applier = new Recorder()
  const clock = new ManualClock(1_700_000_000_000)
  const reconciler = new Reconciler({
    dir: folder.path,
    env: {},
    applier,
    log: silentLog,
    clock,
    watch: false,
    settleMs: 0,
    ...options,
  })
  t.after(() => reconciler.stop())
  const object = (key: string) => reconciler.status().objects.find(o => o.key === key)
  const ready = (key: string) =>
    object(key)
      ?.conditions.map(c => `${c.type}=${c.status}`)
      .join(' ')
  return { applier, clock, reconciler, object, ready }
}

const GOOD = 'Ready=True Reconciling=False Stalled=False'
const BROKEN = 'Ready=False Reconciling=False Stalled=True'

test('the first pass makes what the files say, the second does nothing', async t => {
  const { applier, reconciler, object, ready } = make(t, makeFolder(t, FILES))
  await reconciler.start()
  assert.deepEqual(applier.since(), ['create stream:a', 'create stream:b', 'create rule:q', 'create rule:r'])
  await reconciler.reconcile('again')
  assert.deepEqual(applier.since(), [])
  const status = reconciler.status()
  assert.equal(status.lastAppliedRevision, status.lastAttemptedRevision)
  assert.equal(object('rule:r')?.lastAppliedRevision, status.lastAppliedRevision)
  assert.equal(object('rule:r')?.file, 'rules/r.yaml:1')
  assert.equal(ready('rule:r'), GOOD)
  assert.equal(status.conditions[0]?.reason, 'ReconciliationSucceeded')
  assert.equal(status.lastReload.successful, true)
  assert.equal(status.history.length, 1)
})

test('touching and rewriting a file changes nothing', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, reconciler } = make(t, folder)
  await reconciler.start()
  applier.since()
  utimesSync(join(folder.path, 'rules/r.yaml'), 1, 1)
  folder.replace('rules/r.yaml', rule('a'))
  assert.deepEqual(await reconciler.reconcile('x'), { changed: false })
  assert.deepEqual(applier.since(), [])
})

test('a broken file keeps the last good version, is told once, and is taken when mended', async t => {
  const folder = makeFolder(t, FILES)
  const lines: string[] = []
  const log = loggingTo(lines)
  const { applier, clock, reconciler, object, ready } = make(t, folder, { log })
  await reconciler.start()
  const { lastAppliedRevision } = reconciler.status()
  applier.since()
  folder.write('rules/r.yaml', 'sql: [')
  clock.advanceTo(clock.now() + 1000)
  await reconciler.reconcile('x')
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since(), [])
  assert.ok(reconciler.catalog.rules.has('r'))
  assert.equal(ready('rule:r'), BROKEN)
  assert.match(
    object('rule:r')!.conditions[0]!.message,
    /^rules\/r.yaml:1:6 CONFIG_SYNTAX .*The last good version goes on/,
  )
  assert.equal(object('rule:r')!.conditions[0]!.lastTransitionTime, clock.now())
  assert.equal(ready('rule:q'), GOOD)
  const status = reconciler.status()
  assert.equal(status.lastAppliedRevision, lastAppliedRevision)
  assert.notEqual(status.lastAttemptedRevision, lastAppliedRevision)
  assert.equal(status.lastReload.successful, false)
  assert.equal(lines.filter(line => line.startsWith('error rules/r.yaml:1:6')).length, 1)

  folder.write('rules/r.yaml', '# moved\nsql: [')
  await reconciler.reconcile('x')
  assert.equal(lines.filter(line => line.startsWith('error rules/r.yaml:2:6')).length, 1)
  assert.equal(lines.filter(line => line.startsWith('info mended')).length, 0, 'what only moved is not mended')

  folder.write('rules/r.yaml', rule('a'))
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since(), [], 'back to what runs: nothing to do')
  assert.equal(ready('rule:r'), GOOD)
  assert.equal(reconciler.status().lastReload.successful, true)
  assert.equal(lines.filter(line => line.startsWith('info mended')).length, 1)
})

test('an object that never was good is broken, and its neighbours run', async t => {
  const folder = makeFolder(t, { ...FILES, 'rules/bad.yaml': 'sql: SELECT\nactions: [{nop: {}}]' })
  const { reconciler, ready } = make(t, folder)
  await reconciler.start()
  assert.equal(ready('rule:bad'), BROKEN)
  assert.equal(reconciler.catalog.rules.size, 2)
})

test('a deletion counts when a second look confirms it', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, clock, reconciler, ready } = make(t, folder)
  await reconciler.start()
  applier.since()
  folder.remove('rules/r.yaml')
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since(), [])
  assert.equal(ready('rule:r'), 'Ready=True Reconciling=True Stalled=False')
  clock.advanceTo(clock.now() + 300)
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since(), ['delete rule:r'])
  assert.equal(ready('rule:r'), undefined)
})

test('the second look comes by itself', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, reconciler } = make(t, folder, { clock: new SystemClock(), confirmMs: 20 })
  await reconciler.start()
  applier.since()
  folder.remove('rules/r.yaml')
  const applied = once(applier.emitter, 'applied')
  await reconciler.reconcile('x')
  await applied
  assert.deepEqual(applier.since(), ['delete rule:r'])
})

test('a file that is gone and comes back was never deleted', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, clock, reconciler } = make(t, folder)
  await reconciler.start()
  applier.since()
  folder.remove('rules/r.yaml')
  await reconciler.reconcile('x')
  folder.write('rules/r.yaml', rule('a'))
  clock.advanceTo(clock.now() + 300)
  await reconciler.reconcile('x')
  folder.remove('rules/r.yaml')
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since(), [], 'the count begins anew')
})

for (const [name, vanish] of [
  ['a folder that vanishes', (f: Folder) => f.remove('rules')],
  ['a folder that is empty', (f: Folder) => ['q', 'r'].forEach(id => f.remove(`rules/${id}.yaml`))],
  ['a root that is empty', (f: Folder) => ['rules', 'streams'].forEach(name => f.remove(name))],
  ['a root that vanishes', (f: Folder) => renameSync(f.path, `${f.path}.gone`)],
] as const) {
  test(`nothing is pruned by ${name}`, async t => {
    const folder = makeFolder(t, FILES)
    const { applier, clock, reconciler } = make(t, folder)
    await reconciler.start()
    applier.since()
    vanish(folder)
    for (let i = 0; i < 3; i++) {
      await reconciler.reconcile('x')
      clock.advanceTo(clock.now() + 60_000)
    }
    assert.deepEqual(applier.since(), [])
    assert.equal(reconciler.catalog.rules.size, 2)
    assert.equal(reconciler.catalog.streams.size, 2)
    const status = reconciler.status()
    assert.equal(status.conditions.find(c => c.type === 'Stalled')?.status, 'True')
    if (!name.includes('root that vanishes')) {
      assert.equal(status.objects.find(o => o.key === 'rule:r')?.conditions[0]?.reason, 'PruneBlocked')
      assert.match(status.conditions[0]!.message, /is the folder mounted/)
    }
  })
}

test('the last rule may go, and all but one of many', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, clock, reconciler } = make(t, folder)
  await reconciler.start()
  applier.since()
  const settle = async () => {
    await reconciler.reconcile('x')
    clock.advanceTo(clock.now() + 300)
    await reconciler.reconcile('x')
    return applier.since()
  }
  folder.remove('rules/r.yaml')
  assert.deepEqual(await settle(), ['delete rule:r'])
  folder.remove('rules/q.yaml')
  assert.deepEqual(await settle(), ['delete rule:q'])
})

test('a step that failed for a passing reason is tried again, later and later', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, clock, reconciler, object, ready } = make(t, folder)
  applier.refuse = key => (key === 'rule:r' ? new Error('broker down') : undefined)
  await reconciler.start()
  assert.equal(ready('rule:r'), 'Ready=False Reconciling=True Stalled=False')
  assert.equal(object('rule:r')!.conditions[0]!.message, 'broker down')
  assert.equal(reconciler.catalog.rules.has('r'), false)
  assert.equal(reconciler.status().nextTryAt, clock.now() + 5000)
  const tries: number[] = []
  const started = clock.now()
  applier.refuse = key => {
    if (key !== 'rule:r') return undefined
    tries.push((clock.now() - started) / 1000)
    return new Error('down')
  }
  for (let second = 1; second <= 40; second++) {
    clock.advanceTo(started + second * 1000)
    await reconciler.reconcile('x')
  }
  assert.deepEqual(tries, [5, 15, 35])
  applier.refuse = () => undefined
  clock.advanceTo(clock.now() + 60_000)
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since().at(-1), 'create rule:r')
  assert.equal(ready('rule:r'), GOOD)
  assert.equal(reconciler.status().nextTryAt, undefined)
})

test('a step that failed for good waits for another file', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, clock, reconciler, ready } = make(t, folder)
  applier.retry = false
  const error = new UserError({
    code: 'RULE_ACTION',
    what: 'No.',
    location: { path: 'rules/r.yaml', line: 3, column: 5 },
  })
  applier.refuse = key => (key === 'rule:r' ? error : undefined)
  await reconciler.start()
  assert.equal(ready('rule:r'), BROKEN)
  applier.refuse = () => undefined
  clock.advanceTo(clock.now() + 1e9)
  await reconciler.reconcile('x')
  assert.equal(ready('rule:r'), BROKEN, 'the same file is not tried again')
  folder.write('rules/r.yaml', rule('a', 'a > 5'))
  await reconciler.reconcile('x')
  assert.equal(ready('rule:r'), GOOD)
})

test('an applier that throws leaves everything in the next plan', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, clock, reconciler } = make(t, folder)
  const { apply } = applier
  applier.apply = () => Promise.reject(new Error('our bug'))
  await reconciler.start()
  assert.equal(reconciler.catalog.rules.size, 0)
  applier.apply = apply
  clock.advanceTo(clock.now() + 5000)
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since().length, 4)
})

test('an object that moved to another line is still itself, and is shown where it stands', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, reconciler, object } = make(t, folder)
  await reconciler.start()
  applier.since()
  folder.write('streams/a.sql', `-- one\n-- two\n${FILES['streams/a.sql']}`)
  await reconciler.reconcile('x')
  assert.deepEqual(applier.since(), [])
  assert.equal(object('stream:b')?.file, 'streams/a.sql:4')
  assert.equal(reconciler.catalog.streams.get('b')?.location.line, 4)
})

test('commit and branch are shown', async t => {
  const folder = makeFolder(t, FILES)
  folder.git('init', '-q')
  folder.git('add', '.')
  folder.git('commit', '-q', '-m', 'one')
  const { reconciler } = make(t, folder)
  await reconciler.start()
  assert.equal(reconciler.status().git.branch, 'main')
  assert.match(reconciler.status().git.commit ?? '', /^[0-9a-f]{40}$/)
})

test('a rule that is not to be started is suspended, not broken', async t => {
  const { reconciler, object } = make(t, makeFolder(t, { ...FILES, 'rules/r.yaml': `${rule('a')}triggered: false\n` }))
  await reconciler.start()
  assert.equal(object('rule:r')?.conditions[0]?.reason, 'Suspended')
})

/** With the real watch and clock: resolves when the catalog is as told. */
async function live(t: TestContext, folder: Folder, dir = folder.path) {
  const emitter = new EventEmitter()
  const log: Log = { ...loggingTo([]), info: (_, message) => void emitter.emit(message) }
  const made = make(t, folder, {
    dir,
    log,
    clock: new SystemClock(),
    watch: { mode: 'events', quietMs: 40 },
    confirmMs: 40,
    settleMs: 20,
  })
  await made.reconciler.start()
  made.applier.since()
  const until = async (holds: () => boolean) => {
    const signal = AbortSignal.timeout(10_000)
    while (!holds()) await once(emitter, 'reconciled', { signal })
  }
  return { ...made, until }
}

test('git checkout of 500 files: one consistent plan, no rule deleted on the way', async t => {
  const many = (where: string) =>
    Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`rules/r${i}.yaml`, rule('a', where)]))
  const folder = makeFolder(t, { 'streams/a.sql': stream('a'), ...many('a > 1') })
  folder.git('init', '-q')
  folder.git('add', '.')
  folder.git('commit', '-q', '-m', 'one')
  folder.git('checkout', '-q', '-b', 'two')
  for (const [file, text] of Object.entries(many('a > 2'))) folder.write(file, text)
  folder.remove('rules/r0.yaml')
  folder.git('add', '-A')
  folder.git('commit', '-q', '-m', 'two')
  folder.git('checkout', '-q', 'main')

  const { applier, reconciler, until } = await live(t, folder)
  assert.equal(reconciler.catalog.rules.size, 500)
  folder.git('checkout', '-q', 'two')
  await until(() => reconciler.catalog.rules.size === 499)
  const steps = applier.since()
  assert.deepEqual(
    steps.filter(step => step.startsWith('delete')),
    ['delete rule:r0'],
  )
  assert.equal(steps.filter(step => step.startsWith('replace')).length, 499)
  assert.equal(steps.filter(step => step.startsWith('create')).length, 0)
  assert.equal(reconciler.status().git.branch, 'two')
})

test('a half-written file is taken when it is whole', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, reconciler, until } = await live(t, folder)
  const whole = `${rule('a', 'a > 7')}options:\n  sendError: true\n`
  folder.write('rules/r.yaml', whole.slice(0, whole.indexOf('actions')))
  folder.write('rules/q.yaml', rule('b', 'a > 3'))
  await until(() => reconciler.catalog.rules.get('q')!.text.includes('a > 3'))
  assert.deepEqual(applier.since(), ['replace rule:q'])
  folder.write('rules/r.yaml', whole)
  await until(() => reconciler.catalog.rules.get('r')!.options.sendError)
  assert.deepEqual(applier.since(), ['replace rule:r'])
})

test('a swap of the link to the root is one plan from the old files to the new', async t => {
  const folder = makeFolder(t, {
    'v1/streams/a.sql': stream('a'),
    'v1/rules/r.yaml': rule('a'),
    'v2/streams/a.sql': stream('a'),
    'v2/rules/r.yaml': rule('a', 'a > 2'),
    'v2/rules/n.yaml': rule('a'),
  })
  const link = join(folder.path, 'current')
  symlinkSync('v1', link)
  const { applier, reconciler, until } = await live(t, folder, link)
  symlinkSync('v2', `${link}.tmp`)
  renameSync(`${link}.tmp`, link)
  await until(() => reconciler.catalog.rules.has('n'))
  assert.deepEqual(applier.since(), ['create rule:n', 'replace rule:r'])
})

test('delete and recreate within moments is an edit', async t => {
  const folder = makeFolder(t, FILES)
  const { applier, reconciler, until } = await live(t, folder)
  folder.remove('rules/r.yaml')
  folder.write('rules/r.yaml', rule('a', 'a > 2'))
  await until(() => reconciler.catalog.rules.get('r')!.text.includes('a > 2'))
  assert.deepEqual(applier.since(), ['replace rule:r'])
})

function loggingTo(lines: string[]): Log {
  const say = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  const log: Log = {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: () => log,
    level: 'info',
  }
  return log
}
