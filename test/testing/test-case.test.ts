import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readYaml } from '../../src/config/yaml.ts'
import { errorLine } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { readCaseLine } from '../../src/testing/case-line.ts'
import { readCases } from '../../src/testing/test-case.ts'

function read(text: string) {
  const { cases, errors } = readCases(readYaml(new FileText('rules/r.test.yaml', text)), false)
  return { cases, errors: errors.map(errorLine) }
}

function readLine(text: string) {
  const { cases, errors } = readCaseLine('c.jsonl', 7, text)
  return { cases, errors: errors.map(errorLine) }
}

test('a file in full', () => {
  const { cases, errors } = read(`sql: SELECT * FROM s
streams: [CREATE STREAM s ()]
options: {sendError: true, qos: 0}
cases:
  - name: one
    options: {sendError: false}
    given:
      - {stream: s, at: 10s, data: {a: 1}}
      - {stream: s, raw: x}
      - {at: 1m}
      - {stream: s, at: 60001, http: {headers: {x-n: 5}, body: '{}'}, status: 400}
    expect: []
    unordered: true
  - name: two
    reject: true
`)
  assert.deepEqual(errors, [])
  const [one, two] = cases
  assert.deepEqual(one?.options, { sendError: false, qos: 0 })
  assert.deepEqual(
    one.steps.map(({ at, stream, body, http, status }) => [at, stream, body, http?.headers, status]),
    [
      [10_000, 's', '{"a":1}', undefined, undefined],
      [10_000, 's', 'x', undefined, undefined],
      [60_000, undefined, undefined, undefined, undefined],
      [60_001, 's', '{}', { 'x-n': '5' }, 400],
    ],
  )
  assert.equal(one.locate().line, 5)
  assert.equal(one.streams?.[0]?.text, 'CREATE STREAM s ()')
  assert.deepEqual(two?.expectation, { kind: 'reject', text: undefined })
})

test('integers that a double cannot hold are read as they are written', () => {
  const { cases } = read(`rule: r
cases: [{name: a, given: [{stream: s, data: {n: 9007199254740993, f: 1e300}}], expect: [[{n: -9007199254740993}]]}]`)
  assert.equal(cases[0]?.steps[0]?.body, '{"f":1e+300,"n":9007199254740993}')
  assert.deepEqual(cases[0]?.expectation.kind === 'run' && cases[0].expectation.emissions, [
    [{ n: -9007199254740993n }],
  ])
})

test('a file may hold one flat case, and a line of a corpus nothing else', () => {
  const flat = '{"name": "a", "rule": "r", "expect": [], "from": "somewhere"}'
  assert.equal(read(flat).cases[0]?.name, 'a')
  assert.equal(readLine(flat).cases[0]?.name, 'a')
  assert.match(
    readLine('{"rule": "r", "cases": []}').errors[0]!,
    /c\.jsonl:7:\d+ TEST_FILE The key "name" is missing|"cases"/,
  )
})

/** Every fault with its place: line and column as an editor counts them. */
const FAULTS: Record<string, [text: string, error: RegExp]> = {
  'an unknown key': [
    'rule: r\ncases: [{name: a, given: [], expekt: []}]',
    /:2:30 TEST_FILE The key "expekt".*Did you mean "expect"/,
  ],
  'an unknown key of a step': [
    'rule: r\ncases: [{name: a, expect: [], given: [{att: 1}]}]',
    /:2:40 TEST_FILE The key "att".*Did you mean "at"/,
  ],
  'no cases': ['rule: r', /:1:\d+ TEST_FILE The key "cases" is missing/],
  'neither rule nor sql': ['cases: [{name: a, expect: []}]', /TEST_FILE Neither rule: nor sql:/],
  'both rule and sql': ['rule: r\nsql: SELECT 1\ncases: [{name: a, expect: []}]', /TEST_FILE There are both/],
  'nothing expected': ['rule: r\ncases: [{name: a}]', /:2:9 TEST_FILE The case expects nothing/],
  'a row in place of an emission': [
    'rule: r\ncases: [{name: a, expect: [{a: 1}]}]',
    /:2:28 TEST_FILE .* a list of rows/,
  ],
  'no time': ['rule: r\ncases: [{name: a, expect: [], given: [{at: soon}]}]', /:2:44 TEST_FILE .*"soon"/],
  'a clock that goes back': [
    'rule: r\ncases: [{name: a, expect: [], given: [{at: 2s}, {at: 1s}]}]',
    /:2:54 TEST_FILE .*never goes back/,
  ],
  'two bodies': [
    'rule: r\ncases: [{name: a, expect: [], given: [{stream: s, data: {}, raw: x}]}]',
    /TEST_FILE A step has one of/,
  ],
  'no body': [
    'rule: r\ncases: [{name: a, expect: [], given: [{stream: s, at: 1}]}]',
    /TEST_FILE The step pushes nothing/,
  ],
  'no target': ['rule: r\ncases: [{name: a, expect: [], given: [{at: 1, data: {}}]}]', /TEST_FILE .*where to push/],
  'an empty step': ['rule: r\ncases: [{name: a, expect: [], given: [{}]}]', /TEST_FILE The step does nothing/],
  'a status without a request': [
    'rule: r\ncases: [{name: a, expect: [], given: [{stream: s, data: {}, status: 400}]}]',
    /TEST_FILE Only an http step/,
  ],
  'a number that JSON has not': [
    'rule: r\ncases: [{name: a, expect: [], given: [{stream: s, data: {a: .nan}}]}]',
    /:2:\d+ TEST_FILE No JSON body/,
  ],
  'given beside accept': [
    'sql: S\ncases: [{name: a, accept: true, given: []}]',
    /TEST_FILE With accept nothing is run/,
  ],
  'reject: false': ['sql: S\ncases: [{name: a, reject: false}]', /TEST_FILE reject must be true or a text/],
  'sinks of a statement': [
    'sql: S\ncases: [{name: a, sinks: {log: []}}]',
    /TEST_FILE Only a rule of the repository has actions/,
  ],
  'an unknown rule option': [
    'sql: S\noptions: {sendErr: true}\ncases: [{name: a, accept: true}]',
    /:2:11 TEST_FILE .*Did you mean "sendError"/,
  ],
}

for (const [name, [text, error]] of Object.entries(FAULTS)) {
  test(`refused with a place: ${name}`, () => {
    const { cases, errors } = read(text)
    assert.deepEqual(cases, [])
    assert.match(errors[0]!, error)
    assert.match(errors[0]!, /^rules\/r\.test\.yaml:\d+:\d+ TEST_FILE /)
  })
}

test('a line of a corpus is refused with its number and column', () => {
  assert.match(readLine('{"name": "a", "sqll": "S", "accept": true}').errors[0]!, /^c\.jsonl:7:16 TEST_FILE .*"sqll"/)
  assert.match(readLine('{"name": "a", ').errors[0]!, /^c\.jsonl:7:15 TEST_FILE Not valid JSON/)
  assert.match(readLine('[]').errors[0]!, /^c\.jsonl:7:1 TEST_FILE/)
})

test('statements of a corpus know their place in the line', () => {
  const [line] = readLine('{"name": "a", "sql": "SELECT \\"x\\" FROM s", "accept": true}').cases
  assert.ok(line?.subject.kind === 'sql')
  const at = line.subject.sql.text.indexOf('FROM')
  assert.deepEqual(
    (({ path, line, column }) => [path, line, column])(line.subject.sql.locate({ start: at, end: at + 4 })),
    ['c.jsonl', 7, 36],
  )
})
