import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rememberByText } from '../../src/core/remember.ts'

function counted(): { readonly of: (text: string) => string | undefined; readonly computed: string[] } {
  const computed: string[] = []
  const of = rememberByText(text => {
    computed.push(text)
    if (text === 'bad') throw new Error('bad')
    return text === '' ? undefined : text.toUpperCase()
  })
  return { of, computed }
}

test('a text is worked on once, also when it gives nothing', () => {
  const { of, computed } = counted()
  assert.deepEqual([of('a'), of(''), of('a'), of('')], ['A', undefined, 'A', undefined])
  assert.deepEqual(computed, ['a', ''])
})

test('what fails fails again', () => {
  const { of, computed } = counted()
  for (let i = 0; i < 2; i++) assert.throws(() => of('bad'), /bad/)
  assert.equal(computed.length, 2)
})

test('of more texts than it holds the oldest is forgotten', () => {
  const { of, computed } = counted()
  for (let i = 0; i <= 500; i++) of(`t${i}`)
  computed.length = 0
  of('t1')
  of('t500')
  assert.deepEqual(computed, [])
  of('t0')
  assert.deepEqual(computed, ['t0'])
})

test('a long text is not held', () => {
  const { of, computed } = counted()
  const text = 'x'.repeat(10_001)
  assert.equal(of(text), text.toUpperCase())
  of(text)
  assert.equal(computed.length, 2)
})
