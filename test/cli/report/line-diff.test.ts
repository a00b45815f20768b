import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineDiff } from '../../../src/cli/report/line-diff.ts'

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('')

test('equal texts have no diff', () => {
  assert.equal(lineDiff('a', 'x\n', 'x\n'), '')
})

test('changes stand with three lines around them, those that are far apart in hunks of their own', () => {
  const before = numbers(1, 30)
  const after = before.replace('\n5\n', '\nfive\nand a half\n').replace('\n8\n', '\n').replace('\n25\n', '\nxxv\n')
  assert.equal(
    lineDiff('f', before, after),
    '--- f\n+++ f\n@@ -2,10 +2,10 @@\n 2\n 3\n 4\n-5\n+five\n+and a half\n 6\n 7\n-8\n 9\n 10\n 11\n' +
      '@@ -22,7 +22,7 @@\n 22\n 23\n 24\n-25\n+xxv\n 26\n 27\n 28\n',
  )
})

test('a text from nothing, and a line without its end', () => {
  assert.equal(lineDiff('f', '', 'a\n'), '--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n')
  assert.equal(lineDiff('f', 'a', 'a\n'), '--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n')
})

test('a change too large to be compared is shown as a whole', () => {
  const diff = lineDiff('f', `top\n${numbers(1, 3000)}`, `top\n${numbers(3001, 6000)}`)
  assert.equal(diff.split('\n').filter(line => line.startsWith('-')).length, 3001)
})

/** What `patch` makes of a text whose lines all end. */
function patched(before: string, diff: string): string {
  const old = before.split('\n').slice(0, -1)
  const made: string[] = []
  let read = 0
  for (const line of diff.split('\n').slice(2, -1)) {
    const start = /^@@ -(\d+),(\d+) /.exec(line)
    if (start) {
      made.push(...old.slice(read, Math.max(read, Number(start[1]) - 1)))
      read = Math.max(read, Number(start[1]) - 1)
      continue
    }
    if (!line.startsWith('+')) assert.equal(line.slice(1), old[read++])
    if (!line.startsWith('-')) made.push(line.slice(1))
  }
  return [...made, ...old.slice(read)].map(line => `${line}\n`).join('')
}

test('the diff leads from any text to any other', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
    .map(lines => lines.map(line => `${line}\n`).join(''))
  fc.assert(
    fc.property(text, text, (before, after) => assert.equal(patched(before, lineDiff('f', before, after)), after)),
    { numRuns: 1000 },
  )
})
