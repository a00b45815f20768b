import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOverrides, typedByForm } from '../../src/config/environment.ts'

test('values are typed by their form', () => {
  const cases: [string, unknown][] = [
    ['10082', 10082],
    ['-5', -5],
    ['1.5', 1.5],
    ['true', true],
    ['FALSE', false],
    ['[a, 2,true]', ['a', 2, true]],
    ['[]', []],
    ['', ''],
    ['10s', '10s'],
    ['1.2.3.4', '1.2.3.4'],
    ['99999999999999999999', '99999999999999999999'],
  ]
  for (const [text, value] of cases) assert.deepEqual(typedByForm(text), value, text)
})

test('a prefix is the whole name of the file', () => {
  const env = { HTTPPUSH__A__B: '1', HTTPPUSHX__A__B: '2', HTTPPUSH_A: '3', httppush__c: '4' }
  assert.deepEqual(
    readOverrides(env, 'HTTPPUSH').map(o => [o.variable, o.segments]),
    [
      ['HTTPPUSH__A__B', ['A', 'B']],
      ['httppush__c', ['c']],
    ],
  )
})
