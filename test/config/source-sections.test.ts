import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILT_IN_SOURCES, type PlainType, readSourceSections } from '../../src/config/source-sections.ts'
import { checkBuilt, defineStream } from '../../src/config/stream-definition.ts'
import { errorLine } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import type { CreateStatement } from '../../src/sql/ast.ts'
import { parseStatements } from '../../src/sql/parser.ts'

const read = (type: PlainType, text: string, env: Record<string, string> = {}) =>
  readSourceSections(type, new FileText(`etc/sources/${type}.yaml`, text), env)

const lines = ({ errors }: ReturnType<typeof readSourceSections>) => errors.map(({ error }) => errorLine(error))

function define(type: PlainType, options: string, config = '') {
  const sql = `CREATE TABLE t () WITH (TYPE="${type}", KIND="${type === 'file' ? 'scan' : 'lookup'}", ${options})`
  const source = new FileText('streams/t.sql', sql)
  const { statements } = parseStatements(source)
  const sources = { ...BUILT_IN_SOURCES, [type]: read(type, config).config }
  const defined = defineStream(statements[0] as CreateStatement, source, sources)
  return { ...defined, built: defined.definition ? checkBuilt(defined.definition, source) : [] }
}

test('a missing file means the built-in properties, and no cache', () => {
  assert.deepEqual(BUILT_IN_SOURCES.redis.sectionFor().properties, {
    addr: '127.0.0.1:6379',
    username: '',
    password: '',
    dataType: 'string',
    connectTimeout: 5000,
    queryTimeout: 5000,
    lookup: { cache: false, cacheTtl: 0, cacheMissingKey: false },
  })
})

test('sections lie over default, the block lookup key by key, and durations become ms', () => {
  const { config, errors } = read(
    'redis',
    'default: {addr: "r:1", lookup: {cache: true, cacheTtl: 10m}, queryTimeout: 2s}\nShort: {lookup: {cacheTtl: 500}}\n',
  )
  assert.deepEqual(errors, [])
  const { properties } = config.sectionFor('SHORT')
  assert.equal(properties['addr'], 'r:1')
  assert.equal(properties['queryTimeout'], 2000)
  assert.deepEqual(properties['lookup'], { cache: true, cacheTtl: 500, cacheMissingKey: false })
  assert.deepEqual(config.sectionFor().properties['lookup'], { cache: true, cacheTtl: 600_000, cacheMissingKey: false })
})

test('the spellings of the manuals mean one key, over whichever a lower section wrote', () => {
  const { config } = read('sql', 'default: {dburl: "postgres://a/b"}\nother: {url: "mysql://c/d"}\n')
  assert.equal(config.sectionFor('other').properties['dburl'], 'mysql://c/d')
  assert.ok(!('url' in config.sectionFor('other').properties))
  assert.equal(
    read('redis', 'default: {dataType: string, datatype: list}').config.sectionFor().properties['dataType'],
    'string',
  )
  assert.equal(read('redis', 'default: {datatype: list}').config.sectionFor().properties['dataType'], 'list')
})

test('an unknown key, a wrong value and what is not built are refused with their places', () => {
  const found = lines(read('redis', 'default:\n  adr: r:1\n  dataType: hash\n  connectionSelector: mine\n'))
  assert.match(found[0]!, /^etc\/sources\/redis\.yaml:2:3 CONFIG_UNKNOWN_KEY The key "adr" .*Did you mean "addr"\?$/)
  assert.match(found[1]!, /^etc\/sources\/redis\.yaml:3:13 CONFIG_VALUE .*string or list/)
  assert.match(found[2]!, /^etc\/sources\/redis\.yaml:4:3 CONFIG_VALUE "default.connectionSelector" is not built yet/)
})

test('a message never shows a password or the address of a database', () => {
  assert.match(lines(read('redis', 'default: {password: 4711}'))[0]!, /must be a text, not the number that it is/)
  const sql = lines(read('sql', 'default: {dburl: [postgres://u:4711@h/d]}'))[0]!
  assert.match(sql, /"default.dburl" must be a text/)
  assert.doesNotMatch(sql, /4711/)
})

test('a referenced password stays a text, whatever digits it is made of', () => {
  const { config, errors } = read('redis', 'default: {password: "${env:PW}"}', { PW: '0042' })
  assert.deepEqual(errors, [])
  assert.equal(config.sectionFor().properties['password'], '0042')
})

test('the environment overrides and creates sections, by the name of the file', () => {
  const env = { REDIS__DEFAULT__ADDR: 'other:2', REDIS__FRESH__LOOKUP__CACHE: 'true', REDISX__DEFAULT__ADDR: 'no:1' }
  const { config, errors, warnings } = read('redis', 'default: {addr: "r:1"}', env)
  assert.deepEqual([errors, warnings], [[], []])
  const { properties } = config.sectionFor('fresh')
  assert.equal(properties['addr'], 'other:2')
  assert.deepEqual(properties['lookup'], { cache: true, cacheTtl: 0, cacheMissingKey: false })
})

test('a broken section hurts only those that use it', () => {
  const config = 'good: {addr: "r:1"}\nbad: {addr: 5}\n'
  assert.deepEqual(define('redis', 'CONF_KEY="good"', config).errors, [])
  assert.match(
    errorLine(define('redis', 'CONF_KEY="bad"', config).errors[0]!),
    /^streams\/t\.sql:1:63 CONFIG_VALUE Its section of redis\.yaml has errors \(etc\/sources\/redis\.yaml:2\)/,
  )
  assert.match(errorLine(define('redis', 'DATASOURCE="0"', '- x').errors[0]!), /CONFIG_VALUE.*redis\.yaml/)
})

test('EXTRA lies over the section, WITH over EXTRA', () => {
  const { definition, errors } = define(
    'sql',
    `DATASOURCE="devices", CONF_KEY="pg", EXTRA="{\\"datasource\\": \\"no\\", \\"lookup\\": {\\"cache\\": true}}"`,
    'pg: {url: "postgres://h/d", lookup: {cacheTtl: 5s}}',
  )
  assert.deepEqual(errors, [])
  assert.deepEqual(definition?.properties, {
    maxConnections: 4,
    connectTimeout: 5000,
    queryTimeout: 5000,
    lookup: { cache: true, cacheTtl: 5000, cacheMissingKey: false },
    dburl: 'postgres://h/d',
    datasource: 'devices',
  })
  const bad = define('sql', 'DATASOURCE="devices", EXTRA="{\\"ulr\\": \\"x\\"}"').errors[0]!
  assert.match(errorLine(bad), /^streams\/t\.sql:1:\d+ DDL_OPTION The key "ulr" .*Did you mean "url"\?/)
})

test('a section that is not there is a warning', () => {
  const { warnings } = define('memory', 'DATASOURCE="a", KEY="id", CONF_KEY="slwo"', 'slow: {}')
  assert.match(errorLine(warnings[0]!), /etc\/sources\/memory\.yaml has no section "slwo".*Did you mean "slow"\?/)
})

test('the keys of file tables', () => {
  const { config, errors } = read('file', 'default: {fileType: csv, hasHeader: true, path: tables, interval: 0}')
  assert.deepEqual(errors, [])
  const { properties } = config.sectionFor()
  assert.deepEqual([properties['fileType'], properties['path'], properties['columns']], ['csv', 'tables', []])
  assert.match(lines(read('file', 'default: {fileTyp: csv}'))[0]!, /The key "fileTyp" .*Did you mean "fileType"\?/)
})
