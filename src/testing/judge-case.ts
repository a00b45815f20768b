// A case in, passed or why not out.

import { errorText, UserError } from '../core/errors.ts'
import { plainEmission } from './compare.ts'
import { type CaseSetup, compileOnly, setUpCase } from './compile-case.ts'
import { differences } from './difference.ts'
import type { Repository } from './repository.ts'
import { runCase } from './run-case.ts'
import { sinkDifferences } from './sink-messages.ts'
import type { RunExpectation, TestCase } from './test-case.ts'

/** @returns why the case fails, in lines; undefined when it passes */
export async function judgeCase(test: TestCase, repository: Repository): Promise<string | undefined> {
  const { expectation } = test
  try {
    const setup = await setUpCase(test, repository)
    if (expectation.kind === 'run') return await judgeRun(test, expectation, setup)
    compileOnly(setup)
    if (expectation.kind === 'accept') return undefined
    const meant = expectation.text === undefined ? '' : `, as in: ${expectation.text}`
    return `it compiles, but must be refused${meant}`
  } catch (error) {
    if (!(error instanceof UserError)) return `a fault of the program: ${(error as Error).stack}`
    const refusals = error.all()
    // A mistake of the test itself is no refusal of what it tests.
    const isOwn = refusals.some(({ code }) => code === 'TEST_FILE')
    if (expectation.kind === 'reject' && !isOwn) return undefined
    return [isOwn ? 'it cannot be run' : 'it is refused', ...refusals.map(errorText)].join('\n')
  }
}

async function judgeRun(test: TestCase, expected: RunExpectation, setup: CaseSetup): Promise<string | undefined> {
  const run = await runCase(setup, test.steps)
  const difference =
    (expected.emissions && differences(run.emissions.map(plainEmission), expected.emissions, expected.unordered)) ??
    sinkDifferences(setup.rule, run.emissions, expected.sinks, setup.property)
  const problems = [...run.faults, ...(difference === undefined ? [] : [difference])]
  if (problems.length === 0) return undefined
  return [...problems, ...run.notes.map(note => `note: ${note}`)].join('\n')
}
