// The test files of a folder in, what is wrong with their shape out: what `sluice validate` says of them.

import { UserError } from '../core/errors.ts'
import { findTests } from './find-tests.ts'
import { readTestFile } from './read-test-file.ts'
import type { Repository } from './repository.ts'
import type { TestCase } from './test-case.ts'

export interface CheckedTests {
  readonly fileCount: number
  readonly errors: readonly UserError[]
}

/** Nothing is run: files are read, and the rules that they name must be there. */
export async function checkTestFiles(dir: string, repository: Repository): Promise<CheckedTests> {
  const { files } = await findTests([], dir)
  const errors: UserError[] = []
  for (const file of files) {
    for await (const read of readTestFile(file)) {
      errors.push(...read.errors)
      // The cases of a file share its rule; a line of a corpus has one case.
      const unknown = read.cases[0] && (await ruleFault(read.cases[0], repository))
      if (unknown) errors.push(unknown)
    }
  }
  return { fileCount: files.length, errors }
}

/** Only that the rule is missing: what is wrong with one that is there is said where it stands. */
async function ruleFault({ subject }: TestCase, repository: Repository): Promise<UserError | undefined> {
  if (subject.kind !== 'rule') return undefined
  try {
    ;(await repository.load()).rule(subject.id, subject.locate())
    return undefined
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.all().find(({ code }) => code === 'TEST_FILE')
  }
}
