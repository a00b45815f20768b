// The address of a running instance in, a table of what runs, and why not what does not, out.

import { type Clock, SystemClock } from '../core/clock.ts'
import { formatDuration } from '../core/duration.ts'
import type { ObjectView, StatusDocument } from '../status/document.ts'
import { ask, type Output, reachText, until } from './output.ts'
import { printable, tableText } from './table.ts'

export interface StatusOptions {
  /** of the status listener: `http://127.0.0.1:9081` */
  readonly url: string
  /** print the document as it came */
  readonly json: boolean
  /** print again whenever something has changed, until the signal; needs `signal` to end */
  readonly watch?: boolean
  readonly signal?: AbortSignal
  /** default: stdout */
  readonly out?: Output
  /** default: stderr */
  readonly err?: Output
  /** default: the wall clock */
  readonly clock?: Clock
}

const WATCH_MS = 2000

/** @returns the exit code: 0 all objects are ready and so is the instance, 1 something is not, or nothing answers */
export async function runStatus(options: StatusOptions): Promise<number> {
  const { watch, signal, clock = new SystemClock() } = options
  let shown = ''
  for (;;) {
    const { code, text, compare } = await look(options)
    if (!watch || compare !== shown) {
      const output = code === undefined ? (options.err ?? process.stderr) : (options.out ?? process.stdout)
      output.write(watch && shown !== '' ? `\n${text}` : text)
    }
    shown = compare
    if (!watch || signal?.aborted) return code ?? 1
    await until(signal, resolve => clock.at(clock.now() + WATCH_MS, resolve))
    if (signal?.aborted) return code ?? 1
  }
}

interface Look {
  /** undefined: there was no answer, and `text` says why */
  readonly code: number | undefined
  readonly text: string
  /** what tells one state from another: without what always moves */
  readonly compare: string
}

async function look({ url, json, signal }: StatusOptions): Promise<Look> {
  let body: string
  try {
    const response = await ask(url, '/status', signal)
    body = await response.text()
    if (!response.ok) return failed(`${url} answered ${response.status}: ${printable(body).slice(0, 200)}`)
  } catch (error) {
    return failed(reachText(url, error))
  }
  const document = parse(body)
  if (!document) return failed(`${url} answers, but not with the status of a Sluice.`)
  const text = json ? `${body.trimEnd()}\n` : statusText(document, url)
  const still = statusText({ ...document, upTimeSeconds: 0 }, url)
  return { code: isGood(document) ? 0 : 1, text, compare: still }
}

function failed(text: string): Look {
  return { code: undefined, text: `sluice status: ${text}\n`, compare: text }
}

function parse(body: string): StatusDocument | undefined {
  try {
    const document = JSON.parse(body) as Partial<StatusDocument> | null
    return Array.isArray(document?.objects) && document.push ? (document as StatusDocument) : undefined
  } catch {
    return undefined
  }
}

/** A file whose fault belongs to no object makes the whole not ready. */
function isGood(document: StatusDocument): boolean {
  const whole = document.conditions.find(condition => condition.type === 'Ready')
  return document.ready && whole?.status === 'True' && document.objects.every(object => object.ready)
}

function statusText(document: StatusDocument, url: string): string {
  const parts = [headline(document, url), `${revisionText(document)}, ${pushText(document)}, ${watchText(document)}\n`]
  const { objects } = document
  if (objects.length === 0) parts.push('\nNothing is defined.\n')
  else parts.push('\n', tableText(['KIND', 'NAME', 'STATE', 'FILE', 'MESSAGE'], [...objects].sort(byKind).map(rowOf)))
  const told = new Set(objects.flatMap(object => (object.error === undefined ? [] : [object.error])))
  const errors = document.errors.filter(error => ![...told].some(text => text.includes(error)))
  if (errors.length > 0) parts.push(`\nErrors:\n${lines(errors)}`)
  if (document.warnings.length > 0) parts.push(`\nWarnings:\n${lines(document.warnings)}`)
  return parts.join('')
}

function headline({ version, upTimeSeconds, checks, ready }: StatusDocument, url: string): string {
  const faults = checks.filter(check => !check.ok).map(check => `${check.name}: ${check.reason ?? 'failed'}`)
  const state = ready ? 'ready' : `not ready (${faults.map(printable).join('; ')})`
  return `sluice ${version} at ${url}, up ${formatDuration(upTimeSeconds * 1000)}: ${state}\n`
}

function revisionText({ lastAppliedRevision, lastAttemptedRevision, git }: StatusDocument): string {
  const short = (revision: string) => (revision === '' ? 'none' : revision.slice(0, 12))
  const tried = lastAttemptedRevision === lastAppliedRevision ? '' : `, tried ${short(lastAttemptedRevision)}`
  const commit = git.commit === undefined ? '' : ` (git ${git.branch ?? 'detached'}@${git.commit.slice(0, 7)})`
  return `revision ${short(lastAppliedRevision)}${tried}${commit}`
}

function pushText({ push }: StatusDocument): string {
  const at = push.address === undefined ? '' : ` at ${push.address}`
  return push.state === 'failed'
    ? `push failed${push.address ? `, the earlier one still open${at}` : ''}`
    : `push ${push.state}${at}`
}

function watchText({ watchMode }: StatusDocument): string {
  return { events: 'watching by events', poll: 'watching by polling', off: 'not watching' }[watchMode]
}

const KINDS = ['config', 'stream', 'table', 'rule']

function byKind(a: ObjectView, b: ObjectView): number {
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.name < b.name ? -1 : 1)
}

function rowOf({ kind, name, state, file, error, run, conditions }: ObjectView): string[] {
  const message = error ?? conditions.find(condition => condition.type === 'Ready')?.message
  return [kind, name, state, file, [run, message].filter(Boolean).join('; ')]
}

function lines(texts: readonly string[]): string {
  return texts.map(text => `  ${printable(text)}\n`).join('')
}
