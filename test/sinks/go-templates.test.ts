// Templates against Go itself: test/golden/template/go.txt holds what text/template of Go 1.26 printed for each template,
// `[template, name of the data, text]`, or `[template, name of the data]` where it gave an error.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Values } from '../../src/core/value.ts'
import { compileTemplate } from '../../src/sinks/template.ts'

const row: Values = {
  ...{ a: 1, t: 31.5, f: 30, big: 1e6, e21: 1e21, sm: 1e-7, i: 5n, bigi: 9007199254740993n },
  ...{ s: 'x<y>&"\'', n: null, ok: true, emp: '', l: [], 'a-b': 7n },
  o: { b: 'c', z: [1n, 'q', null], a: 2.5 },
  arr: [1n, 2n, 3n],
}
const DATA: Readonly<Record<string, Values | readonly Values[]>> = {
  row,
  one: [{ topic: 'q' }],
  two: [{ topic: 'q' }, { topic: 'r' }],
  empty: [],
}

test('templates print what Go prints, and fail where Go fails', () => {
  const golden = readFileSync(new URL('../golden/template/go.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  assert.ok(golden.length > 800)
  const wrong: string[] = []
  for (const line of golden) {
    const [template, data, expected] = JSON.parse(line) as [string, string, string?]
    const got = render(template, DATA[data]!)
    if (got !== expected) wrong.push(`${template}\n  Go   ${expected ?? 'fails'}\n  ours ${got ?? 'fails'}`)
  }
  assert.deepEqual(wrong, [])
})

function render(template: string, data: Values | readonly Values[]): string | undefined {
  try {
    return compileTemplate(template)(data)
  } catch {
    return undefined
  }
}
