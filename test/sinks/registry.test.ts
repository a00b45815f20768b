import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorLine, UserError } from '../../src/core/errors.ts'
import { checkAction, sinkKind, sinkNames } from '../../src/sinks/registry.ts'

describe('actions are checked by name', () => {
  it('knows its sinks', () => {
    assert.deepEqual([...sinkNames()].sort(), ['file', 'log', 'memory', 'mqtt', 'nop', 'rest'])
    assert.equal(sinkKind('rest').takes, 'bytes')
    assert.equal(sinkKind('memory').takes, 'rows')
  })

  const refused: readonly (readonly [name: string, options: unknown, message: RegExp, fix?: RegExp])[] = [
    ['kafka', {}, /Sink "kafka" is not built yet/, /This version has log/],
    ['redisPub', {}, /not built yet/],
    ['mqt', {}, /no sink "mqt"/, /Did you mean "mqtt"/],
    ['REST', {}, /no sink "REST"/, /Did you mean "rest"/],
    ['toString', {}, /no sink "toString"/],
    ['log', ['x'], /must be a map/],
    ['log', { sendSingel: true }, /no option "sendSingel"/, /Did you mean "sendSingle"/],
    ['log', { sendSingle: true, sendsingle: true }, /no option "sendsingle"/, /Did you mean "sendSingle"/],
    ['log', { sendsingle: 1 }, /"sendSingle" must be true or false/],
    ['log', { constructor: 1 }, /no option "constructor"/],
    ['nop', { log: 'yes' }, /must be true or false/],
    ['memory', {}, /needs the option "topic"/],
    ['memory', { topic: 'a/+' }, /wildcard/],
    ['memory', { topic: 5 }, /must be a text/, /in quotes/],
    ['memory', { topic: 'a', rowkindField: 'k' }, /"rowkindField" needs "keyField"/],
    ['file', { fileType: 'csv' }, /fileType "csv" is not built yet/],
    ['file', { rollingInterval: '1h' }, /"rollingInterval" is not built yet/],
    ['file', { path: '' }, /must not be empty/],
    ['rest', { url: 'ftp://x' }, /http or https/],
    ['rest', { method: 'PATCH' }, /none of GET, POST, PUT, DELETE/],
    ['rest', { bodyType: 'form' }, /"form" is not built yet/],
    ['rest', { bodyType: 'yaml' }, /must be one of none, text/],
    ['rest', { oAuth: {} }, /"oAuth" is not built yet/],
    ['rest', { timeout: 'soon' }, /must be a duration/],
    ['rest', { timeout: -1 }, /must be a duration/],
    ['rest', { headers: { 'a b': 'x' } }, /no header name/],
    ['rest', { headers: { 'Content-Length': '5' } }, /set by the connection/],
    ['rest', { headers: { n: 5 } }, /"headers\.n" must be a text/],
    ['rest', { url: 'http://127.0.0.1:8080/{{.id}}' }, /loopback or private/, /allowPrivateNetwork/],
    ['rest', { url: 'http://localhost/{{.id}}' }, /loopback or private/],
    ['rest', { tlsMinVersion: 'ssl3' }, /must be one of tls1.0/],
    ['mqtt', { topic: 'a' }, /needs the option "server"/],
    ['mqtt', { server: 'http://x', topic: 'a' }, /no address of a broker/],
    ['mqtt', { server: 'tcp://x', topic: 'a/#' }, /wildcard/],
    ['mqtt', { server: 'tcp://x', topic: 'a', qos: 3 }, /must be one of 0, 1, 2/],
    ['mqtt', { server: 'tcp://x', topic: 'a', protocolVersion: '4' }, /must be one of 3\.1/],
    ['mqtt', { server: 'tcp://x', topic: 'a', properties: { a: 'b' } }, /need protocolVersion 5/],
    ['mqtt', { server: 'tcp://x', topic: 'a', resourceId: 'r' }, /"resourceId" is not built yet/],
  ]
  for (const [name, options, message, fix] of refused) {
    it(`refuses ${name} ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => checkAction(name, options),
        (error: unknown) => {
          assert.ok(error instanceof UserError)
          assert.equal(error.code, 'RULE_ACTION')
          assert.match(error.what, message)
          if (fix) assert.match(error.fix ?? '', fix)
          return true
        },
      )
    })
  }

  const taken: readonly (readonly [name: string, options: unknown])[] = [
    ['log', null],
    ['log', { sendSingle: true, dataTemplate: '{{.a}}' }],
    ['memory', { topic: 'a/{{.b}}', fields: ['x'] }],
    ['file', { path: 'out/{{.day}}.txt' }],
    ['rest', { url: 'http://127.0.0.1:8080/in', method: 'post', timeout: '1m30s', headers: { a: '{{.b}}' } }],
    ['rest', { url: 'http://127.0.0.1/{{.id}}', allowPrivateNetwork: true }],
    ['rest', { url: '{{.url}}', bodyType: 'text' }],
    ['mqtt', { server: 'ssl://b:8883', topic: 'a/{{.b}}', qos: 1, protocolVersion: 5, properties: { x: '{{.y}}' } }],
    ['mqtt', { server: 'broker:1883', topic: 'a' }],
    ['mqtt', { Server: 'broker:1883', topic: 'a', clientId: 'press' }],
  ]
  for (const [name, options] of taken) {
    it(`takes ${name} ${JSON.stringify(options)}`, () => void checkAction(name, options))
  }

  it('reads the names of options in any case, and points at them as they are written', () => {
    const { common, own } = checkAction('mqtt', { server: 'tcp://b', topic: 'a', clientId: 'press', SendSingle: true })
    assert.deepEqual(own, { server: 'tcp://b', topic: 'a', clientid: 'press' })
    assert.equal(common.sendSingle, true)
    const where = ([name]: readonly string[]) => ({
      path: 'rules/r.yaml',
      line: name === 'clientId' ? 7 : 1,
      column: 1,
    })
    assert.throws(
      () => checkAction('mqtt', { server: 'tcp://b', topic: 'a', clientId: 5 }, where),
      (error: unknown) => error instanceof UserError && error.location?.line === 7,
    )
  })

  it('says all that is wrong with an action at once', () => {
    assert.throws(
      () => checkAction('file', { concurrency: 0, pth: 'a', rollingSize: 10 }),
      (error: unknown) => {
        assert.ok(error instanceof UserError)
        const named = error.all().map(each => /concurrency|pth|rollingSize/.exec(each.what)?.[0])
        assert.deepEqual(named, ['concurrency', 'pth', 'rollingSize'])
        return true
      },
    )
  })

  it('says where: the option when it is known, also for templates and checks of the sink itself', () => {
    const where = (path: readonly string[]) => ({
      path: 'rules/r.yaml',
      line: path.length + 1,
      column: path[0]?.length ?? 1,
    })
    const line = (name: string, options: object) => {
      try {
        checkAction(name, options, where)
      } catch (error) {
        return errorLine(error as UserError)
      }
      return 'taken'
    }
    assert.match(line('log', { topik: 1 }), /^rules\/r\.yaml:2:5 RULE_ACTION /)
    assert.match(line('log', { dataTemplate: '{{' }), /^rules\/r\.yaml:2:12 TEMPLATE_SYNTAX Template, 1:1: /)
    assert.match(line('rest', { headers: { 'a b': '' } }), /^rules\/r\.yaml:3:7 RULE_ACTION /)
    assert.match(line('mqtt', { topic: 't' }), /^rules\/r\.yaml:1:1 RULE_ACTION /)
  })
})
