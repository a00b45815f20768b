import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runTest, type TestOptions } from '../../src/cli/test.ts'
import { folder, Printed } from '../testing/support.ts'

const STREAMS = `CREATE STREAM s (id STRING, t FLOAT, n BIGINT) WITH (TYPE="httppush", DATASOURCE="/in/{dev}", FORMAT="json");
CREATE STREAM m () WITH (TYPE="memory", DATASOURCE="topic", FORMAT="json");`
const HOT = `id: hot
sql: SELECT id, t FROM s WHERE t > 10
actions:
  - mqtt: {server: "tcp://nowhere:1", topic: a, sendSingle: true, dataTemplate: '{"alert":"{{.id}}"}', password: "\${env:SECRET}"}
  - mqtt: {server: "tcp://nowhere:1", topic: b, fields: [id]}
  - memory: {topic: q}
    log: {omitIfEmpty: true}
`

async function run(
  t: TestContext,
  files: Record<string, string>,
  options: Partial<TestOptions> & { paths?: string[] } = {},
) {
  const dir = folder(t, files)
  const out = new Printed()
  const err = new Printed()
  const code = await runTest(options.paths ?? [], { dir, env: {}, out, err, ...options })
  return { code, out: out.text, err: err.text, last: out.lines.at(-1) }
}

/** A case of rules/hot.yaml, or of a rule with another SELECT. */
function runCase(t: TestContext, body: string, rule = HOT) {
  return run(t, {
    'streams/s.sql': STREAMS,
    'rules/hot.yaml': rule,
    'rules/hot.test.yaml': `rule: hot\ncases:\n  - name: the case\n${body.replace(/^/gm, '    ')}\n`,
  })
}

test('cases that pass are named, and the exit code is 0', async t => {
  const { code, out, last } = await runCase(
    t,
    'given: [{stream: s, at: 0, data: {id: a, t: 11}}]\nexpect: [[{id: a, t: 11}]]',
  )
  assert.equal(out, 'rules/hot.test.yaml\n  ✓ the case\n\n1 passed, 0 failed\n')
  assert.equal(last, '1 passed, 0 failed')
  assert.equal(code, 0)
})

test('a case that fails says where it stands, what was expected and what came', async t => {
  const { code, out, last } = await runCase(
    t,
    'given: [{stream: s, at: 0, data: {id: a, t: 11}}]\nexpect: [[{id: a, t: 12}]]',
  )
  assert.equal(code, 1)
  assert.equal(last, '0 passed, 1 failed')
  assert.match(out, /✗ the case {2}\(rules\/hot\.test\.yaml:3\)/)
  assert.match(out, /- expected \{"id":"a","t":12\}\n.*\+ got {6}\{"id":"a","t":11\}\n.*t: expected 12, got 11/)
})

test('what a row was discarded for is noted beside the difference', async t => {
  const { out } = await runCase(
    t,
    'given: [{stream: s, at: 0, data: {t: hot}}, {stream: s, raw: "{"}]\nexpect: [[{t: 1}]]',
  )
  assert.match(out, /note: .*wrong type:string/)
  assert.match(out, /note: step 2: the body is refused: /)
})

test('requests come through the real ingest', async t => {
  const rule = HOT.replace('id, t FROM', 'id, meta(dev) AS dev, meta(header->`content-type`) AS type FROM')
  const request =
    'http: {path: /in/d1, headers: {Content-Type: application/json}, body: "[{\\"id\\":\\"a\\",\\"t\\":11}]"}'
  const { out, code } = await runCase(
    t,
    `given: [{stream: s, at: 0, ${request}}]\nexpect: [[{id: a, dev: d1, type: application/json}]]`,
    rule,
  )
  assert.equal(code, 0, out)
})

test('a refusal that no step expects fails the case with the words of the answer', async t => {
  const { out, code } = await runCase(t, 'given: [{stream: s, at: 0, http: {path: /in/d1, body: "{"}}]\nexpect: []')
  assert.equal(code, 1)
  assert.match(out, /step 1: POST \/in\/d1: expected a 2xx, got 400 Body is not JSON: /)
})

test('a step may expect its refusal, and fails when there is none', async t => {
  const steps = (status: number) => `given:
  - {stream: s, http: {path: /in/d1, body: "{"}, status: 400}
  - {http: {path: /elsewhere, body: "{}"}, status: 404}
  - {stream: s, http: {path: /in/d1, method: PUT, body: "{}"}, status: 405}
  - {stream: s, http: {path: /in/d1, headers: {content-type: text/csv}, body: "a"}, status: ${status}}
expect: []`
  assert.equal((await runCase(t, steps(415))).code, 0)
  const { out } = await runCase(t, steps(400))
  assert.match(out, /step 4: .* expected 400, got 415/)
  const taken = await runCase(t, 'given: [{stream: s, http: {path: /in/d1, body: "{}"}, status: 400}]\nexpect: []')
  assert.match(taken.out, /expected 400, got 200 ok/)
})

