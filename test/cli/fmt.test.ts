import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type FmtOptions, runFmt } from '../../src/cli/fmt.ts'
import { replaceText, unwritable } from '../../src/cli/fmt-files.ts'
import { errorText } from '../../src/core/errors.ts'
import { folder, Printed } from '../testing/support.ts'

const STREAM = 'create stream s (a bigint) with (type="httppush");\n'
const STREAM_DONE = 'CREATE STREAM s (a BIGINT) WITH (TYPE = "httppush");\n'
const RULE = 'sql: select a from s # c\nactions: [{log: {}}]\n'
const RULE_DONE = 'sql: SELECT a FROM s # c\nactions: [{log: {}}]\n'
const FILES = {
  'streams/s.sql': STREAM,
  'streams/done.sql': STREAM_DONE,
  'rules/r.yaml': RULE,
  'rules/r.test.yaml': 'rule: r\nsql: select a from b\n',
  'rules/notes.txt': 'select',
  'etc/sluice.yaml': '{}\n',
}

async function fmt(dir: string, paths: readonly string[] = [], options: Partial<FmtOptions> = {}) {
  const [out, err] = [new Printed(), new Printed()]
  const code = await runFmt(paths, { dir, out, err, ...options })
  return { code, out: out.text, err: err.text }
}

function made(t: TestContext, files: Readonly<Record<string, string>> = FILES) {
  const dir = folder(t, files)
  return { dir, read: (path: string) => readFileSync(join(dir, path), 'utf8') }
}

test('the files of the repository are formatted', async () => {
  const { code, out, err } = await fmt(join(import.meta.dirname, '../..'), [], { check: true })
  assert.deepEqual([code, out, err], [0, '', ''])
})

test('streams and rules are rewritten, and named; the second time there is nothing to do', async t => {
  const { dir, read } = made(t)
  const first = await fmt(dir)
  assert.deepEqual(first, { code: 0, out: 'rules/r.yaml\nstreams/s.sql\n', err: '' })
  assert.deepEqual([read('streams/s.sql'), read('rules/r.yaml')], [STREAM_DONE, RULE_DONE])
  assert.equal(read('rules/r.test.yaml'), FILES['rules/r.test.yaml'])
  assert.deepEqual(readdirSync(join(dir, 'streams')).sort(), ['done.sql', 's.sql'])
  assert.deepEqual(await fmt(dir), { code: 0, out: '', err: '' })
})

test('--check names files and writes nothing', async t => {
  const { dir, read } = made(t)
  assert.deepEqual(await fmt(dir, [], { check: true }), { code: 1, out: 'rules/r.yaml\nstreams/s.sql\n', err: '' })
  assert.equal(read('streams/s.sql'), STREAM)
})

test('--diff prints what would change and writes nothing', async t => {
  const { dir, read } = made(t)
  const { code, out } = await fmt(dir, ['rules'], { diff: true })
  const hunk = '@@ -1,2 +1,2 @@\n-sql: select a from s # c\n+sql: SELECT a FROM s # c\n actions: [{log: {}}]\n'
  assert.equal(out, `--- rules/r.yaml\n+++ rules/r.yaml\n${hunk}`)
  assert.equal(code, 1)
  assert.equal(read('rules/r.yaml'), RULE)
})

test('--json says of each file what came of it', async t => {
  const { dir } = made(t, { ...FILES, 'rules/bad.yaml': 'sql: select a b from s\n' })
  const { code, out, err } = await fmt(dir, [], { json: true })
  const found = JSON.parse(out) as { path: string; status: string; findings: { line: number; code: string }[] }[]
  assert.deepEqual(
    found.map(({ path, status, findings }) => [path, status, ...findings.map(f => `${f.line} ${f.code}`)]),
    [
      ['rules/bad.yaml', 'failed', '1 SQL_SYNTAX'],
      ['rules/r.yaml', 'formatted'],
      ['streams/done.sql', 'unchanged'],
      ['streams/s.sql', 'formatted'],
    ],
  )
  assert.deepEqual([code, err], [1, ''])
})

test('a file that does not parse is reported with a caret and left alone, the others are done', async t => {
  const bad = 'create stream a ();\n\ncreate stream b (x nothing) with (type="x");\n'
  const { dir, read } = made(t, { ...FILES, 'streams/bad.sql': bad, 'rules/bad.yaml': 'id: x\nsql: [\n' })
  const { code, out, err } = await fmt(dir)
  assert.equal(out, 'rules/r.yaml\nstreams/s.sql\n')
  assert.match(err, /^rules\/bad\.yaml:\d+:\d+ CONFIG_SYNTAX\n/)
  assert.match(err, /^streams\/bad\.sql:1:19 SQL_SYNTAX$/m)
  assert.match(err, /^streams\/bad\.sql:3:20 DDL_FIELD\n.*\n {4}create stream b .*\n {23}\^{7}\n/m)
  assert.equal(code, 1)
  assert.equal(read('streams/bad.sql'), bad)
})

test('files and folders limit what is done', async t => {
  const { dir, read } = made(t)
  assert.equal((await fmt(dir, ['streams/s.sql'])).out, 'streams/s.sql\n')
  assert.equal((await fmt(dir, [join(dir, 'rules')])).out, 'rules/r.yaml\n')
  assert.equal(read('rules/r.yaml'), RULE_DONE)
})

