import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookupKind } from '../../src/lookups/registry.ts'
import { defineTable, type TableParts } from './open-table.ts'

const check = (properties: TableParts['properties'], options = 'DATASOURCE="devices"') =>
  lookupKind('sql')!.check!(defineTable({ type: 'sql', properties: properties ?? {}, options }))

const SECRET = 'battery-staple'

test('databases that are known', () => {
  for (const dburl of [
    'postgres://u:p@h/d',
    'postgresql://h/d',
    'mysql://u:p@h:3306/d?parseTime=true',
    'sqlite:///a.db',
  ])
    check({ dburl })
})

const CASES: readonly [name: string, dburl: string | undefined, code: string, what: RegExp][] = [
  ['none', undefined, 'DDL_OPTION', /has no dburl/],
  ['without a kind', `u:${SECRET}@h/d`, 'DDL_OPTION', /does not begin with the kind/],
  ['of a kind that is not built', `sqlserver://u:${SECRET}@h/d`, 'SQL_NOT_BUILT', /"sqlserver" are not built yet/],
  ['without a database', `postgres://u:${SECRET}@h`, 'DDL_OPTION', /needs a host and the name/],
  ['with a password of one sign too many', `mysql://u:${SECRET}%zz@h/d`, 'DDL_OPTION', /not percent-encoded/],
  ['with a user of one sign too many', `mysql://u%zz:${SECRET}@h/d`, 'DDL_OPTION', /not percent-encoded/],
  ['of a file that has no name', 'sqlite://', 'DDL_OPTION', /names no file/],
  ['of a file with parameters', 'sqlite:///a.db?mode=rw', 'DDL_OPTION', /no parameters/],
]
for (const [name, dburl, code, what] of CASES) {
  test(`a dburl ${name} is refused without being shown`, () => {
    assert.throws(
      () => check(dburl === undefined ? {} : { dburl }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, code)
        assert.match(error.message, what)
        assert.doesNotMatch(JSON.stringify(error), new RegExp(SECRET))
        return true
      },
    )
  })
}

test('a table of the database is named, or a query of its own', () => {
  const dburl = 'sqlite:///a.db'
  assert.throws(() => check({ dburl }, 'KEY="id"'), { code: 'DDL_OPTION', message: /needs DATASOURCE/ })
  assert.throws(() => check({ dburl }, 'DATASOURCE="a..b"'), { code: 'DDL_OPTION' })
  const template = (TemplateSql: string) => check({ dburl, templateSqlQueryCfg: { TemplateSql } }, 'KEY="id"')
  template("SELECT * FROM t WHERE a = {{.a}} AND b = '{{ .b }}' AND c = 'it''s'")
  assert.throws(() => template('SELECT {{if .a}}1{{end}}'), { code: 'SQL_NOT_BUILT', message: /only {{\.column}}/ })
  assert.throws(() => template("SELECT 1 WHERE a LIKE '%{{.a}}%'"), {
    code: 'DDL_OPTION',
    message: /within a longer text/,
  })
})
