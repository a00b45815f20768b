import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorText, UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import { markedLine, withoutSecrets } from '../../src/core/source-line.ts'

function mark(line: string, word: string): readonly [string, string] {
  return markedLine(line, line.indexOf(word) + 1, word.length)
}

const CASES: readonly (readonly [name: string, line: string, word: string, text: string, carets: string])[] = [
  ['at the start', 'nosuch b', 'nosuch', 'nosuch b', '^^^^^^'],
  ['behind an indentation, which is left out', '    a + b', 'b', 'a + b', '    ^'],
  ['behind an indentation of tabs', '\t\ta + b', 'b', 'a + b', '    ^'],
  ['behind tabs inside the line, which stay tabs', 'a,\tb,\tc', 'c', 'a,\tb,\tc', '  \t  \t^'],
  ['behind Chinese, two columns a sign', 'x = "温度", b', 'b', 'x = "温度", b', '            ^'],
  ['on Chinese', 'x, 温度', '温度', 'x, 温度', '   ^^^^'],
  ['behind emoji', '"🔥👩‍🚒" b', 'b', '"🔥👩‍🚒" b', '       ^'],
  ['behind a combining accent, which takes no column', '"e\u0301" b', 'b', '"e\u0301" b', '    ^'],
  ['behind a control character, which is shown as a picture', '"\u001b[2J" b', 'b', '"\u241b[2J" b', '       ^'],
]

for (const [name, line, word, text, carets] of CASES) {
  test(`a place ${name} is marked where a terminal shows it`, () => {
    assert.deepEqual(mark(line, word), [text, carets])
  })
}

test('of a very long line only the neighbourhood is shown', () => {
  const line = `${'a, '.repeat(200)}nosuch${', b'.repeat(200)}`
  const [text, carets] = mark(line, 'nosuch')
  assert.ok(text.length <= 160, `${text.length} columns`)
  assert.match(text, /^…/)
  assert.match(text, /…$/)
  assert.equal(text.slice(carets.indexOf('^'), carets.length), 'nosuch')
})

test('a place behind the end of the line is marked behind its last sign', () => {
  assert.deepEqual(markedLine('SELECT a  ', 30, 1), ['SELECT a', '        ^'])
})

test('an error of a statement in several lines, indented with tabs, has its caret under the word', () => {
  const text = 'SELECT\n\tdeviceId,\ttemprature\nFROM s\n'
  const start = text.indexOf('temprature')
  const location = new FileText('s.sql', text).locate({ start, end: start + 10 })
  const error = new UserError({ code: 'SQL_UNKNOWN_COLUMN', what: 'No.', location })
  assert.equal(
    errorText(error),
    's.sql:2:12 SQL_UNKNOWN_COLUMN\n  No.\n    deviceId,\ttemprature\n             \t^^^^^^^^^^',
  )
})

test('secrets that stand in a line are hidden, references to them are not', () => {
  for (const [line, shown] of [
    ['{"password": "abc", "b": 1}', '{"password": *****, "b": 1}'],
    ["api_key: 'abc', b: 1", 'api_key: *****, b: 1'],
    ['Authorization: Bearer abc', 'Authorization: **********'],
    ['password: "${env:PW}"', 'password: "${env:PW}"'],
    ['a: password', 'a: password'],
  ] as const) {
    assert.equal(withoutSecrets(line), shown)
  }
})
