import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_SLUICE_CONFIG, readSluice } from '../../src/config/sluice.ts'
import { errorLine } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'

const read = (text: string, env: Record<string, string> = {}) => readSluice(new FileText('etc/sluice.yaml', text), env)

test('every key is optional', () => {
  assert.deepEqual(readSluice(undefined).config, DEFAULT_SLUICE_CONFIG)
  assert.deepEqual(read('').config, DEFAULT_SLUICE_CONFIG)
  assert.deepEqual(read('status:\nlog:\nrule:\nwatch:\n').config, DEFAULT_SLUICE_CONFIG)
})

test('values are read in their own types', () => {
  const { config, errors } = read(`status: {ip: 0.0.0.0, port: 0}
log: {level: debug, format: text}
timezone: Europe/Berlin
data: /var/lib/sluice
rule: {lateTolerance: 1m30s, idleTimeout: 30s, futureTolerance: 1m, lateTopic: late, sendError: true}
watch: {mode: poll, rescanInterval: 5s}
`)
  assert.deepEqual(errors, [])
  assert.deepEqual(config.status, { ip: '0.0.0.0', port: 0 })
  assert.deepEqual(config.log, { level: 'debug', format: 'text' })
  assert.equal(config.timezone, 'Europe/Berlin')
  assert.equal(config.data, '/var/lib/sluice')
  assert.equal(config.rule.lateToleranceMs, 90_000)
  const { idleTimeoutMs, futureToleranceMs, lateTopic } = config.rule
  assert.deepEqual([idleTimeoutMs, futureToleranceMs, lateTopic], [30_000, 60_000, 'late'])
  assert.equal(config.rule.sendError, true)
  assert.deepEqual(config.watch, { mode: 'poll', rescanIntervalMs: 5000 })
})

const FAULTS: readonly [name: string, text: string, line: RegExp][] = [
  ['workers above 1', 'workers: 2', /1:1 CONFIG_VALUE "workers" is not built yet/],
  ['git', 'git: {url: x}', /1:1 CONFIG_VALUE "git" is not built yet/],
  ['status.auth', 'status: {auth: {token: x}}', /1:10 CONFIG_VALUE "status.auth" is not built yet/],
  ['an unknown key', 'statsu: {}', /1:1 CONFIG_UNKNOWN_KEY .*Did you mean "status"\?/],
  ['an unknown time zone', 'timezone: Mars/Phobos', /1:11 CONFIG_VALUE .*Europe\/Berlin, not "Mars\/Phobos"/],
  ['a rule option that is not built', 'rule: {qos: 1}', /1:8 RULE_OPTION "rule.qos" is not built yet with the value 1/],
  ['a re-scan more often than each second', 'watch: {rescanInterval: 10}', /CONFIG_VALUE .*at least 1000 ms, not 10/],
  [
    'a level nobody knows',
    'log: {level: loud}',
    /1:14 CONFIG_VALUE .*trace, debug, info, warn, error or silent, not "loud"/,
  ],
]

for (const [name, text, line] of FAULTS) {
  test(`refused with its place: ${name}`, () => {
    const { errors, config } = read(text)
    assert.equal(errors.length, 1)
    assert.match(errorLine(errors[0]!), line)
    assert.deepEqual(config, DEFAULT_SLUICE_CONFIG)
  })
}

test('defaults written out are accepted', () => {
  assert.deepEqual(read('workers: 1\ngit:\nrule: {qos: 0, concurrency: 1}\n').errors, [])
})

test('the environment overrides, with either prefix, also rule defaults', () => {
  const { config, errors, warnings } = read('log: {level: warn}', {
    SLUICE__LOG__LEVEL: 'debug',
    KUIPER__LOG__LEVEL: 'error',
    KUIPER__RULE__SENDERROR: 'true',
    SLUICE__WATCH__RESCANINTERVAL: '30s',
    SLUICE__DATA: '5',
    SLUICE__SOURCE__HTTPSERVERPORT: '1',
    SLUICE_DIR: '/x',
  })
  assert.deepEqual([errors, warnings], [[], []])
  assert.equal(config.log.level, 'debug')
  assert.equal(config.rule.sendError, true)
  assert.equal(config.watch.rescanIntervalMs, 30_000)
  assert.equal(config.data, '5')
})

test('a variable that sets nothing is a warning', () => {
  const { warnings } = read('', { SLUICE__LOGG__LEVEL: 'debug' })
  assert.match(errorLine(warnings[0]!), /SLUICE__LOGG__LEVEL sets nothing.*Did you mean SLUICE__LOG__LEVEL\?/)
})