test('a folder that is a link can be named as any other', async t => {
  const { dir, read } = made(t, { 'store/s.sql': STREAM })
  symlinkSync('store', join(dir, 'streams'))
  for (const path of ['streams', 'streams/s.sql', join(dir, 'streams'), '.']) {
    assert.equal((await fmt(dir, [path], { check: true })).out, 'streams/s.sql\n', path)
  }
  assert.equal(read('store/s.sql'), STREAM)
})

test('paths that mean nothing, and a folder that is not there, are misuse', async t => {
  const { dir, read } = made(t)
  for (const [paths, message] of [
    [['nowhere'], /no file or folder nowhere/],
    [['rules/r.test.yaml', 'streams'], /rules\/r\.test\.yaml is none of/],
    [['-', 'streams'], /alone/],
  ] as const) {
    const { code, err } = await fmt(dir, paths)
    assert.equal(code, 2)
    assert.match(err, message)
  }
  assert.equal((await fmt(join(dir, 'nowhere'))).code, 2)
  assert.equal(read('streams/s.sql'), STREAM)
})

test('line ends, the mark of byte order and the mode of a file stay', async t => {
  const crlf = '\ufeff# c\r\nid: a\nsql: |\r\n  select a,\r\n  b from s\r\nb: 1\r\n'
  const { dir, read } = made(t, { 'rules/a.yaml': crlf, 'streams/a.sql': `\ufeff-- c\r\n${STREAM.trimEnd()}` })
  chmodSync(join(dir, 'rules/a.yaml'), 0o640)
  await fmt(dir)
  assert.equal(read('rules/a.yaml'), '\ufeff# c\r\nid: a\nsql: |\r\n  SELECT a, b\r\n  FROM s\r\nb: 1\r\n')
  assert.equal(read('streams/a.sql'), `\ufeff-- c\r\n${STREAM_DONE.trimEnd()}\r\n`)
  assert.equal(statSync(join(dir, 'rules/a.yaml')).mode & 0o777, 0o640)
  assert.deepEqual(await fmt(dir, [], { check: true }), { code: 0, out: '', err: '' })
})

test('a file that is read-only is left alone, and says so; the others are done', async t => {
  const { dir, read } = made(t)
  chmodSync(join(dir, 'streams/s.sql'), 0o444)
  const { code, out, err } = await fmt(dir)
  assert.deepEqual([code, out], [1, 'rules/r.yaml\n'])
  assert.match(err, /^streams\/s\.sql:1:1 FILE_READ\n {2}The file is read-only\.\n/)
  assert.equal(read('streams/s.sql'), STREAM)
})

test('what was saved while a file was formatted is not overwritten, and nothing is left beside it', async t => {
  const { dir, read } = made(t, { 'streams/s.sql': '-- newer\n' })
  const path = join(dir, 'streams/s.sql')
  await assert.rejects(replaceText(path, STREAM, STREAM_DONE), { code: 'FILE_READ', what: /changed while/ })
  assert.equal(read('streams/s.sql'), '-- newer\n')
  assert.deepEqual(readdirSync(join(dir, 'streams')), ['s.sql'])
})

test('a folder that takes no new file fails its files, with what to do', () => {
  const error = unwritable(Object.assign(new Error('no'), { code: 'EROFS' }))
  assert.match(errorText(error), /cannot be written: EROFS\.\n.*must be writable/)
})

test('a link inside the folder is followed and stays a link, one that leads out is refused', async t => {
  const { dir, read } = made(t, { 'store/s.sql': STREAM, 'streams/x.sql': STREAM_DONE })
  const other = made(t, { 'o.sql': STREAM })
  symlinkSync('../store/s.sql', join(dir, 'streams/s.sql'))
  symlinkSync(join(other.dir, 'o.sql'), join(dir, 'streams/o.sql'))
  const { code, out, err } = await fmt(dir)
  assert.deepEqual([code, out], [1, 'streams/s.sql\n'])
  assert.match(err, /^streams\/o\.sql:1:1 FILE_READ\n.*leads out/)
  assert.equal(read('store/s.sql'), STREAM_DONE)
  assert.equal(
    readdirSync(join(dir, 'streams'), { withFileTypes: true })
      .find(e => e.name === 's.sql')
      ?.isSymbolicLink(),
    true,
  )
  assert.equal(other.read('o.sql'), STREAM)
})

test('- reads SQL and writes it, a SELECT or statements', async () => {
  const from = (text: string, options: Partial<FmtOptions> = {}) =>
    fmt('nowhere', ['-'], { input: () => Promise.resolve(text), ...options })
  assert.deepEqual(await from('-- c\nselect a from b'), { code: 0, out: '-- c\nSELECT a FROM b\n', err: '' })
  assert.deepEqual(await from(`${STREAM}${STREAM}`), { code: 0, out: `${STREAM_DONE}\n${STREAM_DONE}`, err: '' })
  assert.equal((await from('/ * a */ - - b\nselect a from b')).out, '/* a */\n-- b\nSELECT a FROM b\n')
  assert.equal((await from('select a\r\nfrom b\r\n')).out, 'SELECT a\r\nFROM b\r\n')
  assert.deepEqual(await from(STREAM, { check: true }), { code: 1, out: '<stdin>\n', err: '' })
  assert.deepEqual(await from(STREAM_DONE, { check: true }), { code: 0, out: '', err: '' })
  const refused = await from('select a b from c')
  assert.deepEqual([refused.code, refused.out], [1, ''])
  assert.match(refused.err, /^<stdin>:1:10 SQL_SYNTAX/)
  assert.equal((await from(STREAM, { json: true })).code, 2)
})
