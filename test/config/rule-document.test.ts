import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeLookUp } from '../../src/config/references.ts'
import { type CheckAction, readRule } from '../../src/config/rule-document.ts'
import { DEFAULT_RULE_OPTIONS } from '../../src/config/rule-options.ts'
import { errorLine, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'

const BASE = 'sql: SELECT * FROM s\nactions: [{log: {}}]\n'

function read(text: string, options: { path?: string; env?: Record<string, string>; checkAction?: CheckAction } = {}) {
  return readRule(new FileText(options.path ?? 'rules/r.yaml', text), {
    defaults: { ...DEFAULT_RULE_OPTIONS, sendNilField: true },
    lookUp: makeLookUp(options.env ?? {}),
    checkAction: options.checkAction ?? (() => {}),
  })
}

test('a rule in full', () => {
  const { rule, errors, warnings } = read(`id: overheat
name: Hot
sql: |
  SELECT *
  FROM s
actions:
  - log: {}
    mqtt: {topic: b, server: a}
  - nop:
options: {isEventTime: true, lateTolerance: 2s, sendError: true, checkpointInterval: 10s, disableBufferFullDiscard: true}
triggered: false
version: 3
temp: true
tags: [a, b]
`)
  assert.deepEqual([errors, warnings], [[], []])
  assert.equal(rule?.id, 'overheat')
  assert.deepEqual(
    rule.actions.map(a => [a.sink, a.options, a.location.line]),
    [
      ['log', {}, 7],
      ['mqtt', { topic: 'b', server: 'a' }, 8],
      ['nop', {}, 9],
    ],
  )
  assert.deepEqual(rule.options, {
    ...DEFAULT_RULE_OPTIONS,
    isEventTime: true,
    lateToleranceMs: 2000,
    sendError: true,
    sendNilField: true,
  })
  assert.equal(rule.triggered, false)
  assert.equal(rule.version, '3')
  assert.deepEqual(rule.tags, ['a', 'b'])
  assert.deepEqual(rule.sql.locate({ start: 9, end: 13 }).line, 5)
  assert.match(
    rule.text,
    /^\{"id":"overheat","name":"Hot","sql":"SELECT \*\\nFROM s","actions":\[\{"log":\{\},"mqtt":\{"server":"a","topic":"b"\}\},\{"nop":\{\}\}\],"options":\{"check/,
  )
})

test('layout, comments and the order of keys are no change; a value is', () => {
  const a = read('id: r\nsql: SELECT * FROM s\nactions: [{log: {}}]\noptions: {debug: true, sendError: true}\n').rule
    ?.text
  const b = read('# c\nactions:\n- log:\noptions: {sendError: true,   debug: true}\nsql: "SELECT * FROM s"\n').rule
    ?.text
  assert.ok(a)
  assert.equal(a, b)
  assert.notEqual(a, read(BASE).rule?.text)
})

test('the id is the file name when none is written, in YAML and JSON', () => {
  assert.equal(read(BASE, { path: 'rules/hot-1.yml' }).rule?.id, 'hot-1')
  const json = '{"sql": "SELECT * FROM s", "actions": [{"log": {}}]}'
  assert.equal(read(json, { path: 'rules/x.json' }).rule?.id, 'x')
  assert.equal(read(`id: 7\n${BASE}`).rule?.id, '7')
  assert.match(
    errorLine(read(BASE, { path: 'rules/a b.yaml' }).errors[0]!),
    /^rules\/a b.yaml:1:1 RULE_ID .*rename the file/,
  )
})

const FAULTS: readonly [name: string, text: string, line: RegExp][] = [
  ['no sql', 'actions: [{log: {}}]', /1:1 CONFIG_VALUE The key "sql" is missing/],
  ['no actions', 'sql: SELECT 1', /1:1 CONFIG_VALUE The key "actions" is missing/],
  ['an empty file', '# later\n', /1:1 CONFIG_VALUE The file is empty/],
  ['a list', '- a', /1:1 CONFIG_VALUE The document must be a block of keys, not a list/],
  ['no action in the list', 'sql: x\nactions: []', /2:10 CONFIG_VALUE "actions" must be a list that is not empty/],
  [
    'an action that is a text',
    'sql: x\nactions: [log]',
    /2:11 RULE_ACTION "actions\[0\]" must be an object of sink and options/,
  ],
  ['triggerd', `${BASE}triggerd: false`, /3:1 CONFIG_UNKNOWN_KEY .*Did you mean "triggered"\?/],
  ['graph', `${BASE}graph: {nodes: {}}`, /3:1 CONFIG_VALUE "graph" is not built yet/],
  ['a bad id', `id: a b\n${BASE}`, /1:5 RULE_ID "id" must be a name of letters, digits, _ and -, not "a b"/],
  ['a text for a flag', `${BASE}options: {isEventTime: yes}`, /3:24 RULE_OPTION .*must be true or false, not "yes"/],
  ['an unknown option', `${BASE}options: {qoss: 0}`, /3:11 RULE_OPTION .*Did you mean "qos"\?/],
  ['qos 1', `${BASE}options: {qos: 1}`, /3:11 RULE_OPTION "options.qos" is not built yet with the value 1/],
  ['qos 7', `${BASE}options: {qos: 7}`, /3:16 RULE_OPTION "options.qos" must be 0, 1 or 2, not 7/],
  ['concurrency', `${BASE}options: {concurrency: -1}`, /RULE_OPTION "options.concurrency" must be at least 1/],
  [
    'cron alone',
    `${BASE}options: {cron: "* * * * *"}`,
    /3:18 RULE_OPTION "options.cron" says when the rule starts, and nothing says for how long/,
  ],
  [
    'a duration that is none',
    `${BASE}options: {duration: 1 day}`,
    /RULE_OPTION "options.duration" must be a length of time/,
  ],
  ['a cron of six fields', `${BASE}options: {cron: "* * * * * *", duration: 1s}`, /it has 6 fields and needs 5/],
  [
    'a cron out of range',
    `${BASE}options: {cron: "61 * * * *", duration: 1s}`,
    /no cron pattern: Invalid value for minute: 61/,
  ],
  ['a cron of @every', `${BASE}options: {cron: "@every 5m", duration: 1s}`, /@every is not known/],
  ['a cron that never comes', `${BASE}options: {cron: "0 0 31 2 *", duration: 1s}`, /names no time/],
  [
    'half a range',
    `${BASE}options:\n  cronDatetimeRange:\n    - {begin: "2026-01-01 00:00:00"}`,
    /5:7 RULE_OPTION "options.cronDatetimeRange\[0\]" has no end/,
  ],
  [
    'a range that is no time',
    `${BASE}options: {cronDatetimeRange: [{begin: "2026-02-30 00:00:00", end: "2026-03-01 00:00:00"}]}`,
    /RULE_OPTION .*has a "begin" that is no time/,
  ],
  [
    'a range that ends first',
    `${BASE}options: {cronDatetimeRange: [{beginTimestamp: 5, endTimestamp: 5}]}`,
    /RULE_OPTION .*ends before it begins/,
  ],
  ['a range of both kinds', `${BASE}options: {cronDatetimeRange: [{begin: "x", endTimestamp: 5}]}`, /mixes texts and/],
  ['restarts', `${BASE}options: {restartStrategy: {attempts: -1}}`, /RULE_OPTION .*attempts" must be at least 0/],
  ['a jitter', `${BASE}options: {restartStrategy: {jitterFactor: 2}}`, /RULE_OPTION .*jitterFactor" must be at most 1/],
  [
    'a strategy that is none',
    `${BASE}options: {planOptimizeStrategy: {windowVersion: v2}}`,
    /3:34 RULE_OPTION The key "windowVersion" means nothing in "options.planOptimizeStrategy".*Did you mean "windowOption"/,
  ],
  [
    'a misspelt window option',
    `${BASE}options: {planOptimizeStrategy: {windowOption: {windowVersoin: v2}}}`,
    /RULE_OPTION .*Did you mean "windowVersion"/,
  ],
  [
    'a window version that is none',
    `${BASE}options: {planOptimizeStrategy: {windowOption: {windowVersion: v3}}}`,
    /3:64 RULE_OPTION .*windowVersion" must be v1 or v2, not "v3"/,
  ],
  [
    'a strategy of another kind',
    `${BASE}options: {planOptimizeStrategy: {enableIncrementalWindow: "yes"}}`,
    /RULE_OPTION .*enableIncrementalWindow" must be true or false, not "yes"/,
  ],
  [
    'an optimization that is none',
    `${BASE}options: {planOptimizeStrategy: {optimizeControl: {disableOptimizeRules: [predicatePushdown]}}}`,
    /RULE_OPTION .*Did you mean "predicatePushDown"/,
  ],
  ['a bad duration', `${BASE}options: {lateTolerance: -1s}`, /3:26 RULE_OPTION .*must be a duration/],
]

for (const [name, text, line] of FAULTS) {
  test(`refused with its place: ${name}`, () => {
    const { rule, errors } = read(text)
    assert.equal(rule, undefined)
    assert.equal(errors.length, 1, errors.map(errorLine).join('\n'))
    assert.match(errorLine(errors[0]!), line)
  })
}

test('a key that is like none is ignored with a warning, as eKuiper ignores it', () => {
  const { rule, errors, warnings } = read(`${BASE}description: what it is for\n`)
  assert.deepEqual(errors, [])
  assert.ok(rule)
  assert.match(
    warnings.map(errorLine).join('\n'),
    /^rules\/r.yaml:3:1 CONFIG_UNKNOWN_KEY The key "description" means nothing here and is ignored\. Known keys here: id, /,
  )
  const unread = read('description: what it is for\nactions: [{log: {}}]\n')
  assert.deepEqual([unread.errors.length, unread.warnings.length], [1, 1], 'also of a rule that lacks its sql')
})

test('what planOptimizeStrategy says is read, and null says nothing', () => {
  const strategy = (text: string) => {
    const { rule, errors } = read(`${BASE}options:\n  planOptimizeStrategy: ${text}\n`)
    assert.deepEqual(errors, [])
    return rule!.options.strategy
  }
  assert.deepEqual(
    strategy(`{windowOption: {windowVersion: v2, enableSendSlidingWindowTwice: true}, enableIncrementalWindow: true,
    enableAliasPushdown: true, disableAliasRefCal: true, optimizeControl: {disableOptimizeRules: [predicatePushDown]}}`),
    { windowVersion: 'v2', sendSlidingWindowTwice: true, countsInEventTime: true, pushesDown: false },
  )
  const none = DEFAULT_RULE_OPTIONS.strategy
  assert.deepEqual(strategy('null'), none)
  assert.deepEqual(strategy('{windowOption: null, optimizeControl: {disableOptimizeRules: null}}'), none)
  assert.deepEqual(
    strategy('{windowOption: {windowVersion: ""}, optimizeControl: {disableOptimizeRules: [columnPruner]}}'),
    none,
  )
})

test('options that change nothing are accepted', () => {
  const { rule, errors, warnings } = read(
    `${BASE}options: {qos: 0, concurrency: 4, checkpointInterval: 300000, restartStrategy: {attempts: 0, delay: 1000},
  cron: "", duration: "", cronDatetimeRange: [], planOptimizeStrategy: {}, notifySub: false, forceExitTimeout: 0s,
  enableSaveStateBeforeStop: false, logFilename: "", experiment: {useSliceTuple: true}}`,
  )
  assert.deepEqual(errors, [])
  assert.ok(rule)
  assert.deepEqual(warnings.map(errorLine), [
    'rules/r.yaml:5:54 RULE_OPTION The option "experiment" is ignored. Leave it out: nothing reads it.',
  ])
})

test('a missing secret hides no other fault of the file', () => {
  const { errors } = read('sql: x\nactions:\n- rest: {url: "http://${env:NONE}"}\n- other: {}\n', {
    checkAction: (sink, _, locate) => {
      throw new UserError({ code: 'RULE_ACTION', what: `bad ${sink}`, location: locate([], 'key') })
    },
  })
  assert.deepEqual(errors.map(errorLine), [
    'rules/r.yaml:3:16 CONFIG_REFERENCE The environment variable "NONE" is not set. Set it for the process, or mend the name.',
    'rules/r.yaml:4:3 RULE_ACTION bad other',
  ])
})

test('a graph is refused once, not also for the sql and the actions that it stands for', () => {
  const { errors } = read('name: g\ngraph: {nodes: {}}\n')
  assert.deepEqual(errors.map(errorLine), [
    'rules/r.yaml:2:1 CONFIG_VALUE "graph" is not built yet. Write the rule as sql: and actions:.',
  ])
})

test('a ruleset is told apart from a rule', () => {
  const { rule, errors } = read('{"streams": {}, "tables": {}, "rules": {"r1": "{}"}}')
  assert.equal(rule, undefined)
  assert.equal(errors.length, 1)
  assert.match(errorLine(errors[0]!), /^rules\/r\.yaml:1:32 CONFIG_VALUE This is an export of several objects, not one/)
})

test('an action is checked with its references resolved, but no secret comes out', () => {
  const seen: unknown[] = []
  const text = 'sql: x\nactions:\n- mqtt: {server: "tcp://${env:HOST}", password: "${env:PW}"}\n'
  const good = read(text, { env: { HOST: 'h', PW: 'geheim' }, checkAction: (_, options) => void seen.push(options) })
  assert.deepEqual(seen, [{ server: 'tcp://h', password: 'geheim' }])
  assert.deepEqual(good.rule?.actions[0]?.options, { server: 'tcp://${env:HOST}', password: '${env:PW}' })
  assert.doesNotMatch(JSON.stringify(good), /geheim/)
  const bad = read(text, {
    env: { HOST: 'h', PW: 'geheim' },
    checkAction: (_, options, locate) => {
      const { password } = options as { password: string }
      throw new UserError({ code: 'RULE_ACTION', what: `bad ${password}`, location: locate(['password'], 'key') })
    },
  })
  assert.equal(errorLine(bad.errors[0]!), 'rules/r.yaml:3:39 RULE_ACTION bad ${env:PW}')
  assert.notEqual(good.secrets, read(text, { env: { HOST: 'h', PW: 'rotated' } }).secrets)
  const missing = read(text, { env: { HOST: 'h' } })
  assert.match(errorLine(missing.errors[0]!), /^rules\/r.yaml:3:50 CONFIG_REFERENCE .*"PW" is not set/)
})

test('a schedule and a restart strategy, in their own types', () => {
  const { rule, errors } = read(`${BASE}options:
  cron: "0 6 * * MON-FRI"
  duration: 10m
  cronDatetimeRange: [{begin: "2026-01-01 00:00:00", end: "2027-01-01 00:00:00"}]
  restartStrategy: {attempts: 3, delay: 2s, maxDelay: 60000}
`)
  assert.deepEqual(errors, [])
  assert.deepEqual(rule!.options.schedule, {
    cron: '0 6 * * MON-FRI',
    durationMs: 600_000,
    ranges: [{ begin: '2026-01-01 00:00:00', end: '2027-01-01 00:00:00' }],
  })
  assert.deepEqual(rule!.options.restart, {
    attempts: 3,
    delayMs: 2000,
    multiplier: 2,
    maxDelayMs: 60_000,
    jitterFactor: 0.1,
  })
})

test('options of event time, in their own types', () => {
  const { rule, errors, warnings } = read(
    `${BASE}options: {isEventTime: true, lateTopic: late/r, idleTimeout: 30s, futureTolerance: 1m, maxWaitingRows: 500}\n`,
  )
  assert.deepEqual([errors, warnings], [[], []])
  assert.deepEqual(rule!.options, {
    ...DEFAULT_RULE_OPTIONS,
    sendNilField: true,
    isEventTime: true,
    lateTopic: 'late/r',
    idleTimeoutMs: 30_000,
    futureToleranceMs: 60_000,
    maxWaitingRows: 500,
  })
})

test('options of event time have no effect in processing time, which is warned of one by one', () => {
  const options =
    'options: {lateTolerance: 1s, lateTopic: x, idleTimeout: 1s, futureTolerance: 1m, maxWaitingRows: 5}\n'
  const { errors, warnings } = read(BASE + options)
  assert.deepEqual(errors, [])
  assert.deepEqual(
    warnings.map(warning => warning.message.replace(/ has no effect: the rule runs in processing time\..*/s, '')),
    ['lateTolerance', 'lateTopic', 'idleTimeout', 'futureTolerance', 'maxWaitingRows'].map(
      option => `The option "${option}"`,
    ),
  )
  assert.match(errorLine(warnings[1]!), /^rules\/r.yaml:3:30 RULE_OPTION .*Add isEventTime: true, or leave it out\.$/)
})

for (const topic of ['late/#', 'a/+/b', 'late/{{.id}}']) {
  test(`late rows cannot go to "${topic}"`, () => {
    const { errors } = read(`${BASE}options: {isEventTime: true, lateTopic: "${topic}"}\n`)
    assert.match(errorLine(errors[0]!), /RULE_OPTION "options.lateTopic" must be one topic, without \+ and #/)
  })
}
