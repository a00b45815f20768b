import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readYaml } from '../../src/config/yaml.ts'
import { UserError } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'

const read = (text: string) => readYaml(new FileText('a.yaml', text))

/** `line:column` of a word of the text at a path. */
function placeOf(text: string, path: (string | number)[], word: string): string {
  const source = read(text).textAt(path)
  const start = source.text.indexOf(word)
  assert.ok(start >= 0, `${word} stands in ${source.text}`)
  const location = source.locate({ start, end: start + word.length })
  return `${location.line}:${location.column}+${location.length}`
}

function syntaxError(text: string): UserError {
  try {
    read(text)
  } catch (error) {
    assert.ok(error instanceof UserError)
    assert.equal(error.code, 'CONFIG_SYNTAX')
    return error
  }
  throw new assert.AssertionError({ message: `accepted: ${text}` })
}

test('every key and value has its place', () => {
  const document = read('a: 1\nlist:\n  - x: one\n  - {y: "two", z: }\n')
  const at = (path: (string | number)[], what?: 'key' | 'value') => {
    const { line, column } = document.locate(path, what)
    return `${line}:${column}`
  }
  assert.equal(at(['a'], 'key'), '1:1')
  assert.equal(at(['a']), '1:4')
  assert.equal(at(['list', 0, 'x']), '3:8')
  assert.equal(at(['list', 1, 'y'], 'key'), '4:6')
  assert.equal(at(['list', 1, 'y']), '4:10')
  assert.equal(at(['list', 1, 'z']), '4:16', 'an empty value stands at its key')
  assert.equal(at(['list', 0, 'missing', 'deep']), '3:5', 'a path that leads nowhere is at its nearest parent')
  assert.equal(at(['missing']), '1:1')
})

const SCALARS: readonly { name: string; text: string; path?: (string | number)[]; places: Record<string, string> }[] = [
  { name: 'plain', text: 'sql: SELECT a FROM b\n', places: { SELECT: '1:6+6', FROM: '1:15+4' } },
  {
    name: 'single quoted with a doubled quote',
    text: "sql: 'a''s FROM b'\n",
    places: { "a's": '1:7+4', FROM: '1:12+4' },
  },
  {
    name: 'double quoted with escapes',
    text: 'sql: "a\\n\\u0041\\"x FROM b"\n',
    places: { A: '1:10+1', FROM: '1:20+4' },
  },
  { name: 'an escape above the basic plane', text: 'sql: "\\U0001F600 FROM"\n', places: { FROM: '1:18+4' } },
  {
    name: 'literal block',
    text: 'sql: |\n  SELECT a\n    FROM b\n\n  WHERE c\n',
    places: { SELECT: '2:3+6', FROM: '3:5+4', WHERE: '5:3+5' },
  },
  { name: 'literal block with its indentation named', text: 'sql: |2\n    SELECT a\n', places: { SELECT: '2:5+6' } },
  { name: 'literal block in a list', text: '- |-\n   SELECT a\n   FROM b\n', path: [0], places: { FROM: '3:4+4' } },
  {
    name: 'folded block',
    text: 'sql: >-\n  SELECT a\n  FROM b\n\n  WHERE c\n',
    places: { SELECT: '2:3+6', FROM: '3:3+4', WHERE: '5:3+5' },
  },
  {
    name: 'plain over several lines',
    text: 'sql: SELECT a\n  FROM b\n\n  WHERE c\n',
    places: { FROM: '2:3+4', WHERE: '4:3+5' },
  },
  {
    name: 'double quoted over several lines',
    text: 'sql: "SELECT a \\\n  FROM b\n  WHERE c"\n',
    places: { FROM: '2:3+4', WHERE: '3:3+5' },
  },
  { name: 'JSON', text: '{"sql": "SELECT \\"a\\"\\nFROM b"}', places: { '"a"': '1:17+4', FROM: '1:24+4' } },
]

for (const { name, text, path, places } of SCALARS) {
  test(`a text knows its place in the file: ${name}`, () => {
    for (const [word, expected] of Object.entries(places)) assert.equal(placeOf(text, path ?? ['sql'], word), expected)
  })
}

test('JSON is read as it is, and an empty file is null', () => {
  assert.deepEqual(read('{"a": [1, 2.5, true, null, "x\\/y\\u00e9"]}').value, { a: [1, 2.5, true, null, 'x/yé'] })
  assert.deepEqual(read('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n').value, { a: { b: 1 } }, 'indented with tabs')
  assert.equal(read('').value, null)
  assert.equal(read('# nothing\n').value, null)
})

test('what is not YAML says where and why', () => {
  assert.equal(syntaxError('a: 1\nb: 2\na: 3\n').location?.line, 3)
  assert.match(syntaxError('a: 1\na: 3\n').what, /stands twice/)
  assert.match(syntaxError('a: 1\n---\nb: 2\n').what, /more than one YAML document/)
  assert.equal(syntaxError('a: 1\n---\nb: 2\n').location?.line, 3)
  assert.equal(syntaxError('a: !secret x\n').location?.column, 4)
  assert.match(syntaxError('a:\n\tb: 1\n').fix ?? '', /never with tabs/)
  assert.ok(syntaxError('a: [1, 2\n').location)
})

test('aliases are followed, but not into circles and not without end', () => {
  const document = read('a: &x {k: v}\nb: *x\n')
  assert.deepEqual(document.value, { a: { k: 'v' }, b: { k: 'v' } })
  assert.equal(document.locate(['b']).line, 2)
  assert.equal(document.locate(['b', 'k']).line, 1)
  assert.match(syntaxError('a: &x [*x]\n').what, /that it stands in/)
  const lines = ['a0: &a0 [1,1,1,1,1,1,1,1,1,1]']
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(',')}]`,
    )
  assert.match(syntaxError(lines.join('\n')).what, /more than 100000 values/)
})

test('names like __proto__ are plain keys', () => {
  const value = read('__proto__: {x: 1}\nconstructor: 2\n').value as Record<string, unknown>
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor'])
  assert.equal(({} as Record<string, unknown>)['x'], undefined)
})