/** What a step cannot mean, by the piece of the message that says so. */
const SENSELESS: Record<string, readonly [column: number, words: string]> = {
  '{stream: ss, data: {}}': [22, 'No stream or table is called "ss".'],
  '{stream: s, http: {body: "{}"}}': [31, 'has parameters'],
  '{stream: m, http: {body: "{}"}}': [31, 'has TYPE "memory"'],
}
for (const [step, [column, words]] of Object.entries(SENSELESS)) {
  test(`a step that makes no sense fails the case with its place: ${step}`, async t => {
    const { code, out } = await runCase(t, `given: [${step}]\nexpect: []`)
    assert.equal(code, 1)
    assert.ok(out.includes(`rules/hot.test.yaml:4:${column} TEST_FILE`), out)
    assert.ok(out.includes(words), out)
  })
}

test('time is moved by steps alone, from the first one on', async t => {
  const rule = HOT.replace(
    'SELECT id, t FROM s WHERE t > 10',
    'SELECT count(*) AS c FROM s GROUP BY TUMBLINGWINDOW(ss, 10)',
  )
  const { out, code } = await runCase(
    t,
    `given:
  - {stream: s, at: 9s, data: {t: 1}}
  - {stream: s, at: 10s, data: {t: 1}}
  - {stream: s, data: {t: 1}}
  - {at: 20s}
  - {stream: s, at: 25000, data: {t: 1}}
expect: [[{c: 1}], [{c: 2}]]`,
    rule,
  )
  assert.equal(code, 0, out)
})

test('many rows of one step are all worked on before the clock moves', async t => {
  const data = JSON.stringify(Array.from({ length: 5000 }, () => ({ t: 1 })))
  const rule = HOT.replace(
    'SELECT id, t FROM s WHERE t > 10',
    'SELECT count(*) AS c FROM s GROUP BY TUMBLINGWINDOW(ss, 1)',
  )
  const step = `{stream: s, data: ${data}}`
  const { out, code } = await runCase(t, `given: [${`${step}, `.repeat(4)} {at: 1s}]\nexpect: [[{c: 20000}]]`, rule)
  assert.equal(code, 0, out.slice(0, 500))
})

test('sinks are given the bytes that they would send, and nothing is sent', async t => {
  const body = (first: string) => `given: [{stream: s, data: [{id: a, t: 11}, {id: b, t: 12}]}]
sinks:
  mqtt[0]: ['${first}', {alert: b}]
  mqtt[1]: ['[{"id":"a"}]', '[{"id":"b"}]']
  memory: [[{id: a, t: 11}], '[{"id":"b","t":12}]']
  log[0]: [[{t: 11, id: a}], [{t: 12, id: b}]]`
  const good = await runCase(t, body('{"alert":"a"}'))
  assert.equal(good.code, 0, good.out)
  const bad = await runCase(t, body('{"alert": "a"}'))
  assert.match(bad.out, /sink mqtt\[0\], message 1 differs\n.*- expected \{"alert": "a"\}\n.*\+ got {6}\{"alert":"a"\}/)
})

test('messages that are missing, too many, or cannot be made fail the case', async t => {
  const given = 'given: [{stream: s, data: {id: a, t: 11}}]\n'
  assert.match((await runCase(t, `${given}sinks: {memory: []}`)).out, /sink memory, message 1: not expected/)
  assert.match((await runCase(t, `${given}sinks: {memory: ['x', 'y']}`)).out, /sink memory, message 1 differs/)
  const { out } = await runCase(t, `${given}sinks: {log: []}`, HOT.replace('omitIfEmpty: true', 'dataField: nothing'))
  assert.match(out, /sink log, message 1: it could not be made: dataField "nothing"/)
})

test('an action that the rule does not have is told from those that it has', async t => {
  const { out, code } = await runCase(t, 'sinks: {mqtt: []}')
  assert.equal(code, 1)
  assert.match(out, /hot\.test\.yaml:4:13 TEST_FILE\n.*no action "mqtt"[\s\S]*mqtt\[0\], mqtt\[1\], memory, log/)
})

