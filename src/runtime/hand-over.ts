// The stateful parts of a rule before and after an edit in; which of them go on with the state that they have, and what is
// to be said of the others, out. Pure. A wrong state is worse than a lost one: what cannot be told to fit does not.

import type { RowShape, Slot, StatePart } from '../compiler/fingerprint.ts'

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
  // Said first, because a type shows in everything that is made of the column.
  const type = old.rows && next.rows && changedType(old.rows, next.rows)
  if (type !== undefined && old.aspects['streams'] === next.aspects['streams']) return type
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

function changedType(old: RowShape, next: RowShape): string | undefined {
  for (const [i, columns] of next.columns.entries()) {
    const had = old.columns[i] ?? {}
    for (const [name, type] of Object.entries(columns ?? {})) {
      if (Object.hasOwn(had, name) && had[name] !== type) return `the type of ${name} changed`
    }
  }
  return undefined
}

/** Types are known to be the same. */
function misfitOfColumns(old: RowShape, next: RowShape): string | undefined {
  for (const [i, columns] of next.columns.entries()) {
    const had = old.columns[i] ?? null
    if (columns === null && had === null) continue
    if (columns === null || had === null) return 'its schema changed'
    const lacking = Object.keys(columns).find(name => !Object.hasOwn(had, name))
    if (lacking !== undefined) return `its rows lack ${lacking}`
    if (!next.isWhole[i]) continue
    // Rows may still have columns that the rule has ceased to read before.
    if (!old.isWhole[i] || Object.keys(had).length !== Object.keys(columns).length) return 'its schema changed'
  }
  return undefined
}

/** What stands in a slot stays there, so a slot is never given up: a later edit would take what it holds for its own. */
function misfitOfSlots(old: RowShape, next: RowShape): string | undefined {
  const isSame = (slot: Slot, other: Slot | undefined) => other?.made === slot.made && other.text === slot.text
  const fits =
    old.slots.every((slot, i) => isSame(slot, next.slots[i])) &&
    // Where nothing stands yet, it is computed when it is asked for.
    next.slots.slice(old.slots.length).every(slot => slot.made !== 'before')
  return fits ? undefined : 'its rows carry other results of functions and aliases'
}
