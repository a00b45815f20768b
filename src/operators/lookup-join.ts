// Rows or windows in, the same with the rows that a lookup table has for them out. What waits for an answer from
// outside waits in here, and everything behind it too, so that the order stays (spec/windows-and-time.md 12).

import { exactKeys } from '../core/key-text.ts'
import { joinRows, makeRow, type Row, type WindowRows } from '../core/row.ts'
import type { Value, Values } from '../core/value.ts'
import type { Resumable, SnapshotForm } from './evaluate.ts'
import { addJoined, alone } from './joining.ts'
import { type Ask, type Found, Questions } from './lookup-questions.ts'
import type { Operator, Output, OutsideCalls, RowFunction } from './operator.ts'
import { loadRows, type SavedRow, saveRows } from './saved-row.ts'

export interface LookupJoinOptions {
  /** number of sources in FROM and JOIN */
  readonly sources: number
  /** index of the table */
  readonly source: number
  /** a row without match stays */
  readonly isLeft: boolean
  /** at least one: the table's column, and what it must equal. A null has no match */
  readonly keys: readonly { readonly column: string; readonly value: RowFunction }[]
  /** drops rows before the table is asked */
  readonly before: RowFunction<boolean> | undefined
  /** drops joined rows, those without match too */
  readonly after: RowFunction<boolean> | undefined
  /** fits a row of the table to its declared columns; throws RowError */
  readonly decode: ((values: Values, nowMs: number) => Values) | undefined
  readonly ask: Ask
}

/** Questions under way at once, for one rule and table; further ones wait here rather than in the client of a server. */
const MOST_QUESTIONS = 64
/** So many rows may wait before no further ones are read. */
const MOST_WAITING = 1000

/** The rows of one window, or one row, and what is asked for them. */
interface Batch {
  readonly kind: 'rows'
  /** joined rows; the table's part is missing */
  readonly rows: readonly Row[]
  /** by row; undefined: a null in its key */
  readonly found: readonly (Found | undefined)[]
  readonly bounds: Omit<WindowRows, 'rows'>
  /** questions without an answer */
  open: number
  /** the first question that failed */
  fault: unknown
}

/** What stands in the line, in the order in which it came. */
type Waiting =
  | Batch
  | { readonly kind: 'watermark'; readonly time: number }
  | { readonly kind: 'error'; readonly error: Error }
  | { readonly kind: 'window'; readonly window: WindowRows }

type SavedWaiting =
  | { readonly kind: 'rows'; readonly rows: readonly SavedRow[]; readonly bounds: Omit<WindowRows, 'rows'> }
  | { readonly kind: 'watermark'; readonly time: number }
  | { readonly kind: 'error'; readonly text: string }

interface Saved {
  readonly waiting: readonly SavedWaiting[]
}

export class LookupJoin implements Operator {
  readonly #options: LookupJoinOptions
  readonly #columns: readonly string[]
  readonly #questions: Questions
  #line: Waiting[] = []
  #waitingRows = 0
  /** what was restored waits for whoever restores it */
  #isHeld = false
  #outside: OutsideCalls | undefined

  constructor(options: LookupJoinOptions) {
    this.#options = options
    this.#columns = options.keys.map(key => key.column)
    this.#questions = new Questions(options.ask, MOST_QUESTIONS)
  }

  attach(outside: OutsideCalls): void {
    this.#outside = outside
  }

  onRow(row: Row, out: Output): void {
    const { time } = row
    this.#take([row], { start: time, end: time, trigger: time, isOfOneRow: true }, out)
  }

  onWindow(window: WindowRows, out: Output): void {
    const { rows, ...bounds } = window
    // Rows that are gone already cannot be joined; what came of them goes by in its place.
    if (window.fault || window.groups) this.#put({ kind: 'window', window }, out)
    else this.#take(rows, bounds, out)
  }

  onWatermark(time: number, out: Output): void {
    this.#put({ kind: 'watermark', time }, out)
  }

  onError(error: Error, out: Output): void {
    this.#put({ kind: 'error', error }, out)
  }

  /** Rows that wait for an answer, or for those before them; a window without rows counts as one. */
  unanswered(): number {
    return this.#waitingRows
  }

  reads(): boolean {
    return this.#waitingRows < MOST_WAITING
  }

  #take(rows: readonly Row[], bounds: Omit<WindowRows, 'rows'>, out: Output): void {
    const batch = this.#batch(rows, bounds)
    if (!isReady(batch) || this.#line.length > 0) this.#append(batch)
    else this.#release(batch, out)
  }

  #put(item: Exclude<Waiting, Batch>, out: Output): void {
    if (this.#line.length > 0) this.#append(item)
    else this.#release(item, out)
  }

