// Every corpus beside this file, one node:test a file: what the specification says, sentence by sentence, as cases that
// run through the real engine.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Repository } from '../../src/testing/repository.ts'
import { runTestFile } from '../../src/testing/run-tests.ts'

describe('the specification', () => {
  // The cases bring their streams and statements: no repository has a part in them.
  const repository = new Repository(tmpdir(), {})
  const corpora = readdirSync(import.meta.dirname).filter(name => name.endsWith('.jsonl'))
  for (const corpus of corpora.sort()) {
    test(`holds as ${corpus} writes it down`, async () => {
      const file = { path: join(import.meta.dirname, corpus), shown: corpus }
      const failures: string[] = []
      let count = 0
      for await (const outcome of runTestFile(file, repository)) {
        count++
        if (outcome.message !== undefined) {
          failures.push(`${corpus}:${outcome.line} ${outcome.name ?? ''}\n${outcome.message}`)
        }
      }
      assert.ok(count > 0, `${corpus} has no cases`)
      assert.equal(failures.length, 0, `${failures.length} of ${count} fail\n\n${failures.join('\n\n')}`)
    })
  }
})
