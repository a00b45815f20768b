// The figures that were last accepted, in accepted.json beside this file: CPU seconds a million rows by statement.

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Figures } from './harness.ts'

const FILE = new URL('accepted.json', import.meta.url)

interface Accepted {
  readonly machine: string
  readonly node: string
  readonly cpuSecondsPerMillionRows: Readonly<Record<string, number>>
}

const HERE = { machine: cpus()[0]?.model.trim() ?? 'unknown', node: process.version }

function read(): Accepted {
  return JSON.parse(readFileSync(FILE, 'utf8'))
}

/** By the name of the statement. */
export function acceptedFigures(): ReadonlyMap<string, number> {
  return new Map(Object.entries(read().cpuSecondsPerMillionRows))
}

/** Why a change against the accepted figures may be no change of ours; undefined: machine and Node are the same. */
export function whyIncomparable(): string | undefined {
  const { machine, node } = read()
  if (machine === HERE.machine && node === HERE.node) return undefined
  return `accepted on ${machine}, Node ${node}; this is ${HERE.machine}, Node ${HERE.node}: measure the code before your change here, too`
}

/**
 * Writes these over the ones of the same name; of a run of some the others stay, unless they are of another machine.
 * @param names of all statements that there are: figures of others go
 */
export function accept(measured: ReadonlyMap<string, Figures>, names: readonly string[]): void {
  const before = whyIncomparable() === undefined ? acceptedFigures() : new Map<string, number>()
  const figures = names.flatMap((name): [string, number][] => {
    const figure = measured.get(name)?.cpuPerMillion ?? before.get(name)
    return figure === undefined ? [] : [[name, Number(figure.toPrecision(3))]]
  })
  const accepted: Accepted = { ...HERE, cpuSecondsPerMillionRows: Object.fromEntries(figures) }
  writeFileSync(FILE, `${JSON.stringify(accepted, undefined, 2)}\n`)
}
