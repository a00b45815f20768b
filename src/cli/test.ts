// `sluice test`: test files in, a report and an exit code out.

import { performance } from 'node:perf_hooks'
import type { Environment } from '../config/environment.ts'
import { didYouMean } from '../core/errors.ts'
import { findTests } from '../testing/find-tests.ts'
import { Repository } from '../testing/repository.ts'
import { runTestFile } from '../testing/run-tests.ts'
import { folderFault } from './folder.ts'
import type { Output } from './output.ts'
import { JsonReporter } from './report/json.ts'
import { makePrinter } from './report/printer.ts'
import { REPORTERS, REPORTERS_NOT_BUILT, type Reporter } from './report/reporter.ts'
import { SpecReporter } from './report/spec.ts'

export interface TestOptions {
  /** the folder that holds etc/ streams/ rules/ */
  readonly dir: string
  /** `spec` or `json`; default spec */
  readonly reporter?: string | undefined
  /** only cases with this in their name, in any case */
  readonly filter?: string | undefined
  readonly coverage?: boolean | undefined
  /** default: the process's */
  readonly env?: Environment
  readonly out?: Output
  readonly err?: Output
}

const USAGE = 2

/**
 * Runs test files and reports on them.
 * @param paths files, folders and patterns; none: `rules/` of the folder
 * @returns 0 when all passed, 1 when one failed, 2 when there is nothing to run or an option means nothing
 */
export async function runTest(paths: readonly string[], options: TestOptions): Promise<number> {
  const printer = makePrinter(options.out, options.err)
  const refuse = async (...lines: string[]) => {
    for (const line of lines) await printer.err(`sluice test: ${line}\n`)
    return USAGE
  }
  const name = options.reporter ?? 'spec'
  if (options.coverage) return refuse('--coverage is not built yet')
  const fault = reporterFault(name)
  if (fault !== undefined) return refuse(fault)
  const noFolder = folderFault(options.dir)
  if (noFolder !== undefined) return refuse(noFolder)

  const { files, missing } = await findTests(paths, options.dir)
  if (missing.length > 0) return refuse(...missing)
  if (files.length === 0) {
    return refuse(`there are no tests: rules/ of ${options.dir} has no *.test.yaml, *.test.json or *.jsonl`)
  }
  const filter = options.filter?.toLowerCase()
  const wanted = (testName: string) => filter === undefined || testName.toLowerCase().includes(filter)
  const repository = new Repository(options.dir, options.env ?? process.env)
  const reporter: Reporter = name === 'json' ? new JsonReporter(printer) : new SpecReporter(printer)
  const started = performance.now()
  const totals = { passed: 0, failed: 0 }
  await reporter.begin()
  for (const file of files) {
    for await (const outcome of runTestFile(file, repository, wanted)) {
      totals[outcome.message === undefined ? 'passed' : 'failed']++
      await reporter.outcome(outcome)
    }
  }
  await reporter.end({ ...totals, durationMs: performance.now() - started })
  if (totals.passed + totals.failed === 0) {
    return refuse(filter === undefined ? 'the files hold no cases' : `no case has "${options.filter}" in its name`)
  }
  return totals.failed > 0 ? 1 : 0
}

function reporterFault(name: string): string | undefined {
  if ((REPORTERS as readonly string[]).includes(name)) return undefined
  if ((REPORTERS_NOT_BUILT as readonly string[]).includes(name)) {
    return `the reporter "${name}" is not built yet; there are ${REPORTERS.join(' and ')}`
  }
  const hint = didYouMean(name, [...REPORTERS, ...REPORTERS_NOT_BUILT])
  return `there is no reporter "${name}". ${hint ?? `There are ${REPORTERS.join(' and ')}.`}`
}
