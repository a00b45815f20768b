import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHttpPush } from '../../src/config/httppush.ts'
import { BUILT_IN_SOURCES } from '../../src/config/source-sections.ts'
import { checkBuilt, defineStream } from '../../src/config/stream-definition.ts'
import { errorLine } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import type { CreateStatement } from '../../src/sql/ast.ts'
import { parseStatements } from '../../src/sql/parser.ts'

function define(sql: string, config = '') {
  const source = new FileText('streams/s.sql', sql)
  const { statements, errors } = parseStatements(source)
  assert.deepEqual(errors.map(errorLine), [])
  const httppush = readHttpPush(new FileText('etc/sources/httppush.yaml', config)).config
  const defined = defineStream(statements[0] as CreateStatement, source, { ...BUILT_IN_SOURCES, httppush })
  const built = defined.definition ? checkBuilt(defined.definition, source) : []
  return { ...defined, built }
}

const lines = (errors: readonly Parameters<typeof errorLine>[0][]) => errors.map(errorLine)

test('options are typed', () => {
  const { definition, errors, built } = define(
    'CREATE TABLE t (id BIGINT) WITH (TYPE="httppush", DATASOURCE="/in/ref", FORMAT="JSON", RETAIN_SIZE="100", SHARED="true",' +
      ' STRICT_VALIDATION=TRUE, KEY="id", TIMESTAMP="ts", TIMESTAMP_FORMAT="yyyy", VERSION="V1", TEMP="FALSE")',
  )
  assert.deepEqual([errors, built], [[], []])
  assert.deepEqual(definition?.options, {
    type: 'httppush',
    format: 'json',
    shared: true,
    strictValidation: true,
    kind: 'scan',
    temp: false,
    datasource: '/in/ref',
    key: 'id',
    timestamp: 'ts',
    timestampFormat: 'yyyy',
    retainSize: 100,
    version: 'v1',
  })
  assert.equal(definition.kind, 'table')
  assert.equal(definition.location.column, 14)
})

test('TYPE is mqtt for a stream, which is not built, and file for a table, which is', () => {
  const stream = define('CREATE STREAM s () WITH (DATASOURCE="users")')
  assert.equal(stream.definition?.options.type, 'mqtt')
  assert.deepEqual(lines(stream.built), [
    'streams/s.sql:1:15 SQL_NOT_BUILT TYPE "mqtt", which is meant when TYPE is not written, is not built yet. Built: httppush, memory.',
  ])
  const table = define('CREATE TABLE t () WITH (DATASOURCE="users")')
  assert.equal(table.definition?.options.type, 'file')
  assert.equal(table.definition.options.retainSize, 9999)
  assert.deepEqual(table.built, [])
})

test('a table keeps one row unless told otherwise, a stream none', () => {
  assert.equal(define('CREATE TABLE t () WITH (TYPE="httppush")').definition?.options.retainSize, 1)
  assert.equal(define('CREATE STREAM t () WITH (TYPE="httppush")').definition?.options.retainSize, undefined)
})

const NOT_BUILT: readonly [name: string, sql: string, line: RegExp][] = [
  ['a known type', '() WITH (TYPE="kafka")', /:1:31 SQL_NOT_BUILT TYPE "kafka" is not built yet/],
  [
    'a type in the wrong case',
    '() WITH (TYPE="HttpPush")',
    /:1:31 DDL_OPTION There is no TYPE "HttpPush". Did you mean "httppush"\?/,
  ],
  ['a format', '() WITH (TYPE="httppush", FORMAT="delimited")', /SQL_NOT_BUILT FORMAT "delimited" is not built yet/],
  [
    'an endpoint without slash',
    '() WITH (TYPE="httppush", DATASOURCE="in/a")',
    /:1:54 ENDPOINT .*must start with "\/"/,
  ],
  ['memory without topic', '() WITH (TYPE="memory")', /:1:15 DDL_OPTION A memory stream needs DATASOURCE/],
]
for (const [name, sql, line] of NOT_BUILT) {
  test(`valid, but cannot run: ${name}`, () => {
    const { definition, built } = define(`CREATE STREAM s ${sql}`)
    assert.ok(definition)
    assert.equal(built.length, 1)
    assert.match(errorLine(built[0]!), line)
  })
}

