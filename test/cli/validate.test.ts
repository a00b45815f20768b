import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runValidate, type ValidateOptions } from '../../src/cli/validate.ts'
import { folder, Printed } from '../testing/support.ts'

const GOOD = {
  'streams/s.sql': 'CREATE STREAM s (id STRING, t FLOAT) WITH (TYPE="httppush", FORMAT="json");\n',
  'rules/r.yaml': 'sql: SELECT id FROM s\nactions: [{log: {}}]\n',
  'rules/r.test.yaml': 'rule: r\ncases: [{name: a, expect: []}]\n',
}

async function validate(t: TestContext, files: Record<string, string>, options: Partial<ValidateOptions> = {}) {
  const out = new Printed()
  const err = new Printed()
  const code = await runValidate({ dir: folder(t, files), env: {}, out, err, ...options })
  return { code, out: out.text, err: err.text, last: out.lines.at(-1) }
}

/** The first line of each finding: place and code. */
function places(out: string): string[] {
  return out.split('\n').filter(line => /^\S+:\d+:\d+ [A-Z_]+/.test(line))
}

test('the repository is valid', async () => {
  const out = new Printed()
  const code = await runValidate({ dir: join(import.meta.dirname, '../..'), env: {}, out, err: out })
  assert.match(out.text, /^0 errors, 0 warnings in \d+ files\n$/)
  assert.equal(code, 0)
})

test('a good folder counts its files, tests too', async t => {
  const { code, out } = await validate(t, GOOD)
  assert.equal(out, '0 errors, 0 warnings in 3 files\n')
  assert.equal(code, 0)
})

test('every fault of every file is said at once, in the order of paths and lines', async t => {
  const { code, out, last } = await validate(t, {
    ...GOOD,
    'etc/sluice.yaml': 'log: {level: loud}\nlogg: {}\n',
    'etc/sources/httppush.yaml': 'source: {httpServerPort: many}\n',
    'streams/t.sql': 'CREATE STREAM a (x NUMBER) WITH (TYPE="httppush");\nCREATE STREAM b () WITH (TYP="httppush");\n',
    'rules/both.yaml': 'actions:\n  - nosuchsink: {}\nsql: SELECT idd FROM s\n',
    'rules/sql.yaml': 'actions: [{log: {}}]\nsql: |\n  SELECT id\n  FROM s WHERE nosuch(id)\n',
    'rules/yaml.yaml': 'sql: "SELECT\n',
    'rules/x.test.yaml': 'rule: nowhere\ncases: [{name: a, expect: []}]\n',
    'rules/y.test.yaml': 'rule: r\ncases: [{name: a, expekt: []}]\n',
    'rules/z.jsonl': '{"name": "a", "sql": "S", "accept": true}\n{"name": "a", "sql": "S"}\n',
  })
  assert.deepEqual(places(out), [
    'etc/sluice.yaml:1:14 CONFIG_VALUE',
    'etc/sluice.yaml:2:1 CONFIG_UNKNOWN_KEY',
    'etc/sources/httppush.yaml:1:26 CONFIG_VALUE',
    'rules/both.yaml:2:5 RULE_ACTION',
    'rules/both.yaml:3:13 SQL_UNKNOWN_COLUMN',
    'rules/sql.yaml:4:16 SQL_UNKNOWN_FUNCTION',
    'rules/x.test.yaml:1:7 TEST_FILE',
    'rules/y.test.yaml:2:19 TEST_FILE',
    'rules/yaml.yaml:1:6 CONFIG_SYNTAX',
    'rules/z.jsonl:2:1 TEST_FILE',
    'streams/t.sql:1:20 DDL_FIELD',
    'streams/t.sql:2:26 DDL_OPTION',
  ])
  assert.match(out, /rules\/sql\.yaml:4:16 [\s\S]*?\n {4}FROM s WHERE nosuch\(id\)\n {4} {13}\^{6}/)
  assert.equal(last, '12 errors, 0 warnings in 12 files')
  assert.equal(code, 1)
})

