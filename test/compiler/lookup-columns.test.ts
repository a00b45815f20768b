import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { errorLine, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { streamsOf } from '../support/rules.ts'

const TEMPLATE = '{\\"templateSqlQueryCfg\\": {\\"TemplateSql\\": \\"SELECT 1 WHERE {{.a}} < {{.b}}\\"}}'
const STREAMS = streamsOf(
  'CREATE STREAM s () WITH (TYPE="httppush")',
  'CREATE TABLE keyed () WITH (TYPE="redis", KIND="lookup", KEY="id")',
  'CREATE TABLE bare () WITH (TYPE="redis", KIND="lookup")',
  `CREATE TABLE own () WITH (TYPE="sql", KIND="lookup", EXTRA="${TEMPLATE}")`,
  'CREATE TABLE any () WITH (TYPE="sql", KIND="lookup", DATASOURCE="t")',
)

function refusal(join: string): string | undefined {
  try {
    prepareSelect(new FileText('rule.sql', `SELECT * FROM s INNER JOIN ${join}`), STREAMS, false)
    return undefined
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return errorLine(error)
  }
}

test('redis is asked by its key', () => {
  assert.equal(refusal('keyed ON s.x = keyed.id'), undefined)
  assert.equal(refusal('bare ON s.x = bare.whatever'), undefined)
  assert.match(
    refusal('keyed ON s.x = keyed.name')!,
    /^rule\.sql:1:37 SQL_JOIN .*redis finds rows of keyed by its KEY, id, not by name\./,
  )
  assert.match(refusal('bare ON s.x = bare.a AND s.y = bare.b')!, /by one column, the key, not by a and b/)
})

test('a query of its own is asked by the columns that it has places for, a table by any', () => {
  assert.equal(refusal('own ON s.x = own.a AND s.y = own.b'), undefined)
  assert.match(refusal('own ON s.x = own.a')!, /TemplateSql of own needs b, which ON does not compare/)
  assert.match(refusal('own ON s.x = own.a AND s.y = own.b AND s.z = own.c')!, /has no place for c/)
  assert.equal(refusal('any ON s.x = any.a AND s.y = any.b AND s.z = any.c'), undefined)
})
