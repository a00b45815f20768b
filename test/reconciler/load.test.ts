import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, renameSync, symlinkSync, truncateSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorLine } from '../../src/core/errors.ts'
import { type LoadOptions, loadTree } from '../../src/reconciler/load.ts'
import { readTree } from '../../src/reconciler/read-tree.ts'
import { type Folder, makeFolder, rule, stream } from './folder.ts'

const load = (folder: Folder, options: Partial<LoadOptions> = {}) => loadTree(folder.path, { env: {}, ...options })
const lines = (state: Awaited<ReturnType<typeof load>>) =>
  state.errors.map(e => `${e.object ?? '-'} ${errorLine(e.error)}`)

test('streams, tables, rules and settings of a folder', async t => {
  const folder = makeFolder(t, {
    'streams/s.sql': `${stream('a')}CREATE TABLE t () WITH (TYPE="httppush", DATASOURCE="/t");`,
    'rules/r.yaml': rule('a'),
    'rules/j.json': '{"sql": "SELECT * FROM a", "actions": [{"log": {}}]}',
    'rules/k.yml': rule('t'),
    'rules/r.test.yaml': 'not: a rule',
    'etc/sluice.yaml': 'timezone: UTC',
    'etc/sources/httppush.yaml': 'source: {httpServerPort: 5}',
  })
  const state = await load(folder)
  assert.deepEqual(lines(state), [])
  assert.deepEqual([...state.streams.keys()], ['a', 't'])
  assert.deepEqual([...state.rules.keys()], ['j', 'k', 'r'])
  assert.equal(state.sluice.timezone, 'UTC')
  assert.equal(state.sources.httppush.listener?.port, 5)
  assert.deepEqual(state.fileCounts, { streams: 1, rules: 3 })
  assert.deepEqual([...state.fingerprints.keys()], ['stream:a', 'table:t', 'rule:j', 'rule:k', 'rule:r'])
})

test("editors' litter and hidden files are not configuration", async t => {
  const folder = makeFolder(t, { 'rules/r.yaml': rule('a'), 'streams/a.sql': stream('a') })
  const before = await load(folder)
  for (const name of [
    '4913',
    '.r.yaml.swp',
    'r.yaml~',
    '.#r.yaml',
    '#r.yaml#',
    'r.yaml.tmp',
    '.DS_Store',
    '..r.yaml',
    'r.yaml___jb_tmp___',
  ]) {
    folder.write(`rules/${name}`, 'litter: [')
  }
  const after = await load(folder)
  assert.deepEqual(lines(after), [])
  assert.equal(after.revision, before.revision)
})

test('the revision is the content: touching, a byte order mark and CRLF change nothing, a letter does', async t => {
  const folder = makeFolder(t, { 'rules/r.yaml': rule('a') })
  const { revision } = await load(folder)
  utimesSync(join(folder.path, 'rules/r.yaml'), 1, 1)
  assert.equal((await load(folder)).revision, revision)
  folder.write('rules/r.yaml', `\ufeff${rule('a').replaceAll('\n', '\r\n')}`)
  assert.equal((await load(folder)).revision, revision)
  folder.write('rules/r.yaml', rule('a', 'a > 2'))
  assert.notEqual((await load(folder)).revision, revision)
})

