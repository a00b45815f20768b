import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRule } from '../../src/config/rule-format.ts'
import { UserError } from '../../src/core/errors.ts'
import { FileText, type SourceText } from '../../src/core/location.ts'
import { formatSelect } from '../../src/sql/format.ts'

const LONG = `select ${'a'.repeat(60)}, ${'b'.repeat(60)} from s`
const BLOCK = `  SELECT\n    ${'a'.repeat(60)},\n    ${'b'.repeat(60)}\n  FROM s\n`
const ESCAPED = `SELECT\\n  ${'a'.repeat(60)},\\n  ${'b'.repeat(60)}\\nFROM s`

const CASES: readonly [name: string, before: string, after: string, file?: string][] = [
  [
    'all but the SQL stays, comments and odd blanks too',
    '# c\nid:   x\nsql:   select a,b from s   # why\nactions: [{log: {}} ] # z\n',
    '# c\nid:   x\nsql:   SELECT a, b FROM s   # why\nactions: [{log: {}} ] # z\n',
  ],
  ['quotes stay', `sql: 'select ''a'' as b from s'\nb: 1`, `sql: 'SELECT ''a'' AS b FROM s'\nb: 1`],
  ['double quotes stay', 'sql: "select \\"a\\" as b from s"\n', 'sql: "SELECT \\"a\\" AS b FROM s"\n'],
  ['what is too long becomes a block', `sql: ${LONG}  # why\nb: 1`, `sql: |  # why\n${BLOCK}b: 1`],
  ['quoted text of several lines does too', `sql: "select a\\nfrom b"\n`, 'sql: |\n  SELECT a\n  FROM b\n'],
  [
    'a key that is indented indents its block',
    `  b: 1\n  sql: ${LONG}\n`,
    `  b: 1\n  sql: |\n${BLOCK.replace(/^/gm, '  ').trimEnd()}\n`,
  ],
  [
    'a block keeps its header, its indentation and the blank lines below',
    'sql: |2-  # hi\n    select a\n     from b\n\n\n# c\nb: 1\n',
    'sql: |2-  # hi\n  SELECT a\n  FROM b\n\n\n# c\nb: 1\n',
  ],
  [
    'a deeper block stays deep',
    'sql: |+\n      select a\n      from b\n\n',
    'sql: |+\n      SELECT a\n      FROM b\n\n',
  ],
  ['a folded block becomes literal', `sql: >-  # > c\n  select a\n  from b\n`, `sql: |-  # > c\n  SELECT a FROM b\n`],
  ['a folded block that says the same stays', 'sql: >\n  SELECT a\n  FROM b\n', 'sql: >\n  SELECT a\n  FROM b\n'],
  ['in flow style it stays in quotes', `{sql: "${LONG}", b: 1}\n`, `{sql: "${ESCAPED}", b: 1}\n`],
  ['JSON stays JSON', `{"sql":"${LONG}", "b": [1,\n2]}\n`, `{"sql":"${ESCAPED}", "b": [1,\n2]}\n`, 'r.json'],
  [
    'what YAML cannot hold bare stays escaped',
    'sql: "select \\"\\u0007\\" from s\\nwhere a"\n',
    'sql: "SELECT \\"\\u0007\\"\\nFROM s\\nWHERE a"\n',
  ],
]

for (const [name, before, after, path = 'r.yaml'] of CASES) {
  test(name, () => {
    const once = formatRule(new FileText(path, before), formatSelect)
    assert.equal(once, after)
    assert.equal(formatRule(new FileText(path, once), formatSelect), once)
  })
}

const toText = (text: string) => () => text

test('text that plain style would cut short gets quotes', () => {
  const file = new FileText('r.yaml', 'sql: select a from b\n')
  assert.equal(formatRule(file, toText("a: 'b' #c")), "sql: 'a: ''b'' #c'\n")
})

const REFUSED: readonly [name: string, text: string][] = [
  ['an alias', 'name: &a select a from b\nsql: *a\n'],
  ['an anchor that something refers to', 'sql: &a select a from b\nname: *a\n'],
  ['no sql', 'actions: []\n'],
  ['a number', 'sql: 1\n'],
  ['an empty file', ''],
  ['a list', '- sql\n'],
]

for (const [name, text] of REFUSED) {
  test(`${name} is refused with a place`, () => {
    assert.throws(
      () => formatRule(new FileText('r.yaml', text), formatSelect),
      (error: unknown) => error instanceof UserError && error.code === 'CONFIG_VALUE' && error.location !== undefined,
    )
  })
}

test('an anchor that nothing refers to is no hindrance', () => {
  const file = new FileText('r.yaml', 'sql: &a !!str select a from b\n')
  assert.equal(formatRule(file, formatSelect), 'sql: &a !!str SELECT a FROM b\n')
})

test('what cannot be written is a bug and changes nothing', () => {
  const file = new FileText('r.yaml', 'sql: |\n  select a\n  from b\n')
  assert.throws(() => formatRule(file, toText('a\u0007')), /cannot be written into the file/)
})

test('the formatter gets the place of the SQL in the file', () => {
  let place = ''
  const format = (sql: SourceText) => {
    const { line, column } = sql.locate({ start: 7, end: 8 })
    place = `${line}:${column}`
    return sql.text
  }
  formatRule(new FileText('r.yaml', 'id: x\nsql: select a from b\n'), format)
  assert.equal(place, '2:13')
})
