import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeLog } from '../../src/core/log.ts'

function textLines(write: (log: ReturnType<typeof makeLog>) => void): string {
  let out = ''
  write(makeLog({ format: 'text' }, { write: (text: string) => void (out += text) }))
  return out
}

test('the text format is one line an event: time, level, message, fields', () => {
  assert.match(
    textLines(log => log.warn({ rule: 'a', n: 3, list: [1] }, 'it happened')),
    /^\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}it happened rule=a n=3 list=\[1\]\n$/,
  )
})

test('what a device sends can neither start a line nor steer the terminal', () => {
  const text = textLines(log => log.info({ path: '/a\u001b[2J' }, 'sink result: x\n2026-01-01 error forged\r\t\u2028'))
  assert.ok(text.endsWith('sink result: x\\n2026-01-01 error forged\\r\\t\\u2028 path=/a\\u001b[2J\n'), text)
})

test('a stack keeps its lines', () => {
  assert.match(
    textLines(log => log.error({ stack: 'Error: x\n    at y' }, 'a fault')),
    /stack=Error: x\n {4}at y\n$/,
  )
})