test('one broken object hurts itself only', async t => {
  const folder = makeFolder(t, {
    'streams/s.sql': `${stream('a')}CREATE STREAM b () WITH (TYPE="htppush");\nCREATE STRAM c ();\n${stream('d')}`,
    'rules/good.yaml': rule('a'),
    'rules/bad.yaml': 'sql: |\n  SELECT a\n  FROM\nactions: [{nop: {}}]',
    'rules/syntax.yaml': 'sql: [',
    'rules/sink.yaml': 'sql: SELECT * FROM a\nactions: [{noop: {}}]',
    'rules/of-b.yaml': rule('b'),
    'rules/of-none.yaml': rule('none'),
  })
  const state = await load(folder)
  assert.deepEqual([...state.streams.keys()], ['a', 'd'])
  assert.deepEqual([...state.rules.keys()], ['good'])
  const starts = lines(state).map(line => line.split(' ').slice(0, 3).join(' '))
  assert.deepEqual(
    starts.sort(),
    [
      '- rules/syntax.yaml:1:6 CONFIG_SYNTAX',
      '- streams/s.sql:3:8 SQL_SYNTAX',
      'rule:bad rules/bad.yaml:3:7 SQL_SYNTAX',
      'rule:of-b rules/of-b.yaml:1:20 SQL_UNKNOWN_SOURCE',
      'rule:of-none rules/of-none.yaml:1:20 SQL_UNKNOWN_SOURCE',
      'rule:sink rules/sink.yaml:2:12 RULE_ACTION',
      'stream:b streams/s.sql:2:31 DDL_OPTION',
    ].sort(),
  )
  const dependency = state.errors.find(e => e.object === 'rule:of-b')
  assert.equal(dependency?.reason, 'DependencyNotReady')
  assert.match(dependency!.error.what, /has errors itself \(streams\/s.sql:2\)/)
})

test('a rule is told that the CREATE of its stream is broken, not that there is no such stream', async t => {
  const folder = makeFolder(t, {
    'streams/a.sql': 'CREATE STREAM a () WITH (TIPE="httppush");',
    'rules/r.yaml': rule('a'),
  })
  const [create, dependent, ...rest] = lines(await load(folder))
  assert.match(create!, /^- streams\/a\.sql:1:\d+ DDL_OPTION /)
  assert.match(
    dependent!,
    /^rule:r rules\/r\.yaml:1:\d+ SQL_UNKNOWN_SOURCE "a" has errors itself \(streams\/a\.sql:1\)/,
  )
  assert.deepEqual(rest, [])
})

test('of two objects with one name neither counts, and both places are named', async t => {
  const folder = makeFolder(t, {
    'streams/a.sql': stream('s'),
    'streams/b.sql': `-- again\nCREATE TABLE s () WITH (TYPE="httppush");`,
    'rules/a.yaml': `id: r\n${rule('x')}`,
    'rules/r.yaml': rule('x'),
    'streams/x.sql': stream('x'),
  })
  const state = await load(folder)
  assert.deepEqual([...state.streams.keys()], ['x'])
  assert.deepEqual([...state.rules.keys()], [])
  assert.deepEqual(lines(state).sort(), [
    'rule:r rules/a.yaml:1:1 RULE_ID The rule id "r" is taken twice. The other is at rules/r.yaml:1. Rename one of them, or delete it.',
    'rule:r rules/r.yaml:1:1 RULE_ID The rule id "r" is taken twice. The other is at rules/a.yaml:1. Rename one of them, or delete it.',
    'stream:s streams/a.sql:1:15 DDL_NAME The name "s" is taken twice. The other is at streams/b.sql:2. Rename one of them, or delete it.',
    'table:s streams/b.sql:2:14 DDL_NAME The name "s" is taken twice. The other is at streams/a.sql:1. Rename one of them, or delete it.',
  ])
})

test('the compiler has its say, with its place', async t => {
  const folder = makeFolder(t, { 'streams/a.sql': stream('a'), 'rules/r.yaml': rule('a') })
  const seen: string[] = []
  const state = await load(folder, {
    checkRule: (one, streams) => {
      seen.push(`${one.id} ${[...streams.keys()]}`)
      return { errors: [] }
    },
  })
  assert.deepEqual(seen, ['r a'])
  assert.ok(state.rules.has('r'))
})

test('a bug of ours that one file brings to light keeps no other out', async t => {
  const folder = makeFolder(t, { 'streams/a.sql': stream('a'), 'rules/r.yaml': rule('a'), 'rules/q.yaml': rule('a') })
  const state = await load(folder, {
    checkRule: one => {
      if (one.id === 'r') throw new TypeError('x is undefined')
      return { errors: [] }
    },
  })
  assert.deepEqual([...state.rules.keys()], ['q'])
  assert.match(
    lines(state).join(),
    /^- rules\/r.yaml:1:1 SQL_NOT_BUILT Sluice itself fails on this file: x is undefined/,
  )
})

