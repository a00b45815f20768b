// Files of cases in, those whose output changes out when their rule is cut, saved, and followed by another.

import { isDeepStrictEqual } from 'node:util'
import { UserError } from '../../src/core/errors.ts'
import { plainEmission } from '../../src/testing/compare.ts'
import { setUpCase } from '../../src/testing/compile-case.ts'
import type { TestFile } from '../../src/testing/find-tests.ts'
import { readTestFile } from '../../src/testing/read-test-file.ts'
import type { Cuts } from '../../src/testing/relay.ts'
import type { Repository } from '../../src/testing/repository.ts'
import { type CaseRun, runCase } from '../../src/testing/run-case.ts'
import type { TestCase } from '../../src/testing/test-case.ts'

/** `every`: one run of each kind with a cut at each place · `single`: a run of each kind for each place */
export type CutMode = 'every' | 'single'

export interface CutOutcome {
  readonly name: string
  readonly runs: number
  /** cuts that were made */
  readonly cuts: number
  /** how the cut runs differ from the whole one, in lines; undefined: not at all */
  readonly message: string | undefined
}

/** @param carry what becomes of a saved state, to see that a broken one is seen */
export async function* cutFile(
  file: TestFile,
  repository: Repository,
  mode: CutMode,
  carry?: Cuts['carry'],
): AsyncGenerator<CutOutcome> {
  for await (const { cases } of readTestFile(file)) {
    for (const test of cases) {
      if (test.expectation.kind !== 'run' || test.steps.length === 0) continue
      const outcome = await cutCase(test, repository, mode, carry)
      if (outcome) yield outcome
    }
  }
}

async function cutCase(
  test: TestCase,
  repository: Repository,
  mode: CutMode,
  carry?: Cuts['carry'],
): Promise<CutOutcome | undefined> {
  const setup = await setUpCase(test, repository).catch(error => {
    // What is refused has nothing to cut; whether it should be is for other tests.
    if (error instanceof UserError) return undefined
    throw error
  })
  if (!setup) return undefined
  const run = (cuts?: Cuts) => runCase(setup, test.steps, cuts && carry ? { ...cuts, carry } : cuts)
  const whole = resultOf(await run())
  let runs = 0
  let cuts = 0
  for (const how of ['awake', 'asleep', 'edited'] as const) {
    let places = 1
    for (let place = 0; place < places; place++) {
      const isCut = mode === 'every' ? () => true : (at: number) => at === place
      const cut = await run({ at: isCut, how })
      runs++
      cuts += mode === 'every' ? cut.places : 1
      const result = resultOf(cut)
      if (!isDeepStrictEqual(result, whole) && isDeepStrictEqual(resultOf(await run()), whole)) {
        const where = mode === 'every' ? 'everywhere' : `at place ${place}`
        const message = `cut ${where}, ${how}: ${show(result)}\nwhole: ${show(whole)}`
        return { name: test.name, runs, cuts, message }
      }
      if (mode === 'single') places = cut.places
    }
  }
  return { name: test.name, runs, cuts, message: undefined }
}

type Result = Pick<CaseRun, 'faults'> & { readonly emissions: readonly unknown[] }

/** Without metadata, which is the same object in both or in neither. */
function resultOf({ emissions, faults }: CaseRun): Result {
  return { emissions: emissions.map(plainEmission), faults }
}

function show(result: Result): string {
  return JSON.stringify(result, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value))
}
