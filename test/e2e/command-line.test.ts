// The command line as scripts use it: exit codes 0, 1, 2 and 78, and one line that says what to do.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../support/appliance-process.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

function run(args: readonly string[], cwd: string): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [MAIN, ...args], { cwd, timeout: 15_000 }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

interface Usage {
  readonly args: readonly string[]
  readonly code: number
  readonly says: RegExp
}

const USAGES: readonly Usage[] = [
  { args: [], code: 2, says: /Usage: sluice/ },
  { args: ['--help'], code: 0, says: /validate[\s\S]*test[\s\S]*status[\s\S]*tail/ },
  { args: ['--version'], code: 0, says: /^\d+\.\d+\.\d+\n$/ },
  ...['run', 'tail'].map(name => ({
    args: [name, '--help'],
    code: 0,
    says: new RegExp(`Usage: sluice ${name} [\\s\\S]*--dir <folder>`),
  })),
  { args: ['bogus'], code: 2, says: /unknown command 'bogus'/ },
  { args: ['plan', '--detailed-exitcode'], code: 2, says: /"plan" is not built yet/ },
  { args: ['run', '--bad'], code: 2, says: /unknown option '--bad'/ },
  { args: ['run', '--dir', 'none'], code: 78, says: /The folder \S+none does not exist[\s\S]*--dir or SLUICE_DIR/ },
  { args: ['run', '--dir', 'file'], code: 78, says: /file is not a folder/ },
  { args: ['validate', 'extra'], code: 2, says: /too many arguments/ },
  { args: ['validate', '--dir', 'file'], code: 2, says: /file is not a folder/ },
  { args: ['test', '--reporter', 'xml'], code: 2, says: /no reporter "xml"/ },
  { args: ['status', '--dir', 'none'], code: 2, says: /the folder none does not exist/ },
  { args: ['status', '--url', 'nonsense'], code: 2, says: /--url takes an address .*not "nonsense"/ },
  { args: ['status', '--dir', 'free'], code: 2, says: /status\.port: 0.*--url/ },
  { args: ['tail'], code: 2, says: /missing required argument 'rule'/ },
  { args: ['tail', 'r', '--count', '0'], code: 2, says: /--count takes a whole number/ },
]

describe('sluice', { concurrency: 2 }, () => {
  for (const { args, code, says } of USAGES) {
    test(`${args.join(' ') || '(nothing)'}: exit ${code}`, async t => {
      const dir = temporaryFolder(t, { file: 'x', 'free/etc/sluice.yaml': 'status: {port: 0}\n' })
      const { code: got, out, err } = await run(args, dir)
      assert.equal(got, code, out + err)
      assert.match(out + err, says)
      assert.doesNotMatch(out + err, /^ {4}at /m, 'no stack')
    })
  }

  test('validate: every error of every file at once, with file, line and column, exit 1', async t => {
    const stream = 'CREATE STREAM s (a BIGINT) WITH (TYPE="httppush", DATASOURCE="/in", FORMAT="json");\n'
    const dir = temporaryFolder(t, {
      'streams/s.sql': `${stream}CREATE STREAM q () WITH (TYPE="mqtt", DATASOURCE="t");\n`,
      'rules/sql.yaml': 'sql: SELECT b FROM s\nactions: [{log: {}}]\n',
      'rules/syntax.yaml': 'sql: SELECT a FROM s\nactions:\n  - log: {}\n bad: x\n',
      'rules/options.yaml':
        'sql: SELECT b FROM s\nactions: [{logg: {}}, {kafka: {}}]\noptions: {sendErorr: true, qos: 1}\n',
      'rules/json.json': '{"sql": "SELECT a FROM s"}',
      'rules/good.yaml': 'sql: SELECT a FROM s\nactions: [{log: {}}]\n',
      'etc/sluice.yaml': 'log: {level: loud}\n',
      'etc/kuiper.yaml': 'basic: {}\n',
    })
    const { code, out } = await run(['validate', '--json'], dir)
    assert.equal(code, 1)
    const found = JSON.parse(out) as { path: string; line: number; column: number; code: string; severity: string }[]
    assert.deepEqual(
      found.map(f => `${f.path}:${f.line}:${f.column} ${f.code} ${f.severity}`),
      [
        'etc/kuiper.yaml:1:1 CONFIG_VALUE warning',
        'etc/sluice.yaml:1:14 CONFIG_VALUE error',
        'rules/json.json:1:1 CONFIG_VALUE error',
        'rules/options.yaml:1:13 SQL_UNKNOWN_COLUMN error',
        'rules/options.yaml:2:12 RULE_ACTION error',
        'rules/options.yaml:2:24 RULE_ACTION error',
        'rules/options.yaml:3:11 RULE_OPTION error',
        'rules/options.yaml:3:28 RULE_OPTION error',
        'rules/sql.yaml:1:13 SQL_UNKNOWN_COLUMN error',
        'rules/syntax.yaml:4:2 CONFIG_SYNTAX error',
        'streams/s.sql:2:31 SQL_NOT_BUILT error',
      ],
    )
  })
})
