// `sluice explain RULE`: a rule's file in, the pipeline that it becomes out. Nothing is opened or run.

import { relative, resolve, sep } from 'node:path'
import { explainSelect, type OperatorPlan, type RulePlan, type SourcePlan } from '../compiler/explain.ts'
import { prepareRule } from '../compiler/prepare.ts'
import type { Environment } from '../config/environment.ts'
import { didYouMean, UserError } from '../core/errors.ts'
import { sinkKind } from '../sinks/registry.ts'
import { type Loaded, Repository } from '../testing/repository.ts'
import { folderFault } from './folder.ts'
import type { Output } from './output.ts'
import { findingText, sortFindings } from './report/findings.ts'
import { makePrinter } from './report/printer.ts'

export interface ExplainOptions {
  /** the folder that holds etc/ streams/ rules/ */
  readonly dir: string
  /** the plan as a JSON document, as `GET /rules/{id}/explain` gives it */
  readonly json?: boolean
  /** default: the process's */
  readonly env?: Environment
  readonly out?: Output
  readonly err?: Output
}

const USAGE = 2

/**
 * @param name id of a rule, or its file, relative to the current folder, else to the one of `dir`
 * @returns 0 when it was explained, 1 when there is no such rule or it cannot run, 2 without a folder. Options of
 *   actions are not looked at
 */
export async function runExplain(name: string, options: ExplainOptions): Promise<number> {
  const printer = makePrinter(options.out, options.err)
  const fault = folderFault(options.dir)
  if (fault !== undefined) {
    await printer.err(`sluice explain: ${fault}\n`)
    return USAGE
  }
  const loaded = await new Repository(options.dir, options.env ?? process.env).load()
  try {
    const plan = planOf(name, options.dir, loaded)
    if (!plan) {
      const hint = didYouMean(name, loaded.ruleIds)
      const sentence = `no file of rules/ defines the rule "${name}".${hint === undefined ? '' : ` ${hint}`}`
      await printer.err(`sluice explain: ${sentence}\n`)
      return 1
    }
    await printer.out(options.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan))
    return 0
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    for (const finding of sortFindings(error.all().map(e => ({ severity: 'error', error: e }) as const)))
      await printer.err(`${findingText(finding)}\n\n`)
    return 1
  }
}

/** @throws {UserError} when the rule, or a stream that it reads, has faults */
function planOf(name: string, dir: string, loaded: Loaded): RulePlan | undefined {
  const paths = [resolve(name), resolve(dir, name)].map(path => relative(resolve(dir), path).replaceAll(sep, '/'))
  const id = paths.map(path => loaded.idOfFile(path)).find(found => found !== undefined)
  const rule = loaded.findRule(id ?? name)
  if (!rule) {
    const files = [...paths, ...['yaml', 'yml', 'json'].map(extension => `rules/${name}.${extension}`)]
    const faults = files.flatMap(file => loaded.faultsOfFile(file))
    if (faults.length > 0) throw UserError.together(faults)
    return undefined
  }
  for (const { sink, location } of rule.actions) sinkKind(sink, location)
  const behind = loaded.faultsBehind(rule, loaded.streams)
  if (behind.length > 0) throw UserError.together(behind)
  return explainSelect(prepareRule(rule, loaded.streams), rule.options, rule.actions)
}

/** Names on the left, as status and metrics have them; what happens there, and what is kept, on the right. */
export function planText({ sql, time, schedule, sources, operators, sinks }: RulePlan): string {
  const rows = [
    ...sources.map(source => [source.name, sourceLines(source, operators[0]!.name)] as const),
    ...operators.map(operator => [operator.name, operatorLines(operator)] as const),
    ...sinks.map(sink => [sink.name, [sink.type]] as const),
  ]
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  const blocks = rows.map(([name, lines]) =>
    lines.map((line, i) => `${(i === 0 ? name : '').padEnd(width)}${line}\n`).join(''),
  )
  const keepsNothing = [...sources, ...operators].every(({ keeps }) => keeps.length === 0)
  const remark = keepsNothing
    ? 'keeps nothing between rows'
    : 'what it keeps ends with the process; an edit leaves what still fits'
  const runs = schedule.map(line => `${line}\n`).join('')
  return `${sql}\n${time} time; ${remark}\n${runs}\n${blocks.join('')}`
}

function sourceLines(
  { kind, stream, type, datasource, format, columns, declared, timestamp, into, keeps }: SourcePlan,
  first: string,
): string[] {
  const lines = [
    `${kind === 'lookup' ? 'lookup table' : kind} ${stream}: ${[type, datasource, format].filter(part => part !== null).join(' ')}`,
  ]
  const schema = declared === null ? 'no schema' : `${columns?.length ?? declared} of ${declared} columns`
  if (columns?.length === 0) lines.push(`reads no column (${schema})`)
  else lines.push(`reads ${columns ? columns.join(', ') : 'every column'} (${schema})`)
  if (timestamp !== null) lines.push(`its time is ${timestamp}`)
  if (kind === 'lookup') lines.push(`asked by ${into}`)
  else if (into !== first) lines.push(`goes into ${into}`)
  return [...lines, ...keeps.map(text => `keeps ${text}`)]
}

function operatorLines({ does, keeps }: OperatorPlan): string[] {
  return [...does, ...keeps.map(text => `keeps ${text}`)]
}
