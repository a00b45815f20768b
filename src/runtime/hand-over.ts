// The stateful parts of a rule before and after an edit in; which of them go on with the state that they have, and what is
// to be said of the others, out. Pure. A wrong state is worse than a lost one: what cannot be told to fit does not.

import type { RowShape, StatePart } from '../compiler/fingerprint.ts'

export interface HandOver {
  /** key of a part now → key of the part whose state it takes */
  readonly kept: ReadonlyMap<string, string>
  /** in words, part by part: `window kept`, `lag(t) reset: its arguments changed`; none: there was nothing to lose */
  readonly notes: readonly string[]
  /** something that was there before begins anew, or rows that waited to be sent never will be */
  readonly isLost: boolean
}

export function handOver(before: readonly StatePart[], after: readonly StatePart[]): HandOver {
  const kept = new Map<string, string>()
  const left = new Set(before)
  for (const part of after) {
    for (const old of left) {
      if (!isSame(old, part) || misfit(old, part) !== undefined) continue
      kept.set(part.key, old.key)
      left.delete(old)
      break
    }
  }
  let isLost = false
  const notes = after.map(part => {
    if (kept.has(part.key)) return `${part.title} kept`
    const old = [...left].find(candidate => isSame(candidate, part))
    if (!old) return `${part.title} new`
    left.delete(old)
    isLost = true
    return `${part.title} reset: ${misfit(old, part)}`
  })
  for (const { kind, title } of left) {
    notes.push(`${title} dropped`)
    // These hold rows that nobody has seen the result of; the others only knew what nobody asks for any more.
    if (kind === 'window' || kind === 'watermark' || kind === 'lookup') isLost = true
  }
  return { kept, notes, isLost }
}

/** Nothing can be handed over. @param why completes `window reset: …` */
export function lost(parts: readonly StatePart[], why: string): HandOver {
  return { kept: new Map(), notes: parts.map(({ title }) => `${title} reset: ${why}`), isLost: parts.length > 0 }
}

function isSame(old: StatePart, next: StatePart): boolean {
  return old.kind === next.kind && old.name === next.name
}

/** @returns why the state of the old part does not fit the new one; undefined: it does */
export function misfit(old: StatePart, next: StatePart): string | undefined {
  for (const [name, text] of Object.entries(next.aspects)) {
    if (old.aspects[name] !== text) return `its ${name} changed`
  }
  if (Object.keys(old.aspects).length !== Object.keys(next.aspects).length) return 'it keeps other things'
  if (!next.rows && !old.rows) return undefined
  return next.rows && old.rows ? misfitOfRows(old.rows, next.rows) : 'it keeps other things'
}

/** Rows that are kept must have all that is asked of them, and nothing that would be taken for something else. */
function misfitOfRows(old: RowShape, next: RowShape): string | undefined {
  if (next.hasMeta && !old.hasMeta) return 'its rows have no metadata'
  return misfitOfColumns(old, next) ?? misfitOfSlots(old, next)
}

function misfitOfColumns(old: RowShape, next: RowShape): string | undefined {
  for (const [i, columns] of next.columns.entries()) {
    const had = old.columns[i] ?? null
    if (columns === null && had === null) continue
    if (columns === null || had === null) return 'its schema changed'
    for (const [name, type] of Object.entries(columns)) {
      if (!Object.hasOwn(had, name)) return `its rows lack ${name}`
      if (had[name] !== type) return `the type of ${name} changed`
    }
    if (next.isWhole[i] && Object.keys(had).length !== Object.keys(columns).length) return 'its schema changed'
  }
  return undefined
}

function misfitOfSlots(old: RowShape, next: RowShape): string | undefined {
  for (const [i, slot] of next.slots.entries()) {
    const had = old.slots[i]
    if (slot.made === 'anew' || (had?.made === slot.made && had.text === slot.text)) continue
    // Nothing stands there: it will be computed where it is first asked for.
    if (slot.made === 'once' && had === undefined) continue
    return 'its rows carry other results of functions and aliases'
  }
  return undefined
}
