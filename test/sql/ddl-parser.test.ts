// Files of definitions: what a CREATE means, and how a file with errors is read to its end.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileText } from '../../src/core/location.ts'
import type { CreateStatement } from '../../src/sql/ast.ts'
import { parseStatements } from '../../src/sql/parser.ts'
import { printStatement } from '../../src/sql/printer.ts'

function file(text: string) {
  return parseStatements(new FileText('streams/s.sql', text))
}

function create(text: string): CreateStatement {
  const { statements, errors } = file(text)
  assert.deepEqual(errors, [])
  const [statement] = statements
  assert(statement?.kind === 'create')
  return statement
}

test('types nest both ways, and names of types are in any case', () => {
  const { fields } = create('create stream s (a array(struct(b bigint, c Array(String))), d datetime,) with ()')
  const inner = { kind: 'array', item: { kind: 'string' } }
  const struct = {
    kind: 'struct',
    fields: [
      { name: 'b', type: { kind: 'bigint' } },
      { name: 'c', type: inner },
    ],
  }
  assert.deepEqual(fields, [
    { name: 'a', type: { kind: 'array', item: struct } },
    { name: 'd', type: { kind: 'datetime' } },
  ])
})

const DEFAULTS: readonly (readonly [type: string, literal: string, value: unknown])[] = [
  ['BIGINT', '-23', -23n],
  ['BIGINT', '3.9', 3n],
  ['BIGINT', '-3.9', -3n],
  ['BIGINT', '"12"', 12n],
  ['BIGINT', 'TRUE', 1n],
  ['FLOAT', '1', 1],
  ['FLOAT', '"1e3"', 1000],
  ['FLOAT', 'FALSE', 0],
  ['STRING', "'x'", 'x'],
  ['STRING', '5', '5'],
  ['STRING', '1000000.0', '1000000'],
  ['STRING', 'true', 'true'],
  ['BOOLEAN', 'FALSE', false],
  ['BOOLEAN', '0', false],
  ['BOOLEAN', '2.5', true],
  ['BOOLEAN', '"T"', true],
]

for (const [type, literal, value] of DEFAULTS) {
  test(`${type} DEFAULT ${literal} is ${typeof value} ${String(value)}`, () => {
    assert.strictEqual(create(`CREATE STREAM s (a ${type} DEFAULT ${literal}) WITH ()`).fields[0]?.default, value)
  })
}

test('options stand in any case, with or without commas, and are brought to one spelling', () => {
  const text = `CREATE TABLE t () WITH (datasource="D" Type="Memory", FORMAT="JSON" shared=true, TEMP="False",
    kind="LookUp" RETAIN_SIZE="007" VERSION="V2" EXTRA="{\\"a\\":1}",)`
  const options = [...create(text).options].map(([name, option]) => [name, option.value])
  assert.deepEqual(options, [
    ['DATASOURCE', 'D'],
    ['TYPE', 'Memory'],
    ['FORMAT', 'json'],
    ['SHARED', true],
    ['TEMP', false],
    ['KIND', 'lookup'],
    ['RETAIN_SIZE', '7'],
    ['VERSION', 'v2'],
    ['EXTRA', '{"a":1}'],
  ])
})

test('options in another order print to the same text', () => {
  const one = create('CREATE STREAM s () WITH (TYPE="mqtt", DATASOURCE="d")')
  const other = create('/* c */ create stream `s`()with(datasource="d" type="mqtt");')
  assert.equal(printStatement(one), printStatement(other))
})

test('every error of a file is found and its good statements survive', () => {
  const { statements, errors } = file(`
CREATE STREAM a () WITH (TYPE="mqtt");
CREATE STREAM b (x BOOL) WITH ();;
-- a comment; with a semicolon
CREATE STREAM c (x STRING DEFAULT "a;b") WITH ();
SELECT FROM a;
CREATE STREAM d () WITH (TYPE="no end);
CREATE STREAM e () WITH (KIND=scan);
SHOW STREAMS; DROP TABLE x; ! ;
CREATE STREAM f () WITH ()`)
  assert.deepEqual(statements.map(printStatement), [
    'CREATE STREAM a () WITH (TYPE="mqtt")',
    'CREATE STREAM c (x STRING DEFAULT "a;b") WITH ()',
    'SHOW STREAMS',
    'DROP TABLE x',
    'CREATE STREAM f () WITH ()',
  ])
  assert.deepEqual(
    errors.map(({ code, location }) => `${location?.line}:${location?.column} ${code}`),
    ['3:20 DDL_FIELD', '6:8 SQL_SYNTAX', '7:31 SQL_SYNTAX', '8:31 DDL_OPTION', '9:29 SQL_SYNTAX'],
  )
})

test('a forgotten semicolon costs one statement and one error', () => {
  const { statements, errors } = file(
    'CREATE STREAM a () WITH ()\nCREATE STREAM b () WITH ();\nCREATE STREAM c () WITH ()',
  )
  assert.deepEqual(statements.map(printStatement), ['CREATE STREAM b () WITH ()', 'CREATE STREAM c () WITH ()'])
  assert.deepEqual(
    errors.map(error => error.what),
    ['A ; is missing before CREATE.'],
  )
})

test('a file without statements has none', () => {
  for (const text of ['', ' \n', ';;', '-- nothing\n', '/* nothing */']) {
    assert.deepEqual(file(text), { statements: [], errors: [], broken: [] })
  }
})
