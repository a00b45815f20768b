import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { formatSelect, formatStatements } from '../../src/sql/format.ts'

const goldens = new URL('../golden/format/', import.meta.url)

const select = (text: string) => formatSelect(new FileText('x.sql', text))
const statements = (text: string) => formatStatements(new FileText('x.sql', text))

for (const file of readdirSync(goldens).filter(name => name.endsWith('.sql'))) {
  test(`golden/format/${file} is laid out as it should be, and then stays so`, t => {
    const formatted = statements(readFileSync(new URL(file, goldens), 'utf8'))
    const expected = fileURLToPath(new URL(file.replace(/\.sql$/, '.txt'), goldens))
    t.assert.fileSnapshot(formatted, expected, { serializers: [text => text] })
    assert.equal(statements(formatted), formatted)
  })
}

test('what stands behind the ; of a rule is no SQL and stays as it is', () => {
  assert.equal(select('select a from b; Rest  of !it\n'), 'SELECT a FROM b;\nRest  of !it')
  assert.equal(select('select a from b; -- done\n'), 'SELECT a FROM b; -- done')
  assert.equal(select('select a\nfrom b -- done'), 'SELECT a\nFROM b -- done')
})

test('a file gets the ; that it lacks and ends with one line break; an empty one stays empty', () => {
  const create = 'CREATE STREAM a () WITH (TYPE = "x")'
  assert.equal(statements(`${create} -- c`), `${create}; -- c\n`)
  assert.equal(statements(`\n\n${create};\n\n\n`), `${create};\n`)
  assert.equal(statements('\n \n'), '')
  assert.equal(statements('\n-- c\n \n'), '-- c\n')
})

test('a statement of a hundred columns fits on a line, one of 101 does not', () => {
  const line = (length: number) => `SELECT ${'a'.repeat(length - 14)} FROM b`
  assert.equal(select(line(100)), line(100))
  assert.equal(select(line(101)), line(101).replace(' FROM', '\nFROM'))
  assert.equal(statements(`${line(100)};`), `${line(100).replace(' FROM', '\nFROM')};\n`)
})

test('signs, points and paths stay the tokens that they are', () => {
  for (const text of [
    'SELECT -. 5 FROM b',
    'SELECT 1 .a FROM b',
    'SELECT 1.5 .a FROM b',
    'SELECT a->b.c, 1->a FROM b',
    'SELECT a - (-1), a * -1, a[-1:] FROM b',
    'SELECT a FROM topic/+/select-1/# AS t',
    'SELECT a FROM b ORDER BY x DESC y',
  ]) {
    assert.equal(select(text), text)
  }
})

test('a comment behind an opening bracket stands as close to it as what it belongs to', () => {
  const text = 'SELECT\n  f(/* a */ b),\n  count(*) FILTER (/* c */ WHERE d)\nFROM e'
  assert.equal(select(text), 'SELECT f(/* a */ b), count(*) FILTER (/* c */ WHERE d)\nFROM e')
})

test('what is no SQL is refused with every error of the file', () => {
  assert.throws(
    () => statements('create stream a();\ncreate stream b () with (typ="x");'),
    (error: unknown) => error instanceof UserError && error.all().length === 2,
  )
  assert.throws(() => select('select a b from c'), { code: 'SQL_SYNTAX' })
})