test('files that cannot be read say why', async t => {
  const folder = makeFolder(t, {
    'rules/big.yaml': `# ${'x'.repeat(1024 * 1024)}`,
    'rules/a.yaml': rule('s'),
    'rules/A.yaml': rule('s'),
    'rules/empty.yaml': '',
    'streams/s.sql': stream('s'),
    'streams/empty.sql': '',
    'rules/sub/deep.yaml': rule('s'),
  })
  folder.write('rules/latin.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe9]))
  symlinkSync('/etc/hostname', join(folder.path, 'rules/out.yaml'))
  symlinkSync('nowhere', join(folder.path, 'rules/dangling.yaml'))
  mkdirSync(join(folder.path, 'rules/dir.yaml'))
  const state = await load(folder)
  const found = Object.fromEntries(state.errors.map(e => [e.file, e.error.what]))
  assert.match(found['rules/big.yaml']!, /larger than 1 MiB/)
  assert.match(found['rules/latin.yaml']!, /not UTF-8/)
  assert.match(found['rules/out.yaml']!, /leads out of the folder/)
  assert.match(found['rules/empty.yaml']!, /is empty/)
  assert.match(found['streams/empty.sql']!, /is empty/)
  assert.match(found['rules/a.yaml']!, /differs from A.yaml only in case/)
  assert.match(found['rules/A.yaml']!, /differs from a.yaml only in case/)
  assert.equal(found['rules/dangling.yaml'], 'It is a link to nowhere, which does not exist.')
  assert.equal(found['rules/dir.yaml'], 'It is a folder, not a file.')
  assert.equal(Object.keys(found).length, 9)
  assert.match(state.warnings.map(errorLine).join('\n'), /^rules\/sub:1:1 FILE_READ 1 file is not read/)
})

test('files below etc/ that nobody reads are a warning that says where their content belongs', async t => {
  const folder = makeFolder(t, {
    'etc/sluice.yaml': '',
    'etc/sources/httppush.yaml': '',
    'etc/kuiper.yaml': 'basic: {}',
    'etc/sluice.yml': 'log: {}',
    'etc/sinks/rest.yaml': 'default: {}',
    'etc/sources/mqtt.yaml': 'default: {}',
    'etc/connections/connection.yaml': 'a: {}',
    'etc/mqtt_source.yaml': 'default: {}',
    'etc/init.json': '{}',
    'etc/tls/server.pem': 'x',
    'etc/.hidden.yaml': 'x',
  })
  const { warnings, errors, revision } = await load(folder)
  assert.deepEqual(errors, [])
  assert.deepEqual(
    warnings.map(warning => [
      warning.location!.path,
      warning.fix!.match(/Shared|Of sources|init|Its \S+|Sections|Did you mean .*/)?.[0],
    ]),
    [
      ['etc/connections/connection.yaml', 'Shared'],
      ['etc/init.json', 'Its streams'],
      ['etc/kuiper.yaml', 'Its "source"'],
      ['etc/mqtt_source.yaml', 'Of sources'],
      ['etc/sinks/rest.yaml', 'Sections'],
      ['etc/sluice.yml', 'Did you mean "etc/sluice.yaml"?'],
      ['etc/sources/mqtt.yaml', 'Of sources'],
    ],
  )
  folder.remove('etc/init.json')
  assert.notEqual((await load(folder)).revision, revision, 'a mended warning is a change')
})

test('a file that may not be read names the uid', {
  skip: process.getuid?.() === 0 && 'root may read everything',
}, async t => {
  const folder = makeFolder(t, { 'rules/a.yaml': 'x' })
  chmodSync(join(folder.path, 'rules/a.yaml'), 0)
  const [error] = (await load(folder)).errors
  assert.match(error!.error.what, new RegExp(`uid ${process.getuid?.()}`))
})

test('a ConfigMap: links to ..data, swapped at once', async t => {
  const folder = makeFolder(t, {
    '..1/s.sql': stream('s'),
    '..2/s.sql': stream('s', '/other'),
  })
  symlinkSync('..1', join(folder.path, '..data'))
  mkdirSync(join(folder.path, 'streams'))
  symlinkSync('../..data/s.sql', join(folder.path, 'streams/s.sql'))
  const endpoint = async () => (await load(folder)).streams.get('s')?.properties['endpoint']
  assert.equal(await endpoint(), '/s')
  symlinkSync('..2', join(folder.path, '..data_tmp'))
  renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'))
  assert.equal(await endpoint(), '/other')
})

test('a folder that is not there is an error of everything in it', async t => {
  const folder = makeFolder(t)
  const state = await loadTree(join(folder.path, 'nowhere'), { env: {} })
  assert.deepEqual(
    state.errors.map(e => e.file),
    ['etc', 'rules', 'streams'],
  )
})

test('a file in motion is unsettled', async t => {
  const folder = makeFolder(t, { 'rules/r.yaml': rule('a') })
  const file = join(folder.path, 'rules/r.yaml')
  utimesSync(file, 1000, 1000)
  const at = async (now: number) => (await readTree(folder.path, { now, settleMs: 100 })).unsettled
  assert.deepEqual(await at(1_000_050), ['rules/r.yaml'])
  assert.deepEqual(await at(1_000_150), [])
  truncateSync(file, 3)
  assert.deepEqual(await at(1_000_150), [], 'a time in the future is a wrong clock, not motion')
})

test('what a lookup table lacks is known before anyone is asked, and never shows a password', async t => {
  const folder = makeFolder(t, {
    'streams/s.sql':
      'CREATE TABLE a () WITH (TYPE="sql", KIND="lookup", DATASOURCE="t", CONF_KEY="other");\n' +
      'CREATE TABLE b () WITH (TYPE="redis", KIND="lookup", DATASOURCE="first");\n' +
      'CREATE TABLE c () WITH (TYPE="sql", KIND="lookup", DATASOURCE="t");',
    'etc/sources/sql.yaml':
      'default: {dburl: "postgres://u:${env:PW}@h/d"}\nother: {dburl: "oracle://u:${env:PW}@h/d"}',
  })
  const state = await load(folder, { env: { PW: 'battery' } })
  assert.deepEqual([...state.streams.keys()], ['c'])
  const [a, b] = lines(state)
  assert.match(a!, /^table:a streams\/s\.sql:1:14 SQL_NOT_BUILT .*"oracle" are not built yet/)
  assert.match(b!, /^table:b streams\/s\.sql:2:14 DDL_OPTION .*"first" is no number/)
  assert.doesNotMatch(lines(state).join(), /battery/)
})

test('a broken setting keeps the last good one, and an unreadable httppush.yaml breaks its streams', async t => {
  const folder = makeFolder(t, {
    'etc/sluice.yaml': 'rule: {sendError: true}',
    'etc/sources/httppush.yaml': 'source: {httpServerPort: 7}',
    'streams/a.sql': stream('a'),
    'rules/r.yaml': rule('a'),
  })
  const good = await load(folder)
  const lastGood = { catalog: good, sluice: good.sluice, listener: good.sources.httppush.listener }
  folder.write('etc/sluice.yaml', 'rule: {sendErr: true}')
  folder.write('etc/sources/httppush.yaml', 'source: [')
  const state = await load(folder, { lastGood })
  assert.equal(state.sluice.rule.sendError, true)
  assert.equal(state.sources.httppush.listener?.port, 7)
  assert.deepEqual([...state.streams.keys()], [])
  assert.deepEqual([...state.rules.keys()], ['r'], 'the rule goes on with the last good stream')
  assert.equal(state.fingerprints.get('rule:r'), good.fingerprints.get('rule:r'))
})

test('a rotated secret file changes the fingerprint but not the text', async t => {
  const folder = makeFolder(t, { 'streams/a.sql': stream('a'), secret: 'one' })
  const file = join(folder.path, 'secret')
  folder.write('rules/r.yaml', `sql: SELECT * FROM a\nactions: [{memory: {topic: "\${file:${file}}"}}]\n`)
  const before = await load(folder)
  folder.write('secret', 'two')
  const after = await load(folder)
  assert.deepEqual(lines(after), [])
  assert.equal(before.rules.get('r')?.text, after.rules.get('r')?.text)
  assert.notEqual(before.fingerprints.get('rule:r'), after.fingerprints.get('rule:r'))
  assert.equal(before.revision, after.revision)
})
