import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatDuration, parseDuration, spanText } from '../../src/core/duration.ts'

describe('a duration is read', () => {
  const cases: readonly [value: unknown, ms: number | undefined][] = [
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2h5m', 7_500_000],
    ['-15m', -900_000],
    ['+1s', 1000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['100us', 0.1],
    ['100µs', 0.1],
    ['1ns', 0.000001],
    ['0', 0],
    ['-0s', 0],
    [250, 250],
    [-250, -250],
    [250n, 250],
    ['10', undefined],
    ['', undefined],
    ['-', undefined],
    ['s', undefined],
    ['1d', undefined],
    ['1h 30m', undefined],
    [' 1h', undefined],
    ['1H', undefined],
    ['1h-30m', undefined],
    ['9999999999h', undefined],
    [1.5, undefined],
    [Number.NaN, undefined],
    [2n ** 70n, undefined],
    [null, undefined],
    [true, undefined],
  ]
  for (const [value, ms] of cases) {
    const name = typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)
    it(`${name} is ${ms} ms`, () => assert.equal(parseDuration(value), ms))
  }
})

describe('a duration is written', () => {
  const cases: Record<string, number> = {
    '0s': 0,
    '10s': 10_000,
    '1h30m': 5_400_000,
    '1m500ms': 60_500,
    '-15m': -900_000,
    '1500us': 1.5,
    '1ns': 0.000001,
  }
  for (const [text, ms] of Object.entries(cases)) it(text, () => assert.equal(formatDuration(ms), text))
  it('so that it reads back', () => {
    fc.assert(fc.property(fc.integer(), ms => assert.equal(parseDuration(formatDuration(ms)), ms)))
  })
})

it('a span is told as exactly as a person cares for', () => {
  const cases: [number, string][] = [
    [0, '0s'],
    [999, '999ms'],
    [1_499, '1s'],
    [34_400, '34s'],
    [90_000, '1m30s'],
    [3_600_000 * 26 + 100_000, '26h2m'],
  ]
  for (const [ms, text] of cases) assert.equal(spanText(ms), text)
})
