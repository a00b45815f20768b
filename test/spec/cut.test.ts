// Every case of the corpora beside this file, cut at every row and at every instant at which something is due: what is
// saved of a rule there, and restored into one compiled anew, gives the same output.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
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
