// The command line: names, options and exit codes; each command loads only the rooms it needs.

import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { errorText, UserError } from './core/errors.ts'

/** Exit codes of design.md: 0 ok, 1 the thing checked is wrong, 2 usage, 78 configuration does not let `run` start. */
const USAGE = 2
const CONFIGURATION = 78

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

interface Common {
  readonly dir: string
  readonly data?: string
}

const program = new Command('sluice')
  .description('Devices push over HTTP, streaming SQL rules work on it, results go on. Everything is a file in git.')
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(add --help for the options)')

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addOption(new Option('--dir <folder>', 'folder that holds etc/ streams/ rules/').env('SLUICE_DIR').default('.'))
    .addOption(new Option('--data <folder>', 'folder for data (default: data/ in the folder)').env('SLUICE_DATA'))
}

/** A fault of the command line is one line and exit code 2. */
function usage<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    return program.error(`sluice ${name}: ${(error as Error).message}`)
  }
}

command('run', 'run the appliance until it is stopped').action(async (options: Common) => {
  const { Appliance } = await import('./appliance.ts')
  try {
    const appliance = new Appliance({ dir: options.dir, data: options.data, env: process.env, version })
    let stopping = false
    const stop = () => {
      // A second signal does not wait.
      if (stopping) process.exit(1)
      stopping = true
      void appliance.stop().then(() => process.exit(0))
    }
    process.on('SIGTERM', stop).on('SIGINT', stop)
    process.on('SIGHUP', () => void appliance.reconcile('SIGHUP'))
    process.on('unhandledRejection', (reason: unknown) => {
      appliance.log.error({ stack: (reason as Error)?.stack ?? String(reason) }, 'a promise failed unheard')
    })
    await appliance.start().catch(error => {
      // Not the files' fault: a supervisor may try again.
      appliance.log.error({ err: (error as Error).message }, 'cannot start')
      process.exit(1)
    })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    for (const e of error.all()) console.error(errorText(e))
    process.exitCode = CONFIGURATION
  }
})

command('validate', 'check every file, and print all errors at once')
  .option('--json', 'print an array of findings')
  .option('--strict', 'warnings fail as errors do')
  .action(async (options: Common & { json?: boolean; strict?: boolean }) => {
    const { runValidate } = await import('./cli/validate.ts')
    process.exitCode = await runValidate({
      dir: options.dir,
      json: options.json ?? false,
      strict: options.strict ?? false,
      env: process.env,
    })
  })

command('fmt', 'lay out streams/*.sql and the SQL of rules/')
  .argument('[paths...]', 'files and folders (default: all), or - for standard input')
  .option('--check', 'write nothing, list what is not formatted')
  .option('--diff', 'write nothing, print what would change')
  .option('--json', 'print an array of files')
  .action(async (paths: string[], options: Common & { check?: boolean; diff?: boolean; json?: boolean }) => {
    const { runFmt } = await import('./cli/fmt.ts')
    const { text } = await import('node:stream/consumers')
    process.exitCode = await runFmt(paths, {
      dir: options.dir,
      check: options.check ?? false,
      diff: options.diff ?? false,
      json: options.json ?? false,
      input: () => text(process.stdin),
    })
  })

command('test', 'run rule tests: rules/*.test.yaml, or the files, folders and .jsonl corpora given')
  .argument('[paths...]')
  .option('--reporter <name>', 'spec or json', 'spec')
  .option('--json', 'the same as --reporter json')
  .option('--filter <text>', 'only cases whose name contains this')
  .option('--coverage', 'not built yet')
  .action(
    async (
      paths: string[],
      options: Common & { reporter: string; json?: boolean; filter?: string; coverage?: boolean },
    ) => {
      const { runTest } = await import('./cli/test.ts')
      process.exitCode = await runTest(paths, {
        dir: options.dir,
        reporter: options.json ? 'json' : options.reporter,
        filter: options.filter,
        coverage: options.coverage ?? false,
        env: process.env,
      })
    },
  )

command('status', 'say what runs, and why not what does not')
  .option('--url <url>', 'status listener of the instance (default: as etc/sluice.yaml says)')
  .option('--json', 'print the status document')
  .option('--watch', 'print it again whenever it changes, until Ctrl-C')
  .action(async (options: Common & { url?: string; json?: boolean; watch?: boolean }) => {
    const { runStatus } = await import('./cli/status.ts')
    const { statusUrl } = await import('./cli/status-url.ts')
    const url = usage('status', () => statusUrl(options, process.env))
    const interrupted = new AbortController()
    if (options.watch) process.once('SIGINT', () => interrupted.abort())
    process.exitCode = await runStatus({
      url,
      json: options.json ?? false,
      ...(options.watch ? { watch: true, signal: interrupted.signal } : {}),
    })
  })

command('tail', 'print what a rule sends on, as it happens')
  .argument('<rule>')
  .option('--url <url>', 'status listener of the instance (default: as etc/sluice.yaml says)')
  .option('--count <n>', 'stop after so many', Number)
  .option('--json', 'errors as JSON lines among the results')
  .action(async (rule: string, options: Common & { url?: string; count?: number; json?: boolean }) => {
    const { runTail } = await import('./cli/tail.ts')
    const { statusUrl } = await import('./cli/status-url.ts')
    const url = usage('tail', () => statusUrl(options, process.env))
    process.exitCode = await runTail(rule, {
      url,
      json: options.json ?? false,
      ...(options.count === undefined ? {} : { count: options.count }),
    })
  })

command('explain', 'print what a rule becomes: operators, columns that are read, state that is kept')
  .argument('<rule>', 'id of the rule, or its file')
  .option('--json', 'print the plan as a JSON document')
  .action(async (rule: string, options: Common & { json?: boolean }) => {
    const { runExplain } = await import('./cli/explain.ts')
    process.exitCode = await runExplain(rule, { dir: options.dir, json: options.json ?? false, env: process.env })
  })

for (const name of ['plan', 'backtest', 'import', 'export', 'create']) {
  program
    .command(name, { hidden: true })
    .argument('[arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(() => program.error(`sluice: "${name}" is not built yet\n(sluice --help says what is)`))
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE
  else throw error
}