test('a fault that many rules suffer from is one finding', async t => {
  const { out } = await validate(t, {
    'streams/s.sql': 'CREATE STREAM s () WITH (TYPE="nosuch");\n',
    'rules/a.yaml': 'sql: SELECT * FROM s\nactions: [{log: {}}]\n',
    'rules/b.yaml': 'sql: SELECT * FROM s\nactions: [{log: {}}]\n',
  })
  assert.deepEqual(places(out), [
    'rules/a.yaml:1:20 SQL_UNKNOWN_SOURCE',
    'rules/b.yaml:1:20 SQL_UNKNOWN_SOURCE',
    'streams/s.sql:1:31 DDL_OPTION',
  ])
})

const WARNED = {
  ...GOOD,
  'etc/sources/httppush.yaml': 'application_conf: {server: "PUT"}\n',
}

test('warnings are said as such, and fail only when told to', async t => {
  const { code, out, last } = await validate(t, WARNED)
  assert.equal(code, 0)
  assert.equal(last, '0 errors, 1 warning in 4 files')
  assert.match(out, /^etc\/sources\/httppush\.yaml:1:20 CONFIG_UNKNOWN_KEY \(warning\)\n.*read as "method"/)
  assert.equal((await validate(t, WARNED, { strict: true })).code, 1)
})

test('what can run and cannot work is a warning', async t => {
  const sql = (where: string) => `sql: SELECT id FROM o WHERE ${where}\nactions: [{log: {}}]\n`
  const { code, out } = await validate(t, {
    ...GOOD,
    'streams/o.sql': 'CREATE STREAM o () WITH (TYPE="httppush", DATASOURCE="/o");\n',
    'rules/null.yaml': sql('id = NULL'),
    'rules/pattern.yaml': sql('regexp_matches(id, "(a")'),
  })
  assert.equal(code, 0)
  assert.match(out, /^rules\/null\.yaml:1:34 SQL_UNKNOWN_COLUMN \(warning\)/m)
  assert.match(
    out,
    /^rules\/pattern\.yaml:1:48 SQL_ARGUMENT \(warning\)\n.*missing closing \)[\s\S]*?fails on every row/m,
  )
})

test('--json is an array of findings and nothing else', async t => {
  const { code, out } = await validate(
    t,
    { ...WARNED, 'rules/q.yaml': 'sql: SELECT idd FROM s\nactions: [{log: {}}]\n' },
    { json: true },
  )
  assert.equal(code, 1)
  const findings = JSON.parse(out)
  assert.deepEqual(
    findings.map(({ path, line, column, code, severity }: Record<string, unknown>) => [
      path,
      line,
      column,
      code,
      severity,
    ]),
    [
      ['etc/sources/httppush.yaml', 1, 20, 'CONFIG_UNKNOWN_KEY', 'warning'],
      ['rules/q.yaml', 1, 13, 'SQL_UNKNOWN_COLUMN', 'error'],
    ],
  )
  assert.deepEqual(Object.keys(findings[1]), ['path', 'line', 'column', 'code', 'severity', 'what', 'why', 'fix'])
  assert.match(findings[1].fix, /Did you mean "id"/)
  assert.equal((await validate(t, GOOD, { json: true })).out, '[]\n')
})

test('no secret is printed, neither a resolved one nor one that stands in a file', async t => {
  const files = {
    ...GOOD,
    'rules/a.yaml': 'sql: SELECT id FROM s\nactions:\n  - mqtt: {server: "tcp://x:1", topic: a, password: 12345678}\n',
    'rules/b.yaml': 'sql: SELECT id FROM s\nactions:\n  - rest: {url: "${env:WHERE}", bodyType: "${env:WHERE}"}\n',
    'rules/c.yaml': 'sql: SELECT id FROM s\nactions:\n  - mqtt: {topic: a, password: "literal-secret"}\n',
    'rules/d.yaml':
      'sql: SELECT id FROM s\nactions:\n  - mqtt: {server: "tcp://x:1", topic: a, password: "${env:MISSING}"}\n',
  }
  for (const json of [false, true]) {
    const { code, out } = await validate(t, files, { json, env: { WHERE: 'resolved-secret' } })
    assert.equal(code, 1)
    assert.doesNotMatch(out, /12345678|resolved-secret|literal-secret/)
    assert.match(out, /MISSING/)
  }
})

test('a folder that is not there is a matter of usage; an empty one is valid', async t => {
  const { code, err } = await validate(t, {}, { dir: '/nonexistent' })
  assert.equal(code, 2)
  assert.match(err, /the folder \/nonexistent does not exist/)
  assert.equal((await validate(t, {})).out, '0 errors, 0 warnings in 0 files\n')
})
