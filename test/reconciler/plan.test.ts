import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY_CATALOG } from '../../src/catalog/catalog.ts'
import { FileText } from '../../src/core/location.ts'
import { buildState, type LoadedState, sourcesOf } from '../../src/reconciler/load.ts'
import { keepLastGood, plan, type Running } from '../../src/reconciler/plan.ts'
import { rule, stream } from './folder.ts'

async function state(files: Readonly<Record<string, string>>, before?: LoadedState): Promise<LoadedState> {
  const lastGood = before && { catalog: before, sluice: before.sluice, listener: before.sources.httppush.listener }
  const tree = {
    revision: JSON.stringify(files),
    files: Object.entries(files).map(([path, text]) => ({
      path,
      text: new FileText(path, text),
      sizeBytes: 0,
      hash: '',
    })),
    faults: [],
    warnings: [],
    unsettled: [],
  }
  return buildState(tree, { env: {}, ...(lastGood ? { lastGood } : {}) })
}

const NOTHING: Running = { catalog: EMPTY_CATALOG, listener: undefined, sluice: undefined }
const runningOf = (s: LoadedState): Running => ({ catalog: s, listener: s.sources.httppush.listener, sluice: s.sluice })

async function steps(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Promise<string[]> {
  const old = await state(before)
  const kept = keepLastGood(old, await state(after, old), sourcesOf)
  return plan(runningOf(old), kept.state, sourcesOf).steps.map(s => `${s.action} ${s.key}: ${s.reason}`)
}

const BASE = { 'streams/a.sql': stream('a') + stream('b'), 'rules/r.yaml': rule('a'), 'rules/q.yaml': rule('b') }

test('from nothing: settings, then streams, then rules', async () => {
  const made = plan(NOTHING, await state(BASE), sourcesOf)
  assert.deepEqual(
    made.steps.map(s => `${s.action} ${s.key}`),
    [
      'create config:sluice',
      'create config:listener',
      'create stream:a',
      'create stream:b',
      'create rule:q',
      'create rule:r',
    ],
  )
})

const CASES: readonly [name: string, after: Readonly<Record<string, string>>, steps: string[]][] = [
  ['what is equal is left alone', BASE, []],
  [
    'comments, layout, and another file for the same object are no change',
    {
      'streams/x.sql': `-- c\n${stream('a')}`,
      'streams/y.sql': stream('b'),
      'rules/z.yaml': `id: r\n${rule('a')}`,
      'rules/q.yaml': `# c\n${rule('b')}`,
    },
    [],
  ],
  [
    'comments, line breaks and capitals of keywords in the SQL of a rule are no change',
    { ...BASE, 'rules/r.yaml': 'sql: |\n  select a -- c\n  from a\n  where (a > 1);\nactions:\n  - nop: {}\n' },
    [],
  ],
  [
    'a changed rule is replaced alone',
    { ...BASE, 'rules/r.yaml': rule('a', 'a > 9') },
    ['replace rule:r: its text changed'],
  ],
  [
    'a changed stream takes the rules that read it with it',
    { ...BASE, 'streams/a.sql': stream('a', '/new') + stream('b') },
    ['replace stream:a: its text changed', 'replace rule:r: stream a changed'],
  ],
  [
    'a changed default of httppush.yaml changes the streams that use it',
    { ...BASE, 'etc/sources/httppush.yaml': 'default: {method: PUT}' },
    [
      'replace stream:a: its properties changed',
      'replace stream:b: its properties changed',
      'replace rule:q: stream b changed',
      'replace rule:r: stream a changed',
    ],
  ],
  [
    'a changed listener is a step of its own',
    { ...BASE, 'etc/sources/httppush.yaml': 'source: {httpServerPort: 1}' },
    ['replace config:listener: its settings changed'],
  ],
  [
    'a changed default of rule options changes the rules',
    { ...BASE, 'etc/sluice.yaml': 'rule: {sendError: true}' },
    [
      'replace config:sluice: its settings changed',
      'replace rule:q: a default changed',
      'replace rule:r: a default changed',
    ],
  ],
  [
    'deletions come last, rules before their streams',
    { 'streams/a.sql': stream('c'), 'rules/n.yaml': rule('c') },
    [
      'create stream:c: new',
      'create rule:n: new',
      'delete rule:q: no file defines it',
      'delete rule:r: no file defines it',
      'delete stream:b: no file defines it',
      'delete stream:a: no file defines it',
    ],
  ],
  [
    'a stream that becomes a table is replaced',
    { ...BASE, 'streams/a.sql': `CREATE TABLE a () WITH (TYPE="httppush");${stream('b')}` },
    ['replace table:a: the stream became a table', 'replace rule:r: table a changed'],
  ],
  ['a broken rule keeps its last good version', { ...BASE, 'rules/r.yaml': 'sql: [' }, []],
  [
    'a broken stream keeps its last good version, and so do its rules',
    { ...BASE, 'streams/a.sql': `CREATE STREAM a () WITH (TYPE="x");${stream('b')}` },
    [],
  ],
  [
    'a file that no longer parses deletes nothing',
    { ...BASE, 'streams/a.sql': `CREATE STREM a ();\n${stream('b')}` },
    [],
  ],
  [
    'a stream without file goes on while a rule, broken by that, reads it',
    { ...BASE, 'streams/a.sql': stream('b') },
    [],
  ],
  [
    'a broken rule whose stream changed is tried again on the new stream',
    { ...BASE, 'rules/r.yaml': 'sql: [', 'streams/a.sql': stream('a', '/new') + stream('b') },
    ['replace stream:a: its text changed', 'replace rule:r: stream a changed'],
  ],
]

for (const [name, after, expected] of CASES) {
  test(name, async () => assert.deepEqual(await steps(BASE, after), expected))
}

test('a changed section changes the streams and tables that use it, and no others; a broken one none', async () => {
  const files = (section: string) => ({
    'streams/m.sql':
      'CREATE STREAM m () WITH (TYPE="memory", DATASOURCE="x", CONF_KEY="one"); ' +
      'CREATE TABLE n () WITH (TYPE="memory", DATASOURCE="x")',
    'etc/sources/memory.yaml': `one: {lookup: {cache: ${section}}}`,
  })
  assert.deepEqual(await steps(files('false'), files('true')), ['replace stream:m: its properties changed'])
  assert.deepEqual(await steps(files('false'), files('perhaps')), [])
})

test('what is kept says why', async () => {
  const old = await state(BASE)
  const next = await state({ 'rules/q.yaml': 'sql: [', 'streams/a.sql': stream('a') }, old)
  const { kept } = keepLastGood(old, next, sourcesOf, key => key === 'rule:r')
  assert.deepEqual([...kept].sort(), [
    ['rule:q', 'broken'],
    ['rule:r', 'held'],
    ['stream:b', 'needed'],
  ])
})