test('secrets are not needed, and stay references', async t => {
  const rule = HOT.replace('{"alert":"{{.id}}"}', '${env:SECRET}')
  const body = "given: [{stream: s, data: {id: a, t: 11}}]\nsinks: {'mqtt[0]': ['${env:SECRET}']}"
  const files = {
    'streams/s.sql': STREAMS,
    'rules/hot.yaml': rule,
    'rules/hot.test.yaml': `rule: hot\ncases:\n  - name: the case\n${body.replace(/^/gm, '    ')}\n`,
  }
  for (const env of [{}, { SECRET: 'hunter2' }]) {
    const { out, code } = await run(t, files, { env })
    assert.equal(code, 0, out)
  }
})

test('rule options come from the file, then the case', async t => {
  const files = {
    'rules/a.test.yaml': `sql: SELECT t + 1 AS x FROM s
streams: ['CREATE STREAM s (t FLOAT) WITH (TYPE="httppush")']
options: {sendError: true}
cases:
  - {name: error, given: [{stream: s, data: {t: a}}], expect: [[{error: any}]]}
  - {name: no error, options: {sendError: false}, given: [{stream: s, data: {t: a}}], expect: []}
`,
  }
  const { out, last } = await run(t, files)
  assert.equal(last, '2 passed, 0 failed', out)
})

const CORPUS = [
  { name: 'runs', sql: 'SELECT a FROM s', given: [{ stream: 's', at: 5, data: { a: 1 } }], expect: [[{ a: 1 }]] },
  { name: 'accepts', sql: 'SELECT a FROM s', accept: true },
  { name: 'rejects', sql: 'SELECT FROM', reject: 'found FROM' },
  { name: 'must reject', sql: 'SELECT a FROM s', reject: 'some words' },
  { name: 'must accept', sql: 'SELECT a FROM other', accept: true },
].map(line => JSON.stringify({ ...line, streams: ['CREATE STREAM s () WITH (TYPE="httppush")'] }))

test('a corpus runs line by line; only its failures are listed', async t => {
  const { code, out, last } = await run(t, { 'rules/c.jsonl': `${CORPUS.join('\n')}\n\n{"name":\n` })
  assert.equal(code, 1)
  assert.equal(last, '3 passed, 3 failed')
  assert.match(out, /^ {2}3 of 6 passed$/m)
  assert.doesNotMatch(out, /runs|accepts/)
  assert.match(out, /✗ must reject {2}\(rules\/c\.jsonl:4\)\n.*must be refused, as in: some words/)
  assert.match(out, /✗ must accept[\s\S]*rules\/c\.jsonl:5:\d+ SQL_UNKNOWN_SOURCE/)
  assert.match(out, /✗ rules\/c\.jsonl:7 cannot be understood\n.*rules\/c\.jsonl:7:9 TEST_FILE/)
})

test('a file that cannot be understood is one failure with all its faults', async t => {
  const { code, out, last } = await run(t, { 'rules/c.test.json': '{"rule": "r", "cases": [{"nam": 1}], "x": 1}' })
  assert.equal(code, 1)
  assert.equal(last, '0 passed, 1 failed')
  assert.match(out, /c\.test\.json:1:27 TEST_FILE[\s\S]*c\.test\.json:1:39 TEST_FILE/)
})

test('a rule that is missing, or broken, or reads a broken stream, is said with its own place', async t => {
  const files = (rule: string) => ({
    'streams/s.sql': 'CREATE STREAM s () WITH (TYPE="httppsh");',
    'rules/a.yaml': 'sql: SELECT * FROM s\nactions: [{log: {}}]\n',
    'rules/b.yaml': 'sql: SELECT * FROM s\nactoins: []\n',
    'rules/x.test.yaml': `rule: ${rule}\ncases: [{name: c, reject: true}, {name: d, expect: []}]`,
  })
  assert.match((await run(t, files('aa'))).out, /x\.test\.yaml:1:7 TEST_FILE\n.*"aa"[\s\S]*Did you mean "a"/)
  assert.match((await run(t, files('aa'))).out, /0 passed, 2 failed/)
  assert.match((await run(t, files('b'))).out, /b\.yaml:2:1 CONFIG_UNKNOWN_KEY/)
  assert.match((await run(t, files('a'))).out, /streams\/s\.sql:1:\d+ DDL_OPTION/)
  assert.match((await run(t, files('a'))).out, /1 passed, 1 failed/)
})

test('the json report is one document, and the summary goes to stderr', async t => {
  const { code, out, err } = await run(t, { 'rules/c.jsonl': CORPUS.join('\n') }, { reporter: 'json' })
  assert.equal(code, 1)
  const { cases, totals } = JSON.parse(out)
  assert.deepEqual(
    cases.map(({ file, name, line, ok }: Record<string, unknown>) => [file, name, line, ok]),
    [
      ['rules/c.jsonl', 'runs', undefined, true],
      ['rules/c.jsonl', 'accepts', undefined, true],
      ['rules/c.jsonl', 'rejects', undefined, true],
      ['rules/c.jsonl', 'must reject', 4, false],
      ['rules/c.jsonl', 'must accept', 5, false],
    ],
  )
  assert.match(cases[3].message, /must be refused/)
  assert.ok(cases.every(({ durationMs }: { durationMs: unknown }) => typeof durationMs === 'number'))
  assert.deepEqual([totals.passed, totals.failed], [3, 2])
  assert.equal(err, '3 passed, 2 failed\n')
})

