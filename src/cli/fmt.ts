// `sluice fmt`: streams/*.sql and the SQL of rules in, the same files laid out out, or what is not laid out so.

import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { formatRule } from '../config/rule-format.ts'
import { UserError } from '../core/errors.ts'
import { FileText, normalised } from '../core/location.ts'
import { readTree, type TreeFile } from '../reconciler/read-tree.ts'
import { formatSelect, formatStatements } from '../sql/format.ts'
import { tokenize } from '../sql/tokenizer.ts'
import { chosenFiles, replaceText, unwritable, withLineEnds } from './fmt-files.ts'
import { folderFault } from './folder.ts'
import type { Output } from './output.ts'
import { findingJson, findingText, sortFindings } from './report/findings.ts'
import { lineDiff } from './report/line-diff.ts'
import { makePrinter, type Printer } from './report/printer.ts'

export interface FmtOptions {
  /** the folder that holds streams/ rules/ */
  readonly dir: string
  /** write nothing, say which files are not formatted */
  readonly check?: boolean
  /** write nothing, say what would change */
  readonly diff?: boolean
  /** an array with an object a file on stdout, and nothing else */
  readonly json?: boolean
  /** what `-` reads */
  readonly input?: () => Promise<string>
  readonly out?: Output
  readonly err?: Output
}

interface Outcome {
  readonly path: string
  readonly status: 'unchanged' | 'formatted' | 'unformatted' | 'failed'
  readonly errors: readonly UserError[]
  /** costly, so asked for only where it is shown */
  readonly diff: () => string
}

const USAGE = 2
const STDIN = '<stdin>'

/**
 * Formats files, or standard input onto standard output.
 * @param paths files and folders of the folder, none: all of it; or `-` alone
 * @returns 0; 1 when a file cannot be read as SQL, or, with `check` or `diff`, is not formatted; 2 on misuse
 */
export async function runFmt(paths: readonly string[], options: FmtOptions): Promise<number> {
  const printer = makePrinter(options.out, options.err)
  const refuse = async (...lines: string[]) => {
    for (const line of lines) await printer.err(`sluice fmt: ${line}\n`)
    return USAGE
  }
  const isDry = Boolean(options.check || options.diff)
  if (paths.includes('-')) {
    if (paths.length > 1) return refuse('- stands for standard input, and alone')
    if (options.json && !isDry) return refuse('with - the SQL is printed: --json goes with --check or --diff')
    return formatInput(await (options.input?.() ?? ''), isDry, options, printer)
  }
  const noFolder = folderFault(options.dir)
  if (noFolder !== undefined) return refuse(noFolder)
  const root = await realpath(options.dir)
  const tree = await readTree(root)
  const isOurs = ({ path }: { readonly path: string }) => /^(?:streams|rules)(?:\/|$)/.test(path)
  const [files, faults] = [tree.files.filter(isOurs), tree.faults.filter(isOurs)]
  const known = [...files, ...faults].map(({ path }) => path)
  const chosen = paths.length === 0 ? { files: new Set(known), missing: [] } : await chosenFiles(paths, root, known)
  if (chosen.missing.length > 0) return refuse(...chosen.missing)

  const outcomes: Outcome[] = faults
    .filter(({ path }) => chosen.files.has(path))
    .map(({ path, error }) => failed(path, [error]))
  for (const file of files) if (chosen.files.has(file.path)) outcomes.push(await formatFile(file, root, isDry))
  outcomes.sort((a, b) => (a.path < b.path ? -1 : 1))
  return report(outcomes, options, printer)
}

async function formatInput(raw: string, isDry: boolean, options: FmtOptions, printer: Printer): Promise<number> {
  const before = normalised(raw)
  const outcome = tryFormat(STDIN, before, () => formatText(before))
  if (isDry || 'errors' in outcome) {
    return report(['errors' in outcome ? outcome : pending(STDIN, before, outcome.text)], options, printer)
  }
  await printer.out(withLineEnds(raw, outcome.text))
  return 0
}

/** A SELECT, as a rule has it, or statements, as streams/ has them. */
function formatText(text: string): string {
  const file = new FileText(STDIN, text)
  const [first] = tokenize(file)
  const isSelect = first?.kind === 'keyword' && first.word === 'SELECT'
  return isSelect ? `${formatSelect(file)}\n` : formatStatements(file)
}

async function formatFile(file: TreeFile, root: string, isDry: boolean): Promise<Outcome> {
  const { path, text } = file
  const isStreams = path.startsWith('streams/')
  const outcome = tryFormat(path, text.text, () =>
    isStreams ? formatStatements(text) : formatRule(text, formatSelect),
  )
  if ('errors' in outcome) return outcome
  const result = pending(path, text.text, outcome.text)
  if (isDry || result.status === 'unchanged') return result
  try {
    await replaceText(join(root, path), text.text, outcome.text)
    return { ...result, status: 'formatted' }
  } catch (cause) {
    return failed(path, [unwritable(cause).at({ path, line: 1, column: 1 })])
  }
}

function pending(path: string, before: string, after: string): Outcome {
  const status = before === after ? 'unchanged' : 'unformatted'
  return { path, status, errors: [], diff: () => lineDiff(path, before, after) }
}

function failed(path: string, errors: readonly UserError[]): Outcome {
  return { path, status: 'failed', errors, diff: () => '' }
}

/** What is wrong with a file is said, and a bug of ours as well; in both cases the file is left alone. */
function tryFormat(path: string, text: string, format: () => string): Outcome | { readonly text: string } {
  try {
    return { text: format() }
  } catch (cause) {
    if (cause instanceof UserError) {
      return failed(
        path,
        cause.all().map(error => error.at(new FileText(path, text).locate({ start: 0, end: 1 }))),
      )
    }
    const what = `Sluice itself fails on this file: ${cause instanceof Error ? cause.message : String(cause)}.`
    const location = { path, line: 1, column: 1 }
    const fix = 'The file is left as it is. Please report it as a bug.'
    return failed(path, [new UserError({ code: 'SQL_NOT_BUILT', what, fix, location, cause })])
  }
}

async function report(outcomes: readonly Outcome[], options: FmtOptions, printer: Printer): Promise<number> {
  const findingsOf = ({ errors }: Outcome) => sortFindings(errors.map(error => ({ severity: 'error', error }) as const))
  if (options.json) {
    const documents = outcomes.map(outcome => ({
      path: outcome.path,
      status: outcome.status,
      ...(options.diff ? { diff: outcome.diff() } : {}),
      findings: findingsOf(outcome).map(findingJson),
    }))
    await printer.out(`${JSON.stringify(documents, null, 2)}\n`)
  } else {
    for (const outcome of outcomes) {
      for (const finding of findingsOf(outcome)) await printer.err(`${findingText(finding)}\n\n`)
      if (outcome.status !== 'unformatted' && outcome.status !== 'formatted') continue
      await printer.out(options.diff ? outcome.diff() : `${outcome.path}\n`)
    }
  }
  return outcomes.some(({ status }) => status === 'failed' || status === 'unformatted') ? 1 : 0
}