  #append(item: Waiting): void {
    this.#line.push(item)
    this.#waitingRows += weightOf(item)
  }

  /** Asks all there is to ask; what can be answered at once is answered when this returns. */
  #batch(rows: readonly Row[], bounds: Omit<WindowRows, 'rows'>): Batch {
    const { sources, before } = this.#options
    const kept: Row[] = []
    const found: (Found | undefined)[] = []
    const batch: Batch = { kind: 'rows', rows: kept, found, bounds, open: 0, fault: undefined }
    const known = rows.length > 1 ? new Map<string, Found>() : undefined
    try {
      for (const row of rows) {
        const joined = row.parts ? row : alone(row, row.source, sources, bounds.trigger)
        if (before && before(joined) !== true) continue
        kept.push(joined)
        found.push(this.#question(joined, batch, known))
      }
    } catch (error) {
      // It stands in the line like any other: what was there before it goes first.
      batch.fault = error
    }
    return batch
  }

  /** Equal keys of one emission are asked once; a table may tell 1 from 1.0. */
  #question(row: Row, batch: Batch, known: Map<string, Found> | undefined): Found | undefined {
    const values: Exclude<Value, null>[] = []
    for (const { value } of this.#options.keys) {
      const cell = value(row)
      if (cell == null) return undefined
      values.push(cell)
    }
    const key = known && exactKeys(values)
    const earlier = key === undefined ? undefined : known!.get(key)
    if (earlier) return earlier
    const found: Found = { rows: undefined }
    if (key !== undefined) known!.set(key, found)
    batch.open++
    this.#questions.ask(
      { columns: this.#columns, values },
      {
        isWanted: () => batch.fault === undefined,
        answer: rows => {
          found.rows = rows
          this.#settle(batch)
        },
        fail: error => {
          batch.fault ??= error ?? new Error('a lookup failed')
          this.#settle(batch)
        },
      },
    )
    return found
  }

  #settle(batch: Batch): void {
    batch.open--
    if (this.#line.length > 0) this.#advance()
  }

  /** Lets go what stands at the head of the line and waits for nothing any more. */
  #advance(): void {
    const outside = this.#outside
    if (this.#isHeld || !outside) return
    const before = this.#line.length
    for (let head = this.#line[0]; head && isReady(head); head = this.#line[0]) {
      this.#line.shift()
      this.#waitingRows -= weightOf(head)
      try {
        this.#release(head, outside.out)
      } catch (error) {
        outside.fail(error)
      }
    }
    if (this.#line.length < before) outside.progress()
  }

  #release(item: Waiting, out: Output): void {
    switch (item.kind) {
      case 'rows':
        return this.#join(item, out)
      case 'watermark':
        return out.watermark(item.time)
      case 'error':
        return out.error(item.error)
      case 'window':
        return out.window(item.window)
      default:
        return item satisfies never
    }
  }

  /** One row for each match, in the table's order. Nothing joined: nothing emitted. */
  #join(batch: Batch, out: Output): void {
    if (batch.fault !== undefined) throw batch.fault
    const { isLeft, after } = this.#options
    const joined: Row[] = []
    const add = (row: Row) => {
      if (!after || after(row) === true) addJoined(joined, row)
    }
    batch.rows.forEach((row, i) => {
      const found = batch.found[i]
      const partners = found ? this.#partners(found, batch.bounds.trigger) : []
      for (const partner of partners) add(this.#pair(row, partner))
      if (partners.length === 0 && isLeft) add(row)
    })
    if (joined.length > 0) out.window({ rows: joined, ...batch.bounds })
  }

  #partners(found: Found, time: number): readonly Row[] {
    const { decode, source } = this.#options
    found.partners ??= found.rows!.map(values => makeRow(decode ? decode(values, time) : values, time, source))
    return found.partners
  }

  #pair(row: Row, partner: Row): Row {
    const parts = row.parts!.slice()
    parts[this.#options.source] = partner
    return joinRows(parts, row.time)
  }

  parts(): ReadonlyMap<string, Resumable> {
    const state: Resumable = { snapshot: form => this.#save(form), restore: saved => this.#restore(saved) }
    return new Map([[`lookup:${this.#options.source}`, state]])
  }

  /** @param form live: who goes on asks again, and what waited here waits no more */
  #save(form?: SnapshotForm): Saved {
    const saved = { waiting: this.#line.map(saveWaiting) }
    if (form === 'live') this.#restore({ waiting: [] })
    return saved
  }

  /** Asks again. Answers that are there at once go out when whoever restores is done, not before. */
  #restore({ waiting }: Saved): void {
    this.#line = []
    this.#waitingRows = 0
    this.#questions.forget()
    if (waiting.length === 0) return
    this.#isHeld = true
    for (const saved of waiting) this.#append(this.#load(saved))
    queueMicrotask(() => {
      this.#isHeld = false
      this.#advance()
    })
  }

  #load(saved: SavedWaiting): Waiting {
    switch (saved.kind) {
      case 'rows':
        return this.#batch(loadRows(saved.rows), saved.bounds)
      case 'watermark':
        return saved
      case 'error':
        return { kind: 'error', error: new Error(saved.text) }
      default:
        return saved satisfies never
    }
  }
}

function isReady(item: Waiting): boolean {
  return item.kind !== 'rows' || item.open === 0 || item.fault !== undefined
}

function weightOf(item: Waiting): number {
  return item.kind === 'rows' ? Math.max(1, item.rows.length) : 1
}

function saveWaiting(item: Waiting): SavedWaiting {
  switch (item.kind) {
    case 'rows':
      return { kind: 'rows', rows: saveRows(item.rows), bounds: item.bounds }
    case 'watermark':
      return item
    case 'error':
      return { kind: 'error', text: item.error.message }
    case 'window':
      return { kind: 'error', text: item.window.fault?.message ?? 'a window of groups cannot be joined' }
    default:
      return item satisfies never
  }
}