test('files, folders and patterns may be given, each file once', async t => {
  const dir = folder(t, {
    'rules/in-rules.jsonl': CORPUS[0]!,
    'more/deep/a.jsonl': CORPUS[0]!,
    'more/b.test.yaml': CORPUS[1]!,
    'more/rule.yaml': 'no test',
    'more/node_modules/x.jsonl': CORPUS[0]!,
  })
  const shown = async (...paths: string[]) => {
    const out = new Printed()
    await runTest(paths, { dir, env: {}, out, err: out })
    return out.lines.filter(line => /^\S+\.(?:jsonl|yaml)$/.test(line))
  }
  assert.deepEqual(await shown(), ['rules/in-rules.jsonl'])
  assert.deepEqual(await shown('more'), ['more/b.test.yaml', 'more/deep/a.jsonl'])
  assert.deepEqual(await shown('{more,rules}/**/*.jsonl', 'more/deep'), [
    'more/deep/a.jsonl',
    'more/node_modules/x.jsonl',
    'rules/in-rules.jsonl',
  ])
  assert.deepEqual(await shown(join(dir, 'more/b.test.yaml')), ['more/b.test.yaml'])
})

test('a filter chooses cases by their names', async t => {
  const { last, code } = await run(t, { 'rules/c.jsonl': CORPUS.join('\n') }, { filter: 'REJECTS' })
  assert.equal(last, '1 passed, 0 failed')
  assert.equal(code, 0)
})

/** Usage errors: options, the words on stderr. */
const USAGE: Record<string, [options: Partial<TestOptions> & { paths?: string[] }, words: RegExp]> = {
  'no tests at all': [{}, /there are no tests: rules\//],
  'a file that is not there': [{ paths: ['nope.test.yaml'] }, /there is no file or folder nope\.test\.yaml/],
  'a pattern without matches': [{ paths: ['nope*'] }, /nothing matches nope\*/],
  'a folder without tests': [{ paths: ['streams'] }, /there are no tests in streams/],
  'another kind of file': [{ paths: ['streams/s.sql'] }, /is no test file/],
  'a reporter that is not built': [{ reporter: 'junit' }, /"junit" is not built yet/],
  'a reporter that nobody knows': [{ reporter: 'specs' }, /no reporter "specs"\. Did you mean "spec"/],
  coverage: [{ coverage: true }, /--coverage is not built yet/],
  'a folder that is not there': [{ dir: '/nonexistent' }, /the folder \/nonexistent does not exist/],
}
for (const [name, [options, words]] of Object.entries(USAGE)) {
  test(`exit code 2: ${name}`, async t => {
    const { code, err, out } = await run(t, { 'streams/s.sql': STREAMS }, options)
    assert.equal(code, 2)
    assert.match(err, words)
    assert.equal(out, '')
  })
}

test('exit code 2: no case left, by the filter or from the start', async t => {
  assert.equal((await run(t, { 'rules/c.jsonl': CORPUS.join('\n') }, { filter: 'nothing' })).code, 2)
  assert.equal((await run(t, { 'rules/c.jsonl': '\n' })).code, 2)
})

test('the conformance run fails below its floor, raises it when told, and never lowers it', t => {
  const dir = folder(t, { 'cases/g.jsonl': CORPUS.slice(0, 4).join('\n'), 'floor.json': '{"g": 4}' })
  const conformance = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../conformance.ts'), ...args], {
      env: { SLUICE_CONFORMANCE: join(dir, 'cases'), SLUICE_CONFORMANCE_FLOOR: join(dir, 'floor.json') },
      encoding: 'utf8',
    })
  const below = conformance('--update-floor', 'must reject')
  assert.equal(below.status, 1)
  assert.match(below.stdout, /must reject:4\n.*must be refused[\s\S]*g +3 passed +1 failed.*below the floor of 4/)
  assert.deepEqual(JSON.parse(readFileSync(join(dir, 'floor.json'), 'utf8')), { g: 4 })
  writeFileSync(join(dir, 'floor.json'), '{"g": 2}')
  assert.equal(conformance('--update-floor').status, 0)
  assert.deepEqual(JSON.parse(readFileSync(join(dir, 'floor.json'), 'utf8')), { g: 3 })
})
