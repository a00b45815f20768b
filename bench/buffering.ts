// What an engine does that keeps the rows of a window and works out its aggregates when it closes: rows in, count, average
// and maximum by device out. Written by hand for one statement a kind of window, so it spares what an engine cannot:
// expressions that it does not know beforehand, rows that fail, time zones, sessions that last too long.

export interface Reading {
  readonly deviceId: string
  readonly temperature: number
  /** a row that a sliding window is sent for */
  readonly tick?: boolean
}

export interface Figures {
  readonly deviceId: string
  readonly c: bigint
  readonly a: number
  readonly m: number
}

export type EmitFigures = (rows: readonly Figures[]) => void

/** One window over a stream. Messages come in order of their time. */
export interface Buffering {
  push(rows: readonly Reading[], time: number): void
  /** structured-cloneable */
  snapshot(): unknown
}

/** Rows of one message, which keep the array that they came in. */
interface Batch {
  readonly time: number
  readonly rows: readonly Reading[]
}

function figuresOf(batches: readonly Batch[]): Figures[] {
  const groups = new Map<string, { count: number; sum: number; max: number }>()
  for (const { rows } of batches) {
    for (const { deviceId, temperature } of rows) {
      const group = groups.get(deviceId)
      if (group) {
        group.count++
        group.sum += temperature
        if (temperature > group.max) group.max = temperature
      } else {
        groups.set(deviceId, { count: 1, sum: temperature, max: temperature })
      }
    }
  }
  return Array.from(groups, ([deviceId, { count, sum, max }]) => ({
    deviceId,
    c: BigInt(count),
    a: sum / count,
    m: max,
  }))
}

/** Forgets what came earlier, all at once: to shift one after the other would move the rest each time. */
function dropBefore(batches: Batch[], time: number): void {
  const kept = batches.findIndex(batch => batch.time >= time)
  batches.splice(0, kept < 0 ? batches.length : kept)
}

/** Tumbling when hop and length are the same. */
export function bufferedHopping(lengthMs: number, hopMs: number, emit: EmitFigures): Buffering {
  const batches: Batch[] = []
  let end = hopMs
  return {
    push(rows, time) {
      for (; time >= end; end += hopMs) {
        emit(figuresOf(batches))
        dropBefore(batches, end + hopMs - lengthMs)
      }
      batches.push({ time, rows })
    },
    snapshot: () => ({ batches, end }),
  }
}

/** Sent for each row with a tick, up to which it goes. */
export function bufferedSliding(lengthMs: number, emit: EmitFigures): Buffering {
  const batches: Batch[] = []
  return {
    push(rows, time) {
      let begin = 0
      rows.forEach((row, i) => {
        if (!row.tick) return
        batches.push({ time, rows: rows.slice(begin, i + 1) })
        begin = i + 1
        dropBefore(batches, time - lengthMs)
        emit(figuresOf(batches))
      })
      if (begin < rows.length) batches.push({ time, rows: rows.slice(begin) })
    },
    snapshot: () => batches,
  }
}

export function bufferedSession(gapMs: number, emit: EmitFigures): Buffering {
  let batches: Batch[] = []
  return {
    push(rows, time) {
      const last = batches.at(-1)
      if (last && time >= last.time + gapMs) {
        emit(figuresOf(batches))
        batches = []
      }
      batches.push({ time, rows })
    },
    snapshot: () => batches,
  }
}

/** The last `length` rows, once there are so many, each time that `interval` have come. */
export function bufferedCount(length: number, interval: number, emit: EmitFigures): Buffering {
  const held: Reading[] = []
  let since = 0
  return {
    push(rows, time) {
      for (const row of rows) {
        held.push(row)
        since++
        if (held.length < length || since < interval) continue
        since = 0
        emit(figuresOf([{ time, rows: held.slice(-length) }]))
        held.splice(0, held.length - length + interval)
      }
    },
    snapshot: () => ({ held, since }),
  }
}