const INVALID: readonly [name: string, sql: string, line: RegExp][] = [
  [
    'a format nobody knows',
    'STREAM s () WITH (TYPE="httppush", FORMAT="jsn")',
    /DDL_OPTION There is no format "jsn".*Did you mean "json"\?/,
  ],
  ['protobuf without schema', 'STREAM s () WITH (FORMAT="protobuf")', /DDL_OPTION FORMAT "protobuf" needs SCHEMAID/],
  ['binary with columns', 'STREAM s (a BIGINT, b BYTEA) WITH (FORMAT="binary")', /DDL_FIELD/],
  ['a binary table', 'TABLE s () WITH (FORMAT="binary")', /DDL_OPTION A table cannot/],
  [
    'a memory lookup without key',
    'TABLE t () WITH (DATASOURCE="d", KIND="LOOKUP", TYPE="memory")',
    /DDL_OPTION .*needs KEY/,
  ],
  [
    'an httppush lookup',
    'TABLE t () WITH (KIND="lookup", TYPE="httppush")',
    /DDL_OPTION TYPE "httppush" cannot be a lookup table/,
  ],
  [
    'an unknown property in EXTRA',
    'STREAM s () WITH (TYPE="httppush", EXTRA="{\\"methd\\": 1}")',
    /1:49 DDL_OPTION .*Did you mean "method"\?/,
  ],
]
for (const [name, sql, line] of INVALID) {
  test(`not valid: ${name}`, () => {
    const { definition, errors } = define(`CREATE ${sql}`)
    assert.equal(definition, undefined)
    assert.equal(errors.length, 1, lines(errors).join('\n'))
    assert.match(errorLine(errors[0]!), line)
  })
}

test('lookup tables are built for memory, redis and sql, and nothing else', () => {
  const lookup = (type: string) =>
    define(`CREATE TABLE t () WITH (DATASOURCE="0", KIND="lookup", TYPE="${type}", KEY="id")`)
  for (const type of ['memory', 'redis', 'sql']) {
    const { errors, built } = lookup(type)
    assert.deepEqual([errors, built], [[], []])
  }
  const { errors, built } = lookup('influx2')
  assert.match(errorLine([...errors, ...built][0]!), /TYPE "influx2"/)
})

test('of two values the nearer one wins: built-in, default, CONF_KEY, EXTRA, WITH', () => {
  const config =
    'default: {method: PUT, bufferLength: 1, maxBodyBytes: 10}\nx: {bufferLength: 2, maxBodyBytes: 20, delimiter: ";"}\n'
  const { definition, built } = define(
    'CREATE STREAM s () WITH (TYPE="httppush", DATASOURCE="/in", CONF_KEY="X", DELIMITER="|",' +
      ' EXTRA="{\\"maxBodyBytes\\": 30, \\"method\\": \\"post\\", \\"datasource\\": \\"/no\\"}")',
    config,
  )
  assert.deepEqual(built, [])
  assert.deepEqual(definition?.properties, {
    method: 'POST',
    bufferLength: 2,
    maxBodyBytes: 30,
    bufferBytes: 16777216,
    delimiter: '|',
    endpoint: '/in',
  })
})

test('the endpoint is DATASOURCE, else the section’s, else the name', () => {
  const endpoint = (sql: string, config?: string) => define(sql, config).definition?.properties['endpoint']
  assert.equal(endpoint('CREATE STREAM s () WITH (TYPE="httppush")'), '/s')
  assert.equal(endpoint('CREATE STREAM s () WITH (TYPE="httppush")', 'default: {endpoint: /d}'), '/d')
  assert.equal(endpoint('CREATE STREAM s () WITH (TYPE="httppush", DATASOURCE="/w")', 'default: {endpoint: /d}'), '/w')
})

test('a broken section is an error of the streams that use it, an unknown one a warning', () => {
  const config = 'bad: {method: GET}\nok: {}\n'
  const bad = define('CREATE STREAM s () WITH (TYPE="httppush", CONF_KEY="bad")', config)
  assert.match(errorLine(bad.errors[0]!), /:1:52 CONFIG_VALUE .*httppush.yaml:1\).*POST or PUT/)
  assert.deepEqual(define('CREATE STREAM s () WITH (TYPE="httppush", CONF_KEY="ok")', config).errors, [])
  const unknown = define('CREATE STREAM s () WITH (TYPE="httppush", CONF_KEY="nope")', config)
  assert.deepEqual(unknown.errors, [])
  assert.match(errorLine(unknown.warnings[0]!), /^streams\/s.sql:1:52 CONFIG_VALUE .*no section "nope"/)
})

test('options that only tables have are warnings on a stream, and without effect', () => {
  const sql = 'CREATE STREAM s () WITH (TYPE="httppush", KIND="lookup", RETAIN_SIZE="3")'
  const { definition, errors, warnings } = define(sql)
  assert.deepEqual(errors, [])
  assert.deepEqual(warnings.map(errorLine), [
    'streams/s.sql:1:70 DDL_OPTION Only tables have the option RETAIN_SIZE; it has no effect here. Remove it, or write CREATE TABLE.',
    'streams/s.sql:1:48 DDL_OPTION Only tables have the option KIND; it has no effect here. Remove it, or write CREATE TABLE.',
  ])
  assert.equal(definition!.options.kind, 'scan')
  assert.equal(definition!.options.retainSize, undefined)
})
