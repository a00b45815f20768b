// `sluice validate`: a folder in, everything that is wrong with its files and an exit code out. Nothing is opened or run.

import { join, resolve } from 'node:path'
import type { RuleDefinition } from '../catalog/definition.ts'
import type { Environment } from '../config/environment.ts'
import { makeLookUp, makeProperties, resolveReferences } from '../config/references.ts'
import { ManualClock } from '../core/clock.ts'
import { parseZone } from '../core/datetime.ts'
import type { UserError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { MemoryJournal } from '../journal/memory.ts'
import { loadTree } from '../reconciler/load.ts'
import { Engine } from '../runtime/engine.ts'
import { readFileTables } from '../runtime/file-tables.ts'
import { TopicHub } from '../sources/topic-hub.ts'
import { checkTestFiles } from '../testing/check-test-files.ts'
import { type Loaded, Repository } from '../testing/repository.ts'
import { folderFault } from './folder.ts'
import type { Output } from './output.ts'
import { type Finding, findingJson, findingText, sortFindings } from './report/findings.ts'
import { makePrinter } from './report/printer.ts'

export interface ValidateOptions {
  /** the folder that holds etc/ streams/ rules/ */
  readonly dir: string
  /** an array of findings on stdout, and nothing else */
  readonly json?: boolean
  /** warnings fail too */
  readonly strict?: boolean
  /** default: the process's */
  readonly env?: Environment
  readonly out?: Output
  readonly err?: Output
}

const USAGE = 2

/** @returns 0 when the files could run, 1 when one could not (or, strictly, deserves a warning), 2 without a folder */
export async function runValidate(options: ValidateOptions): Promise<number> {
  const printer = makePrinter(options.out, options.err)
  const fault = folderFault(options.dir)
  if (fault !== undefined) {
    await printer.err(`sluice validate: ${fault}\n`)
    return USAGE
  }
  const { findings, fileCount } = await findAll(options.dir, options.env ?? process.env)
  const sorted = sortFindings(findings)
  const errors = sorted.filter(({ severity }) => severity === 'error').length
  const warnings = sorted.length - errors
  if (options.json) {
    await printer.out(`${JSON.stringify(sorted.map(findingJson), null, 2)}\n`)
  } else {
    for (const finding of sorted) await printer.out(`${findingText(finding)}\n\n`)
    await printer.out(`${count(errors, 'error')}, ${count(warnings, 'warning')} in ${count(fileCount, 'file')}\n`)
  }
  return errors > 0 || (options.strict === true && warnings > 0) ? 1 : 0
}

/** What the reconciler would find, by its own code, and what is wrong with test files. */
async function findAll(dir: string, env: Environment): Promise<{ findings: Finding[]; fileCount: number }> {
  const engine = idleEngine(dir, env)
  const state = await loadTree(dir, {
    env,
    checkRule: (rule, streams) => engine.check(rule, streams),
  })
  const repository = new Repository(dir, env)
  const tests = await checkTestFiles(dir, repository)
  const tables = await readFileTables(state.streams.values(), {
    ...{ rootDir: resolve(dir), clock: new ManualClock(), log: silentLog },
    zone: parseZone(state.sluice.timezone) ?? 'UTC',
  })
  const unread = new Set(state.errors.map(({ file }) => file)).difference(new Set(state.files.map(({ path }) => path)))
  return {
    findings: [
      ...state.errors.map(({ error }) => ({ severity: 'error', error }) as const),
      ...hiddenFaults(await repository.load(), state.rules, engine).map(
        error => ({ severity: 'error', error }) as const,
      ),
      ...tests.errors.map(error => ({ severity: 'error', error }) as const),
      ...state.warnings.map(error => ({ severity: 'warning', error }) as const),
      ...[...tables.values()].flatMap(({ fault }) =>
        fault ? fault.error.all().map(error => ({ severity: fault.severity, error })) : [],
      ),
    ],
    fileCount: state.files.length + unread.size + tests.fileCount,
  }
}

/** Of a rule whose actions are wrong the reconciler does not look at the SQL; its author wants to know of both. */
function hiddenFaults(loaded: Loaded, sound: ReadonlyMap<string, RuleDefinition>, engine: Engine): UserError[] {
  return loaded
    .allRules()
    .filter(rule => !sound.has(rule.id) && loaded.faultsBehind(rule, loaded.streams).length === 0)
    .flatMap(rule => engine.check({ ...rule, actions: [] }, loaded.streams).errors)
}

/** An engine that compiles as the running one does, and to which nothing is ever applied. */
function idleEngine(dir: string, env: Environment): Engine {
  const lookUp = makeLookUp(env)
  const host = {
    journal: new MemoryJournal(),
    clock: new ManualClock(),
    log: silentLog,
    topics: new TopicHub(),
    zone: 'UTC',
    dataDir: join(dir, 'data'),
    rootDir: resolve(dir),
    resolve: <T>(value: T): T => resolveReferences(value, lookUp),
    property: makeProperties(env),
  }
  return new Engine(host, () => {})
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`
}
