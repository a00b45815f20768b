import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lengthText } from '../../src/core/time-unit.ts'

test('lengths read as people would write them', () => {
  const texts = [10_000, 90_000, 60_000, 3_600_000, 172_800_000, 1500, 0].map(lengthText)
  assert.deepEqual(texts, ['10 s', '90 s', '1 min', '1 h', '2 d', '1500 ms', '0 ms'])
})
