// Every case of the corpora beside this file, cut at every row and at every instant at which something is due: what is
// saved of a rule there, and restored into one compiled anew, gives the same output.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { PipelineState } from '../../src/operators/pipeline.ts'
import { throughBytes } from '../../src/testing/relay.ts'
import { Repository } from '../../src/testing/repository.ts'
import { cutFile } from '../support/cut-cases.ts'

const repository = new Repository(tmpdir(), {})
const corpora = readdirSync(import.meta.dirname).filter(name => name.endsWith('.jsonl'))

describe('a cut changes nothing', () => {
  for (const corpus of corpora.sort()) {
    test(`in ${corpus}`, async () => {
      const file = { path: join(import.meta.dirname, corpus), shown: corpus }
      const failures: string[] = []
      for await (const { name, message } of cutFile(file, repository, 'every')) {
        if (message !== undefined) failures.push(`${name}\n${message}`)
      }
      assert.equal(failures.length, 0, failures.join('\n\n'))
    })
  }
})

describe('a state that is lost shows', () => {
  const CASES = [
    ['watermark', 'windows-2-event-time.jsonl'],
    ['analytic:', 'functions-state.jsonl'],
    ['window', 'windows-4-clauses.jsonl'],
    ['table:', 'windows-11-tables.jsonl'],
    ['hits', 'windows-1-time.jsonl'],
    ['changed_cols:', 'functions-state.jsonl'],
  ] as const
  for (const [part, corpus] of CASES) {
    test(`that of ${part.replace(':', '')}`, async () => {
      const without = (state: PipelineState) =>
        Object.fromEntries(Object.entries(throughBytes(state)).filter(([name]) => !name.startsWith(part)))
      assert.ok(await someDiffer(corpus, without), `no case of ${corpus} notices`)
    })
  }
})

async function someDiffer(corpus: string, carry: (state: PipelineState) => PipelineState): Promise<boolean> {
  const file = { path: join(import.meta.dirname, corpus), shown: corpus }
  for await (const { message } of cutFile(file, repository, 'every', carry)) if (message !== undefined) return true
  return false
}
