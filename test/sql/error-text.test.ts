// Every line of golden/parse/errors/*.sql is refused; the texts beside them are what its author reads.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { errorText, UserError } from '../../src/core/errors.ts'
import { EmbeddedText, FileText } from '../../src/core/location.ts'
import { parseSelect, parseStatements } from '../../src/sql/parser.ts'

const goldens = new URL('../golden/parse/errors/', import.meta.url)

function refusal(path: string, line: string): string {
  const { errors } = parseStatements(new FileText(path, line))
  assert.equal(errors.length, 1, `one error in: ${line}`)
  return errorText(errors[0]!)
}

for (const name of ['select', 'ddl']) {
  test(`the errors of golden/parse/errors/${name}.sql read as they should`, t => {
    const file = `${name}.sql`
    const lines = readFileSync(new URL(file, goldens), 'utf8').trimEnd().split('\n')
    const texts = lines.map(line => refusal(file, line))
    const expected = fileURLToPath(new URL(`${name}.txt`, goldens))
    t.assert.fileSnapshot(`${texts.join('\n')}\n`, expected, { serializers: [text => text] })
  })
}

test('an error inside YAML has the place in the YAML', () => {
  const file = new FileText('rules/r.yaml', 'id: r\nsql: |\n  SELECT a\n  FROM demo d\n')
  const text = new EmbeddedText(file, 'SELECT a\nFROM demo d\n', [15, 26])
  assert.throws(
    () => parseSelect(text),
    (error: unknown) => {
      assert(error instanceof UserError)
      const { path, line, column, sourceLine } = error.location!
      assert.deepEqual([path, line, column, sourceLine], ['rules/r.yaml', 4, 13, '  FROM demo d'])
      assert.equal(error.fix, 'Write demo AS d.')
      return true
    },
  )
})

test('an error at the end of a text points behind its last word, not at an empty line', () => {
  const { errors } = parseStatements(new FileText('s.sql', 'SELECT a\nFROM\n\n'))
  assert.deepEqual([errors[0]?.location?.line, errors[0]?.location?.column], [2, 5])
})

const NO_SELECT: readonly (readonly [text: string, what: string])[] = [
  ['', 'There is no SQL here.'],
  [' -- only a comment', 'There is no SQL here.'],
  ['CREATE STREAM a () WITH ()', "A rule's SQL is one SELECT, but it begins with CREATE."],
  ['; SELECT a FROM b', "A rule's SQL is one SELECT, but it begins with ;."],
]

for (const [text, what] of NO_SELECT) {
  test(`a rule whose SQL is ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseSelect(new FileText('r.sql', text)), { code: 'SQL_SYNTAX', what })
  })
}

test('a rule that begins with a slip of SELECT is told so', () => {
  assert.throws(() => parseSelect(new FileText('r.sql', 'SELEC a FROM b')), {
    what: "A rule's SQL is one SELECT, but it begins with SELEC.",
    fix: 'Did you mean SELECT?',
  })
})
