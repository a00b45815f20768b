// A test file in, its cases and its errors out, one after the other, so that a corpus is never held as a whole.

import { readFile } from 'node:fs/promises'
import { readYaml } from '../config/yaml.ts'
import { UserError } from '../core/errors.ts'
import { FileText, normalised } from '../core/location.ts'
import { readCaseLine } from './case-line.ts'
import type { TestFile } from './find-tests.ts'
import { linesOf } from './lines.ts'
import { type ReadCases, readCases } from './test-case.ts'

export function isCorpus(file: TestFile): boolean {
  return /\.jsonl$/i.test(file.path)
}

/** Gives either cases or the errors for which a file, or a line of a corpus, has none. Never throws for what is in it. */
export async function* readTestFile(file: TestFile): AsyncGenerator<ReadCases> {
  try {
    if (!isCorpus(file)) {
      yield readCases(readYaml(new FileText(file.shown, normalised(await readFile(file.path, 'utf8')))), false)
      return
    }
    for await (const { number, text } of linesOf(file.path)) {
      if (text.trim() !== '') yield readCaseLine(file.shown, number, text)
    }
  } catch (error) {
    yield { cases: [], errors: [asUserError(error, file)] }
  }
}

function asUserError(error: unknown, file: TestFile): UserError {
  if (error instanceof UserError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  const location = { path: file.shown, line: 1, column: 1 }
  const fix = 'It must be there, and readable for you.'
  return new UserError({ code: 'FILE_READ', what: `The file cannot be read (${code}).`, fix, location })
}
