import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { linesOf } from '../../src/testing/lines.ts'
import { folder } from './support.ts'

test('lines of a file larger than one read come whole and numbered', async t => {
  const path = join(folder(t, {}), 'big.jsonl')
  const lines = Array.from({ length: 4000 }, (_, i) => `${i} ${'é'.repeat(i % 97)}`)
  writeFileSync(path, lines.join('\n'))
  const read = await Array.fromAsync(linesOf(path))
  assert.deepEqual(
    read.map(line => line.text),
    lines,
  )
  assert.equal(read.at(-1)?.number, 4000)
})

test('CR LF ends a line, U+2028 does not, a byte order mark is not part of it', async t => {
  const path = join(folder(t, { 'a.jsonl': '\ufeffa\u2028b\r\n\nc\n' }), 'a.jsonl')
  const read = await Array.fromAsync(linesOf(path))
  assert.deepEqual(
    read.map(line => line.text),
    ['a\u2028b', '', 'c'],
  )
})
