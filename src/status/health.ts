// The appliance's state in, the answers to "do you live" and "may I send to you" out, as Kubernetes words them.

import type { StatusDeps } from './deps.ts'

export interface Check {
  readonly name: string
  /** why not; undefined: it passes */
  readonly fault: string | undefined
}

/** What must hold before devices may be sent here. */
export function readiness(deps: StatusDeps): readonly Check[] {
  const reconciled = isReconciled(deps)
  return [
    { name: 'reconcile', fault: reconciled ? undefined : 'the files have not been read yet' },
    { name: 'push', fault: reconciled ? pushFault(deps) : 'it is not known yet whether it is needed' },
    { name: 'shutdown', fault: deps.isStopping?.() ? 'stopping' : undefined },
  ]
}

/** The first pass over the files is done, whatever it found. */
export function isReconciled(deps: StatusDeps): boolean {
  return deps.reconcile().conditions.length > 0
}

function pushFault(deps: StatusDeps): string | undefined {
  const { state, error } = deps.push()
  if (state === 'failed') return error ?? 'it cannot be opened'
  if (state === 'opening') return 'it is being opened'
  if (state === 'closed' && deps.engine.endpoints().length > 0) return 'it is closed although streams need it'
  return undefined
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/**
 * @param probe `livez` or `readyz`
 * @param query `verbose`: a line for each check; `exclude=name` (repeated, or with commas): leave a check out
 */
export function healthAnswer(probe: string, checks: readonly Check[], query: URLSearchParams): Answer {
  const excluded = new Set(query.getAll('exclude').flatMap(names => names.split(',')))
  const asked = checks.filter(check => !excluded.has(check.name))
  const passes = asked.every(check => check.fault === undefined)
  if (passes && !query.has('verbose')) return { status: 200, text: 'ok' }
  const lines = checks.map(({ name, fault }) => {
    if (excluded.has(name)) return `[+]${name} excluded: ok`
    return fault === undefined ? `[+]${name} ok` : `[-]${name} failed: ${oneLine(fault)}`
  })
  return {
    status: passes ? 200 : 503,
    text: `${lines.join('\n')}\n${probe} check ${passes ? 'passed' : 'failed'}\n`,
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
