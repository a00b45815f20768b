// The figures that were last accepted, in accepted.json beside this file: CPU seconds a million rows by statement.

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Figures } from './harness.ts'

const FILE = new URL('accepted.json', import.meta.url)

interface Accepted {
  /** figures of another machine are of another scale */
  readonly machine: string
  readonly node: string
  readonly cpuSecondsPerMillionRows: Readonly<Record<string, number>>
}

export function readAccepted(): ReadonlyMap<string, number> {
  const accepted: Accepted = JSON.parse(readFileSync(FILE, 'utf8'))
  return new Map(Object.entries(accepted.cpuSecondsPerMillionRows))
}

/** Writes these over the ones of the same name; of a run of some, the others stay. */
export function accept(measured: ReadonlyMap<string, Figures>): void {
  const all = new Map(readAccepted())
  for (const [name, { cpuPerMillion }] of measured) all.set(name, Number(cpuPerMillion.toPrecision(3)))
  const accepted: Accepted = {
    machine: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    cpuSecondsPerMillionRows: Object.fromEntries(all),
  }
  writeFileSync(FILE, `${JSON.stringify(accepted, undefined, 2)}\n`)
}
