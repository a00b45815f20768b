import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHttpPush } from '../../src/config/httppush.ts'
import { errorLine } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'

const PATH = 'etc/sources/httppush.yaml'
const read = (text: string, env: Record<string, string> = {}) => readHttpPush(new FileText(PATH, text), env)

test('a missing file means all defaults', () => {
  const { config, errors, warnings } = readHttpPush(undefined)
  assert.deepEqual(config.listener, { ip: '0.0.0.0', port: 10081 })
  assert.deepEqual(config.sectionFor().properties, {
    method: 'POST',
    bufferLength: 1024,
    maxBodyBytes: 1048576,
    bufferBytes: 16777216,
  })
  assert.deepEqual([errors, warnings], [[], []])
})

test("the documentation's sample loads with one warning and means PUT", () => {
  const { config, errors, warnings } = read(`#Global httppush configurations
source:
  httpServerIp: "0.0.0.0"
  httpServerPort: 10081
default:
  method: "POST"
#Override the global configurations
application_conf: #Conf_key
  server: "PUT"
`)
  assert.deepEqual(errors, [])
  assert.deepEqual(warnings.map(errorLine), [
    `${PATH}:9:3 CONFIG_UNKNOWN_KEY The key "server" means nothing in "application_conf"; it is read as "method". ` +
      'It is a mistake in eKuiper\'s manual. Write method: "PUT".',
  ])
  assert.equal(config.sectionFor('application_conf').properties['method'], 'PUT')
  assert.equal(config.sectionFor().properties['method'], 'POST')
})

test('a written method wins over the mistaken server', () => {
  assert.equal(read('x: {server: PUT, method: post}').config.sectionFor('x').properties['method'], 'POST')
})

test('sections lie over default, are found in any case, and an unknown name is a warning', () => {
  const { config } = read('default: {bufferLength: 5, format: json}\nFast: {method: put}\n')
  assert.deepEqual(config.sections, ['fast'])
  const fast = config.sectionFor('FAST')
  assert.equal(fast.properties['method'], 'PUT')
  assert.equal(fast.properties['bufferLength'], 5)
  assert.deepEqual(fast.warnings, [])
  const none = config.sectionFor('slow')
  assert.equal(none.properties['method'], 'POST')
  assert.match(none.warnings[0]!.what, /no section "slow"/)
})

test('a fault hurts its own section only', () => {
  const { config, errors } = read('a: {method: GET}\nb: {methd: PUT}\nc: {method: PUT}\n')
  assert.deepEqual(
    errors.map(e => [e.scope, errorLine(e.error)]),
    [
      ['section:a', `${PATH}:1:13 CONFIG_VALUE "a.method" must be POST or PUT, not "GET".`],
      ['section:b', errorLine(errors[1]!.error)],
    ],
  )
  assert.match(
    errorLine(errors[1]!.error),
    /^etc\/sources\/httppush.yaml:2:5 CONFIG_UNKNOWN_KEY .*Did you mean "method"\?$/,
  )
  assert.equal(config.sectionFor('a').errors.length, 1)
  assert.equal(config.sectionFor('c').errors.length, 0)
  assert.ok(config.listener)
})

test('a fault in default hurts all sections, one in source the listener, bad YAML everything', () => {
  const inDefault = read('default: {bufferLength: 0}\nc: {method: PUT}\n').config
  assert.equal(inDefault.sectionFor('c').errors.length, 1)
  const inSource = read('source: {httpServerPort: 99999}\nc: {method: PUT}\n')
  assert.equal(inSource.config.listener, undefined)
  assert.deepEqual(
    inSource.errors.map(e => e.scope),
    ['listener'],
  )
  assert.equal(inSource.config.sectionFor('c').errors.length, 0)
  const bad = read('a: [')
  assert.deepEqual(
    bad.errors.map(e => e.scope),
    ['file'],
  )
  assert.equal(bad.config.listener, undefined)
  assert.equal(bad.config.sectionFor().errors.length, 1)
})

test('two sections of one name in different case are refused', () => {
  const { errors } = read('a: {method: PUT}\nA: {method: POST}\n')
  assert.equal(errors[0]?.error.location?.line, 2)
})

test('properties that are not built yet are refused by name, unless they have their default', () => {
  const { errors } = read(
    'a: {decompression: gzip, interval: 10s, fields: [x]}\nb: {decompression: "", interval: 0s, fields: []}\n',
  )
  assert.deepEqual(
    errors.map(e => [e.scope, e.error.what]),
    [
      ['section:a', '"a.decompression" is not built yet.'],
      ['section:a', '"a.interval" is not built yet.'],
      ['section:a', '"a.fields" is not built yet.'],
    ],
  )
})

test('the environment overrides and creates sections, and SLUICE wins over KUIPER', () => {
  const { config, errors } = read('default: {method: POST}\nApplication_Conf: {}\n', {
    KUIPER__SOURCE__HTTPSERVERPORT: '1',
    SLUICE__SOURCE__HTTPSERVERPORT: '10082',
    SLUICE__SOURCE__HTTPSERVERTLS__CERTFILE: '/c.pem',
    SLUICE__SOURCE__HTTPSERVERTLS__KEYFILE: '/k.pem',
    HTTPPUSH__DEFAULT__METHOD: 'PUT',
    HTTPPUSH__APPLICATION_CONF__METHOD: 'post',
    HTTPPUSH__NEW__BUFFERLENGTH: '7',
    HTTPPUSHX__DEFAULT__METHOD: 'NONSENSE',
    SLUICE__LOG__LEVEL: 'debug',
  })
  assert.deepEqual(errors, [])
  assert.deepEqual(config.listener, { ip: '0.0.0.0', port: 10082, tls: { certFile: '/c.pem', keyFile: '/k.pem' } })
  assert.equal(config.sectionFor().properties['method'], 'PUT')
  assert.equal(config.sectionFor('application_conf').properties['method'], 'POST')
  assert.equal(config.sectionFor('new').properties['bufferLength'], 7)
})

test('a bad value from the environment names the variable, an unknown one is a warning with the nearest', () => {
  const { errors, warnings } = read('', { HTTPPUSH__DEFAULT__METHOD: 'GET', SLUICE__SOURCE__HTTPSERVERPRT: '1' })
  assert.equal(
    errorLine(errors[0]!.error),
    '$HTTPPUSH__DEFAULT__METHOD:1:1 CONFIG_VALUE "default.method" must be POST or PUT, not "GET".',
  )
  assert.match(
    errorLine(warnings[0]!),
    /SLUICE__SOURCE__HTTPSERVERPRT sets nothing.*Did you mean SLUICE__SOURCE__HTTPSERVERPORT\?/,
  )
})

test('references are resolved, typed by form, and never printed', () => {
  const text = 'source: {httpServerPort: "${env:PORT}"}\na: {method: "${env:M}"}\n'
  assert.equal(read(text, { PORT: '99', M: 'put' }).config.listener?.port, 99)
  const { errors } = read(text, { PORT: 'geheim', M: 'put' })
  assert.match(errors[0]!.error.what, /not "\$\{env:PORT\}"/)
  const missing = read(text, { M: 'put' })
  assert.deepEqual(
    missing.errors.map(e => [e.scope, e.error.code]),
    [['listener', 'CONFIG_REFERENCE']],
  )
})
