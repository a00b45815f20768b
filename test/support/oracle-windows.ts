// Windows once more, slow and plain: of all rows at once, those that each window holds, and its bounds. Written from
// spec/windows-and-time.md 1, 1.1, 3, 5 and 8 and not from the operators, so that the two can be held against each
// other. In UTC, where every unit has one length.

import { type TimeUnit, UNIT_MS } from '../../src/core/time-unit.ts'

/** Rows are in the order in which the window gets them. */
export interface TimedRow {
  readonly time: number
}

export type WindowKind<R> =
  | { readonly kind: 'tumbling'; readonly unit: TimeUnit; readonly length: number }
  | { readonly kind: 'hopping'; readonly unit: TimeUnit; readonly length: number; readonly hop: number }
  | {
      readonly kind: 'sliding'
      readonly lengthMs: number
      readonly delayMs: number
      readonly when: (row: R) => boolean
      readonly form: 'v1' | 'v2' | 'twice'
    }
  | { readonly kind: 'session'; readonly unit: TimeUnit; readonly max: number; readonly gap: number }
  | { readonly kind: 'count'; readonly length: number; readonly interval: number }
  | {
      readonly kind: 'state'
      readonly begin: (row: R) => boolean
      readonly emit: ((row: R) => boolean) | undefined
      readonly partition: (row: R) => string
    }

export interface Course {
  readonly isEventTime: boolean
  /** when the rule started; event time begins with the first row */
  readonly startMs: number
  /** the clock, or the watermark, stops here */
  readonly endMs: number
}

export interface ClosedWindow<R> {
  readonly rows: readonly R[]
  readonly start: number
  readonly end: number
  readonly trigger: number
}

const PARENT_MS = { HH: UNIT_MS.DD, MI: UNIT_MS.HH, SS: UNIT_MS.MI, MS: UNIT_MS.SS }

/** All windows that close, in the order in which they do. */
export function windowsOf<R extends TimedRow>(kind: WindowKind<R>, rows: readonly R[], course: Course) {
  switch (kind.kind) {
    case 'tumbling':
      return regular(kind.unit, kind.length, undefined, rows, course)
    case 'hopping':
      return regular(kind.unit, kind.hop, kind.length, rows, course)
    case 'sliding':
      return sliding(kind, rows, course)
    case 'session':
      return session(kind, rows, course)
    case 'count':
      return counted(kind, rows)
    case 'state':
      return state(kind, rows)
  }
}

function firstEnd(unit: TimeUnit, count: number, time: number): number {
  if (unit === 'DD') return Math.floor(time / UNIT_MS.DD) * UNIT_MS.DD + count * UNIT_MS.DD
  const parent = Math.floor(time / PARENT_MS[unit]) * PARENT_MS[unit]
  let end = parent
  while (end <= time) end += count * UNIT_MS[unit]
  return end
}

/** @param length of hopping windows; a tumbling window begins where the one before ended */
function regular<R extends TimedRow>(
  unit: TimeUnit,
  step: number,
  length: number | undefined,
  rows: readonly R[],
  { isEventTime, startMs, endMs }: Course,
): ClosedWindow<R>[] {
  const from = isEventTime ? rows[0]!.time : startMs
  const closed: ClosedWindow<R>[] = []
  let previous = from
  for (let end = firstEnd(unit, step, from); end <= endMs; end += step * UNIT_MS[unit]) {
    const start = length === undefined ? previous : end - length * UNIT_MS[unit]
    closed.push({ rows: rows.filter(({ time }) => time >= start && time < end), start, end, trigger: end })
    previous = end
  }
  return closed
}

