// Test files in, one outcome a case out, in order, as they come.

import { performance } from 'node:perf_hooks'
import { errorText } from '../core/errors.ts'
import type { TestFile } from './find-tests.ts'
import { judgeCase } from './judge-case.ts'
import { readTestFile } from './read-test-file.ts'
import type { Repository } from './repository.ts'

export interface Outcome {
  readonly file: TestFile
  /** the case's; of a file or line that cannot be understood: undefined */
  readonly name: string | undefined
  /** known for failures only: looking for it takes time */
  readonly line: number | undefined
  /** why it failed, in lines; undefined: it passed */
  readonly message: string | undefined
  readonly durationMs: number
}

/** @param wanted which cases run; default all */
export async function* runTestFile(
  file: TestFile,
  repository: Repository,
  wanted: (name: string) => boolean = () => true,
): AsyncGenerator<Outcome> {
  for await (const { cases, errors } of readTestFile(file)) {
    if (errors.length > 0) {
      const message = errors.map(errorText).join('\n')
      yield { file, name: undefined, line: errors[0]!.location?.line, message, durationMs: 0 }
    }
    for (const test of cases) {
      if (!wanted(test.name)) continue
      const started = performance.now()
      const message = await judgeCase(test, repository)
      const durationMs = performance.now() - started
      const line = message === undefined ? undefined : test.locate().line
      yield { file, name: test.name, line, message, durationMs }
    }
  }
}