function sliding<R extends TimedRow>(
  { lengthMs, delayMs, when, form }: WindowKind<R> & { readonly kind: 'sliding' },
  rows: readonly R[],
  { isEventTime, endMs }: Course,
): ClosedWindow<R>[] {
  const closed: (ClosedWindow<R> & { readonly due: number })[] = []
  rows.forEach((row, i) => {
    if (!when(row)) return
    const { time } = row
    /** what has arrived when a window without delay is sent */
    const arrived = isEventTime ? rows : rows.slice(0, i + 1)
    const close = (of: readonly R[], start: number, end: number, trigger: number, includes: string) => {
      // A clock that shows an instant may still bring rows of it, so an end that is included is waited out.
      const due = end + (!isEventTime && end > time && includes.endsWith(']') ? 1 : 0)
      if (due > endMs) return
      const isIn = (t: number) =>
        (includes.startsWith('[') ? t >= start : t > start) && (includes.endsWith(']') ? t <= end : t < end)
      closed.push({ rows: of.filter(other => isIn(other.time)), start, end, trigger, due })
    }
    if (form === 'twice' && delayMs > 0) {
      close(arrived, time - lengthMs, time, time, '(]')
      close(rows, time, time + delayMs, time, '(]')
    } else {
      const includes = form === 'v2' ? '(]' : delayMs > 0 ? '[)' : '[]'
      close(delayMs > 0 ? rows : arrived, time - lengthMs, time + delayMs, time + delayMs, includes)
    }
  })
  // Of two halves that are due at once the specification does not say which goes first.
  const later = isEventTime ? -1 : 1
  return closed
    .filter(window => window.rows.length > 0)
    .sort((a, b) => a.due - b.due || later * (a.trigger - b.trigger))
}

function session<R extends TimedRow>(
  { unit, max, gap }: WindowKind<R> & { readonly kind: 'session' },
  rows: readonly R[],
  { isEventTime, startMs, endMs }: Course,
): ClosedWindow<R>[] {
  const [maxMs, gapMs] = [max * UNIT_MS[unit], gap * UNIT_MS[unit]]
  const isApart = (earlier: number, later: number) => (isEventTime ? later - earlier > gapMs : later - earlier >= gapMs)
  const cutOf = (first: number) => {
    let tick = firstEnd(unit, max, isEventTime ? first : startMs)
    while (isEventTime ? tick - maxMs <= first : tick - maxMs < first) tick += maxMs
    return tick
  }
  const closed: ClosedWindow<R>[] = []
  let held: R[] = []
  let cutBefore: number | undefined
  const close = (end: number, isCut: boolean) => {
    closed.push({ rows: held, start: cutBefore ?? held[0]!.time, end, trigger: end })
    held = []
    cutBefore = isCut ? end : undefined
  }
  /** closes what a row of this time, or none up to the end, leaves behind */
  const pass = (last: number, time: number, isOver: boolean) => {
    const [gapEnd, cut] = [last + gapMs, cutOf(held[0]!.time)]
    if (cut <= time && (cut < gapEnd || !isOver)) close(cut, true)
    else if (isOver) close(gapEnd, false)
  }
  let last = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    const isOver = isApart(last, row.time)
    if (held.length > 0) pass(last, row.time, isOver)
    if (isOver) cutBefore = undefined
    held.push(row)
    last = row.time
  }
  if (held.length > 0) {
    const [gapEnd, cut] = [last + gapMs, cutOf(held[0]!.time)]
    const hasGapPassed = isEventTime ? gapEnd < endMs : gapEnd <= endMs
    if (cut < gapEnd ? cut <= endMs : hasGapPassed) close(Math.min(cut, gapEnd), cut < gapEnd)
  }
  return closed
}

function counted<R extends TimedRow>(
  { length, interval }: WindowKind<R> & { readonly kind: 'count' },
  rows: readonly R[],
): ClosedWindow<R>[] {
  return rows.flatMap(({ time }, i) => {
    if (i + 1 < length || (i + 1) % interval !== 0) return []
    return [{ rows: rows.slice(i + 1 - length, i + 1), start: time, end: time, trigger: time }]
  })
}

function state<R extends TimedRow>(
  { begin, emit, partition }: WindowKind<R> & { readonly kind: 'state' },
  rows: readonly R[],
): ClosedWindow<R>[] {
  const open = new Map<string, R[]>()
  const closed: ClosedWindow<R>[] = []
  for (const row of rows) {
    const key = partition(row)
    const held = open.get(key)
    if (!held) {
      if (begin(row)) open.set(key, [row])
      continue
    }
    const closes = emit ? emit(row) : begin(row)
    if (emit || !closes) held.push(row)
    if (!closes) continue
    closed.push({ rows: held, start: held[0]!.time, end: row.time, trigger: row.time })
    if (emit) open.delete(key)
    else open.set(key, [row])
  }
  return closed
}
